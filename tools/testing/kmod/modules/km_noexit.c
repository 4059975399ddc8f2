// SPDX-License-Identifier: MIT
/* Has no way out. */
#include "both.h"

static int __init noexit_init(void)
{
	return 0;
}

module_init(noexit_init);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("Stays for ever");
