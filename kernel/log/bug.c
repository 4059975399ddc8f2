/* SPDX-License-Identifier: MIT */
/* BUG and WARN: finding the assertion that an invalid instruction stands for. */
#include "log_private.h"
#include <arch/trap_frame.h>
#include <kernel/atomic.h>
#include <kernel/backtrace.h>
#include <kernel/bug.h>
#include <kernel/detectors.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/taint.h>
#include <kernel/thread.h>
#include <lib/parse.h>

#define UD2_LENGTH	2

extern const struct bug_entry __bug_table_start[], __bug_table_end[];

int panic_on_warn;

static int set_panic_on_warn(const char *value)
{
	if (*value)
		return kstrtoint(value, 0, &panic_on_warn);
	panic_on_warn = 1;
	return 0;
}
BOOT_PARAM("panic_on_warn", set_panic_on_warn);

const struct bug_entry *(*bug_find_in_modules)(unsigned long address);

static const struct bug_entry *find_bug(unsigned long address)
{
	/* lint: comparePointers: the linker's bounds of one area */
	for (const struct bug_entry *bug = __bug_table_start; bug < __bug_table_end; bug++)
		if ((unsigned long)&bug->address + (long)bug->address == address)
			return bug;
	return bug_find_in_modules ? bug_find_in_modules(address) : NULL;
}

static const char *bug_file(const struct bug_entry *bug)
{
	return (const char *)&bug->file + bug->file;
}

bool bug_location(unsigned long address, const char **file, unsigned int *line)
{
	const struct bug_entry *bug = find_bug(address);

	if (!bug)
		return false;
	*file = bug_file(bug);
	*line = bug->line;
	return true;
}

bool bug_trap(struct trap_frame *frame)
{
	const struct bug_entry *bug = find_bug(frame->rip);
	const struct thread *thread = this_cpu_read(current_thread);

	if (!bug || !(bug->flags & BUG_FLAG_WARNING))
		return false;
	taint_add(TAINT_WARNING);
	pr_warn("------------[ cut here ]------------\n");
	pr_warn("WARNING: CPU: %u PID: %d Comm: %s at %s:%u %pS\n", smp_processor_id(),
		thread ? thread->tid : 0, thread ? thread->name : "none", bug_file(bug), bug->line,
		(void *)frame->rip);
	show_registers(KERN_WARNING, frame, 0);
	show_backtrace(KERN_WARNING, frame);
	if (show_modules)
		show_modules(KERN_WARNING);
	pr_warn("---[ end trace ]---\n");
	if (panic_on_warn) {
		panic_on_warn = 0; /* a panic warns, perhaps */
		panic_after_report("panic_on_warn set ...");
	}
	frame->rip += UD2_LENGTH;
	return true;
}

enum bug_place bug_place_note(unsigned long *places, unsigned int nr, unsigned long place)
{
	for (unsigned int i = 0; i < nr; i++) {
		unsigned long free = 0;

		if (try_cmpxchg(&places[i], &free, place))
			return BUG_PLACE_NEW;
		if (free == place)
			return BUG_PLACE_KNOWN;
	}
	return BUG_PLACES_FULL;
}

void warn_print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(fmt, args);
	va_end(args);
}
