// SPDX-License-Identifier: MIT
/* Wants km_base before it and km_plain behind it. */
#include "both.h"

static int __init soft_init(void)
{
	return 0;
}

static void __exit soft_exit(void)
{
}

module_init(soft_init);
module_exit(soft_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("Names others in a soft dependency");
MODULE_SOFTDEP("pre: km_base post: km_plain");
