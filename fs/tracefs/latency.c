/* SPDX-License-Identifier: MIT */
/*
 * latency/SET/enable and histogram: how often and how long (kernel/latency.h). Writing to histogram
 * sets it back. And counters: what instruction counts do not show, by CPU.
 */
#include "internal.h"

#include <kernel/init.h>
#include <kernel/interrupt.h>
#include <kernel/latency.h>
#include <kernel/trace_events.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/stat.h>

/* ---- latencies ---- */

struct member_name {
	const char *name;
	u8 nr_args;
	bool is_there;
};

static const struct member_name syscall_names[] = {
#include <generated/syscall_names.h>
};

static const struct member_name block_names[] = {
	{ .name = "read" },    { .name = "write" },	   { .name = "flush" },
	{ .name = "discard" }, { .name = "write_zeroes" },
};

static struct latency_view {
	enum latency_set set;
	const char *dir;
	const struct member_name *names;
	unsigned int nr_names;
	bool on; /* trace_mutex */
} views[] = {
	{ LATENCY_SYSCALL, "syscalls", syscall_names, ARRAY_SIZE(syscall_names), false },
	{ LATENCY_BLOCK, "block", block_names, ARRAY_SIZE(block_names), false },
};

static unsigned long view_get(void *object)
{
	return READ_ONCE(((struct latency_view *)object)->on);
}

static int make_tables(enum latency_set set)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct latency *table;

		if (latency_has_table(set, cpu))
			continue;
		table = kvzalloc(latency_members(set) * sizeof(*table), GFP_KERNEL);
		if (!table)
			return -ENOMEM;
		latency_set_table(set, cpu, table);
	}
	return 0;
}

static int view_set(void *object, unsigned long on)
{
	struct latency_view *view = object;
	int error = on ? make_tables(view->set) : 0;

	if (error || view->on == on)
		return error;
	view->on = on;
	if (on) {
		static_key_get(&latency_keys[view->set]);
		if (view->set == LATENCY_SYSCALL)
			static_key_get(&syscall_trace_key);
	} else {
		if (view->set == LATENCY_SYSCALL)
			static_key_put(&syscall_trace_key);
		static_key_put(&latency_keys[view->set]);
	}
	return 0;
}

static void show_histogram(struct seq_file *m, const char *name, const struct latency *l)
{
	seq_printf(m, "%-24s %10llu %12llu %12llu ", name, (unsigned long long)l->count,
		   (unsigned long long)(l->sum_ns / l->count), (unsigned long long)l->max_ns);
	for (unsigned int i = 0; i < LATENCY_BUCKETS - 1; i++)
		if (l->bucket[i])
			seq_printf(m, " <%llu:%llu", 1ull << i, (unsigned long long)l->bucket[i]);
	if (l->bucket[LATENCY_BUCKETS - 1])
		seq_printf(m, " >=%llu:%llu", 1ull << (LATENCY_BUCKETS - 2),
			   (unsigned long long)l->bucket[LATENCY_BUCKETS - 1]);
	seq_putc(m, '\n');
}

static int histogram_show(struct seq_file *m, void *object)
{
	const struct latency_view *view = object;
	struct latency sum;

	seq_printf(m, "# %-22s %10s %12s %12s  <NS:TIMES, each below NS and not below half of it\n",
		   "name", "times", "mean ns", "longest ns");
	for (unsigned int i = 0; i < view->nr_names; i++) {
		latency_sum(view->set, i, &sum);
		if (sum.count)
			show_histogram(m, view->names[i].name ?: "?", &sum);
	}
	return 0;
}

static int histogram_store(void *object, char *text)
{
	latency_reset(((struct latency_view *)object)->set);
	return 0;
}

/* ---- counters ---- */

static const struct {
	const char *name;
	enum mm_event event;
} event_columns[] = {
	{ "tlb_flush_all", MM_TLB_LOCAL_FLUSH_ALL },
	{ "tlb_flush_one", MM_TLB_LOCAL_FLUSH_ONE },
	{ "tlb_flush_switch", MM_TLB_SWITCH_FLUSH },
	{ "tlb_shootdowns_sent", MM_TLB_REMOTE_FLUSH },
	{ "tlb_shootdowns_received", MM_TLB_REMOTE_FLUSH_RECEIVED },
	{ "page_table_writes", MM_PAGE_TABLE_WRITES },
};

static int counters_show(struct seq_file *m, void *object)
{
	const char *name, *description;
	unsigned int cpu;

	seq_puts(m, "cpu");
	for (size_t i = 0; i < ARRAY_SIZE(event_columns); i++)
		seq_printf(m, " %s", event_columns[i].name);
	for (unsigned int i = 0; (name = irq_system_name(i, &description)); i++)
		seq_printf(m, " interrupts_%s", name);
	seq_putc(m, '\n');
	for_each_online_cpu(cpu) {
		seq_printf(m, "%u", cpu);
		for (size_t i = 0; i < ARRAY_SIZE(event_columns); i++)
			seq_printf(
				m, " %lu",
				READ_ONCE(per_cpu(mm_counters, cpu).event[event_columns[i].event]));
		for (unsigned int i = 0; irq_system_name(i, &description); i++)
			seq_printf(m, " %llu", (unsigned long long)irq_system_count(i, cpu));
		seq_putc(m, '\n');
	}
	return 0;
}

static bool counts_writes; /* trace_mutex */

static unsigned long count_writes_get(void *object)
{
	return READ_ONCE(counts_writes);
}

static int count_writes_set(void *object, unsigned long on)
{
	if (on && !counts_writes)
		static_key_get(&page_table_writes_key);
	else if (!on && counts_writes)
		static_key_put(&page_table_writes_key);
	counts_writes = on;
	return 0;
}

/* ---- the tree ---- */

static const struct tracefs_control view_controls[] = {
	TRACEFS_NUMBER("enable", view_get, view_set, 1),
	{ .name = "histogram", .mode = 0640, .show = histogram_show, .store = histogram_store },
};
static const struct tracefs_control counter_controls[] = {
	{ .name = "counters", .mode = 0440, .show = counters_show },
	TRACEFS_NUMBER("count_page_table_writes", count_writes_get, count_writes_set, 1),
};

void __init trace_latency_make(void)
{
	struct kernfs_node *dir = tracefs_dir(tracefs_root, "latency", NULL);

	for (size_t i = 0; i < ARRAY_SIZE(views); i++)
		tracefs_add(tracefs_dir(dir, views[i].dir, &views[i]), view_controls,
			    ARRAY_SIZE(view_controls));
	tracefs_add(tracefs_root, counter_controls, ARRAY_SIZE(counter_controls));
}
