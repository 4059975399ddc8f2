/* SPDX-License-Identifier: MIT */
/*
 * gzip (RFC 1952): unpacks one member that lies whole in memory. The inflating
 * is Debian's zlib, compiled in at build time. The input is hostile.
 */
#ifndef LIB_GZIP_H
#define LIB_GZIP_H

#include <lib/errno.h>
#include <lib/types.h>

#define GUNZIP_OUT_BYTES	32768

/* About 80 KiB, supplied by the caller: lib keeps no state. */
struct gunzip_workspace {
	u8 out[GUNZIP_OUT_BYTES]; /* what the callback sees */
	u64 arena[6144];	  /* zlib's state and window */
};

static inline bool is_gzip(const void *data, size_t size)
{
	const u8 *p = data;

	return size >= 2 && p[0] == 0x1f && p[1] == 0x8b;
}

/*
 * Hands the unpacked bytes to `output` piece by piece; stops at its first
 * error and returns that. Returns the size of the member, -EINVAL (damaged, cut
 * short, or its checksum is wrong, which is found when all has been handed on), -EOPNOTSUPP (a
 * method that is not deflate; or any, when the option GZIP is off).
 */
#ifdef CONFIG_GZIP
ssize_t gunzip(const void *data, size_t size, struct gunzip_workspace *workspace,
	       int (*output)(void *context, const void *bytes, size_t count), void *context);
#else
static inline ssize_t gunzip(const void *data, size_t size, struct gunzip_workspace *workspace,
			     int (*output)(void *context, const void *bytes, size_t count),
			     void *context)
{
	return -EOPNOTSUPP;
}
#endif

#endif
