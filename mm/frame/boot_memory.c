/* SPDX-License-Identifier: MIT */
/*
 * The boot allocator. The memory map and the ranges in use come from boot_info; what is handed out is kept as a list of ranges
 * beside it. Blocks are taken from the top down, so the list stays short: neighbours are merged.
 *
 * The list is an array that doubles when it is full, in memory that it hands out itself.
 */
#include <kernel/boot.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/boot_memory.h>
#include <mm/page.h>

#define FIRST_TAKEN	16

static struct boot_range first_taken[FIRST_TAKEN] __initdata;
static struct boot_range *taken __initdata = first_taken;
static size_t nr_taken __initdata, max_taken __initdata = FIRST_TAKEN;

/* The lowest start of a range in use that overlaps [start, end); end if there is none. */
static u64 __init first_overlap(const struct boot_range *ranges, size_t nr, u64 start, u64 end)
{
	u64 lowest = end;

	for (size_t i = 0; i < nr; i++)
		if (ranges[i].start < end && ranges[i].start + ranges[i].size > start)
			lowest = min(lowest, ranges[i].start);
	return lowest;
}

static bool __init find_below(u64 low, u64 high, u64 size, u64 align, u64 *found)
{
	while (high >= low + size) {
		u64 at = ALIGN_DOWN(high - size, align), used;

		if (at < low)
			return false;
		used = min(first_overlap(boot_info.reserved, boot_info.nr_reserved, at, at + size),
			   first_overlap(taken, nr_taken, at, at + size));
		if (used == at + size) {
			*found = at;
			return true;
		}
		high = used;
	}
	return false;
}

static u64 __init find_free(u64 size, u64 align, u64 limit)
{
	for (size_t i = boot_info.nr_memory; i-- > 0;) {
		const struct boot_memory *ram = &boot_info.memory[i];
		u64 found;

		if (ram->type != BOOT_MEMORY_RAM || ram->start >= limit)
			continue;
		if (find_below(ram->start, min(ram->start + ram->size, limit), size, align, &found))
			return found;
	}
	panic("mm: no %llu bytes of memory below %llx for boot data", size, limit);
}

static void __init note_taken(u64 start, u64 size);

static void __init grow_taken(void)
{
	u64 bytes = max_taken * 2 * sizeof(*taken),
	    at = find_free(ALIGN(bytes, PAGE_SIZE), PAGE_SIZE, EARLY_MAP_SIZE);

	memcpy(__va(at), taken, nr_taken * sizeof(*taken));
	taken = __va(at);
	max_taken *= 2;
	note_taken(at, ALIGN(bytes, PAGE_SIZE));
}

static void __init note_taken(u64 start, u64 size)
{
	for (size_t i = 0; i < nr_taken; i++) {
		if (taken[i].start == start + size) {
			taken[i].start = start;
			taken[i].size += size;
			return;
		}
	}
	if (nr_taken == max_taken)
		grow_taken();
	taken[nr_taken++] = (struct boot_range){ .start = start, .size = size };
}

u64 __init boot_alloc(u64 size, u64 align, u64 limit)
{
	u64 at;

	size = ALIGN(size, PAGE_SIZE);
	at = find_free(size, max(align, (u64)PAGE_SIZE), limit);
	note_taken(at, size);
	return at;
}

/* The end of the range in use that holds the address `at`, or 0. */
static u64 __init used_until(const struct boot_range *ranges, size_t nr, u64 at)
{
	for (size_t i = 0; i < nr; i++)
		if (ranges[i].start <= at && ranges[i].start + ranges[i].size > at)
			return ranges[i].start + ranges[i].size;
	return 0;
}

/* The parts of [start, end) that are in use by nobody, by stepping from one used range to the next. */
static void __init free_parts(u64 start, u64 end, void (*range)(unsigned long, unsigned long))
{
	while (start < end) {
		u64 used = min(first_overlap(boot_info.reserved, boot_info.nr_reserved, start, end),
			       first_overlap(taken, nr_taken, start, end));

		if (used > start)
			range(start >> PAGE_SHIFT, used >> PAGE_SHIFT);
		if (used == end)
			return;
		used = max(used, start);
		start = max(used_until(boot_info.reserved, boot_info.nr_reserved, used),
			    used_until(taken, nr_taken, used));
	}
}

void __init boot_for_each_free(void (*range)(unsigned long start_pfn, unsigned long end_pfn))
{
	for (size_t i = 0; i < boot_info.nr_memory; i++)
		if (boot_info.memory[i].type == BOOT_MEMORY_RAM)
			free_parts(boot_info.memory[i].start,
				   boot_info.memory[i].start + boot_info.memory[i].size, range);
}

void __init boot_for_each_ram(void (*range)(unsigned long start_pfn, unsigned long end_pfn))
{
	for (size_t i = 0; i < boot_info.nr_memory; i++)
		if (boot_info.memory[i].type == BOOT_MEMORY_RAM)
			range(boot_info.memory[i].start >> PAGE_SHIFT,
			      (boot_info.memory[i].start + boot_info.memory[i].size) >> PAGE_SHIFT);
}

u64 __init boot_ram_end(void)
{
	u64 end = 0;

	for (size_t i = 0; i < boot_info.nr_memory; i++)
		if (boot_info.memory[i].type == BOOT_MEMORY_RAM)
			end = boot_info.memory[i].start + boot_info.memory[i].size;
	return end;
}

/* Behind boot too: who asks is about to map device memory, which is rare. */
bool pfn_valid(unsigned long pfn)
{
	u64 address = (u64)pfn << PAGE_SHIFT;

	for (size_t i = 0; i < boot_info.nr_memory; i++)
		if (boot_info.memory[i].type == BOOT_MEMORY_RAM &&
		    address >= boot_info.memory[i].start &&
		    address - boot_info.memory[i].start < boot_info.memory[i].size)
			return true;
	return false;
}
