/* SPDX-License-Identifier: MIT */
/*
 * Canonical types of kit symbols, read from the debug information of one object file. Shared by kitsyms (the kernel's view: one unit that
 * includes every kit header) and kitpost (a module's own view). gcc and clang give the same strings for the same headers.
 *
 * What is read are the anchors of <kit/abi.h>, variables by their names:
 *
 *	kit_type_of_SYMBOL	a pointer to the function SYMBOL	-> an entry SYMBOL
 *	kit_header_NAME		the constants of <kit/NAME.h>; its value is the draft's number	-> an entry kit_header_NAME
 *	kit_table_TAG		struct TAG, which crosses without a call or is embedded in modules	-> an entry kit_table_TAG
 *
 * A type is a list of lines: first the entry's own, then one for each structure with markers that it reaches, in the order in which it
 * reaches them first. The checksum is the CRC-32 of these lines with a newline behind each.
 *
 *	fn(*struct device,u32,*fn(*void)->u32,*void)->s32
 *	struct char_params 48/8 {0:u32 size;4:kit_0_1;...}		bytes/alignment, offset:type name
 *	constants {CHAR_READABLE=1,...}
 *
 * Base types are named by encoding and size; typedefs, qualifiers and names of parameters are dropped; f() is fn(), f(void) is fn(void). A
 * structure without a marker is its name alone behind a pointer, and name(bytes/alignment) where it is embedded.
 *
 * A structure with markers has one shape for each version: up to the marker of the first later one. So an entry has a list of versions, each
 * with its checksum, where the checksum changes; (0, 0) when it reaches no marker.
 */
#ifndef KITSYMS_TYPES_H
#define KITSYMS_TYPES_H

#include <stddef.h>
#include <stdint.h>

struct kit_type_version {
	unsigned int major, minor; /* of the kit, from which on this holds */
	uint32_t crc;
	char **lines;
	size_t nr_lines;
};

struct kit_type {
	char *symbol;
	char *header;	    /* where the anchor stands, without folder and .h: "char" */
	unsigned int draft; /* kit_header_NAME only: 0 is stable */
	struct kit_type_version *versions; /* ascending; at least one */
	size_t nr_versions;
	struct kit_type *next;
};

struct kit_types {
	struct kit_type *first; /* sorted by symbol */
	char *error;		/* why reading failed */
};

/* 0, or -1 with the reason in types->error: no debug information, parts that disagree, a shape that has no canonical form. */
int kit_types_read(struct kit_types *types, const char *object);
void kit_types_free(struct kit_types *types);

const struct kit_type *kit_types_find(const struct kit_types *types, const char *symbol);
/* What holds for a module that says it needs kit major.minor; NULL when the symbol is younger. */
const struct kit_type_version *kit_type_at(const struct kit_type *type, unsigned int major,
					   unsigned int minor);
static inline const struct kit_type_version *kit_type_newest(const struct kit_type *type)
{
	return &type->versions[type->nr_versions - 1];
}

/* CRC-32 as zlib computes it; crc is 0 at first. */
uint32_t kit_crc32(uint32_t crc, const void *data, size_t size);

#endif
