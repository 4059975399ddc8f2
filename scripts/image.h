/* SPDX-License-Identifier: MIT */
/*
 * For programs that write a table into a linked vmlinux (relocs, kallsyms): the file in memory, where a write changes
 * it, and its symbols.
 *
 * The link has reserved room for the table at a symbol. room_for() says how much a table takes; if the symbol has another
 * size, the program prints what it needs and ends with NEED_RELINK.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM_STEP 4096
#define NEED_RELINK 3

static char *image;
static Elf64_Ehdr *ehdr;
static Elf64_Shdr *sections;

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
	va_list words;

	va_start(words, format);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, words);
	fputc('\n', stderr);
	va_end(words);
	exit(1);
}

static void map_image(const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		die("%s: %s", name, strerror(errno));
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
}

static size_t symbols_in(const Elf64_Shdr *symtab)
{
	return symtab->sh_size / sizeof(Elf64_Sym);
}

static const char *symbol_name(const Elf64_Shdr *symtab, const Elf64_Sym *sym)
{
	return image + sections[symtab->sh_link].sh_offset + sym->st_name;
}

/* In a section of the file: neither undefined nor absolute. */
static int has_section(const Elf64_Sym *sym)
{
	return sym->st_shndx != SHN_UNDEF && sym->st_shndx < ehdr->e_shnum;
}

static const Elf64_Sym *find_symbol(const char *name)
{
	const Elf64_Shdr *symtab = find_symtab();
	const Elf64_Sym *sym = (Elf64_Sym *)(image + symtab->sh_offset);

	for (size_t i = 0; i < symbols_in(symtab); i++)
		if (has_section(&sym[i]) && !strcmp(symbol_name(symtab, &sym[i]), name))
			return &sym[i];
	die("there is no symbol %s", name);
}

/* What the symbol names, in the file. */
static char *contents_of(const Elf64_Sym *sym)
{
	const Elf64_Shdr *section = &sections[sym->st_shndx];

	return image + section->sh_offset + (sym->st_value - section->sh_addr);
}

static size_t room_for(size_t size)
{
	return (size + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP;
}
