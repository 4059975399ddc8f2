/* SPDX-License-Identifier: MIT */
/*
 * modpost: what a module needs besides its own code.
 *
 *     modpost --modules IN.symvers OUT.symvers OBJECT.o...
 *         write OBJECT.mod.c for each module, and IN with the modules' own exports to OUT
 *     modpost --builtin OBJECT.o
 *         write OBJECT.mod.c of a module that becomes part of vmlinux, whose link checks its symbols
 *
 * OBJECT.mod.c holds the descriptor through which the loader finds all of a module (include/kit/module.h) and
 * the rest of .modinfo: name, vermagic, depends, kit, srcversion. A symbol that nobody exports is an error here,
 * as it would be at load time. A file that would not change is left alone, so that nothing is compiled anew.
 *
 * A line of a .symvers file: checksum, symbol, where (vmlinux or the module's path), class, version; with tabs.
 * tools/kitsyms writes the kernel's, and says all of it.
 */
#include "../tools/kitsyms/types.h"

#include <ctype.h>
#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT_PREFIX "kit_export_"

struct export {
	struct export *next;
	char *symbol, *where;
	uint32_t crc;
	int class, major, minor;
	char *versions;			/* header and list of versions, as they stand in the file; NULL: none */
};

/* The start of struct kit_export; kitpost will check it against DWARF. */
struct export_entry {
	uint32_t size;
	uint8_t class, major, minor, reserved;
	uint64_t address, name, versions;
};

struct elf {
	const char *path;
	char *data;
	size_t size;
	Elf64_Ehdr *ehdr;
	Elf64_Shdr *sections;
	const char *section_names;
	Elf64_Sym *symbols;
	size_t nr_symbols;
	const char *names;
};

static const char *const class_names[] = { "EXPORT_KIT", "EXPORT_INTERNAL", "EXPORT_DEBUG", "EXPORT_SHAPE" };
static struct export *exports;
static int nr_errors;

__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "modpost: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	nr_errors++;
}

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "modpost: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static void *checked(void *p)
{
	if (!p)
		die("out of memory");
	return p;
}

/* --- files --- */

/* NULL if the file does not exist. The text ends in a zero byte. */
static char *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	size_t length = 0, room = 1 << 16;
	char *data;

	if (!f)
		return NULL;
	data = checked(malloc(room));
	for (;;) {
		length += fread(data + length, 1, room - length - 1, f);
		if (ferror(f))
			die("%s: cannot read", path);
		if (length < room - 1)
			break;
		data = checked(realloc(data, room *= 2));
	}
	fclose(f);
	data[length] = 0;
	if (size)
		*size = length;
	return data;
}

static void write_if_changed(const char *path, const char *text)
{
	char *old = read_file(path, NULL);
	FILE *f;

	if (old && !strcmp(old, text)) {
		free(old);
		return;
	}
	free(old);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f))
		die("%s: cannot write", path);
}

/* --- object files: made by our own compiler and linker a moment ago --- */

static void elf_find_symbols(struct elf *elf)
{
	for (size_t i = 0; i < elf->ehdr->e_shnum; i++) {
		Elf64_Shdr *section = &elf->sections[i];

		if (section->sh_type != SHT_SYMTAB)
			continue;
		elf->symbols = (Elf64_Sym *)(elf->data + section->sh_offset);
		elf->nr_symbols = section->sh_size / sizeof(Elf64_Sym);
		elf->names = elf->data + elf->sections[section->sh_link].sh_offset;
		return;
	}
	die("%s: no symbol table", elf->path);
}

static void elf_open(struct elf *elf, const char *path)
{
	*elf = (struct elf){ .path = path };
	elf->data = read_file(path, &elf->size);
	if (!elf->data)
		die("%s: cannot open", path);
	elf->ehdr = (Elf64_Ehdr *)elf->data;
	if (elf->size < sizeof(Elf64_Ehdr) || memcmp(elf->data, ELFMAG, SELFMAG) ||
	    elf->ehdr->e_ident[EI_CLASS] != ELFCLASS64 || elf->ehdr->e_machine != EM_X86_64)
		die("%s: not an x86-64 ELF file", path);
	elf->sections = (Elf64_Shdr *)(elf->data + elf->ehdr->e_shoff);
	elf->section_names = elf->data + elf->sections[elf->ehdr->e_shstrndx].sh_offset;
	elf_find_symbols(elf);
}

static int elf_is_defined(const Elf64_Sym *sym)
{
	return sym->st_shndx != SHN_UNDEF;
}

static int elf_defines(const struct elf *elf, const char *name)
{
	for (size_t i = 0; i < elf->nr_symbols; i++)
		if (elf_is_defined(&elf->symbols[i]) && !strcmp(elf->names + elf->symbols[i].st_name, name))
			return 1;
	return 0;
}

/* The bytes that a symbol of a linked or of a relocatable file stands for. */
static const void *elf_bytes(const struct elf *elf, const Elf64_Sym *sym, size_t size)
{
	const Elf64_Shdr *section;
	uint64_t offset = sym->st_value;

	if (sym->st_shndx >= elf->ehdr->e_shnum)
		return NULL;
	section = &elf->sections[sym->st_shndx];
	if (elf->ehdr->e_type != ET_REL)
		offset -= section->sh_addr;
	if (section->sh_type != SHT_PROGBITS || offset + size > section->sh_size)
		return NULL;
	return elf->data + section->sh_offset + offset;
}

/* --- exports --- */

static struct export *find_export(const char *symbol)
{
	for (struct export *e = exports; e; e = e->next)
		if (!strcmp(e->symbol, symbol))
			return e;
	return NULL;
}

static struct export *add_export(const char *symbol, const char *where)
{
	struct export *e = find_export(symbol);

	if (e) {
		complain("%s is exported by %s and by %s", symbol, e->where, where);
		return e;
	}
	e = checked(calloc(1, sizeof(*e)));
	e->symbol = checked(strdup(symbol));
	e->where = checked(strdup(where));
	e->next = exports;
	exports = e;
	return e;
}

static void collect_type(struct export *e, const struct kit_type *type)
{
	size_t length;
	FILE *f;

	if (!type)
		return;
	e->crc = kit_type_newest(type)->crc;
	f = checked(open_memstream(&e->versions, &length));
	for (size_t i = 0; i < type->nr_versions; i++)
		fprintf(f, "%s%u.%u:0x%08x", i ? "," : "-\t", type->versions[i].major, type->versions[i].minor, type->versions[i].crc);
	fclose(f);
}

static void collect_exports(const struct elf *elf, const struct kit_types *types, const char *where)
{
	for (size_t i = 0; i < elf->nr_symbols; i++) {
		const char *name = elf->names + elf->symbols[i].st_name;
		const struct export_entry *entry;
		struct export *e;

		if (strncmp(name, EXPORT_PREFIX, strlen(EXPORT_PREFIX)) ||
		    ELF64_ST_TYPE(elf->symbols[i].st_info) != STT_OBJECT ||
		    !strncmp(name, EXPORT_PREFIX "name_", strlen(EXPORT_PREFIX "name_")))
			continue;
		entry = elf_bytes(elf, &elf->symbols[i], sizeof(*entry));
		if (!entry || entry->class >= sizeof(class_names) / sizeof(class_names[0]))
			die("%s: %s is no export entry", elf->path, name);
		e = add_export(name + strlen(EXPORT_PREFIX), where);
		e->class = entry->class;
		e->major = entry->major;
		e->minor = entry->minor;
		collect_type(e, kit_types_find(types, e->symbol));
	}
}

static int class_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(class_names) / sizeof(class_names[0]); i++)
		if (!strcmp(class_names[i], name))
			return i;
	return -1;
}

static void read_symvers(const char *path)
{
	char *text = read_file(path, NULL), *line, *rest = text;

	if (!text) {
		fprintf(stderr, "modpost: no %s: imports are not checked; build the kernel first\n", path);
		return;
	}
	while ((line = strsep(&rest, "\n")) && *line) {
		char symbol[256], where[1024], class[32];
		unsigned int crc, major, minor;
		struct export *e;

		if (sscanf(line, "%x\t%255s\t%1023s\t%31s\t%u.%u", &crc, symbol, where, class, &major,
			   &minor) != 6 || class_by_name(class) < 0)
			die("%s: not a line of symbol versions: %s", path, line);
		e = add_export(symbol, where);
		e->crc = crc;
		e->class = class_by_name(class);
		e->major = major;
		e->minor = minor;
		for (int i = 0; line && i < 5; i++)
			line = strchr(line, '\t') ? strchr(line, '\t') + 1 : NULL;
		e->versions = line ? checked(strdup(line)) : NULL;
	}
	free(text);
}

static int by_symbol(const void *a, const void *b)
{
	return strcmp((*(struct export **)a)->symbol, (*(struct export **)b)->symbol);
}

static void write_symvers(const char *path)
{
	struct export **sorted;
	size_t count = 0, length;
	char *text;
	FILE *f;

	for (struct export *e = exports; e; e = e->next)
		count++;
	sorted = checked(calloc(count + 1, sizeof(*sorted)));
	count = 0;
	for (struct export *e = exports; e; e = e->next)
		sorted[count++] = e;
	qsort(sorted, count, sizeof(*sorted), by_symbol);
	f = checked(open_memstream(&text, &length));
	for (size_t i = 0; i < count; i++)
		fprintf(f, "0x%08x\t%s\t%s\t%s\t%d.%d\t%s\n", sorted[i]->crc, sorted[i]->symbol, sorted[i]->where,
			class_names[sorted[i]->class], sorted[i]->major, sorted[i]->minor, sorted[i]->versions ?: "-\t-");
	fclose(f);
	write_if_changed(path, text);
	free(text);
	free(sorted);
}

/* --- modules --- */

struct module {
	struct elf elf;
	char *path;			/* without .o */
	char *name;			/* as the kernel knows it: no folder, _ for - */
	char *depends;			/* names with commas between */
	int minor;			/* of the kit, the lowest that has all its imports */
	struct kit_types types;		/* its anchors: its own exports among them */
};

static void module_open(struct module *module, const char *object)
{
	size_t length = strlen(object);
	const char *base;

	if (length < 3 || strcmp(object + length - 2, ".o"))
		die("%s: not an object file", object);
	memset(module, 0, sizeof(*module));
	elf_open(&module->elf, object);
	module->path = checked(strndup(object, length - 2));
	base = strrchr(module->path, '/');
	module->name = checked(strdup(base ? base + 1 : module->path));
	for (char *p = module->name; *p; p++)
		if (*p == '-')
			*p = '_';
	module->depends = checked(strdup(""));
	if (kit_types_read(&module->types, object))
		die("%s", module->types.error);
}

static char *module_name_of(const char *where)
{
	const char *base = strrchr(where, '/');
	char *name = checked(strdup(base ? base + 1 : where));

	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	return name;
}

static int has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *p = list; (p = strstr(p, word)); p += length)
		if ((p == list || p[-1] == ',') && (!p[length] || p[length] == ','))
			return 1;
	return 0;
}

static void add_dependency(struct module *module, const char *where)
{
	char *name = module_name_of(where), *longer;

	if (strcmp(where, "vmlinux") && !has_word(module->depends, name)) {
		if (asprintf(&longer, "%s%s%s", module->depends, *module->depends ? "," : "", name) < 0)
			die("out of memory");
		free(module->depends);
		module->depends = longer;
	}
	free(name);
}

/* mod.c defines these for each module; see write_mod_c(). */
static int is_supplied(const char *name)
{
	static const char *const supplied[] = { "kit_this_module", "__stack_chk_guard" };

	for (size_t i = 0; i < sizeof(supplied) / sizeof(supplied[0]); i++)
		if (!strcmp(name, supplied[i]))
			return 1;
	return !strncmp(name, "kit_versions_", strlen("kit_versions_"));
}

static void check_imports(struct module *module, int can_check)
{
	for (size_t i = 1; i < module->elf.nr_symbols; i++) {
		const Elf64_Sym *sym = &module->elf.symbols[i];
		const char *name = module->elf.names + sym->st_name;
		const struct export *e;

		if (elf_is_defined(sym) || !*name || is_supplied(name))
			continue;
		e = find_export(name);
		if (e) {
			add_dependency(module, e->where);
			if (e->class == 0 && e->minor > module->minor)
				module->minor = e->minor;
		} else if (can_check && ELF64_ST_BIND(sym->st_info) != STB_WEAK) {
			complain("%s: nobody exports %s", module->path, name);
		}
	}
}

static const char *find_modinfo(const struct elf *elf, const char *tag)
{
	size_t length = strlen(tag);

	for (size_t i = 0; i < elf->ehdr->e_shnum; i++) {
		const Elf64_Shdr *section = &elf->sections[i];
		const char *p = elf->data + section->sh_offset, *end = p + section->sh_size;

		if (strcmp(elf->section_names + section->sh_name, ".modinfo"))
			continue;
		for (; p < end; p += strnlen(p, end - p) + 1)
			if (!strncmp(p, tag, length) && p[length] == '=')
				return p + length + 1;
	}
	return NULL;
}

static uint64_t hash_bytes(uint64_t hash, const char *data, size_t size)
{
	while (size--)
		hash = (hash ^ (unsigned char)*data++) * 0x100000001b3;
	return hash;
}

/* The files of the module's own folder that went into one object, from the .cmd file beside it. */
static uint64_t hash_sources(uint64_t hash, const char *cmd_path, const char *folder)
{
	char *text = read_file(cmd_path, NULL), *word, *rest;
	char *deps = text ? strstr(text, "\ndeps-") : NULL;

	if (!deps)
		return hash;
	rest = strstr(deps, ":=");
	while (rest && (word = strsep(&rest, " \n")) && strncmp(word, "$(deps-", 7)) {
		size_t size;
		char *source;

		if (strncmp(word, folder, strlen(folder)) || !(source = read_file(word, &size)))
			continue;
		hash = hash_bytes(hash, source, size);
		free(source);
	}
	free(text);
	return hash;
}

/*
 * Tells sources apart, as Linux's does: a hash over the module's own source files. A composite names its
 * parts in its link command, the words that end in .o.
 */
static uint64_t source_version(const struct module *module, const char *out)
{
	const char *base = strrchr(module->path, '/');
	size_t folder_length = base ? base + 1 - module->path : 0;
	size_t out_length = strlen(out);
	char *folder = checked(strndup(module->path, folder_length)), *source_folder = folder;
	char *path, *text, *word, *rest;
	uint64_t hash = 0xcbf29ce484222325;

	if (out_length && !strncmp(folder, out, out_length))
		source_folder += out_length;
	if (asprintf(&path, "%s.%s.o.cmd", folder, module->path + folder_length) < 0)
		die("out of memory");
	hash = hash_sources(hash, path, source_folder);
	text = rest = read_file(path, NULL);
	while (rest && (word = strsep(&rest, " \n"))) {
		size_t length = strlen(word);
		char *part;

		if (length <= folder_length + 2 || strncmp(word, folder, folder_length) ||
		    strcmp(word + length - 2, ".o"))
			continue;
		if (asprintf(&part, "%s.%s.cmd", folder, word + folder_length) < 0)
			die("out of memory");
		if (strcmp(part, path))
			hash = hash_sources(hash, part, source_folder);
		free(part);
	}
	free(text);
	free(path);
	free(folder);
	return hash;
}

/* --- aliases of device tables (MODULE_DEVICE_TABLE in kit/module.h) --- */

#define PCI_TABLE	"kit_device_table_pci_"
#define PCI_ANY		0xffff

/* The start of struct pci_id (kit/pci.h). */
struct pci_entry {
	uint32_t size;
	uint16_t vendor, device, subvendor, subdevice;
	uint32_t class_code, class_mask;
};

static void alias_number(FILE *f, const char *letters, unsigned int number, int is_any, int digits)
{
	if (is_any)
		fprintf(f, "%s*", letters);
	else
		fprintf(f, "%s%0*X", letters, digits, number);
}

static void pci_alias(FILE *f, const struct pci_entry *id)
{
	static const char *const letters[] = { "bc", "sc", "i" };

	fprintf(f, "MODULE_INFO(alias, \"pci:");
	alias_number(f, "v", id->vendor, id->vendor == PCI_ANY, 8);
	alias_number(f, "d", id->device, id->device == PCI_ANY, 8);
	alias_number(f, "sv", id->subvendor, id->subvendor == PCI_ANY, 8);
	alias_number(f, "sd", id->subdevice, id->subdevice == PCI_ANY, 8);
	for (int i = 0; i < 3; i++)
		alias_number(f, letters[i], id->class_code >> (16 - 8 * i) & 0xff, (id->class_mask >> (16 - 8 * i) & 0xff) != 0xff, 2);
	fprintf(f, "\");\n");
}

static void write_aliases(FILE *f, const struct elf *elf)
{
	for (size_t i = 0; i < elf->nr_symbols; i++) {
		const Elf64_Sym *sym = &elf->symbols[i];
		const struct pci_entry *id;

		if (strncmp(elf->names + sym->st_name, PCI_TABLE, strlen(PCI_TABLE)))
			continue;
		for (uint64_t at = 0; at < sym->st_size; at += id->size) {
			Elf64_Sym entry = *sym;

			entry.st_value += at;
			id = elf_bytes(elf, &entry, sizeof(*id));
			if (!id || id->size < sizeof(*id))
				die("%s: %s is no table of struct pci_id", elf->path, elf->names + sym->st_name);
			pci_alias(f, id);
		}
	}
}

static const char *or_null(const struct elf *elf, const char *symbol)
{
	return elf_defines(elf, symbol) ? symbol : "NULL";
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What a module carries of the headers that it includes: constants, if there are any, and tables. */
static int is_pseudo_import(const struct kit_type *type)
{
	return !strncmp(type->symbol, "kit_table_", 10) ||
	       (!strncmp(type->symbol, "kit_header_", 11) && strcmp(kit_type_newest(type)->lines[0], "constants {}"));
}

/* The table that the loader compares, sorted by name. */
static void write_versions(FILE *f, const struct elf *elf, const struct kit_types *types, int minor)
{
	const char **names;
	size_t count = 0;

	for (const struct kit_type *type = types->first; type; type = type->next)
		count++;
	names = checked(calloc(elf->nr_symbols + count + 1, sizeof(*names)));
	count = 0;
	for (const struct kit_type *type = types->first; type; type = type->next)
		if (is_pseudo_import(type))
			names[count++] = type->symbol;

	for (size_t i = 1; i < elf->nr_symbols; i++) {
		const char *name = elf->names + elf->symbols[i].st_name;

		if (!elf_is_defined(&elf->symbols[i]) && *name && !is_supplied(name))
			names[count++] = name;
	}
	qsort(names, count, sizeof(*names), by_name);
	if (count)
		fprintf(f, "static const struct { unsigned long crc; char name[56]; } kit_versions[]\n"
			"__used __section(\"__versions\") __aligned(8) = {\n");
	for (size_t i = 0; i < count; i++) {
		const struct export *e = find_export(names[i]);
		const struct kit_type *own = kit_types_find(types, names[i]);

		if (strlen(names[i]) > 55)
			complain("%s: the name is longer than 55 characters", names[i]);
		fprintf(f, "\t{ 0x%08x, \"%s\" },\n", own && kit_type_at(own, 0, minor) ? kit_type_at(own, 0, minor)->crc : e ? e->crc : 0, names[i]);
	}
	if (count)
		fprintf(f, "};\n\n");
	free(names);
}

/* The types of the module's own exports, which its table of exports refers to. */
static void write_export_types(FILE *f, const struct module *module)
{
	for (const struct kit_type *type = module->types.first; type; type = type->next) {
		char *entry;

		if (asprintf(&entry, EXPORT_PREFIX "%s", type->symbol) < 0)
			die("out of memory");
		if (elf_defines(&module->elf, entry)) {
			fprintf(f, "extern const struct kit_versions kit_versions_%s HIDDEN;\n"
				"const struct kit_versions kit_versions_%s = {\n\t.size = sizeof(struct kit_versions) + %zu * "
				"sizeof(struct kit_version), .count = %zu, .list = {\n", type->symbol, type->symbol,
				type->nr_versions, type->nr_versions);
			for (size_t i = 0; i < type->nr_versions; i++)
				fprintf(f, "\t\t{ .major = %u, .minor = %u, .crc = 0x%08x },\n", type->versions[i].major,
					type->versions[i].minor, type->versions[i].crc);
			fprintf(f, "\t},\n};\n\n");
		}
		free(entry);
	}
}

static void write_mod_c(const struct module *module, const char *out, int is_builtin)
{
	const struct elf *elf = &module->elf;
	char *text, *path;
	size_t length;
	FILE *f = checked(open_memstream(&text, &length));

	fprintf(f,
		"/* Made by scripts/modpost; do not edit. */\n"
		"#include <kit/module.h>\n"
		"#include <kit/param.h>\n\n"
		"#define HIDDEN __attribute__((visibility(\"hidden\")))\n\n"
		"struct module *kit_this_module HIDDEN;\n"
		"extern unsigned long __stack_chk_guard HIDDEN;\n"
		"unsigned long __stack_chk_guard;\n"
		"extern int kit_module_init(void) HIDDEN;\n"
		"extern void kit_module_exit(void) HIDDEN;\n"
		"/* Defined by the link of the module. */\n"
		"extern const struct kit_param kit_params_start[] HIDDEN, kit_params_end[] HIDDEN;\n"
		"extern const struct kit_export kit_exports_start[] HIDDEN, kit_exports_end[] HIDDEN;\n\n");
	fprintf(f,
		"static const struct kit_module kit_module_descriptor\n"
		"__used __section(\".rodata.kit_module\") __aligned(8) = {\n"
		"\t.size = sizeof(struct kit_module),\n"
		"\t.kit_major = KIT_MAJOR,\n"
		"\t.kit_minor = %d,\n"
		"\t.name = \"%s\",\n"
		"\t.init = %s,\n"
		"\t.exit = %s,\n"
		"\t.self = &kit_this_module,\n"
		"\t.stack_guard = &__stack_chk_guard,\n"
		"\t.params = kit_params_start,\n"
		"\t.params_end = kit_params_end,\n"
		"\t.exports = kit_exports_start,\n"
		"\t.exports_end = kit_exports_end,\n"
		"};\n\n",
		module->minor, module->name, or_null(elf, "kit_module_init"), or_null(elf, "kit_module_exit"));
	write_export_types(f, module);
	if (is_builtin)
		fprintf(f,
			"static const struct kit_module *const kit_builtin\n"
			"__used __section(\".rodata.ktab_kit_modules\") = &kit_module_descriptor;\n\n");
	if (!is_builtin)
		write_versions(f, elf, &module->types, module->minor);
	fprintf(f,
		"MODULE_INFO(srcversion, \"%016llX\");\n"
		"MODULE_INFO(depends, \"%s\");\n"
		"MODULE_INFO(name, \"%s\");\n"
		"MODULE_INFO(kit, \"%d.%d\");\n"
		"MODULE_INFO(vermagic, KIT_VERMAGIC);\n",
		(unsigned long long)source_version(module, out), module->depends, module->name, 0, module->minor);
	write_aliases(f, elf);
	fclose(f);
	if (asprintf(&path, "%s.mod.c", module->path) < 0)
		die("out of memory");
	write_if_changed(path, text);
	free(path);
	free(text);
}

static void check_description(const struct module *module)
{
	if (!find_modinfo(&module->elf, "license"))
		complain("%s: no MODULE_LICENSE", module->path);
}

static void do_modules(int argc, char **argv, const char *out)
{
	struct module *modules = checked(calloc(argc, sizeof(*modules)));
	FILE *known = fopen(argv[0], "r");
	int can_check = known != NULL;

	if (known)
		fclose(known);
	read_symvers(argv[0]);
	for (int i = 2; i < argc; i++) {
		module_open(&modules[i], argv[i]);
		collect_exports(&modules[i].elf, &modules[i].types, modules[i].path + (strncmp(modules[i].path, out, strlen(out)) ?
								      0 : strlen(out)));
	}
	for (int i = 2; i < argc; i++) {
		check_imports(&modules[i], can_check);
		check_description(&modules[i]);
		write_mod_c(&modules[i], out, 0);
	}
	write_symvers(argv[1]);
}

static void do_builtin(const char *object, const char *out)
{
	struct module module;

	module_open(&module, object);
	check_description(&module);
	write_mod_c(&module, out, 1);
}

int main(int argc, char **argv)
{
	const char *out = getenv("OUT") ? getenv("OUT") : "";

	if (argc >= 4 && !strcmp(argv[1], "--modules"))
		do_modules(argc - 2, argv + 2, out);
	else if (argc == 3 && !strcmp(argv[1], "--builtin"))
		do_builtin(argv[2], out);
	else
		die("usage: see the head of scripts/modpost.c");
	return nr_errors ? 1 : 0;
}
