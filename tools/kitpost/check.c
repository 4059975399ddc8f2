// SPDX-License-Identifier: MIT
/*
 * A finished module: the loader's own check of the file, and what the loader cannot see or sees too late for its author: sections that have
 * no business in a module, code that runs after init and refers to what is freed with it, addresses of functions without ENDBR.
 */
#include "kitpost.h"

#include <stdlib.h>
#include <string.h>

#include "../../include/lib/module_words.h"

static int starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/*
 * Built for a KASAN kernel, which calls the constructors by which such code makes its variables known. Its frames hold the addresses of their
 * functions, for reports.
 */
static int is_for_kasan(const struct object *o)
{
	for (size_t i = 1; i < o->nr_symbols; i++)
		if (o->symbols[i].st_shndx == SHN_UNDEF &&
		    starts_with(symbol_name(o, i), "__asan_"))
			return 1;
	return 0;
}

static int is_constructors(const char *section)
{
	return starts_with(section, ".init_array") || starts_with(section, ".fini_array");
}

static int is_init(const struct object *o, unsigned int section)
{
	return starts_with(section_name(o, section), ".init.");
}

/* --- sections --- */

static const struct {
	const char *name, *why;
} forbidden[] = {
	{ ".ctors", "constructors: nobody calls them, use module_init" },
	{ ".dtors", "destructors: nobody calls them, use module_exit" },
	{ ".init_array", "constructors: nobody calls them, use module_init" },
	{ ".fini_array", "destructors: nobody calls them, use module_exit" },
	{ ".preinit_array", "constructors: nobody calls them, use module_init" },
	{ ".tdata", "thread-local data: there is none in a module" },
	{ ".tbss", "thread-local data: there is none in a module" },
	{ ".got", "a table of addresses: build without -fpic" },
	{ ".plt", "a table of calls: build without -fpic" },
	{ ".interp", "it is a program" },
	{ ".dynamic", "it is a shared object" },
	{ ".percpu", "data of each CPU: there is none in a module" },
	{ ".altinstructions", "instructions patched at boot: the kernel's own" },
	{ "__ex_table", "an exception table: the kernel's own" },
};

static void check_sections(const struct object *o)
{
	int for_kasan = is_for_kasan(o);

	for (unsigned int i = 1; i < o->nr_sections; i++) {
		const Elf64_Shdr *s = &o->sections[i];
		const char *name = section_name(o, i);

		if (!(s->sh_flags & SHF_ALLOC))
			continue;
		if ((s->sh_flags & SHF_WRITE) && (s->sh_flags & SHF_EXECINSTR))
			complain("%s: %s: " WORDS_WX, o->path, name);
		if ((s->sh_flags & SHF_EXECINSTR) && !starts_with(name, ".text") &&
		    !starts_with(name, ".init.text"))
			complain("%s: %s: code belongs into .text or .init.text", o->path, name);
		if (!(s->sh_flags & SHF_EXECINSTR) &&
		    (starts_with(name, ".text") || starts_with(name, ".init.text")))
			complain("%s: %s: not executable", o->path, name);
		if (starts_with(name, ".rodata") && (s->sh_flags & SHF_WRITE) && s->sh_size)
			complain("%s: %s: constants that are writable", o->path, name);
		for (size_t n = 0; n < sizeof(forbidden) / sizeof(forbidden[0]); n++)
			if (!strcmp(name, forbidden[n].name) &&
			    !(for_kasan && is_constructors(name)))
				complain("%s: %s: %s", o->path, name, forbidden[n].why);
	}
}

static void check_symbols(const struct object *o)
{
	for (size_t i = 1; i < o->nr_symbols; i++) {
		int type = ELF64_ST_TYPE(o->symbols[i].st_info);

		if (type == STT_TLS)
			complain(
				"%s: %s is thread-local: there is nothing of that kind in a module",
				o->path, symbol_label(o, i));
		if (type == STT_GNU_IFUNC)
			complain("%s: %s is chosen at run time (ifunc): the loader cannot do that",
				 o->path, symbol_label(o, i));
		if (o->symbols[i].st_shndx == SHN_COMMON)
			complain("%s: %s: common symbol (build with -fno-common)", o->path,
				 symbol_label(o, i));
	}
}

/* --- relocations --- */

/* The function that begins at this place, or NULL. */
static const char *function_at(const struct object *o, unsigned int section, uint64_t offset)
{
	for (size_t i = 1; i < o->nr_symbols; i++)
		if (o->symbols[i].st_shndx == section && o->symbols[i].st_value == offset &&
		    ELF64_ST_TYPE(o->symbols[i].st_info) == STT_FUNC)
			return symbol_name(o, i);
	return NULL;
}

static int has_endbr(const struct object *o, unsigned int section, uint64_t offset)
{
	static const unsigned char endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	const Elf64_Shdr *s = &o->sections[section];

	return offset + 4 <= s->sh_size && !memcmp(o->data + s->sh_offset + offset, endbr64, 4);
}

/* An address that is stored, in contrast to a call: it may be branched to indirectly. */
static int takes_address(const struct object *o, const Elf64_Rela *rela, const Elf64_Shdr *place)
{
	const unsigned char *at = (const unsigned char *)o->data + place->sh_offset +
				  rela->r_offset;

	switch (ELF64_R_TYPE(rela->r_info)) {
	case R_X86_64_64:
	case R_X86_64_32:
	case R_X86_64_32S: return 1;
	case R_X86_64_PC32: /* lea function(%rip), register */
		return place->sh_flags & SHF_EXECINSTR && rela->r_offset >= 3 && at[-2] == 0x8d &&
		       (at[-1] & 0xc7) == 5;
	default: return 0;
	}
}

static uint64_t target_offset(const Elf64_Sym *sym, const Elf64_Rela *rela)
{
	int type = ELF64_R_TYPE(rela->r_info);

	return sym->st_value + rela->r_addend +
	       (type == R_X86_64_PC32 || type == R_X86_64_PLT32 ? 4 : 0);
}

/* The descriptor and the debug information may name what init leaves behind; nobody else may. */
static int may_refer_to_init(const struct object *o, unsigned int section)
{
	return is_init(o, section) || !strcmp(section_name(o, section), ".rodata.kit_module");
}

static void check_relocation(const struct object *o, const Elf64_Shdr *s, const Elf64_Rela *rela,
			     int for_kasan)
{
	const Elf64_Shdr *place = &o->sections[s->sh_info];
	size_t index = ELF64_R_SYM(rela->r_info);
	const Elf64_Sym *sym = &o->symbols[index];
	const char *function;
	uint64_t offset;

	if (ELF64_R_TYPE(rela->r_info) != R_X86_64_NONE &&
	    !relocation_bytes(ELF64_R_TYPE(rela->r_info)))
		complain("%s: %s+0x%llx: " WORDS_RELOCATION_TYPE " (type %u, against %s)", o->path,
			 section_name(o, s->sh_info), (unsigned long long)rela->r_offset,
			 (unsigned int)ELF64_R_TYPE(rela->r_info), symbol_label(o, index));
	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx >= o->nr_sections)
		return;
	if (is_init(o, sym->st_shndx) && !may_refer_to_init(o, s->sh_info))
		complain("%s: %s+0x%llx refers to %s in %s, which is freed after init", o->path,
			 section_name(o, s->sh_info), (unsigned long long)rela->r_offset,
			 symbol_label(o, index), section_name(o, sym->st_shndx));
	if (for_kasan || !(o->sections[sym->st_shndx].sh_flags & SHF_EXECINSTR) ||
	    !takes_address(o, rela, place))
		return;
	offset = target_offset(sym, rela);
	function = function_at(o, sym->st_shndx, offset);
	if (function && !has_endbr(o, sym->st_shndx, offset))
		complain(
			"%s: %s: its address is taken and it does not begin with ENDBR64 (build with -fcf-protection=branch)",
			o->path, function);
}

static void check_relocations(const struct object *o)
{
	int for_kasan = is_for_kasan(o);

	for (unsigned int i = 1; i < o->nr_sections; i++) {
		const Elf64_Shdr *s = &o->sections[i];
		const Elf64_Rela *rela = (const Elf64_Rela *)(o->data + s->sh_offset);

		if (s->sh_type != SHT_RELA || s->sh_info >= o->nr_sections ||
		    !(o->sections[s->sh_info].sh_flags & SHF_ALLOC))
			continue;
		for (size_t n = 0; n < s->sh_size / sizeof(*rela); n++)
			check_relocation(o, s, &rela[n], for_kasan);
	}
}

/* --- .modinfo --- */

static int is_one_of(const char *value, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(value, *words))
			return 1;
	return 0;
}

static void check_modinfo(const struct object *o)
{
	static const char *const isolations[] = { "any", "ring0", "ring3", NULL },
				 *const recoveries[] = { "reissue", "abort", "fail", NULL };
	const char *isolation = modinfo_next(o, "isolation", NULL),
		   *recover = modinfo_next(o, "recover", NULL);

	if (!section_by_name(o, ".modinfo"))
		complain("%s: " WORDS_NO_MODINFO, o->path);
	else if (!modinfo_next(o, "name", NULL))
		complain("%s: " WORDS_NO_NAME, o->path);
	if (!modinfo_next(o, "kit", NULL))
		complain("%s: " WORDS_NO_KIT, o->path);
	if (isolation && !is_one_of(isolation, isolations))
		complain("%s: " WORDS_BAD_ISOLATION, o->path, isolation);
	if (recover && !is_one_of(recover, recoveries))
		complain("%s: " WORDS_BAD_RECOVER, o->path, recover);
	if (!section_by_name(o, ".rodata.kit_module"))
		complain("%s: " WORDS_NO_DESCRIPTOR, o->path);
}

void check_module(const char *path)
{
	int before = nr_errors;
	const char *reason;
	struct object o;

	object_open(&o, path);
	check_sections(&o);
	check_symbols(&o);
	check_relocations(&o);
	check_modinfo(&o);
	check_code(&o);
	reason = file_refusal(o.data, o.size);
	if (reason && nr_errors == before)
		complain("%s: %s", path, reason);
	free(o.data);
}
