/* SPDX-License-Identifier: MIT */
/* /proc/sys: numbers and strings with limits. */
#include <fs/seq_file.h>
#include <fs/uio.h>
#include <kernel/mutex.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

#include "internal.h"

#define CTL_TEXT_MAX	1024

static DEFINE_MUTEX(ctl_mutex); /* writes, and reads of strings */

static int ctl_show(struct seq_file *m, void *v)
{
	const struct ctl_entry *e = m->private;

	switch (e->type) {
	case CTL_INT: seq_printf(m, "%d\n", READ_ONCE(*(int *)e->data)); return 0;
	case CTL_UINT: seq_printf(m, "%u\n", READ_ONCE(*(unsigned int *)e->data)); return 0;
	case CTL_ULONG: seq_printf(m, "%lu\n", READ_ONCE(*(unsigned long *)e->data)); return 0;
	case CTL_STRING:
		mutex_lock(&ctl_mutex);
		seq_printf(m, "%s\n", (char *)e->data);
		mutex_unlock(&ctl_mutex);
		return 0;
	case CTL_HANDLER: return e->show ? e->show(m, e) : -EINVAL;
	}
	return -EINVAL;
}

static bool out_of_limits(const struct ctl_entry *e, long value)
{
	return (e->min || e->max) && (value < e->min || value > e->max);
}

static int store_number(const struct ctl_entry *e, const char *text)
{
	long long value;
	unsigned long long large;
	int error;

	if (e->type == CTL_ULONG) {
		error = kstrtoull(text, 0, &large);
		if (error)
			return -EINVAL;
		if ((e->min || e->max) &&
		    (large < (unsigned long)e->min || large > (unsigned long)e->max))
			return -EINVAL;
		WRITE_ONCE(*(unsigned long *)e->data, large);
		return 0;
	}
	error = kstrtoll(text, 0, &value);
	if (error ||
	    (e->type == CTL_INT ? value < INT_MIN || value > INT_MAX
				: value < 0 || value > UINT_MAX) ||
	    out_of_limits(e, value))
		return -EINVAL;
	WRITE_ONCE(*(int *)e->data, (int)value);
	return 0;
}

static int store(const struct ctl_entry *e, char *text, size_t len)
{
	int error;

	switch (e->type) {
	case CTL_HANDLER: return e->store ? e->store(e, text, len) : -EINVAL;
	case CTL_STRING:
		mutex_lock(&ctl_mutex);
		strscpy(e->data, text, e->size);
		mutex_unlock(&ctl_mutex);
		return 0;
	default:
		error = store_number(e, text);
		if (!error && e->changed)
			e->changed();
		return error;
	}
}

static ssize_t ctl_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	const struct ctl_entry *e = proc_private(file->inode);
	size_t len = from->count;
	char *buf, *text;
	int error;

	if (*pos)
		return len; /* one write sets the whole value */
	if (len > CTL_TEXT_MAX)
		return -EINVAL;
	buf = kmalloc(len + 1, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	error = -EFAULT;
	if (copy_from_iter(buf, len, from) == len) {
		buf[len] = 0;
		text = e->type == CTL_STRING ? buf : strim(buf);
		if (e->type == CTL_STRING)
			text[strcspn(text, "\n")] = 0;
		error = store(e, text, strlen(text));
	}
	kfree(buf);
	if (error)
		return error;
	*pos += len;
	return len;
}

static int ctl_open(struct inode *inode, struct file *file)
{
	int error = single_open(file, ctl_show, proc_private(inode));

	if (!error)
		file->mode |= FMODE_PWRITE; /* on Linux these are no seq_files */
	return error;
}

static const struct file_operations ctl_fops = {
	.open = ctl_open,
	.read_iter = seq_read_iter,
	.write_iter = ctl_write,
	.llseek = seq_lseek,
	.release = single_release,
};

int ctl_register(const struct ctl_entry *entries, unsigned int nr)
{
	int error = 0;

	for (unsigned int i = 0; i < nr; i++) {
		char path[96];

		snprintf(path, sizeof(path), "sys/%s", entries[i].path);
		if (!proc_create(path, entries[i].mode, &ctl_fops, (void *)&entries[i]))
			error = -ENOMEM;
	}
	return error;
}
