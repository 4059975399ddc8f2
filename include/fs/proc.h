/* SPDX-License-Identifier: MIT */
/*
 * Entries of /proc that subsystems of any floor add: a name, a mode and either a show function or file operations.
 */
#ifndef FS_PROC_H
#define FS_PROC_H

#include <fs/seq_file.h>
#include <fs/vfs.h>

struct proc_entry;
struct process;

/* path: "meminfo" or "sys/kernel/ostype"; missing folders are made. NULL: no memory or a twin. */
struct proc_entry *proc_create(const char *path, u32 mode, const struct file_operations *ops,
			       void *private);
struct proc_entry *proc_create_single(const char *path, u32 mode,
				      int (*show)(struct seq_file *m, void *v), void *private);
struct proc_entry *proc_create_seq(const char *path, u32 mode, const struct seq_operations *ops,
				   void *private);
struct proc_entry *proc_mkdir(const char *path);
struct proc_entry *proc_symlink(const char *path, const char *target);
void proc_remove(struct proc_entry *entry); /* waits for users; a folder with all below */
void *proc_private(const struct inode *inode);

/* /proc/sys: one integer or string with limits. */
struct ctl_entry {
	const char *path; /* "kernel/modprobe" */
	u32 mode;
	enum { CTL_INT, CTL_UINT, CTL_ULONG, CTL_STRING, CTL_HANDLER } type;
	void *data;
	size_t size; /* of a string's buffer */
	long min, max;
	/* CTL_HANDLER */
	int (*show)(struct seq_file *m, const struct ctl_entry *entry);
	int (*store)(const struct ctl_entry *entry, char *text, size_t len);
	void (*changed)(void); /* after a number was written; may sleep, may be NULL */
};
void proc_init(void);
/* the block class: its part of /proc/devices */
extern void (*proc_show_block_majors)(struct seq_file *m);
int ctl_register(const struct ctl_entry *entries, unsigned int nr);

#endif
