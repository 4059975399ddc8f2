/* SPDX-License-Identifier: MIT */
/*
 * What the decoder of Debian's libzstd wants of a C library. The build includes this before each of
 * its files (lib/Makefile), in place of its own zstd_deps.h, whose guards are set here. It never
 * allocates: lib/zstd.c hands it all memory.
 */
#ifndef LIB_ZSTD_DEPS_H
#define LIB_ZSTD_DEPS_H

#include <lib/string.h>
#include <lib/types.h>

#define ZSTD_DEPS_COMMON
#define ZSTD_memcpy(d, s, n)  __builtin_memcpy((d), (s), (n))
#define ZSTD_memmove(d, s, n) __builtin_memmove((d), (s), (n))
#define ZSTD_memset(p, c, n)  __builtin_memset((p), (c), (n))

#define ZSTD_DEPS_MALLOC
#define ZSTD_malloc(n)    ((void)(n), NULL)
#define ZSTD_calloc(n, s) ((void)(n), (void)(s), NULL)
#define ZSTD_free(p)      ((void)(p))

/* Instead of <assert.h>; and its attribute of that name is spelt out. */
#define XXH_STATIC_ASSERT(c)                    _Static_assert(c, #c)
#define XXH_STATIC_ASSERT_WITH_MESSAGE(c, text) _Static_assert(c, text)
#undef fallthrough

#endif
