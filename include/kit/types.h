/* SPDX-License-Identifier: MIT */
/*
 * Kit, ground: base types and the few macros that every driver uses.
 * State: stable since kit 0.9.
 *
 * Safe in any context; nothing here touches kernel or CPU state.
 */
#ifndef KIT_TYPES_H
#define KIT_TYPES_H

#include <kit/abi.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <uapi/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

typedef __kernel_ssize_t ssize_t;
typedef unsigned long uintptr_t;
typedef long intptr_t;

/* Offsets in files, always 64 bits. */
typedef __kernel_loff_t loff_t;
typedef __kernel_off_t off_t;

/* Numbers of 512-byte sectors. */
typedef u64 sector_t;
/* Physical addresses, and addresses as a device sees them: never interchangeable. */
typedef u64 phys_addr_t;
typedef u64 dma_addr_t;

/* Annotations that sparse checks; the compilers ignore the address spaces. */
#ifdef __CHECKER__
#define __user		__attribute__((noderef, address_space(__user)))
#define __iomem		__attribute__((noderef, address_space(__iomem)))
#define __force		__attribute__((force))
#define __bitwise	__attribute__((bitwise))
#else
#define __user
#define __iomem
#define __force
#define __bitwise
#endif

#define __packed		__attribute__((packed))
#define __aligned(bytes)	__attribute__((aligned(bytes)))
#define __must_check		__attribute__((warn_unused_result))
#define __noreturn		__attribute__((noreturn))
#define __used			__attribute__((used))
#define __maybe_unused		__attribute__((unused))
#define __section(name)		__attribute__((section(name)))
#define __printf(fmt, args)	__attribute__((format(printf, fmt, args)))

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define BIT(n)		(1UL << (n))
#define BIT_ULL(n)	(1ULL << (n))
/* Bits low to high, both included. */
#define GENMASK(high, low)	((~0UL << (low)) & (~0UL >> (63 - (high))))
#define GENMASK_ULL(high, low)	((~0ULL << (low)) & (~0ULL >> (63 - (high))))

/* Number of elements; a pointer in place of an array does not compile. */
#define ARRAY_SIZE(array)                                                      \
	(sizeof(array) / sizeof((array)[0]) +                                  \
	 0 * sizeof(struct { unsigned int not_an_array : 1 - 2 * __builtin_types_compatible_p( \
				__typeof__(array), __typeof__(&(array)[0])); }))

/* The structure of the given type that holds `pointer` as its `member`. */
#define container_of(pointer, type, member) ({                                 \
	_Static_assert(__builtin_types_compatible_p(__typeof__(*(pointer)),    \
				__typeof__(((type *)0)->member)) ||            \
		       __builtin_types_compatible_p(__typeof__(*(pointer)), void), \
		       "container_of: pointer and member differ in type");     \
	(type *)((char *)(pointer) - offsetof(type, member)); })

/* Byte order. x86 is little-endian. */
#define cpu_to_le16(x)	((__le16)(u16)(x))
#define cpu_to_le32(x)	((__le32)(u32)(x))
#define cpu_to_le64(x)	((__le64)(u64)(x))
#define le16_to_cpu(x)	((u16)(__le16)(x))
#define le32_to_cpu(x)	((u32)(__le32)(x))
#define le64_to_cpu(x)	((u64)(__le64)(x))
#define cpu_to_be16(x)	((__be16)__builtin_bswap16(x))
#define cpu_to_be32(x)	((__be32)__builtin_bswap32(x))
#define cpu_to_be64(x)	((__be64)__builtin_bswap64(x))
#define be16_to_cpu(x)	((u16)__builtin_bswap16(x))
#define be32_to_cpu(x)	((u32)__builtin_bswap32(x))
#define be64_to_cpu(x)	((u64)__builtin_bswap64(x))

KIT_HEADER_PLAIN(types, 0);

#endif
