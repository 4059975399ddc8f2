/* SPDX-License-Identifier: MIT */
/*
 * /dev/kmsg: each read gives one record, "priority,sequence,microseconds,-;text"; a write stores one, with "<priority>" in front if it likes.
 */
#include <fs/poll.h>
#include <fs/uio.h>
#include <fs/vfs.h>
#include <kernel/cred.h>
#include <kernel/init.h>
#include <kernel/irq_work.h>
#include <kernel/log.h>
#include <kernel/mutex.h>
#include <kernel/wait.h>
#include <lib/kernel.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/fs.h>

#include "mem.h"

struct kmsg_reader {
	struct mutex lock;
	u64 seq;			 /* lock: what comes next */
	char text[LOG_TEXT_MAX + 1];	 /* lock */
	char out[64 + 4 * LOG_TEXT_MAX]; /* lock */
};

DECLARE_WAIT_QUEUE_HEAD(kmsg_wait);

/* printk is called anywhere, with any lock held: the waking itself comes a moment later, in an interrupt of its own. */
static void wake_readers(struct irq_work *work)
{
	wake_up_interruptible_all(&kmsg_wait);
}

static struct irq_work wake_work = IRQ_WORK_INIT(wake_readers);

static void new_record(void)
{
	if (waitqueue_active(&kmsg_wait))
		irq_work_queue(&wake_work);
}

static int kmsg_open(struct inode *inode, struct file *file)
{
	struct kmsg_reader *r;

	if (!(file->mode & FMODE_READ))
		return 0;
	r = kvmalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	mutex_init(&r->lock);
	r->seq = log_oldest();
	file->private = r;
	return 0;
}

static void kmsg_release(struct inode *inode, struct file *file)
{
	kvfree(file->private);
}

/* Bytes that would disturb the format, or a terminal, as \xNN. */
static size_t put_text(char *out, const char *text, size_t len)
{
	char *p = out;

	for (size_t i = 0; i < len; i++) {
		u8 c = text[i];

		if (c < ' ' || c >= 127 || c == '\\')
			p += sprintf(p, "\\x%02x", c);
		else
			*p++ = c;
	}
	*p++ = '\n';
	return p - out;
}

static bool read_record(struct kmsg_reader *r, struct log_record *record)
{
	return log_read(r->seq, record, r->text);
}

static ssize_t kmsg_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct kmsg_reader *r = file->private;
	struct log_record record;
	size_t len;
	ssize_t n;

	mutex_lock(&r->lock);
	while (!read_record(r, &record)) {
		if (file->flags & O_NONBLOCK) {
			n = -EAGAIN;
			goto out;
		}
		mutex_unlock(&r->lock);
		n = wait_event_interruptible(&kmsg_wait, log_next() > READ_ONCE(r->seq));
		if (n)
			return n;
		mutex_lock(&r->lock);
	}
	if (record.seq != r->seq) {
		r->seq = record.seq; /* some were overwritten: the reader is told once */
		n = -EPIPE;
		goto out;
	}
	len = sprintf(r->out, "%d,%llu,%llu,-;", record.facility << 3 | record.level,
		      (unsigned long long)record.seq, (unsigned long long)record.time_ns / 1000);
	len += put_text(r->out + len, r->text, record.length);
	n = -EINVAL;
	if (len <= to->count) {
		n = copy_to_iter(r->out, len, to) == len ? (ssize_t)len : -EFAULT;
		if (n > 0)
			r->seq++;
	}
out:
	mutex_unlock(&r->lock);
	return n;
}

static ssize_t kmsg_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	size_t len = from->count;
	unsigned long priority = LOG_LEVEL_WARNING;
	char *line, *text;

	if (len > LOG_TEXT_MAX)
		return -EINVAL;
	line = kmalloc(len + 1, GFP_KERNEL);
	if (!line)
		return -ENOMEM;
	if (copy_from_iter(line, len, from) != len) {
		kfree(line);
		return -EFAULT;
	}
	line[len] = 0;
	text = line;
	if (*text == '<') {
		char *end;
		unsigned long value = simple_strtoul(text + 1, &end, 10);

		if (*end == '>') {
			priority = value;
			text = end + 1;
		}
	}
	/* programs may not speak as the kernel */
	log_store(priority >> 3 ?: 1, priority & 7, text, line + len - text);
	kfree(line);
	return len;
}

static loff_t kmsg_llseek(struct file *file, loff_t offset, int whence)
{
	struct kmsg_reader *r = file->private;

	if (!r)
		return -EBADF;
	if (offset)
		return -ESPIPE;
	switch (whence) {
	case SEEK_SET:
	case SEEK_DATA: WRITE_ONCE(r->seq, log_oldest()); return 0;
	case SEEK_END: WRITE_ONCE(r->seq, log_next()); return 0;
	default: return -EINVAL;
	}
}

static u32 kmsg_poll(struct file *file, struct poll_table *table)
{
	struct kmsg_reader *r = file->private;
	u32 mask = 0;

	if (!r)
		return EPOLLERR | EPOLLNVAL;
	poll_wait(file, &kmsg_wait, table);
	if (log_next() > READ_ONCE(r->seq)) {
		mask = EPOLLIN | EPOLLRDNORM;
		if (READ_ONCE(r->seq) < log_oldest())
			mask |= EPOLLERR | EPOLLPRI;
	}
	return mask;
}

const struct file_operations kmsg_fops = {
	.open = kmsg_open,
	.release = kmsg_release,
	.read_iter = kmsg_read,
	.write_iter = kmsg_write,
	.llseek = kmsg_llseek,
	.poll = kmsg_poll,
};

void __init kmsg_init(void)
{
	log_new_record = new_record;
	syslog_init();
}
