/* SPDX-License-Identifier: MIT */
/*
 * The exception table: for an instruction that may fault, where to go on. Both addresses are relative: to their own place as
 * the compiler leaves them, to the start of the table once it is sorted.
 *
 * In C:	asm volatile("1: movb (%1), %0\n2:\n" ... EXTABLE(1b, fixup))
 * In assembly:	EXTABLE(1b, fixup)
 */
#ifndef ARCH_EXTABLE_H
#define ARCH_EXTABLE_H

#ifdef __ASSEMBLER__
#define EXTABLE(instruction, fixup)		\
	.pushsection __ex_table, "a";		\
	.balign 4;				\
	.long (instruction) - .;		\
	.long (fixup) - .;			\
	.popsection
#else
#include <kit/types.h>

#define EXTABLE(instruction, fixup)			\
	".pushsection __ex_table, \"a\"\n"		\
	".balign 4\n"					\
	".long (" #instruction ") - .\n"		\
	".long (" #fixup ") - .\n"			\
	".popsection\n"

struct extable_entry {
	s32 instruction;
	s32 fixup;
};

void extable_init(void); /* sorts the image's own, before it becomes read-only */
void extable_sort(struct extable_entry *start,
		  struct extable_entry *end); /* once, before any search */
/* The fix-up of the instruction at address, or 0. */
unsigned long extable_find(const struct extable_entry *start, const struct extable_entry *end,
			   unsigned long address);

/* Set by the module loader: the fix-up of an address in a module, or 0. */
extern unsigned long (*extable_find_in_modules)(unsigned long address);
#endif

#endif
