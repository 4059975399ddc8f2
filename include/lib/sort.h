/* SPDX-License-Identifier: MIT */
/*
 * Sorting and searching arrays and lists. No allocation, no recursion.
 */
#ifndef LIB_SORT_H
#define LIB_SORT_H

#include <kit/list.h>
#include <lib/types.h>

/* Heap sort: O(n log n) always, not stable. */
void sort(void *base, size_t count, size_t size, int (*cmp)(const void *, const void *));
/* Binary search; NULL when absent. */
void *bsearch(const void *key, const void *base, size_t count, size_t size,
	      int (*cmp)(const void *key, const void *element));
/* Merge sort, stable. */
void list_sort(void *context, struct list_head *head,
	       int (*cmp)(void *context, const struct list_head *, const struct list_head *));

#endif
