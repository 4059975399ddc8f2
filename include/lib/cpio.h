/* SPDX-License-Identifier: MIT */
/*
 * Reads cpio archives in the "newc" format (magic 070701, or 070702 with
 * checksums), as they come: whole in memory, or in pieces out of a decompressor.
 * File contents are handed on from where they lie, never copied.
 *
 * The archive is hostile. Entries reach the callbacks with a name that is a
 * string of 1 to CPIO_NAME_MAX bytes; what the name means ("..", absolute) is the
 * callbacks' business.
 */
#ifndef LIB_CPIO_H
#define LIB_CPIO_H

#include <lib/types.h>

#define CPIO_HEADER_BYTES	110
#define CPIO_NAME_MAX		4095	/* without the zero */

struct cpio_entry {
	const char *name;
	u32 ino;
	u32 mode;
	u32 uid, gid;
	u32 nlink;
	u32 mtime;
	u32 size;	  /* of the contents; of hard links the last one has them */
	u32 major, minor; /* ino is unique within these */
	u32 rmajor, rminor;
};

struct cpio_reader;

/* Each returns 0, or an error that ends the reading and is returned by cpio_feed. */
struct cpio_ops {
	int (*entry)(void *context, const struct cpio_entry *entry);
	/* The next bytes of the contents; all together they are entry->size. Not called for empty files. */
	int (*data)(void *context, const void *bytes, size_t count);
	/* All contents have come, and their checksum is right. */
	int (*end)(void *context);
};

enum cpio_state {
	CPIO_HEADER,
	CPIO_NAME,
	CPIO_NAME_PADDING,
	CPIO_DATA,
	CPIO_DATA_PADDING,
	CPIO_DONE,
};

/* About 4 KiB: not for the stack. */
struct cpio_reader {
	const struct cpio_ops *ops;
	void *context;
	enum cpio_state state;
	struct cpio_entry entry;
	u32 left;      /* bytes that the state still wants */
	u32 name_size; /* with the zero */
	u32 checksum;  /* of the contents so far */
	u32 want_checksum;
	bool has_checksum;
	u64 position;			/* in the archive, for the padding */
	char buffer[CPIO_NAME_MAX + 1]; /* a header or a name that came in pieces */
};

void cpio_init(struct cpio_reader *reader, const struct cpio_ops *ops, void *context);
/*
 * Takes the next bytes of the archive. Returns how many: fewer than `count` only when the
 * archive has ended (its trailer was read); or -EINVAL for a damaged archive, or a callback's error,
 * after which the reader is of no use.
 */
ssize_t cpio_feed(struct cpio_reader *reader, const void *bytes, size_t count);
/* Whether the trailer was read. */
static inline bool cpio_is_done(const struct cpio_reader *reader)
{
	return reader->state == CPIO_DONE;
}

#endif
