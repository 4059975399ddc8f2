/* SPDX-License-Identifier: MIT */
/*
 * The file kmemleak of debugfs: reading it shows the leaks that are known, writing
 *
 *	scan		looks for leaks now
 *	scan all	the same, also among what is only just allocated: for a machine at rest
 *	clear		forgets those that are known: they are not shown again
 */
#include <fs/debugfs.h>
#include <fs/seq_file.h>
#include <fs/uio.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <mm/leak.h>

static void show_leak(struct seq_file *m, const struct leak_object *o)
{
	seq_printf(m, "unreferenced object 0x%lx (size %zu):\n  age %llu s\n  backtrace:\n",
		   o->start, o->size, (ktime_get_ns() - o->record.made_ns) / NSEC_PER_SEC);
	for (unsigned int i = 0; i < o->record.nr; i++)
		seq_printf(m, "    %pS\n",
			   (void *)((0xffffffff00000000ul | o->record.trace[i]) - 1));
}

static int kmemleak_show(struct seq_file *m, void *v)
{
	struct leak_object object;

	for (unsigned int n = 0; leak_get(n, &object); n++)
		show_leak(m, &object);
	return 0;
}

static int kmemleak_open(struct inode *inode, struct file *file)
{
	return single_open(file, kmemleak_show, NULL);
}

static ssize_t kmemleak_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	size_t len = from->count;
	char word[16] = "";
	int error = 0;

	if (!len || len >= sizeof(word))
		return -EINVAL;
	if (copy_from_iter(word, len, from) != len)
		return -EFAULT;
	if (!strcmp(strim(word), "scan"))
		error = leak_scan_now(LEAK_MIN_AGE_NS);
	else if (!strcmp(strim(word), "scan all"))
		error = leak_scan_now(0);
	else if (!strcmp(strim(word), "clear"))
		leak_clear();
	else
		error = -EINVAL;
	return error ?: (ssize_t)len;
}

static const struct file_operations kmemleak_fops = {
	.open = kmemleak_open,
	.read_iter = seq_read_iter,
	.write_iter = kmemleak_write,
	.llseek = seq_lseek,
	.release = single_release,
};

void __init kmemleak_init(void)
{
	if (IS_ERR(debugfs_create_file(NULL, "kmemleak", 0600, &kmemleak_fops, NULL)))
		pr_err("kmemleak: no memory for the file\n");
}
