/* SPDX-License-Identifier: MIT */
/*
 * Shell patterns, as module aliases and test names use them: * and ? match '/'
 * too, [a-z] and [!a-z] are sets, a backslash takes the next character as it is. A set that does
 * not end is a plain '['.
 */
#ifndef LIB_GLOB_H
#define LIB_GLOB_H

#include <lib/types.h>

/* The whole text must match. Takes time proportional to both lengths multiplied at worst. */
bool glob_match(const char *pattern, const char *text);

#endif
