// SPDX-License-Identifier: MIT
/* What km_top needs. */
#include "both.h"
#include "km_base.h"

int km_base_value(int add)
{
	return 40 + add;
}
EXPORT(km_base_value);

static int __init base_init(void)
{
	return 0;
}

static void __exit base_exit(void)
{
}

module_init(base_init);
module_exit(base_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("Exports a function");
