/* SPDX-License-Identifier: MIT */
/* Trace events of page faults (kernel/trace_events.h). */
#include <arch/trap_frame.h>
#include <kernel/trace_events.h>
#include <lib/kernel.h>

#define FAULT_FIELDS(R, FIELD, ARRAY, STRING) \
	FIELD(R, unsigned long, address) FIELD(R, unsigned long, ip) FIELD(R, unsigned long, error_code)
#define FAULT_BODY {						\
		entry->address = address;			\
		entry->ip = frame->rip;				\
		entry->error_code = error_code;			\
	}
TRACE_EVENT_DEFINE(NULL, exceptions, page_fault_user,
		   (const struct trap_frame *frame, unsigned long address,
		    unsigned long error_code),
		   FAULT_FIELDS, NULL, FAULT_BODY, "address=0x%lx ip=0x%lx error_code=0x%lx",
		   REC->address, REC->ip, REC->error_code)
TRACE_EVENT_DEFINE(NULL, exceptions, page_fault_kernel,
		   (const struct trap_frame *frame, unsigned long address,
		    unsigned long error_code),
		   FAULT_FIELDS, NULL, FAULT_BODY, "address=0x%lx ip=0x%lx error_code=0x%lx",
		   REC->address, REC->ip, REC->error_code)
