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
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM_STEP 4096
#define NEED_RELINK 3

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

static char *image;
static Elf64_Ehdr *ehdr;
static Elf64_Shdr *sections;
static struct symbol *symbols;
static size_t nr_symbols;

static void die(const char *what)
{
	fprintf(stderr, "kallsyms: %s\n", what);
	exit(1);
}

static void map_image(const char *name)
{
	int fd = open(name, O_RDWR);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		perror(name);
		exit(1);
	}
	image = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (image == MAP_FAILED)
		die("cannot map the file");
	close(fd);
	ehdr = (Elf64_Ehdr *)image;
	if ((size_t)st.st_size < sizeof(*ehdr) || memcmp(ehdr->e_ident, ELFMAG, SELFMAG) ||
	    ehdr->e_ident[EI_CLASS] != ELFCLASS64)
		die("not an ELF64 file");
	sections = (Elf64_Shdr *)(image + ehdr->e_shoff);
}

static Elf64_Shdr *find_symtab(void)
{
	for (size_t i = 0; i < ehdr->e_shnum; i++)
		if (sections[i].sh_type == SHT_SYMTAB)
			return &sections[i];
	die("no symbol table");
	return NULL;
}

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
	const char *names = image + sections[symtab->sh_link].sh_offset;
	size_t nr = symtab->sh_size / sizeof(*sym);

	symbols = calloc(nr + ehdr->e_shnum, sizeof(*symbols));
	if (!symbols)
		die("out of memory");
	for (size_t i = 0; i < nr; i++) {
		const char *name = names + sym[i].st_name;
		int type = ELF64_ST_TYPE(sym[i].st_info);

		if (sym[i].st_shndx == SHN_UNDEF || sym[i].st_shndx >= ehdr->e_shnum ||
		    type == STT_SECTION || type == STT_FILE || !*name || !strncmp(name, ".L", 2))
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
	return (size + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP;
}

static const Elf64_Sym *find_table(const Elf64_Shdr *symtab)
{
	const Elf64_Sym *sym = (Elf64_Sym *)(image + symtab->sh_offset);
	const char *names = image + sections[symtab->sh_link].sh_offset;

	for (size_t i = 0; i < symtab->sh_size / sizeof(*sym); i++)
		if (!strcmp(names + sym[i].st_name, "kallsyms_table") &&
		    sym[i].st_shndx != SHN_UNDEF && sym[i].st_shndx < ehdr->e_shnum)
			return &sym[i];
	die("the link reserved no kallsyms_table");
	return NULL;
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
	const Elf64_Shdr *symtab, *section;
	const Elf64_Sym *table;

	if (argc != 2 + all)
		die("usage: kallsyms [--all] VMLINUX");
	map_image(argv[1 + all]);
	symtab = find_symtab();
	collect(symtab, all);
	sort_and_thin(all);
	if (!nr_symbols)
		die("no symbols");
	printf("%zu\n", needed_room());
	table = find_table(symtab);
	if (table->st_size != needed_room())
		return NEED_RELINK;
	section = &sections[table->st_shndx];
	write_table(image + section->sh_offset + (table->st_value - section->sh_addr),
		    table->st_value);
	return 0;
}
