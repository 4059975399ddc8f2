/* SPDX-License-Identifier: MIT */
/* Trace events of the vectors that are no line's (kernel/trace_events.h). */
#include <arch/vectors.h>
#include <kernel/trace_events.h>
#include <lib/kernel.h>

/* Tools read the numbers in the format, so that they stand there as such. */
_Static_assert(VECTOR_IRQ_WORK == 246 && VECTOR_RESCHEDULE == 248 && VECTOR_CALL_FUNCTION == 249 &&
		       VECTOR_TLB_SHOOTDOWN == 250 && VECTOR_STOP == 251 && VECTOR_TIMER == 252 &&
		       VECTOR_ERROR == 254 && VECTOR_SPURIOUS == 255,
	       "vector_entry's names");

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
