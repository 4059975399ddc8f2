/* SPDX-License-Identifier: MIT */
/*
 * Trace events: places in the kernel that say what happens there, into the trace ring of this CPU
 * (kernel/trace_ring.h), when somebody has switched them on in tracefs
 * (Documentation/tracing.md). Off, each is one no-op (kernel/static_key.h).
 *
 * In a header that both sides see:
 *
 *	TRACE_EVENT_DECLARE(irq_entry, (int irq, const char *name), (irq, name));
 *
 * In one C file, which is where the record is laid out:
 *
 *	#define IRQ_ENTRY_FIELDS(R, FIELD, ARRAY, STRING) \
 *		FIELD(R, int, irq) STRING(R, name)
 *	TRACE_EVENT_DEFINE(NULL, irq, irq_entry, (int irq, const char *name), IRQ_ENTRY_FIELDS, name,
 *			   { entry->irq = irq; TRACE_STRING(name); },
 *			   "irq=%d name=%s", REC->irq, __get_str(name))
 *
 * and where it happens: trace_irq_entry(irq, name). The first argument is another static key
 * without which the event is not reached, as a rule NULL. The one behind the fields is the text
 * that the STRING field (at most one) takes, or NULL. The body fills in `entry`. Format and
 * arguments are printed by the kernel and, as text, by tools: they speak of the record as REC and
 * use only what Linux's formats use (__get_str, __print_symbolic, __print_flags). At least one
 * argument.
 *
 * Any context, NMIs too, and with any lock held. What the body calls must be as harmless.
 */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

#include <kernel/static_key.h>
#include <lib/types.h>

struct trace_text;

/* What every record begins with, as Linux's tools know it. */
struct trace_entry {
	u16 type; /* event's number */
	u8 flags; /* TRACE_FLAG_* */
	u8 preempt_count;
	s32 pid;
};
#define TRACE_FLAG_IRQS_OFF	0x01
#define TRACE_FLAG_NEED_RESCHED	0x04
#define TRACE_FLAG_HARDIRQ	0x08
#define TRACE_FLAG_NMI		0x40

#define TRACE_FIELD_OPEN	0xffff	/* count of an array up to the end of the record */

struct trace_field {
	const char *type, *name;
	u16 offset, size;
	u16 count; /* of an array; 0: none */
	bool is_signed;
};

struct trace_filter;

struct trace_event {
	struct static_key key;
	const char *system, *name;
	const char *text_name; /* what stands in its lines; NULL: the name */
	const struct trace_field *fields;
	unsigned int nr_fields;
	const char *print_fmt;
	void (*print)(struct trace_text *text, const void *record);
	/* another key that must be on for this one to be reached; or NULL */
	struct static_key *needs;
	u16 id;	       /* given at boot; below TRACE_FIRST_ID: an event without switch and filter */
	u16 other_pid; /* where the number of another thread stands that it is about, too; 0: of none */
	bool enabled; /* tracefs' lock */
	struct trace_filter
		*filter; /* tracefs' lock; read by writers with preemption off. NULL: none */
};
#define TRACE_FIRST_ID	20	/* below are the numbers of records that Linux's tracers write */

extern struct trace_event *const __trace_events_start[], *const __trace_events_end[];

/* For switches that are no event's: what happens first (tracefs allocates the rings then). */
/* NULL: not recorded. Else trace_end() with what it gave */
void *trace_begin(const struct trace_event *event, size_t size);
void trace_end(const void *entry);
size_t trace_string_size(const char *text);
u32 trace_put_string(void *entry, size_t size, const char *text);

/* The number by which traces know a thread: its tid; kernel threads have numbers of their own. */
struct thread;
s32 trace_pid(const struct thread *thread);
#define TRACE_COMM_SIZE	16
/* The name that a thread had when it was seen last; false: unknown. */
bool trace_comm(s32 pid, char name[TRACE_COMM_SIZE]);

/* Names of threads that were seen; a table that is there while tracing is. */
struct trace_comm {
	s32 pid;
	char name[TRACE_COMM_SIZE];
};
#define TRACE_COMMS	1024u
extern struct trace_comm *trace_comms; /* NULL until tracefs has made it */
bool trace_comm_at(unsigned int index, struct trace_comm *comm);

/* Children of threads in a list (kernel/trace_filter.h) are put into it, those that are gone are taken out, while the key is on. */
#ifdef CONFIG_TRACING
DECLARE_STATIC_KEY(trace_follow_key);
void trace_follow(s32 pid, s32 child);
/* A thread has a child, which does not run yet; or it has another number. */
static __always_inline void trace_follow_fork(s32 pid, s32 child)
{
	if (static_branch_unlikely(&trace_follow_key))
		trace_follow(pid, child);
}
/* A thread has left the processor for the last time. Its number may be another's by now, as on Linux: that one is lost then. */
static __always_inline void trace_follow_end(s32 pid)
{
	if (static_branch_unlikely(&trace_follow_key))
		trace_follow(pid, 0);
}
#else
static __always_inline void trace_follow_fork(s32 pid, s32 child) { }
static __always_inline void trace_follow_end(s32 pid) { }
#endif

#ifdef CONFIG_TRACING
#define TRACE_EVENT_DECLARE(event, proto, args)						\
	extern struct trace_event trace_event_##event;					\
	void trace_write_##event proto;							\
	static __always_inline void trace_##event proto					\
	{										\
		if (static_branch_unlikely(&trace_event_##event.key))			\
			trace_write_##event args;					\
	}
#else
#define TRACE_EVENT_DECLARE(event, proto, args)						\
	static __always_inline void trace_##event proto { }
#endif

#define TRACE_MEMBER_FIELD(R, t, n)	t n;
#define TRACE_MEMBER_ARRAY(R, t, n, c)	t n[c];
#define TRACE_MEMBER_STRING(R, n)	u32 n;
#define TRACE_IS_SIGNED(t)		((t)-1 < (t)1)
#define TRACE_TELL_FIELD(R, t, n) \
	{ #t, #n, offsetof(struct R, n), sizeof(t), 0, TRACE_IS_SIGNED(t) },
#define TRACE_TELL_ARRAY(R, t, n, c) \
	{ #t, #n, offsetof(struct R, n), sizeof(t) * (c), c, TRACE_IS_SIGNED(t) },
#define TRACE_TELL_STRING(R, n) \
	{ "__data_loc char[]", #n, offsetof(struct R, n), 4, 0, true },

/* Not wrapped in another macro: format and arguments have to stay as they are written. */
#define TRACE_EVENT_DEFINE(other, sys, event, proto, FIELDS, text, body, fmt, ...)	\
	struct trace_record_##event {							\
		struct trace_entry common;						\
		FIELDS(trace_record_##event, TRACE_MEMBER_FIELD, TRACE_MEMBER_ARRAY, TRACE_MEMBER_STRING) \
	};										\
	static const struct trace_field trace_fields_##event[] = {			\
		FIELDS(trace_record_##event, TRACE_TELL_FIELD, TRACE_TELL_ARRAY, TRACE_TELL_STRING) \
	};										\
	static void trace_print_##event(struct trace_text *text_, const void *record)	\
	{										\
		const struct trace_record_##event *REC = record;			\
		struct trace_text *to_ __maybe_unused = text_;				\
											\
		trace_printf(text_, fmt, __VA_ARGS__);					\
	}										\
	struct trace_event trace_event_##event = {					\
		.system = #sys, .name = #event, .print_fmt = #fmt ", " #__VA_ARGS__,	\
		.fields = trace_fields_##event, .nr_fields = ARRAY_SIZE(trace_fields_##event), \
		.print = trace_print_##event, .needs = other,				\
	};										\
	static struct trace_event *const trace_event_entry_##event			\
	__used __section(".rodata.ktab_trace_events") __aligned(8) = &trace_event_##event;	\
	void trace_write_##event proto							\
	{										\
		struct trace_record_##event *entry;					\
		const char *const string_ __maybe_unused = text;			\
											\
		entry = trace_begin(&trace_event_##event, sizeof(*entry) + trace_string_size(string_)); \
		if (!entry)								\
			return;								\
		body									\
		trace_end(entry);							\
	}

#define TRACE_STRING(field)	(entry->field = trace_put_string(entry, sizeof(*entry), string_))

/* ---- text ---- */

struct trace_text {
	char *buf;
	size_t size, used; /* what does not fit is left out */
	u8 scratch;	   /* which of the buffers for names is next */
	char names[2][96];
};

struct trace_symbol {
	unsigned long value;
	const char *name;
};

void trace_printf(struct trace_text *text, const char *fmt, ...) __printf(2, 3);
const char *trace_symbol(struct trace_text *text, unsigned long value, const struct trace_symbol *s,
			 size_t nr);
const char *trace_flags(struct trace_text *text, unsigned long value, const char *delimiter,
			const struct trace_symbol *s, size_t nr);

#define __get_str(field)	((const char *)REC + (REC->field & 0xffff))
#define TRACE_SYMBOLS_(...)	(const struct trace_symbol[]){ __VA_ARGS__ }
#define __print_symbolic(value, ...) \
	trace_symbol(to_, value, TRACE_SYMBOLS_(__VA_ARGS__),	\
		     sizeof(TRACE_SYMBOLS_(__VA_ARGS__)) / sizeof(struct trace_symbol))
#define __print_flags(value, delimiter, ...) \
	trace_flags(to_, value, delimiter, TRACE_SYMBOLS_(__VA_ARGS__),	\
		    sizeof(TRACE_SYMBOLS_(__VA_ARGS__)) / sizeof(struct trace_symbol))

#endif
