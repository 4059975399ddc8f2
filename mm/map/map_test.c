/* SPDX-License-Identifier: MIT */
/* Kernel mappings: vmalloc, guard pages, protection, per-CPU memory, module memory. */
#include "map.h"
#include <arch/cpu.h>
#include <kernel/cpumask.h>
#include <kernel/ktest.h>
#include <kernel/smp.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>

KTEST_SUITE("map");

static bool can_read(const void *p)
{
	u64 word;

	return !copy_from_kernel_nofault(&word, p, sizeof(word));
}

static u64 entry_of(const void *p)
{
	unsigned int level;
	u64 *entry = kernel_entry((unsigned long)p, &level);

	return entry ? *entry : 0;
}

KTEST_CASE(nothing_is_writable_and_executable)
{
	extern char __kernel_start[], __kernel_end[], __text_end[], __rodata_start[],
		__rodata_end[];

	/* lint: comparePointers: the linker's bounds of one area */
	for (char *p = __kernel_start; p < __kernel_end; p += PAGE_SIZE) {
		u64 entry = entry_of(p), alias = entry_of(__va(__pa(p)));
		/* lint: comparePointers: the linker's bounds of one area */
		bool constant = p < __text_end || (p >= __rodata_start && p < __rodata_end);

		if (entry && (entry & PTE_WRITE) && !(entry & PTE_NX))
			KTEST_FAIL("%px is writable and executable", p);
		if (constant && ((entry | alias) & PTE_WRITE))
			KTEST_FAIL("%px is constant and can be written", p);
		if (!(alias & PTE_NX))
			KTEST_FAIL("%px can be executed in the direct map", p);
	}
}

KTEST_CASE(vmalloc_has_guards)
{
	for (size_t size = 1; size < 300000; size = size * 5 + 1) {
		u8 *p = vmalloc(size), *end = p + ALIGN(size, PAGE_SIZE);
		const struct page *page;

		KTEST_ASSERT(p);
		page = vmalloc_to_page(p);
		memset(p, 0x77, size);
		KTEST_EXPECT(is_vmalloc_addr(p));
		KTEST_EXPECT(can_read(end - 8));
		KTEST_EXPECT(!can_read(end));
		KTEST_EXPECT(!can_read(p - 8));
		KTEST_EXPECT(page_address(page) != p);
		vfree(p);
		/* TLBs may remember it for a while; the place may be another's by now. */
		KTEST_EXPECT(vmalloc_to_page(p) != page);
	}
}

KTEST_CASE(vzalloc_is_zero)
{
	u8 *p = vzalloc(20000);

	KTEST_ASSERT(p);
	for (int i = 0; i < 20000; i++)
		if (p[i])
			KTEST_FAIL("byte %d is %x", i, p[i]);
	vfree(p);
}

KTEST_CASE(too_much_is_refused)
{
	KTEST_EXPECT(!vmalloc(1ul << 50));
	KTEST_EXPECT(!vmalloc(0));
	KTEST_EXPECT(!ioremap(~0ull - 4096, 8192));
}

KTEST_CASE(vmap_shows_the_pages)
{
	struct page *pages[3];
	u64 *window;

	for (int i = 0; i < 3; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		KTEST_ASSERT(pages[i]);
		*(u64 *)page_address(pages[i]) = i + 100;
	}
	window = vmap(pages, 3, PROT_KERNEL_RW);
	KTEST_ASSERT(window);
	for (int i = 0; i < 3; i++)
		KTEST_EXPECT_EQ(window[i * 512], i + 100);
	vunmap(window);
	for (int i = 0; i < 3; i++)
		__free_page(pages[i]);
}

KTEST_CASE(a_stack_has_a_guard_below)
{
	u8 *stack = stack_alloc();

	KTEST_ASSERT(stack);
	KTEST_EXPECT(can_read(stack));
	KTEST_EXPECT(can_read(stack + KERNEL_STACK_SIZE - 8));
	KTEST_EXPECT(!can_read(stack - 8));
	stack_free(stack);
}

KTEST_CASE(module_memory_is_sealed)
{
	u8 *p = module_memory_alloc(3 * PAGE_SIZE);
	u64 *alias;

	KTEST_ASSERT(p);
	KTEST_EXPECT((unsigned long)p >= MODULES_START);
	memset(p, 0x90, 3 * PAGE_SIZE);
	alias = page_address(vmalloc_to_page(p));
	KTEST_EXPECT(!(entry_of(p) & PTE_NX) == !(pte_supported & PTE_NX));
	KTEST_ASSERT_EQ(module_memory_protect(p, PAGE_SIZE, MODULE_MEMORY_RX), 0);
	KTEST_ASSERT_EQ(module_memory_protect(p + PAGE_SIZE, PAGE_SIZE, MODULE_MEMORY_R), 0);
	KTEST_EXPECT(!(entry_of(p) & (PTE_WRITE | PTE_NX)));
	KTEST_EXPECT(!(entry_of(alias) & PTE_WRITE));
	KTEST_EXPECT(!(entry_of(p + PAGE_SIZE) & PTE_WRITE));
	KTEST_EXPECT(entry_of(p + 2 * PAGE_SIZE) & PTE_WRITE);
	module_memory_free(p);
	KTEST_EXPECT(!can_read(p));
	KTEST_EXPECT(entry_of(alias) & PTE_WRITE);
}

KTEST_CASE(the_zero_page_is_zero)
{
	KTEST_EXPECT(!memchr_inv(page_address(zero_page), 0, PAGE_SIZE));
}

static void set_mine(void *arg)
{
	*this_cpu_ptr((u64 *)arg) = smp_processor_id() + 1000;
}

KTEST_CASE(each_cpu_has_its_own)
{
	u64 *p = alloc_percpu(u64);
	unsigned int cpu;

	KTEST_ASSERT(p);
	for_each_possible_cpu(cpu)
		KTEST_EXPECT_EQ(*per_cpu_ptr(p, cpu), 0);
	on_each_cpu(set_mine, p, true);
	for_each_online_cpu(cpu)
		KTEST_EXPECT_EQ(*per_cpu_ptr(p, cpu), cpu + 1000);
	percpu_free(p);
}

KTEST_CASE(per_cpu_memory_comes_back)
{
	void *blocks[100];

	for (int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(blocks); i++) {
			size_t size = 8 + i * 40;

			blocks[i] = percpu_alloc(size, 64);
			KTEST_ASSERT(blocks[i]);
			KTEST_EXPECT(IS_ALIGNED((unsigned long)blocks[i], 64));
			memset(this_cpu_ptr(blocks[i]), 0xee, size);
		}
		for (unsigned int i = 0; i < ARRAY_SIZE(blocks); i++)
			percpu_free(blocks[i]);
	}
}

static void churn(void *arg, unsigned int number)
{
	for (int round = 0; round < 300; round++) {
		size_t size = 1 + (number * 7919 + round * 104729) % 60000;
		u8 *p = vmalloc(size);

		if (!p)
			continue;
		p[0] = number;
		p[size - 1] = number;
		if (p[0] != number || p[size - 1] != number)
			KTEST_FAIL("area of thread %u was written by another", number);
		vfree(p);
	}
}

KTEST_CASE(threads_map_and_unmap)
{
	ktest_in_threads(6, churn, NULL);
}
