/* SPDX-License-Identifier: MIT */
/*
 * Consoles: where records are shown as they come.
 *
 * One CPU at a time owns the consoles: who stores a record tries to become the owner and then shows everything that was not
 * shown yet; who fails leaves his record to the owner, which looks again after it has given the ownership back. So nobody
 * waits, and every record is shown soon. The list of consoles belongs to the owner as well.
 *
 * In a panic the CPU that reports it owns the consoles by force; the others, until they are stopped, print nothing: what they had
 * begun to show stays as it is, and the records that they store are shown by the one.
 */
#include "log_private.h"
#include <kernel/atomic.h>
#include <kernel/init.h>
#include <kernel/preempt.h>
#include <lib/errno.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>

int console_loglevel = CONFIG_CONSOLE_LOGLEVEL_DEFAULT;
int console_loglevel_default = CONFIG_CONSOLE_LOGLEVEL_DEFAULT;
int console_loglevel_minimum = 1;

#define LOGLEVEL_QUIET	4
#define LOGLEVEL_DEBUG	10

static bool owned;
/* All below: the owner's. */
static LIST_HEAD(consoles);
static u64 shown; /* all consoles have seen the records before this one */
static char text[LOG_TEXT_MAX + 1];
static char line[LOG_TEXT_MAX + 64];

static bool try_own(void)
{
	return !xchg(&owned, true);
}

static void disown(void)
{
	smp_store_mb(owned, false);
}

/* For changes of the list. Interrupts stay as they are: an interrupt that prints finds an owner and leaves. */
static void own(void)
{
	preempt_disable();
	while (!try_own() && !panic_in_progress)
		cpu_relax();
}

/* One line of a record: prefix, text, newline. */
static void show_line(struct console *console, u64 time_ns, const char *start, size_t length)
{
	int prefix = log_format_time(line, time_ns);

	memcpy(line + prefix, start, length);
	line[prefix + length] = '\n';
	console->write(console, line, prefix + length + 1);
}

static void show_record(struct console *console, const struct log_record *record)
{
	const char *start = text, *end = text + record->length;

	for (;;) {
		const char *newline = memchr(start, '\n', end - start);

		show_line(console, record->time_ns, start, (newline ?: end) - start);
		if (!newline)
			return;
		start = newline + 1;
	}
}

static bool is_shown(const struct log_record *record)
{
	return record->level < READ_ONCE(console_loglevel);
}

static void show_dropped(struct console *console, u64 count)
{
	int length = snprintf(line, sizeof(line), "** %llu messages dropped **\n",
			      (unsigned long long)count);

	console->write(console, line, length);
}

/*
 * What quiet or loglevel= kept from the consoles may tell why it came to this: the last of it is shown late. Only what is older than
 * the time from which everything was shown, and what the console had come to by then.
 */
#define REPLAY_RECORDS	24

static u64 verbose_since; /* the record from which all levels are shown */
/* what was shown until then; -1: console_verbose() was not called yet */
static int level_before = -1;

static void replay_hidden(struct console *console)
{
	u64 seq = verbose_since > REPLAY_RECORDS ? verbose_since - REPLAY_RECORDS : 0;
	u64 end = min(verbose_since, console->seq);
	static const char title[] = "Last messages that were not shown:\n";
	struct log_record record;
	bool any = false;

	console->replayed = true;
	for (; log_read(seq, &record, text) && record.seq < end; seq = record.seq + 1) {
		if (record.level < level_before)
			continue;
		if (!any)
			console->write(console, title, sizeof(title) - 1);
		any = true;
		show_record(console, &record);
	}
}

static bool may_show(void)
{
	return likely(!panic_in_progress) || panic_is_here();
}

/* Everything this console has not shown. */
static void catch_up(struct console *console)
{
	struct log_record record;

	if (smp_load_acquire(&level_before) >= 0 && !console->replayed)
		replay_hidden(console);
	while (may_show() && log_read(console->seq, &record, text)) {
		if (record.seq > console->seq)
			show_dropped(console, record.seq - console->seq);
		console->seq = record.seq + 1;
		if (is_shown(&record))
			show_record(console, &record);
	}
}

static void show_pending(void)
{
	struct console *console;

	shown = log_next();
	list_for_each_entry(console, &consoles, node) {
		catch_up(console);
		if (console->seq < shown)
			shown = console->seq;
	}
}

/* A console whose driver faults while it writes is not called again: the report of that fault goes to the others. */
static void catch_up_in_panic(struct console *console)
{
	if ((in_nmi() && !(console->flags & CONSOLE_PANIC)) || console->in_panic_write)
		return;
	console->in_panic_write = true;
	catch_up(console);
	console->in_panic_write = false;
}

static void flush_in_panic(void)
{
	struct console *console;

	list_for_each_entry(console, &consoles, node)
		catch_up_in_panic(console);
}

void console_flush(void)
{
	struct log_record record;
	bool again;

	if (panic_in_progress) {
		if (panic_is_here())
			flush_in_panic();
		return;
	}
	/* What an NMI interrupted may own the consoles or hold a driver's lock; the next record shows this one too. */
	if (in_nmi())
		return;
	do {
		preempt_disable();
		again = try_own();
		if (again) {
			u64 next;

			show_pending();
			next = shown;
			disown();
			again = log_read(next, &record, NULL);
		}
		preempt_enable();
	} while (again);
}

/* Which consoles the command line wants. */

/* Splits "ttyS0,115200" and compares; the options, or NULL if the word means another console. */
static const char *match_word(const char *value, const char *name, int index)
{
	size_t name_length = strlen(name);
	char *end;
	long number;

	if (strncmp(value, name, name_length))
		return NULL;
	value += name_length;
	number = *value >= '0' && *value <= '9' ? simple_strtol(value, &end, 10)
						: (end = (char *)value, 0);
	if (number != index)
		return NULL;
	if (*end == ',')
		return end + 1;
	return *end ? NULL : end;
}

const char *console_options(const char *name, int index)
{
	const char *word = NULL, *found = NULL;

	while ((word = boot_params_word(word))) {
		const char *value = boot_param_value(word, "console");
		const char *options = value ? match_word(value, name, index) : NULL;

		if (options)
			found = options;
	}
	return found;
}

bool console_preferred(const char **value)
{
	const char *word = NULL;

	*value = NULL;
	while ((word = boot_params_word(word)))
		*value = boot_param_value(word, "console") ?: *value;
	return *value;
}

static bool is_wanted(const struct console *console)
{
	const char *any;

	return (console->flags & CONSOLE_BOOT) || !console_preferred(&any) ||
	       console_options(console->name, console->index);
}

/* The stand-in for the same device; NULL if there is none. */
static struct console *find_stand_in(const struct console *real)
{
	struct console *console;

	list_for_each_entry(console, &consoles, node)
		if ((console->flags & CONSOLE_BOOT) && console->index == real->index &&
		    !strcmp(console->name, real->name))
			return console;
	return NULL;
}

int register_console(struct console *console)
{
	struct console *stand_in = NULL;

	if (!is_wanted(console))
		return -ENODEV;
	console->seq = console->flags & CONSOLE_NEW_ONLY ? log_next() : log_oldest();
	own();
	if (!(console->flags & CONSOLE_BOOT))
		stand_in = find_stand_in(console);
	if (stand_in) {
		console->seq = stand_in->seq;
		list_del(&stand_in->node);
	}
	list_add_tail(&console->node, &consoles);
	disown();
	preempt_enable();
	console_flush();
	return 0;
}

void unregister_console(struct console *console)
{
	own();
	list_del(&console->node);
	disown();
	preempt_enable();
}

void console_verbose(void)
{
	if (level_before < 0) {
		verbose_since = log_next();
		smp_store_release(&level_before, console_loglevel);
	}
	console_loglevel = LOGLEVEL_DEBUG;
}

void console_panic_begin(void)
{
	panic_in_progress = true;
	console_verbose();
	if (list_empty(&consoles))
		early_serial_in_panic();
	flush_in_panic();
}

/* Parameters. */

static int set_console(const char *value)
{
	return *value ? 0 : -EINVAL;
}
BOOT_PARAM("console", set_console);

static int set_loglevel(const char *value)
{
	char *end;
	long level = simple_strtol(value, &end, 10);

	if (end == value || *end || level < 0 || level > 15)
		return -EINVAL;
	console_loglevel = level;
	return 0;
}
BOOT_PARAM("loglevel", set_loglevel);

static int set_quiet(const char *value)
{
	console_loglevel = LOGLEVEL_QUIET;
	return 0;
}
BOOT_PARAM("quiet", set_quiet);

static int set_debug(const char *value)
{
	console_loglevel = LOGLEVEL_DEBUG;
	return 0;
}
BOOT_PARAM("debug", set_debug);
