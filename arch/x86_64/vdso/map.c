// SPDX-License-Identifier: MIT
/*
 * The vdso in programs' memory: [vvar], one page of figures that the kernel keeps right, and behind it [vdso], the shared object. Every
 * process maps the same pages, read-only.
 */
#include <arch/clock.h>
#include <kernel/init.h>
#include <kernel/bug.h>
#include <kernel/process.h>
#include <kernel/spinlock.h>
#include <kernel/time.h>
#include <kernel/vdso.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <mm/space.h>
#include "data.h"

#define MAX_PAGES	4

extern const char vdso_image_start[], vdso_image_end[];

static struct vdso_data *data __ro_after_init;	   /* NULL: no vdso */
static DEFINE_SPINLOCK(data_lock, LOCK_RANK_LEAF); /* writers of *data */
static struct page *data_pages[2], *text_pages[MAX_PAGES + 1];
static const struct special_mapping vvar = { "[vvar]", data_pages }, vdso = { "[vdso]", text_pages };
static bool enabled = true;

static int set_vdso(const char *value)
{
	enabled = strcmp(value, "0") != 0;
	return 0;
}
BOOT_PARAM("vdso", set_vdso);

static void update(void)
{
	struct arch_clock_parameters clock = arch_clock_parameters();
	unsigned long flags;

	spin_lock_irqsave(&data_lock, flags);
	WRITE_ONCE(data->sequence, data->sequence + 1);
	smp_wmb();
	data->base_cycles = clock.base_cycles;
	data->base_ns = clock.base_ns;
	data->multiplier = clock.multiplier;
	data->real_offset_ns = READ_ONCE(clock_real_offset_ns);
	data->boot_offset_ns = READ_ONCE(clock_boot_offset_ns);
	smp_wmb();
	WRITE_ONCE(data->sequence, data->sequence + 1);
	spin_unlock_irqrestore(&data_lock, flags);
}

static void clock_stepped(struct clock_step_notifier *notifier)
{
	update();
}
static struct clock_step_notifier step_notifier = { .stepped = clock_stepped };

void vdso_set_timezone(int minutes_west, int dst_time)
{
	if (!data)
		return;
	WRITE_ONCE(data->minutes_west, minutes_west);
	WRITE_ONCE(data->dst_time, dst_time);
}

/* Of no file, which shared futexes ask a page: the allocator leaves there what the last owner had. */
static __init struct page *new_page(void)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

	if (page)
		page->mapping = NULL;
	return page;
}

void __init vdso_init(void)
{
	/* lint: comparePointers: the linker's bounds of one area */
	size_t size = vdso_image_end - vdso_image_start;

	_Static_assert(VDSO_CLOCK_SHIFT == ARCH_CLOCK_SHIFT, "two shifts of the clock");
	_Static_assert(VDSO_COARSE_NS == COARSE_RESOLUTION_NS,
		       "two resolutions of the coarse clocks");
	if (!enabled || WARN_ON(size > MAX_PAGES * PAGE_SIZE))
		return;
	data_pages[0] = new_page();
	if (!data_pages[0])
		return;
	for (size_t i = 0; i * PAGE_SIZE < size; i++) {
		text_pages[i] = new_page();
		if (!text_pages[i])
			return;
		memcpy(page_address(text_pages[i]), vdso_image_start + i * PAGE_SIZE,
		       min(size - i * PAGE_SIZE, PAGE_SIZE));
	}
	data = page_address(data_pages[0]);
	update();
	clock_step_register(&step_notifier);
	arch_clock_changed = update;
}

int vdso_map(void)
{
	struct address_space *s = current->space;
	/* lint: comparePointers: the linker's bounds of one area */
	unsigned long size = ALIGN((unsigned long)(vdso_image_end - vdso_image_start), PAGE_SIZE),
		      text, page;

	if (!data)
		return 0;
	/* Placed from the top down: the page below a free place is free as a rule. */
	text = space_map_special(s, 0, size,
				 VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYEXEC | VM_MAYWRITE, &vdso);
	if (IS_ERR_VALUE(text))
		return text;
	page = space_map_special(s, text - PAGE_SIZE, PAGE_SIZE, VM_READ | VM_MAYREAD | VM_DONTDUMP,
				 &vvar);
	if (IS_ERR_VALUE(page))
		return page;
	s->vdso_base = text;
	return 0;
}
