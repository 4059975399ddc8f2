// SPDX-License-Identifier: MIT
/* Its init returns the errno that is asked for. */
#include "both.h"

static int errno;
module_param(errno, int, 0);
MODULE_PARM_DESC(errno, "what init returns, negated");

static int __init fail_init(void)
{
	return -errno;
}

static void __exit fail_exit(void)
{
}

module_init(fail_init);
module_exit(fail_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("Fails as it is told");
