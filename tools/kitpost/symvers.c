// SPDX-License-Identifier: MIT
/* Lists of exported symbols; tools/kitsyms/kitsyms.c describes their lines. */
#include "kitpost.h"

#include <stdlib.h>
#include <string.h>

static const char *const class_names[] = { "EXPORT_KIT", "EXPORT_INTERNAL", "EXPORT_DEBUG", "EXPORT_SHAPE" };
static struct export *exports;

/* The start of struct kit_export. */
struct export_entry {
	uint32_t size;
	uint8_t class, major, minor, reserved;
};

struct export *find_export(const char *symbol)
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
	e->symbol = text("%s", symbol);
	e->where = text("%s", where);
	e->header = text("-");
	e->versions = text("-");
	e->next = exports;
	exports = e;
	return e;
}

static int class_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(class_names) / sizeof(class_names[0]); i++)
		if (!strcmp(class_names[i], name))
			return i;
	return -1;
}

static void read_line(const char *path, const char *line)
{
	char symbol[256], where[1024], class[32], header[256], versions[4096];
	unsigned int crc, major, minor;
	struct export *e;
	char *draft;

	if (sscanf(line, "%x\t%255s\t%1023s\t%31s\t%u.%u\t%255s\t%4095s", &crc, symbol, where,
		   class, &major, &minor, header, versions) != 8 ||
	    class_by_name(class) < 0)
		die("%s: not a line of symbol versions: %s", path, line);
	e = add_export(symbol, where);
	e->crc = crc;
	e->class = class_by_name(class);
	e->major = major;
	e->minor = minor;
	draft = strchr(header, ':');
	if (draft) {
		*draft = '\0';
		e->draft = atoi(draft + 1);
	}
	e->header = text("%s", header);
	e->versions = text("%s", versions);
}

int read_symvers(const char *path)
{
	char *content = read_file(path, NULL), *line, *rest = content;

	if (!content)
		return 0;
	while ((line = strsep(&rest, "\n")))
		if (*line && *line != '#')
			read_line(path, line);
	free(content);
	return 1;
}

static int by_symbol(const void *a, const void *b)
{
	return strcmp((*(struct export **)a)->symbol, (*(struct export **)b)->symbol);
}

void write_symvers(const char *path)
{
	struct export **sorted;
	size_t count = 0, length;
	char *content;
	FILE *f;

	for (struct export *e = exports; e; e = e->next)
		count++;
	sorted = checked(calloc(count + 1, sizeof(*sorted)));
	count = 0;
	for (struct export *e = exports; e; e = e->next)
		sorted[count++] = e;
	qsort(sorted, count, sizeof(*sorted), by_symbol);
	f = checked(open_memstream(&content, &length));
	for (size_t i = 0; i < count; i++) {
		const struct export *e = sorted[i];

		fprintf(f, "0x%08x\t%s\t%s\t%s\t%u.%u\t%s", e->crc, e->symbol, e->where,
			class_names[e->class], e->major, e->minor, e->header);
		if (strcmp(e->header, "-"))
			fprintf(f, ":%u", e->draft);
		fprintf(f, "\t%s\n", e->versions);
	}
	fclose(f);
	write_if_changed(path, content);
	free(content);
	free(sorted);
}

unsigned int kit_major(void)
{
	unsigned int major = 0;

	for (struct export *e = exports; e; e = e->next)
		if (e->major > major)
			major = e->major;
	return major;
}

static void take_type(struct export *e, const struct kit_types *types)
{
	const struct kit_type *type = kit_types_find(types, e->symbol), *header;
	size_t length;
	char *name;
	FILE *f;

	if (!type) {
		if (e->class == EXPORT_KIT)
			complain(
				"%s: exports %s without a type in its debug information (build with -g)",
				e->where, e->symbol);
		return;
	}
	e->crc = kit_type_newest(type)->crc;
	name = text("kit_header_%s", type->header);
	header = kit_types_find(types, name);
	free(name);
	if (header) {
		e->header = text("%s", type->header);
		e->draft = header->draft;
	}
	f = checked(open_memstream(&e->versions, &length));
	for (size_t i = 0; i < type->nr_versions; i++)
		fprintf(f, "%s%u.%u:0x%08x", i ? "," : "", type->versions[i].major,
			type->versions[i].minor, type->versions[i].crc);
	fclose(f);
}

void collect_exports(const struct object *o, const struct kit_types *types, const char *where)
{
	for (size_t i = 0; i < o->nr_symbols; i++) {
		const char *name = symbol_name(o, i);
		const struct export_entry *entry;
		struct export *e;

		if (strncmp(name, EXPORT_PREFIX, strlen(EXPORT_PREFIX)) ||
		    ELF64_ST_TYPE(o->symbols[i].st_info) != STT_OBJECT ||
		    !strncmp(name, EXPORT_PREFIX "name_", strlen(EXPORT_PREFIX "name_")))
			continue;
		entry = symbol_bytes(o, &o->symbols[i], sizeof(*entry));
		if (!entry || entry->class >= sizeof(class_names) / sizeof(class_names[0]))
			die("%s: %s is no export entry", o->path, name);
		e = add_export(name + strlen(EXPORT_PREFIX), where);
		if (strlen(e->symbol) > 55)
			complain("%s: %s: the name is longer than 55 characters", where, e->symbol);
		e->class = entry->class;
		e->major = entry->major;
		e->minor = entry->minor;
		take_type(e, types);
	}
}

uint32_t export_crc(const struct export *e, unsigned int major, unsigned int minor)
{
	const char *p = e->versions;
	uint32_t found = 0;
	unsigned int from_major, from_minor, crc;

	while (p && sscanf(p, "%u.%u:%x", &from_major, &from_minor, &crc) == 3) {
		if (from_major < major || (from_major == major && from_minor <= minor))
			found = crc;
		p = strchr(p, ',');
		p = p ? p + 1 : NULL;
	}
	return found;
}
