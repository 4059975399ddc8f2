/* SPDX-License-Identifier: MIT */
/* Crimes, by name: what each part of the module supplies to main.c. */
#ifndef CRIMES_H
#define CRIMES_H

#include <kit/types.h>
/* With what modules do not see: exported for this one. */
#include "../../../../kernel/ktest/crimes.h"

struct crime {
	const char *name;
	void (*commit)(void);
};

/* Each ends with an entry without a name. */
extern const struct crime memory_crimes[], lock_crimes[], hang_crimes[];

/* hang.c: those that hang somewhere go on. */
void stop_hanging(void);

#endif
