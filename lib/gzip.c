/* SPDX-License-Identifier: MIT */
/*
 * The frame of gzip around zlib's inflate (lib/zlib.c).
 */
#include <lib/bitops.h>
#include <lib/crc32.h>
#include <lib/errno.h>
#include <lib/gzip.h>
#include <lib/string.h>
#include "zlib.h"

#define FIXED_BYTES	10
#define TRAILER_BYTES	8	/* CRC and length of the contents */
#define METHOD_DEFLATE	8

enum {
	FLAG_HEADER_CRC = 2,
	FLAG_EXTRA = 4,
	FLAG_NAME = 8,
	FLAG_COMMENT = 16,
	FLAGS_RESERVED = 0xe0,
};

/* --- memory for zlib: taken from the workspace, never given back --- */

struct arena {
	u8 *free;
	size_t left;
};

static void *arena_alloc(void *opaque, unsigned int items, unsigned int size)
{
	struct arena *arena = opaque;
	size_t bytes = ALIGN((size_t)items * size, sizeof(u64));
	void *p = arena->free;

	if (bytes > arena->left)
		return NULL;
	arena->free += bytes;
	arena->left -= bytes;
	return p;
}

static void arena_free(void *opaque, void *address)
{
}

/* --- the header --- */

/* Moves *at behind a string that ends in a zero. */
static int skip_string(const u8 *p, size_t size, size_t *at)
{
	const u8 *end = memchr(p + *at, 0, size - *at);

	if (!end)
		return -EINVAL;
	*at = (size_t)(end - p) + 1;
	return 0;
}

/* Where the deflated data start, or an error. */
static ssize_t skip_header(const u8 *p, size_t size)
{
	size_t at = FIXED_BYTES;
	int err = 0;

	if (size < FIXED_BYTES || !is_gzip(p, size))
		return -EINVAL;
	if (p[2] != METHOD_DEFLATE)
		return -EOPNOTSUPP;
	if (p[3] & FLAGS_RESERVED)
		return -EINVAL;
	if (p[3] & FLAG_EXTRA) {
		if (size - at < 2)
			return -EINVAL;
		at += 2U + get_unaligned_le16(p + at);
		if (at > size)
			return -EINVAL;
	}
	if (p[3] & FLAG_NAME)
		err = skip_string(p, size, &at);
	if (!err && (p[3] & FLAG_COMMENT))
		err = skip_string(p, size, &at);
	if (err)
		return err;
	if (p[3] & FLAG_HEADER_CRC) {
		if (size - at < 2 || get_unaligned_le16(p + at) != (u16)~crc32_le(~0U, p, at))
			return -EINVAL;
		at += 2;
	}
	return (ssize_t)at;
}

/* --- the contents --- */

struct sums {
	u32 crc, length;
};

/* Inflates all of it; afterwards stream->next_in is behind its end. */
static int inflate_all(z_stream *stream, struct gunzip_workspace *workspace, struct sums *sums,
		       int (*output)(void *, const void *, size_t), void *context)
{
	int status;

	do {
		size_t got;
		int err;

		stream->next_out = workspace->out;
		stream->avail_out = sizeof(workspace->out);
		status = inflate(stream, Z_NO_FLUSH);
		if (status != Z_OK && status != Z_STREAM_END)
			return -EINVAL;
		got = sizeof(workspace->out) - stream->avail_out;
		sums->crc = crc32_le(sums->crc, workspace->out, got);
		sums->length += (u32)got;
		err = got ? output(context, workspace->out, got) : 0;
		if (err)
			return err;
	} while (status != Z_STREAM_END);
	return 0;
}

/* zlib counts the input by 32 bits: what is beyond waits in `more`. */
ssize_t gunzip(const void *data, size_t size, struct gunzip_workspace *workspace,
	       int (*output)(void *context, const void *bytes, size_t count), void *context)
{
	const u8 *p = data;
	struct arena arena = { (u8 *)workspace->arena, sizeof(workspace->arena) };
	struct sums sums = { .crc = ~0U };
	z_stream stream = { .zalloc = arena_alloc, .zfree = arena_free, .opaque = &arena };
	ssize_t start = skip_header(p, size);
	size_t end;
	int err;

	if (start < 0)
		return start;
	stream.next_in = (u8 *)p + start;
	stream.avail_in = (unsigned int)min(size - (size_t)start, (size_t)UINT_MAX);
	/* Negative: no frame of zlib's own. */
	if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
		return -ENOMEM;
	err = inflate_all(&stream, workspace, &sums, output, context);
	if (err)
		return err;
	end = (size_t)(stream.next_in - p);
	if (size - end < TRAILER_BYTES || get_unaligned_le32(p + end) != ~sums.crc ||
	    get_unaligned_le32(p + end + 4) != sums.length)
		return -EINVAL;
	return (ssize_t)(end + TRAILER_BYTES);
}
