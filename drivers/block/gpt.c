// SPDX-License-Identifier: MIT
/*
 * GUID partition tables (UEFI specification 2.10, chapter 5): a header in the second block of the disk and a copy in the last, each with an array
 * of entries, all guarded by CRC-32. The first copy that is whole counts. A disk is only taken for one when its MBR
 * says so (type 0xee): a header alone may be left over from an earlier life.
 */
#include "internal.h"

#include <kernel/log.h>
#include <lib/crc32.h>
#include <lib/printf.h>

#define GPT_SIGNATURE		0x5452415020494645ull	/* "EFI PART" */
#define MAX_ENTRIES		1024u
#define MAX_ENTRY_SIZE		4096u

struct gpt_header {
	__le64 signature;
	__le32 revision, header_size, header_crc, reserved;
	__le64 my_block, other_block, first_usable, last_usable;
	u8 disk_guid[16];
	__le64 entries_block;
	__le32 nr_entries, entry_size, entries_crc;
} __packed;
_Static_assert(sizeof(struct gpt_header) == 92, "GPT header");

struct gpt_entry {
	u8 type[16], guid[16];
	__le64 first, last, attributes;
	__le16 name[36];
} __packed;
_Static_assert(sizeof(struct gpt_entry) == 128, "GPT entry");

static bool has_protective_mbr(struct block_device *disk)
{
	u8 mbr[SECTOR_SIZE];

	if (partition_read(disk, 0, mbr, sizeof(mbr)) || mbr[510] != 0x55 || mbr[511] != 0xaa)
		return false;
	for (int i = 0; i < 4; i++)
		if (mbr[446 + 16 * i + 4] == 0xee)
			return true;
	return false;
}

/* The header in that block if it is whole: 0, -EINVAL, -EIO ... */
static int read_header(struct block_device *disk, u64 block, struct gpt_header *h)
{
	u32 unit = disk->limits.logical_block, size, crc;
	u64 last = bdev_bytes(&disk->whole) / unit - 1;
	u8 raw[SECTOR_SIZE];
	int error = partition_read(disk, block * unit, raw, sizeof(raw));

	if (error)
		return error;
	memcpy(h, raw, sizeof(*h));
	size = le32_to_cpu(h->header_size);
	if (le64_to_cpu(h->signature) != GPT_SIGNATURE || size < sizeof(*h) || size > sizeof(raw))
		return -EINVAL;
	crc = le32_to_cpu(h->header_crc);
	memset(raw + offsetof(struct gpt_header, header_crc), 0, 4);
	if (~crc32_le(~0u, raw, size) != crc || le64_to_cpu(h->my_block) != block)
		return -EINVAL;
	if (le64_to_cpu(h->first_usable) > le64_to_cpu(h->last_usable) ||
	    le64_to_cpu(h->last_usable) > last)
		return -EINVAL;
	size = le32_to_cpu(h->entry_size);
	if (size < sizeof(struct gpt_entry) || size > MAX_ENTRY_SIZE || !is_power_of_2(size) ||
	    !le32_to_cpu(h->nr_entries) || le32_to_cpu(h->nr_entries) > MAX_ENTRIES ||
	    le64_to_cpu(h->entries_block) > last)
		return -EINVAL;
	return 0;
}

/* The array of entries, to be kvfree()d; ERR_PTR. */
static u8 *read_entries(struct block_device *disk, const struct gpt_header *h)
{
	u32 bytes = le32_to_cpu(h->nr_entries) * le32_to_cpu(h->entry_size);
	u8 *entries = kvmalloc(bytes, GFP_KERNEL);
	int error;

	if (!entries)
		return ERR_PTR(-ENOMEM);
	error = partition_read(disk, le64_to_cpu(h->entries_block) * disk->limits.logical_block,
			       entries, bytes);
	if (!error && ~crc32_le(~0u, entries, bytes) != le32_to_cpu(h->entries_crc))
		error = -EINVAL;
	if (!error)
		return entries;
	kvfree(entries);
	return ERR_PTR(error);
}

/* Of mixed byte order, as UEFI has it. */
static void print_guid(char *to, size_t size, const u8 *g)
{
	snprintf(to, size, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12],
		 g[13], g[14], g[15]);
}

/* Names are UTF-16; what is not a plain letter is shown as '!', as Linux does. */
static void copy_name(u8 *to, const struct gpt_entry *e)
{
	for (int i = 0; i < 36; i++) {
		u16 c = le16_to_cpu(e->name[i]);

		to[i] = c < 0x20 && c ? '!' : c > 0x7e ? '!' : c;
		if (!c)
			return;
	}
	to[36] = 0;
}

static int add_entries(struct block_device *disk, struct partition_list *list,
		       const struct gpt_header *h, const u8 *entries)
{
	static const u8 unused[16];
	u32 unit = disk->limits.logical_block / SECTOR_SIZE;
	int error = 0;

	for (u32 i = 0; i < le32_to_cpu(h->nr_entries) && !error; i++) {
		const struct gpt_entry *e =
			(const struct gpt_entry *)(entries + i * le32_to_cpu(h->entry_size));
		u64 first = le64_to_cpu(e->first), last = le64_to_cpu(e->last);
		struct parsed_partition p = { .partno = i + 1,
					      .start = first * unit,
					      .nr_sectors = (last - first + 1) * unit };

		if (!memcmp(e->type, unused, sizeof(unused)) || first > last ||
		    last > le64_to_cpu(h->last_usable) || first < le64_to_cpu(h->first_usable))
			continue;
		print_guid((char *)p.uuid, sizeof(p.uuid), e->guid);
		copy_name(p.label, e);
		error = partition_found(list, &p);
	}
	return error;
}

/* 1, 0: not whole, or negative. */
static int parse_copy(struct block_device *disk, u64 block, struct partition_list *list)
{
	struct gpt_header h;
	int error = read_header(disk, block, &h);
	u8 *entries;

	if (error)
		return error == -EINVAL ? 0 : error;
	entries = read_entries(disk, &h);
	if (IS_ERR(entries))
		return PTR_ERR(entries) == -EINVAL ? 0 : PTR_ERR(entries);
	error = add_entries(disk, list, &h, entries);
	kvfree(entries);
	return error ?: 1;
}

int gpt_parse(struct block_device *disk, struct partition_list *list)
{
	u64 blocks = bdev_bytes(&disk->whole) / disk->limits.logical_block;
	int found;

	if (blocks < 3 || !has_protective_mbr(disk))
		return 0;
	list->scheme = "gpt";
	found = parse_copy(disk, 1, list);
	if (found > 0 || found == -ENOMEM)
		return found;
	list->nr = 0;
	found = parse_copy(disk, blocks - 1, list);
	if (found > 0)
		pr_warn("block: %s: the primary GPT is damaged, its copy at the end of the disk is used\n",
			disk->whole.device.name);
	return found;
}
