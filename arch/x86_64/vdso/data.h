/* SPDX-License-Identifier: MIT */
/* The page of figures that the kernel writes and programs read. sequence is odd while it is being changed. */
#ifndef ARCH_X86_64_VDSO_DATA_H
#define ARCH_X86_64_VDSO_DATA_H

#include <uapi/types.h>

struct vdso_data {
	__u32 sequence;
	__s32 minutes_west, dst_time; /* settimeofday's timezone */
	__u32 reserved;
	/* of the monotonic clock; multiplier 0: ask the kernel */
	__u64 base_cycles, base_ns, multiplier;
	__s64 real_offset_ns, boot_offset_ns;
};

#define VDSO_CLOCK_SHIFT	32
#define VDSO_COARSE_NS		4000000

#endif
