/* SPDX-License-Identifier: MIT */
/* Between the two halves of the checker of sleeping locks: the graph, and what a thread holds. */
#ifndef LOCK_GRAPH_H
#define LOCK_GRAPH_H

#include <kernel/lock_graph.h>

#define MAX_CLASSES LOCK_GRAPH_KEYS /* class 0 is none */
#define MAX_LEVELS  8

/*
 * The class of a key at a level; made if there is none. NULL name is "?". 0: there are too many,
 * which has been said.
 */
u16 lock_class(unsigned long key, unsigned int level, const char *name);
u16 lock_class_at_level(u16 base, unsigned int level);
u16 lock_class_base(u16 class);

#endif
