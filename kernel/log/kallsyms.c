/* SPDX-License-Identifier: MIT */
/*
 * Look-up in the image's symbol table; see kernel/kallsyms.h. The table's place and size are
 * reserved at link time, its content comes afterwards, so the compiler must not see a value.
 */
#include <kernel/kallsyms.h>
#include <lib/string.h>

extern const struct kallsyms_table kallsyms_table;

static unsigned long table_base(void)
{
	return (unsigned long)&kallsyms_table + kallsyms_table.base;
}

static const char *entry_string(size_t i)
{
	return (const char *)&kallsyms_table + kallsyms_table.strings +
	       kallsyms_table.entry[i].name;
}

static bool is_section_end(size_t i)
{
	return !*entry_string(i);
}

/* The last entry at or below the offset; the caller knows that the first one is. */
static size_t find_entry(unsigned long offset)
{
	size_t low = 0, high = kallsyms_table.nr;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (kallsyms_table.entry[middle].offset <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The last entry is a section's end, so each symbol has a successor. */
static void fill_symbol(size_t i, struct kallsyms_symbol *symbol)
{
	const struct kallsyms_entry *entry = &kallsyms_table.entry[i];

	symbol->address = table_base() + entry[0].offset;
	symbol->size = entry[1].offset - entry[0].offset;
	symbol->type = entry_string(i)[0];
	symbol->name = entry_string(i) + 1;
}

const char *kallsyms_lookup(unsigned long address, unsigned long *offset, unsigned long *size)
{
	struct kallsyms_symbol symbol;
	size_t i;

	if (!kallsyms_table.nr || address < table_base())
		return NULL;
	i = find_entry(address - table_base());
	if (is_section_end(i))
		return NULL;
	fill_symbol(i, &symbol);
	if (offset)
		*offset = address - symbol.address;
	if (size)
		*size = symbol.size;
	return symbol.name;
}

unsigned long kallsyms_lookup_name(const char *name)
{
	struct kallsyms_symbol symbol;

	for (size_t pos = 0; kallsyms_next(&pos, &symbol);)
		if (!strcmp(symbol.name, name))
			return symbol.address;
	return 0;
}

bool kallsyms_next(size_t *pos, struct kallsyms_symbol *symbol)
{
	size_t i = *pos;

	while (i < kallsyms_table.nr && is_section_end(i))
		i++;
	*pos = i + 1;
	if (i >= kallsyms_table.nr)
		return false;
	fill_symbol(i, symbol);
	return true;
}
