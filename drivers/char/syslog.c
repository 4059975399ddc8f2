/* SPDX-License-Identifier: MIT */
/*
 * syslog(2) and /proc/kmsg: the log as lines "<priority>[seconds] text".
 *
 * There is one reader's position for all (SYSLOG_ACTION_READ, /proc/kmsg), and one mark that clearing sets for those who read all.
 */
#include <fs/poll.h>
#include <fs/proc.h>
#include <fs/uio.h>
#include <fs/vfs.h>
#include <kernel/cred.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/mutex.h>
#include <kernel/syscalls.h>
#include <kernel/wait.h>
#include <lib/kernel.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/syslog.h>

#include "mem.h"

#define LINE_MAX	(LOG_TEXT_MAX + 64)
#define BUFFER_SIZE	(1 << 17)		/* what SYSLOG_ACTION_SIZE_BUFFER says: room for every record as text */

static DEFINE_MUTEX(read_mutex);
static u64 read_seq; /* read_mutex */
/* read_mutex: bytes of that record that were read already */
static size_t read_offset;
static u64 clear_seq;		/* read_mutex */
static int saved_loglevel = -1; /* read_mutex: before CONSOLE_OFF */

/* Prefix, time and text; a newline ends each. out: LINE_MAX bytes. */
static size_t format_record(char *out, const struct log_record *record, const char *text)
{
	size_t n = sprintf(out, "<%d>", record->facility << 3 | record->level);

	n += log_format_time(out + n, record->time_ns);
	memcpy(out + n, text, record->length);
	n += record->length;
	out[n++] = '\n';
	return n;
}

struct scratch {
	char text[LOG_TEXT_MAX + 1];
	char line[LINE_MAX];
};

static bool pending(void) { return log_next() > READ_ONCE(read_seq); }

/* What comes next, into the iterator; read_mutex held. */
static ssize_t read_some(struct iov_iter *to, struct scratch *s)
{
	struct log_record record;
	ssize_t done = 0;

	while (to->count && log_read(read_seq, &record, s->text)) {
		size_t len, n, copied;

		if (record.seq != read_seq) {
			read_seq = record.seq;
			read_offset = 0;
		}
		len = format_record(s->line, &record, s->text);
		n = min(len - read_offset, to->count);
		copied = copy_to_iter(s->line + read_offset, n, to);
		done += copied;
		read_offset += copied;
		if (read_offset == len) {
			WRITE_ONCE(read_seq, read_seq + 1);
			read_offset = 0;
		}
		if (copied < n)
			return done ?: -EFAULT;
	}
	return done;
}

static ssize_t read_log(struct iov_iter *to, bool nonblock)
{
	struct scratch *s = kmalloc(sizeof(*s), GFP_KERNEL);
	ssize_t n = 0;

	if (!s)
		return -ENOMEM;
	while (!n && to->count) {
		if (!pending()) {
			n = nonblock ? -EAGAIN : wait_event_interruptible(&kmsg_wait, pending());
			if (n)
				break;
		}
		mutex_lock(&read_mutex);
		n = read_some(to, s);
		mutex_unlock(&read_mutex);
	}
	kfree(s);
	return n;
}

/* The newest records that fit, in order; read_mutex held. */
static ssize_t read_all(struct iov_iter *to, struct scratch *s)
{
	u64 seq = max(clear_seq, log_oldest()), end = log_next();
	struct log_record record;
	size_t total = 0;
	ssize_t done = 0;

	for (u64 i = seq; i < end && log_read(i, &record, s->text); i = record.seq + 1)
		total += format_record(s->line, &record, s->text);
	for (; total > to->count && log_read(seq, &record, s->text); seq = record.seq + 1)
		total -= format_record(s->line, &record, s->text);
	for (; seq < end && log_read(seq, &record, s->text); seq = record.seq + 1) {
		size_t len = format_record(s->line, &record, s->text);

		if (len > to->count)
			break;
		if (copy_to_iter(s->line, len, to) != len)
			return done ?: -EFAULT;
		done += len;
	}
	return done;
}

static long get_all(char __user *buf, int len, bool clear)
{
	struct scratch *s = kmalloc(sizeof(*s), GFP_KERNEL);
	struct iov_iter to;
	long n;

	if (!s)
		return -ENOMEM;
	iov_iter_ubuf(&to, false, buf, len);
	mutex_lock(&read_mutex);
	n = read_all(&to, s);
	if (clear && n >= 0)
		clear_seq = log_next();
	mutex_unlock(&read_mutex);
	kfree(s);
	return n;
}

static long unread_bytes(void)
{
	struct scratch *s = kmalloc(sizeof(*s), GFP_KERNEL);
	struct log_record record;
	long n = 0;

	if (!s)
		return -ENOMEM;
	mutex_lock(&read_mutex);
	for (u64 seq = read_seq; log_read(seq, &record, s->text); seq = record.seq + 1)
		n += format_record(s->line, &record, s->text);
	n -= min((size_t)n, read_offset);
	mutex_unlock(&read_mutex);
	kfree(s);
	return n;
}

static long set_level(int level)
{
	if (level < 1 || level > 8)
		return -EINVAL;
	mutex_lock(&read_mutex);
	console_loglevel = max(level, console_loglevel_minimum);
	saved_loglevel = -1;
	mutex_unlock(&read_mutex);
	return 0;
}

static void console_switch(bool on)
{
	mutex_lock(&read_mutex);
	if (!on && saved_loglevel < 0) {
		saved_loglevel = console_loglevel;
		console_loglevel = console_loglevel_minimum;
	} else if (on && saved_loglevel >= 0) {
		console_loglevel = saved_loglevel;
		saved_loglevel = -1;
	}
	mutex_unlock(&read_mutex);
}

long sys_syslog(int type, char __user *buf, int len)
{
	struct iov_iter to;

	/* reading everything and asking for the size are harmless */
	if (type != SYSLOG_ACTION_READ_ALL && type != SYSLOG_ACTION_SIZE_BUFFER &&
	    !capable(CAP_SYSLOG))
		return -EPERM;
	switch (type) {
	case SYSLOG_ACTION_CLOSE:
	case SYSLOG_ACTION_OPEN: return 0;
	case SYSLOG_ACTION_READ:
	case SYSLOG_ACTION_READ_ALL:
	case SYSLOG_ACTION_READ_CLEAR:
		if (!buf || len < 0)
			return -EINVAL;
		if (!len)
			return 0;
		if (!access_ok(buf, len))
			return -EFAULT;
		iov_iter_ubuf(&to, false, buf, len);
		return type == SYSLOG_ACTION_READ
			       ? read_log(&to, false)
			       : get_all(buf, len, type == SYSLOG_ACTION_READ_CLEAR);
	case SYSLOG_ACTION_CLEAR:
		mutex_lock(&read_mutex);
		clear_seq = log_next();
		mutex_unlock(&read_mutex);
		return 0;
	case SYSLOG_ACTION_CONSOLE_OFF:
	case SYSLOG_ACTION_CONSOLE_ON: console_switch(type == SYSLOG_ACTION_CONSOLE_ON); return 0;
	case SYSLOG_ACTION_CONSOLE_LEVEL: return set_level(len);
	case SYSLOG_ACTION_SIZE_UNREAD: return unread_bytes();
	case SYSLOG_ACTION_SIZE_BUFFER: return BUFFER_SIZE;
	default: return -EINVAL;
	}
}

/* --- /proc/kmsg --- */

static int kmsg_open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYSLOG) ? nonseekable_open(inode, file) : -EPERM;
}

static ssize_t kmsg_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	return read_log(to, file->flags & O_NONBLOCK);
}

static u32 kmsg_poll(struct file *file, struct poll_table *table)
{
	poll_wait(file, &kmsg_wait, table);
	return pending() ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations proc_kmsg_fops = { .open = kmsg_open, .read_iter = kmsg_read, .poll = kmsg_poll };

void __init syslog_init(void)
{
	proc_create("kmsg", 0400, &proc_kmsg_fops, NULL);
}
