/* SPDX-License-Identifier: MIT */
/*
 * /proc: a kernfs tree of what subsystems register, with the directories of the processes behind it.
 *
 * An inode of a process's directory tree has S_PROC_PID set and a struct proc_pid; all others have a kernfs node.
 */
#ifndef FS_PROC_INTERNAL_H
#define FS_PROC_INTERNAL_H

#include <fs/kernfs.h>
#include <fs/proc.h>
#include <kernel/process.h>

#include "../internal.h"

#define S_PROC_PID	0x10000		/* inode->flags */

struct pid_entry;
struct proc_pid {
	struct pid *pid;	       /* I: with a reference; of the thread that is looked at */
	const struct pid_entry *entry; /* I */
	unsigned int fd;	       /* I: of fd/N and fdinfo/N */
	bool is_thread;		       /* I: below task/: the thread's own numbers */
	struct inode *inode;	       /* I */
	/* proc_dirs_mutex: of pid->proc_dirs, for the directory PID or TID itself */
	struct list_head node;
	/* walks without references look into it while the inode goes */
	struct rcu_head rcu;
};

struct pid_entry {
	const char *name;
	u32 mode;
	const struct inode_operations *iops; /* NULL: the plain ones */
	const struct file_operations *fops;  /* NULL for files: made of show */
	int (*show)(struct seq_file *m, struct thread *t, struct proc_pid *p);
};

static inline struct proc_pid *proc_pid_of(const struct inode *inode) { return inode->private; }

struct thread *proc_thread(const struct inode *inode); /* with a reference; NULL: gone */
struct inode *proc_pid_inode(struct super_block *sb, struct pid *pid, const struct pid_entry *entry,
			     unsigned int fd, bool is_thread);
struct dentry *proc_pid_lookup(struct inode *dir, struct dentry *dentry);
int proc_pid_iterate(struct file *file, struct dir_context *ctx);
void proc_pid_evict(struct inode *inode);
void proc_pid_init(void);
/* inode: the name's, read once, since under RCU it may go meanwhile. */
int proc_pid_revalidate(struct inode *inode, unsigned int flags);
bool parse_number(const struct qstr *name, unsigned int *n);

extern const struct pid_entry proc_tgid_entries[], proc_tid_entries[];
extern const struct pid_entry proc_tgid_dir, proc_tid_dir;
extern const struct file_operations proc_pid_single_fops;

extern const struct inode_operations proc_fd_dir_iops, proc_fdinfo_dir_iops, proc_exe_iops,
	proc_cwd_iops, proc_root_iops, proc_task_dir_iops;
extern const struct file_operations proc_fd_dir_fops, proc_fdinfo_dir_fops, proc_task_dir_fops,
	proc_mounts_fops, proc_mountinfo_fops, proc_maps_fops, proc_smaps_fops, proc_mem_fops,
	proc_environ_fops, proc_comm_fops, proc_oom_score_adj_fops, proc_auxv_fops;
extern const struct inode_operations proc_pid_file_iops;

int proc_show_status(struct seq_file *m, struct thread *t, struct proc_pid *p);
int proc_show_stat(struct seq_file *m, struct thread *t, struct proc_pid *p);
int proc_show_statm(struct seq_file *m, struct thread *t, struct proc_pid *p);
int proc_show_cmdline(struct seq_file *m, struct thread *t, struct proc_pid *p);
int proc_show_limits(struct seq_file *m, struct thread *t, struct proc_pid *p);
int proc_show_oom_score(struct seq_file *m, struct thread *t, struct proc_pid *p);
int proc_show_sched(struct seq_file *m, struct thread *t, struct proc_pid *p);
int proc_show_schedstat(struct seq_file *m, struct thread *t, struct proc_pid *p);
int proc_show_wchan(struct seq_file *m, struct thread *t, struct proc_pid *p);
int proc_show_stack(struct seq_file *m, struct thread *t, struct proc_pid *p);
int proc_show_personality(struct seq_file *m, struct thread *t, struct proc_pid *p);
int proc_show_smaps_rollup(struct seq_file *m, struct thread *t, struct proc_pid *p);

extern struct kernfs_node *proc_root_node;
void proc_sysrq_init(void);
#ifdef CONFIG_LOCKUP_DETECTOR
void proc_lockup_init(void);
#else
static inline void proc_lockup_init(void) { }
#endif
#ifdef CONFIG_DETECT_HUNG_TASK
void proc_hung_init(void);
#else
static inline void proc_hung_init(void) { }
#endif
#ifdef CONFIG_LOCK_STAT
void proc_lock_stat_init(void);
#else
static inline void proc_lock_stat_init(void) { }
#endif
void proc_kernel_files(void);
void proc_sys_files(void);
#ifdef CONFIG_DEBUG_ALLOC
void proc_alloc_fault_init(void);
#else
static inline void proc_alloc_fault_init(void) { }
#endif

#endif
