/* SPDX-License-Identifier: MIT */
/*
 * What all fuzz targets share. A target is one file NAME_fuzz.c; libFuzzer calls its
 * LLVMFuzzerTestOneInput. The sources of lib/ and the targets are compiled freestanding, with tools/testing/host/host.h.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <lib/kernel.h>
#include <lib/string.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* host.c of this folder: memory whose ends the sanitizer watches. */
void *fuzz_alloc(size_t size);
void fuzz_free(void *p);
/* Bytes that must not be touched from now on (on), or may be again; multiples of 8. */
void fuzz_watch(void *start, size_t size, bool on);
int fuzz_host_vsnprintf(char *to, size_t size, const char *fmt, va_list args);

/* A broken promise of lib/ is a crash. */
#define PROMISE(condition)	do { if (!(condition)) __builtin_trap(); } while (0)

/* A copy in a block of exactly this size. */
static inline void *fuzz_copy(const void *data, size_t size)
{
	void *copy = fuzz_alloc(size);

	memcpy(copy, data, size);
	return copy;
}

/* The same as a string. */
static inline char *fuzz_string(const void *data, size_t size)
{
	char *copy = fuzz_alloc(size + 1);

	memcpy(copy, data, size);
	copy[size] = 0;
	return copy;
}

#endif
