/* SPDX-License-Identifier: MIT */
/*
 * What is in use in the kernel: objects of every slab cache, pages outside the slabs, page tables, stacks, vmalloc, promised memory. For tests that
 * demand that all is given back; counts are exact in a kernel with CONFIG_DEBUG_ALLOC.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stdbool.h>

#define MAX_VALUES	256

struct value {
	char name[40];
	long value;
};

struct snapshot {
	int nr;
	struct value values[MAX_VALUES];
};

void snapshot_open(void); /* once, first */
void snapshot_take(struct snapshot *s);
void snapshot_base(struct snapshot *base); /* when nothing changes any more */
/* Whether it stays another than base, however long one waits. */
bool snapshot_leaks(const struct snapshot *base, struct snapshot *now);
/* Says what is more or less than it was. */
void snapshot_compare(const struct snapshot *base, const struct snapshot *now, const char *when);

#endif
