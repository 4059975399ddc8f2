/* SPDX-License-Identifier: MIT */
/*
 * The memory management's places in the boot list (kernel/main.c), in this order.
 */
#ifndef MM_INIT_H
#define MM_INIT_H

#include <kit/types.h>

/* Before it: where vmalloc and modules begin, by a random number, unless the image stands where it was linked (nokaslr). */
void vm_choose_places(u64 random);

/*
 * Boot CPU, interrupts off, boot_info filled, on the early page tables: the kernel's own page tables (direct map, image W^X, struct page
 * array), page frames, slab, vmalloc. Behind it everything that allocates works, with the boot CPU's per-CPU data.
 */
void mm_init(void);

/*
 * Per-CPU areas for CPUs 1 to nr_cpus - 1, from the pristine copy of the image; percpu_offset[] is complete behind it. nr_cpu_ids is set.
 * Once, after the MADT was read and before another CPU starts. percpu_init is the only one that may panic without memory.
 */
void percpu_init(unsigned int nr_cpus);

/*
 * Page tables for starting further CPUs: a copy of the kernel's top level that also maps the first MiB at its physical address. Its own
 * physical address is below 4 GiB, so that a CPU can load it before it is in long mode. mm_trampoline_release when all have started.
 */
u64 mm_trampoline_tables(void);
void mm_trampoline_release(void);

/* Threads run: caches of address spaces, the page cache, reclaim's thread. */
void space_init(void);
void page_cache_init(void);
void reclaim_init(void);

/* All of main.c's list is done: seals __ro_after_init data, gives the __init sections back. */
void mm_free_init_memory(void);

/* Gives RAM that boot_info lists as reserved to the allocator: an initramfs that was unpacked. Whole pages within the range. */
void free_boot_range(u64 start, u64 size);

/* What the image and boot took for good, for the log and /proc/meminfo: bytes. */
unsigned long mm_reserved_bytes(void);

#endif
