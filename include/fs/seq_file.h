/* SPDX-License-Identifier: MIT */
/*
 * seq_file: text views of kernel data. start/next/stop walk the records (under what lock the view likes), show prints one; a record is
 * shown whole and never torn by short reads.
 */
#ifndef FS_SEQ_FILE_H
#define FS_SEQ_FILE_H

#include <kit/types.h>
#include <kernel/mutex.h>

struct file;
struct inode;
struct iov_iter;
struct seq_file;
struct path;

struct seq_operations {
	void *(*start)(struct seq_file *m, loff_t *pos);
	void (*stop)(struct seq_file *m, void *v);
	void *(*next)(struct seq_file *m, void *v, loff_t *pos);
	/* 0, SEQ_SKIP: leave the record out, or -errno */
	int (*show)(struct seq_file *m, void *v);
};
#define SEQ_SKIP	1

struct seq_file {
	char *buf;
	size_t size, from, count;
	loff_t index, read_pos;
	struct mutex lock;
	const struct seq_operations *ops;
	const struct file *file;
	void *private;
};

int seq_open(struct file *file, const struct seq_operations *ops);
void seq_release(struct inode *inode, struct file *file);
ssize_t seq_read_iter(struct file *file, struct iov_iter *to, loff_t *pos);
loff_t seq_lseek(struct file *file, loff_t offset, int whence);
int single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *private);
void single_release(struct inode *inode, struct file *file);
void seq_printf(struct seq_file *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void seq_vprintf(struct seq_file *m, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));
void seq_puts(struct seq_file *m, const char *s);
void seq_putc(struct seq_file *m, char c);
/* A string, then a number: as "%s%*lu" and "%s%0*lx" do, without their price. */
void seq_put_decimal(struct seq_file *m, const char *before, u64 value, unsigned int width);
void seq_put_hex(struct seq_file *m, const char *before, u64 value, unsigned int digits);
/* Spaces until the buffer holds `count` bytes. */
void seq_pad(struct seq_file *m, size_t count);
void seq_write(struct seq_file *m, const void *data, size_t len);
/* For names that are put together from their end: the room that is left, 0: none. */
char *seq_room(struct seq_file *m, int *size);
/* Prints a text that ends with its zero at the end of that room, or stands at its beginning; -ENAMETOOLONG: a larger buffer, and again. */
void seq_commit_name(struct seq_file *m, char *text, const char *escape);
void seq_path(struct seq_file *m, const struct path *path, const char *escape);
void seq_escape(struct seq_file *m, const char *s, const char *escape);
static inline bool seq_has_overflowed(const struct seq_file *m) { return m->count == m->size; }

#endif
