/* SPDX-License-Identifier: MIT */
/* Memory for the nodes of xarrays, which readers without locks may still look at after they were freed. */
#include "slab.h"
#include <kernel/init.h>
#include <lib/xarray.h>
#include <mm/frame_init.h>
#include <mm/slab_rcu.h>

static struct kmem_cache *node_cache __ro_after_init;

void __init xa_node_cache_init(void)
{
	node_cache = KMEM_CACHE(xa_node, SLAB_PANIC | SLAB_RECLAIM_ACCOUNT);
}

struct xa_node *xa_node_alloc(gfp_t gfp)
{
	return kmem_cache_zalloc(node_cache, gfp);
}

static void node_free(struct rcu_head *head)
{
	kmem_cache_free(node_cache, head);
}

void xa_node_free(struct xa_node *node)
{
	_Static_assert(offsetof(struct xa_node, reclaim) == 0 &&
			       sizeof(node->reclaim) >= sizeof(struct rcu_head),
		       "the node's first words queue it for its grace period");
	if (slab_call_rcu)
		slab_call_rcu((struct rcu_head *)node, node_free);
	else
		kmem_cache_free(node_cache, node); /* at boot nobody reads */
}
