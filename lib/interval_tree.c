/* SPDX-License-Identifier: MIT */
/*
 * The interval tree of plain struct interval_tree_node.
 */
#include <lib/interval_tree.h>

#define START(node)	((node)->start)
#define LAST(node)	((node)->last)

INTERVAL_TREE_DEFINE(struct interval_tree_node, rb, unsigned long, subtree_last, START, LAST, ,
		     interval_tree);
