/* SPDX-License-Identifier: MIT */
/*
 * The boot allocator: physical memory before there are zones. What is taken from it is never given back.
 */
#ifndef MM_BOOT_MEMORY_H
#define MM_BOOT_MEMORY_H

#include <kit/types.h>

/*
 * The highest free block of RAM below limit, aligned; its physical address. Not cleared. Panics when there is none: there is no system
 * without what is asked for here.
 */
u64 boot_alloc(u64 size, u64 align, u64 limit);

/* Calls range(start, end) for each piece of RAM that nobody has taken, in rising order: page frame numbers. */
void boot_for_each_free(void (*range)(unsigned long start_pfn, unsigned long end_pfn));
/* And for all RAM. */
void boot_for_each_ram(void (*range)(unsigned long start_pfn, unsigned long end_pfn));

u64 boot_ram_end(void); /* physical address behind the last byte of RAM */

#endif
