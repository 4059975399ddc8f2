/* SPDX-License-Identifier: MIT */
/*
 * Instructions that depend on the processor: ALTERNATIVE(old, new, feature) assembles `old`, and boot puts `new` in its place
 * when the CPU has the feature. Patched once, before mm write-protects the text and before other CPUs start. `new` is copied as
 * it stands, so it must not contain relative jumps or calls that leave it, nor RIP-relative addresses; but it may be one call or jump of
 * 5 bytes. Modules cannot use it.
 */
#ifndef ARCH_ALTERNATIVE_H
#define ARCH_ALTERNATIVE_H

#include <arch/cpu_features.h>

#ifdef __ASSEMBLER__
/* clang-format off */
/* One instruction each, which does nothing. */
.macro NOP3
	.byte	0x0f, 0x1f, 0x00
.endm
.macro NOP5
	.byte	0x0f, 0x1f, 0x44, 0x00, 0x00
.endm
.macro NOP6
	.byte	0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00
.endm

.macro ALTERNATIVE old, new, feature
771:	\old
772:	.skip -(((775f - 774f) - (772b - 771b)) > 0) * ((775f - 774f) - (772b - 771b)), 0x90
773:	.pushsection .altinstructions, "a"
	.long	771b - .
	.long	774f - .
	.word	\feature
	.byte	773b - 771b
	.byte	775f - 774f
	.popsection
	.pushsection .altinstr_replacement, "ax"
774:	\new
775:	.popsection
.endm

/* Another replacement for the ALTERNATIVE just before, no longer than that one's place; if the CPU has both features, the later counts. */
.macro ALTERNATIVE_AGAIN new, feature
	.pushsection .altinstructions, "a"
	.long	771b - .
	.long	776f - .
	.word	\feature
	.byte	773b - 771b
	.byte	777f - 776f
	.popsection
	.pushsection .altinstr_replacement, "ax"
776:	\new
777:	.popsection
.endm
/* clang-format on */
#else
#define ALTERNATIVE(old, new, feature)							\
	"771: " old "\n"								\
	"772: .skip -(((775f - 774f) - (772b - 771b)) > 0) * ((775f - 774f) - (772b - 771b)), 0x90\n"	\
	"773: .pushsection .altinstructions, \"a\"\n"					\
	".long 771b - .\n"								\
	".long 774f - .\n"								\
	".word " ALTERNATIVE_STRING(feature) "\n"					\
	".byte 773b - 771b\n"								\
	".byte 775f - 774f\n"								\
	".popsection\n"									\
	".pushsection .altinstr_replacement, \"ax\"\n"					\
	"774: " new "\n"								\
	"775: .popsection\n"
#define ALTERNATIVE_STRING_(text)	#text
#define ALTERNATIVE_STRING(text)	ALTERNATIVE_STRING_(text)

void alternatives_apply(void);
#endif

#endif
