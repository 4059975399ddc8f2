// SPDX-License-Identifier: MIT
/* Relocatable ELF files; see lib/elf_module.h. */
#include <lib/elf_module.h>
#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/string.h>

static int refuse(struct elf_module *m, const char *reason)
{
	m->reason = reason;
	return -ENOEXEC;
}

static bool range_ok(u64 offset, u64 bytes, u64 size)
{
	return offset <= size && bytes <= size - offset;
}

static int check_header(struct elf_module *m)
{
	const Elf64_Ehdr *h = m->header;

	if (m->size < sizeof(*h) || memcmp(h->e_ident, ELFMAG, SELFMAG))
		return refuse(m, "not an ELF file");
	if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB ||
	    h->e_ident[EI_VERSION] != EV_CURRENT || h->e_version != EV_CURRENT)
		return refuse(m, "not a 64-bit little-endian ELF file");
	if (h->e_machine != EM_X86_64)
		return refuse(m, "not for x86-64");
	if (h->e_type != ET_REL)
		return refuse(m, "not relocatable");
	if (h->e_ehsize != sizeof(*h) || h->e_shentsize != sizeof(Elf64_Shdr))
		return refuse(m, "headers of another size");
	if (!h->e_shnum || h->e_shnum > ELF_MODULE_MAX_SECTIONS)
		return refuse(m, "no sections, or too many");
	if (h->e_shoff % 8 || !range_ok(h->e_shoff, (u64)h->e_shnum * sizeof(Elf64_Shdr), m->size))
		return refuse(m, "section headers outside the file");
	if (h->e_shstrndx >= h->e_shnum)
		return refuse(m, "no section names");
	return 0;
}

/* Bytes that a section takes in the file. */
static u64 file_bytes(const Elf64_Shdr *s)
{
	return s->sh_type == SHT_NOBITS || s->sh_type == SHT_NULL ? 0 : s->sh_size;
}

static bool overlap(u64 a, u64 a_bytes, u64 b, u64 b_bytes)
{
	return a_bytes && b_bytes && a < b + b_bytes && b < a + a_bytes;
}

static int check_section(struct elf_module *m, unsigned int i)
{
	const Elf64_Shdr *s = &m->sections[i];
	u64 bytes = file_bytes(s);

	if (s->sh_type == SHT_NULL && (s->sh_size || s->sh_flags))
		return refuse(m, "section without a type");
	if (s->sh_addralign & (s->sh_addralign - 1) || s->sh_addralign > ELF_MODULE_MAX_ALIGN)
		return refuse(m, "section with a bad alignment");
	if (!range_ok(s->sh_offset, bytes, m->size))
		return refuse(m, "section outside the file");
	if (s->sh_size > ELF_MODULE_MAX_SECTION)
		return refuse(m, "section too large");
	if (overlap(s->sh_offset, bytes, 0, sizeof(Elf64_Ehdr)) ||
	    overlap(s->sh_offset, bytes, m->header->e_shoff,
		    (u64)m->nr_sections * sizeof(Elf64_Shdr)))
		return refuse(m, "section overlaps the headers");
	if (s->sh_flags & SHF_ALLOC && s->sh_flags & SHF_WRITE && s->sh_flags & SHF_EXECINSTR)
		return refuse(m, "section both writable and executable");
	return 0;
}

/* Sorted by their place in the file, which most of them are already, each must begin behind the one before. */
static int check_overlaps(struct elf_module *m)
{
	u16 order[ELF_MODULE_MAX_SECTIONS];
	unsigned int nr = 0, at;
	u64 end = 0;

	for (unsigned int i = 1; i < m->nr_sections; i++) {
		if (!file_bytes(&m->sections[i]))
			continue;
		for (at = nr++;
		     at && m->sections[order[at - 1]].sh_offset > m->sections[i].sh_offset; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	for (unsigned int i = 0; i < nr; i++) {
		const Elf64_Shdr *s = &m->sections[order[i]];

		if (s->sh_offset < end)
			return refuse(m, "sections overlap");
		end = s->sh_offset + s->sh_size;
	}
	return 0;
}

/* A table of strings: not empty, with a zero at the end. */
static bool strings_ok(const struct elf_module *m, unsigned int section)
{
	const Elf64_Shdr *s = &m->sections[section];

	return section < m->nr_sections && s->sh_type == SHT_STRTAB && s->sh_size &&
	       !m->image[s->sh_offset + s->sh_size - 1];
}

static int check_names(struct elf_module *m)
{
	const Elf64_Shdr *names = &m->sections[m->header->e_shstrndx];

	if (!strings_ok(m, m->header->e_shstrndx))
		return refuse(m, "section names are not strings");
	for (unsigned int i = 0; i < m->nr_sections; i++)
		if (m->sections[i].sh_name >= names->sh_size)
			return refuse(m, "section name outside its table");
	m->section_names = (const char *)m->image + names->sh_offset;
	return 0;
}

static int find_symbols(struct elf_module *m)
{
	const Elf64_Shdr *s;

	for (unsigned int i = 1; i < m->nr_sections; i++) {
		if (m->sections[i].sh_type != SHT_SYMTAB)
			continue;
		if (m->symbol_table)
			return refuse(m, "two symbol tables");
		m->symbol_table = i;
	}
	if (!m->symbol_table)
		return refuse(m, "no symbol table");
	s = &m->sections[m->symbol_table];
	if (s->sh_entsize != sizeof(Elf64_Sym) || !s->sh_size || s->sh_size % sizeof(Elf64_Sym) ||
	    s->sh_offset % 8)
		return refuse(m, "bad symbol table");
	if (s->sh_link >= m->nr_sections || !strings_ok(m, s->sh_link))
		return refuse(m, "symbol names are not strings");
	m->symbols = (const Elf64_Sym *)(m->image + s->sh_offset);
	m->nr_symbols = s->sh_size / sizeof(Elf64_Sym);
	m->names = (const char *)m->image + m->sections[s->sh_link].sh_offset;
	return 0;
}

static int check_symbols(struct elf_module *m)
{
	u64 names_size = m->sections[m->sections[m->symbol_table].sh_link].sh_size;

	for (unsigned int i = 0; i < m->nr_symbols; i++) {
		const Elf64_Sym *sym = &m->symbols[i];

		if (sym->st_name >= names_size)
			return refuse(m, "symbol name outside its table");
		if (sym->st_shndx == SHN_UNDEF || sym->st_shndx == SHN_ABS)
			continue;
		if (sym->st_shndx == SHN_COMMON)
			return refuse(m, "common symbol (build with -fno-common)");
		if (sym->st_shndx >= m->nr_sections)
			return refuse(m, "symbol in no section");
		if (!range_ok(sym->st_value, 0, m->sections[sym->st_shndx].sh_size))
			return refuse(m, "symbol outside its section");
	}
	return 0;
}

/* Bytes of each type of relocation that is allowed. */
static const u8 relocation_sizes[] = {
	[R_X86_64_64] = 8,  [R_X86_64_PC64] = 8, [R_X86_64_32] = 4,
	[R_X86_64_32S] = 4, [R_X86_64_PC32] = 4, [R_X86_64_PLT32] = 4,
};

unsigned int elf_relocation_size(unsigned int type)
{
	return type < sizeof(relocation_sizes) ? relocation_sizes[type] : 0;
}

static int check_entry(struct elf_module *m, const Elf64_Rela *rela, u64 size)
{
	unsigned int type = ELF64_R_TYPE(rela->r_info), bytes = elf_relocation_size(type);

	if (ELF64_R_SYM(rela->r_info) >= m->nr_symbols)
		return refuse(m, "relocation with no such symbol");
	if (type == R_X86_64_NONE)
		return 0;
	if (!bytes)
		return refuse(m, "relocation of a type that the kit does not allow");
	return range_ok(rela->r_offset, bytes, size) ? 0
						     : refuse(m, "relocation outside its section");
}

/* The relocations of one section that is loaded. Most are told to be sound by four comparisons. */
static int check_entries(struct elf_module *m, const Elf64_Shdr *s)
{
	const Elf64_Rela *rela = (const Elf64_Rela *)(m->image + s->sh_offset),
			 *end = rela + s->sh_size / sizeof(*rela);
	u64 size = m->sections[s->sh_info].sh_size, end_of_symbols = (u64)m->nr_symbols << 32;
	/* there the longest one fits */
	u64 before = size >= sizeof(u64) ? size - (sizeof(u64) - 1) : 0;

	for (; rela < end; rela++) {
		u64 info = rela->r_info;
		u32 type = (u32)info;

		if (info < end_of_symbols && type < sizeof(relocation_sizes) &&
		    relocation_sizes[type] && rela->r_offset < before)
			continue;
		if (check_entry(m, rela, size))
			return -ENOEXEC;
	}
	return 0;
}

static int check_relocations(struct elf_module *m)
{
	int error = 0;

	for (unsigned int i = 1; !error && i < m->nr_sections; i++) {
		const Elf64_Shdr *s = &m->sections[i];

		if (s->sh_type == SHT_REL)
			return refuse(m, "relocations without addend");
		if (s->sh_type != SHT_RELA)
			continue;
		if (s->sh_entsize != sizeof(Elf64_Rela) || s->sh_size % sizeof(Elf64_Rela) ||
		    s->sh_offset % 8 || s->sh_link != m->symbol_table || !s->sh_info ||
		    s->sh_info >= m->nr_sections)
			return refuse(m, "bad relocation section");
		if (!(m->sections[s->sh_info].sh_flags & SHF_ALLOC))
			continue;
		if (m->sections[s->sh_info].sh_type == SHT_NOBITS)
			return refuse(m, "relocations of a section without bytes");
		error = check_entries(m, s);
	}
	return error;
}

int elf_module_open(struct elf_module *m, const void *image, size_t size)
{
	int error;

	*m = (struct elf_module){ .image = image, .size = size, .header = image };
	error = check_header(m);
	if (error)
		return error;
	m->sections = (const Elf64_Shdr *)(m->image + m->header->e_shoff);
	m->nr_sections = m->header->e_shnum;
	if (m->sections[0].sh_type != SHT_NULL)
		return refuse(m, "first section is not empty");
	for (unsigned int i = 1; !error && i < m->nr_sections; i++)
		error = check_section(m, i);
	if (!error)
		error = check_overlaps(m);
	if (!error)
		error = check_names(m);
	if (!error)
		error = find_symbols(m);
	if (!error)
		error = check_symbols(m);
	if (!error)
		error = check_relocations(m);
	return error;
}

unsigned int elf_module_section(const struct elf_module *m, const char *name)
{
	for (unsigned int i = 1; i < m->nr_sections; i++)
		if (!strcmp(elf_section_name(m, i), name))
			return i;
	return 0;
}

static int put32(void *where, u64 value, bool sign_extends)
{
	u32 low = (u32)value;

	if (value != (sign_extends ? (u64)(s64)(s32)low : (u64)low))
		return -ERANGE;
	memcpy(where, &low, sizeof(low));
	return 0;
}

int elf_relocate(void *where, u64 address, unsigned int type, u64 value)
{
	switch (type) {
	case R_X86_64_PC64: value -= address; fallthrough;
	case R_X86_64_64: memcpy(where, &value, sizeof(value)); return 0;
	case R_X86_64_32: return put32(where, value, false);
	case R_X86_64_32S: return put32(where, value, true);
	case R_X86_64_PC32:
	case R_X86_64_PLT32: return put32(where, value - address, true);
	default: return -ENOEXEC;
	}
}
