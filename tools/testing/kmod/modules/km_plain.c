// SPDX-License-Identifier: MIT
/* Starts and ends, and has every field that modinfo shows. */
#include "both.h"

static int __init plain_init(void)
{
	return 0;
}

static void __exit plain_exit(void)
{
}

module_init(plain_init);
module_exit(plain_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_AUTHOR("One Author");
MODULE_AUTHOR("Another <another@example.org>");
MODULE_DESCRIPTION("A plain module");
MODULE_VERSION("1.2.3");
#ifndef KM_COPY
MODULE_ALIAS("km-alias-one");
MODULE_ALIAS("km-wild-*");
#endif
