/* SPDX-License-Identifier: MIT */
/* Trace events of the vectors that are no line's (kernel/trace_events.h). The number says no more than the name. */
#include <kernel/trace_events.h>
#include <lib/kernel.h>

#define VECTOR_FIELDS(R, FIELD, ARRAY, STRING) FIELD(R, int, vector)
#define VECTOR_EVENT(event)									\
	TRACE_EVENT_DEFINE(NULL, irq_vectors, event, (unsigned int vector), VECTOR_FIELDS, NULL,	\
			   { entry->vector = vector; }, "vector=%d", REC->vector)
#define VECTOR_EVENTS(name) VECTOR_EVENT(name##_entry) VECTOR_EVENT(name##_exit)
TRACE_VECTORS(VECTOR_EVENTS)
