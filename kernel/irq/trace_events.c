/* SPDX-License-Identifier: MIT */
/* Trace events of interrupt lines (kernel/trace_events.h). */
#include <kernel/trace_events.h>
#include <lib/kernel.h>

#define ENTRY_FIELDS(R, FIELD, ARRAY, STRING) FIELD(R, int, irq) STRING(R, name)
TRACE_EVENT_DEFINE(
	NULL, irq, irq_handler_entry, (unsigned int irq, const char *name), ENTRY_FIELDS, name,
	{
		entry->irq = irq;
		TRACE_STRING(name);
	},
	"irq=%d name=%s", REC->irq, __get_str(name))

#define EXIT_FIELDS(R, FIELD, ARRAY, STRING) FIELD(R, int, irq) FIELD(R, int, ret)
TRACE_EVENT_DEFINE(
	NULL, irq, irq_handler_exit, (unsigned int irq, int handled), EXIT_FIELDS, NULL,
	{
		entry->irq = irq;
		entry->ret = handled;
	},
	"irq=%d ret=%s", REC->irq, REC->ret ? "handled" : "unhandled")
