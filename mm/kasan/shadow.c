// SPDX-License-Identifier: MIT
/* Writing the shadow: for allocators, and for the compilers' code in functions with arrays on the
 * stack. */
#include "kasan.h"

#include <arch/boot.h>
#include <arch/gdt.h>
#include <kernel/kasan_abi.h>
#include <kernel/thread.h>
#include <lib/kernel.h>
#include <mm/page.h>

extern char boot_stack[];

void shadow_poison(unsigned long start, size_t size, u8 why)
{
	__memset(shadow_of(start), why, DIV_ROUND_UP(size, GRANULE));
}

void shadow_unpoison(unsigned long start, size_t size)
{
	__memset(shadow_of(start), 0, size / GRANULE);
	if (size % GRANULE)
		*shadow_of(start + size) = size % GRANULE;
}

void kasan_alloc_pages(struct page *page, unsigned int order)
{
	shadow_unpoison((unsigned long)page_address(page), PAGE_SIZE << order);
}

void kasan_free_pages(struct page *page, unsigned int order)
{
	shadow_poison((unsigned long)page_address(page), PAGE_SIZE << order, SHADOW_FREE_PAGE);
}

void kasan_alloc_large(const void *object, size_t size, unsigned int order)
{
	size_t used = ALIGN(size, GRANULE);

	shadow_unpoison((unsigned long)object, size);
	shadow_poison((unsigned long)object + used, (PAGE_SIZE << order) - used,
		      SHADOW_PAGE_REDZONE);
}

/* The shadow knows: the redzone begins where it ends. */
size_t kasan_large_requested(const void *object, unsigned int order)
{
	unsigned long start = (unsigned long)object;

	return first_bad(start, start + (PAGE_SIZE << order)) - start;
}

/* --- stacks --- */

void kasan_unpoison_stack(void *stack, size_t size)
{
	shadow_unpoison((unsigned long)stack, size);
}

static unsigned long stack_end(unsigned long at)
{
	const struct thread *thread = this_cpu_read(current_thread);
	struct stack_range range;

	if (thread && thread->stack && at >= (unsigned long)thread->stack && at < thread->stack_top)
		return thread->stack_top;
	if (at - (unsigned long)boot_stack < BOOT_STACK_SIZE)
		return (unsigned long)boot_stack + BOOT_STACK_SIZE;
	return ist_stack_of(at, &range) ? range.high : 0;
}

/* The frames from here up will never return to clean up behind themselves. */
void __asan_handle_no_return(void)
{
	unsigned long at = (unsigned long)__builtin_frame_address(0) & ~(GRANULE - 1),
		      end = stack_end(at);

	if (end)
		shadow_unpoison(at, end - at);
}

/* alloca: 32 bytes on each side, and what rounding up has added. */
#define ALLOCA_REDZONE 32ul

void __asan_alloca_poison(unsigned long start, size_t size)
{
	unsigned long end = start + size, padded = ALIGN(end, ALLOCA_REDZONE);

	shadow_unpoison(start, size);
	shadow_poison(start - ALLOCA_REDZONE, ALLOCA_REDZONE, SHADOW_ALLOCA_LEFT);
	shadow_poison(ALIGN(end, GRANULE), padded - ALIGN(end, GRANULE) + ALLOCA_REDZONE,
		      SHADOW_ALLOCA_RIGHT);
}

void __asan_allocas_unpoison(unsigned long top, unsigned long bottom)
{
	if (top && top < bottom)
		shadow_unpoison(top, bottom - top);
}

void __asan_poison_stack_memory(unsigned long start, size_t size)
{
	shadow_poison(start, size, SHADOW_AREA);
}

void __asan_unpoison_stack_memory(unsigned long start, size_t size)
{
	shadow_unpoison(start, size);
}

#define SET_SHADOW(byte)                                         \
	void __asan_set_shadow_##byte(void *shadow, size_t size) \
	{                                                        \
		__memset(shadow, 0x##byte, size);                \
	}
SET_SHADOW(00)
SET_SHADOW(f1)
SET_SHADOW(f2)
SET_SHADOW(f3)
SET_SHADOW(f5)
SET_SHADOW(f8)

/* --- global variables --- */

/* Also of modules: their constructors run before their code does. */
void __asan_register_globals(const struct asan_global *globals, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		size_t used = ALIGN(globals[i].size, GRANULE);

		shadow_unpoison(globals[i].start, globals[i].size);
		shadow_poison(globals[i].start + used, globals[i].size_with_redzone - used,
			      SHADOW_GLOBAL_REDZONE);
	}
}

/* Their memory goes away as a whole. */
void __asan_unregister_globals(const struct asan_global *globals, size_t nr)
{
}

void kasan_call_constructors(void (*const *start)(void), void (*const *end)(void))
{
	for (; start < end; start++)
		(*start)();
}
