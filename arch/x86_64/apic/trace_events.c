/* SPDX-License-Identifier: MIT */
/* Trace events of the vectors that are no line's (kernel/trace_events.h). */
#include <kernel/trace_events.h>
#include <lib/kernel.h>

#define VECTOR_FIELDS(R, FIELD, ARRAY, STRING) FIELD(R, int, vector)
TRACE_EVENT_DEFINE(
	NULL, irq_vectors, vector_entry, (unsigned int vector), VECTOR_FIELDS, NULL,
	{ entry->vector = vector; }, "vector=%d (%s)", REC->vector,
	__print_symbolic(REC->vector, { 246, "irq_work" }, { 248, "reschedule" },
			 { 249, "call_function" }, { 250, "tlb_shootdown" }, { 251, "stop" },
			 { 252, "local_timer" }, { 254, "error_apic" }, { 255, "spurious_apic" }))
TRACE_EVENT_DEFINE(
	NULL, irq_vectors, vector_exit, (unsigned int vector), VECTOR_FIELDS, NULL,
	{ entry->vector = vector; }, "vector=%d", REC->vector)
