/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks: vmalloc'ed, so that a page below is never mapped and running over the end faults at once. Each CPU keeps a few that
 * were freed: making and ending a thread then maps nothing.
 */
#include "map.h"
#include <kernel/log.h>
#include <kernel/preempt.h>
#include <lib/string.h>
#include <mm/alloc_fault.h>
#include <mm/kasan.h>
#include <mm/slab.h>
#include <mm/stat.h>

#define CACHED_STACKS	4

struct stack_cache {
	unsigned int nr;
	void *stacks[CACHED_STACKS];
};
/* Threads only, with preemption off. */
static DEFINE_PER_CPU(struct stack_cache, stack_cache);

#ifdef CONFIG_DEBUG_STACK
static unsigned long least_left = KERNEL_STACK_SIZE;

static void stack_fill(void *stack)
{
	memset64(stack, STACK_UNUSED, KERNEL_STACK_SIZE / sizeof(u64));
}

/* Says by how much a thread that has ended came nearer to the end of its stack than any before. */
static void stack_check_usage(const void *stack)
{
	const u64 *at = stack;
	unsigned long left;

	while (at < (const u64 *)(stack + KERNEL_STACK_SIZE) && *at == STACK_UNUSED)
		at++;
	left = (unsigned long)at - (unsigned long)stack;
	if (left >= READ_ONCE(least_left))
		return;
	WRITE_ONCE(least_left, left);
	if (left < KERNEL_STACK_SIZE / 4)
		pr_warn("stack: %lu bytes were left on a kernel stack of %lu\n", left,
			KERNEL_STACK_SIZE);
}
#else
static inline void stack_fill(void *stack) { }
static inline void stack_check_usage(const void *stack) { }
#endif

static void *cache_take(void)
{
	struct stack_cache *cache;
	void *stack = NULL;

	preempt_disable();
	cache = this_cpu_ptr(&stack_cache);
	if (cache->nr && !in_interrupt())
		stack = cache->stacks[--cache->nr];
	preempt_enable();
	if (stack)
		kasan_unpoison_stack(stack, KERNEL_STACK_SIZE);
	return stack;
}

static bool cache_put(void *stack)
{
	struct stack_cache *cache;
	bool kept = false;

	preempt_disable();
	cache = this_cpu_ptr(&stack_cache);
	if (cache->nr < CACHED_STACKS && !in_interrupt()) {
		kasan_poison_area((unsigned long)stack, KERNEL_STACK_SIZE);
		cache->stacks[cache->nr++] = stack;
		kept = true;
	}
	preempt_enable();
	return kept;
}

void stack_drain_local(void)
{
	struct stack_cache *cache;
	void *stacks[CACHED_STACKS];
	unsigned int nr;

	preempt_disable();
	cache = this_cpu_ptr(&stack_cache);
	nr = cache->nr;
	for (unsigned int i = 0; i < nr; i++)
		stacks[i] = cache->stacks[i];
	cache->nr = 0;
	preempt_enable();
	while (nr)
		vfree(stacks[--nr]);
}

void *stack_alloc(void)
{
	void *stack;

	if (alloc_fault_injected())
		return NULL;
	stack = cache_take();
	if (!stack) {
		stack = vmalloc(KERNEL_STACK_SIZE);
		if (!stack)
			return NULL;
		/* only the part in use is scanned, by thread */
		leak_set_flags(stack, LEAK_NO_SCAN);
	}
	stack_fill(stack);
	mm_level_add(MM_KERNEL_STACKS, KERNEL_STACK_SIZE / 1024);
	return stack;
}

void stack_free(void *stack)
{
	if (memory_freed_in_use(stack, KERNEL_STACK_SIZE))
		return;
	/* of frames that its thread never left */
	kasan_unpoison_stack(stack, KERNEL_STACK_SIZE);
	stack_check_usage(stack);
	mm_level_add(MM_KERNEL_STACKS, -(long)(KERNEL_STACK_SIZE / 1024));
	if (!cache_put(stack))
		vfree(stack);
}
