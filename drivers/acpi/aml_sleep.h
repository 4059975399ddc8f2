/* SPDX-License-Identifier: MIT */
/*
 * Reads one package out of AML: `Name (\_S5, Package () { a, b, ... })`, the values for the sleep registers.
 *
 * This decodes the table's objects one by one and steps over each by its own length; it looks for no byte pattern. It stops
 * at what would have to be evaluated to know its length. Pure: also built and fuzzed on the host.
 */
#ifndef AML_SLEEP_H
#define AML_SLEEP_H

#include <lib/types.h>

struct aml_sleep_state {
	u8 type_a, type_b; /* SLP_TYP of PM1a_CNT and PM1b_CNT */
};

/* name: four characters, "_S5_". False: not there, or not understood. */
bool aml_find_sleep_state(const u8 *aml, size_t length, const char *name,
			  struct aml_sleep_state *state);

#endif
