/* SPDX-License-Identifier: MIT */
/* Modules in and out while programs use them. See cycles.c. */
#ifndef CYCLES_H
#define CYCLES_H

#include <stdbool.h>

struct exerciser {
	const char *module;
	const char *needs;		/* names of modules that must be there, in order; NULL: none */
	const char *arguments;
	bool (*use)(int self);		/* one use by process number self; false: it was not there, or is going */
	int (*hold)(void);		/* a descriptor that keeps it from being unloaded, or -1; NULL: nothing does */
	void (*let_go)(void);		/* behind the descriptor's close; may be NULL */
};

extern const struct exerciser exercisers[];	/* ends with one without a name */

#endif
