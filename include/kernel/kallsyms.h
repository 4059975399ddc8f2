/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_KALLSYMS_H
#define KERNEL_KALLSYMS_H
/*
 * The image's own symbols: names for addresses, for backtraces and /proc/kallsyms.
 *
 * scripts/kallsyms writes the table into the linked vmlinux. It is constant, so every function here
 * may be called in any context, NMI and a dying kernel included, and before anything is set up.
 * Modules' symbols are the loader's; callers that want both ask here first.
 *
 * Only code has names, unless CONFIG_KALLSYMS_ALL adds data. Of several names for one address the
 * table keeps one: a function's before a bare label's, a global one before a local one.
 */
#include <lib/types.h>

struct kallsyms_symbol {
	unsigned long address;
	unsigned long size;
	const char *name;
	char type; /* as nm prints it: T t D d R r B b */
};

/*
 * Layout of the table, shared with scripts/kallsyms. `strings` holds for each symbol its type and
 * its name with a final NUL; an empty string marks the end of a section.
 */
struct kallsyms_table {
	u32 nr;
	u32 strings; /* byte offset from the table's start */
	s64 base;    /* first address, relative to the table's own */
	struct kallsyms_entry {
		u32 offset; /* from base, ascending */
		u32 name;   /* from strings */
	} entry[];
};

#ifdef CONFIG_KALLSYMS
/*
 * The name of the symbol that holds `address`, or NULL if none does. The distance from its start
 * and its size go to *offset and *size; either may be NULL.
 */
const char *kallsyms_lookup(unsigned long address, unsigned long *offset, unsigned long *size);

/* The address of the symbol of that name, 0 if there is none. Walks the table: not for hot paths. */
unsigned long kallsyms_lookup_name(const char *name);

/*
 * For walks: fills *symbol with the first symbol at or behind position *pos, moves *pos behind it
 * and returns true; returns false at the end. Start with *pos = 0.
 */
bool kallsyms_next(size_t *pos, struct kallsyms_symbol *symbol);
#else
static inline const char *kallsyms_lookup(unsigned long address, unsigned long *offset,
					  unsigned long *size)
{
	return NULL;
}

static inline unsigned long kallsyms_lookup_name(const char *name)
{
	return 0;
}

static inline bool kallsyms_next(size_t *pos, struct kallsyms_symbol *symbol)
{
	return false;
}
#endif

#endif
