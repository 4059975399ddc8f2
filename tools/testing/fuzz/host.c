/* SPDX-License-Identifier: MIT */
/*
 * The host's side of the fuzz targets.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void *fuzz_alloc(size_t size);
void fuzz_free(void *p);
int fuzz_host_vsnprintf(char *to, size_t size, const char *fmt, va_list args);

void *fuzz_alloc(size_t size)
{
	return malloc(size);
}

void fuzz_free(void *p)
{
	free(p);
}

int fuzz_host_vsnprintf(char *to, size_t size, const char *fmt, va_list args)
{
	return vsnprintf(to, size, fmt, args);
}
