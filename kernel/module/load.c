// SPDX-License-Identifier: MIT
/*
 * Loading: from a byte buffer to a module whose init can be called.
 *
 *	elf_module_open		the file is sound (lib/elf_module.c)
 *	check_modinfo		it was built for this kit
 *	resolve			every import exists and may be used by it
 *	lay_out, copy		its memory, by protection
 *	relocate		bytes get their addresses
 *	check_descriptor	its tables lie inside it
 *	seal			W^X
 *	publish, start		it is on the list, init runs
 *
 * Everything that can be refused is refused before the module is published. load_info lives for the load only.
 */
#include "internal.h"

#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/wait.h>
#include <lib/elf_module.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/rculist.h>
#include <lib/string.h>
#include <mm/slab.h>

struct load_info {
	struct elf_module elf;
	struct module *module;
	const char *name;		/* for messages; from .modinfo */
	const char *modinfo;
	size_t modinfo_size;
	u64 *symbols;			/* address of each symbol */
	u64 *sections;			/* address of each section that is loaded, 0: not */
	u8 *region_of;			/* of each section */
	struct list_head uses;
	bool initialised;
};

const char *modinfo_get(const char *modinfo, size_t size, const char *tag, const char *after)
{
	const char *end = modinfo + size, *p = modinfo;
	size_t length = strlen(tag);

	if (after)
		p = after + strlen(after) + 1;
	for (; p < end; p += strlen(p) + 1)
		if (!strncmp(p, tag, length) && p[length] == '=')
			return p + length + 1;
	return NULL;
}

static const char *info_get(struct load_info *info, const char *tag)
{
	return modinfo_get(info->modinfo, info->modinfo_size, tag, NULL);
}

static bool name_is_sound(const char *name)
{
	size_t length = strlen(name);

	if (!length || length > 55)
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name >= 0x7f || *name == '/')
			return false;
	return true;
}

/* The kit's major must be ours, and its minor not newer than ours. */
static int check_kit_version(struct load_info *info)
{
	const char *kit = info_get(info, "kit");
	unsigned long major, minor;
	char *end;

	if (!kit)
		goto bad;
	major = simple_strtoul(kit, &end, 10);
	if (*end != '.')
		goto bad;
	minor = simple_strtoul(end + 1, &end, 10);
	if (*end)
		goto bad;
	if (major != KIT_MAJOR || minor > KIT_MINOR) {
		module_refuse(info->name, "built for kit %lu.%lu, this kernel has kit %u.%u", major, minor, KIT_MAJOR,
			      KIT_MINOR);
		return -ENOEXEC;
	}
	return 0;
bad:
	module_refuse(info->name, "no kit version in .modinfo: not built with the kit");
	return -ENOEXEC;
}

static int check_modinfo(struct load_info *info)
{
	unsigned int section = elf_module_section(&info->elf, ".modinfo");
	const Elf64_Shdr *s = &info->elf.sections[section];
	const char *vermagic;

	info->name = "module";
	if (!section || s->sh_type == SHT_NOBITS || !s->sh_size || info->elf.image[s->sh_offset + s->sh_size - 1]) {
		module_refuse(info->name, "no .modinfo: not built with the kit");
		return -ENOEXEC;
	}
	info->modinfo = (const char *)info->elf.image + s->sh_offset;
	info->modinfo_size = s->sh_size;
	if (!info_get(info, "name") || !name_is_sound(info_get(info, "name"))) {
		module_refuse(info->name, "no usable name in .modinfo");
		return -ENOEXEC;
	}
	info->name = info_get(info, "name");
	vermagic = info_get(info, "vermagic");
	if (!vermagic || strcmp(vermagic, KIT_VERMAGIC)) {
		module_refuse(info->name, "version magic '%s' should be '%s'", vermagic ?: "", KIT_VERMAGIC);
		return -ENOEXEC;
	}
	return check_kit_version(info);
}

/* ---- Imports ---- */

static int resolve_one(struct load_info *info, const Elf64_Sym *sym, u64 *address)
{
	const char *name = info->elf.names + sym->st_name;
	struct symbol_lookup found;
	int error = symbol_find(name, &found);

	if (error == -ENOENT && ELF64_ST_BIND(sym->st_info) == STB_WEAK) {
		*address = 0;
		return 0;
	}
	if (error == -ENOENT)
		module_refuse(info->name, "unknown symbol %s", name);
	else if (error)
		module_refuse(info->name, "symbol %s is not for modules from outside this build", name);
	if (error)
		return error;
	if (found.provider) {
		if (found.provider->state != MODULE_LIVE)
			return -EBUSY;
		error = module_use(info->module, found.provider);
		if (error)
			return error;
	}
	*address = (u64)found.export->address;
	return 0;
}

static int resolve(struct load_info *info)
{
	int error = 0;

	mutex_lock(&module_mutex);
	for (unsigned int i = 1; !error && i < info->elf.nr_symbols; i++) {
		const Elf64_Sym *sym = &info->elf.symbols[i];

		if (sym->st_shndx == SHN_UNDEF && info->elf.names[sym->st_name])
			error = resolve_one(info, sym, &info->symbols[i]);
	}
	mutex_unlock(&module_mutex);
	return error;
}

/* ---- Memory ---- */

static bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/* Which region a section goes to, NR_REGIONS: it is not loaded. */
static int region_for(const struct load_info *info, unsigned int i)
{
	const Elf64_Shdr *s = &info->elf.sections[i];
	bool init = starts_with(elf_section_name(&info->elf, i), ".init");

	if (!(s->sh_flags & SHF_ALLOC) || !s->sh_size || !strcmp(elf_section_name(&info->elf, i), ".modinfo"))
		return NR_REGIONS;
	if (s->sh_flags & SHF_EXECINSTR)
		return init ? REGION_INIT_TEXT : REGION_TEXT;
	if (init)
		return REGION_INIT_DATA;
	return s->sh_flags & SHF_WRITE ? REGION_DATA : REGION_RODATA;
}

/* Offsets first, in info->sections; then the memory. */
static int lay_out(struct load_info *info)
{
	struct module *module = info->module;

	for (unsigned int i = 1; i < info->elf.nr_sections; i++) {
		const Elf64_Shdr *s = &info->elf.sections[i];
		int r = region_for(info, i);

		info->region_of[i] = r;
		if (r == NR_REGIONS)
			continue;
		module->regions[r].size = ALIGN(module->regions[r].size, max_t(u64, s->sh_addralign, 1));
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

static void copy_sections(struct load_info *info)
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
		if (elf_relocate((void *)place, place, type, info->symbols[index] + rela->r_addend)) {
			module_refuse(info->name, "relocation against %s does not fit",
				      info->elf.names + info->elf.symbols[index].st_name);
			return -ENOEXEC;
		}
	}
	return 0;
}

static int relocate(struct load_info *info)
{
	int error = 0;

	for (unsigned int i = 1; !error && i < info->elf.nr_sections; i++) {
		const Elf64_Shdr *s = &info->elf.sections[i];

		if (s->sh_type == SHT_RELA && info->region_of[s->sh_info] != NR_REGIONS)
			error = relocate_section(info, s);
	}
	return error;
}

/* ---- The descriptor: everything it points to lies in the module's own memory of the right kind. ---- */

static bool in_region(const struct module *module, int r, const void *p, size_t size)
{
	const u8 *base = module->regions[r].base, *at = p;

	return base && at >= base && (size_t)(at - base) <= module->regions[r].size &&
	       size <= module->regions[r].size - (at - base);
}

static bool is_string_in(const struct module *module, const char *s)
{
	for (int r = REGION_RODATA; r <= REGION_DATA; r++)
		if (in_region(module, r, s, 1))
			return strnlen(s, module->regions[r].size - ((const u8 *)s - module->regions[r].base)) <
			       module->regions[r].size - ((const u8 *)s - module->regions[r].base);
	return false;
}

static size_t param_size(u8 type)
{
	static const u8 sizes[] = {
		[KIT_PARAM_bool] = 1, [KIT_PARAM_int] = 4, [KIT_PARAM_uint] = 4, [KIT_PARAM_long] = 8, [KIT_PARAM_ulong] = 8,
		[KIT_PARAM_u8] = 1, [KIT_PARAM_u16] = 2, [KIT_PARAM_u32] = 4, [KIT_PARAM_u64] = 8, [KIT_PARAM_charp] = 8,
		[KIT_PARAM_string] = 1,
	};

	return type < ARRAY_SIZE(sizes) ? sizes[type] : 0;
}

static bool params_are_sound(const struct module *module)
{
	const struct kit_module *d = module->descriptor;
	const u8 *p = (const u8 *)d->params, *end = (const u8 *)d->params_end;

	if (p == end)
		return true;
	if (p > end || !in_region(module, REGION_RODATA, p, end - p))
		return false;
	while (p < end) {
		const struct kit_param *param = (const struct kit_param *)p;
		size_t bytes;

		if ((size_t)(end - p) < sizeof(*param) || param->size < sizeof(*param) || param->size % 8 ||
		    param->size > (size_t)(end - p))
			return false;
		bytes = (size_t)param->element_size * max(param->max, 1u);
		if (!param_size(param->type) || param->element_size != param_size(param->type) ||
		    (param->type == KIT_PARAM_string && !param->max) ||
		    !is_string_in(module, param->name) || !in_region(module, REGION_DATA, param->value, bytes) ||
		    (param->count && !in_region(module, REGION_DATA, param->count, sizeof(u32))))
			return false;
		p += param->size;
	}
	return true;
}

static bool exports_are_sound(const struct module *module)
{
	const struct kit_module *d = module->descriptor;

	if (d->exports == d->exports_end)
		return true;
	if (d->exports > d->exports_end ||
	    !in_region(module, REGION_RODATA, d->exports, (const u8 *)d->exports_end - (const u8 *)d->exports) ||
	    ((const u8 *)d->exports_end - (const u8 *)d->exports) % sizeof(*d->exports))
		return false;
	for (const struct kit_export *e = d->exports; e < d->exports_end; e++)
		if (e->size != sizeof(*e) || !is_string_in(module, e->name))
			return false;
	return true;
}

static bool is_code(const struct module *module, const void *p, bool may_be_init)
{
	return !p || in_region(module, REGION_TEXT, p, 1) || (may_be_init && in_region(module, REGION_INIT_TEXT, p, 1));
}

static int check_descriptor(struct load_info *info)
{
	unsigned int section = elf_module_section(&info->elf, ".rodata.kit_module");
	struct module *module = info->module;
	const struct kit_module *d = (const void *)info->sections[section];

	if (!section || info->region_of[section] != REGION_RODATA || info->elf.sections[section].sh_size < sizeof(*d) ||
	    d->size != info->elf.sections[section].sh_size) {
		module_refuse(info->name, "no module descriptor of a known size");
		return -EINVAL;
	}
	module->descriptor = d;
	if (!is_string_in(module, d->name) || strcmp(d->name, info->name) ||
	    !is_code(module, (const void *)d->init, true) || !is_code(module, (const void *)d->exit, false) ||
	    !in_region(module, REGION_DATA, d->self, sizeof(*d->self)) ||
	    !in_region(module, REGION_DATA, d->stack_guard, sizeof(*d->stack_guard)) || !params_are_sound(module) ||
	    !exports_are_sound(module)) {
		module_refuse(info->name, "the module descriptor points outside the module");
		return -EINVAL;
	}
	module->name = d->name;
	return 0;
}

/* ---- What stays behind for people: symbols, sections, .modinfo. ---- */

static bool is_for_backtraces(const struct load_info *info, const Elf64_Sym *sym)
{
	unsigned int type = ELF64_ST_TYPE(sym->st_info);

	return (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE) && sym->st_shndx != SHN_UNDEF &&
	       sym->st_shndx < info->elf.nr_sections && info->elf.names[sym->st_name] &&
	       (info->region_of[sym->st_shndx] == REGION_TEXT || info->region_of[sym->st_shndx] == REGION_INIT_TEXT ||
		info->region_of[sym->st_shndx] == REGION_DATA || info->region_of[sym->st_shndx] == REGION_RODATA);
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
			info->symbols[i], at, (u32)sym->st_size, ELF64_ST_TYPE(sym->st_info) == STT_FUNC ? 't' : 'd',
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
			bytes += sizeof(struct module_section) + strlen(elf_section_name(&info->elf, i)) + 1;
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
		module->sections[module->nr_sections++] = (struct module_section){ at, info->sections[i] };
		at += strlen(name) + 1;
	}
	return 0;
}

static int keep_modinfo(struct load_info *info)
{
	struct module *module = info->module;

	module->modinfo = kmemdup(info->modinfo, info->modinfo_size, GFP_KERNEL);
	if (!module->modinfo)
		return -ENOMEM;
	module->modinfo_size = info->modinfo_size;
	module->version = modinfo_get(module->modinfo, module->modinfo_size, "version", NULL);
	module->srcversion = modinfo_get(module->modinfo, module->modinfo_size, "srcversion", NULL);
	module->param_strings = kcalloc(module_nr_params(module) + 1, sizeof(char *), GFP_KERNEL);
	return module->param_strings ? 0 : -ENOMEM;
}

static int seal(struct module *module)
{
	static const enum module_protection protections[NR_REGIONS] = {
		[REGION_TEXT] = MODULE_MEMORY_RX, [REGION_RODATA] = MODULE_MEMORY_R, [REGION_DATA] = MODULE_MEMORY_RW,
		[REGION_INIT_TEXT] = MODULE_MEMORY_RX, [REGION_INIT_DATA] = MODULE_MEMORY_RW,
	};
	int error = 0;

	for (int r = 0; !error && r < NR_REGIONS; r++)
		if (module->regions[r].base)
			error = module_memory_protect(module->regions[r].base, ALIGN(module->regions[r].size, PAGE_SIZE),
						      protections[r]);
	return error;
}

void module_free_init(struct module *module)
{
	for (int r = REGION_INIT_TEXT; r <= REGION_INIT_DATA; r++) {
		if (module->regions[r].base)
			module_memory_free(module->regions[r].base);
		module->regions[r] = (struct module_region){ 0 };
	}
}

void module_free_memory(struct module *module)
{
	for (int r = 0; r < NR_REGIONS; r++)
		if (module->regions[r].base)
			module_memory_free(module->regions[r].base);
	kvfree(module->symbols);
	kvfree(module->strings);
	kfree(module->sections);
	kfree(module->modinfo);
	kfree(module);
}

/* ---- The whole ---- */

static const char *blacklist = "";

static int set_blacklist(const char *value)
{
	blacklist = value;
	return 0;
}
BOOT_PARAM("module_blacklist", set_blacklist);

static bool is_blacklisted(const char *name)
{
	size_t length = strlen(name), n;

	for (const char *p = blacklist; *p; p += n + (p[n] == ',')) {
		n = strcspn(p, ",");
		if (n == length && parameqn(p, name, n))
			return true;
	}
	return false;
}

static bool is_live(const char *name)
{
	const struct module *module;
	bool live;

	rcu_read_lock();
	module = module_find(name);
	live = module && READ_ONCE(module->state) == MODULE_LIVE;
	rcu_read_unlock();
	return live;
}

static bool is_settled(const char *name)
{
	bool there;

	rcu_read_lock();
	there = module_find(name) != NULL;
	rcu_read_unlock();
	return !there || is_live(name);
}

/* On the list, unless one of that name is there: one that is just coming or going is waited for. */
static int publish(struct load_info *info)
{
	struct module *module = info->module;
	const char *twin;
	int error = 0;

	for (;;) {
		mutex_lock(&module_mutex);
		if (!module_find(module->name))
			break;
		mutex_unlock(&module_mutex);
		error = wait_event_interruptible(&module_wait, is_settled(module->name));
		if (error)
			return error;
		if (is_live(module->name))
			return -EEXIST;
	}
	twin = symbol_duplicate(module->descriptor);
	if (twin) {
		module_refuse(module->name, "exports %s, which is exported already", twin);
		error = -ENOEXEC;
	} else {
		module->state = MODULE_COMING;
		list_add_tail_rcu(&module->node, &modules);
	}
	mutex_unlock(&module_mutex);
	return error;
}

static int allocate_info(struct load_info *info)
{
	int error;

	info->module = kzalloc(sizeof(*info->module), GFP_KERNEL);
	error = info->module ? module_set_up(info->module) : -ENOMEM;
	if (error)
		return error;
	info->symbols = kvzalloc(info->elf.nr_symbols * sizeof(u64), GFP_KERNEL);
	info->sections = kvzalloc(info->elf.nr_sections * (sizeof(u64) + 1), GFP_KERNEL);
	if (!info->symbols || !info->sections)
		return -ENOMEM;
	info->region_of = (u8 *)(info->sections + info->elf.nr_sections);
	memset(info->region_of, NR_REGIONS, info->elf.nr_sections);
	return 0;
}

static int build(struct load_info *info, char *arguments)
{
	struct module *module = info->module;
	int error = resolve(info);

	if (!error)
		error = lay_out(info);
	if (error)
		return error;
	copy_sections(info);
	place_symbols(info);
	error = relocate(info);
	if (!error)
		error = check_descriptor(info);
	if (!error)
		error = keep_modinfo(info);
	if (!error)
		error = keep_sections(info);
	if (!error)
		error = keep_symbols(info);
	if (!error)
		error = module_boot_arguments(module);
	if (!error)
		error = module_parse_arguments(module, arguments);
	if (!error)
		error = seal(module);
	return error;
}

static void undo(struct load_info *info)
{
	struct module *module = info->module;

	if (!module)
		return;
	mutex_lock(&module_mutex);
	module_drop_uses(module);
	mutex_unlock(&module_mutex);
	if (module->param_strings)		/* the descriptor has been found sound */
		module_params_free(module);
	module_free_memory(module);
}

static int load(struct load_info *info, char *arguments)
{
	struct module *module;
	int error = check_modinfo(info);

	if (error)
		return error;
	if (is_blacklisted(info->name)) {
		module_refuse(info->name, "module_blacklist= on the command line names it");
		return -EPERM;
	}
	error = allocate_info(info);
	if (!error)
		error = build(info, arguments);
	if (!error)
		error = publish(info);
	if (error) {
		undo(info);
		return error;
	}
	module = info->module;
	error = module_sysfs_add(module);
	if (error)
		pr_warn("%s: not shown in sysfs: error %d\n", module->name, error);
	return module_start(module);
}

int module_load(const void *image, size_t size, const char *arguments, unsigned int flags)
{
	struct load_info info = { 0 };
	char *copy;
	int error;

	error = elf_module_open(&info.elf, image, size);
	if (error) {
		module_refuse("module", "%s", info.elf.reason);
		return error;
	}
	copy = kstrdup(arguments, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	error = load(&info, copy);
	kfree(copy);
	kvfree(info.symbols);
	kvfree(info.sections);
	return error;
}
