/* SPDX-License-Identifier: MIT */
/*
 * kallsyms: write the symbol table into a linked vmlinux.
 *
 *     kallsyms [--all] VMLINUX
 *
 * The link reserved room for it at the symbol kallsyms_table. The room it needs depends on the names
 * alone, not on addresses: rounded up to 4 KiB, it is printed. Equal to what was reserved, the table
 * is written and the exit status is 0; else the caller links again with that much (status 3).
 * include/kernel/kallsyms.h has the layout. --all adds data symbols to those of code.
 */
#include "image.h"

struct symbol {
	uint64_t address;
	const char *name; /* NULL: end of a section */
	char type;
	int rank; /* of several names for one address the highest stays */
};

/* As in include/kernel/kallsyms.h */
struct table_head {
	uint32_t nr, strings;
	int64_t base;
};

struct table_entry {
	uint32_t offset, name;
};

static struct symbol *symbols;
static size_t nr_symbols;

/* Boot code that runs at its physical address is in the lower half and left out. */
static int wanted_section(const Elf64_Shdr *section, int all)
{
	if (!(section->sh_flags & SHF_ALLOC) || !(section->sh_addr >> 63))
		return 0;
	return all || section->sh_flags & SHF_EXECINSTR;
}

static char symbol_type(const Elf64_Sym *sym, const Elf64_Shdr *section)
{
	char type = 'r';

	if (section->sh_flags & SHF_EXECINSTR)
		type = 't';
	else if (section->sh_type == SHT_NOBITS)
		type = 'b';
	else if (section->sh_flags & SHF_WRITE)
		type = 'd';
	if (ELF64_ST_BIND(sym->st_info) == STB_WEAK)
		return section->sh_flags & SHF_EXECINSTR ? 'W' : 'V';
	return ELF64_ST_BIND(sym->st_info) == STB_LOCAL ? type : type - 'a' + 'A';
}

static int symbol_rank(const Elf64_Sym *sym, const char *name)
{
	int rank = 0;

	if (ELF64_ST_TYPE(sym->st_info) == STT_FUNC || ELF64_ST_TYPE(sym->st_info) == STT_OBJECT)
		rank += 16;
	if (ELF64_ST_BIND(sym->st_info) == STB_GLOBAL)
		rank += 8;
	for (int i = 0; i < 7 && name[i] == '_'; i++)
		rank--;
	return rank;
}

static void add_symbol(uint64_t address, const char *name, char type, int rank)
{
	symbols[nr_symbols++] = (struct symbol){ address, name, type, rank };
}

static void collect(const Elf64_Shdr *symtab, int all)
{
	const Elf64_Sym *sym = (Elf64_Sym *)(image + symtab->sh_offset);
	size_t nr = symbols_in(symtab);

	symbols = calloc(nr + ehdr->e_shnum, sizeof(*symbols));
	if (!symbols)
		die("out of memory");
	for (size_t i = 0; i < nr; i++) {
		const char *name = symbol_name(symtab, &sym[i]);
		int type = ELF64_ST_TYPE(sym[i].st_info);

		if (!has_section(&sym[i]) || type == STT_SECTION || type == STT_FILE || !*name ||
		    !strncmp(name, ".L", 2))
			continue;
		if (wanted_section(&sections[sym[i].st_shndx], all))
			add_symbol(sym[i].st_value, name,
				   symbol_type(&sym[i], &sections[sym[i].st_shndx]),
				   symbol_rank(&sym[i], name));
	}
	for (size_t i = 0; i < ehdr->e_shnum; i++)
		if (wanted_section(&sections[i], all) && sections[i].sh_size)
			add_symbol(sections[i].sh_addr + sections[i].sh_size, NULL, 0, -100);
}

/* By address; the one to keep first; names last, so that the order never depends on the input's. */
static int compare(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->rank != b->rank)
		return b->rank - a->rank;
	return a->name && b->name ? strcmp(a->name, b->name) : 0;
}

/*
 * Symbols at a section's very end (as linker scripts define them) describe no byte of it, unless
 * another section starts there.
 */
static int starts_section(uint64_t address, int all)
{
	for (size_t i = 0; i < ehdr->e_shnum; i++)
		if (wanted_section(&sections[i], all) && sections[i].sh_size &&
		    sections[i].sh_addr == address)
			return 1;
	return 0;
}

static int ends_section(uint64_t address, int all)
{
	for (size_t i = 0; i < ehdr->e_shnum; i++)
		if (wanted_section(&sections[i], all) && sections[i].sh_size &&
		    sections[i].sh_addr + sections[i].sh_size == address)
			return !starts_section(address, all);
	return 0;
}

static void sort_and_thin(int all)
{
	size_t kept = 0;

	qsort(symbols, nr_symbols, sizeof(*symbols), compare);
	for (size_t i = 0; i < nr_symbols; i++) {
		if (kept && symbols[kept - 1].address == symbols[i].address)
			continue;
		symbols[kept] = symbols[i];
		if (ends_section(symbols[i].address, all))
			symbols[kept].name = NULL;
		kept++;
	}
	nr_symbols = kept;
}

static size_t strings_offset(void)
{
	return sizeof(struct table_head) + nr_symbols * sizeof(struct table_entry);
}

/* String 0 is the empty one, shared by all section ends. */
static size_t needed_room(void)
{
	size_t size = strings_offset() + 1;

	for (size_t i = 0; i < nr_symbols; i++)
		if (symbols[i].name)
			size += 1 + strlen(symbols[i].name) + 1;
	return room_for(size);
}

static void write_table(char *to, uint64_t address)
{
	struct table_head *head = (struct table_head *)to;
	struct table_entry *entry = (struct table_entry *)(head + 1);
	char *string = to + strings_offset(), *first = string;

	*head = (struct table_head){ nr_symbols, strings_offset(),
				     (int64_t)(symbols[0].address - address) };
	*string++ = 0;
	for (size_t i = 0; i < nr_symbols; i++) {
		entry[i].offset = symbols[i].address - symbols[0].address;
		if (!symbols[i].name)
			continue;
		entry[i].name = string - first;
		*string++ = symbols[i].type;
		string = stpcpy(string, symbols[i].name) + 1;
	}
}

int main(int argc, char **argv)
{
	int all = argc == 3 && !strcmp(argv[1], "--all");
	const Elf64_Sym *table;

	if (argc != 2 + all)
		die("usage: kallsyms [--all] VMLINUX");
	map_image(argv[1 + all]);
	collect(find_symtab(), all);
	sort_and_thin(all);
	if (!nr_symbols)
		die("no symbols");
	printf("%zu\n", needed_room());
	table = find_symbol("kallsyms_table");
	if (table->st_size != needed_room())
		return NEED_RELINK;
	write_table(contents_of(table), table->st_value);
	return 0;
}
