// SPDX-License-Identifier: MIT
/* Types of exported symbols in words, which tools/kitsyms makes from the kit's headers; tools/kitsyms/types.h tells how they are written. */
#include "internal.h"

#include <lib/string.h>

const char *symbol_type(const char *name)
{
	size_t low = 0, high = nr_kit_type_words;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, kit_type_words[middle][0]);

		if (!order)
			return kit_type_words[middle][1];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
