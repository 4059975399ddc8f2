// SPDX-License-Identifier: MIT
/*
 * conform: what the kit's stable headers promise, checked by a module (conform.h). Here: the module itself and its parameters, which are those of use.c. What needs a
 * PCI device is in conform_pci.
 */
#include "conform.h"

#include <kit/errno.h>
#include <kit/memory.h>
#include <kit/param.h>

MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("Is the kit as its stable headers say?");

static int number = 7, untouched = 7;
module_param(number, int, 0644);
module_param(untouched, int, 0444);
static bool flag, off = true;
module_param(flag, bool, 0444);
module_param(off, bool, 0444);
static u8 small;
module_param(small, u8, 0444);
static u64 large;
module_param(large, u64, 0);
static const char *text = "none";
module_param(text, charp, 0644);
static char words[8] = "none";
module_param_string(words, words, 0444);
static u32 list[4] = { 9, 9, 9, 9 }, nr_list;
module_param_array(list, u32, &nr_list, 0444);

static void parameters_case(void)
{
	EXPECT(number == -5 && untouched == 7 && flag && !off && small == 255 && large == ~0ull);
	EXPECT(!strcmp(text, "one") && !strcmp(words, "seven77"));
	EXPECT(nr_list == 3 && list[0] == 1 && list[1] == 2 && list[2] == 3 && list[3] == 9);
}

static const struct conform_case cases[] = {
	{ "parameters are set before init; what is not given stays", parameters_case },
};

static int __init conform_init(void)
{
	conform_run(cases, ARRAY_SIZE(cases));
	ground_run();
	running_run();
	char_run();
	return device_run();
}

/* What was registered goes behind it; the device's remove runs then, too. */
static void conform_exit(void)
{
	char_end();
	device_end();
}

module_init(conform_init);
module_exit(conform_exit);
