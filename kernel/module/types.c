// SPDX-License-Identifier: MIT
/*
 * Types of exported symbols: checksums for each version of the kit that changed them, and the same in words. tools/kitsyms makes both
 * from the kit's headers; tools/kitsyms/types.h tells how types are written.
 */
#include "internal.h"

#include <lib/string.h>

static const struct kit_version *version_at(const struct kit_versions *versions, u16 major, u16 minor)
{
	const struct kit_version *found = NULL;

	for (u16 i = 0; i < versions->count; i++)
		if (versions->list[i].major < major || (versions->list[i].major == major && versions->list[i].minor <= minor))
			found = &versions->list[i];
	return found;
}

u32 symbol_type_crc(const struct kit_export *export, u16 kit_minor)
{
	const struct kit_version *version = export->versions ? version_at(export->versions, KIT_MAJOR, kit_minor) : NULL;

	return version ? version->crc : 0;
}

bool symbol_type_matches(const struct kit_export *export, u32 crc, u16 kit_minor)
{
	const struct kit_version *version = export->versions ? version_at(export->versions, KIT_MAJOR, kit_minor) : NULL;

	return !export->versions || (version && version->crc == crc);
}

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
