// SPDX-License-Identifier: MIT
/* Trace events of wrapped calls (calls.h): in tracefs, kit/kit_call and kit/kit_return. */
#include "calls.h"

#define CALL_FIELDS(R, FIELD, ARRAY, STRING) \
	FIELD(R, u64, a) FIELD(R, u64, b) FIELD(R, u64, c) FIELD(R, u64, d) FIELD(R, u64, e) FIELD(R, u64, f) \
	FIELD(R, u8, callback) STRING(R, function)
TRACE_EVENT_DEFINE(
	NULL, kit, kit_call, (const struct module_call *call, const struct call_registers *regs),
	CALL_FIELDS, call->label,
	{
		entry->a = regs->rdi;
		entry->b = regs->rsi;
		entry->c = regs->rdx;
		entry->d = regs->rcx;
		entry->e = regs->r8;
		entry->f = regs->r9;
		entry->callback = call->is_callback;
		TRACE_STRING(function);
	},
	"%s %s(0x%llx, 0x%llx, 0x%llx, 0x%llx, 0x%llx, 0x%llx)",
	REC->callback ? "callback" : "import", __get_str(function), REC->a, REC->b, REC->c, REC->d,
	REC->e, REC->f)

#define RETURN_FIELDS(R, FIELD, ARRAY, STRING) \
	FIELD(R, u64, value) FIELD(R, u64, ns) FIELD(R, u8, callback) STRING(R, function)
TRACE_EVENT_DEFINE(
	NULL, kit, kit_return, (const struct module_call *call, u64 value, u64 ns), RETURN_FIELDS,
	call->label,
	{
		entry->value = value;
		entry->ns = ns;
		entry->callback = call->is_callback;
		TRACE_STRING(function);
	},
	"%s %s = 0x%llx in %llu ns", REC->callback ? "callback" : "import", __get_str(function),
	REC->value, REC->ns)
