// SPDX-License-Identifier: MIT
/* Gives keeper a function and goes without taking it back. */
#include "keeper.h"

#include <kit/module.h>

static int leaver_function(void)
{
	return 0;
}

static int __init leaver_init(void)
{
	keeper_keep(leaver_function);
	return 0;
}

static void leaver_exit(void)
{
}

module_init(leaver_init);
module_exit(leaver_exit);
MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("Leaves a function behind");
