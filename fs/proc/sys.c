/* SPDX-License-Identifier: MIT */
/* /proc/sys: what belongs to the VFS and what nobody else registers. */
#include <arch/traps.h>
#include <fs/calls.h>
#include <fs/files.h>
#include <fs/pipe.h>
#include <fs/seq_file.h>
#include <kernel/detectors.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/random.h>
#include <kernel/taint.h>
#include <kernel/uts.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/space.h>

#include "internal.h"

/* --- kernel/ --- */

static int uts_show(struct seq_file *m, const struct ctl_entry *e)
{
	down_read(&uts_lock);
	seq_printf(m, "%s\n", (const char *)e->data);
	up_read(&uts_lock);
	return 0;
}

static int uts_store(const struct ctl_entry *e, char *text, size_t len)
{
	if (len >= sizeof(system_uts.nodename))
		return -EINVAL;
	down_write(&uts_lock);
	strscpy_pad(e->data, text, sizeof(system_uts.nodename));
	up_write(&uts_lock);
	return 0;
}

static int printk_show(struct seq_file *m, const struct ctl_entry *e)
{
	seq_printf(m, "%d\t%d\t%d\t%d\n", console_loglevel, LOG_LEVEL_WARNING,
		   console_loglevel_minimum, console_loglevel_default);
	return 0;
}

static int printk_store(const struct ctl_entry *e, char *text, size_t len)
{
	int *const values[] = { &console_loglevel, NULL, &console_loglevel_minimum,
				&console_loglevel_default };
	char *word;

	for (unsigned int i = 0; i < ARRAY_SIZE(values) && (word = strsep(&text, " \t"));) {
		int value;

		if (!*word)
			continue;
		if (kstrtoint(word, 0, &value))
			return -EINVAL;
		if (values[i])
			WRITE_ONCE(*values[i], value);
		i++;
	}
	return 0;
}

/* --- kernel/random/ --- */

static char boot_id[37];

static void make_uuid(char *text)
{
	u8 b[16];

	get_random_bytes(b, sizeof(b));
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	sprintf(text, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
		b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
		b[14], b[15]);
}

static int boot_id_show(struct seq_file *m, const struct ctl_entry *e)
{
	static DEFINE_MUTEX(mutex);

	mutex_lock(&mutex);
	if (!boot_id[0])
		make_uuid(boot_id);
	mutex_unlock(&mutex);
	seq_printf(m, "%s\n", boot_id);
	return 0;
}

static int uuid_show(struct seq_file *m, const struct ctl_entry *e)
{
	char text[37];

	make_uuid(text);
	seq_printf(m, "%s\n", text);
	return 0;
}

static int entropy_show(struct seq_file *m, const struct ctl_entry *e)
{
	seq_printf(m, "%u\n", random_entropy_bits());
	return 0;
}

static int poolsize_show(struct seq_file *m, const struct ctl_entry *e)
{
	seq_puts(m, "256\n");
	return 0;
}

static int tainted_show(struct seq_file *m, const struct ctl_entry *e)
{
	seq_printf(m, "%u\n", taint_get());
	return 0;
}

/* What is written is added. */
static int tainted_store(const struct ctl_entry *e, char *text, size_t len)
{
	unsigned int bits;

	if (kstrtouint(text, 0, &bits))
		return -EINVAL;
	taint_add(bits);
	return 0;
}

/* --- fs/ --- */

static int file_nr_show(struct seq_file *m, const struct ctl_entry *e)
{
	seq_printf(m, "%ld\t0\t%lu\n", file_count(), files_max);
	return 0;
}

static int inode_nr_show(struct seq_file *m, const struct ctl_entry *e)
{
	seq_printf(m, "%lu\t%lu\n", inode_count(), inode_unused_count());
	return 0;
}

static int dentry_state_show(struct seq_file *m, const struct ctl_entry *e)
{
	seq_printf(m, "%lu\t%lu\t45\t0\t0\t0\n", dentry_count(), dentry_unused_count());
	return 0;
}

static int constant_show(struct seq_file *m, const struct ctl_entry *e)
{
	seq_printf(m, "%ld\n", e->max);
	return 0;
}

static int pipe_max_store(const struct ctl_entry *e, char *text, size_t len)
{
	unsigned int value, size = PAGE_SIZE;

	if (kstrtouint(text, 0, &value) || value > 1u << 31)
		return -EINVAL;
	while (size < value)
		size <<= 1;
	pipe_max_size = size;
	return 0;
}

static int pipe_max_show(struct seq_file *m, const struct ctl_entry *e)
{
	seq_printf(m, "%u\n", pipe_max_size);
	return 0;
}

static char core_pattern[128] = "core";

#define HANDLER(p, m, s, w) { .path = p, .mode = m, .type = CTL_HANDLER, .show = s, .store = w }
#define UTS(p, m, field, w) { .path = p, .mode = m, .type = CTL_HANDLER, .data = system_uts.field, .show = uts_show, .store = w }

static const struct ctl_entry entries[] = {
	UTS("kernel/hostname", 0644, nodename, uts_store),
	UTS("kernel/domainname", 0644, domainname, uts_store),
	UTS("kernel/ostype", 0444, sysname, NULL),
	UTS("kernel/osrelease", 0444, release, NULL),
	UTS("kernel/version", 0444, version, NULL),
	{ .path = "kernel/pid_max",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &pid_max,
	  .min = 301,
	  .max = 4194304 },
	{ .path = "kernel/threads-max",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &threads_max,
	  .min = 1,
	  .max = INT_MAX },
	{ .path = "kernel/core_pattern",
	  .mode = 0644,
	  .type = CTL_STRING,
	  .data = core_pattern,
	  .size = sizeof(core_pattern) },
	{ .path = "kernel/cap_last_cap",
	  .mode = 0444,
	  .type = CTL_HANDLER,
	  .show = constant_show,
	  .max = 40 },
	{ .path = "kernel/ngroups_max",
	  .mode = 0444,
	  .type = CTL_HANDLER,
	  .show = constant_show,
	  .max = 65536 },
	HANDLER("kernel/tainted", 0644, tainted_show, tainted_store),
	{ .path = "kernel/panic_on_warn",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &panic_on_warn,
	  .min = 0,
	  .max = 1 },
	{ .path = "kernel/unknown_nmi_panic",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &unknown_nmi_panic,
	  .min = INT_MIN,
	  .max = INT_MAX },
	{ .path = "kernel/panic_on_oops",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &panic_on_oops,
	  .min = 0,
	  .max = 1 },
	{ .path = "kernel/oops_all_cpu_backtrace",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &oops_all_cpu_backtrace,
	  .min = 0,
	  .max = 1 },
	{ .path = "kernel/panic_on_rcu_stall",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &panic_on_rcu_stall,
	  .min = 0,
	  .max = 1 },
	{ .path = "kernel/panic",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &panic_timeout,
	  .min = INT_MIN,
	  .max = INT_MAX },
	HANDLER("kernel/printk", 0644, printk_show, printk_store),
	HANDLER("kernel/random/boot_id", 0444, boot_id_show, NULL),
	HANDLER("kernel/random/uuid", 0444, uuid_show, NULL),
	HANDLER("kernel/random/entropy_avail", 0444, entropy_show, NULL),
	HANDLER("kernel/random/poolsize", 0444, poolsize_show, NULL),
	{ .path = "fs/file-max", .mode = 0644, .type = CTL_ULONG, .data = &files_max },
	{ .path = "fs/nr_open",
	  .mode = 0644,
	  .type = CTL_UINT,
	  .data = &fd_nr_open,
	  .min = 64,
	  .max = 1 << 30 },
	HANDLER("fs/file-nr", 0444, file_nr_show, NULL),
	HANDLER("fs/inode-nr", 0444, inode_nr_show, NULL),
	HANDLER("fs/inode-state", 0444, inode_nr_show, NULL),
	HANDLER("fs/dentry-state", 0444, dentry_state_show, NULL),
	HANDLER("fs/pipe-max-size", 0644, pipe_max_show, pipe_max_store),
	{ .path = "fs/inotify/max_user_instances",
	  .mode = 0644,
	  .type = CTL_UINT,
	  .data = &inotify_max_instances,
	  .min = 0,
	  .max = INT_MAX },
	{ .path = "fs/inotify/max_user_watches",
	  .mode = 0644,
	  .type = CTL_UINT,
	  .data = &inotify_max_watches,
	  .min = 0,
	  .max = INT_MAX },
	{ .path = "fs/inotify/max_queued_events",
	  .mode = 0644,
	  .type = CTL_UINT,
	  .data = &inotify_max_events,
	  .min = 0,
	  .max = INT_MAX },
	{ .path = "vm/overcommit_memory",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &overcommit_memory,
	  .min = 0,
	  .max = 2 },
	{ .path = "vm/overcommit_ratio",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &overcommit_ratio,
	  .min = 0,
	  .max = INT_MAX },
	{ .path = "vm/max_map_count",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &max_map_count,
	  .min = 0,
	  .max = INT_MAX },
	{ .path = "vm/mmap_min_addr", .mode = 0644, .type = CTL_ULONG, .data = &mmap_min_addr },
};

void __init proc_sys_files(void)
{
	ctl_register(entries, ARRAY_SIZE(entries));
}
