/* SPDX-License-Identifier: MIT */
/*
 * What the kit's headers declare of each function, as data: scripts/kit-contracts makes the table
 * of their comments.
 */
#ifndef KERNEL_KIT_CONTRACT_H
#define KERNEL_KIT_CONTRACT_H

#include <lib/types.h>

enum kit_failure { KIT_NEVER_FAILS, KIT_FAILS_BY_NULL, KIT_FAILS_BY_ERRNO, KIT_FAILS_BY_ERR_PTR };

struct kit_contract {
	const char *symbol;
	bool may_sleep;
	s8 result;  /* bytes of what it returns, negative: signed, 0: nothing */
	u8 failure; /* enum kit_failure */
	u8 error;   /* the usual errno, 0: it has none */
};

extern const struct kit_contract kit_contracts[]; /* sorted by symbol */
extern const unsigned int nr_kit_contracts;

#endif
