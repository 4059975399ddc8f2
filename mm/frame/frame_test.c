/* SPDX-License-Identifier: MIT */
/* Page frames: blocks, references, page sets, many threads at once. */
#include "frame.h"
#include <kernel/ktest.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/stat.h>

KTEST_SUITE("frame");

KTEST_CASE(blocks_are_aligned_and_apart)
{
	struct page *blocks[MAX_ORDER + 1];

	for (unsigned int order = 0; order <= MAX_ORDER; order++) {
		blocks[order] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);
		if (!blocks[order])
			continue;
		KTEST_EXPECT(!(page_to_pfn(blocks[order]) & ((1ul << order) - 1)));
		KTEST_EXPECT_EQ(page_order(blocks[order]), order);
		KTEST_EXPECT_EQ(page_refs(blocks[order]), 1);
		memset(page_address(blocks[order]), order, PAGE_SIZE << order);
	}
	for (unsigned int order = 0; order <= MAX_ORDER; order++) {
		if (!blocks[order])
			continue;
		for (size_t i = 0; i < PAGE_SIZE << order; i += 512)
			KTEST_EXPECT_EQ(((u8 *)page_address(blocks[order]))[i], order);
		__free_pages(blocks[order], order);
	}
}

KTEST_CASE(all_comes_back)
{
	struct page *pages[64];
	unsigned long before;

	/* Others allocate too, but not always. */
	do {
		drain_local_pages();
		before = nr_free_pages();
		for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
			pages[i] = alloc_pages(GFP_KERNEL, i % 4);
		for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
			if (pages[i])
				__free_pages(pages[i], i % 4);
		drain_local_pages();
	} while (nr_free_pages() != before);
}

KTEST_CASE(a_second_reference_keeps_the_block)
{
	struct page *page = alloc_pages(GFP_KERNEL, 1);

	KTEST_ASSERT(page);
	get_page(page);
	__free_pages(page, 1);
	KTEST_EXPECT_EQ(page_refs(page), 1);
	put_page(page);
}

KTEST_CASE(zeroed_means_zeroed)
{
	for (int round = 0; round < 64; round++) {
		u64 *p = (u64 *)__get_free_page(GFP_KERNEL | __GFP_ZERO);

		KTEST_ASSERT(p);
		for (int i = 0; i < 512; i++)
			if (p[i])
				KTEST_FAIL("word %d of a zeroed page is %llx", i, p[i]);
		memset(p, 0xff, PAGE_SIZE);
		free_page(p);
	}
}

KTEST_CASE(exact_sizes_waste_nothing)
{
	void *p = alloc_pages_exact(5 * PAGE_SIZE + 1, GFP_KERNEL);

	KTEST_ASSERT(p);
	memset(p, 1, 6 * PAGE_SIZE);
	free_pages_exact(p, 5 * PAGE_SIZE + 1);
}

KTEST_CASE(a_split_block_is_single_pages)
{
	struct page *page = alloc_pages(GFP_KERNEL, 3);

	KTEST_ASSERT(page);
	split_page(page, 3);
	for (int i = 0; i < 8; i++) {
		KTEST_EXPECT_EQ(page_order(page + i), 0);
		__free_page(page + i);
	}
}

KTEST_CASE(low_memory_is_low)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_DMA, 0);

	if (!page) {
		ktest_skip("no memory below 16 MiB is left");
		return;
	}
	KTEST_EXPECT(page_to_phys(page) < 16ul << 20);
	__free_page(page);
}

KTEST_CASE(the_zones_add_up)
{
	struct zone_report report;
	unsigned long managed = 0;

	for (unsigned int i = 0; zone_report(i, &report); i++) {
		unsigned long free = 0;

		for (int order = 0; order <= MAX_ORDER; order++)
			free += report.free_blocks[order] << order;
		KTEST_EXPECT_EQ(free, report.free);
		KTEST_EXPECT(report.free <= report.managed);
		KTEST_EXPECT(report.managed <= report.present);
		managed += report.managed;
	}
	KTEST_EXPECT_EQ(managed, total_ram_pages());
}

/* Each thread holds some blocks and looks from time to time whether they are still its own. */
static void churn(void *arg, unsigned int number)
{
	struct {
		struct page *page;
		unsigned int order;
	} held[24] = { 0 };
	u64 random = number * 0x9e3779b97f4a7c15ull + 1;

	for (int round = 0; round < 20000; round++) {
		unsigned int slot;

		random = random * 6364136223846793005ull + 1442695040888963407ull;
		slot = (random >> 33) % ARRAY_SIZE(held);
		if (held[slot].page) {
			u64 *mark = page_address(held[slot].page);

			if (mark[0] != (u64)mark || mark[1] != number)
				KTEST_FAIL("block of thread %u was written by %llu", number,
					   mark[1]);
			mark[0] = 0;
			__free_pages(held[slot].page, held[slot].order);
			held[slot].page = NULL;
		} else {
			u64 *mark;

			held[slot].order = (random >> 40) % 8 ? 0 : (random >> 50) % 3;
			held[slot].page = alloc_pages(GFP_KERNEL, held[slot].order);
			if (!held[slot].page)
				continue;
			mark = page_address(held[slot].page);
			mark[0] = (u64)mark;
			mark[1] = number;
		}
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(held); i++)
		if (held[i].page)
			__free_pages(held[i].page, held[i].order);
}

KTEST_CASE(threads_never_share_a_block)
{
	ktest_in_threads(8, churn, NULL);
}
