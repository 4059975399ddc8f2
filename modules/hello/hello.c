// SPDX-License-Identifier: MIT
/*
 * hello: the smallest module.
 *
 *	insmod hello.ko whom=reader times=2
 */
#include <kit/errno.h>
#include <kit/log.h>
#include <kit/module.h>
#include <kit/param.h>

static const char *whom = "world";
module_param(whom, charp, 0644);
MODULE_PARM_DESC(whom, "who is greeted");

static unsigned int times = 1;
module_param(times, uint, 0444);
MODULE_PARM_DESC(times, "how often, 1 to 10");

static int __init hello_init(void)
{
	if (!times || times > 10) {
		pr_err("times=%u is not in 1 to 10\n", times);
		return -EINVAL;
	}
	for (unsigned int i = 0; i < times; i++)
		pr_info("hello, %s\n", whom);
	return 0;
}

static void hello_exit(void)
{
	pr_info("goodbye, %s\n", whom);
}

module_init(hello_init);
module_exit(hello_exit);
MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Mortise authors");
MODULE_DESCRIPTION("The smallest module");
MODULE_VERSION("1.0");
