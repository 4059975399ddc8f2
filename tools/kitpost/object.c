// SPDX-License-Identifier: MIT
/* ELF files. Those that are read here were made by our own compiler and linker a moment ago; finished modules pass file.c first. */
#include "kitpost.h"

#include <stdlib.h>
#include <string.h>

void object_open(struct object *o, const char *path)
{
	*o = (struct object){ .path = path };
	o->data = read_file(path, &o->size);
	if (!o->data)
		die("%s: cannot open", path);
	o->ehdr = (Elf64_Ehdr *)o->data;
	if (o->size < sizeof(Elf64_Ehdr) || memcmp(o->data, ELFMAG, SELFMAG) ||
	    o->ehdr->e_ident[EI_CLASS] != ELFCLASS64 || o->ehdr->e_machine != EM_X86_64 ||
	    o->ehdr->e_shoff + (size_t)o->ehdr->e_shnum * sizeof(Elf64_Shdr) > o->size ||
	    o->ehdr->e_shstrndx >= o->ehdr->e_shnum)
		die("%s: not an x86-64 ELF file", path);
	o->sections = (Elf64_Shdr *)(o->data + o->ehdr->e_shoff);
	o->nr_sections = o->ehdr->e_shnum;
	for (unsigned int i = 0; i < o->nr_sections; i++)
		if (o->sections[i].sh_type != SHT_NOBITS &&
		    o->sections[i].sh_offset + o->sections[i].sh_size > o->size)
			die("%s: cut short", path);
	o->section_names = o->data + o->sections[o->ehdr->e_shstrndx].sh_offset;
	for (unsigned int i = 0; i < o->nr_sections; i++) {
		const Elf64_Shdr *s = &o->sections[i];

		if (s->sh_type != SHT_SYMTAB)
			continue;
		o->symbols = (Elf64_Sym *)(o->data + s->sh_offset);
		o->nr_symbols = s->sh_size / sizeof(Elf64_Sym);
		o->names = o->data + o->sections[s->sh_link].sh_offset;
		return;
	}
	die("%s: no symbol table", path);
}

const char *symbol_label(const struct object *o, size_t symbol)
{
	const Elf64_Sym *sym = &o->symbols[symbol];

	if (ELF64_ST_TYPE(sym->st_info) == STT_SECTION && sym->st_shndx < o->nr_sections)
		return section_name(o, sym->st_shndx);
	return *symbol_name(o, symbol) ? symbol_name(o, symbol) : "a place without a name";
}

const Elf64_Sym *object_symbol(const struct object *o, const char *name)
{
	for (size_t i = 1; i < o->nr_symbols; i++)
		if (o->symbols[i].st_shndx != SHN_UNDEF && !strcmp(symbol_name(o, i), name))
			return &o->symbols[i];
	return NULL;
}

const void *symbol_bytes(const struct object *o, const Elf64_Sym *sym, size_t size)
{
	const Elf64_Shdr *section;
	uint64_t offset = sym->st_value;

	if (sym->st_shndx >= o->nr_sections)
		return NULL;
	section = &o->sections[sym->st_shndx];
	if (o->ehdr->e_type != ET_REL)
		offset -= section->sh_addr;
	if (section->sh_type != SHT_PROGBITS || offset + size > section->sh_size)
		return NULL;
	return o->data + section->sh_offset + offset;
}

const char *modinfo_next(const struct object *o, const char *tag, const char *after)
{
	size_t length = strlen(tag);

	for (unsigned int i = 1; i < o->nr_sections; i++) {
		const Elf64_Shdr *s = &o->sections[i];
		const char *p = o->data + s->sh_offset, *end = p + s->sh_size;

		if (strcmp(section_name(o, i), ".modinfo"))
			continue;
		for (; p < end; p += strnlen(p, end - p) + 1)
			if (p > after && !strncmp(p, tag, length) && p[length] == '=')
				return p + length + 1;
	}
	return NULL;
}

unsigned int section_by_name(const struct object *o, const char *name)
{
	for (unsigned int i = 1; i < o->nr_sections; i++)
		if (!strcmp(section_name(o, i), name))
			return i;
	return 0;
}

const Elf64_Rela *relocation_at(const struct object *o, unsigned int section, uint64_t offset)
{
	for (unsigned int i = 1; i < o->nr_sections; i++) {
		const Elf64_Shdr *s = &o->sections[i];
		const Elf64_Rela *rela = (const Elf64_Rela *)(o->data + s->sh_offset);

		if (s->sh_type != SHT_RELA || s->sh_info != section)
			continue;
		for (size_t n = 0; n < s->sh_size / sizeof(*rela); n++) {
			int bytes = relocation_bytes(ELF64_R_TYPE(rela[n].r_info));

			if (offset >= rela[n].r_offset &&
			    offset < rela[n].r_offset + (bytes ? bytes : 8))
				return &rela[n];
		}
	}
	return NULL;
}
