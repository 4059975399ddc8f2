/* SPDX-License-Identifier: MIT */
/*
 * events/SYSTEM/EVENT/filter and events/SYSTEM/filter: which records of an event are kept; set_event_pid and set_event_notrace_pid: of which threads.
 *
 * A filter is replaced as a whole, and freed when nobody who writes records can look at it any more. As on Linux, one that cannot be understood takes
 * the place of the last one, too: it keeps everything, and shows what is wrong with it.
 */
#include "internal.h"

#include <kernel/init.h>
#include <kernel/atomic.h>
#include <kernel/rcu.h>
#include <kernel/trace_filter.h>
#include <lib/bitmap.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

#define FILTER_MAX	4095	/* characters, as on Linux */

/* ---- how many are in force; trace_mutex held ---- */

static int count_one(void)
{
	struct trace_asides *made = trace_asides;

	if (!made)
		made = kvzalloc(nr_cpu_ids * sizeof(*made), GFP_KERNEL);
	if (!made)
		return -ENOMEM;
	smp_store_release(&trace_asides, made);
	smp_store_release(&trace_nr_filters, trace_nr_filters + 1);
	return 0;
}

static void count_one_less(void)
{
	WRITE_ONCE(trace_nr_filters, trace_nr_filters - 1);
}

/* ---- filters ---- */

static bool is_in_force(const struct trace_filter *filter)
{
	return filter && filter->nr_steps;
}

static void free_filter(struct trace_filter *filter)
{
	if (filter)
		kvfree(filter->text);
	kvfree(filter);
}

/* What was written, and below it what is wrong there. */
static void explain(char *to, size_t size, const char *text, const struct trace_filter_error *error)
{
	snprintf(to, size, "%s\n%*s^\nparse_error: %s", text, (int)error->at, "", error->what);
}

/* The filter, also if text is none (*error); ERR_PTR(-ENOMEM). */
static struct trace_filter *make_filter(const struct trace_event *event, const char *text,
					int *error)
{
	size_t length = strlen(text), shown_size = 2 * length + 100;
	struct trace_filter *filter =
		kvzalloc(sizeof(*filter) + (length + 1) * sizeof(*filter->steps), GFP_KERNEL);
	/* Shown, then cut up. */
	char *shown = kvmalloc(shown_size + length + 1, GFP_KERNEL), *cut;
	struct trace_filter_error reason;
	int nr;

	if (!filter || !shown) {
		kvfree(filter);
		kvfree(shown);
		return ERR_PTR(-ENOMEM);
	}
	strscpy(shown, text, shown_size);
	cut = shown + shown_size;
	strscpy(cut, text, length + 1);
	filter->text = shown;
	nr = trace_filter_compile(filter->steps, cut, event, &reason);
	*error = min(nr, 0);
	if (nr < 0)
		explain(shown, shown_size, text, &reason);
	else
		filter->nr_steps = nr;
	return filter;
}

/* filter NULL: none. trace_mutex held. */
static int replace_filter(struct trace_event *event, struct trace_filter *filter)
{
	struct trace_filter *old = event->filter;
	int error = is_in_force(filter) ? count_one() : 0;

	if (error)
		return error;
	smp_store_release(&event->filter, filter);
	if (is_in_force(old))
		count_one_less();
	if (old)
		synchronize_rcu();
	free_filter(old);
	return 0;
}

static bool is_none(const char *text)
{
	return !strcmp(text, "0");
}

/* trace_mutex held. -EINVAL: it is there, but is none. */
static int set_filter(struct trace_event *event, const char *text)
{
	struct trace_filter *filter;
	int error = 0, no_memory;

	if (is_none(text))
		return replace_filter(event, NULL);
	filter = make_filter(event, text, &error);
	if (IS_ERR(filter))
		return PTR_ERR(filter);
	no_memory = replace_filter(event, filter);
	if (no_memory)
		free_filter(filter);
	return no_memory ?: error;
}

int trace_filter_show(struct seq_file *m, void *object)
{
	const struct trace_event *event = object;

	mutex_lock(&trace_mutex);
	seq_printf(m, "%s\n", event->filter ? event->filter->text : "none");
	mutex_unlock(&trace_mutex);
	return 0;
}

int trace_filter_store(void *event, char *text)
{
	int error;

	if (strlen(text) > FILTER_MAX)
		return -EINVAL;
	mutex_lock(&trace_mutex);
	error = set_filter(event, text);
	mutex_unlock(&trace_mutex);
	return error;
}

/* ---- of all events of a group that it fits ---- */

int trace_group_filter_show(struct seq_file *m, void *object)
{
	const struct trace_group *group = object;

	mutex_lock(&trace_mutex);
	seq_printf(m, "%s\n", group->filter ?: "none");
	mutex_unlock(&trace_mutex);
	return 0;
}

/* Of how many: at least one, else -EINVAL. */
static int set_filters(const struct trace_group *group, const char *text)
{
	struct trace_event *event;
	int error, nr = 0;

	for (unsigned int i = 0; (event = trace_event_at(i)); i++) {
		if (event->id < TRACE_FIRST_ID || strcmp(event->system, group->system))
			continue;
		error = set_filter(event, text);
		if (error && error != -EINVAL)
			return error;
		nr += !error;
	}
	return nr ?: -EINVAL;
}

int trace_group_filter_store(void *object, char *text)
{
	struct trace_group *group = object;
	char *shown = NULL;
	int nr;

	if (strlen(text) > FILTER_MAX)
		return -EINVAL;
	if (!is_none(text)) {
		shown = kstrdup(text, GFP_KERNEL);
		if (!shown)
			return -ENOMEM;
	}
	mutex_lock(&trace_mutex);
	nr = set_filters(group, text);
	if (nr > 0)
		swap(group->filter, shown);
	mutex_unlock(&trace_mutex);
	kfree(shown);
	return min(nr, 0);
}

/* ---- threads ---- */

static int show_pids(struct seq_file *m, enum trace_pid_list list)
{
	const unsigned long *bits;
	unsigned long pid;

	mutex_lock(&trace_mutex);
	bits = trace_pid_lists[list];
	if (bits)
		for_each_set_bit(pid, bits, TRACE_PIDS_MAX)
			seq_printf(m, "%lu\n", pid);
	mutex_unlock(&trace_mutex);
	return 0;
}

/* trace_mutex held. */
static int make_list(enum trace_pid_list list)
{
	unsigned long *bits = kvzalloc(BITS_TO_LONGS(TRACE_PIDS_MAX) * sizeof(*bits), GFP_KERNEL);
	int error = bits ? count_one() : -ENOMEM;

	if (error)
		kvfree(bits);
	else
		smp_store_release(&trace_pid_lists[list], bits);
	return error;
}

static void clear_list(enum trace_pid_list list)
{
	unsigned long *bits;

	mutex_lock(&trace_mutex);
	bits = trace_pid_lists[list];
	if (bits) {
		WRITE_ONCE(trace_pid_lists[list], NULL);
		count_one_less();
		synchronize_rcu();
		kvfree(bits);
	}
	mutex_unlock(&trace_mutex);
}

/* How many. */
static int parse_pids(char *text, s32 *pids)
{
	int nr = 0;
	char *word;

	while ((word = strsep(&text, " \t\n"))) {
		unsigned int pid;

		if (!*word)
			continue;
		if (kstrtouint(word, 10, &pid) || pid >= TRACE_PIDS_MAX)
			return -EINVAL;
		pids[nr++] = pid;
	}
	return nr;
}

/* All that are written, or none. */
static int add_pids(enum trace_pid_list list, char *text)
{
	s32 *pids = kvmalloc((strlen(text) / 2 + 1) * sizeof(*pids), GFP_KERNEL);
	int nr, error = 0;

	if (!pids)
		return -ENOMEM;
	nr = parse_pids(text, pids);
	mutex_lock(&trace_mutex);
	if (nr > 0 && !trace_pid_lists[list])
		error = make_list(list);
	for (int i = 0; i < nr && !error; i++)
		set_bit(pids[i], trace_pid_lists[list]);
	mutex_unlock(&trace_mutex);
	kvfree(pids);
	return error ?: min(nr, 0);
}

static int only_show(struct seq_file *m, void *object)
{
	return show_pids(m, TRACE_PIDS_ONLY);
}

static int only_store(void *object, char *text)
{
	return add_pids(TRACE_PIDS_ONLY, text);
}

static void only_truncate(void *object)
{
	clear_list(TRACE_PIDS_ONLY);
}

static int not_show(struct seq_file *m, void *object)
{
	return show_pids(m, TRACE_PIDS_NOT);
}

static int not_store(void *object, char *text)
{
	return add_pids(TRACE_PIDS_NOT, text);
}

static void not_truncate(void *object)
{
	clear_list(TRACE_PIDS_NOT);
}

/* ---- setting up ---- */

static const struct tracefs_control pid_controls[] = {
	{ .name = "set_event_pid",
	  .mode = 0640,
	  .show = only_show,
	  .store = only_store,
	  .truncate = only_truncate },
	{ .name = "set_event_notrace_pid",
	  .mode = 0640,
	  .show = not_show,
	  .store = not_store,
	  .truncate = not_truncate },
};

/* Events about two threads: who is recorded by one of them is enough. */
static const struct {
	const char *event, *field;
} about_two[] = {
	{ "sched_switch", "next_pid" },
	{ "sched_wakeup", "pid" },
	{ "sched_wakeup_new", "pid" },
};

static void __init note_other_pid(struct trace_event *event)
{
	for (size_t i = 0; i < ARRAY_SIZE(about_two); i++) {
		if (strcmp(event->name, about_two[i].event))
			continue;
		for (unsigned int k = 0; k < event->nr_fields; k++)
			if (!strcmp(event->fields[k].name, about_two[i].field))
				event->other_pid = event->fields[k].offset;
	}
}

void __init trace_filters_make(void)
{
	struct trace_event *event;

	for (unsigned int i = 0; (event = trace_event_at(i)); i++)
		note_other_pid(event);
	tracefs_add(tracefs_root, pid_controls, ARRAY_SIZE(pid_controls));
}
