/* SPDX-License-Identifier: MIT */
/*
 * The leak scan: which allocations does nothing point to any more?
 *
 * A pass marks what can be reached. It starts from memory that nobody has to point to (the image's
 * data, that of modules, pages that are neither slabs nor programs', stacks), takes every word of
 * it for an address, and where that lies in an object in use, from its first byte to its last,
 * marks the object and scans it in turn. What has no mark at the end is not referenced, or its only
 * reference stood in a register just then, or moved from where the pass had not been to where it
 * had. So only what PASSES passes in a row have not reached, is as old as the caller wants and is still the
 * same allocation is a leak; between passes every CPU switches once, which puts registers into
 * memory.
 *
 * Conservative means: a number that happens to look like an address hides a leak, and nothing else
 * goes wrong. Links of lists point into objects, not at them; tagged pointers into their first
 * bytes: both count.
 *
 * Marks are bits, one for each 8 bytes of the direct map, in memory of the scan's own; objects are
 * never written to. Areas of vmalloc, which are few, have their marks in a list.
 *
 * Locks: scan_mutex, around all of it.
 */
#define pr_fmt(fmt) "kmemleak: " fmt
#include "leak.h"
#include <arch/layout.h>
#include <arch/safe_read.h>
#include <kernel/log.h>
#include <kernel/rcu.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <lib/bitmap.h>
#include <lib/errno.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/kernel_map.h>
#include <mm/slab.h>
#include <mm/zone.h>

#define PASSES	  3
#define TO_DO	  16384 /* objects marked but not scanned yet, at once */
#define MAX_AREAS 8192
#define GRAIN	  8

extern char __data_start[], __data_end[], __bss_start[], __bss_end[];

struct scan {
	unsigned long *marks; /* a bit for each GRAIN of the direct map */
	unsigned long nr_marks;
	unsigned long *to_do; /* starts of objects; a stack */
	unsigned int nr_to_do;
	bool overflow; /* some marked objects were not noted: all marked ones are scanned again */
	unsigned long *areas; /* marked areas */
	unsigned int nr_areas;
	unsigned long nr_scanned;
};

static struct scan scan;

static unsigned long bit_of(unsigned long start)
{
	return (start - DIRECT_MAP_BASE) / GRAIN;
}

static bool is_marked(const struct leak_object *o)
{
	if (o->start >= VMALLOC_START) {
		for (unsigned int i = 0; i < scan.nr_areas; i++)
			if (scan.areas[i] == o->start)
				return true;
		return scan.nr_areas == MAX_AREAS;
	}
	return bit_of(o->start) >= scan.nr_marks || test_bit(bit_of(o->start), scan.marks);
}

static void mark(const struct leak_object *o)
{
	if (is_marked(o))
		return;
	if (o->start >= VMALLOC_START)
		scan.areas[scan.nr_areas++] = o->start;
	else
		__set_bit(bit_of(o->start), scan.marks);
	if (o->record.flags & LEAK_NO_SCAN)
		return;
	if (scan.nr_to_do == TO_DO)
		scan.overflow = true;
	else
		scan.to_do[scan.nr_to_do++] = o->start;
}

static bool find(unsigned long address, struct leak_object *o)
{
	if (address < DIRECT_MAP_BASE || address >= vmalloc_end)
		return false;
	return address < VMALLOC_START ? leak_find_slab(address, o) : leak_find_area(address, o);
}

/* is_area: the words describe an area; that they say where it lies is not a reference. */
static void scan_words(const unsigned long *words, size_t nr, bool is_area)
{
	struct leak_object o;

	for (size_t i = 0; i < nr; i++)
		if (!(is_area && words[i] >= VMALLOC_START) && find(words[i], &o))
			mark(&o);
}

/* Any memory, also such as may go meanwhile. */
static void scan_memory(const void *start, size_t size, bool is_area)
{
	unsigned long words[64];
	const void *at = (const void *)ALIGN((unsigned long)start, sizeof(long)),
		   *end = start + size;

	while (at + sizeof(long) <= end) {
		size_t bytes = min_t(size_t, end - at, sizeof(words));

		bytes = safe_read(words, at, bytes);
		if (bytes < sizeof(long))
			return;
		scan_words(words, bytes / sizeof(long), is_area);
		at += ALIGN_DOWN(bytes, sizeof(long));
	}
}

static void scan_root(const void *start, size_t size)
{
	scan_memory(start, size, false);
}

static void scan_object(const struct leak_object *o)
{
	scan.nr_scanned++;
	if (!(o->record.flags & LEAK_NO_SCAN))
		scan_memory((const void *)o->start, o->size, o->record.flags & LEAK_IS_AREA);
}

static void scan_if_marked(const struct leak_object *o)
{
	if (is_marked(o))
		scan_object(o);
}

static void scan_to_do(void)
{
	struct leak_object o;

	for (;;) {
		while (scan.nr_to_do)
			if (find(scan.to_do[--scan.nr_to_do], &o))
				scan_object(&o);
		if (!scan.overflow)
			return;
		scan.overflow = false;
		leak_each_slab(scan_if_marked);
		leak_each_area(scan_if_marked);
	}
}

/* Under the list's lock, interrupts off: marks only, what is found is scanned later. */
static bool scan_stack(struct thread *t)
{
	struct leak_object o;
	unsigned long from = (unsigned long)t->stack;

	if (find((unsigned long)t, &o))
		mark(&o);
	if (!from)
		return true;
	if (find(from, &o) && !is_marked(&o)) {
		scan.areas[scan.nr_areas++] = o.start; /* only the part in use is scanned */
	}
	if (!READ_ONCE(t->on_cpu))
		from = READ_ONCE(t->kernel_rsp);
	if (t == current)
		from = (unsigned long)__builtin_frame_address(0);
	if (from >= (unsigned long)t->stack && from < t->stack_top)
		scan_root((const void *)from, t->stack_top - from);
	return true;
}

static void pass(void)
{
	memset(scan.marks, 0, BITS_TO_LONGS(scan.nr_marks) * sizeof(long));
	scan.nr_to_do = scan.nr_areas = 0;
	scan.overflow = false;
	for_all_threads(scan_stack);
	scan_to_do();
	/* lint: comparePointers: the linker's bounds of one area */
	scan_root(__data_start, __data_end - __data_start);
	scan_to_do();
	/* lint: comparePointers: the linker's bounds of one area */
	scan_root(__bss_start, __bss_end - __bss_start);
	scan_to_do();
	leak_each_module(scan_root);
	scan_to_do();
	leak_each_page(scan_root);
	scan_to_do();
}

/* ---- what the passes have left ---- */

static unsigned int pass_number;
static u64 made_before;

static void note_unmarked(const struct leak_object *o)
{
	if ((o->record.flags & LEAK_IGNORE) || o->record.made_ns > made_before || is_marked(o))
		return;
	leak_suspect(o, pass_number);
}

static unsigned long last_pfn(void)
{
	struct zone *zone;
	unsigned long last = 0;

	for_each_zone(zone)
		last = max(last, zone->end_pfn);
	return last;
}

static int scan_begin(void)
{
	scan.nr_marks = (last_pfn() << PAGE_SHIFT) / GRAIN;
	scan.marks = vmalloc(BITS_TO_LONGS(scan.nr_marks) * sizeof(long));
	scan.to_do = vmalloc(TO_DO * sizeof(long));
	scan.areas = vmalloc(MAX_AREAS * sizeof(long));
	if (!scan.marks || !scan.to_do || !scan.areas)
		return -ENOMEM;
	/* They hold addresses of all that was found. */
	leak_set_flags(scan.marks, LEAK_NO_SCAN);
	leak_set_flags(scan.to_do, LEAK_NO_SCAN);
	leak_set_flags(scan.areas, LEAK_NO_SCAN);
	return 0;
}

static void scan_end(void)
{
	vfree(scan.marks);
	vfree(scan.to_do);
	vfree(scan.areas);
	scan = (struct scan){ 0 };
}

int leak_scan(u64 min_age_ns)
{
	int error = scan_begin();
	unsigned long scanned = 0;

	made_before = ktime_get_ns();
	made_before -= min(made_before, min_age_ns);
	for (pass_number = 1; !error && pass_number <= PASSES; pass_number++) {
		synchronize_rcu();
		pass();
		leak_each_slab(note_unmarked);
		leak_each_area(note_unmarked);
		leak_pass_ends(pass_number);
		scanned = scan.nr_scanned;
	}
	if (!error)
		leak_scan_ends(PASSES, scanned);
	scan_end();
	return error;
}
