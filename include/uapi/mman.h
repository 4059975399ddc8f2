/* SPDX-License-Identifier: MIT */
/*
 * Mappings of memory: mmap, mprotect, madvise, mremap, msync, mlock, memfd.
 */
#ifndef UAPI_MMAN_H
#define UAPI_MMAN_H

#include <uapi/types.h>

#define PROT_NONE	0x0
#define PROT_READ	0x1
#define PROT_WRITE	0x2
#define PROT_EXEC	0x4
#define PROT_SEM	0x8
#define PROT_GROWSDOWN	0x01000000
#define PROT_GROWSUP	0x02000000

/* Kinds of mapping, and flags. */
#define MAP_SHARED		0x1
#define MAP_PRIVATE		0x2
#define MAP_SHARED_VALIDATE	0x3
#define MAP_TYPE		0xf
#define MAP_FIXED		0x10
#define MAP_ANONYMOUS		0x20
#define MAP_32BIT		0x40
#define MAP_GROWSDOWN		0x100
#define MAP_DENYWRITE		0x800
#define MAP_EXECUTABLE		0x1000
#define MAP_LOCKED		0x2000
#define MAP_NORESERVE		0x4000
#define MAP_POPULATE		0x8000
#define MAP_NONBLOCK		0x10000
#define MAP_STACK		0x20000
#define MAP_HUGETLB		0x40000
#define MAP_SYNC		0x80000
#define MAP_FIXED_NOREPLACE	0x100000
#define MAP_UNINITIALIZED	0x4000000
#define MAP_FILE		0x0
/* Size of huge pages, as a power of two, in the flags. */
#define MAP_HUGE_SHIFT	26
#define MAP_HUGE_MASK	0x3f
#define MAP_HUGE_16KB	(14U << MAP_HUGE_SHIFT)
#define MAP_HUGE_64KB	(16U << MAP_HUGE_SHIFT)
#define MAP_HUGE_512KB	(19U << MAP_HUGE_SHIFT)
#define MAP_HUGE_1MB	(20U << MAP_HUGE_SHIFT)
#define MAP_HUGE_2MB	(21U << MAP_HUGE_SHIFT)
#define MAP_HUGE_8MB	(23U << MAP_HUGE_SHIFT)
#define MAP_HUGE_16MB	(24U << MAP_HUGE_SHIFT)
#define MAP_HUGE_32MB	(25U << MAP_HUGE_SHIFT)
#define MAP_HUGE_256MB	(28U << MAP_HUGE_SHIFT)
#define MAP_HUGE_512MB	(29U << MAP_HUGE_SHIFT)
#define MAP_HUGE_1GB	(30U << MAP_HUGE_SHIFT)
#define MAP_HUGE_2GB	(31U << MAP_HUGE_SHIFT)
#define MAP_HUGE_16GB	(34U << MAP_HUGE_SHIFT)

#define MREMAP_MAYMOVE		1
#define MREMAP_FIXED		2
#define MREMAP_DONTUNMAP	4
#define MS_ASYNC	1
#define MS_INVALIDATE	2
#define MS_SYNC		4
#define MCL_CURRENT	1
#define MCL_FUTURE	2
#define MCL_ONFAULT	4
#define MLOCK_ONFAULT	1

#define MADV_NORMAL		0
#define MADV_RANDOM		1
#define MADV_SEQUENTIAL		2
#define MADV_WILLNEED		3
#define MADV_DONTNEED		4
#define MADV_FREE		8
#define MADV_REMOVE		9
#define MADV_DONTFORK		10
#define MADV_DOFORK		11
#define MADV_MERGEABLE		12
#define MADV_UNMERGEABLE	13
#define MADV_HUGEPAGE		14
#define MADV_NOHUGEPAGE		15
#define MADV_DONTDUMP		16
#define MADV_DODUMP		17
#define MADV_WIPEONFORK		18
#define MADV_KEEPONFORK		19
#define MADV_COLD		20
#define MADV_PAGEOUT		21
#define MADV_POPULATE_READ	22
#define MADV_POPULATE_WRITE	23
#define MADV_DONTNEED_LOCKED	24
#define MADV_COLLAPSE		25
#define MADV_HWPOISON		100
#define MADV_SOFT_OFFLINE	101

/* /proc/sys/vm/overcommit_memory. */
#define OVERCOMMIT_GUESS	0
#define OVERCOMMIT_ALWAYS	1
#define OVERCOMMIT_NEVER	2

/* Protection keys. */
#define PKEY_DISABLE_ACCESS	0x1
#define PKEY_DISABLE_WRITE	0x2
#define PKEY_ACCESS_MASK	0x3

/* memfd_create. */
#define MFD_CLOEXEC		0x1
#define MFD_ALLOW_SEALING	0x2
#define MFD_HUGETLB		0x4
#define MFD_HUGE_SHIFT	26
#define MFD_HUGE_MASK	0x3f

#endif
