// SPDX-License-Identifier: MIT
/* Canonical types from DWARF: types.h says what they look like. */
#include "types.h"
#include "util.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct version {
	unsigned int major, minor;
};

/* One canonical string in the making. */
struct writer {
	struct version upto; /* markers of later versions end a structure */
	FILE *line;
	struct {
		Dwarf_Die die;
		const char *name;
	} * reached; /* structures with markers, in order */
	size_t nr_reached;
	struct version *versions; /* all markers seen */
	size_t nr_versions;
	char *error;
};

uint32_t kit_crc32(uint32_t crc, const void *data, size_t size)
{
	const uint8_t *p = data;

	crc = ~crc;
	while (size--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static int version_order(struct version a, struct version b)
{
	return a.major != b.major ? (a.major > b.major) - (a.major < b.major)
				  : (a.minor > b.minor) - (a.minor < b.minor);
}

/* --- small helpers over libdw --- */

static int has_type(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;

	return dwarf_attr_integrate(die, DW_AT_type, &attribute) &&
	       dwarf_formref_die(&attribute, type);
}

static Dwarf_Word number(Dwarf_Die *die, unsigned int name, Dwarf_Word otherwise)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;

	return dwarf_attr_integrate(die, name, &attribute) && !dwarf_formudata(&attribute, &value)
		       ? value
		       : otherwise;
}

static const char *name_of(Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	return name ?: "";
}

static int is_flag(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attribute;
	bool value = false;

	return dwarf_attr_integrate(die, name, &attribute) && !dwarf_formflag(&attribute, &value) &&
	       value;
}

/* Through typedefs and qualifiers. False: void. */
static int peel(Dwarf_Die *die)
{
	for (;;) {
		switch (dwarf_tag(die)) {
		case DW_TAG_typedef:
		case DW_TAG_const_type:
		case DW_TAG_volatile_type:
		case DW_TAG_restrict_type:
			if (!has_type(die, die))
				return 0;
			break;
		default: return 1;
		}
	}
}

#define for_each_child(child, die) \
	for (int left_ = dwarf_child(die, child); left_ == 0; left_ = dwarf_siblingof(child, child))

/* A member "struct kit_marker kit_MAJOR_MINOR". */
static int is_marker(Dwarf_Die *member, struct version *version)
{
	Dwarf_Die type;
	int end = 0;

	return has_type(member, &type) && dwarf_tag(&type) == DW_TAG_structure_type &&
	       !strcmp(name_of(&type), "kit_marker") &&
	       sscanf(name_of(member), "kit_%u_%u%n", &version->major, &version->minor, &end) ==
		       2 &&
	       !name_of(member)[end];
}

static int has_markers(Dwarf_Die *structure)
{
	struct version version;
	Dwarf_Die member;

	for_each_child(&member, structure)
		if (dwarf_tag(&member) == DW_TAG_member && is_marker(&member, &version))
			return 1;
	return 0;
}

/* --- alignment, which neither compiler writes down --- */

static unsigned int alignment_of(Dwarf_Die *type);

static unsigned int structure_alignment(Dwarf_Die *structure, const struct version *upto)
{
	unsigned int alignment = number(structure, DW_AT_alignment, 1);
	struct version version;
	Dwarf_Die member, type;

	for_each_child(&member, structure) {
		if (dwarf_tag(&member) != DW_TAG_member || !has_type(&member, &type))
			continue;
		if (is_marker(&member, &version)) {
			if (upto && version_order(version, *upto) > 0)
				break;
			continue;
		}
		unsigned int own = number(&member, DW_AT_alignment, 1),
			     natural = alignment_of(&type);

		own = own > natural ? own : natural;
		alignment = own > alignment ? own : alignment;
	}
	return alignment;
}

static unsigned int alignment_of(Dwarf_Die *die)
{
	Dwarf_Die type = *die;
	unsigned int given = number(&type, DW_AT_alignment, 1), natural;

	if (!peel(&type))
		return 1;
	switch (dwarf_tag(&type)) {
	case DW_TAG_array_type: natural = has_type(&type, &type) ? alignment_of(&type) : 1; break;
	case DW_TAG_structure_type:
	case DW_TAG_union_type: natural = structure_alignment(&type, NULL); break;
	case DW_TAG_pointer_type: natural = 8; break;
	default: natural = dwarf_bytesize(&type);
	}
	return given > natural ? given : natural;
}

static Dwarf_Word size_of(Dwarf_Die *type)
{
	Dwarf_Word size = 0;

	return dwarf_aggregate_size(type, &size) ? 0 : size;
}

/* --- strings --- */

static void write_type(struct writer *w, Dwarf_Die *die, int is_embedded);

static void refuse(struct writer *w, char *why)
{
	if (w->error)
		free(why);
	else
		w->error = why;
}

static void see_version(struct writer *w, struct version version)
{
	size_t i = 0;

	while (i < w->nr_versions && version_order(w->versions[i], version) < 0)
		i++;
	if (i < w->nr_versions && !version_order(w->versions[i], version))
		return;
	w->versions = checked(realloc(w->versions, (w->nr_versions + 1) * sizeof(version)));
	memmove(&w->versions[i + 1], &w->versions[i], (w->nr_versions - i) * sizeof(version));
	w->versions[i] = version;
	w->nr_versions++;
}

static void reach(struct writer *w, Dwarf_Die *structure)
{
	for (size_t i = 0; i < w->nr_reached; i++)
		if (!strcmp(w->reached[i].name, name_of(structure)))
			return;
	w->reached = checked(realloc(w->reached, (w->nr_reached + 1) * sizeof(w->reached[0])));
	w->reached[w->nr_reached].die = *structure;
	w->reached[w->nr_reached++].name = name_of(structure);
}

static void write_base(struct writer *w, Dwarf_Die *type)
{
	Dwarf_Word size = dwarf_bytesize(type), encoding = number(type, DW_AT_encoding, 0);
	char kind;

	switch (encoding) {
	case DW_ATE_boolean: kind = 'b'; break;
	case DW_ATE_signed:
	case DW_ATE_signed_char: kind = 's'; break;
	case DW_ATE_unsigned:
	case DW_ATE_unsigned_char:
	case DW_ATE_UTF: kind = 'u'; break;
	case DW_ATE_float: kind = 'f'; break;
	default:
		refuse(w, text("base type %s has an encoding that has no canonical name",
			       name_of(type)));
		return;
	}
	fprintf(w->line, "%c%u", kind, (unsigned int)size * 8);
}

/* gcc stores what is not negative in forms without a sign, whose sign bit must not be taken for one. */
static int enumerator_value(Dwarf_Die *enumerator, Dwarf_Sword *value)
{
	Dwarf_Attribute attribute;

	if (!dwarf_attr(enumerator, DW_AT_const_value, &attribute))
		return -1;
	switch (dwarf_whatform(&attribute)) {
	case DW_FORM_data1:
	case DW_FORM_data2:
	case DW_FORM_data4:
	case DW_FORM_data8: return dwarf_formudata(&attribute, (Dwarf_Word *)value);
	default: return dwarf_formsdata(&attribute, value);
	}
}

/* Enumerations are what they are stored as: their names are constants and stand in the header's set. */
static void write_enumeration(struct writer *w, Dwarf_Die *die)
{
	Dwarf_Word size = dwarf_bytesize(die);
	int is_signed = 0;
	Dwarf_Die child;

	for_each_child(&child, die) {
		Dwarf_Sword value;

		if (dwarf_tag(&child) == DW_TAG_enumerator && !enumerator_value(&child, &value) &&
		    value < 0)
			is_signed = 1;
	}
	fprintf(w->line, "%c%u", is_signed ? 's' : 'u', (unsigned int)size * 8);
}

/* gcc gives the last index, clang the number of elements; neither: a flexible array. */
static void write_array(struct writer *w, Dwarf_Die *die)
{
	Dwarf_Die range, element;

	for_each_child(&range, die) {
		Dwarf_Attribute attribute;
		Dwarf_Word value;

		if (dwarf_tag(&range) != DW_TAG_subrange_type)
			continue;
		if (dwarf_attr(&range, DW_AT_count, &attribute) &&
		    !dwarf_formudata(&attribute, &value))
			fprintf(w->line, "[%llu]", (unsigned long long)value);
		else if (dwarf_attr(&range, DW_AT_upper_bound, &attribute) &&
			 !dwarf_formudata(&attribute, &value))
			fprintf(w->line, "[%llu]", (unsigned long long)value + 1);
		else
			fputs("[]", w->line);
	}
	if (has_type(die, &element))
		write_type(w, &element, 1);
}

static void write_function(struct writer *w, Dwarf_Die *die)
{
	const char *comma = "";
	int has_prototype = is_flag(die, DW_AT_prototyped);
	Dwarf_Die child, type;

	fputs("fn(", w->line);
	for_each_child(&child, die) {
		switch (dwarf_tag(&child)) {
		case DW_TAG_formal_parameter:
			fputs(comma, w->line);
			comma = ",";
			if (has_type(&child, &type))
				write_type(w, &type, 1);
			break;
		case DW_TAG_unspecified_parameters:
			if (has_prototype)
				fprintf(w->line, "%s...", comma);
			comma = ",";
			break;
		}
	}
	if (has_prototype && !*comma)
		fputs("void", w->line);
	fputs(")->", w->line);
	if (has_type(die, &type))
		write_type(w, &type, 1);
	else
		fputs("void", w->line);
}

static void write_bits(struct writer *w, Dwarf_Die *member)
{
	Dwarf_Word bits = number(member, DW_AT_bit_size, 0);

	if (bits)
		fprintf(w->line, "%llu.%llu",
			(unsigned long long)number(member, DW_AT_data_bit_offset, 0),
			(unsigned long long)bits);
	else
		fprintf(w->line, "%llu",
			(unsigned long long)number(member, DW_AT_data_member_location, 0));
}

/* The fields up to the first marker of a later version. Returns where the last one ends. */
static Dwarf_Word write_fields(struct writer *w, Dwarf_Die *structure, int obey_markers)
{
	struct version version, last = { 0, 0 };
	Dwarf_Die member, type;
	Dwarf_Word end = 0;

	fputc('{', w->line);
	for_each_child(&member, structure) {
		if (dwarf_tag(&member) != DW_TAG_member || !has_type(&member, &type))
			continue;
		if (obey_markers && is_marker(&member, &version)) {
			if (version_order(version, last) <= 0)
				refuse(w, text("struct %s: marker %s stands behind a younger one",
					       name_of(structure), name_of(&member)));
			last = version;
			see_version(w, version);
			if (version_order(version, w->upto) > 0)
				break;
			write_bits(w, &member);
			fprintf(w->line, ":%s;", name_of(&member));
			continue;
		}
		write_bits(w, &member);
		fputc(':', w->line);
		write_type(w, &type, 1);
		fprintf(w->line, " %s;", name_of(&member));
		end = number(&member, DW_AT_data_member_location, 0) + size_of(&type);
	}
	fputc('}', w->line);
	return end;
}

static void write_structure(struct writer *w, Dwarf_Die *die, int is_embedded)
{
	const char *kind = dwarf_tag(die) == DW_TAG_union_type ? "union" : "struct";

	if (!*name_of(die)) {
		fputs(kind, w->line);
		write_fields(w, die, 0);
		return;
	}
	fprintf(w->line, "%s %s", kind, name_of(die));
	if (is_flag(die, DW_AT_declaration))
		return;
	if (has_markers(die))
		reach(w, die);
	else if (is_embedded)
		fprintf(w->line, "(%llu/%u)", (unsigned long long)dwarf_bytesize(die),
			structure_alignment(die, NULL));
}

static void write_type(struct writer *w, Dwarf_Die *die, int is_embedded)
{
	Dwarf_Die type = *die, target;

	if (!peel(&type)) {
		fputs("void", w->line);
		return;
	}
	switch (dwarf_tag(&type)) {
	case DW_TAG_base_type: write_base(w, &type); break;
	case DW_TAG_enumeration_type: write_enumeration(w, &type); break;
	case DW_TAG_pointer_type:
		fputc('*', w->line);
		if (has_type(&type, &target))
			write_type(w, &target, 0);
		else
			fputs("void", w->line);
		break;
	case DW_TAG_array_type: write_array(w, &type); break;
	case DW_TAG_subroutine_type: write_function(w, &type); break;
	case DW_TAG_structure_type:
	case DW_TAG_union_type: write_structure(w, &type, is_embedded); break;
	default:
		refuse(w, text("%s: a kind of type that the kit does not know (DWARF tag %#x)",
			       name_of(&type), dwarf_tag(&type)));
	}
}

/* Head and fields; the size is what it was with this version's fields, at that version's alignment. */
static void write_definition(struct writer *w, Dwarf_Die *die)
{
	FILE *line = w->line;
	unsigned int alignment = structure_alignment(die, &w->upto);
	char *fields = NULL;
	Dwarf_Word end;
	size_t length;

	w->line = checked(open_memstream(&fields, &length));
	end = write_fields(w, die, 1);
	fclose(w->line);
	w->line = line;
	end = (end + alignment - 1) / alignment * alignment;
	fprintf(w->line, "%s %s %llu/%u %s",
		dwarf_tag(die) == DW_TAG_union_type ? "union" : "struct", name_of(die),
		(unsigned long long)end, alignment, fields);
	free(fields);
}

/* --- constants --- */

/* "kit_NAME_since_0_2": the enumerators behind it came with kit 0.2. */
static int is_since(const char *enumerator, struct version *version)
{
	const char *since = strstr(enumerator, "_since_");
	int end = 0;

	return !strncmp(enumerator, "kit_", 4) && since &&
	       sscanf(since, "_since_%u_%u%n", &version->major, &version->minor, &end) == 2 &&
	       !since[end];
}

static void write_constants(struct writer *w, Dwarf_Die *enumeration)
{
	struct version version;
	const char *comma = "";
	Dwarf_Die child;

	fputs("constants {", w->line);
	if (dwarf_tag(enumeration) == DW_TAG_enumeration_type) {
		for_each_child(&child, enumeration) {
			Dwarf_Sword value;

			if (dwarf_tag(&child) != DW_TAG_enumerator)
				continue;
			if (is_since(name_of(&child), &version)) {
				see_version(w, version);
				if (version_order(version, w->upto) > 0)
					break;
				continue;
			}
			if (enumerator_value(&child, &value))
				refuse(w, text("%s has no value", name_of(&child)));
			else
				fprintf(w->line, "%s%s=%lld", comma, name_of(&child),
					(long long)value);
			comma = ",";
		}
	}
	fputc('}', w->line);
}

/* --- entries --- */

enum anchor { ANCHOR_FUNCTION, ANCHOR_HEADER, ANCHOR_TABLE, NOT_AN_ANCHOR };

static enum anchor anchor_kind(const char *variable)
{
	return !strncmp(variable, "kit_type_of_", 12)  ? ANCHOR_FUNCTION
	       : !strncmp(variable, "kit_header_", 11) ? ANCHOR_HEADER
	       : !strncmp(variable, "kit_table_", 10)  ? ANCHOR_TABLE
						       : NOT_AN_ANCHOR;
}

static char *end_line(struct writer *w, char **line)
{
	fclose(w->line);
	w->line = NULL;
	return *line;
}

/* All lines of one version; versions that there are beyond it are noted in the writer. */
static void write_lines(struct writer *w, enum anchor kind, Dwarf_Die *type,
			struct kit_type_version *version)
{
	size_t length;
	char *line;

	w->nr_reached = 0;
	w->line = checked(open_memstream(&line, &length));
	if (kind == ANCHOR_HEADER)
		write_constants(w, type);
	else
		write_type(w, type, kind == ANCHOR_TABLE);
	version->lines = checked(malloc(sizeof(char *)));
	version->lines[0] = end_line(w, &line);
	version->nr_lines = 1;
	for (size_t i = 0; i < w->nr_reached; i++) { /* grows while its structures are written */
		Dwarf_Die structure = w->reached[i].die;

		w->line = checked(open_memstream(&line, &length));
		write_definition(w, &structure);
		version->lines = checked(
			realloc(version->lines, (version->nr_lines + 1) * sizeof(char *)));
		version->lines[version->nr_lines++] = end_line(w, &line);
	}
	version->crc = 0;
	for (size_t i = 0; i < version->nr_lines; i++) {
		version->crc = kit_crc32(version->crc, version->lines[i],
					 strlen(version->lines[i]));
		version->crc = kit_crc32(version->crc, "\n", 1);
	}
}

static void free_version(struct kit_type_version *version)
{
	for (size_t i = 0; i < version->nr_lines; i++)
		free(version->lines[i]);
	free(version->lines);
}

static void free_type(struct kit_type *type)
{
	for (size_t i = 0; i < type->nr_versions; i++)
		free_version(&type->versions[i]);
	free(type->versions);
	free(type->symbol);
	free(type->header);
	free(type);
}

static void add_version(struct kit_type *type, struct version v, struct kit_type_version *version)
{
	if (type->nr_versions && type->versions[type->nr_versions - 1].crc == version->crc) {
		free_version(version);
		return;
	}
	version->major = v.major;
	version->minor = v.minor;
	type->versions = checked(
		realloc(type->versions, (type->nr_versions + 1) * sizeof(*version)));
	type->versions[type->nr_versions++] = *version;
}

static void write_versions(struct writer *w, struct kit_type *type, enum anchor kind,
			   Dwarf_Die *die)
{
	struct kit_type_version version;
	struct version none = { 0, 0 };

	w->upto = (struct version){ ~0u, ~0u };
	write_lines(w, kind, die, &version);
	free_version(&version); /* it was made to find the markers */
	if (!w->nr_versions || kind == ANCHOR_HEADER) {
		w->upto = none;
		write_lines(w, kind, die, &version);
		add_version(type, none, &version);
	}
	for (size_t i = 0; i < w->nr_versions; i++) {
		w->upto = w->versions[i];
		write_lines(w, kind, die, &version);
		add_version(type, w->upto, &version);
	}
}

static char *header_of(Dwarf_Die *variable)
{
	const char *path = dwarf_decl_file(variable) ?: "", *base = strrchr(path, '/');
	char *header = checked(strdup(base ? base + 1 : path)), *dot = strrchr(header, '.');

	if (dot)
		*dot = 0;
	return header;
}

static struct kit_type *read_anchor(struct kit_types *types, Dwarf_Die *variable, enum anchor kind)
{
	static const size_t prefix[] = { [ANCHOR_FUNCTION] = 12 };
	struct kit_type *type = checked(calloc(1, sizeof(*type)));
	struct writer w = { 0 };
	Dwarf_Die die;

	type->symbol = checked(
		strdup(name_of(variable) + (kind == ANCHOR_FUNCTION ? prefix[kind] : 0)));
	type->header = header_of(variable);
	if (!has_type(variable, &die) || !peel(&die))
		refuse(&w, text("%s has no type", name_of(variable)));
	else if (kind != ANCHOR_HEADER &&
		 (dwarf_tag(&die) != DW_TAG_pointer_type || !has_type(&die, &die)))
		refuse(&w, text("%s is no pointer to what it stands for", name_of(variable)));
	else
		write_versions(&w, type, kind, &die);
	if (w.error)
		types->error = text("%s: %s", type->symbol, w.error);
	free(w.error);
	free(w.reached);
	free(w.versions);
	return type;
}

static int is_same(const struct kit_type *a, const struct kit_type *b)
{
	if (a->nr_versions != b->nr_versions)
		return 0;
	for (size_t i = 0; i < a->nr_versions; i++)
		if (a->versions[i].crc != b->versions[i].crc)
			return 0;
	return 1;
}

/* Parts of one module that saw different headers make no module. */
static void add_type(struct kit_types *types, struct kit_type *type)
{
	struct kit_type **at = &types->first;

	while (*at && strcmp((*at)->symbol, type->symbol) < 0)
		at = &(*at)->next;
	if (*at && !strcmp((*at)->symbol, type->symbol)) {
		if (!types->error && !is_same(*at, type))
			types->error = text(
				"%s: parts of the object were compiled with different kit headers",
				type->symbol);
		free_type(type);
		return;
	}
	type->next = *at;
	*at = type;
}

static void read_unit(struct kit_types *types, Dwarf_Die *unit)
{
	Dwarf_Die child;

	for_each_child(&child, unit) {
		enum anchor kind = dwarf_tag(&child) == DW_TAG_variable
					   ? anchor_kind(name_of(&child))
					   : NOT_AN_ANCHOR;

		if (kind != NOT_AN_ANCHOR && !types->error)
			add_type(types, read_anchor(types, &child, kind));
	}
}

/* The value of kit_header_NAME, by the symbol table. */
static void read_drafts(struct kit_types *types, Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return;
	while ((section = elf_nextscn(elf, section))) {
		Elf64_Shdr *head = elf64_getshdr(section);
		Elf_Data *data;
		Elf64_Sym *symbols;

		if (!head || head->sh_type != SHT_SYMTAB || !(data = elf_getdata(section, NULL)))
			continue;
		symbols = data->d_buf;
		for (size_t i = 0; i < data->d_size / sizeof(*symbols); i++) {
			const char *name = elf_strptr(elf, head->sh_link, symbols[i].st_name) ?: "";
			struct kit_type *type;
			Elf_Data *bytes;

			if (anchor_kind(name) != ANCHOR_HEADER ||
			    !(type = (struct kit_type *)kit_types_find(types, name)))
				continue;
			bytes = elf_getdata(elf_getscn(elf, symbols[i].st_shndx), NULL);
			if (bytes && bytes->d_buf && symbols[i].st_value + 4 <= bytes->d_size)
				memcpy(&type->draft, (char *)bytes->d_buf + symbols[i].st_value, 4);
		}
	}
}

#define UNUSED __attribute__((unused))
static int no_debuginfo(UNUSED Dwfl_Module *module, UNUSED void **user, UNUSED const char *name,
			UNUSED Dwarf_Addr base, UNUSED const char *file, UNUSED const char *link,
			UNUSED GElf_Word crc, UNUSED char **found)
{
	return -1; /* never from elsewhere */
}

int kit_types_read(struct kit_types *types, const char *object)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = no_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	Dwfl *dwfl = checked(dwfl_begin(&callbacks));
	Dwfl_Module *module;
	Dwarf_Addr bias;
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	Dwarf *dwarf;

	*types = (struct kit_types){ 0 };
	module = dwfl_report_offline(dwfl, "", object, -1);
	dwfl_report_end(dwfl, NULL, NULL);
	dwarf = module ? dwfl_module_getdwarf(module, &bias) : NULL;
	if (!module)
		types->error = text("%s: %s", object, dwfl_errmsg(-1));
	else if (!dwarf)
		types->error = text("%s: no debug information (compile with -g)", object);
	else {
		while (!dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, NULL))
			read_unit(types, &die);
		read_drafts(types, dwfl_module_getelf(module, &bias));
	}
	dwfl_end(dwfl);
	return types->error ? -1 : 0;
}

void kit_types_free(struct kit_types *types)
{
	while (types->first) {
		struct kit_type *type = types->first;

		types->first = type->next;
		free_type(type);
	}
	free(types->error);
	types->error = NULL;
}

const struct kit_type *kit_types_find(const struct kit_types *types, const char *symbol)
{
	for (const struct kit_type *type = types->first; type; type = type->next)
		if (!strcmp(type->symbol, symbol))
			return type;
	return NULL;
}

const struct kit_type_version *kit_type_at(const struct kit_type *type, unsigned int major,
					   unsigned int minor)
{
	const struct version wanted = { major, minor };
	const struct kit_type_version *found = NULL;

	for (size_t i = 0; i < type->nr_versions; i++)
		if (version_order((struct version){ type->versions[i].major,
						    type->versions[i].minor },
				  wanted) <= 0)
			found = &type->versions[i];
	return found;
}
