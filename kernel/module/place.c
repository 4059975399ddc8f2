// SPDX-License-Identifier: MIT
/*
 * A module's memory: one region for each protection, the file's sections in them, relocated, then sealed. What stays behind for people
 * (symbols for backtraces, addresses of sections for gdb, .modinfo) is copied here too.
 */
#include "load.h"

#include <kernel/lock_graph.h>
#include <lib/kernel.h>
#include <lib/module_words.h>
#include <lib/string.h>
#include <mm/kasan.h>
#include <mm/slab.h>

static bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/* Read in the file, not needed in memory. */
static bool is_for_loader(const char *section)
{
	return !strcmp(section, ".modinfo") || !strcmp(section, "__versions");
}

/* Which region a section goes to, NR_REGIONS: it is not loaded. */
static int region_for(const struct load_info *info, unsigned int i)
{
	const Elf64_Shdr *s = &info->elf.sections[i];
	bool init = starts_with(elf_section_name(&info->elf, i), ".init");

	if (!(s->sh_flags & SHF_ALLOC) || !s->sh_size ||
	    is_for_loader(elf_section_name(&info->elf, i)))
		return NR_REGIONS;
	if (s->sh_flags & SHF_EXECINSTR)
		return init ? REGION_INIT_TEXT : REGION_TEXT;
	if (init)
		return REGION_INIT_DATA;
	return s->sh_flags & SHF_WRITE ? REGION_DATA : REGION_RODATA;
}

/* Offsets first, in info->sections; then the memory. */
int load_lay_out(struct load_info *info)
{
	struct module *module = info->module;

	for (unsigned int i = 1; i < info->elf.nr_sections; i++) {
		const Elf64_Shdr *s = &info->elf.sections[i];
		int r = region_for(info, i);

		info->region_of[i] = r;
		if (r == NR_REGIONS)
			continue;
		module->regions[r].size = ALIGN(module->regions[r].size,
						max_t(u64, s->sh_addralign, 1));
		info->sections[i] = module->regions[r].size;
		module->regions[r].size += s->sh_size;
	}
	for (int r = 0; r < NR_REGIONS; r++) {
		if (!module->regions[r].size)
			continue;
		module->regions[r].base = module_memory_alloc(module->regions[r].size);
		if (!module->regions[r].base)
			return -ENOMEM;
	}
	return 0;
}

void load_copy(struct load_info *info)
{
	for (unsigned int i = 1; i < info->elf.nr_sections; i++) {
		const Elf64_Shdr *s = &info->elf.sections[i];
		int r = info->region_of[i];
		u8 *to;

		if (r == NR_REGIONS)
			continue;
		to = info->module->regions[r].base + info->sections[i];
		info->sections[i] = (u64)to;
		if (s->sh_type == SHT_NOBITS)
			memset(to, 0, s->sh_size);
		else
			memcpy(to, info->elf.image + s->sh_offset, s->sh_size);
	}
}

static void place_symbols(struct load_info *info)
{
	for (unsigned int i = 1; i < info->elf.nr_symbols; i++) {
		const Elf64_Sym *sym = &info->elf.symbols[i];

		if (sym->st_shndx == SHN_ABS)
			info->symbols[i] = sym->st_value;
		else if (sym->st_shndx != SHN_UNDEF)
			info->symbols[i] = info->sections[sym->st_shndx] + sym->st_value;
	}
}

static int relocate_section(struct load_info *info, const Elf64_Shdr *s)
{
	const Elf64_Rela *rela = (const Elf64_Rela *)(info->elf.image + s->sh_offset);
	const Elf64_Rela *end = rela + s->sh_size / sizeof(*rela);
	u64 base = info->sections[s->sh_info];

	for (; rela < end; rela++) {
		u32 index = ELF64_R_SYM(rela->r_info);
		unsigned int type = ELF64_R_TYPE(rela->r_info);
		u64 place = base + rela->r_offset;

		if (type == R_X86_64_NONE)
			continue;
		if (elf_relocate((void *)place, place, type,
				 info->symbols[index] + rela->r_addend)) {
			return module_refuse(
				info->name, -ENOEXEC,
				"its code and data lie farther apart than 2 GiB, or it takes an "
				"address in too few bits",
				WORDS_RELOCATION_FIT,
				info->elf.names + info->elf.symbols[index].st_name);
		}
	}
	return 0;
}

int load_relocate(struct load_info *info)
{
	int error = 0;

	place_symbols(info);
	for (unsigned int i = 1; !error && i < info->elf.nr_sections; i++) {
		const Elf64_Shdr *s = &info->elf.sections[i];

		if (s->sh_type == SHT_RELA && info->region_of[s->sh_info] != NR_REGIONS)
			error = relocate_section(info, s);
	}
	return error;
}

/* ---- What stays behind for people: symbols, sections, .modinfo. ---- */

static bool is_for_backtraces(const struct load_info *info, const Elf64_Sym *sym)
{
	unsigned int type = ELF64_ST_TYPE(sym->st_info);

	return (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE) &&
	       sym->st_shndx != SHN_UNDEF && sym->st_shndx < info->elf.nr_sections &&
	       info->elf.names[sym->st_name] &&
	       (info->region_of[sym->st_shndx] == REGION_TEXT ||
		info->region_of[sym->st_shndx] == REGION_INIT_TEXT ||
		info->region_of[sym->st_shndx] == REGION_DATA ||
		info->region_of[sym->st_shndx] == REGION_RODATA);
}

static int keep_symbols(struct load_info *info)
{
	struct module *module = info->module;
	size_t bytes = 0;
	char *at;

	for (unsigned int i = 1; i < info->elf.nr_symbols; i++) {
		if (!is_for_backtraces(info, &info->elf.symbols[i]))
			continue;
		module->nr_symbols++;
		bytes += strlen(info->elf.names + info->elf.symbols[i].st_name) + 1;
	}
	module->symbols = kvmalloc(module->nr_symbols * sizeof(module->symbols[0]) + 1, GFP_KERNEL);
	module->strings = at = kvmalloc(bytes + 1, GFP_KERNEL);
	if (!module->symbols || !at)
		return -ENOMEM;
	module->nr_symbols = 0;
	for (unsigned int i = 1; i < info->elf.nr_symbols; i++) {
		const Elf64_Sym *sym = &info->elf.symbols[i];
		const char *name = info->elf.names + sym->st_name;

		if (!is_for_backtraces(info, sym))
			continue;
		module->symbols[module->nr_symbols++] = (struct module_symbol){
			info->symbols[i],
			at,
			(u32)sym->st_size,
			ELF64_ST_TYPE(sym->st_info) == STT_FUNC ? 't' : 'd',
		};
		memcpy(at, name, strlen(name) + 1);
		at += strlen(name) + 1;
	}
	return module_sort_symbols(module);
}

static int keep_sections(struct load_info *info)
{
	struct module *module = info->module;
	size_t bytes = 0;
	char *at;

	for (unsigned int i = 1; i < info->elf.nr_sections; i++)
		if (info->region_of[i] != NR_REGIONS)
			bytes += sizeof(struct module_section) +
				 strlen(elf_section_name(&info->elf, i)) + 1;
	module->sections = kmalloc(bytes + 1, GFP_KERNEL);
	if (!module->sections)
		return -ENOMEM;
	for (unsigned int i = 1; i < info->elf.nr_sections; i++)
		if (info->region_of[i] != NR_REGIONS)
			module->nr_sections++;
	at = (char *)&module->sections[module->nr_sections];
	module->nr_sections = 0;
	for (unsigned int i = 1; i < info->elf.nr_sections; i++) {
		const char *name = elf_section_name(&info->elf, i);

		if (info->region_of[i] == NR_REGIONS)
			continue;
		memcpy(at, name, strlen(name) + 1);
		module->sections[module->nr_sections++] = (struct module_section){
			at,
			info->sections[i],
			(u32)info->elf.sections[i].sh_size,
			info->elf.sections[i].sh_type == SHT_NOTE,
		};
		at += strlen(name) + 1;
	}
	return 0;
}

/* A field in the copy that stays. */
static const char *kept_field(const struct load_info *info, enum info_field field)
{
	return info->fields[field] ? info->module->modinfo + (info->fields[field] - info->modinfo)
				   : NULL;
}

static int keep_modinfo(struct load_info *info)
{
	struct module *module = info->module;

	module->modinfo = kmemdup(info->modinfo, info->modinfo_size, GFP_KERNEL);
	if (!module->modinfo)
		return -ENOMEM;
	module->modinfo_size = info->modinfo_size;
	module->out_of_tree = !info->fields[INFO_INTREE];
	module->version = kept_field(info, INFO_VERSION);
	module->srcversion = kept_field(info, INFO_SRCVERSION);
	return 0;
}

int load_keep(struct load_info *info)
{
	int error = keep_modinfo(info);

	if (!error)
		error = keep_sections(info);
	if (!error)
		error = keep_symbols(info);
	return error;
}

int load_seal(struct module *module)
{
	static const enum module_protection protections[NR_REGIONS] = {
		[REGION_TEXT] = MODULE_MEMORY_RX,      [REGION_RODATA] = MODULE_MEMORY_R,
		[REGION_DATA] = MODULE_MEMORY_RW,      [REGION_STUBS] = MODULE_MEMORY_RX,
		[REGION_INIT_TEXT] = MODULE_MEMORY_RX, [REGION_INIT_DATA] = MODULE_MEMORY_RW,
	};
	int error = 0;

	for (int r = 0; !error && r < NR_REGIONS; r++)
		if (module->regions[r].base)
			error = module_memory_protect(module->regions[r].base,
						      ALIGN(module->regions[r].size, PAGE_SIZE),
						      protections[r]);
	return error;
}

#ifdef CONFIG_CONSTRUCTORS
static bool are_code(const struct module_region *text, const u64 *functions, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (functions[i] - (u64)text->base >= text->size)
			return false;
	return true;
}

static bool holds_constructors(const struct load_info *info, unsigned int section)
{
	return info->region_of[section] != NR_REGIONS &&
	       starts_with(elf_section_name(&info->elf, section), ".init_array");
}

int load_check_constructors(const struct load_info *info)
{
	for (unsigned int i = 1; i < info->elf.nr_sections; i++) {
		u64 at = info->sections[i];

		if (holds_constructors(info, i) &&
		    (at % sizeof(u64) ||
		     !are_code(&info->module->regions[REGION_TEXT], (const u64 *)at,
			       info->elf.sections[i].sh_size / sizeof(u64))))
			return module_refuse(info->name, -EINVAL, NULL, WORDS_POINTS_OUTSIDE);
	}
	return 0;
}

void load_construct(const struct load_info *info)
{
	for (unsigned int i = 1; i < info->elf.nr_sections; i++) {
		void (*const *first)(void) = (void *)info->sections[i];

		if (holds_constructors(info, i))
			kasan_call_constructors(first, first + info->elf.sections[i].sh_size /
								       sizeof(u64));
	}
}
#endif

static void free_region(const struct module_region *region)
{
	lock_graph_forget((unsigned long)region->base, ALIGN(region->size, PAGE_SIZE));
	module_memory_free(region->base);
}

/*
 * Another module's code may come to where init was: locks of this one must not share its classes, and module_at() must not find this one there, so the
 * regions are taken from it first. A backtrace that has found them may be looking at them for a grace period more.
 */
void module_free_init(struct module *module)
{
	struct module_region *const init = &module->regions[REGION_INIT_TEXT];
	const struct module_region gone[] = { init[0], init[1] };

	_Static_assert(REGION_INIT_DATA == REGION_INIT_TEXT + 1, "both are taken");
	_Static_assert(LOCK_GRAPH_KEYS <= PAGE_SIZE,
		       "the descriptor's page is there, and not code");
	lock_graph_move((unsigned long)init->base, init->size,
			(unsigned long)module->regions[REGION_RODATA].base);
	init[0] = init[1] = (struct module_region){ 0 };
	synchronize_rcu();
	for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
		if (gone[i].base)
			free_region(&gone[i]);
}

void module_free_memory(struct module *module)
{
	for (int r = 0; r < NR_REGIONS; r++)
		if (module->regions[r].base)
			free_region(&module->regions[r]);
	kvfree(module->calls);
	kvfree(module->symbols);
	kvfree(module->strings);
	kfree(module->sections);
	kfree(module->modinfo);
	kfree(module);
}
