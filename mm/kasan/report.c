// SPDX-License-Identifier: MIT
/*
 * Reports. The first one only, unless kasan_multi_shot stands on the command line: what follows is
 * as a rule a consequence. kasan.fault=panic makes a report the end.
 *
 * One CPU reports at a time; accesses of the report's own are not looked at.
 */
#include "kasan.h"

#include <arch/irqflags.h>
#include <kernel/atomic.h>
#include <kernel/backtrace.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/thread.h>
#include <lib/errno.h>
#include <lib/kernel.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/page.h>
#include "../slab/slab.h"

#define LINE "=================================================================="

bool kasan_ready;

static bool multi_shot, panic_on_report = IS_ENABLED(CONFIG_SANITIZE_PANIC);
static bool reported;	       /* atomic */
static int reporting_cpu = -1; /* atomic */

static int set_multi_shot(const char *value)
{
	multi_shot = true;
	return 0;
}
BOOT_PARAM("kasan_multi_shot", set_multi_shot);

static int set_fault(const char *value)
{
	if (strcmp(value, "panic") && strcmp(value, "report"))
		return -EINVAL;
	panic_on_report = !strcmp(value, "panic");
	return 0;
}
BOOT_PARAM("kasan.fault", set_fault);

/* --- what is at an address --- */

static bool is_direct(unsigned long address)
{
	return address >= DIRECT_MAP_BASE && address < VMALLOC_START &&
	       pfn_valid((address - DIRECT_MAP_BASE) >> PAGE_SHIFT);
}

static const struct page *slab_of(unsigned long address)
{
	const struct page *page;

	if (!is_direct(address))
		return NULL;
	page = pfn_to_page((address - DIRECT_MAP_BASE) >> PAGE_SHIFT);
	return page_test(page, PG_SLAB) ? page : NULL;
}

static bool is_own_stack(unsigned long address)
{
	const struct thread *thread = this_cpu_read(current_thread);

	return thread && thread->stack && address >= (unsigned long)thread->stack &&
	       address < thread->stack_top;
}

static const char *bug_name(unsigned long address)
{
	const u8 *shadow = shadow_of(address);
	u8 why = *shadow < GRANULE ? shadow[1] : *shadow;

	switch (why) {
	case SHADOW_FREE_PAGE:
	case SHADOW_SLAB_FREED: return "use-after-free";
	case SHADOW_PAGE_REDZONE:
	case SHADOW_SLAB_REDZONE: return "slab-out-of-bounds";
	case SHADOW_GLOBAL_REDZONE: return "global-out-of-bounds";
	case SHADOW_STACK_LEFT:
	case SHADOW_STACK_MIDDLE:
	case SHADOW_STACK_RIGHT: return "stack-out-of-bounds";
	case SHADOW_ALLOCA_LEFT:
	case SHADOW_ALLOCA_RIGHT: return "alloca-out-of-bounds";
	case SHADOW_AREA:
		return is_own_stack(address) ? "use-after-scope" : "vmalloc-out-of-bounds";
	}
	return slab_of(address) ? "slab-out-of-bounds" : "out-of-bounds";
}

static void show_stack_kept(const char *what, s32 tid, const struct kept_stack *stack)
{
	pr_err("%s by task %d:\n", what, tid);
	if (!stack)
		pr_err(" (not known)\n");
	/* A return address lies behind its call: one less is in it. */
	for (u32 i = 0; stack && i < stack->nr; i++)
		pr_err(" %pS\n", (void *)(stack->calls[i] - 1));
	pr_err("\n");
}

static void show_place(unsigned long address, unsigned long start, size_t size)
{
	if (address < start)
		pr_err("The buggy address is located %lu bytes to the left of\n", start - address);
	else if (address >= start + size)
		pr_err("The buggy address is located %lu bytes to the right of\n",
		       address - start - size);
	else
		pr_err("The buggy address is located %lu bytes inside of\n", address - start);
	pr_err(" %zu-byte region [%px, %px)\n", size, (void *)start, (void *)start + size);
}

static void show_object(const struct page *page, unsigned long address)
{
	const struct kmem_cache *cache = page->slab_cache;
	void *object = object_around(page, address);
	const struct object_record *record = object ? record_of(cache, object) : NULL;

	if (!record)
		return;
	show_stack_kept("Allocated", record->alloc_tid, record->allocated);
	if (*shadow_of((unsigned long)object) == SHADOW_SLAB_FREED)
		show_stack_kept("Freed", record->free_tid, record->freed);
	pr_err("The buggy address belongs to the object at %px\n", object);
	pr_err(" which belongs to the cache %s of size %u\n", cache->name, cache->object_size);
	show_place(address, (unsigned long)object, record->requested);
}

/* What gcc and clang put at the lower end of a frame with variables that they watch. */
struct frame_description {
	unsigned long magic;
	const char *
		variables; /* "1 32 20 4 name": how many, then offset, size, length of name, name */
	unsigned long function;
};
#define FRAME_MAGIC 0x41b58ab3ul

static void show_frame(unsigned long address)
{
	const u8 *shadow = shadow_of(address),
		 *lowest = shadow_of((unsigned long)this_cpu_read(current_thread)->stack);
	const struct frame_description *frame;

	while (shadow > lowest && *shadow != SHADOW_STACK_LEFT)
		shadow--;
	while (shadow > lowest && shadow[-1] == SHADOW_STACK_LEFT)
		shadow--;
	frame = (const void *)address_of(shadow);
	if (frame->magic == FRAME_MAGIC)
		pr_err(" in the frame of %pS with the variables: %s\n", (void *)frame->function,
		       frame->variables);
}

static void describe(unsigned long address)
{
	const struct page *slab = slab_of(address);

	if (slab) {
		show_object(slab, address);
	} else if (is_own_stack(address)) {
		pr_err("The buggy address belongs to the stack of task %s/%d\n", current->name,
		       current->tid);
		show_frame(address);
	} else if (is_direct(address)) {
		const struct page *page = pfn_to_page((address - DIRECT_MAP_BASE) >> PAGE_SHIFT);

		pr_err("The buggy address belongs to the page %lx, flags %lx, references %d\n",
		       page_to_pfn(page), page->flags, page_refs(page));
	} else if (address >= VMALLOC_START && address < VMALLOC_END) {
		pr_err("The buggy address lies in the range of vmalloc\n");
	} else {
		pr_err("The buggy address belongs to the variable %pS\n", (void *)address);
	}
}

/* --- the report --- */

#define ROW_BYTES   16 /* of shadow */
#define ROWS_AROUND 2

static void show_shadow(unsigned long address)
{
	unsigned long row_size = ROW_BYTES * GRANULE, middle = ALIGN_DOWN(address, row_size);

	pr_err("Memory state around the buggy address:\n");
	for (int row = -ROWS_AROUND; row <= ROWS_AROUND; row++) {
		unsigned long start = middle + (unsigned long)row * row_size;
		char text[ROW_BYTES * 3 + 1];

		if (start < KERNEL_HALF)
			continue;
		for (int i = 0; i < ROW_BYTES; i++)
			snprintf(text + i * 3, 4, " %02x", *shadow_of(start + i * GRANULE));
		pr_err("%c%px:%s\n", row ? ' ' : '>', (void *)start, text);
		if (!row)
			pr_err("%*s\n", (int)(1 + 18 + 3 * ((address - middle) / GRANULE) + 2),
			       "^");
	}
}

static bool trapping; /* a test commits crimes */
static const char *trapped;

void kasan_trap(bool on)
{
	WRITE_ONCE(trapped, NULL);
	WRITE_ONCE(trapping, on);
}

const char *kasan_trapped(void)
{
	return __atomic_exchange_n(&trapped, NULL, __ATOMIC_RELAXED);
}

static bool begin(unsigned long *flags)
{
	int nobody = -1, me = smp_processor_id();

	if (!kasan_ready || panic_in_progress || READ_ONCE(reporting_cpu) == me)
		return false;
	if (!multi_shot && __atomic_exchange_n(&reported, true, __ATOMIC_RELAXED))
		return false;
	local_irq_save(*flags);
	while (!try_cmpxchg(&reporting_cpu, &nobody, (int)smp_processor_id())) {
		nobody = -1;
		cpu_relax();
	}
	pr_err(LINE "\n");
	return true;
}

static void end(unsigned long flags)
{
	pr_err(LINE "\n");
	if (panic_on_report)
		panic("kasan.fault=panic");
	smp_store_release(&reporting_cpu, -1);
	local_irq_restore(flags);
}

static void show_accused(void)
{
	pr_err("\n");
	show_who(KERN_ERR);
	show_backtrace(KERN_ERR, NULL);
	pr_err("\n");
}

void kasan_report(unsigned long address, size_t size, bool write, unsigned long ip)
{
	const struct thread *thread = this_cpu_read(current_thread);
	unsigned long flags, bad;

	bad = first_bad(address, address + size);
	if (trapping)
		WRITE_ONCE(trapped, bug_name(bad));
	if (trapping || !begin(&flags))
		return;
	pr_err("BUG: KASAN: %s in %pS\n", bug_name(bad), (void *)(ip - 1));
	pr_err("%s of size %zu at addr %px by task %s/%d\n", write ? "Write" : "Read", size,
	       (void *)address, thread ? thread->name : "none", current_tid());
	show_accused();
	describe(bad);
	pr_err("\n");
	show_shadow(bad);
	end(flags);
}

void kasan_report_free(unsigned long object, bool twice, unsigned long ip)
{
	const struct thread *thread = this_cpu_read(current_thread);
	unsigned long flags;

	if (trapping)
		WRITE_ONCE(trapped, twice ? "double-free" : "invalid-free");
	if (trapping || !begin(&flags))
		return;
	pr_err("BUG: KASAN: %s in %pS\n", twice ? "double-free" : "invalid-free", (void *)(ip - 1));
	pr_err("Free of addr %px by task %s/%d\n", (void *)object, thread ? thread->name : "none",
	       current_tid());
	show_accused();
	describe(object);
	pr_err("\n");
	show_shadow(object);
	end(flags);
}

extern void (*const __ctors_start[])(void), (*const __ctors_end[])(void);

void kasan_init(void)
{
	kasan_call_constructors(__ctors_start, __ctors_end);
	kasan_ready = true;
	pr_info("kasan: every access is checked\n");
}
