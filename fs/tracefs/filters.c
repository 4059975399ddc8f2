/* SPDX-License-Identifier: MIT */
/*
 * events/SYSTEM/EVENT/filter and events/SYSTEM/filter: which records of an event are kept; set_event_pid and set_event_notrace_pid: of which threads.
 *
 * A filter is replaced as a whole, and freed when nobody who writes records can look at it any more. As on Linux, one that cannot be understood takes
 * the place of the last one, too: it keeps everything, and shows what is wrong with it.
 */
#include "internal.h"

#include <kernel/atomic.h>
#include <kernel/init.h>
#include <kernel/rcu.h>
#include <kernel/trace_filter.h>
#include <lib/bitmap.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

#define FILTER_MAX	4095	/* characters, as on Linux */

/* Before the first filter or list. trace_mutex held. */
static int make_asides(void)
{
	struct trace_asides *made = trace_asides;

	if (!made)
		made = kvzalloc(nr_cpu_ids * sizeof(*made), GFP_KERNEL);
	smp_store_release(&trace_asides, made);
	return made ? 0 : -ENOMEM;
}

/* ---- filters ---- */

/* Those that were in use, when no writer looks at them any more. Sleeps. */
static void free_filters(struct trace_filter *filter)
{
	struct trace_filter *next;

	if (filter)
		synchronize_rcu();
	for (; filter; filter = next) {
		next = filter->next;
		kvfree(filter->text);
		kvfree(filter);
	}
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

/* trace_mutex held. What was there goes to the list *old, for free_filters(). -EINVAL: text is in its place, but is none; -ENOMEM: nothing has changed. */
static int set_filter(struct trace_event *event, const char *text, struct trace_filter **old)
{
	struct trace_filter *filter = NULL, *replaced = event->filter;
	int error = 0;

	if (strcmp(text, "0")) {
		if (make_asides())
			return -ENOMEM;
		filter = make_filter(event, text, &error);
		if (IS_ERR(filter))
			return PTR_ERR(filter);
	}
	smp_store_release(&event->filter, filter);
	if (replaced) {
		replaced->next = *old;
		*old = replaced;
	}
	return error;
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
	struct trace_filter *old = NULL;
	int error;

	if (strlen(text) > FILTER_MAX)
		return -EINVAL;
	mutex_lock(&trace_mutex);
	error = set_filter(event, text, &old);
	mutex_unlock(&trace_mutex);
	free_filters(old);
	return error;
}

/* ---- of all events of a group ---- */

int trace_group_filter_show(struct seq_file *m, void *system)
{
	seq_puts(
		m,
		"# A filter written here is set for each event of the group. One that has not its\n"
		"# fields says so in its own file, and is not filtered.\n");
	return 0;
}

/* As set_filter(). As on Linux, it is no error if no event has the fields. */
static int set_filters(const char *system, const char *text, struct trace_filter **old)
{
	struct trace_event *event;
	int error;

	for (unsigned int i = 0; (event = trace_event_at(i)); i++) {
		if (event->id < TRACE_FIRST_ID || strcmp(event->system, system))
			continue;
		error = set_filter(event, text, old);
		if (error && error != -EINVAL)
			return error;
	}
	return 0;
}

int trace_group_filter_store(void *system, char *text)
{
	struct trace_filter *old = NULL;
	int error;

	if (strlen(text) > FILTER_MAX)
		return -EINVAL;
	mutex_lock(&trace_mutex);
	error = set_filters(system, text, &old);
	mutex_unlock(&trace_mutex);
	free_filters(old);
	return error;
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

static void clear_list(enum trace_pid_list list)
{
	unsigned long *bits;

	mutex_lock(&trace_mutex);
	bits = trace_pid_lists[list];
	if (bits) {
		WRITE_ONCE(trace_pid_lists[list], NULL);
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
		if (kstrtouint(word, 0, &pid) || pid >= TRACE_PIDS_MAX)
			return -EINVAL;
		pids[nr++] = pid;
	}
	return nr;
}

/* They are there before the list is. trace_mutex held. */
static int add_to_list(enum trace_pid_list list, const s32 *pids, unsigned int nr)
{
	unsigned long *bits = trace_pid_lists[list];

	if (!bits && !make_asides())
		bits = kvzalloc(BITS_TO_LONGS(TRACE_PIDS_MAX) * sizeof(*bits), GFP_KERNEL);
	if (!bits)
		return -ENOMEM;
	for (unsigned int i = 0; i < nr; i++)
		set_bit(pids[i], bits);
	smp_store_release(&trace_pid_lists[list], bits);
	return 0;
}

/* All that are written, or none. */
static int add_pids(enum trace_pid_list list, char *text)
{
	s32 *pids = kvmalloc((strlen(text) / 2 + 1) * sizeof(*pids), GFP_KERNEL);
	int nr, error;

	if (!pids)
		return -ENOMEM;
	nr = parse_pids(text, pids);
	error = min(nr, 0);
	if (nr > 0) {
		mutex_lock(&trace_mutex);
		error = add_to_list(list, pids, nr);
		mutex_unlock(&trace_mutex);
	}
	kvfree(pids);
	return error;
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
	{ "sched_waking", "pid" },
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
