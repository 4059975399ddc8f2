/* SPDX-License-Identifier: MIT */
/*
 * Grace periods for the slab allocator, which stands below RCU: lent to it by page_cache_init(). Until then no slab of a
 * SLAB_TYPESAFE_BY_RCU cache can become free, as its first objects are still in use.
 */
#ifndef MM_SLAB_RCU_H
#define MM_SLAB_RCU_H

#include <kernel/rcu.h>

extern void (*slab_call_rcu)(struct rcu_head *head, void (*func)(struct rcu_head *head));
extern void (*slab_rcu_barrier)(void);

#endif
