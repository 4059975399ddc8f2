/* SPDX-License-Identifier: MIT */
/*
 * cpio archives, "newc". An entry is a header of 110 characters (magic and 13
 * numbers of 8 hexadecimal digits), the name with a zero, padding to 4 bytes, the contents, padding
 * to 4 bytes. The last entry is called "TRAILER!!!".
 *
 *   HEADER --have_header--> NAME --have_name--> NAME_PADDING --start_data--> DATA
 *      ^                     |                                               |
 *      |                     +--trailer--> DONE                              | end_data
 *      +---------------------------------------------- DATA_PADDING <--------+
 */
#include <lib/cpio.h>
#include <lib/ctype.h>
#include <lib/errno.h>
#include <lib/kernel.h>
#include <lib/string.h>

#define MAGIC		"070701"
#define MAGIC_CRC	"070702"
#define MAGIC_BYTES	6
#define TRAILER		"TRAILER!!!"

/* The order of the numbers in the header. */
enum {
	INO,
	MODE,
	UID,
	GID,
	NLINK,
	MTIME,
	SIZE,
	MAJOR,
	MINOR,
	RMAJOR,
	RMINOR,
	NAME_SIZE,
	CHECK,
	NR_NUMBERS
};

void cpio_init(struct cpio_reader *reader, const struct cpio_ops *ops, void *context)
{
	reader->ops = ops;
	reader->context = context;
	reader->state = CPIO_HEADER;
	reader->left = CPIO_HEADER_BYTES;
	reader->position = 0;
}

static int parse_hex(const char *digits, u32 *value)
{
	*value = 0;
	for (int i = 0; i < 8; i++) {
		int digit = hex_to_bin((u8)digits[i]);

		if (digit < 0)
			return -EINVAL;
		*value = *value << 4 | (u32)digit;
	}
	return 0;
}

static void go_on(struct cpio_reader *reader, enum cpio_state state, u32 left)
{
	reader->state = state;
	reader->left = left;
}

/* Bytes to the next multiple of 4. */
static u32 padding(const struct cpio_reader *reader)
{
	return -(u32)reader->position & 3;
}

static int have_header(struct cpio_reader *reader, const char *header)
{
	struct cpio_entry *entry = &reader->entry;
	u32 numbers[NR_NUMBERS] = { 0 };

	reader->has_checksum = !memcmp(header, MAGIC_CRC, MAGIC_BYTES);
	if (!reader->has_checksum && memcmp(header, MAGIC, MAGIC_BYTES))
		return -EINVAL;
	for (int i = 0; i < NR_NUMBERS; i++) {
		int err = parse_hex(header + MAGIC_BYTES + 8 * i, &numbers[i]);

		if (err)
			return err;
	}
	if (numbers[NAME_SIZE] < 2 || numbers[NAME_SIZE] > CPIO_NAME_MAX + 1)
		return -EINVAL;
	*entry = (struct cpio_entry){
		.ino = numbers[INO],
		.mode = numbers[MODE],
		.uid = numbers[UID],
		.gid = numbers[GID],
		.nlink = numbers[NLINK],
		.mtime = numbers[MTIME],
		.size = numbers[SIZE],
		.major = numbers[MAJOR],
		.minor = numbers[MINOR],
		.rmajor = numbers[RMAJOR],
		.rminor = numbers[RMINOR],
	};
	reader->name_size = numbers[NAME_SIZE];
	reader->want_checksum = numbers[CHECK];
	reader->checksum = 0;
	go_on(reader, CPIO_NAME, reader->name_size);
	return 0;
}

static int have_name(struct cpio_reader *reader, const char *name)
{
	int err;

	/* The zero stands at the end and nowhere before. */
	if (strnlen(name, reader->name_size) != reader->name_size - 1)
		return -EINVAL;
	if (!strcmp(name, TRAILER)) {
		go_on(reader, CPIO_DONE, 0);
		return 0;
	}
	reader->entry.name = name;
	err = reader->ops->entry(reader->context, &reader->entry);
	reader->entry.name = NULL;
	go_on(reader, CPIO_NAME_PADDING, padding(reader));
	return err;
}

static int end_data(struct cpio_reader *reader)
{
	if (reader->has_checksum && reader->checksum != reader->want_checksum)
		return -EINVAL;
	go_on(reader, CPIO_DATA_PADDING, padding(reader));
	return reader->ops->end(reader->context);
}

static int take_data(struct cpio_reader *reader, const u8 *bytes, u32 count)
{
	if (reader->has_checksum)
		for (u32 i = 0; i < count; i++)
			reader->checksum += bytes[i];
	return count ? reader->ops->data(reader->context, bytes, count) : 0;
}

/* The state has got all its bytes, which lie at `whole` for a header and a name. */
static int finish_state(struct cpio_reader *reader, const char *whole)
{
	switch (reader->state) {
	case CPIO_HEADER: return have_header(reader, whole);
	case CPIO_NAME: return have_name(reader, whole);
	case CPIO_NAME_PADDING: go_on(reader, CPIO_DATA, reader->entry.size); return 0;
	case CPIO_DATA: return end_data(reader);
	default: go_on(reader, CPIO_HEADER, CPIO_HEADER_BYTES); return 0;
	}
}

/* Takes at most what the state wants. A header or a name that is cut is put together in the buffer. */
static int take(struct cpio_reader *reader, const u8 *bytes, u32 count)
{
	bool buffered = reader->state == CPIO_HEADER || reader->state == CPIO_NAME;
	u32 total = reader->state == CPIO_HEADER ? CPIO_HEADER_BYTES : reader->name_size;
	const char *whole = (const char *)bytes;
	int err = 0;

	reader->position += count;
	if (reader->state == CPIO_DATA)
		err = take_data(reader, bytes, count);
	if (buffered && count < total) {
		memcpy(reader->buffer + total - reader->left, bytes, count);
		whole = reader->buffer;
	}
	reader->left -= count;
	if (!err && !reader->left)
		err = finish_state(reader, whole);
	return err;
}

ssize_t cpio_feed(struct cpio_reader *reader, const void *bytes, size_t count)
{
	const u8 *p = bytes;
	size_t left = count;

	/* A state that wants nothing (no padding, no contents) is finished without a byte. */
	while (reader->state != CPIO_DONE && (left || !reader->left)) {
		u32 part = (u32)min(left, (size_t)reader->left);
		int err = take(reader, p, part);

		if (err)
			return err;
		p += part;
		left -= part;
	}
	return (ssize_t)(count - left);
}
