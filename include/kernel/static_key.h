/* SPDX-License-Identifier: MIT */
/*
 * Static keys: switches that cost one no-op while they are off.
 *
 *	DEFINE_STATIC_KEY(tracing_key);
 *	if (static_branch_unlikely(&tracing_key)) ...
 *
 * The test is no load and no comparison but an instruction that static_key_get() rewrites
 * (arch/x86_64/mm/text_patch.c), on all CPUs and while they run. Enabling takes some interrupts
 * to every CPU: for what an administrator switches, not for what programs do.
 *
 * get and put nest; they sleep. A CPU that passes the branch while it is being rewritten goes one
 * way or the other. When get or put returns, every CPU goes the new way; code that went the old
 * way may still run: synchronize_rcu() waits for it if it does not sleep.
 *
 * Not for __init code (its branches stay off), and not for modules.
 */
#ifndef KERNEL_STATIC_KEY_H
#define KERNEL_STATIC_KEY_H

#include <arch/static_branch.h>

struct static_key {
	unsigned int users; /* the patching mutex; 0: off. Read without */
};

#define DEFINE_STATIC_KEY(name)		struct static_key name
#define DECLARE_STATIC_KEY(name)	extern struct static_key name

#define static_branch_unlikely(key)	unlikely(arch_static_branch(key))

/* Sleep. */
void static_key_get(struct static_key *key);
void static_key_put(struct static_key *key);
static inline bool static_key_enabled(const struct static_key *key)
{
	return READ_ONCE(key->users);
}

struct trap_frame;
#ifdef CONFIG_TRACING
/* Boot: makes room for the writable view of the text. */
void text_patch_init(void);
/* A breakpoint on a branch: goes on where its key says. False: it is none. From the trap. */
bool text_patch_trap(struct trap_frame *frame);
#else
static inline void text_patch_init(void) { }
static inline bool text_patch_trap(struct trap_frame *frame) { return false; }
#endif

#endif
