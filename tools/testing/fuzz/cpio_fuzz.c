/* SPDX-License-Identifier: MIT */
/* An archive, whole and in pieces (of a size that the last byte gives): both ways must see the same. */
#include <lib/cpio.h>
#include <lib/hash.h>
#include "fuzz.h"

struct seen {
	u64 hash; /* of all that the callbacks got */
	u32 left; /* of the contents announced */
	bool open;
	ssize_t result;
};

static const siphash_key_t key;

static void mix(struct seen *seen, u64 value)
{
	seen->hash = siphash_2u64(seen->hash, value, &key);
}

static int on_entry(void *context, const struct cpio_entry *entry)
{
	struct seen *seen = context;
	size_t len = strlen(entry->name);

	PROMISE(!seen->open && len >= 1 && len <= CPIO_NAME_MAX);
	mix(seen, siphash(entry->name, len, &key));
	mix(seen,
	    siphash(&entry->ino, sizeof(*entry) - offsetof(struct cpio_entry, ino) - 4, &key));
	seen->left = entry->size;
	seen->open = true;
	return 0;
}

static int on_data(void *context, const void *bytes, size_t count)
{
	struct seen *seen = context;
	const u8 *p = bytes;

	PROMISE(seen->open && count && count <= seen->left);
	for (size_t i = 0; i < count; i++)
		mix(seen, p[i]);
	seen->left -= (u32)count;
	return 0;
}

static int on_end(void *context)
{
	struct seen *seen = context;

	PROMISE(seen->open && !seen->left);
	seen->open = false;
	mix(seen, 1);
	return 0;
}

static struct seen read(const u8 *data, size_t size, size_t piece)
{
	static const struct cpio_ops ops = { on_entry, on_data, on_end };
	static struct cpio_reader reader;
	struct seen seen = { 0 };
	size_t at = 0;

	cpio_init(&reader, &ops, &seen);
	while (at < size && !cpio_is_done(&reader)) {
		size_t n = min(piece, size - at);
		u8 *copy = fuzz_copy(data + at, n);

		seen.result = cpio_feed(&reader, copy, n);
		fuzz_free(copy);
		if (seen.result < 0)
			return seen;
		PROMISE(seen.result == (ssize_t)n || cpio_is_done(&reader));
		at += (size_t)seen.result;
	}
	seen.result = (ssize_t)at;
	return seen;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct seen whole, pieces;

	if (!size)
		return 0;
	whole = read(data, size, size);
	pieces = read(data, size, 1 + data[size - 1] % 130);
	PROMISE(whole.hash == pieces.hash && whole.result == pieces.result);
	return 0;
}
