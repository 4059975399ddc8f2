// SPDX-License-Identifier: MIT
/*
 * What a module says of itself: .modinfo (built for which kit, where it may live) and its descriptor. Nothing of it is believed: sizes and
 * types are checked in the file, and once relocated, every pointer must lead into the module's own memory of the right kind.
 *
 * Structures grow at their end. A larger one than this kernel knows is fine while what is new in it is zero; else E2BIG.
 */
#include "load.h"

#include <lib/kernel.h>
#include <lib/module_words.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

/* ---- .modinfo ---- */

const char *modinfo_get(const char *modinfo, size_t size, const char *tag, const char *after)
{
	const char *end = modinfo + size, *p = modinfo;
	size_t length = strlen(tag);

	if (after)
		p = after + strlen(after) + 1;
	for (; p < end; p += strlen(p) + 1)
		if (*p == *tag && !strncmp(p, tag, length) && p[length] == '=')
			return p + length + 1;
	return NULL;
}

/* What the loader wants to know of .modinfo, found in one pass: the first of each. */
static const char *const field_tags[NR_INFO_FIELDS] = {
	[INFO_NAME] = "name",
	[INFO_VERMAGIC] = "vermagic",
	[INFO_KIT] = "kit",
	[INFO_DRAFT] = "draft",
	[INFO_ISOLATION] = "isolation",
	[INFO_RECOVER] = "recover",
	[INFO_BUILDID] = "buildid",
	[INFO_VERSION] = "version",
	[INFO_SRCVERSION] = "srcversion",
	[INFO_INTREE] = "intree",
};

static void find_fields(struct load_info *info)
{
	const char *end = info->modinfo + info->modinfo_size;

	for (const char *p = info->modinfo; p < end; p += strlen(p) + 1) {
		for (int i = 0; i < NR_INFO_FIELDS; i++) {
			const char *tag = field_tags[i];
			size_t length;

			if (*p != *tag || info->fields[i])
				continue;
			length = strlen(tag);
			if (!strncmp(p, tag, length) && p[length] == '=')
				info->fields[i] = p + length + 1;
		}
	}
}

static bool name_is_sound(const char *name)
{
	size_t length = strlen(name);

	if (!length || length > KIT_NAME_MAX)
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name >= 0x7f || *name == '/')
			return false;
	return true;
}

static bool parse_number(const char *text, const char **end, unsigned long *number)
{
	char *stop;

	*number = simple_strtoul(text, &stop, 10);
	*end = stop;
	return stop != text;
}

/* The kit's major must be ours, and its minor not newer than ours. */
static int check_kit_version(struct load_info *info)
{
	const char *kit = info->fields[INFO_KIT];
	unsigned long major, minor;

	if (!kit || !parse_number(kit, &kit, &major) || *kit != '.' ||
	    !parse_number(kit + 1, &kit, &minor) || *kit)
		return module_refuse(info->name, -ENOEXEC, BUILD_ANEW, WORDS_NO_KIT);
	if (major != KIT_MAJOR || minor > KIT_MINOR)
		return module_refuse(
			info->name, -ENOEXEC,
			major == KIT_MAJOR ? "it uses what a later kit has: use a newer kernel, or "
					     "build it for this one"
					   : BUILD_ANEW,
			WORDS_KIT, major, minor, KIT_MAJOR, KIT_MINOR);
	info->kit_minor = minor;
	return 0;
}

/* 0: stable, or not a header of this kernel, whose imports will be missed. */
static unsigned int draft_of(const char *header, size_t length)
{
	char name[KIT_NAME_MAX + 1];
	const struct exported *found;
	unsigned int draft = 0;

	if (snprintf(name, sizeof(name), "kit_header_%.*s", (int)length, header) >=
	    (int)sizeof(name))
		return 0;
	mutex_lock(&module_mutex);
	found = symbol_find(name);
	if (found && found->export->versions)
		draft = found->export->versions->draft;
	mutex_unlock(&module_mutex);
	return draft;
}

/* Draft headers are outside the promise: only the same draft will do. A field is "HEADER:NUMBER". */
static int check_drafts(struct load_info *info)
{
	for (const char *field = info->fields[INFO_DRAFT]; field;
	     field = modinfo_get(info->modinfo, info->modinfo_size, field_tags[INFO_DRAFT],
				 field)) {
		size_t length = strcspn(field, ":");
		unsigned int ours = draft_of(field, length);
		char header[32];
		unsigned long number;
		const char *end;

		if (!length || length >= sizeof(header) || !field[length] ||
		    !parse_number(field + length + 1, &end, &number) || *end)
			return module_refuse(info->name, -ENOEXEC, BUILD_ANEW, WORDS_BAD_DRAFT,
					     field);
		if (ours == number) {
			info->drafts |= BIT(number % 64);
			continue;
		}
		strscpy(header, field, length + 1);
		return ours ? module_refuse(info->name, -ENOEXEC, BUILD_ANEW, WORDS_DRAFT, number,
					    header, ours)
			    : module_refuse(info->name, -ENOEXEC, BUILD_ANEW, WORDS_DRAFT_STABLE,
					    number, header);
	}
	return 0;
}

/* The build id of vmlinux, from its notes. */
bool module_is_own_build(const char *id)
{
	extern const u8 __notes_start[], __notes_end[];
	const u8 *p = __notes_start;

	/* lint: comparePointers: the linker's bounds of one area */
	while (p + sizeof(Elf64_Nhdr) <= __notes_end) {
		const Elf64_Nhdr *note = (const void *)p;
		const u8 *name = p + sizeof(*note), *bytes = name + ALIGN(note->n_namesz, 4);
		char text[2 * 64 + 1] = "";

		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
		    !memcmp(name, "GNU", 4) && note->n_descsz <= 64) {
			for (u32 i = 0; i < note->n_descsz; i++)
				snprintf(text + 2 * i, 3, "%02x", bytes[i]);
			return !strcmp(text, id);
		}
		p = bytes + ALIGN(note->n_descsz, 4);
	}
	return false;
}

static int check_home(struct load_info *info)
{
	const char *isolation = info->fields[INFO_ISOLATION], *recover = info->fields[INFO_RECOVER];

	if (recover && strcmp(recover, "reissue") && strcmp(recover, "abort") &&
	    strcmp(recover, "fail"))
		return module_refuse(info->name, -ENOEXEC, NULL, WORDS_BAD_RECOVER, recover);
	if (!isolation || !strcmp(isolation, "any") || !strcmp(isolation, "ring0"))
		return 0;
	if (!strcmp(isolation, "ring3"))
		return module_refuse(info->name, -ENOEXEC, NULL, WORDS_ISOLATION, isolation);
	return module_refuse(info->name, -ENOEXEC, NULL, WORDS_BAD_ISOLATION, isolation);
}

void load_find_modinfo(struct load_info *info)
{
	unsigned int section = elf_module_section(&info->elf, ".modinfo");
	const Elf64_Shdr *s = &info->elf.sections[section];
	const char *name;

	info->name = "module";
	if (!section || s->sh_type == SHT_NOBITS || !s->sh_size ||
	    info->elf.image[s->sh_offset + s->sh_size - 1])
		return;
	info->modinfo = (const char *)info->elf.image + s->sh_offset;
	info->modinfo_size = s->sh_size;
	find_fields(info);
	name = info->fields[INFO_NAME];
	if (name && name_is_sound(name))
		info->name = name;
}

int load_check_modinfo(struct load_info *info)
{
	const char *vermagic, *build;
	int error;

	if (!info->modinfo)
		return module_refuse(info->name, -ENOEXEC, NULL, WORDS_NO_MODINFO);
	if (info->name != info->fields[INFO_NAME])
		return module_refuse(info->name, -ENOEXEC, NULL, WORDS_NO_NAME);
	vermagic = info->fields[INFO_VERMAGIC];
	if (!vermagic || strcmp(vermagic, KIT_VERMAGIC))
		return module_refuse(info->name, -ENOEXEC, BUILD_ANEW, WORDS_VERMAGIC,
				     vermagic ?: "", KIT_VERMAGIC);
	error = check_kit_version(info);
	if (!error)
		error = check_drafts(info);
	if (!error)
		error = check_home(info);
	build = info->fields[INFO_BUILDID];
	info->same_build = build && module_is_own_build(build);
	return error;
}

/* ---- Tables, in the file ---- */

static size_t param_size(u8 type)
{
	static const u8 sizes[] = {
		[KIT_PARAM_bool] = 1,  [KIT_PARAM_int] = 4,    [KIT_PARAM_uint] = 4,
		[KIT_PARAM_long] = 8,  [KIT_PARAM_ulong] = 8,  [KIT_PARAM_u8] = 1,
		[KIT_PARAM_u16] = 2,   [KIT_PARAM_u32] = 4,    [KIT_PARAM_u64] = 8,
		[KIT_PARAM_charp] = 8, [KIT_PARAM_string] = 1,
	};

	return type < ARRAY_SIZE(sizes) ? sizes[type] : 0;
}

/* Whether relocations touch the bytes from `from` to `to` of a section: then they will not be zero. */
static bool is_relocated(const struct load_info *info, unsigned int section, size_t from, size_t to)
{
	for (unsigned int i = 1; i < info->elf.nr_sections; i++) {
		const Elf64_Shdr *s = &info->elf.sections[i];
		const Elf64_Rela *rela = (const Elf64_Rela *)(info->elf.image + s->sh_offset);

		if (s->sh_type != SHT_RELA || s->sh_info != section)
			continue;
		for (size_t n = 0; n < s->sh_size / sizeof(*rela); n++)
			if (ELF64_R_TYPE(rela[n].r_info) != R_X86_64_NONE &&
			    rela[n].r_offset + 8 > from && rela[n].r_offset < to)
				return true;
	}
	return false;
}

/* One structure of a section of the file: `size` bytes at `at`, of which `known` are known. -E2BIG when more than those are used. */
static int check_tail(struct load_info *info, unsigned int section, size_t at, size_t size,
		      size_t known, const char *what)
{
	const u8 *p = info->elf.image + info->elf.sections[section].sh_offset + at;
	bool used = size > known && is_relocated(info, section, at + known, at + size);

	for (size_t i = known; !used && i < size; i++)
		used = p[i];
	return used ? module_refuse(
			      info->name, -E2BIG,
			      "it uses what a later kit has: use a newer kernel, or build it for this one",
			      WORDS_LARGER, what)
		    : 0;
}

static int check_param(const struct kit_param *param)
{
	u64 bytes = (u64)param->element_size * max(param->max, 1u);

	return !param_size(param->type) || param->element_size != param_size(param->type) ||
			       bytes > ELF_MODULE_MAX_SECTION ||
			       (param->type == KIT_PARAM_string && !param->max)
		       ? -EINVAL
		       : 0;
}

static int check_export(const struct kit_export *export)
{
	return export->export_class > KIT_EXPORT_DEBUG ? -EINVAL : 0;
}

struct table {
	const char *section, *what, *damaged;
	size_t entry_size;
	int (*check)(const void *entry);
};

static const struct table tables[] = {
	{ ".rodata.kit_params", "parameter", WORDS_PARAM_TABLE, sizeof(struct kit_param),
	  (int (*)(const void *))check_param },
	{ ".rodata.kit_exports", "export", WORDS_EXPORT_TABLE, sizeof(struct kit_export),
	  (int (*)(const void *))check_export },
};

/* Entries say their own size, the same for all of a table. */
static bool entries_are_sound(const struct table *table, const u8 *start, size_t size,
			      size_t stride)
{
	for (size_t at = 0; at < size; at += stride)
		if (*(const u32 *)(start + at) != stride || table->check(start + at))
			return false;
	return true;
}

static int check_table(struct load_info *info, const struct table *table)
{
	unsigned int section = elf_module_section(&info->elf, table->section);
	const Elf64_Shdr *s = &info->elf.sections[section];
	const u8 *start = info->elf.image + s->sh_offset;
	size_t stride = 0;
	int error = 0;

	if (!section || !s->sh_size)
		return 0;
	if (s->sh_type != SHT_PROGBITS || s->sh_offset % 8 || s->sh_size < sizeof(u32))
		return module_refuse(info->name, -EINVAL, NULL, "%s", table->damaged);
	stride = *(const u32 *)start;
	if (stride < table->entry_size || stride % 8 || s->sh_size % stride)
		return module_refuse(info->name, -EINVAL, NULL, "%s", table->damaged);
	if (!entries_are_sound(table, start, s->sh_size, stride))
		return module_refuse(info->name, -EINVAL, NULL, "%s", table->damaged);
	for (size_t at = 0; !error && stride > table->entry_size && at < s->sh_size; at += stride)
		error = check_tail(info, section, at, stride, table->entry_size, table->what);
	return error;
}

int load_check_descriptor(struct load_info *info)
{
	unsigned int section = elf_module_section(&info->elf, ".rodata.kit_module");
	const Elf64_Shdr *s = &info->elf.sections[section];
	const struct kit_module *d = (const void *)(info->elf.image + s->sh_offset);
	int error;

	if (!section || s->sh_type != SHT_PROGBITS || !(s->sh_flags & SHF_ALLOC) ||
	    s->sh_flags & (SHF_WRITE | SHF_EXECINSTR) || s->sh_offset % 8 || s->sh_addralign % 8 ||
	    s->sh_size < KIT_MODULE_MIN_SIZE || d->size != s->sh_size)
		return module_refuse(info->name, -EINVAL, BUILD_ANEW, WORDS_NO_DESCRIPTOR);
	error = check_tail(info, section, 0, d->size, sizeof(*d), "module descriptor");
	for (size_t i = 0; !error && i < ARRAY_SIZE(tables); i++)
		error = check_table(info, &tables[i]);
	return error;
}

/* ---- Relocated: everything points into the module's own memory of the right kind ---- */

static bool in_region(const struct module *module, int r, const void *p, size_t size)
{
	const u8 *base = module->regions[r].base, *at = p;

	return base && at >= base && (size_t)(at - base) <= module->regions[r].size &&
	       size <= module->regions[r].size - (at - base);
}

/* A name. Not in data, where the module or a parameter that is written could change it under us. */
static bool is_string_in(const struct module *module, const char *s)
{
	const struct module_region *constants = &module->regions[REGION_RODATA];
	size_t room;

	if (!in_region(module, REGION_RODATA, s, 1))
		return false;
	room = constants->size - ((const u8 *)s - constants->base);
	return strnlen(s, room) < room;
}

/*
 * A table is exactly its section, which check_table() has seen; or it is empty. A relocation may have written what
 * is no pointer, so the entries are looked at once more.
 */
static bool is_table(const struct load_info *info, const struct table *table, const void *start,
		     const void *end)
{
	unsigned int section = elf_module_section(&info->elf, table->section);

	if (start == end)
		return !section || !info->elf.sections[section].sh_size;
	return section && info->region_of[section] == REGION_RODATA &&
	       (u64)start == info->sections[section] &&
	       (u64)end == info->sections[section] + info->elf.sections[section].sh_size &&
	       entries_are_sound(table, start, info->elf.sections[section].sh_size,
				 *(const u32 *)(info->elf.image +
						info->elf.sections[section].sh_offset));
}

static bool params_are_sound(const struct module *module)
{
	const struct kit_module *d = module->descriptor;

	for (const struct kit_param *p = d->params; p < d->params_end; p = param_next(p))
		if (!is_string_in(module, p->name) || !name_is_sound(p->name) ||
		    !in_region(module, REGION_DATA, p->value,
			       (size_t)p->element_size * max(p->max, 1u)) ||
		    (p->count && !in_region(module, REGION_DATA, p->count, sizeof(u32))))
			return false;
	return true;
}

static bool versions_are_sound(const struct module *module, const struct kit_versions *v)
{
	return !v || (in_region(module, REGION_RODATA, v, sizeof(*v)) &&
		      v->size == sizeof(*v) + v->count * sizeof(v->list[0]) &&
		      in_region(module, REGION_RODATA, v, v->size));
}

/* In the order of their names, which the look-up relies on. */
static bool exports_are_sound(const struct module *module)
{
	const struct kit_module *d = module->descriptor;
	const char *last = NULL;

	for (const struct kit_export *e = d->exports; e < d->exports_end;
	     last = e->name, e = export_next(e))
		if (!versions_are_sound(module, e->versions) || !is_string_in(module, e->name) ||
		    !name_is_sound(e->name) || (last && strcmp(last, e->name) >= 0) ||
		    (!in_region(module, REGION_TEXT, e->address, 1) &&
		     !in_region(module, REGION_RODATA, e->address, 1) &&
		     !in_region(module, REGION_DATA, e->address, 1)))
			return false;
	return true;
}

static bool is_code(const struct module *module, const void *p, bool may_be_init)
{
	return !p || in_region(module, REGION_TEXT, p, 1) ||
	       (may_be_init && in_region(module, REGION_INIT_TEXT, p, 1));
}

int load_take_descriptor(struct load_info *info)
{
	unsigned int section = elf_module_section(&info->elf, ".rodata.kit_module");
	struct module *module = info->module;
	const struct kit_module *found = (const void *)info->sections[section];
	struct kit_module *d = &module->descriptor_copy;

	/* One of an older kit is shorter: the rest is zero. */
	memcpy(d, found, min_t(size_t, info->elf.sections[section].sh_size, sizeof(*d)));
	module->descriptor = d;
	if (!is_string_in(module, d->name) || strcmp(d->name, info->name) ||
	    !is_code(module, (const void *)d->init, true) ||
	    !is_code(module, (const void *)d->exit, false) ||
	    !in_region(module, REGION_DATA, d->self, sizeof(*d->self)) ||
	    !in_region(module, REGION_DATA, d->stack_guard, sizeof(*d->stack_guard)) ||
	    !is_table(info, &tables[0], d->params, d->params_end) ||
	    !is_table(info, &tables[1], d->exports, d->exports_end) || !params_are_sound(module) ||
	    !exports_are_sound(module)) {
		module->descriptor = NULL;
		return module_refuse(info->name, -EINVAL, BUILD_ANEW, WORDS_POINTS_OUTSIDE);
	}
	module->name = d->name;
	return 0;
}
