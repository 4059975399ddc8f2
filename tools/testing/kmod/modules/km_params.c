// SPDX-License-Identifier: MIT
/* A parameter of each type. */
#include "both.h"

static int number = 5;
module_param(number, int, 0644);
MODULE_PARM_DESC(number, "an int");

static unsigned int count = 6;
module_param(count, uint, 0444);
MODULE_PARM_DESC(count, "an unsigned int");

static bool flag;
module_param(flag, bool, 0600);
MODULE_PARM_DESC(flag, "a bool");

static long wide = -7;
module_param(wide, long, 0644);

static unsigned long uwide = 7;
module_param(uwide, ulong, 0644);

#ifdef __MODULE__
static const char *text = "words";
#else
static char *text = "words";
#endif
module_param(text, charp, 0644);
MODULE_PARM_DESC(text, "a text");

static char chars[8] = "short";
module_param_chars(chars, chars, 0644);

static int list[4] = { 1, 2 };
static unsigned int nr_list = 2;
module_param_array(list, int, &nr_list, 0644);
MODULE_PARM_DESC(list, "up to four ints");

#ifdef __MODULE__
static const char *names[3] = { "first" };
#else
static char *names[3] = { "first" };
#endif
static unsigned int nr_names = 2;
module_param_array(names, charp, &nr_names, 0644);
MODULE_PARM_DESC(names, "up to three texts");

/* Without a count all of it is shown. */
#ifdef __MODULE__
static const char *pair[2];
#else
static char *pair[2];
#endif
module_param_array(pair, charp, NULL, 0644);

static int hidden;
module_param(hidden, int, 0);

static int __init params_init(void)
{
	return hidden > 100 ? -ERANGE : 0;
}

static void __exit params_exit(void)
{
}

module_init(params_init);
module_exit(params_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("Takes parameters");
