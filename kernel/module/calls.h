/* SPDX-License-Identifier: MIT */
/*
 * Wrapped calls of a module: each import and each function whose address it gives away goes through
 * a stub of its own, which records it, lets it fail, or finds that the kit's contract is broken.
 * Nobody has to rebuild the module. Which modules are wrapped is said before they are loaded, with
 * module.trace= on the command line or in /sys/kernel/kit/trace; the others are bound to their
 * imports as ever.
 */
#ifndef KERNEL_MODULE_CALLS_H
#define KERNEL_MODULE_CALLS_H

#include "load.h"

#include <arch/call_wrap.h>
#include <kernel/kit_contract.h>
#include <kernel/trace.h>

struct module_call {
	u64 target; /* immutable, like all that has no mark */
	u8 *stub;
	struct module *module;
	const struct kit_contract *contract; /* of an import; NULL: none is declared */
	bool is_callback;
	bool has_complained;	/* of a broken contract */
	atomic_t until_failure; /* calls until one of them fails, 0: none */
	/* what that one returns; written before until_failure is set */
	long failure;
	char name[KIT_NAME_MAX + 1];	    /* of the function */
	char label[2 * (KIT_NAME_MAX + 1)]; /* MODULE:NAME, for records */
};

#ifdef CONFIG_MODULE_CALLS
/*
 * The loader's steps, nothing for a module that nobody wants wrapped: stubs before it is relocated,
 * callbacks afterwards, names at last.
 */
int load_wrap(struct load_info *info);
void load_wrap_callbacks(struct load_info *info);
void load_name_calls(struct load_info *info);
/* The stub in front of init or exit, or the function itself. */
void *module_call_stub(const struct module *module, void *function);
/* call_rules.c */
bool module_calls_wanted(const char *name);
/* the failures that were asked for; module_mutex held or not yet published */
void module_calls_arm(struct module *module);
void module_call_rules_init(void);
void module_calls_init(void); /* call.c */
#else
static inline int load_wrap(struct load_info *info) { return 0; }
static inline void load_wrap_callbacks(struct load_info *info) { }
static inline void load_name_calls(struct load_info *info) { }
static inline void *module_call_stub(const struct module *module, void *function)
{
	return function;
}
static inline void module_calls_init(void) { }
#endif

TRACE_EVENT_DECLARE(kit_call, (const struct module_call *call, const struct call_registers *regs),
		    (call, regs));
TRACE_EVENT_DECLARE(kit_return, (const struct module_call *call, u64 value, u64 ns),
		    (call, value, ns));

#endif
