/* SPDX-License-Identifier: MIT */
/* Who maps a page of the page cache: for reclaim and write-back. The page is locked; all may sleep. */
#ifndef MM_RMAP_H
#define MM_RMAP_H

#include <mm/page.h>

struct rmap_referenced {
	/* entries through which it was used since the last look; their bits are cleared */
	unsigned int accessed;
	bool executable; /* one of them may execute it */
	bool locked;	 /* a vma with VM_LOCKED maps it */
};
void page_gather_referenced(struct page *page, struct rmap_referenced *r);

/* Takes it out of all page tables, but for those of locked vmas: the references tell whether it worked. Dirty bits go to the page. */
void page_unmap_everywhere(struct page *page);

/* Before write-back: no entry may write the page from here on without a fault. True: one of them had written it. */
bool page_write_protect(struct page *page);

#endif
