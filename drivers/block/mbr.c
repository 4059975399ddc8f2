// SPDX-License-Identifier: MIT
/*
 * The partition table of the PC's master boot record: four entries at byte 446, then 0x55 0xaa. An entry of an extended type holds a chain of
 * logical partitions, which are numbered from 5 on: each link is a sector of the same form, whose first entry is a partition (relative to
 * the link) and whose second is the next link (relative to the extended partition).
 *
 * A sector with that signature may as well be the boot sector of a file system: then the entries are code, and their flags are not 0x00 or 0x80.
 */
#include "internal.h"

#include <lib/printf.h>

#define MAX_LINKS	252u		/* a chain that is longer, or a ring */

struct mbr_entry {
	u8 status, first_chs[3], type, last_chs[3];
	__le32 start, count; /* in logical blocks */
} __packed;

struct mbr {
	u8 code[440];
	__le32 signature;
	u8 reserved[2];
	struct mbr_entry entries[4];
	u8 magic[2];
} __packed;
_Static_assert(sizeof(struct mbr) == 512, "a boot record is a sector");

static bool is_extended(u8 type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

static int read_mbr(struct block_device *disk, u64 block, struct mbr *mbr)
{
	return partition_read(disk, block * disk->limits.logical_block, mbr, sizeof(*mbr));
}

static bool is_table(const struct mbr *mbr)
{
	if (mbr->magic[0] != 0x55 || mbr->magic[1] != 0xaa)
		return false;
	for (int i = 0; i < 4; i++)
		if (mbr->entries[i].status & 0x7f)
			return false;
	return true;
}

/* FAT and NTFS have no table but the same two bytes; their fields stand where code would. */
static bool is_boot_sector(const struct mbr *mbr)
{
	return !memcmp(mbr->code + 54, "FAT", 3) || !memcmp(mbr->code + 82, "FAT32", 5) ||
	       !memcmp(mbr->code + 3, "NTFS", 4);
}

static int found(struct block_device *disk, struct partition_list *list, const struct mbr *mbr,
		 u32 number, u64 start, u64 count)
{
	u32 unit = disk->limits.logical_block / SECTOR_SIZE;
	struct parsed_partition p = { .partno = number,
				      .start = start * unit,
				      .nr_sectors = count * unit };

	snprintf((char *)p.uuid, sizeof(p.uuid), "%08x-%02x", le32_to_cpu(mbr->signature), number);
	return partition_found(list, &p);
}

static int parse_chain(struct block_device *disk, struct partition_list *list,
		       const struct mbr *first, u64 base, u32 *number)
{
	struct mbr link;
	u64 here = base;
	int error;

	for (u32 n = 0; n < MAX_LINKS; n++) {
		const struct mbr_entry *data = &link.entries[0], *next = &link.entries[1];

		error = read_mbr(disk, here, &link);
		if (error || !is_table(&link))
			return error;
		if (is_extended(data->type))
			swap(data, next);
		if (data->type && le32_to_cpu(data->count)) {
			error = found(disk, list, first, (*number)++,
				      here + le32_to_cpu(data->start), le32_to_cpu(data->count));
			if (error)
				return error;
		}
		if (!is_extended(next->type) || !le32_to_cpu(next->start))
			return 0;
		here = base + le32_to_cpu(next->start);
	}
	return 0;
}

int mbr_parse(struct block_device *disk, struct partition_list *list)
{
	struct mbr mbr;
	u32 logical = 5;
	int error = read_mbr(disk, 0, &mbr);

	if (error)
		return error;
	if (!is_table(&mbr) || is_boot_sector(&mbr))
		return 0;
	list->scheme = "dos";
	for (u32 i = 0; i < 4 && !error; i++) {
		const struct mbr_entry *e = &mbr.entries[i];
		u64 start = le32_to_cpu(e->start), count = le32_to_cpu(e->count);

		if (!e->type || !count)
			continue;
		/* An extended partition itself shows room for a boot loader: two sectors at most. */
		error = found(disk, list, &mbr, i + 1, start,
			      is_extended(e->type) ? min(count, (u64)2) : count);
	}
	for (u32 i = 0; i < 4 && !error; i++)
		if (is_extended(mbr.entries[i].type) && le32_to_cpu(mbr.entries[i].count))
			error = parse_chain(disk, list, &mbr, le32_to_cpu(mbr.entries[i].start),
					    &logical);
	return error ?: 1;
}
