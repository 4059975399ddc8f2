// SPDX-License-Identifier: MIT
/* Needs km_base. */
#include "both.h"
#include "km_base.h"

static int __init top_init(void)
{
	return km_base_value(2) == 42 ? 0 : -EINVAL;
}

static void __exit top_exit(void)
{
}

module_init(top_init);
module_exit(top_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("Imports a function");
