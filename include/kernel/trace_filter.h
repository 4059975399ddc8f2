/* SPDX-License-Identifier: MIT */
/*
 * Which records are kept: filters of events, and lists of threads. Set through tracefs
 * (Documentation/tracing.md), whose lock (trace_mutex) every call here wants that changes something;
 * read by those who write records, in any context with preemption off.
 */
#ifndef KERNEL_TRACE_FILTER_H
#define KERNEL_TRACE_FILTER_H

#include <kernel/trace.h>
#include <kernel/trace_ring.h>

/* ---- filters: "prev_prio < 100 && !(next_comm ~ \"k*\")" ---- */

enum trace_filter_op {
	TRACE_FILTER_AND, /* of the last two results, like OR */
	TRACE_FILTER_OR,
	TRACE_FILTER_NOT,
	TRACE_FILTER_EQ, /* this and those behind compare */
	TRACE_FILTER_NE,
	TRACE_FILTER_LE,
	TRACE_FILTER_GE,
	TRACE_FILTER_LT,
	TRACE_FILTER_GT,
	TRACE_FILTER_BITS,
	TRACE_FILTER_GLOB,
};

enum trace_filter_kind {
	TRACE_FILTER_NUMBER,
	TRACE_FILTER_ARRAY,  /* of char, in the record */
	TRACE_FILTER_STRING, /* where a word in the record says */
	TRACE_FILTER_CPU,
	TRACE_FILTER_COMM,
};

/* Steps of a calculation with a stack: each comparison puts a result on it. */
struct trace_filter_step {
	u8 op, kind;
	bool is_signed;
	u16 offset, size;
	union {
		u64 value;
		const char *text;
	};
};

struct trace_filter {
	struct trace_filter *next; /* of those that are to be freed; tracefs' own */
	/* What was written; behind it, if it was no filter, why. */
	char *text;
	/* 0: all are kept. */
	unsigned int nr_steps;
	struct trace_filter_step steps[];
};

struct trace_filter_error {
	unsigned int at; /* in the text */
	const char *what;
};

/*
 * How many steps; -EINVAL: *error says why. There is room for a step more than text has characters. text is cut up and stays for as long as the
 * steps do. Anywhere.
 */
int trace_filter_compile(struct trace_filter_step *steps, char *text,
			 const struct trace_event *event, struct trace_filter_error *error);
/* cpu, comm: of the thread that writes the record. */
bool trace_filter_matches(const struct trace_filter *filter, const void *record, unsigned int cpu,
			  const char *comm);

/* The fields that each record begins with. */
#define TRACE_NR_COMMON_FIELDS	4
extern const struct trace_field trace_common_fields[TRACE_NR_COMMON_FIELDS];

/* ---- lists of threads ---- */

enum trace_pid_list {
	TRACE_PIDS_ONLY, /* if there is one, only theirs are kept */
	TRACE_PIDS_NOT,	 /* theirs are not */
	TRACE_NR_PID_LISTS,
};
#define TRACE_PIDS_MAX	(1 << 22)	/* numbers are below; so is pid_max */

/* A bit for each number; NULL: no list. Tracefs makes them, and frees them a grace period after they have gone from here. */
extern unsigned long *trace_pid_lists[TRACE_NR_PID_LISTS];
bool trace_pid_is_ignored(s32 pid);

/* ---- room for records that are looked at before they go into the ring ---- */

struct trace_aside {
	u64 record[TRACE_RECORD_MAX / sizeof(u64)];
	const struct trace_event *event; /* NULL: nobody is here */
	size_t size;
};

struct trace_asides {
	struct trace_aside of_context[3]; /* threads, interrupts, NMIs */
};

/* Of each CPU; tracefs makes them before the first filter or list, and for good. */
extern struct trace_asides *trace_asides;

#endif
