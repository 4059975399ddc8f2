// SPDX-License-Identifier: MIT
/*
 * devpts: one file for each pty, made when its master is opened and removed when that is closed. One instance, shown by every mount; ptmx
 * in it is the same as /dev/ptmx.
 *
 * Options: mode= and gid= of new nodes, uid=, ptmxmode=; newinstance and max= are accepted as Linux's containers write them, but there
 * is one instance only.
 *
 * Locking: the root directory's rwsem guards nodes (for writing) and their listing.
 */
#include <fs/devpts.h>
#include <fs/files.h>
#include <fs/seq_file.h>
#include <kernel/cred.h>
#include <kernel/log.h>
#include <kernel/thread.h>
#include <lib/err.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <lib/xarray.h>
#include <uapi/dirent.h>
#include <uapi/fcntl.h>
#include <uapi/magic.h>
#include <uapi/major.h>
#include <uapi/stat.h>

#include "mount.h"

#define PTMX_INO	2
#define FIRST_INO	3	/* of pty 0 */

static struct super_block *instance; /* set at boot; the kernel's own mount keeps it */
static struct mount *kernel_mount;
static struct inode *ptmx_inode; /* options_lock; the tree's */
static DEFINE_XARRAY(nodes);	 /* root rwsem: dentries by index */

static struct {
	u32 uid, gid, mode, ptmx_mode;
	bool has_uid, has_gid;
} options = { .mode = 0600 }; /* options_lock for writing */
static DEFINE_MUTEX(options_lock);

static int set_option(const char *name, const char *value)
{
	unsigned int number;

	if (!strcmp(name, "newinstance"))
		return 0;
	if (!value ||
	    kstrtouint(value, !strcmp(name, "mode") || !strcmp(name, "ptmxmode") ? 8 : 10, &number))
		return -EINVAL;
	if (!strcmp(name, "mode")) {
		options.mode = number & 07777;
	} else if (!strcmp(name, "ptmxmode")) {
		options.ptmx_mode = number & 07777;
	} else if (!strcmp(name, "uid")) {
		options.uid = number;
		options.has_uid = true;
	} else if (!strcmp(name, "gid")) {
		options.gid = number;
		options.has_gid = true;
	} else if (strcmp(name, "max")) {
		return -EINVAL;
	}
	return 0;
}

static int parse(char *text)
{
	char *name, *value;
	int error = 0;

	while (!error && (name = next_option(&text, &value)))
		error = set_option(name, value);
	return error;
}

static int show_options(struct seq_file *m, struct dentry *root)
{
	if (options.has_uid)
		seq_printf(m, ",uid=%u", options.uid);
	if (options.has_gid)
		seq_printf(m, ",gid=%u", options.gid);
	seq_printf(m, ",mode=%03o,ptmxmode=%03o", options.mode, options.ptmx_mode);
	return 0;
}

static int remount(struct super_block *sb, unsigned int *flags, char *text)
{
	int error;

	mutex_lock(&options_lock);
	error = parse(text);
	if (!error && ptmx_inode)
		WRITE_ONCE(ptmx_inode->mode, S_IFCHR | options.ptmx_mode);
	mutex_unlock(&options_lock);
	return error;
}

static const struct super_operations super_operations = {
	.statfs = simple_statfs,
	.remount = remount,
	.show_options = show_options,
};

/* Whatever is there has a dentry already. */
static struct dentry *lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	d_add(dentry, NULL);
	return NULL;
}

static const struct inode_operations root_inode_operations = { .lookup = lookup };

/* Offsets: 0 and 1 the dots, 2 ptmx, 3 + index the ptys. */
static int iterate(struct file *file, struct dir_context *ctx)
{
	struct dentry *dentry;
	unsigned long index;

	if (!dir_emit_dots(file, ctx))
		return 0;
	if (ctx->pos == 2) {
		if (!dir_emit(ctx, "ptmx", 4, PTMX_INO, DT_CHR))
			return 0;
		ctx->pos++;
	}
	xa_for_each_start(&nodes, index, dentry, ctx->pos - 3) {
		ctx->pos = index + 3;
		if (!dir_emit(ctx, dentry->name.name, dentry->name.len, dentry->inode->ino, DT_CHR))
			return 0;
		ctx->pos++;
	}
	return 0;
}

static ssize_t read_directory(struct file *file, struct iov_iter *to, loff_t *pos)
{
	return -EISDIR;
}

static const struct file_operations root_operations = {
	.llseek = generic_file_llseek,
	.read_iter = read_directory,
	.iterate = iterate,
};

/* A dentry that stays in the cache: its reference is the tree's. */
static struct dentry *add_node(struct super_block *sb, const char *name, u64 ino, u32 mode,
			       dev_t_kernel dev)
{
	struct inode *inode = new_inode(sb);
	struct dentry *dentry;

	if (!inode)
		return NULL;
	inode->ino = ino;
	inode->atime_ns = inode->mtime_ns = inode->ctime_ns = inode_now_ns(inode);
	init_special_inode(inode, S_IFCHR | mode, dev);
	dentry = d_alloc_name(sb->root, name);
	if (!dentry) {
		iput(inode);
		return NULL;
	}
	d_add(dentry, inode);
	return dentry;
}

static int fill(struct super_block *sb, void *data, bool silent)
{
	struct dentry *ptmx;
	struct inode *root;

	sb->magic = DEVPTS_SUPER_MAGIC;
	sb->ops = &super_operations;
	root = new_inode(sb);
	if (!root)
		return -ENOMEM;
	root->ino = 1;
	root->mode = S_IFDIR | 0755;
	root->nlink = 2;
	root->atime_ns = root->mtime_ns = root->ctime_ns = inode_now_ns(root);
	root->ops = &root_inode_operations;
	root->fops = &root_operations;
	sb->root = d_make_root(root);
	ptmx = sb->root ? add_node(sb, "ptmx", PTMX_INO, options.ptmx_mode, MKDEV(TTYAUX_MAJOR, 2))
			: NULL;
	if (!ptmx)
		return -ENOMEM;
	mutex_lock(&options_lock);
	ptmx_inode = ptmx->inode;
	mutex_unlock(&options_lock);
	return 0;
}

static struct dentry *mount(struct file_system_type *type, unsigned int flags, const char *device,
			    char *text)
{
	int error = remount(NULL, NULL, text);
	struct dentry *root;

	if (error)
		return ERR_PTR(error);
	root = mount_single(type, flags & ~SB_NOUSER, NULL, fill); /* not the kernel's alone */
	if (!IS_ERR(root))
		WRITE_ONCE(instance, root->sb);
	return root;
}

static struct file_system_type devpts_type = { .name = "devpts", .mount = mount, .kill_sb = kill_litter_super };

int devpts_create(unsigned int index, dev_t_kernel dev)
{
	struct super_block *sb = READ_ONCE(instance);
	struct dentry *dentry;
	struct inode *root;
	char name[12];
	int error;

	if (!sb)
		return -ENODEV;
	root = sb->root->inode;
	snprintf(name, sizeof(name), "%u", index);
	down_write(&root->rwsem);
	dentry = add_node(sb, name, FIRST_INO + index, options.mode, dev);
	error = dentry ? xa_insert(&nodes, index, dentry, GFP_KERNEL) : -ENOMEM;
	if (!error) {
		dentry->inode->uid = options.has_uid ? options.uid : current_cred()->fsuid;
		dentry->inode->gid = options.has_gid ? options.gid : current_cred()->fsgid;
	} else if (dentry) {
		d_delete(dentry);
		dput(dentry);
	}
	up_write(&root->rwsem);
	return error;
}

void devpts_remove(unsigned int index)
{
	struct inode *root = instance->root->inode;
	struct dentry *dentry;

	down_write(&root->rwsem);
	dentry = xa_erase(&nodes, index);
	if (dentry) {
		drop_nlink(dentry->inode);
		d_delete(dentry);
		dput(dentry);
	}
	up_write(&root->rwsem);
}

/* The node itself, held; NULL when it is gone. */
static struct dentry *find_node(unsigned int index)
{
	struct inode *root = instance->root->inode;
	struct dentry *dentry;

	down_read(&root->rwsem);
	dentry = xa_load(&nodes, index);
	if (dentry)
		dget(dentry);
	up_read(&root->rwsem);
	return dentry;
}

int devpts_open_peer(unsigned int index, int flags)
{
	struct path path = { .mount = kernel_mount };
	struct file *file;
	int fd;

	path.dentry = find_node(index);
	if (!path.dentry)
		return -EIO;
	fd = get_unused_fd_flags(flags);
	if (fd >= 0) {
		file = dentry_open(&path, flags);
		if (IS_ERR(file)) {
			put_unused_fd(fd);
			fd = PTR_ERR(file);
		} else {
			fd_install(fd, file);
		}
	}
	dput(path.dentry);
	return fd;
}

/* The kernel's own mount keeps the instance, whoever mounts and unmounts it. */
void devpts_init(void)
{
	if (register_filesystem(&devpts_type))
		panic("devpts: cannot register");
	kernel_mount = kern_mount(&devpts_type);
	if (IS_ERR(kernel_mount))
		panic("devpts: cannot mount: error %ld", PTR_ERR(kernel_mount));
}
