// SPDX-License-Identifier: MIT
/*
 * Imports of a module: each must exist (ENOENT), be visible to it (EPERM), and be of the type that the module was built for (ESRCH).
 *
 * The module's view of a type is a checksum in __versions and, for people, the type itself in .kit_types (name, zero, type, zero, ...),
 * which is not loaded and only read to explain a refusal.
 */
#include "load.h"

#include <lib/module_words.h>
#include <lib/string.h>
#include <mm/slab.h>

static int find_versions(struct load_info *info)
{
	unsigned int section = elf_module_section(&info->elf, "__versions");
	const Elf64_Shdr *s = &info->elf.sections[section];

	if (!section)
		return 0;
	if (s->sh_type != SHT_PROGBITS || s->sh_size % sizeof(struct module_version) ||
	    s->sh_offset % 8)
		return module_refuse(info->name, -ENOEXEC, NULL, WORDS_VERSIONS);
	info->versions = (const void *)(info->elf.image + s->sh_offset);
	info->nr_versions = s->sh_size / sizeof(struct module_version);
	for (size_t i = 0; i < info->nr_versions; i++)
		if (info->versions[i].name[sizeof(info->versions[i].name) - 1])
			return module_refuse(info->name, -ENOEXEC, NULL, WORDS_VERSIONS);
	return 0;
}

/* The module's own words for the type of an import; NULL: the file does not tell. */
static const char *type_of_import(const struct load_info *info, const char *name)
{
	unsigned int section = elf_module_section(&info->elf, ".kit_types");
	const Elf64_Shdr *s = &info->elf.sections[section];
	const char *p = (const char *)info->elf.image + s->sh_offset, *end = p + s->sh_size;

	if (!section || s->sh_type != SHT_PROGBITS || !s->sh_size || end[-1])
		return NULL;
	while (p < end) {
		const char *type = p + strlen(p) + 1;

		if (type >= end)
			return NULL;
		if (!strcmp(p, name))
			return type;
		p = type + strlen(type) + 1;
	}
	return NULL;
}

static int refuse_type(struct load_info *info, const struct kit_export *export, u32 wanted)
{
	const char *module_type = type_of_import(info, export->name),
		   *kernel_type = symbol_type(export->name);
	const struct kit_version *ours = symbol_version(export, info->kit_minor);
	char *detail = kasprintf(
		GFP_KERNEL,
		"wanted by the module: %s\nfound in the kernel:  %s\n"
		"the two were made from different headers: build the module anew with the kit of this kernel",
		module_type ?: "(the file does not tell)",
		kernel_type ?: "(this kernel does not tell)");

	module_refuse(info->name, -ESRCH, detail, WORDS_CRC, export->name, wanted,
		      ours ? ours->crc : 0);
	kfree(detail);
	return -ESRCH;
}

/* Always for what has no type. */
static int check_type(struct load_info *info, const struct kit_export *export,
		      const struct module_version *wanted)
{
	const struct kit_version *ours;

	if (!wanted)
		return module_refuse(info->name, -ESRCH,
				     "build it with the kit, whose kitpost writes the checksums",
				     WORDS_NO_CRC, export->name);
	ours = symbol_version(export, info->kit_minor);
	if (unlikely(export->versions && export->versions->draft &&
		     export->export_class != KIT_EXPORT_SHAPE &&
		     !(info->drafts & BIT(export->versions->draft % 64))))
		return module_refuse(info->name, -ENOEXEC, BUILD_ANEW, WORDS_NO_DRAFT,
				     export->name);
	if (likely(ours ? wanted->crc == ours->crc
			: !export->versions && wanted->crc == (u32)wanted->crc))
		return 0;
	return refuse_type(info, export, (u32)wanted->crc);
}

struct debug_symbol { const char *prefix, *kernel; };

/* Code that is instrumented in several ways is named by the first of them. NULL: the import is none of instrumented code. */
static const struct debug_symbol *debug_symbol_of(const char *name)
{
	static const struct debug_symbol symbols[] = { DEBUG_SYMBOLS };

	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++)
		if (!strncmp(name, symbols[i].prefix, strlen(symbols[i].prefix)))
			return &symbols[i];
	return NULL;
}

static int refuse_instrumented(struct load_info *info, const char *name,
			       const struct debug_symbol *first)
{
	for (unsigned int i = 1; i < info->elf.nr_symbols; i++) {
		const Elf64_Sym *sym = &info->elf.symbols[i];
		const char *other = info->elf.names + sym->st_name;
		const struct debug_symbol *debug = sym->st_shndx == SHN_UNDEF
							   ? debug_symbol_of(other)
							   : NULL;

		if (debug && debug < first && !symbol_find(other)) {
			first = debug;
			name = other;
		}
	}
	return module_refuse(info->name, -ENOENT,
			     "build it without sanitizers, or boot a kernel that has them",
			     WORDS_DEBUG_KERNEL, name, first->kernel);
}

static int refuse_unknown(struct load_info *info, const char *name)
{
	const struct debug_symbol *debug = debug_symbol_of(name);

	if (debug)
		return refuse_instrumented(info, name, debug);
	return module_refuse(
		info->name, -ENOENT,
		"neither this kernel nor a loaded module exports it: load the module that does "
		"(modprobe does), or use a kernel whose kit has it",
		WORDS_UNKNOWN_SYMBOL, name);
}

/*
 * -EAGAIN: the provider's init still runs, and info->awaited is its name. One that died stays as it
 * is, so nobody waits for it.
 */
static int use_provider(struct load_info *info, struct module *provider)
{
	if (READ_ONCE(provider->died))
		return module_refuse(
			info->name, -EBUSY, NULL,
			"%s, which it imports from, died in its init or exit and stays until the next boot",
			provider->name);
	if (provider->state == MODULE_COMING) {
		strscpy(info->awaited, provider->name, sizeof(info->awaited));
		return -EAGAIN;
	}
	return module_use(info->module, provider);
}

static int resolve_one(struct load_info *info, u64 load, const Elf64_Sym *sym, u64 *address)
{
	const char *name = info->elf.names + sym->st_name;
	const struct exported *found = symbol_find(name);
	int error;

	if (!found || found->export->export_class == KIT_EXPORT_SHAPE) {
		*address = 0;
		return ELF64_ST_BIND(sym->st_info) == STB_WEAK ? 0 : refuse_unknown(info, name);
	}
	if (found->export->export_class == KIT_EXPORT_INTERNAL && !info->same_build)
		return module_refuse(info->name, -EPERM,
				     "it is no part of the kit: use what the kit has instead",
				     WORDS_INTERNAL, name);
	error = check_type(info, found->export, found->load == load ? found->wanted : NULL);
	if (!error && found->provider)
		error = use_provider(info, found->provider);
	*address = (u64)found->export->address;
	return error;
}

static bool is_shape(const char *name)
{
	/* lint: clang-analyzer-unix.cstring.NullArg: there are versions, if their number is not 0 */
	return !strncmp(name, "kit_header_", 11) || !strncmp(name, "kit_table_", 10);
}

/*
 * Notes at each symbol what the module expects of it. Pseudo-imports are checked at once: the constants of the headers that the module was
 * compiled with, and the layout of tables that cross without a call.
 */
static int note_versions(struct load_info *info, u64 load)
{
	int error = 0;

	for (size_t i = 0; !error && i < info->nr_versions; i++) {
		const struct module_version *version = &info->versions[i];
		struct exported *found = symbol_find(version->name);

		if (found) {
			found->wanted = version;
			found->load = load;
			if (found->export->export_class == KIT_EXPORT_SHAPE)
				error = check_type(info, found->export, version);
		} else if (is_shape(version->name)) {
			error = refuse_unknown(info, version->name);
		}
	}
	return error;
}

static int resolve_all(struct load_info *info)
{
	static u64 loads; /* module_mutex */
	u64 load;
	int error;

	mutex_lock(&module_mutex);
	load = ++loads;
	error = note_versions(info, load);
	for (unsigned int i = 1; !error && i < info->elf.nr_symbols; i++) {
		const Elf64_Sym *sym = &info->elf.symbols[i];

		if (sym->st_shndx == SHN_UNDEF && info->elf.names[sym->st_name])
			error = resolve_one(info, load, sym, &info->symbols[i]);
	}
	if (error == -EAGAIN)
		module_drop_uses(info->module);
	mutex_unlock(&module_mutex);
	return error;
}

/* Modules are often loaded side by side: a provider that is just starting is waited for, and then all is looked up anew. */
int load_resolve(struct load_info *info)
{
	int error = find_versions(info);

	while (!error) {
		error = resolve_all(info);
		if (error != -EAGAIN)
			break;
		error = wait_event_interruptible(&module_wait, module_is_settled(info->awaited));
	}
	return error;
}
