// SPDX-License-Identifier: MIT
/*
 * The checks: before each access that the compiler has found, and for the memory functions, which
 * it cannot look into.
 *
 * User addresses have no shadow and are not ours: an access there traps by itself.
 */
#include "kasan.h"

#include <kernel/kasan_abi.h>
#include <lib/kernel.h>

#define CALLER ((unsigned long)__builtin_return_address(0))

static __always_inline bool byte_is_bad(unsigned long address)
{
	s8 shadow = *(s8 *)shadow_of(address);

	return unlikely(shadow) && (s8)(address & 7) >= shadow;
}

/* Up to 8 bytes: their last one tells, unless they lie in two granules. */
static __always_inline bool short_is_bad(unsigned long address, size_t size)
{
	if (size > 1 && unlikely(((address + size - 1) & 7) < size - 1) && *shadow_of(address))
		return true;
	return byte_is_bad(address + size - 1);
}

unsigned long first_bad(unsigned long start, unsigned long end)
{
	while (start < end && !byte_is_bad(start))
		start++;
	return start;
}

static bool shadow_is_zero(const u8 *from, const u8 *to)
{
	for (; from < to && ((unsigned long)from & 7); from++)
		if (*from)
			return false;
	for (; to - from >= 8; from += 8)
		if (*(const u64 *)from)
			return false;
	for (; from < to; from++)
		if (*from)
			return false;
	return true;
}

static __always_inline bool range_is_bad(unsigned long address, size_t size)
{
	unsigned long last = address + size - 1;

	if (!size)
		return false;
	if (unlikely(last < address))
		return true;
	return !shadow_is_zero(shadow_of(address), shadow_of(last)) || byte_is_bad(last);
}

/* True: it may be used. */
static __always_inline bool check(unsigned long address, size_t size, bool write, unsigned long ip)
{
	if (unlikely(address < KERNEL_HALF))
		return true;
	if (likely(__builtin_constant_p(size) && size <= 8 ? !short_is_bad(address, size)
							   : !range_is_bad(address, size)))
		return true;
	kasan_report(address, size, write, ip);
	return false;
}

bool kasan_check_read(const volatile void *p, size_t size)
{
	return check((unsigned long)p, size, false, CALLER);
}

bool kasan_check_write(const volatile void *p, size_t size)
{
	return check((unsigned long)p, size, true, CALLER);
}

#define ACCESS(size)                                                    \
	void __asan_load##size(unsigned long address)                   \
	{                                                               \
		check(address, size, false, CALLER);                    \
	}                                                               \
	void __asan_store##size(unsigned long address)                  \
	{                                                               \
		check(address, size, true, CALLER);                     \
	}                                                               \
	void __asan_load##size##_noabort(unsigned long address)         \
	{                                                               \
		check(address, size, false, CALLER);                    \
	}                                                               \
	void __asan_store##size##_noabort(unsigned long address)        \
	{                                                               \
		check(address, size, true, CALLER);                     \
	}                                                               \
	void __asan_report_load##size##_noabort(unsigned long address)  \
	{                                                               \
		kasan_report(address, size, false, CALLER);             \
	}                                                               \
	void __asan_report_store##size##_noabort(unsigned long address) \
	{                                                               \
		kasan_report(address, size, true, CALLER);              \
	}
ASAN_ACCESS_SIZES(ACCESS)

void __asan_loadN(unsigned long address, size_t size)
{
	check(address, size, false, CALLER);
}
void __asan_storeN(unsigned long address, size_t size)
{
	check(address, size, true, CALLER);
}
void __asan_loadN_noabort(unsigned long address, size_t size)
{
	check(address, size, false, CALLER);
}
void __asan_storeN_noabort(unsigned long address, size_t size)
{
	check(address, size, true, CALLER);
}
void __asan_report_load_n_noabort(unsigned long address, size_t size)
{
	kasan_report(address, size, false, CALLER);
}
void __asan_report_store_n_noabort(unsigned long address, size_t size)
{
	kasan_report(address, size, true, CALLER);
}

/* --- memory functions: those of lib/memory.c, checked --- */

int __memcmp(const void *a, const void *b, size_t size);
void *__memchr_inv(const void *block, int byte, size_t size);
void *__memset64(u64 *to, u64 value, size_t count);
void *__memset32(u32 *to, u32 value, size_t count);
void *__memset16(u16 *to, u16 value, size_t count);
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr_inv(const void *block, int byte, size_t size);
void *memset64(u64 *to, u64 value, size_t count);
void *memset32(u32 *to, u32 value, size_t count);
void *memset16(u16 *to, u16 value, size_t count);

#define READS(p, size)  check((unsigned long)(p), size, false, CALLER)
#define WRITES(p, size) check((unsigned long)(p), size, true, CALLER)

void *memcpy(void *to, const void *from, size_t size)
{
	READS(from, size);
	WRITES(to, size);
	return __memcpy(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
	READS(from, size);
	WRITES(to, size);
	return __memmove(to, from, size);
}

void *memset(void *to, int byte, size_t size)
{
	WRITES(to, size);
	return __memset(to, byte, size);
}

int memcmp(const void *a, const void *b, size_t size)
{
	READS(a, size);
	READS(b, size);
	return __memcmp(a, b, size);
}

void *memchr_inv(const void *block, int byte, size_t size)
{
	READS(block, size);
	return __memchr_inv(block, byte, size);
}

void *memset64(u64 *to, u64 value, size_t count)
{
	WRITES(to, count * sizeof(*to));
	return __memset64(to, value, count);
}

void *memset32(u32 *to, u32 value, size_t count)
{
	WRITES(to, count * sizeof(*to));
	return __memset32(to, value, count);
}

void *memset16(u16 *to, u16 value, size_t count)
{
	WRITES(to, count * sizeof(*to));
	return __memset16(to, value, count);
}
