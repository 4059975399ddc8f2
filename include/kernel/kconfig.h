/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_KCONFIG_H
#define KERNEL_KCONFIG_H
/*
 * Options in C expressions, so that the compiler sees both sides:
 *
 *	IS_BUILTIN(CONFIG_X)   1 if the option is y
 *	IS_MODULE(CONFIG_X)    1 if it is m
 *	IS_ENABLED(CONFIG_X)   1 if it is y or m
 *
 * An option that is on is a macro with the value 1. Pasted behind KCONFIG_ARG_ it becomes an extra
 * argument, which moves the 1 into second place; anything else leaves the 0 there. (cppcheck counts
 * arguments after the pasting, and drops a file where they are too many: hence the ... that takes both.)
 */
#define KCONFIG_ARG_1		       unused,
#define KCONFIG_SECOND(a, b, ...)      b
#define KCONFIG_IS_ON(value)	       KCONFIG_IS_ON_(value)
#define KCONFIG_IS_ON_(value)	       KCONFIG_IS_ON__(KCONFIG_ARG_##value)
#define KCONFIG_IS_ON__(...)	       KCONFIG_SECOND(__VA_ARGS__ 1, 0, 0)

#define IS_BUILTIN(option) KCONFIG_IS_ON(option)
#define IS_MODULE(option)  KCONFIG_IS_ON(option##_MODULE)
#define IS_ENABLED(option) (IS_BUILTIN(option) || IS_MODULE(option))

/* kit/list.h may not ask for an option: modules have none. */
#ifdef CONFIG_DEBUG_LIST
#define KIT_LIST_CHECKS
#endif

#endif
