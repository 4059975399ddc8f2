/* SPDX-License-Identifier: MIT */
/* /proc/lock_stat (CONFIG_LOCK_STAT): a line for each class that was taken. Writing 0 sets all to
 * 0. */
#include <fs/uio.h>
#include <kernel/init.h>
#include <kernel/lock_stat.h>

#include "internal.h"

static const char *const kinds[NR_LOCK_KINDS] = {"spin", "mutex", "read", "write"};

static int lock_stat_show(struct seq_file *m, void *v)
{
	unsigned long missed = lock_stat_missed();
	struct lock_counts c;
	enum lock_kind kind;
	const char *name;

	seq_printf(m, "%-40s %-5s %12s %12s %14s %12s %16s %12s\n", "class", "kind", "acquired",
		   "contended", "wait-ns", "wait-max-ns", "hold-ns", "hold-max-ns");
	for (unsigned int n = 0; lock_stat_read(n, &name, &kind, &c); n++)
		if (name && c.acquired)
			seq_printf(m, "%-40s %-5s %12llu %12llu %14llu %12llu %16llu %12llu\n",
				   name, kinds[kind], c.acquired, c.contended, c.wait_ns,
				   c.wait_max_ns, c.hold_ns, c.hold_max_ns);
	if (missed)
		seq_printf(m, "# %lu not counted: too many classes, or locks held at once\n",
			   missed);
	return 0;
}

static int lock_stat_open(struct inode *inode, struct file *file)
{
	return single_open(file, lock_stat_show, NULL);
}

static ssize_t lock_stat_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	size_t len = from->count;
	char text[2] = "";

	if (!len || len > sizeof(text))
		return -EINVAL;
	if (copy_from_iter(text, len, from) != len)
		return -EFAULT;
	if (text[0] != '0' || (len == 2 && text[1] != '\n'))
		return -EINVAL;
	lock_stat_reset();
	return len;
}

static const struct file_operations lock_stat_fops = {
	.open = lock_stat_open,
	.read_iter = seq_read_iter,
	.write_iter = lock_stat_write,
	.llseek = seq_lseek,
	.release = single_release,
};

void __init proc_lock_stat_init(void)
{
	proc_create("lock_stat", 0600, &lock_stat_fops, NULL);
}
