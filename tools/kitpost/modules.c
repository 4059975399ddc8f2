// SPDX-License-Identifier: MIT
/* What is written for a module: the unit of its types, and NAME.mod.c. */
#include "kitpost.h"

#include <stdlib.h>
#include <string.h>

#include "../../include/lib/module_words.h"

const char *build_id;
int is_in_tree;

struct module {
	struct object object;
	char *path;		   /* without .o */
	char *name;		   /* as the kernel knows it: no folder, _ for - */
	char *depends;		   /* names with commas between */
	unsigned int major, minor; /* of the kit, the lowest that has all it uses */
	int uses_internal, is_ring0;
	/* anchors in the module: headers, tables, its own exports */
	struct kit_types own;
	struct kit_types imports; /* its view of what it imports, from OBJECT.types.o */
};

static const char *output_folder(void)
{
	return getenv("OUT") ? getenv("OUT") : "";
}

static char *module_name_of(const char *where)
{
	const char *base = strrchr(where, '/');
	char *name = text("%s", base ? base + 1 : where);

	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	return name;
}

static void module_open(struct module *module, const char *path)
{
	size_t length = strlen(path);

	if (length < 3 || strcmp(path + length - 2, ".o"))
		die("%s: not an object file", path);
	memset(module, 0, sizeof(*module));
	object_open(&module->object, path);
	module->path = checked(strndup(path, length - 2));
	module->name = module_name_of(module->path);
	module->depends = text("%s", "");
	module->major = kit_major();
	if (strlen(module->name) > 55)
		complain("%s: the name is longer than 55 characters", module->path);
	if (kit_types_read(&module->own, path))
		die("%s: %s (a kit header must be included, and the build needs -g)", path,
		    module->own.error);
}

/* mod.c defines these for each module; see write_mod_c(). */
static int is_supplied(const char *name)
{
	return !strcmp(name, "kit_this_module") || !strcmp(name, "__stack_chk_guard") ||
	       !strncmp(name, "kit_versions_", 13);
}

/* Internal and debug symbols have no types, and neither has what is never called from C (the thunks of indirect branches). */
static int has_type(const struct export *e)
{
	return e && e->class == EXPORT_KIT && strcmp(e->versions, "-");
}

static int is_import(const struct object *o, size_t symbol)
{
	return o->symbols[symbol].st_shndx == SHN_UNDEF && *symbol_name(o, symbol) &&
	       !is_supplied(symbol_name(o, symbol));
}

/* --- the unit of types --- */

/* What a symbol is called in C: kit_NAME is NAME with KIT_SYMBOL. */
static const char *c_name(const char *symbol)
{
	return strncmp(symbol, "kit_", 4) ? symbol : symbol + 4;
}

static void include_headers(FILE *f, const struct module *module)
{
	for (const struct kit_type *type = module->own.first; type; type = type->next)
		if (!strncmp(type->symbol, "kit_header_", 11))
			fprintf(f, "#include <kit/%s.h>\n", type->symbol + 11);
}

static int is_kit_header(const char *header)
{
	return strcmp(header, "-") && !strchr(header, '/');
}

/* A header may be one of the kit's that the module did not include: the compiler calls memcpy by itself. */
static void include_header_of(FILE *f, const struct module *module, const char *symbol,
			      const struct export *e)
{
	char *header;

	if (is_kit_header(e->header)) {
		fprintf(f, "#include <kit/%s.h>\n", e->header);
		return;
	}
	header = header_with(&module->object, c_name(symbol));
	if (header && strstr(header, "/kit/"))
		fprintf(f, "#include <%s>\n", strstr(header, "/kit/") + 1);
	else if (header)
		fprintf(f, "#include \"%s\"\n", header);
	free(header);
}

static void write_unit(const struct module *module)
{
	const struct object *o = &module->object;
	char *content, *path = text("%s.types.c", module->path);
	size_t length;
	FILE *f = checked(open_memstream(&content, &length));

	fputs("/* Made by kitpost; do not edit. It is compiled for its debug information and not linked. */\n#include <kit/abi.h>\n",
	      f);
	include_headers(f, module);
	for (size_t i = 1; i < o->nr_symbols; i++) {
		const struct export *e = is_import(o, i) ? find_export(symbol_name(o, i)) : NULL;

		if (has_type(e))
			include_header_of(f, module, e->symbol, e);
	}
	for (size_t i = 1; i < o->nr_symbols; i++) {
		const struct export *e = is_import(o, i) ? find_export(symbol_name(o, i)) : NULL;

		if (has_type(e))
			fprintf(f, "KIT_TYPE_OF(%s, %s);\n", e->symbol, c_name(e->symbol));
	}
	fclose(f);
	write_if_changed(path, content);
	free(content);
	free(path);
}

/* Modules may import what others of the same build export: those come first. */
static void collect_all(struct module *modules, int count)
{
	const char *out = output_folder();

	for (int i = 0; i < count; i++) {
		const char *path = modules[i].path;

		collect_exports(&modules[i].object, &modules[i].own,
				path + (strncmp(path, out, strlen(out)) ? 0 : strlen(out)));
	}
}

void make_units(int nr_objects, char **objects)
{
	struct module *modules = checked(calloc(nr_objects + 1, sizeof(*modules)));

	for (int i = 0; i < nr_objects; i++)
		module_open(&modules[i], objects[i]);
	collect_all(modules, nr_objects);
	for (int i = 0; i < nr_objects; i++)
		write_unit(&modules[i]);
}

/* --- imports --- */

static int has_item(const char *list, const char *item)
{
	size_t length = strlen(item);

	for (const char *p = list; (p = strstr(p, item)); p += length)
		if ((p == list || p[-1] == ',') && (!p[length] || p[length] == ','))
			return 1;
	return 0;
}

static void add_dependency(struct module *module, const char *where)
{
	char *name = module_name_of(where), *longer;

	if (strcmp(where, "vmlinux") && !has_item(module->depends, name)) {
		longer = text("%s%s%s", module->depends, *module->depends ? "," : "", name);
		free(module->depends);
		module->depends = longer;
	}
	free(name);
}

/* Which kernel has this symbol of instrumented code; NULL: it is none. */
static const char *debug_kernel_of(const char *name)
{
	static const struct {
		const char *prefix, *kernel;
	} symbols[] = { DEBUG_SYMBOLS };

	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		if (!strncmp(name, symbols[i].prefix, strlen(symbols[i].prefix)))
			return symbols[i].kernel;
	return NULL;
}

static void need_version(struct module *module, unsigned int major, unsigned int minor)
{
	if (major == module->major && minor > module->minor)
		module->minor = minor;
	if (major > module->major) {
		module->major = major;
		module->minor = minor;
	}
}

/* Those whose functions are there in ring 0 only, as they say at their heads. */
static int is_ring0_header(const char *header)
{
	return !strcmp(header, "firmware") || !strcmp(header, "ioport") ||
	       !strcmp(header, "pci_host");
}

static void check_import(struct module *module, const Elf64_Sym *sym, const char *name)
{
	const struct export *e = find_export(name);

	if (strlen(name) > 55)
		complain("%s: %s: the name is longer than 55 characters", module->path, name);
	if (!e || e->class == EXPORT_SHAPE) {
		if (ELF64_ST_BIND(sym->st_info) == STB_WEAK)
			return;
		if (debug_kernel_of(name))
			complain("%s: " WORDS_DEBUG_KERNEL, module->path, name,
				 debug_kernel_of(name));
		else
			complain("%s: " WORDS_UNKNOWN_SYMBOL, module->path, name);
		return;
	}
	add_dependency(module, e->where);
	if (e->class == EXPORT_INTERNAL && !build_id)
		complain("%s: " WORDS_INTERNAL, module->path, name);
	module->uses_internal |= e->class == EXPORT_INTERNAL;
	module->is_ring0 |= is_ring0_header(e->header);
	if (e->class == EXPORT_KIT)
		need_version(module, e->major, e->minor);
}

/* Its own view and that of symvers must be one: else the headers are not those of the kernel (or of the module that exports it). */
static void compare_type(const struct module *module, const char *name)
{
	const struct export *e = find_export(name);
	const struct kit_type *type = kit_types_find(&module->imports, name);
	const struct kit_type_version *version;
	uint32_t found;

	if (!has_type(e))
		return;
	version = type ? kit_type_at(type, module->major, module->minor) : NULL;
	if (!version) {
		complain("%s: " WORDS_NO_CRC, module->path, name);
		return;
	}
	found = export_crc(e, module->major, module->minor);
	if (version->crc == found)
		return;
	complain("%s: " WORDS_CRC, module->path, name, version->crc, found);
	for (size_t i = 0; i < version->nr_lines; i++)
		fprintf(stderr, "\t%s%s\n", i ? "" : "wanted by the module: ", version->lines[i]);
}

/* The constants and tables of headers: what the module saw, and what symvers says. */
static void compare_shape(const struct module *module, const struct kit_type *type)
{
	const struct export *e = find_export(type->symbol);
	const struct kit_type_version *version = kit_type_at(type, module->major, module->minor);
	uint32_t found = e ? export_crc(e, module->major, module->minor) : 0;

	if (!e)
		complain("%s: " WORDS_UNKNOWN_SYMBOL, module->path, type->symbol);
	else if (version && version->crc != found) {
		complain("%s: " WORDS_CRC, module->path, type->symbol, version->crc, found);
		fprintf(stderr, "\twanted by the module: %s\n", version->lines[0]);
	}
}

static int is_shape(const struct kit_type *type)
{
	return !strncmp(type->symbol, "kit_table_", 10) ||
	       !strncmp(type->symbol, "kit_header_", 11);
}

/* A header without constants says nothing by its checksum; its draft is recorded in .modinfo all the same. */
static int is_pseudo_import(const struct kit_type *type)
{
	return is_shape(type) && strcmp(kit_type_newest(type)->lines[0], "constants {}");
}

static void check_imports(struct module *module)
{
	const struct object *o = &module->object;
	char *path = text("%s.types.o", module->path);

	for (size_t i = 1; i < o->nr_symbols; i++)
		if (is_import(o, i))
			check_import(module, &o->symbols[i], symbol_name(o, i));
	module->minor = minor_of_tables(o, module->minor);
	for (const struct kit_type *type = module->own.first; type; type = type->next)
		if (is_pseudo_import(type))
			need_version(module, type->versions[0].major, type->versions[0].minor);
	if (kit_types_read(&module->imports, path))
		die("%s: %s", path, module->imports.error);
	for (size_t i = 1; i < o->nr_symbols; i++)
		if (is_import(o, i))
			compare_type(module, symbol_name(o, i));
	for (const struct kit_type *type = module->own.first; type; type = type->next)
		if (is_pseudo_import(type))
			compare_shape(module, type);
	free(path);
}

/* --- srcversion --- */

static uint64_t hash_bytes(uint64_t hash, const char *data, size_t size)
{
	while (size--)
		hash = (hash ^ (unsigned char)*data++) * 0x100000001b3;
	return hash;
}

/* The files of the module's own folder that went into one object, from the .cmd file beside it. */
static uint64_t hash_sources(uint64_t hash, const char *cmd_path, const char *folder)
{
	char *content = read_file(cmd_path, NULL), *word, *rest;
	char *deps = content ? strstr(content, "\ndeps-") : NULL;

	if (!deps) {
		free(content);
		return hash;
	}
	rest = strstr(deps, ":=");
	while (rest && (word = strsep(&rest, " \n")) && strncmp(word, "$(deps-", 7)) {
		size_t size;
		char *source;

		if (strncmp(word, folder, strlen(folder)) || !(source = read_file(word, &size)))
			continue;
		hash = hash_bytes(hash, source, size);
		free(source);
	}
	free(content);
	return hash;
}

/*
 * Tells sources apart, as Linux's does: a hash over the module's own source files. A composite names its parts in its link command, the
 * words that end in .o.
 */
static uint64_t source_version(const struct module *module)
{
	const char *base = strrchr(module->path, '/'), *out = output_folder();
	size_t folder_length = base ? base + 1 - module->path : 0;
	char *folder = checked(strndup(module->path, folder_length)), *source_folder = folder;
	char *path, *content, *word, *rest;
	uint64_t hash = 0xcbf29ce484222325;

	if (*out && !strncmp(folder, out, strlen(out)))
		source_folder += strlen(out);
	path = text("%s.%s.o.cmd", folder, module->path + folder_length);
	hash = hash_sources(hash, path, source_folder);
	content = rest = read_file(path, NULL);
	while (rest && (word = strsep(&rest, " \n"))) {
		size_t length = strlen(word);
		char *part;

		if (length <= folder_length + 2 || strncmp(word, folder, folder_length) ||
		    strcmp(word + length - 2, ".o"))
			continue;
		part = text("%s.%s.cmd", folder, word + folder_length);
		if (strcmp(part, path))
			hash = hash_sources(hash, part, source_folder);
		free(part);
	}
	free(content);
	free(path);
	free(folder);
	return hash;
}

/* --- NAME.mod.c --- */

struct checksum {
	const char *symbol;
	const struct kit_type_version *type; /* NULL: it has none */
};

static int by_symbol(const void *a, const void *b)
{
	return strcmp(((const struct checksum *)a)->symbol, ((const struct checksum *)b)->symbol);
}

/* All that the module relies on: its imports, and the constants and tables of its headers. Sorted. */
static struct checksum *list_checksums(const struct module *module, size_t *count)
{
	const struct object *o = &module->object;
	struct checksum *list;
	size_t room = o->nr_symbols, n = 0;

	for (const struct kit_type *type = module->own.first; type; type = type->next)
		room++;
	list = checked(calloc(room + 1, sizeof(*list)));
	for (const struct kit_type *type = module->own.first; type; type = type->next)
		if (is_pseudo_import(type))
			list[n++] = (struct checksum){
				type->symbol, kit_type_at(type, module->major, module->minor)
			};
	for (size_t i = 1; i < o->nr_symbols; i++) {
		const struct kit_type *type;

		if (!is_import(o, i))
			continue;
		type = kit_types_find(&module->imports, symbol_name(o, i));
		list[n++] = (struct checksum){
			symbol_name(o, i),
			type ? kit_type_at(type, module->major, module->minor) : NULL
		};
	}
	qsort(list, n, sizeof(*list), by_symbol);
	*count = n;
	return list;
}

/* .kit_types: name, zero, type, zero, ... Structures that the types reach stand there as "struct TAG". */
static void write_words(FILE *f, const struct checksum *list, size_t count)
{
	fputs("__asm__(\".section .kit_types, \\\"\\\", @progbits\\n\"\n", f);
	for (size_t i = 0; i < count; i++) {
		const struct kit_type_version *type = list[i].type;

		for (size_t l = 0; type && l < type->nr_lines; l++) {
			const char *line = type->lines[l], *space = strchr(line, ' ');

			if (!l)
				fprintf(f, "\t\".asciz \\\"%s\\\", \\\"%s\\\"\\n\"\n",
					list[i].symbol, line);
			else if (space)
				fprintf(f, "\t\".asciz \\\"%.*s\\\", \\\"%s\\\"\\n\"\n",
					(int)(space + 1 - line + strcspn(space + 1, " ")), line,
					line);
		}
	}
	fputs("\t\".previous\");\n\n", f);
}

static void write_versions(FILE *f, const struct module *module)
{
	size_t count;
	struct checksum *list = list_checksums(module, &count);

	if (count) {
		fputs("static const struct { unsigned long crc; char name[56]; } kit_checksums[]\n"
		      "__used __section(\"__versions\") __aligned(8) = {\n",
		      f);
		for (size_t i = 0; i < count; i++)
			fprintf(f, "\t{ 0x%08x, \"%s\" },\n", list[i].type ? list[i].type->crc : 0,
				list[i].symbol);
		fputs("};\n\n", f);
		write_words(f, list, count);
	}
	free(list);
}

/* The types of the module's own exports, which its table of exports refers to. */
static void write_export_types(FILE *f, const struct module *module)
{
	for (const struct kit_type *type = module->own.first; type; type = type->next) {
		char *entry = text(EXPORT_PREFIX "%s", type->symbol);
		const struct export *e = find_export(type->symbol);

		if (object_symbol(&module->object, entry)) {
			fprintf(f,
				"extern const struct kit_versions kit_versions_%s HIDDEN;\n"
				"const struct kit_versions kit_versions_%s = {\n\t.size = sizeof(struct kit_versions) + %zu * "
				"sizeof(struct kit_version), .draft = %u, .count = %zu, .list = {\n",
				type->symbol, type->symbol, type->nr_versions, e ? e->draft : 0,
				type->nr_versions);
			for (size_t i = 0; i < type->nr_versions; i++)
				fprintf(f, "\t\t{ .major = %u, .minor = %u, .crc = 0x%08x },\n",
					type->versions[i].major, type->versions[i].minor,
					type->versions[i].crc);
			fputs("\t},\n};\n\n", f);
		}
		free(entry);
	}
}

/* Where Debian's depmod looks for what a module exports, and for the checksums of that: absolute symbols __crc_NAME. */
static void write_export_checksums(FILE *f, const struct module *module)
{
	const struct object *o = &module->object;

	for (size_t i = 1; i < o->nr_symbols; i++) {
		const char *name = symbol_name(o, i);
		const struct export *e = strncmp(name, EXPORT_PREFIX, strlen(EXPORT_PREFIX))
						 ? NULL
						 : find_export(name + strlen(EXPORT_PREFIX));

		if (e)
			fprintf(f, "__asm__(\".globl __crc_%s\\n.set __crc_%s, 0x%08x\");\n",
				e->symbol, e->symbol, e->crc);
	}
	fputc('\n', f);
}

static void write_modinfo(FILE *f, const struct module *module)
{
	const struct object *o = &module->object;

	fprintf(f, "MODULE_INFO(srcversion, \"%016llX\");\n",
		(unsigned long long)source_version(module));
	fprintf(f, "MODULE_INFO(depends, \"%s\");\n", module->depends);
	fprintf(f, "MODULE_INFO(name, \"%s\");\n", module->name);
	fprintf(f, "MODULE_INFO(kit, \"%u.%u\");\n", module->major, module->minor);
	for (const struct kit_type *type = module->own.first; type; type = type->next)
		if (!strncmp(type->symbol, "kit_header_", 11) && type->draft)
			fprintf(f, "MODULE_INFO(draft, \"%s:%u\");\n", type->symbol + 11,
				type->draft);
	if (!modinfo_next(o, "isolation", NULL))
		fprintf(f, "MODULE_INFO(isolation, \"%s\");\n", module->is_ring0 ? "ring0" : "any");
	if (!modinfo_next(o, "recover", NULL))
		fputs("MODULE_INFO(recover, \"fail\");\n", f);
	if (is_in_tree)
		fputs("MODULE_INFO(intree, \"Y\");\n", f);
	if (module->uses_internal && build_id)
		fprintf(f, "MODULE_INFO(buildid, \"%s\");\n", build_id);
	write_aliases(f, o);
	fputs("MODULE_INFO(vermagic, KIT_VERMAGIC);\n", f);
}

static const char *or_null(const struct object *o, const char *symbol)
{
	return object_symbol(o, symbol) ? symbol : "NULL";
}

static void write_mod_c(const struct module *module, int is_builtin)
{
	const struct object *o = &module->object;
	char *content, *path = text("%s.mod.c", module->path);
	size_t length;
	FILE *f = checked(open_memstream(&content, &length));

	fprintf(f,
		"/* Made by kitpost; do not edit. */\n"
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
		"\t.kit_major = %u,\n"
		"\t.kit_minor = %u,\n"
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
		module->major, module->minor, module->name, or_null(o, "kit_module_init"),
		or_null(o, "kit_module_exit"));
	write_export_types(f, module);
	if (is_builtin) {
		fprintf(f,
			"static const struct kit_module *const kit_builtin\n"
			"__used __section(\".rodata.ktab_kit_modules\") = &kit_module_descriptor;\n\n");
	} else {
		write_versions(f, module);
		write_export_checksums(f, module);
	}
	write_modinfo(f, module);
	fclose(f);
	write_if_changed(path, content);
	free(path);
	free(content);
}

static void check_description(const struct module *module)
{
	if (!modinfo_next(&module->object, "license", NULL))
		complain("%s: no MODULE_LICENSE", module->path);
}

void make_modules(const char *symvers, int nr_objects, char **objects)
{
	struct module *modules = checked(calloc(nr_objects + 1, sizeof(*modules)));

	for (int i = 0; i < nr_objects; i++)
		module_open(&modules[i], objects[i]);
	collect_all(modules, nr_objects);
	for (int i = 0; i < nr_objects; i++) {
		check_description(&modules[i]);
		check_imports(&modules[i]);
	}
	if (nr_errors)
		return;
	for (int i = 0; i < nr_objects; i++)
		write_mod_c(&modules[i], 0);
	write_symvers(symvers);
}

void make_builtin(const char *path)
{
	struct module module;

	module_open(&module, path);
	check_description(&module);
	write_mod_c(&module, 1);
}
