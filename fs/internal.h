/* SPDX-License-Identifier: MIT */
/*
 * What the files of the VFS share and nobody else sees.
 */
#ifndef FS_INTERNAL_H
#define FS_INTERNAL_H

#include <fs/calls.h>
#include <fs/vfs.h>
#include <kernel/cred.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <lib/list.h>
#include <uapi/stat.h>

#define S_IRWXUGO	(S_IRWXU | S_IRWXG | S_IRWXO)
#define S_IALLUGO	(S_ISUID | S_ISGID | S_ISVTX | S_IRWXUGO)
#define S_IXUGO		(S_IXUSR | S_IXGRP | S_IXOTH)

/* --- dcache.c, dcache_tree.c, dcache_move.c, d_path.c --- */

void dcache_init(void);
void dcache_tree_init(void);
/* The hash of the component at name (ends at '/' or zero), and its length. */
u64 name_hash_len(const char *name);
struct qstr qstr_of(const char *name, size_t len);
#define NAME_HASH_LEN(hash, len)	((u64)(len) << 32 | (hash))

/* Lock-free; the caller checks dentry->seq against *seq when it has read what it wants. */
struct dentry *d_lookup_rcu(const struct dentry *parent, const struct qstr *name,
			    unsigned int *seq);
struct dentry *d_alloc_root(struct super_block *sb);
struct dentry *d_alloc_pseudo(struct super_block *sb, const char *name, size_t len);
void d_lru_add(struct dentry *dentry); /* dentry.lock held */
void d_lru_del(struct dentry *dentry);
void dentry_unhash_locked(struct dentry *dentry);
void dput_and_kill(struct dentry *dentry); /* frees it if the reference was the last */
struct dentry *d_alloc_parallel(struct dentry *parent, const struct qstr *name, bool *is_new);
void d_lookup_done(struct dentry *dentry);
void d_move(struct dentry *dentry, struct dentry *target);
void d_exchange(struct dentry *a, struct dentry *b);
struct dentry *d_ancestor(struct dentry *ancestor, struct dentry *dentry);
bool is_subdir(struct dentry *dentry, struct dentry *root);
void shrink_dcache_parent(struct dentry *parent);
void shrink_dcache_for_umount(struct super_block *sb);
void d_set_instantiated(struct dentry *dentry, struct inode *inode);
extern seqlock_t rename_lock;
unsigned long dentry_count(void);
unsigned long dentry_unused_count(void);

/* Hands each dentry below (and at) root to enter, with its lock held. The whole walk starts over when a rename came between. */
enum d_walk_result { D_WALK_CONTINUE, D_WALK_QUIT, D_WALK_SKIP };
void d_walk(struct dentry *root, void *arg,
	    enum d_walk_result (*enter)(void *arg, struct dentry *dentry));

/* Takes a reference unless the dentry is dead. */
bool d_get_unless_dead(struct dentry *dentry);

/* The path from root (may be {NULL, NULL}: up to the real top); *reached tells whether root was met. */
char *d_absolute_path(const struct path *path, const struct path *root, char *buf, int len,
		      bool *reached);
char *dentry_path(struct dentry *dentry, char *buf, int len);

/* --- inode.c, super.c --- */

void inode_init_caches(void);
struct inode *alloc_inode(struct super_block *sb);
struct inode *new_inode_pseudo(struct super_block *sb);
void evict_inodes(struct super_block *sb);
void super_init(void);
void drop_caches_init(void);
bool super_trylock_active(struct super_block *sb);
void deactivate_super(struct super_block *sb);
void for_each_super(void (*fn)(struct super_block *sb, void *arg), void *arg);
unsigned long inode_count(void);
unsigned long inode_unused_count(void);
bool atime_needs_update(const struct path *path, struct inode *inode);

/* --- namei.c --- */

/*
 * Calls op on what the name leads to: first under RCU without any reference (op may answer -ECHILD when it must sleep), and only if that
 * fails with references held. Under RCU op runs before the result is validated, so it may see garbage but no freed memory; what it stored is
 * valid only when this returns its result.
 */
typedef int (*path_op_t)(const struct path *path, struct inode *inode, bool rcu, void *arg);
int path_apply(int dfd, struct pathname *name, unsigned int flags, path_op_t op, void *arg);

/* Levels of inode.rwsem for the lock checker: a directory first, then these. */
enum { RWSEM_PARENT2 = 1, RWSEM_CHILD, RWSEM_CHILD2 };

/* Looks the last component up for creation: the parent's rwsem is held for writing and writing to the mount is allowed on success. */
struct dentry *path_create(int dfd, struct pathname *name, unsigned int flags, struct path *parent);
void path_create_done(struct path *parent, struct dentry *dentry);

int may_delete(struct inode *dir, struct dentry *victim, bool isdir);
int may_create(struct inode *dir);
int check_sticky(struct inode *dir, struct inode *inode);
int vfs_create(struct inode *dir, struct dentry *dentry, u32 mode, bool excl);
int vfs_mknod(struct inode *dir, struct dentry *dentry, u32 mode, dev_t_kernel dev);
int vfs_mkdir(struct inode *dir, struct dentry *dentry, u32 mode);
int vfs_rmdir(struct inode *dir, struct dentry *dentry);
int vfs_unlink(struct inode *dir, struct dentry *dentry);
int vfs_symlink(struct inode *dir, struct dentry *dentry, const char *target);
int vfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry);
int vfs_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new,
	       unsigned int flags);
struct dentry *lookup_one_locked(const char *name, struct dentry *parent, size_t len);
int vfs_open(const struct path *path, struct file *file);
int do_dentry_open(struct file *file, struct inode *inode);
int notify_change(struct dentry *dentry, struct iattr *attr);
int do_truncate(struct dentry *dentry, loff_t length, unsigned int time_attrs, struct file *file);

/* --- files --- */

struct file *alloc_empty_file(unsigned int flags, const struct credentials *cred);
struct file *alloc_file(const struct path *path, unsigned int flags,
			const struct file_operations *ops);
void fput_sync(struct file *file); /* releases at once: no locks are held */
void file_init(void);
void flush_delayed_fput(void);
long file_count(void);
extern unsigned long files_max;
int get_write_access(struct inode *inode); /* -ETXTBSY */
void put_write_access(struct inode *inode);
int deny_write_access(struct inode *inode);
void allow_write_access(struct inode *inode);

/* --- rest --- */

ssize_t generic_perform_write(struct file *file, struct iov_iter *from, loff_t *pos);
ssize_t generic_write_checks(struct file *file, struct iov_iter *from, loff_t *pos);
int simple_getattr(struct inode *inode, struct kstat *stat, u32 mask, unsigned int flags);

extern const struct file_operations no_open_fops, def_chr_fops, def_fifo_fops,
	simple_dir_operations;
extern const struct file_operations *def_blk_fops;
extern void (*sync_block_devices)(bool wait); /* sync(2): the special files */
bool user_groups_include(u32 gid);
int posix_acl_mode_check(struct inode *inode, int mask);
void file_locks_free(struct inode *inode);
void file_locks_close(struct file *file, void *owner);
void file_flock_release(struct file *file);
void fcntl_free_owner(struct file *file);
void eventpoll_file_release(struct file *file);
void anon_inode_init(void);
void pipe_init(void);
void mount_init(void);

/* filemap.c */
void file_written_by_mapping(struct file *file);

#endif
