/* SPDX-License-Identifier: MIT */
/*
 * The code of a static branch (kernel/static_key.h): a no-op of five bytes that becomes a jump when its key is enabled, and an entry in
 * the table __static_branches that says where it is, where it jumps to and whose it is, all three relative to their own place, and what the
 * no-op is.
 *
 * In C: if (arch_static_branch(&key)). In assembly: STATIC_BRANCH key, target, bytes of the no-op. Where even a no-op counts, that is an
 * instruction that the way on has anyway, and that does no harm if it is skipped, as it is while the branch is being rewritten, or done
 * twice. The key must be an object with an address known at link time.
 */
#ifndef ARCH_STATIC_BRANCH_H
#define ARCH_STATIC_BRANCH_H

#define STATIC_BRANCH_BYTES	5

#ifdef __ASSEMBLER__
/* clang-format off */
.macro STATIC_BRANCH key, target, no_op:vararg
771:	.byte	\no_op
	.pushsection .rodata.ktab_static_branches, "a"
	.balign	4
	.long	771b - .
	.long	\target - .
	.long	\key - .
	.byte	\no_op, 0, 0, 0
	.popsection
.endm
/* clang-format on */
#else
#include <lib/compiler.h>

struct static_key;

struct static_branch {
	s32 site;
	s32 target;
	s32 key;
	u8 no_op[STATIC_BRANCH_BYTES];
	u8 unused[3];
};

static __always_inline bool arch_static_branch(const struct static_key *const key)
{
	asm inline goto("1: .byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n"
			".pushsection .rodata.ktab_static_branches, \"a\"\n"
			".balign 4\n"
			".long 1b - .\n"
			".long %l[taken] - .\n"
			".long %c0 - .\n"
			".byte 0x0f, 0x1f, 0x44, 0x00, 0x00, 0, 0, 0\n"
			".popsection\n"
			:
			: "i"(key)
			:
			: taken);
	return false;
taken:
	return true;
}
#endif

#endif
