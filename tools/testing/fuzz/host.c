/* SPDX-License-Identifier: MIT */
/*
 * The host's side of the fuzz targets.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void *fuzz_alloc(size_t size);
void fuzz_free(void *p);
void fuzz_watch(void *start, size_t size, bool on);
void *fuzz_arena(size_t size);
void fuzz_protect(void *start, size_t size, int protection);
/* The address sanitizer's; not there when coverage is measured. */
void __asan_poison_memory_region(const volatile void *start, size_t size) __attribute__((weak));
void __asan_unpoison_memory_region(const volatile void *start, size_t size) __attribute__((weak));
int fuzz_host_vsnprintf(char *to, size_t size, const char *fmt, va_list args);

void *fuzz_alloc(size_t size)
{
	return malloc(size);
}

void fuzz_free(void *p)
{
	free(p);
}

void fuzz_watch(void *start, size_t size, bool on)
{
	if (__asan_poison_memory_region && on)
		__asan_poison_memory_region(start, size);
	else if (__asan_unpoison_memory_region)
		__asan_unpoison_memory_region(start, size);
}

/* Where relocations of 32 bits reach, and the sanitizer keeps no account of its own. */
void *fuzz_arena(size_t size)
{
	void *p = mmap((void *)0x40000000, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

void fuzz_protect(void *start, size_t size, int protection)
{
	if (mprotect(start, size,
		     (protection & 1 ? PROT_READ : 0) | (protection & 2 ? PROT_WRITE : 0)))
		abort();
}

int fuzz_host_vsnprintf(char *to, size_t size, const char *fmt, va_list args)
{
	return vsnprintf(to, size, fmt, args);
}
