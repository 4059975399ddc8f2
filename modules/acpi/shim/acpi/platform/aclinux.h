/* SPDX-License-Identifier: MIT */
/*
 * What ACPICA wants to know of the system it runs on. It stands in the place of its own file of this name, which its acenv.h reads wherever
 * the compiler says __linux__, and gives it the kit.
 */
#ifndef SHIM_ACLINUX_H
#define SHIM_ACLINUX_H

#include <kit/errno.h>
#include <kit/lock.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/types.h>

#define ACPI_USE_DO_WHILE_0
#define ACPI_IGNORE_PACKAGE_RESOLUTION_ERRORS
#define ACPI_USE_SYSTEM_CLIBRARY		/* the functions below */
#define ACPI_USE_SYSTEM_INTTYPES
#define ACPI_USE_LOCAL_CACHE
#define ACPI_USE_NATIVE_MATH64
#define ACPI_PCI_CONFIGURED
#define ACPI_MACHINE_WIDTH		64
#define COMPILER_DEPENDENT_INT64	s64
#define COMPILER_DEPENDENT_UINT64	u64

#define acpi_uintptr_t			uintptr_t
#define acpi_spinlock			spinlock_t *
#define acpi_cpu_flags			u64
#define acpi_semaphore			struct osl_semaphore *
struct osl_semaphore;

#define ACPI_TO_INTEGER(p)		((uintptr_t)(p))
#define ACPI_OFFSET(type, field)	offsetof(type, field)
#define ACPI_STRUCT_INIT(field, value)	.field = value
#define ACPI_EXPORT_SYMBOL(symbol)
#define ACPI_EXPORT_SYMBOL_INIT(symbol)
#undef __init
#define __init

/* The first two bytes are the level of the log, see osl_log.c. */
#define ACPI_MSG_ERROR		"\0013error: "
#define ACPI_MSG_EXCEPTION	"\0013exception: "
#define ACPI_MSG_WARNING	"\0014warning: "
#define ACPI_MSG_INFO		"\0017"
#define ACPI_MSG_BIOS_ERROR	"\0013firmware error: "
#define ACPI_MSG_BIOS_WARNING	"\0014firmware warning: "

/* The lock that firmware and system share (ACPI 6.4, 5.2.10.1): bit 0 somebody waits, bit 1 it is owned. */
static inline u8 osl_acquire_global_lock(u32 *lock)
{
	u32 old = __atomic_load_n(lock, __ATOMIC_RELAXED), wanted;

	do {
		wanted = (old & ~1u) | 2u;
		if (old & 2u)
			wanted |= 1u;
	} while (!__atomic_compare_exchange_n(lock, &old, wanted, false, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	return !(wanted & 1u);
}

/* True when the firmware waits for it and must be told. */
static inline u8 osl_release_global_lock(u32 *lock)
{
	return __atomic_fetch_and(lock, ~3u, __ATOMIC_ACQ_REL) & 1u;
}
#define ACPI_ACQUIRE_GLOBAL_LOCK(facs, acquired)	((acquired) = osl_acquire_global_lock(&(facs)->global_lock))
#define ACPI_RELEASE_GLOBAL_LOCK(facs, pending)		((pending) = osl_release_global_lock(&(facs)->global_lock))

/* The part of the C library that ACPICA uses and the kit does not have. */
static inline int isdigit(int c) { return c >= '0' && c <= '9'; }
static inline int isupper(int c) { return c >= 'A' && c <= 'Z'; }
static inline int islower(int c) { return c >= 'a' && c <= 'z'; }
static inline int isalpha(int c) { return isupper(c) || islower(c); }
static inline int isalnum(int c) { return isalpha(c) || isdigit(c); }
static inline int isxdigit(int c) { return isdigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
static inline int isspace(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static inline int isprint(int c) { return c >= ' ' && c <= '~'; }
static inline int tolower(int c) { return isupper(c) ? c + 32 : c; }
static inline int toupper(int c) { return islower(c) ? c - 32 : c; }

static inline char *strcpy(char *to, const char *from)
{
	return memcpy(to, from, strlen(from) + 1);
}

static inline char *strcat(char *to, const char *from)
{
	strcpy(to + strlen(to), from);
	return to;
}

static inline char *strncpy(char *to, const char *from, size_t n)
{
	size_t length = strnlen(from, n);

	memcpy(to, from, length);
	memset(to + length, 0, n - length);
	return to;
}

static inline char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

#endif
