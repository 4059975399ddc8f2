/* SPDX-License-Identifier: MIT */
/* Layouts of FXSAVE and XSAVE (Intel SDM volume 1, 10.5 and 13.4), and what the switch and the signal frames share. */
#ifndef ARCH_FPU_LAYOUT_H
#define ARCH_FPU_LAYOUT_H

#include <kit/types.h>

#define XFEATURE_X87	BIT(0)
#define XFEATURE_SSE	BIT(1)
#define XFEATURE_AVX	BIT(2)
#define XFEATURE_AVX512	(BIT(5) | BIT(6) | BIT(7))

#define FXSAVE_SIZE	512
#define FPU_SIZE_MAX	4096
#define MXCSR_MASK_DEFAULT	0xffbf

/* Bytes that the CPU leaves to software; Linux's ABI for signal frames. */
struct fpu_software_bytes {
	u32 magic1;
	u32 extended_size; /* with the second magic number behind the state */
	u64 features;
	u32 state_size;
	u32 padding[7];
};

#define FP_XSTATE_MAGIC1	0x46505853u
#define FP_XSTATE_MAGIC2	0x46505845u

struct fxsave_area {
	u16 control, status;
	u8 tags, reserved;
	u16 opcode;
	u64 instruction, operand;
	u32 mxcsr, mxcsr_mask;
	u8 st[8][16];
	u8 xmm[16][16];
	u8 reserved2[48];
	struct fpu_software_bytes software;
};

struct xsave_header {
	u64 features, compaction;
	u64 reserved[6];
};

_Static_assert(sizeof(struct fxsave_area) == FXSAVE_SIZE, "FXSAVE's layout");
_Static_assert(offsetof(struct fxsave_area, software) == 464, "FXSAVE's layout");

extern u64 fpu_features; /* XCR0; 0: no XSAVE */
extern unsigned int fpu_size;
extern u32 fpu_mxcsr_mask;

void fpu_load_initial(u64 features); /* registers of current; preemption as it is */

#endif
