/* SPDX-License-Identifier: MIT */
/* What the files of kitpost share; main.c says what it does. */
#ifndef KITPOST_H
#define KITPOST_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../kitsyms/types.h"
#include "../kitsyms/util.h"

/* main.c: an error is counted; none of it is fatal before all has been said. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern int nr_errors;

/* object.c: ELF files of our own compiler and linker. */
struct object {
	const char *path;
	char *data;
	size_t size;
	Elf64_Ehdr *ehdr;
	Elf64_Shdr *sections;
	unsigned int nr_sections;
	const char *section_names;
	Elf64_Sym *symbols;
	size_t nr_symbols;
	const char *names;
};

void object_open(struct object *object, const char *path);
static inline const char *section_name(const struct object *o, unsigned int section)
{
	return o->section_names + o->sections[section].sh_name;
}
static inline const char *symbol_name(const struct object *o, size_t symbol)
{
	return o->names + o->symbols[symbol].st_name;
}
/* A name for people: the section's, when the symbol has none. */
const char *symbol_label(const struct object *o, size_t symbol);
/* defined here, or NULL */
const Elf64_Sym *object_symbol(const struct object *o, const char *name);
/* NULL: it has none */
const void *symbol_bytes(const struct object *o, const Elf64_Sym *sym, size_t size);
/* The next string of .modinfo behind `after` (NULL: the first) that begins with "tag=", without that. */
const char *modinfo_next(const struct object *o, const char *tag, const char *after);
unsigned int section_by_name(const struct object *o, const char *name); /* 0: none */
/* The relocation that covers a byte of a section, NULL: none. */
const Elf64_Rela *relocation_at(const struct object *o, unsigned int section, uint64_t offset);

/* symvers.c: what is exported, by the kernel and by modules. */
enum export_class { EXPORT_KIT, EXPORT_INTERNAL, EXPORT_DEBUG, EXPORT_SHAPE };

struct export
{
	struct export *next;
	char *symbol, *where; /* vmlinux, or the module's path without .o */
	uint32_t crc;
	enum export_class class;
	unsigned int major, minor;
	char *header; /* NAME of <kit/NAME.h>, "-" */
	unsigned int draft;
	char *versions; /* "major.minor:0xCRC,..." or "-" */
};

#define EXPORT_PREFIX	"kit_export_"
struct export *find_export(const char *symbol);
int read_symvers(const char *path); /* whether it is there */
void write_symvers(const char *path);
void collect_exports(const struct object *o, const struct kit_types *types, const char *where);
unsigned int kit_major(void); /* of the kernel's kit */
/* The checksum that holds for kit major.minor; 0: none. */
uint32_t export_crc(const struct export *e, unsigned int major, unsigned int minor);

/* modules.c */
void make_units(int nr_objects, char **objects);
void make_modules(const char *symvers, int nr_objects, char **objects);
void make_builtin(const char *path);
/* of the kernel whose internal symbols may be used; NULL: they may not */
extern const char *build_id;
/* the modules are part of the tree: .modinfo says intree=Y */
extern int is_in_tree;

/* tables.c: what the debug information tells beyond types of functions. */
void write_aliases(FILE *f, const struct object *o); /* of its device tables */
/* The minor of the kit that the module's static tables need: fields that are not zero, behind which marker. At least `minor`. */
unsigned int minor_of_tables(const struct object *o, unsigned int minor);
/* a header of the module's own that has this word, NULL: none */
char *header_with(const struct object *o, const char *name);

/* check.c, code.c, file.c: what the loader would refuse in a finished module, and what it cannot see. */
void check_module(const char *path);
void check_code(const struct object *o);
/* of lib/elf_module.c; NULL: none */
const char *file_refusal(const void *image, size_t size);
int relocation_bytes(unsigned int type); /* 0: not allowed */

#endif
