/* SPDX-License-Identifier: MIT */
/* The small files of tracefs, and the folders of the CPUs. */
#include "internal.h"

#include <arch/clock.h>
#include <kernel/init.h>
#include <kernel/trace_filter.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

/* ---- on, sizes ---- */

static unsigned long tracing_on_get(void *object)
{
	return READ_ONCE(trace_is_on);
}

static int tracing_on_set(void *object, unsigned long on)
{
	trace_set_on(on);
	return 0;
}

/* Of all CPUs: X if they differ. */
static int size_show(struct seq_file *m, void *object)
{
	unsigned int one, cpu;
	bool differ = false;

	if (!cpu_of_object(object, &one)) {
		one = 0;
		for_each_online_cpu(cpu)
			differ |= trace_buffer_kib(cpu) != trace_buffer_kib(one);
	}
	if (differ)
		seq_puts(m, "X\n");
	else
		seq_printf(m, "%lu\n", trace_buffer_kib(one));
	return 0;
}

#define SIZE_CONTROL { .name = "buffer_size_kb", .mode = 0640, .show = size_show, \
		       .set = trace_buffer_resize, .max = TRACE_KIB_MAX }

static int total_size_show(struct seq_file *m, void *object)
{
	unsigned long kib = 0;
	unsigned int cpu;

	for_each_online_cpu(cpu)
		kib += trace_buffer_kib(cpu);
	seq_printf(m, "%lu\n", kib);
	return 0;
}

/* ---- what exists once here ---- */

static int nop_show(struct seq_file *m, void *object)
{
	seq_puts(m, "nop\n");
	return 0;
}

static int nop_store(void *object, char *text)
{
	return !*text || !strcmp(text, "nop") ? 0 : -EINVAL;
}

/* One clock, under the names by which it is asked for. */
static const char *const clocks[] = { "local", "global", "mono", "mono_raw", "boot" };
static unsigned int clock_shown; /* trace_mutex */

static int clock_show(struct seq_file *m, void *object)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(clocks); i++)
		seq_printf(m, i == clock_shown ? "%s[%s]" : "%s%s", i ? " " : "", clocks[i]);
	seq_putc(m, '\n');
	return 0;
}

static int clock_store(void *object, char *text)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(clocks); i++) {
		if (strcmp(clocks[i], text))
			continue;
		mutex_lock(&trace_mutex);
		clock_shown = i;
		mutex_unlock(&trace_mutex);
		return 0;
	}
	return -EINVAL;
}

static int timestamp_mode_show(struct seq_file *m, void *object)
{
	seq_puts(m, "[delta] absolute\n");
	return 0;
}

/* ---- the CPUs that are recorded: hexadecimal, with commas between 32 bits each ---- */

static u32 mask_group(const struct cpumask *cpus, unsigned int group)
{
	return cpus->bits[group / 2] >> (group % 2 * 32);
}

static int cpumask_show(struct seq_file *m, void *object)
{
	unsigned int group = (nr_cpu_ids - 1) / 32;
	struct cpumask cpus;

	mutex_lock(&trace_mutex);
	trace_get_cpus(&cpus);
	mutex_unlock(&trace_mutex);
	seq_printf(m, "%x", mask_group(&cpus, group));
	while (group--)
		seq_printf(m, ",%08x", mask_group(&cpus, group));
	seq_putc(m, '\n');
	return 0;
}

/* From the last digit on. */
static int parse_cpus(const char *text, struct cpumask *cpus)
{
	unsigned int at = 0;
	size_t i = strlen(text);

	if (!i)
		return -EINVAL;
	while (i--) {
		char digit[2] = { text[i] };
		u8 value;

		if (*digit == ',')
			continue;
		if (kstrtou8(digit, 16, &value))
			return -EINVAL;
		if (value && at >= CONFIG_NR_CPUS)
			return -EOVERFLOW;
		if (value)
			cpus->bits[at / 64] |= (u64)value << (at % 64);
		at += 4;
	}
	return 0;
}

static int cpumask_store(void *object, char *text)
{
	struct cpumask cpus = { 0 };
	int error = parse_cpus(text, &cpus);

	if (error)
		return error;
	mutex_lock(&trace_mutex);
	trace_set_cpus(&cpus);
	mutex_unlock(&trace_mutex);
	return 0;
}

static int empty_show(struct seq_file *m, void *object)
{
	return 0;
}

/* ---- options ---- */

static unsigned long overwrite_get(void *object)
{
	return trace_overwrites();
}

static int overwrite_set(void *object, unsigned long on)
{
	trace_set_overwrite(on);
	return 0;
}

static unsigned long event_fork_get(void *object)
{
	return static_key_enabled(&trace_follow_key);
}

static int event_fork_set(void *object, unsigned long on)
{
	if (on == event_fork_get(object))
		return 0;
	if (on)
		static_key_get(&trace_follow_key);
	else
		static_key_put(&trace_follow_key);
	return 0;
}

static unsigned long markers_get(void *object)
{
	return READ_ONCE(trace_takes_marks);
}

static int markers_set(void *object, unsigned long on)
{
	WRITE_ONCE(trace_takes_marks, on);
	return 0;
}

static const struct tracefs_control option_controls[] = {
	TRACEFS_NUMBER("event-fork", event_fork_get, event_fork_set, 1),
	TRACEFS_NUMBER("markers", markers_get, markers_set, 1),
	TRACEFS_NUMBER("overwrite", overwrite_get, overwrite_set, 1),
};

/* Options of Linux's that are here what they are: to be set so is taken, otherwise refused. */
static const struct {
	const char *name;
	bool on;
} fixed_options[] = {
	{ "annotate", true },	    { "context-info", true }, { "disable_on_free", false },
	{ "function-fork", false }, { "irq-info", true },     { "print-parent", true },
	{ "record-cmd", true },	    { "record-tgid", false }, { "stacktrace", false },
	{ "sym-addr", false },	    { "sym-offset", false },
};

static int options_show(struct seq_file *m, void *object)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_controls); i++)
		seq_printf(m, "%s%s\n", option_controls[i].get(NULL) ? "" : "no",
			   option_controls[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(fixed_options); i++)
		seq_printf(m, "%s%s\n", fixed_options[i].on ? "" : "no", fixed_options[i].name);
	return 0;
}

static int set_option(const char *name, bool on)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_controls); i++)
		if (!strcmp(option_controls[i].name, name))
			return option_controls[i].set(NULL, on);
	for (size_t i = 0; i < ARRAY_SIZE(fixed_options); i++)
		if (!strcmp(fixed_options[i].name, name))
			return fixed_options[i].on == on ? 0 : -EINVAL;
	return -EINVAL;
}

static int options_store(void *object, char *text)
{
	bool on = strncmp(text, "no", 2);
	int error;

	mutex_lock(&trace_mutex);
	error = set_option(text + (on ? 0 : 2), on);
	mutex_unlock(&trace_mutex);
	return error;
}

/* ---- names ---- */

static int comms_show(struct seq_file *m, void *object)
{
	struct trace_comm comm;

	for (unsigned int i = 0; i < TRACE_COMMS; i++)
		if (trace_comm_at(i, &comm))
			seq_printf(m, "%d %s\n", comm.pid, comm.name);
	return 0;
}

static int comms_size_show(struct seq_file *m, void *object)
{
	seq_printf(m, "%u\n", TRACE_COMMS);
	return 0;
}

/* ---- statistics ---- */

static u32 nr_resident(struct trace_ring *ring, struct trace_record *record)
{
	struct trace_cursor cursor = trace_ring_oldest(ring);

	if (!trace_ring_peek(ring, &cursor, ~0ull, record))
		return 0;
	return READ_ONCE(ring->seq) - record->seq;
}

/* What lies between the oldest and the end. Behind a record that is being written while the ring is emptied, the oldest comes later. */
static u64 nr_bytes(const struct trace_ring *ring)
{
	u64 oldest = trace_ring_oldest(ring).pos, end = trace_ring_end(ring);

	return end > oldest ? end - oldest : 0;
}

static void show_time(struct seq_file *m, const char *name, u64 ns)
{
	seq_printf(m, "%s: %5llu.%06llu\n", name, (unsigned long long)(ns / 1000000000),
		   (unsigned long long)(ns / 1000 % 1000000));
}

static int stats_show(struct seq_file *m, void *object)
{
	struct trace_record *record = kmalloc(TRACE_BLOCK, GFP_KERNEL);
	struct trace_ring *ring;
	u32 written, resident;
	unsigned int cpu;

	if (!record)
		return -ENOMEM;
	cpu_of_object(object, &cpu);
	ring = per_cpu_ptr(&trace_rings, cpu);
	mutex_lock(&trace_read_mutex);
	record->ns = 0;
	resident = nr_resident(ring, record);
	written = READ_ONCE(ring->seq) - ring->base_seq;
	seq_printf(m, "entries: %u\noverrun: %llu\ncommit overrun: %llu\nbytes: %llu\n", resident,
		   (unsigned long long)max((s64)(written - resident - ring->nr_read), (s64)0),
		   (unsigned long long)(trace_overwrites() ? ring->nr_dropped : 0),
		   (unsigned long long)nr_bytes(ring));
	show_time(m, "oldest event ts", resident ? record->ns : 0);
	show_time(m, "now ts", arch_clock_ns());
	seq_printf(m, "dropped events: %llu\nread events: %llu\n",
		   (unsigned long long)(trace_overwrites() ? 0 : ring->nr_dropped),
		   (unsigned long long)ring->nr_read);
	mutex_unlock(&trace_read_mutex);
	kfree(record);
	return 0;
}

/* ---- the tree ---- */

static const struct tracefs_control root_controls[] = {
	TRACEFS_NUMBER("tracing_on", tracing_on_get, tracing_on_set, ULONG_MAX),
	SIZE_CONTROL,
	{ .name = "buffer_total_size_kb", .mode = 0440, .show = total_size_show },
	{ .name = "current_tracer", .mode = 0640, .show = nop_show, .store = nop_store },
	{ .name = "available_tracers", .mode = 0440, .show = nop_show },
	{ .name = "trace_clock", .mode = 0640, .show = clock_show, .store = clock_store },
	{ .name = "timestamp_mode", .mode = 0440, .show = timestamp_mode_show },
	{ .name = "tracing_cpumask", .mode = 0640, .show = cpumask_show, .store = cpumask_store },
	{ .name = "trace_options", .mode = 0640, .show = options_show, .store = options_store },
	{ .name = "saved_cmdlines", .mode = 0440, .show = comms_show },
	{ .name = "saved_cmdlines_size", .mode = 0440, .show = comms_size_show },
	{ .name = "printk_formats", .mode = 0440, .show = empty_show },
};
static const struct tracefs_control cpu_controls[] = {
	SIZE_CONTROL,
	{ .name = "stats", .mode = 0440, .show = stats_show },
};

static void __init make_cpu(struct kernfs_node *parent, unsigned int cpu)
{
	struct kernfs_node *dir;
	char name[16];

	snprintf(name, sizeof(name), "cpu%u", cpu);
	dir = tracefs_dir(parent, name, (void *)(unsigned long)(cpu + 1));
	tracefs_add(dir, cpu_controls, ARRAY_SIZE(cpu_controls));
	tracefs_file(dir, "trace", 0640, &trace_operations);
	tracefs_file(dir, "trace_pipe", 0440, &trace_pipe_operations);
	tracefs_file(dir, "trace_pipe_raw", 0440, &trace_raw_operations);
}

void __init trace_settings_make(void)
{
	struct kernfs_node *cpus = tracefs_dir(tracefs_root, "per_cpu", NULL);
	unsigned int cpu;

	tracefs_add(tracefs_root, root_controls, ARRAY_SIZE(root_controls));
	tracefs_add(tracefs_dir(tracefs_root, "options", NULL), option_controls,
		    ARRAY_SIZE(option_controls));
	tracefs_file(tracefs_root, "trace", 0640, &trace_operations);
	tracefs_file(tracefs_root, "trace_pipe", 0440, &trace_pipe_operations);
	tracefs_file(tracefs_root, "trace_marker", 0220, &trace_marker_operations);
	for_each_online_cpu(cpu)
		make_cpu(cpus, cpu);
}
