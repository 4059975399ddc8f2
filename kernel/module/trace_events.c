/* SPDX-License-Identifier: MIT */
/* Trace events of modules (kernel/trace_events.h). */
#include <kernel/taint.h>
#include <kernel/trace_events.h>
#include <lib/kernel.h>

#include "internal.h"

#define LOAD_FIELDS(R, FIELD, ARRAY, STRING) FIELD(R, unsigned int, taints) STRING(R, name)
TRACE_EVENT_DEFINE(
	NULL, module, module_load, (const struct module *module), LOAD_FIELDS, module->name,
	{
		entry->taints = module->out_of_tree ? TAINT_OUT_OF_TREE : 0;
		TRACE_STRING(name);
	},
	"%s taints=0x%x", __get_str(name), REC->taints)

#define FREE_FIELDS(R, FIELD, ARRAY, STRING) STRING(R, name)
TRACE_EVENT_DEFINE(
	NULL, module, module_free, (const struct module *module), FREE_FIELDS, module->name,
	{ TRACE_STRING(name); }, "%s", __get_str(name))

#define REF_FIELDS(R, FIELD, ARRAY, STRING) \
	FIELD(R, unsigned long, ip) FIELD(R, int, refcnt) STRING(R, name)
/* References beyond that of the module's own life, behind the change: one that is given back is recorded before it is, since the module may go then. */
#define REF_BODY(given_back) {								\
		entry->ip = from;							\
		entry->refcnt = atomic_read(&module->refs) - MODULE_REF_BASE - (given_back);	\
		TRACE_STRING(name);							\
	}
TRACE_EVENT_DEFINE(NULL, module, module_get, (const struct module *module, unsigned long from),
		   REF_FIELDS, module->name, REF_BODY(0), "%s call_site=0x%lx refcnt=%d",
		   __get_str(name), REC->ip, REC->refcnt)
TRACE_EVENT_DEFINE(NULL, module, module_put, (const struct module *module, unsigned long from),
		   REF_FIELDS, module->name, REF_BODY(1), "%s call_site=0x%lx refcnt=%d",
		   __get_str(name), REC->ip, REC->refcnt)
