// SPDX-License-Identifier: MIT
/*
 * fault: crimes that end the thread that commits them, while the module is loaded and nothing is
 * held: fault.ko crime=guard writes behind an area of vmalloc, where a page is never mapped;
 * crime=text writes to its own code.
 */
#include <kit/errno.h>
#include <kit/memory.h>
#include <kit/module.h>

static const char *crime = "";
module_param(crime, charp, 0);
MODULE_PARM_DESC(crime, "guard or text");

static void *hidden(void *p)
{
	__asm__ volatile("" : "+r"(p));
	return p;
}

static int fault_init(void)
{
	volatile char *p = NULL;

	if (!strcmp(crime, "guard"))
		p = (char *)hidden(vzalloc(4096)) + 4096;
	else if (!strcmp(crime, "text"))
		p = hidden((void *)fault_init);
	else
		return -EINVAL;
	*p = 0;
	return 0;
}

module_init(fault_init);
MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Mortise authors");
MODULE_DESCRIPTION("Faults while it is loaded, for the test of the detectors");
MODULE_VERSION("1.0");
