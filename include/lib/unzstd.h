/* SPDX-License-Identifier: MIT */
/*
 * zstd (RFC 8878): unpacks one frame that lies whole in memory. The decoder is Debian's libzstd,
 * compiled in at build time. The input is hostile.
 */
#ifndef LIB_UNZSTD_H
#define LIB_UNZSTD_H

#include <lib/errno.h>
#include <lib/types.h>

/* What a frame may ask for to look back in; `zstd --ultra -22` asks for as much. */
#define UNZSTD_WINDOW_MAX (128u << 20)

static inline bool is_zstd(const void *data, size_t size)
{
	const u8 *p = data;

	return size >= 4 && p[0] == 0x28 && p[1] == 0xb5 && p[2] == 0x2f && p[3] == 0xfd;
}

/*
 * unzstd_workspace() says how much memory the frame needs: from 200 KiB up to its window, or
 * -EINVAL, or -EFBIG for a window that is too large. The caller supplies it, aligned to 8 bytes.
 *
 * unzstd() hands the unpacked bytes to `output` piece by piece; stops at its first error and
 * returns that. Returns the size of the frame, -EINVAL (damaged, cut short, or its checksum is
 * wrong), -ENOMEM (too small a workspace). Both: -EOPNOTSUPP when the option ZSTD is off.
 */
#ifdef CONFIG_ZSTD
ssize_t unzstd_workspace(const void *data, size_t size);
ssize_t unzstd(const void *data, size_t size, void *workspace, size_t workspace_size,
	       int (*output)(void *context, const void *bytes, size_t count), void *context);
#else
static inline ssize_t unzstd_workspace(const void *data, size_t size)
{
	return -EOPNOTSUPP;
}
static inline ssize_t unzstd(const void *data, size_t size, void *workspace, size_t workspace_size,
			     int (*output)(void *context, const void *bytes, size_t count),
			     void *context)
{
	return -EOPNOTSUPP;
}
#endif

#endif
