/* SPDX-License-Identifier: MIT */
/*
 * Sorting and searching.
 */
#include <lib/sort.h>
#include <lib/bitops.h>

static void swap_elements(u8 *a, u8 *b, size_t size)
{
	for (; size >= 8; a += 8, b += 8, size -= 8) {
		u64 x = get_unaligned_le64(a);

		put_unaligned_le64(get_unaligned_le64(b), a);
		put_unaligned_le64(x, b);
	}
	for (; size; a++, b++, size--) {
		u8 x = *a;

		*a = *b;
		*b = x;
	}
}

/* Moves the element at `root` down until it is not below a child in a heap of `count`. */
static void sift_down(u8 *base, size_t root, size_t count, size_t size,
		      int (*cmp)(const void *, const void *))
{
	for (;;) {
		size_t child = 2 * root + 1;

		if (child >= count)
			return;
		if (child + 1 < count && cmp(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (cmp(base + root * size, base + child * size) >= 0)
			return;
		swap_elements(base + root * size, base + child * size, size);
		root = child;
	}
}

void sort(void *base, size_t count, size_t size, int (*cmp)(const void *, const void *))
{
	for (size_t root = count / 2; root-- > 0;)
		sift_down(base, root, count, size, cmp);
	for (size_t last = count; last-- > 1;) {
		swap_elements(base, (u8 *)base + last * size, size);
		sift_down(base, 0, last, size, cmp);
	}
}

void *bsearch(const void *key, const void *base, size_t count, size_t size,
	      int (*cmp)(const void *key, const void *element))
{
	const u8 *low = base;

	while (count) {
		const u8 *middle = low + count / 2 * size;
		int order = cmp(key, middle);

		if (!order)
			return (void *)middle;
		if (order > 0) {
			low = middle + size;
			count--;
		}
		count /= 2;
	}
	return NULL;
}

/* Merges two sorted lists linked by `next` alone. */
static struct list_head *merge(void *context, struct list_head *a, struct list_head *b,
			       int (*cmp)(void *, const struct list_head *,
					  const struct list_head *))
{
	struct list_head *first;
	struct list_head **tail = &first;

	while (a && b) {
		struct list_head **from = cmp(context, a, b) <= 0 ? &a : &b;

		*tail = *from;
		tail = &(*from)->next;
		*from = (*from)->next;
	}
	*tail = a ? a : b;
	return first;
}

void list_sort(void *context, struct list_head *head,
	       int (*cmp)(void *context, const struct list_head *, const struct list_head *))
{
	/* run[i] holds a sorted list of 2^i entries or none: a binary counter. */
	struct list_head *run[64] = { NULL };
	struct list_head *list = NULL, *prev;
	struct list_head *entry = head->next;

	if (list_empty(head))
		return;
	head->prev->next = NULL;
	while (entry) {
		struct list_head *next = entry->next;
		size_t i;

		entry->next = NULL;
		for (i = 0; run[i]; i++) {
			entry = merge(context, run[i], entry, cmp);
			run[i] = NULL;
		}
		run[i] = entry;
		entry = next;
	}
	for (size_t i = 0; i < ARRAY_SIZE(run); i++)
		if (run[i])
			list = merge(context, run[i], list, cmp);
	/* Link backwards again. */
	prev = head;
	for (entry = list; entry; entry = entry->next) {
		prev->next = entry;
		entry->prev = prev;
		prev = entry;
	}
	prev->next = head;
	head->prev = prev;
}
