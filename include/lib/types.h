/* SPDX-License-Identifier: MIT */
/*
 * Types of the core: the kit's, and the POSIX names that only the core needs.
 */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <kit/types.h>

typedef __kernel_pid_t pid_t;
typedef __kernel_uid32_t uid_t;
typedef __kernel_gid32_t gid_t;
typedef __kernel_mode_t mode_t;
/* File type and permission bits, as inodes store them. */
typedef unsigned short umode_t;
typedef __kernel_key_t key_t;
typedef __kernel_clockid_t clockid_t;
typedef __kernel_timer_t timer_t;
typedef __kernel_clock_t clock_t;
typedef __kernel_time64_t time64_t;
/* Nanoseconds. */
typedef s64 ktime_t;
typedef u64 ino_t;
/* Device number in the core's own encoding, see lib/dev_t.h. */
typedef u32 dev_t;
typedef u64 blkcnt_t;
typedef __poll_t poll_t;
/* Allocation flags: lib only hands them on. Their values are in mm/gfp.h. */
typedef unsigned int gfp_t;

/* Index of a page in a file, and a page frame number. */
typedef unsigned long pgoff_t;
typedef unsigned long pfn_t;

#endif
