/* SPDX-License-Identifier: MIT */
/*
 * Poisoned pages (CONFIG_DEBUG_PAGES): a free page is filled with a pattern, and whoever writes to
 * it after that is found when it is handed out. Pages that boot gave back have not been filled yet.
 */
#define pr_fmt(fmt) "page poison: " fmt
#include "frame.h"
#include <kernel/log.h>
#include <lib/string.h>

/* Pages are filled while nobody may use them: not by the checked function. */
#ifdef CONFIG_KASAN
void *__memset64(u64 *to, u64 value, size_t count);
#define memset64 __memset64
#endif

#define FILL 0xaaaaaaaaaaaaaaaaull

void page_poison(struct page *page, unsigned int order)
{
	memset64(page_address(page), FILL, (PAGE_SIZE << order) / sizeof(u64));
	for (unsigned int i = 0; i < 1u << order; i++)
		page[i].flags |= BIT(PG_POISONED);
}

static void check_one(struct page *page)
{
	const u64 *words = page_address(page);

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(u64); i++) {
		if (words[i] == FILL)
			continue;
		pr_err("page %lx was written after it was freed: %016llx at offset %zu\n",
		       page_to_pfn(page), words[i], i * sizeof(u64));
		dump_stack();
		return;
	}
}

void page_poison_check(struct page *page, unsigned int order)
{
	for (unsigned int i = 0; i < 1u << order; i++) {
		if (!(page[i].flags & BIT(PG_POISONED)))
			continue;
		page[i].flags &= ~BIT(PG_POISONED);
		check_one(page + i);
	}
}
