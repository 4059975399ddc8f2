/* SPDX-License-Identifier: MIT */
/* Between the files of mm/frame. */
#ifndef FRAME_H
#define FRAME_H

#include <mm/zone.h>

/* buddy.c: zone lock held, interrupts off. */
struct page *buddy_take(struct zone *zone, unsigned int order);	/* NULL; flags still those of a free page */
void buddy_give(struct zone *zone, struct page *page, unsigned int order);

#endif
