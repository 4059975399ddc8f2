/* SPDX-License-Identifier: MIT */
/* Memory management's part of the boot list, and the memory that boot gives back. */
#define pr_fmt(fmt) "mm: " fmt
#include "map.h"
#include <kernel/boot.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/boot_memory.h>
#include <mm/frame_init.h>
#include <mm/init.h>
#include <mm/kasan.h>
#include <mm/stat.h>
#include <mm/tlb.h>
#include <mm/zone.h>

extern char __kernel_start[], __kernel_end[], __init_text_start[], __init_text_end[],
	__init_data_start[], __init_data_end[];
extern char __ro_after_init_start[], __ro_after_init_end[];

struct page *zero_page __ro_after_init;
static char zero_page_memory[PAGE_SIZE] __aligned(PAGE_SIZE) __section(".bss..page_aligned");

void __init mm_init(void)
{
	kernel_tables_init();
	vmemmap_init();
	zones_init();
	slab_init();
	xa_node_cache_init();
	vmalloc_init();
	percpu_early_init();
	kasan_init();
	zero_page = virt_to_page(zero_page_memory);
	/* lint: comparePointers: the linker's bounds of one area */
	pr_info("%lu KiB of RAM, %lu KiB of them free, image %lu KiB\n",
		mm_present_pages() << (PAGE_SHIFT - 10), nr_free_pages() << (PAGE_SHIFT - 10),
		(unsigned long)(__kernel_end - __kernel_start) >> 10);
}

void free_boot_range(u64 start, u64 size)
{
	u64 end = ALIGN_DOWN(start + size, PAGE_SIZE);

	for (u64 at = ALIGN(start, PAGE_SIZE); at < end; at += PAGE_SIZE)
		if (pfn_valid(at >> PAGE_SHIFT))
			free_reserved_page(phys_to_page(at));
	zones_tune();
}

/* The image's address of the range goes away; the direct map's stays, writable. */
static void free_image_range(char *start, char *end)
{
	memset(__va(__pa(start)), 0xcc, end - start);
	kernel_unmap((unsigned long)start, end - start);
	tlb_flush_kernel((unsigned long)start, (unsigned long)end);
	free_boot_range(__pa(start), end - start);
}

/* Not __init itself: it would free the ground it stands on. */
void mm_free_init_memory(void)
{
	/* lint: comparePointers: the linker's bounds of one area */
	size_t sealed = __ro_after_init_end - __ro_after_init_start;

	kernel_protect((unsigned long)__ro_after_init_start, sealed, 0, PTE_WRITE);
	kernel_protect((unsigned long)__va(__pa(__ro_after_init_start)), sealed, 0, PTE_WRITE);
	free_image_range(__init_text_start, __init_text_end);
	free_image_range(__init_data_start, __init_data_end);
	/* lint: comparePointers: the linker's bounds of one area */
	pr_info("%lu KiB of boot code and data freed\n",
		(unsigned long)(__init_text_end - __init_text_start + __init_data_end -
				__init_data_start) >>
			10);
}

unsigned long mm_reserved_bytes(void)
{
	return (mm_present_pages() - total_ram_pages()) << PAGE_SHIFT;
}
