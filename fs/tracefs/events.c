/* SPDX-License-Identifier: MIT */
/* events/: one folder an event, with its switch and its format as tools read it. */
#include "internal.h"

#include <kernel/init.h>
#include <kernel/sample.h>
#include <kernel/trace_filter.h>
#include <lib/glob.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>

static unsigned int nr_events(void)
{
	/* lint: comparePointers: the linker's bounds of one area */
	return __trace_events_end - __trace_events_start;
}

static struct trace_event *event_at(unsigned int index)
{
	return __trace_events_start[index];
}

struct trace_event *trace_event_at(unsigned int index)
{
	return index < nr_events() ? event_at(index) : NULL;
}

struct trace_event *trace_event_by_id(u16 id)
{
	for (unsigned int i = 0; i < nr_events(); i++)
		if (event_at(i)->id == id)
			return event_at(i);
	return NULL;
}

/* ---- switches ---- */

int trace_event_switch(struct trace_event *event, bool on)
{
	int error = on ? trace_buffers_make() : 0;

	if (error || event->enabled == on)
		return error;
	event->enabled = on;
	if (on) {
		static_key_get(&event->key);
		if (event->needs)
			static_key_get(event->needs);
	} else {
		if (event->needs)
			static_key_put(event->needs);
		static_key_put(&event->key);
		if (event == &sample_event)
			trace_profile_stop();
	}
	return 0;
}

/* A number that is fixed is of an event without a switch. */
static bool has_switch(const struct trace_event *event)
{
	return event->id >= TRACE_FIRST_ID;
}

static bool matches(const struct trace_event *event, const char *system, const char *name)
{
	if (!system)
		return glob_match(name, event->name) || glob_match(name, event->system);
	return (!*system || glob_match(system, event->system)) &&
	       (!*name || glob_match(name, event->name));
}

int trace_events_switch(const char *pattern, bool on)
{
	const char *colon = strchr(pattern, ':');
	char system[64];
	int nr = 0, error = 0;

	if (colon && (size_t)(colon - pattern) >= sizeof(system))
		return -EINVAL;
	if (colon)
		strscpy(system, pattern, colon - pattern + 1);
	mutex_lock(&trace_mutex);
	for (unsigned int i = 0; i < nr_events() && !error; i++) {
		if (!has_switch(event_at(i)) ||
		    !matches(event_at(i), colon ? system : NULL, colon ? colon + 1 : pattern))
			continue;
		error = trace_event_switch(event_at(i), on);
		nr++;
	}
	mutex_unlock(&trace_mutex);
	return error ?: (nr ?: -EINVAL);
}

static unsigned long event_get(void *object)
{
	return READ_ONCE(((struct trace_event *)object)->enabled);
}

static int event_set(void *object, unsigned long on)
{
	return trace_event_switch(object, on);
}

/* 0, 1, or X for some. system NULL: all. */
static int group_show(struct seq_file *m, void *system)
{
	bool on = false, off = false;

	for (unsigned int i = 0; i < nr_events(); i++) {
		const struct trace_event *event = event_at(i);

		if (!has_switch(event) || (system && strcmp(event->system, system)))
			continue;
		on |= event->enabled;
		off |= !event->enabled;
	}
	seq_printf(m, "%c\n", on && off ? 'X' : on ? '1' : '0');
	return 0;
}

static int group_store(void *system, char *text)
{
	char pattern[64];
	bool on;
	int n, error = kstrtobool(text, &on);

	if (error)
		return error;
	snprintf(pattern, sizeof(pattern), "%s:*", system ? (const char *)system : "*");
	n = trace_events_switch(pattern, on);
	return n < 0 ? n : 0;
}

/* ---- formats ---- */

static int id_show(struct seq_file *m, void *object)
{
	seq_printf(m, "%u\n", ((struct trace_event *)object)->id);
	return 0;
}

static void show_field(struct seq_file *m, const struct trace_field *f)
{
	if (f->count == TRACE_FIELD_OPEN)
		seq_printf(m, "\tfield:%s %s[];", f->type, f->name);
	else if (f->count)
		seq_printf(m, "\tfield:%s %s[%u];", f->type, f->name, f->count);
	else
		seq_printf(m, "\tfield:%s %s;", f->type, f->name);
	seq_printf(m, "\toffset:%u;\tsize:%u;\tsigned:%d;\n", f->offset, f->size, f->is_signed);
}

static int format_show(struct seq_file *m, void *object)
{
	const struct trace_event *event = object;

	seq_printf(m, "name: %s\nID: %u\nformat:\n", event->name, event->id);
	for (size_t i = 0; i < TRACE_NR_COMMON_FIELDS; i++)
		show_field(m, &trace_common_fields[i]);
	seq_putc(m, '\n');
	for (unsigned int i = 0; i < event->nr_fields; i++)
		show_field(m, &event->fields[i]);
	seq_printf(m, "\nprint fmt: %s\n", event->print_fmt);
	return 0;
}

static int header_page_show(struct seq_file *m, void *object)
{
	seq_printf(m, "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
		      "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
		      "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
		      "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n");
	return 0;
}

static int header_event_show(struct seq_file *m, void *object)
{
	seq_puts(m, "# compressed entry header\n"
		    "\ttype_len    :    5 bits\n"
		    "\ttime_delta  :   27 bits\n"
		    "\tarray       :   32 bits\n\n"
		    "\tpadding     : type == 29\n"
		    "\ttime_extend : type == 30\n"
		    "\ttime_stamp : type == 31\n"
		    "\tdata max type_len  == 28\n");
	return 0;
}

/* ---- lists ---- */

static int available_show(struct seq_file *m, void *object)
{
	for (unsigned int i = 0; i < nr_events(); i++)
		if (has_switch(event_at(i)))
			seq_printf(m, "%s:%s\n", event_at(i)->system, event_at(i)->name);
	return 0;
}

static int set_event_show(struct seq_file *m, void *object)
{
	for (unsigned int i = 0; i < nr_events(); i++)
		if (event_at(i)->enabled)
			seq_printf(m, "%s:%s\n", event_at(i)->system, event_at(i)->name);
	return 0;
}

/* Patterns with blanks between them; "!" in front switches off. */
static int set_event_store(void *object, char *text)
{
	char *word;
	int n;

	while ((word = strsep(&text, " \t\n"))) {
		if (!*word)
			continue;
		n = trace_events_switch(word + (*word == '!'), *word != '!');
		if (n < 0)
			return n;
	}
	return 0;
}

static void set_event_truncate(void *object)
{
	trace_events_switch("*:*", false);
}

/* ---- the folders ---- */

static const struct tracefs_control event_controls[] = {
	TRACEFS_NUMBER("enable", event_get, event_set, 1),
	{ .name = "filter", .mode = 0640, .show = trace_filter_show, .store = trace_filter_store },
	{ .name = "id", .mode = 0440, .show = id_show },
	{ .name = "format", .mode = 0440, .show = format_show },
};
static const struct tracefs_control group_controls[] = {
	{ .name = "enable", .mode = 0640, .show = group_show, .store = group_store },
	{ .name = "filter",
	  .mode = 0640,
	  .show = trace_group_filter_show,
	  .store = trace_group_filter_store },
};
static const struct tracefs_control header_controls[] = {
	{ .name = "header_page", .mode = 0440, .show = header_page_show },
	{ .name = "header_event", .mode = 0440, .show = header_event_show },
};
static const struct tracefs_control list_controls[] = {
	{ .name = "available_events", .mode = 0440, .show = available_show },
	{ .name = "set_event",
	  .mode = 0640,
	  .show = set_event_show,
	  .store = set_event_store,
	  .truncate = set_event_truncate },
};

static struct kernfs_node *__init system_dir(struct kernfs_node *events, const char *system)
{
	struct kernfs_node *dir = kernfs_find_get(events, system);

	if (dir) {
		kernfs_put(dir);
		return dir;
	}
	dir = tracefs_dir(events, system, (void *)system);
	tracefs_add(dir, group_controls, ARRAY_SIZE(group_controls));
	return dir;
}

void __init trace_events_make(void)
{
	struct kernfs_node *events = tracefs_dir(tracefs_root, "events", NULL), *dir;

	tracefs_add(tracefs_root, list_controls, ARRAY_SIZE(list_controls));
	tracefs_add(events, header_controls, ARRAY_SIZE(header_controls));
	tracefs_add(events, group_controls, 1); /* its switch; Linux has no filter for all either */
	for (unsigned int i = 0; i < nr_events(); i++) {
		struct trace_event *event = event_at(i);
		unsigned int first = event->id ? 2 : 0; /* no switch */

		if (!event->id)
			event->id = TRACE_FIRST_ID + i;
		dir = tracefs_dir(system_dir(events, event->system), event->name, event);
		tracefs_add(dir, event_controls + first, ARRAY_SIZE(event_controls) - first);
	}
}
