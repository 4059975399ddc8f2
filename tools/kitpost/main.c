// SPDX-License-Identifier: MIT
/*
 * kitpost: what a module needs besides its own code, and whether a kernel would take it.
 *
 *	kitpost --units IN.symvers OBJECT.o...
 *		write OBJECT.types.c for each module: a unit, to be compiled as the module is, whose debug information has the module's own view
 *		of each import
 *	kitpost [--internal VMLINUX] [--intree] --modules IN.symvers OUT.symvers OBJECT.o...
 *		read OBJECT.o and OBJECT.types.o, compare each import with what IN says, write OBJECT.mod.c, and IN with the modules' own
 *		exports to OUT. Symbols that only modules of VMLINUX's own build may use are refused without --internal.
 *		--intree marks them as the tree's own.
 *	kitpost --builtin OBJECT.o
 *		write OBJECT.mod.c of a module that becomes part of vmlinux, whose link checks its symbols
 *	kitpost --check MODULE.ko...
 *		refuse what the loader would, and instructions that a module may not have
 *
 * OBJECT.mod.c holds the descriptor through which the loader finds all of a module (include/kit/module.h), the rest of .modinfo, the
 * checksums of all types that the module relies on (__versions), and the same types in words (.kit_types, which is not loaded).
 *
 * It is a check for honest mistakes, not a wall against malice. All that a load would refuse is refused here first, in the same words
 * (include/lib/module_words.h). tools/kitsyms/kitsyms.c describes symvers.
 */
#include "kitpost.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char program_name[] = "kitpost";
int nr_errors;

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	nr_errors++;
}

static const char *read_build_id(const char *vmlinux)
{
	struct object o;

	object_open(&o, vmlinux);
	for (unsigned int i = 1; i < o.nr_sections; i++) {
		const Elf64_Shdr *s = &o.sections[i];
		const char *p = o.data + s->sh_offset, *end = p + s->sh_size;

		if (s->sh_type != SHT_NOTE)
			continue;
		while (p + sizeof(Elf64_Nhdr) <= end) {
			const Elf64_Nhdr *note = (const Elf64_Nhdr *)p;
			const unsigned char *id = (const unsigned char *)p + sizeof(*note) +
						  ((note->n_namesz + 3) & ~3u);
			char *hex = checked(calloc(note->n_descsz + 1, 2));

			for (unsigned int n = 0; n < note->n_descsz; n++)
				sprintf(hex + 2 * n, "%02x", id[n]);
			if (note->n_type == NT_GNU_BUILD_ID)
				return hex;
			free(hex);
			p = (const char *)id + ((note->n_descsz + 3) & ~3u);
		}
	}
	die("%s: no build id", vmlinux);
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "--internal")) {
		build_id = read_build_id(argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (argc > 1 && !strcmp(argv[1], "--intree")) {
		is_in_tree = 1;
		argv++;
		argc--;
	}
	if (argc >= 3 && !strcmp(argv[1], "--units")) {
		read_symvers(argv[2]);
		make_units(argc - 3, argv + 3);
	} else if (argc >= 4 && !strcmp(argv[1], "--modules")) {
		if (!read_symvers(argv[2]))
			die("no %s: build the kernel first", argv[2]);
		make_modules(argv[3], argc - 4, argv + 4);
	} else if (argc == 3 && !strcmp(argv[1], "--builtin")) {
		make_builtin(argv[2]);
	} else if (argc >= 3 && !strcmp(argv[1], "--check")) {
		for (int i = 2; i < argc; i++)
			check_module(argv[i]);
	} else {
		die("usage: see the head of tools/kitpost/main.c");
	}
	return nr_errors ? 1 : 0;
}
