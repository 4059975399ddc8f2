/* SPDX-License-Identifier: MIT */
/*
 * printk: from a format to a record in the ring, then to the consoles.
 *
 * The text is formatted twice: once to measure, once into its place in the ring. So no buffer is needed in any context, and a
 * bad pointer among the arguments faults before a record is reserved.
 */
#include "log_private.h"
#include <arch/clock.h>
#include <arch/irqflags.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>
#include <lib/printf.h>
#include <lib/string.h>

#define DEFAULT_LEVEL	LOG_LEVEL_WARNING

void (*log_new_record)(void);

static u32 caller_id(void)
{
	struct thread *thread = this_cpu_read(current_thread);

	if (in_interrupt() || !thread)
		return LOG_CALLER_CPU | smp_processor_id();
	return thread->tid;
}

/* Drops what would only end the line again; the number of bytes to keep. */
static size_t trim(const char *text, size_t length)
{
	while (length && (text[length - 1] == '\n' || text[length - 1] == '\r'))
		length--;
	return length;
}

/* Takes the level off the front of the text, where the format or a first "%s" put it; the bytes to keep. */
static size_t take_level(char *text, size_t length, u8 *level)
{
	if (length < 2 || text[0] != KERN_SOH[0] || text[1] < '0' || text[1] > '7')
		return length;
	*level = text[1] - '0';
	memmove(text, text + 2, length - 2);
	return length - 2;
}

static struct log_record new_record(u8 facility, u8 level)
{
	return (struct log_record){
		.time_ns = arch_clock_ns(),
		.caller = caller_id(),
		.level = level,
		.facility = facility,
	};
}

/* A record is there: for readers and consoles. */
static void announce(void)
{
	void (*tell)(void) = READ_ONCE(log_new_record);

	if (tell)
		tell();
	console_flush();
}

int vprintk(const char *fmt, va_list args)
{
	struct log_record record = new_record(LOG_FACILITY_KERNEL, DEFAULT_LEVEL);
	struct ring_entry entry;
	unsigned long flags;
	va_list measure;
	size_t length;

	va_copy(measure, args);
	length = vsnprintf(NULL, 0, fmt, measure);
	va_end(measure);
	if (length > LOG_TEXT_MAX)
		length = LOG_TEXT_MAX;

	local_irq_save(flags);
	if (ring_reserve(&entry, length + 1)) {
		size_t written = vscnprintf(entry.text, length + 1, fmt, args);

		record.length = trim(entry.text, take_level(entry.text, written, &record.level));
		ring_commit(&entry, &record);
	}
	local_irq_restore(flags);
	announce();
	return length;
}

int printk(const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vprintk(fmt, args);
	va_end(args);
	return length;
}

void log_store(unsigned int facility, unsigned int level, const char *text, size_t length)
{
	struct log_record record = new_record(facility, level);
	struct ring_entry entry;
	unsigned long flags;

	length = trim(text, length < LOG_TEXT_MAX ? length : LOG_TEXT_MAX);
	record.length = length;
	local_irq_save(flags);
	if (ring_reserve(&entry, length + 1)) {
		memcpy(entry.text, text, length);
		ring_commit(&entry, &record);
	}
	local_irq_restore(flags);
	announce();
}

int log_format_time(char *buffer, u64 time_ns)
{
	return snprintf(buffer, 24, "[%5llu.%06llu] ", (unsigned long long)(time_ns / 1000000000),
			(unsigned long long)(time_ns / 1000 % 1000000));
}

bool ratelimit_ok(struct ratelimit *limit, const char *where)
{
	u64 now = arch_clock_ns();
	u64 start = __atomic_load_n(&limit->window_start_ns, __ATOMIC_RELAXED);
	u32 missed;

	if (!start || now - start >= limit->interval_ms * 1000000ull) {
		/* One caller opens the new window. The low bit keeps the start from being 0 before the clock runs. */
		if (__atomic_compare_exchange_n(&limit->window_start_ns, &start, now | 1, false,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			__atomic_store_n(&limit->printed, 0, __ATOMIC_RELAXED);
			missed = __atomic_exchange_n(&limit->missed, 0, __ATOMIC_RELAXED);
			if (missed)
				pr_warn("%s: %u messages suppressed\n", where, missed);
		}
	}
	if (__atomic_fetch_add(&limit->printed, 1, __ATOMIC_RELAXED) < limit->burst)
		return true;
	__atomic_fetch_add(&limit->missed, 1, __ATOMIC_RELAXED);
	return false;
}
