/* SPDX-License-Identifier: MIT */
/* Between the files of mm/frame. */
#ifndef FRAME_H
#define FRAME_H

#include <mm/zone.h>

/* buddy.c: zone lock held, interrupts off. */
/* NULL; flags still those of a free page */
struct page *buddy_take(struct zone *zone, unsigned int order);
void buddy_give(struct zone *zone, struct page *page, unsigned int order);

/* poison.c: when a block is freed and when it is handed out again; its flags are nobody else's. */
#ifdef CONFIG_DEBUG_PAGES
void page_poison(struct page *page, unsigned int order);
void page_poison_check(struct page *page, unsigned int order);
#else
static inline void page_poison(struct page *page, unsigned int order) { }
static inline void page_poison_check(struct page *page, unsigned int order) { }
#endif

#endif
