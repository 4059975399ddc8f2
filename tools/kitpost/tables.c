// SPDX-License-Identifier: MIT
/*
 * What a module's debug information tells of its own data: where the fields of device tables stand, from which aliases are made, and which
 * fields of its static tables are in use, from which the lowest version of the kit follows.
 */
#include "kitpost.h"

#include <ctype.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct debug {
	Dwfl *dwfl;
	Dwfl_Module *module;
};

static void debug_open(struct debug *d, const char *path)
{
	static const Dwfl_Callbacks callbacks = { .section_address = dwfl_offline_section_address };

	d->dwfl = dwfl_begin(&callbacks);
	dwfl_report_begin(d->dwfl);
	d->module = dwfl_report_offline(d->dwfl, path, path, -1);
	dwfl_report_end(d->dwfl, NULL, NULL);
	if (!d->module)
		die("%s: %s", path, dwfl_errmsg(-1));
}

static void debug_close(struct debug *d)
{
	dwfl_end(d->dwfl);
}

static Dwarf_Die *debug_next(const struct debug *d, Dwarf_Die *unit)
{
	Dwarf_Addr bias;

	return dwfl_module_nextcu(d->module, unit, &bias);
}

static Dwarf_Word number(Dwarf_Die *die, unsigned int name, Dwarf_Word otherwise)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;

	return dwarf_attr_integrate(die, name, &attribute) && !dwarf_formudata(&attribute, &value)
		       ? value
		       : otherwise;
}

/* The structure that a type is or is an array of; 0: another type. */
static int structure_of(Dwarf_Die *die, Dwarf_Die *structure)
{
	Dwarf_Attribute attribute;

	if (!dwarf_attr_integrate(die, DW_AT_type, &attribute) ||
	    !dwarf_formref_die(&attribute, structure))
		return 0;
	for (;;) {
		int tag = dwarf_tag(structure);

		if (tag == DW_TAG_structure_type)
			return !dwarf_hasattr(structure, DW_AT_declaration);
		if (tag != DW_TAG_const_type && tag != DW_TAG_volatile_type &&
		    tag != DW_TAG_typedef && tag != DW_TAG_array_type)
			return 0;
		if (!dwarf_attr_integrate(structure, DW_AT_type, &attribute) ||
		    !dwarf_formref_die(&attribute, structure))
			return 0;
	}
}

/* --- markers --- */

/* kit_MAJOR_MINOR of our major: its minor; -1: no marker. */
static int marker_minor(const char *name)
{
	int major, minor, end = 0;

	return name && sscanf(name, "kit_%d_%d%n", &major, &minor, &end) == 2 && !name[end] ? minor
											    : -1;
}

static int is_used(const struct object *o, const Elf64_Sym *sym, const unsigned char *bytes,
		   size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (bytes[i] || relocation_at(o, sym->st_shndx, sym->st_value + i))
			return 1;
	return 0;
}

/* The highest marker with a used field behind it, of one structure at `at`. */
static int minor_used(const struct object *o, const Elf64_Sym *sym, const unsigned char *bytes,
		      Dwarf_Die *structure, size_t at)
{
	size_t size = number(structure, DW_AT_byte_size, 0), from = 0;
	int minor = -1, found = -1;
	Dwarf_Die member;

	if (dwarf_child(structure, &member))
		return -1;
	do {
		int next = dwarf_tag(&member) == DW_TAG_member
				   ? marker_minor(dwarf_diename(&member))
				   : -1;
		size_t offset = number(&member, DW_AT_data_member_location, 0);

		if (next < 0)
			continue;
		if (minor >= 0 && is_used(o, sym, bytes, at + from, at + offset))
			found = minor;
		minor = next;
		from = offset;
	} while (!dwarf_siblingof(&member, &member));
	return minor >= 0 && is_used(o, sym, bytes, at + from, at + size) ? minor : found;
}

/* Where debug information says that a variable is: in files of their own, or in functions, several may have one name. NULL: nowhere. */
static const Elf64_Sym *symbol_of(const struct debug *d, const struct object *o,
				  Dwarf_Die *variable)
{
	Dwarf_Attribute attribute, place;
	Dwarf_Addr address, bias;
	Dwarf_Op *code;
	size_t length, section;

	if (!dwarf_attr_integrate(variable, DW_AT_location, &attribute) ||
	    dwarf_getlocation(&attribute, &code, &length) || length != 1)
		return NULL;
	if (code->atom == DW_OP_addr)
		address = code->number;
	else if (dwarf_getlocation_attr(&attribute, code, &place) ||
		 dwarf_formaddr(&place, &address))
		return NULL;
	section = elf_ndxscn(dwfl_module_address_section(d->module, &address, &bias));
	for (size_t i = 1; i < o->nr_symbols; i++)
		if (o->symbols[i].st_shndx == section && o->symbols[i].st_value == address &&
		    ELF64_ST_TYPE(o->symbols[i].st_info) == STT_OBJECT)
			return &o->symbols[i];
	return NULL;
}

static unsigned int minor_of_variable(const struct debug *d, const struct object *o,
				      Dwarf_Die *variable, unsigned int minor)
{
	const unsigned char *bytes;
	const Elf64_Sym *sym;
	Dwarf_Die structure;
	size_t size;

	if (!structure_of(variable, &structure) || !(sym = symbol_of(d, o, variable)))
		return minor;
	bytes = symbol_bytes(o, sym, sym->st_size);
	size = number(&structure, DW_AT_byte_size, 0);
	if (!bytes || !size)
		return minor;
	for (size_t at = 0; at + size <= sym->st_size; at += size) {
		int used = minor_used(o, sym, bytes, &structure, at);

		if (used > (int)minor)
			minor = used;
	}
	return minor;
}

/* Of all variables in a unit, a function or a block, and in the blocks in that. */
static unsigned int minor_of_scope(const struct debug *d, const struct object *o, Dwarf_Die *scope,
				   unsigned int minor)
{
	Dwarf_Die die;

	if (dwarf_child(scope, &die))
		return minor;
	do {
		switch (dwarf_tag(&die)) {
		case DW_TAG_variable: minor = minor_of_variable(d, o, &die, minor); break;
		case DW_TAG_subprogram:
		case DW_TAG_inlined_subroutine:
		case DW_TAG_lexical_block: minor = minor_of_scope(d, o, &die, minor); break;
		}
	} while (!dwarf_siblingof(&die, &die));
	return minor;
}

unsigned int minor_of_tables(const struct object *o, unsigned int minor)
{
	Dwarf_Die *unit = NULL;
	struct debug d;

	debug_open(&d, o->path);
	while ((unit = debug_next(&d, unit)))
		minor = minor_of_scope(&d, o, unit, minor);
	debug_close(&d);
	return minor;
}

/* --- device tables --- */

#define TABLE_PREFIX	"kit_device_table_"

struct id_field {
	const char *name;
	size_t offset, size;
};

static void find_field(Dwarf_Die *structure, struct id_field *field)
{
	Dwarf_Die member, type;
	Dwarf_Attribute attribute;

	if (dwarf_child(structure, &member))
		return;
	do {
		if (!dwarf_diename(&member) || strcmp(dwarf_diename(&member), field->name))
			continue;
		field->offset = number(&member, DW_AT_data_member_location, 0);
		if (dwarf_attr_integrate(&member, DW_AT_type, &attribute) &&
		    dwarf_formref_die(&attribute, &type)) {
			while (dwarf_tag(&type) == DW_TAG_typedef &&
			       dwarf_attr_integrate(&type, DW_AT_type, &attribute))
				dwarf_formref_die(&attribute, &type);
			field->size = number(&type, DW_AT_byte_size, 0);
		}
	} while (!dwarf_siblingof(&member, &member));
}

/* Where the fields of a structure stand; 0: it is not there, or lacks one. */
static int find_fields(const struct object *o, const char *tag, struct id_field *fields,
		       size_t count)
{
	Dwarf_Die *unit = NULL, die;
	struct debug d;
	size_t found = 0;

	debug_open(&d, o->path);
	while (!found && (unit = debug_next(&d, unit))) {
		if (dwarf_child(unit, &die))
			continue;
		do {
			if (dwarf_tag(&die) != DW_TAG_structure_type || !dwarf_diename(&die) ||
			    strcmp(dwarf_diename(&die), tag) ||
			    dwarf_hasattr(&die, DW_AT_declaration))
				continue;
			for (size_t i = 0; i < count; i++)
				find_field(&die, &fields[i]);
			for (found = 0; found < count && fields[found].size;)
				found++;
		} while (!found && !dwarf_siblingof(&die, &die));
	}
	debug_close(&d);
	return found == count;
}

static uint64_t field_value(const unsigned char *entry, const struct id_field *field)
{
	uint64_t value = 0;

	memcpy(&value, entry + field->offset, field->size < 8 ? field->size : 8);
	return value;
}

/* "v00001234" or "v*": the part of an alias for one number. */
static void put_id(FILE *f, const char *name, uint64_t value, uint64_t any, const char *format)
{
	fputs(name, f);
	if (value == any)
		fputc('*', f);
	else
		fprintf(f, format, (unsigned int)value);
}

static void put_class(FILE *f, const char *name, unsigned int code, unsigned int mask,
		      const char *format)
{
	fputs(name, f);
	if (mask == 0xff)
		fprintf(f, format, code);
	else
		fputc('*', f);
}

/* As Linux writes them, and the bus asks for them: pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02x. */
static void pci_aliases(FILE *f, const struct object *o, const Elf64_Sym *table)
{
	enum { SIZE, VENDOR, DEVICE, SUB_VENDOR, SUB_DEVICE, CODE, MASK, NR };
	struct id_field fields[NR] = {
		{ .name = "size" },
		{ .name = "vendor" },
		{ .name = "device" },
		{ .name = "subsystem_vendor" },
		{ .name = "subsystem_device" },
		{ .name = "class_code" },
		{ .name = "class_mask" },
	};
	const unsigned char *bytes = symbol_bytes(o, table, table->st_size);
	size_t stride;

	if (!bytes || !find_fields(o, "pci_id", fields, NR)) {
		complain("%s: cannot read its table of PCI devices (build with -g)", o->path);
		return;
	}
	for (size_t at = 0; at + 8 <= table->st_size; at += stride) {
		unsigned int code = field_value(bytes + at, &fields[CODE]),
			     mask = field_value(bytes + at, &fields[MASK]);

		stride = field_value(bytes + at, &fields[SIZE]);
		if (stride < 8 || at + stride > table->st_size)
			break;
		fputs("MODULE_INFO(alias, \"pci:", f);
		put_id(f, "v", field_value(bytes + at, &fields[VENDOR]), 0xffff, "%08X");
		put_id(f, "d", field_value(bytes + at, &fields[DEVICE]), 0xffff, "%08X");
		put_id(f, "sv", field_value(bytes + at, &fields[SUB_VENDOR]), 0xffff, "%08X");
		put_id(f, "sd", field_value(bytes + at, &fields[SUB_DEVICE]), 0xffff, "%08X");
		put_class(f, "bc", code >> 16 & 0xff, mask >> 16 & 0xff, "%02X");
		put_class(f, "sc", code >> 8 & 0xff, mask >> 8 & 0xff, "%02X");
		put_class(f, "i", code & 0xff, mask & 0xff, "%02X");
		fputs("\");\n", f);
	}
}

void write_aliases(FILE *f, const struct object *o)
{
	for (size_t i = 1; i < o->nr_symbols; i++) {
		const char *bus = symbol_name(o, i) + strlen(TABLE_PREFIX);

		if (strncmp(symbol_name(o, i), TABLE_PREFIX, strlen(TABLE_PREFIX)) ||
		    o->symbols[i].st_shndx == SHN_UNDEF)
			continue;
		if (!strncmp(bus, "pci_", 4))
			pci_aliases(f, o, &o->symbols[i]);
		else
			complain("%s: MODULE_DEVICE_TABLE of an unknown bus: %s", o->path, bus);
	}
}

/* --- headers --- */

static int has_word(const char *content, const char *word)
{
	size_t length = strlen(word);

	for (const char *p = content; (p = strstr(p, word)); p += length)
		if ((p == content || !(isalnum((unsigned char)p[-1]) || p[-1] == '_')) &&
		    !(isalnum((unsigned char)p[length]) || p[length] == '_'))
			return 1;
	return 0;
}

/* The build takes folders out of debug information. What is left begins in the folder of the modules (FOLDER, if it is not the tree) or here. */
static char *source_path(const char *path)
{
	const char *folder = getenv("FOLDER");
	char *there = *path == '/' || !folder || !*folder ? NULL : text("%s/%s", folder, path);

	if (there && !access(there, R_OK))
		return there;
	free(there);
	return text("%s", path);
}

static char *header_of_unit(Dwarf_Die *unit, const char *name)
{
	Dwarf_Files *files;
	size_t count;

	if (dwarf_getsrcfiles(unit, &files, &count))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const char *recorded = dwarf_filesrc(files, i, NULL, NULL);
		size_t length = recorded ? strlen(recorded) : 0;
		char *content, *path;
		int found;

		if (length < 2 || strcmp(recorded + length - 2, ".h") || strstr(recorded, "/uapi/"))
			continue;
		path = source_path(recorded);
		content = read_file(path, NULL);
		found = content && has_word(content, name);
		free(content);
		if (found)
			return path;
		free(path);
	}
	return NULL;
}

char *header_with(const struct object *o, const char *name)
{
	Dwarf_Die *unit = NULL;
	char *found = NULL;
	struct debug d;

	debug_open(&d, o->path);
	while (!found && (unit = debug_next(&d, unit)))
		found = header_of_unit(unit, name);
	debug_close(&d);
	return found;
}
