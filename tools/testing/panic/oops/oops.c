// SPDX-License-Identifier: MIT
/* oops: its start follows a null pointer, which ends whoever loads it. For the suite panic. */
#include <kit/module.h>

static int oops_init(void)
{
	volatile int *nowhere = NULL;

	__asm__ volatile("" : "+r"(nowhere));
	return nowhere[2];
}

module_init(oops_init);
MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Mortise authors");
MODULE_DESCRIPTION("Follows a null pointer");
MODULE_VERSION("1.0");
