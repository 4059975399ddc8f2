/* SPDX-License-Identifier: MIT */
/*
 * zstd: the decoder of Debian's libzstd in a workspace of the caller's. First the pieces that are
 * handed on, behind them the decoder's own.
 */
#define ZSTD_STATIC_LINKING_ONLY
#include "zstd.h"
#include "zstd_errors.h"
#include <lib/errno.h>
#include <lib/unzstd.h>

#define OUT_BYTES 65536u

ssize_t unzstd_workspace(const void *data, size_t size)
{
	ZSTD_frameHeader header;

	if (!is_zstd(data, size) || ZSTD_getFrameHeader(&header, data, size))
		return -EINVAL;
	if (header.windowSize > UNZSTD_WINDOW_MAX)
		return -EFBIG;
	return (ssize_t)(OUT_BYTES + ZSTD_estimateDStreamSize((size_t)header.windowSize));
}

ssize_t unzstd(const void *data, size_t size, void *workspace, size_t workspace_size,
	       int (*output)(void *context, const void *bytes, size_t count), void *context)
{
	ZSTD_inBuffer in = { .src = data, .size = size };
	ZSTD_DStream *stream;
	size_t left;

	if (workspace_size <= OUT_BYTES)
		return -ENOMEM;
	stream = ZSTD_initStaticDStream((u8 *)workspace + OUT_BYTES, workspace_size - OUT_BYTES);
	if (!stream || ZSTD_isError(ZSTD_DCtx_setMaxWindowSize(stream, UNZSTD_WINDOW_MAX)))
		return -ENOMEM;
	do {
		ZSTD_outBuffer out = { .dst = workspace, .size = OUT_BYTES };
		size_t before = in.pos;
		int err;

		left = ZSTD_decompressStream(stream, &out, &in);
		if (ZSTD_isError(left))
			return ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation ? -ENOMEM
										       : -EINVAL;
		err = out.pos ? output(context, workspace, out.pos) : 0;
		if (err)
			return err;
		/* It wants more than there is. */
		if (left && !out.pos && in.pos == before)
			return -EINVAL;
	} while (left);
	return (ssize_t)in.pos;
}
