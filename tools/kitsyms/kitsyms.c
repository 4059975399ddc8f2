// SPDX-License-Identifier: MIT
/*
 * kitsyms: the types of the kit, for the kernel's side.
 *
 *	kitsyms --unit OUT.c HEADER...
 *		write the unit that includes every kit header and has an anchor for each function declared with KIT_SYMBOL or
 *		KIT_PLAIN_SYMBOL; compiled as a module is, it is what all else is read from
 *	kitsyms --types UNIT.o OUT.symtypes
 *		write all types as text
 *	kitsyms --versions UNIT.o OUT.c
 *		write the tables that the kernel is linked with: struct kit_versions of each symbol, and the text of the types
 *	kitsyms --symvers UNIT.o VMLINUX OUT.symvers
 *		list what VMLINUX exports, with checksums
 *	kitsyms --check GOLDEN UNIT.o
 *		fail if a line of the golden file has changed or is gone, with a word about each
 *	kitsyms --frozen UNIT.o
 *		print the golden lines: what stable headers have
 *
 * In each of them --stable before the command takes drafts for stable headers (for tests).
 *
 * A line of symtypes and golden files, with tabs; "-" where a structure has none:
 *
 *	symbol	version	checksum	state	header	type
 *
 * version: 0.0 or the minor version from which on this line holds; state: stable or draftN. A structure's symbol is "struct NAME".
 *
 * A line of a symvers file, with tabs; the newest version's checksum stands in front:
 *
 *	checksum	symbol	vmlinux|module	class	major.minor	header:draft	version:checksum[,version:checksum...]
 *
 * major.minor is the version that introduced the symbol. Classes: EXPORT_KIT, EXPORT_INTERNAL, EXPORT_DEBUG, EXPORT_SHAPE (kit_header_NAME and kit_table_TAG, the pseudo-imports).
 * What has no type (internal and debug symbols, the compilers' thunks) has "-" for header and list.
 */
#include "types.h"
#include "util.h"

#include <ctype.h>
#include <elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char program_name[] = "kitsyms";
static int all_stable;

/* --- the unit --- */

static void blank_comments(char *text)
{
	char *start, *end;

	while ((start = strstr(text, "/*")) && (end = strstr(start, "*/"))) {
		memset(start, ' ', end + 2 - start);
		text = end + 2;
	}
}

static int is_in_directive(const char *text, const char *at)
{
	while (at > text && at[-1] != '\n')
		at--;
	return *at == '#';
}

static void anchor_functions(FILE *out, char *text, const char *macro, const char *prefix)
{
	for (char *at = text; (at = strstr(at, macro)); at++) {
		char *name = at + strlen(macro), *end = strchr(name, ')');

		if (!end || is_in_directive(text, at) ||
		    (at > text && (isalnum((unsigned char)at[-1]) || at[-1] == '_')))
			continue;
		fprintf(out, "KIT_TYPE_OF(%s%.*s, %.*s);\n", prefix, (int)(end - name), name,
			(int)(end - name), name);
	}
}

static void make_unit(const char *path, int nr_headers, char **headers)
{
	char *unit, *text;
	size_t length;
	FILE *out = checked(open_memstream(&unit, &length));

	fputs("/* Made by kitsyms; do not edit. */\n", out);
	for (int i = 0; i < nr_headers; i++) {
		const char *base = strrchr(headers[i], '/');

		fprintf(out, "#include <kit/%s>\n", base ? base + 1 : headers[i]);
	}
	for (int i = 0; i < nr_headers; i++) {
		text = read_file(headers[i], NULL);
		if (!text)
			die("%s: cannot read", headers[i]);
		blank_comments(text);
		fprintf(out, "#line 1 \"%s\"\n", headers[i]);
		anchor_functions(out, text, "KIT_SYMBOL(", "kit_");
		anchor_functions(out, text, "KIT_PLAIN_SYMBOL(", "");
		free(text);
	}
	fclose(out);
	write_if_changed(path, unit);
	free(unit);
}

/* --- text --- */

static unsigned int draft_of(const struct kit_types *types, const struct kit_type *type)
{
	char name[256];
	const struct kit_type *header;

	snprintf(name, sizeof(name), "kit_header_%s", type->header);
	header = kit_types_find(types, name);
	if (!header)
		die("<kit/%s.h> does not end in KIT_HEADER or KIT_HEADER_PLAIN", type->header);
	return all_stable ? 0 : header->draft;
}

struct lines {
	char **line;
	size_t count;
};

static void add_line(struct lines *lines, char *line)
{
	for (size_t i = 0; i < lines->count; i++)
		if (!strcmp(lines->line[i], line)) {
			free(line);
			return;
		}
	lines->line = checked(realloc(lines->line, (lines->count + 1) * sizeof(char *)));
	lines->line[lines->count++] = line;
}

__attribute__((format(printf, 2, 3))) static void print_line(struct lines *lines,
							     const char *format, ...)
{
	va_list args;
	char *line;

	va_start(args, format);
	if (vasprintf(&line, format, args) < 0)
		die("out of memory");
	va_end(args);
	add_line(lines, line);
}

static void list_type(struct lines *functions, struct lines *structures,
		      const struct kit_type *type, unsigned int draft)
{
	char state[32] = "stable";

	if (draft)
		snprintf(state, sizeof(state), "draft%u", draft);
	for (size_t i = 0; i < type->nr_versions; i++) {
		const struct kit_type_version *v = &type->versions[i];

		print_line(functions, "%s\t%u.%u\t0x%08x\t%s\t%s\t%s", type->symbol, v->major,
			   v->minor, v->crc, state, type->header, v->lines[0]);
		for (size_t l = 1; l < v->nr_lines; l++)
			print_line(structures, "%.*s\t%u.%u\t-\t-\t-\t%s",
				   (int)strcspn(strchr(v->lines[l], ' ') + 1, " ") +
					   (int)(strchr(v->lines[l], ' ') + 1 - v->lines[l]),
				   v->lines[l], v->major, v->minor, v->lines[l]);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What is stable only, or all. */
static struct lines list_types(const struct kit_types *types, int only_stable)
{
	struct lines functions = { 0 }, structures = { 0 };

	for (const struct kit_type *type = types->first; type; type = type->next) {
		unsigned int draft = draft_of(types, type);

		if (!draft || !only_stable)
			list_type(&functions, &structures, type, draft);
	}
	if (functions.count)
		qsort(functions.line, functions.count, sizeof(char *), by_text);
	if (structures.count)
		qsort(structures.line, structures.count, sizeof(char *), by_text);
	for (size_t i = 0; i < structures.count; i++)
		add_line(&functions, structures.line[i]);
	free(structures.line);
	return functions;
}

static void write_lines(FILE *out, const struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		fprintf(out, "%s\n", lines->line[i]);
}

static void make_symtypes(const struct kit_types *types, const char *path)
{
	struct lines lines = list_types(types, 0);
	char *text;
	size_t length;
	FILE *out = checked(open_memstream(&text, &length));

	write_lines(out, &lines);
	fclose(out);
	write_if_changed(path, text);
	free(text);
}

/* --- the golden file --- */

/* symbol and version: what a line is known by */
static size_t key_length(const char *line)
{
	const char *tab = strchr(line, '\t');

	return tab ? (size_t)(tab - line) + 1 + strcspn(tab + 1, "\t") : strlen(line);
}

static const char *line_with_key(const struct lines *lines, const char *key)
{
	size_t length = key_length(key);

	for (size_t i = 0; i < lines->count; i++)
		if (key_length(lines->line[i]) == length && !strncmp(lines->line[i], key, length))
			return lines->line[i];
	return NULL;
}

static int check_line(const struct lines *now, const char *golden)
{
	const char *found = line_with_key(now, golden);

	if (found && !strcmp(found, golden))
		return 0;
	if (!found) {
		fprintf(stderr, "kitsyms: frozen, and gone:\n  %s\n", golden);
		return 1;
	}
	fprintf(stderr, "kitsyms: frozen, and changed:\n  was %s\n  now %s\n", golden, found);
	return 1;
}

static int check_golden(const struct kit_types *types, const char *golden)
{
	struct lines now = list_types(types, 0);
	char *text = read_file(golden, NULL), *rest = text, *line;
	int nr_bad = 0;

	if (!text)
		die("%s: cannot read", golden);
	while ((line = strsep(&rest, "\n")))
		if (*line && *line != '#')
			nr_bad += check_line(&now, line);
	if (nr_bad)
		fprintf(stderr,
			"kitsyms: %d frozen lines of %s have changed. Modules that are out depend on them: give the new thing a "
			"new name, or append fields behind a new marker (Documentation/abi/policy.md)\n",
			nr_bad, golden);
	free(text);
	return nr_bad != 0;
}

/* --- what the kernel is linked with --- */

/* Symbol and type of a line, as an initialiser. */
static void write_words(FILE *out, const char *line)
{
	fprintf(out, "\t{ \"%.*s\", \"%s\" },\n", (int)strcspn(line, "\t"), line,
		strrchr(line, '\t') + 1);
}

static int is_same_symbol(const char *a, const char *b)
{
	size_t length = strcspn(a, "\t");

	return length == strcspn(b, "\t") && !strncmp(a, b, length);
}

static int is_shape(const struct kit_type *type)
{
	return !strncmp(type->symbol, "kit_header_", 11) ||
	       !strncmp(type->symbol, "kit_table_", 10);
}

static void make_versions(const struct kit_types *types, const char *path)
{
	struct lines lines = list_types(types, 0);
	char *text;
	size_t length;
	FILE *out = checked(open_memstream(&text, &length));

	fputs("/* Made by kitsyms; do not edit. */\n#include <kit/module.h>\n\n", out);
	for (const struct kit_type *type = types->first; type; type = type->next) {
		fprintf(out,
			"const struct kit_versions kit_versions_%s = {\n\t.size = sizeof(struct kit_versions) + %zu * "
			"sizeof(struct kit_version), .draft = %u, .count = %zu, .list = {\n",
			type->symbol, type->nr_versions, draft_of(types, type), type->nr_versions);
		for (size_t i = 0; i < type->nr_versions; i++)
			fprintf(out, "\t\t{ .major = %u, .minor = %u, .crc = 0x%08x },\n",
				type->versions[i].major, type->versions[i].minor,
				type->versions[i].crc);
		fputs("\t},\n};\n", out);
		if (is_shape(type))
			fprintf(out, "KIT_EXPORT_SHAPE_ENTRY(%s);\n", type->symbol);
	}
	fputs("\n/* The newest types in words, for who asks why a module was refused. Sorted. */\nextern const char *const kit_type_words[][2];\nextern const unsigned int nr_kit_type_words;\nconst char *const kit_type_words[][2] = {\n",
	      out);
	if (lines.count)
		qsort(lines.line, lines.count, sizeof(char *), by_text);
	for (size_t i = 0; i < lines.count; i++)
		if (i + 1 == lines.count || !is_same_symbol(lines.line[i], lines.line[i + 1]))
			write_words(out, lines.line[i]);
	fputs("};\nconst unsigned int nr_kit_type_words = sizeof(kit_type_words) / sizeof(kit_type_words[0]);\n",
	      out);
	fclose(out);
	write_if_changed(path, text);
	free(text);
}

/* --- symvers --- */

#define EXPORT_PREFIX "kit_export_"

/* struct kit_export. */
struct export_entry {
	uint32_t size;
	uint8_t class, major, minor, reserved;
	uint64_t address, name, versions;
};

static const char *const class_names[] = { "EXPORT_KIT", "EXPORT_INTERNAL", "EXPORT_DEBUG", "EXPORT_SHAPE" };

static void list_export(struct lines *lines, const struct kit_types *types, const char *symbol,
			const struct export_entry *entry)
{
	const struct kit_type *type = kit_types_find(types, symbol);
	char *versions = NULL;
	size_t length;
	FILE *list;

	if (!entry->versions) {
		print_line(lines, "0x00000000\t%s\tvmlinux\t%s\t%u.%u\t-\t-", symbol,
			   class_names[entry->class], entry->major, entry->minor);
		return;
	}
	if (!type)
		die("%s is exported but no kit header declares it", symbol);
	list = checked(open_memstream(&versions, &length));
	for (size_t i = 0; i < type->nr_versions; i++)
		fprintf(list, "%s%u.%u:0x%08x", i ? "," : "", type->versions[i].major,
			type->versions[i].minor, type->versions[i].crc);
	fclose(list);
	print_line(lines, "0x%08x\t%s\tvmlinux\t%s\t%u.%u\t%s:%u\t%s", kit_type_newest(type)->crc,
		   symbol, class_names[entry->class], entry->major, entry->minor, type->header,
		   draft_of(types, type), versions);
	free(versions);
}

static const void *bytes_of(const char *data, const Elf64_Shdr *sections, const Elf64_Ehdr *head,
			    const Elf64_Sym *symbol)
{
	const Elf64_Shdr *section = &sections[symbol->st_shndx];

	if (symbol->st_shndx >= head->e_shnum || section->sh_type != SHT_PROGBITS)
		return NULL;
	return data + section->sh_offset + symbol->st_value -
	       (head->e_type == ET_REL ? 0 : section->sh_addr);
}

static void list_exports(struct lines *lines, const struct kit_types *types, const char *path)
{
	char *data = read_file(path, NULL);
	const Elf64_Ehdr *head = (Elf64_Ehdr *)data;
	const Elf64_Shdr *sections;

	if (!data || memcmp(data, ELFMAG, SELFMAG))
		die("%s: no ELF file", path);
	sections = (Elf64_Shdr *)(data + head->e_shoff);
	for (int s = 0; s < head->e_shnum; s++) {
		const Elf64_Sym *symbols = (Elf64_Sym *)(data + sections[s].sh_offset);
		const char *names = data + sections[sections[s].sh_link].sh_offset;

		if (sections[s].sh_type != SHT_SYMTAB)
			continue;
		for (size_t i = 0; i < sections[s].sh_size / sizeof(*symbols); i++) {
			const char *name = names + symbols[i].st_name;
			const struct export_entry *entry;

			if (strncmp(name, EXPORT_PREFIX, strlen(EXPORT_PREFIX)) ||
			    !strncmp(name, EXPORT_PREFIX "name_", 16))
				continue;
			entry = bytes_of(data, sections, head, &symbols[i]);
			if (!entry || entry->class >= sizeof(class_names) / sizeof(class_names[0]))
				die("%s: %s is no export entry", path, name);
			list_export(lines, types, name + strlen(EXPORT_PREFIX), entry);
		}
	}
	free(data);
}

static int by_symbol(const void *a, const void *b)
{
	return strcmp(strchr(*(char *const *)a, '\t'), strchr(*(char *const *)b, '\t'));
}

static void make_symvers(const struct kit_types *types, const char *vmlinux, const char *path)
{
	struct lines lines = { 0 };
	char *text;
	size_t length;
	FILE *out = checked(open_memstream(&text, &length));

	list_exports(&lines, types, vmlinux);
	if (lines.count)
		qsort(lines.line, lines.count, sizeof(char *), by_symbol);
	write_lines(out, &lines);
	fclose(out);
	write_if_changed(path, text);
	free(text);
}

static void read_types(struct kit_types *types, const char *object)
{
	if (kit_types_read(types, object))
		die("%s", types->error);
	if (!types->first)
		die("%s: no anchors of the kit (not made by --unit?)", object);
}

int main(int argc, char **argv)
{
	struct kit_types types;
	struct lines lines;

	if (argc > 1 && !strcmp(argv[1], "--stable")) {
		all_stable = 1;
		argc--;
		argv++;
	}
	if (argc >= 4 && !strcmp(argv[1], "--unit")) {
		make_unit(argv[2], argc - 3, argv + 3);
	} else if (argc == 4 && !strcmp(argv[1], "--types")) {
		read_types(&types, argv[2]);
		make_symtypes(&types, argv[3]);
	} else if (argc == 4 && !strcmp(argv[1], "--versions")) {
		read_types(&types, argv[2]);
		make_versions(&types, argv[3]);
	} else if (argc == 5 && !strcmp(argv[1], "--symvers")) {
		read_types(&types, argv[2]);
		make_symvers(&types, argv[3], argv[4]);
	} else if (argc == 4 && !strcmp(argv[1], "--check")) {
		read_types(&types, argv[3]);
		return check_golden(&types, argv[2]);
	} else if (argc == 3 && !strcmp(argv[1], "--frozen")) {
		read_types(&types, argv[2]);
		lines = list_types(&types, 1);
		write_lines(stdout, &lines);
	} else {
		die("usage: see the head of tools/kitsyms/kitsyms.c");
	}
	return 0;
}
