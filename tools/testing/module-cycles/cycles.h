/* SPDX-License-Identifier: MIT */
/* Modules in and out while programs use them. See cycles.c. */
#ifndef CYCLES_H
#define CYCLES_H

#include <stdbool.h>

struct exerciser {
	const char *module;
	/* names of modules that must be there, in order; NULL: none */
	const char *needs;
	const char *arguments;
	/* one use by process number self; false: it was not there, or is going */
	bool (*use)(int self);
	/* a descriptor that keeps it from being unloaded, or -1; NULL: nothing does */
	int (*hold)(void);
	void (*let_go)(void); /* behind the descriptor's close; may be NULL */
};

extern const struct exerciser exercisers[]; /* ends with one without a name */

#endif
