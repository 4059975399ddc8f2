/* SPDX-License-Identifier: MIT */
/*
 * Relocatable ELF files (ET_REL, x86-64): checked once, then walked without further checks. Pure code for the module loader; its
 * input is hostile until elf_module_open() has accepted it.
 *
 * What is accepted (KIT.md, load-time check 1, and the System V ABI, chapters 4 and 5): sections inside the file that do not overlap
 * each other or the headers, one symbol table, string tables that end in a zero, symbols inside their sections, relocations with addend
 * that apply to sections of the file. Common symbols and extended section numbering are not.
 */
#ifndef LIB_ELF_MODULE_H
#define LIB_ELF_MODULE_H

#include <lib/types.h>
#include <uapi/elf.h>

#define ELF_MODULE_MAX_SECTIONS	512u
#define ELF_MODULE_MAX_ALIGN	4096u
#define ELF_MODULE_MAX_SECTION	(64ul << 20)	/* bytes; of .bss too, which costs a small file nothing */

struct elf_module {
	const u8 *image;
	size_t size;
	const Elf64_Ehdr *header;
	const Elf64_Shdr *sections;
	unsigned int nr_sections;
	const char *section_names;
	const Elf64_Sym *symbols;
	unsigned int nr_symbols;
	unsigned int symbol_table; /* its section's number */
	const char *names;	   /* of symbols */
	const char *reason;	   /* why it was refused */
};

/* 0 or -ENOEXEC with m->reason. The image must be aligned to 8 and stay where it is. */
int elf_module_open(struct elf_module *m, const void *image, size_t size);

static inline const char *elf_section_name(const struct elf_module *m, unsigned int section)
{
	return m->section_names + m->sections[section].sh_name;
}

/* The first section of that name, 0 when there is none. */
unsigned int elf_module_section(const struct elf_module *m, const char *name);

/*
 * Applies one relocation: `where` is the place as it can be written now, `address` what it will be, value the symbol's address
 * plus the addend. 0, -ENOEXEC (type not allowed), -ERANGE (the value does not fit). The caller has checked that the place is inside its
 * section: elf_relocation_size() says how many bytes it takes (0: type not allowed).
 */
unsigned int elf_relocation_size(unsigned int type);
int elf_relocate(void *where, u64 address, unsigned int type, u64 value);

#endif
