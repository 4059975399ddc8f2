// SPDX-License-Identifier: MIT
/*
 * Partitions: made from the table on the disk, or one by one by BLKPG.
 *
 * A partition is a bdev that begins somewhere else. disk->mutex guards the list; a partition that is open is not removed, moved or shrunk.
 */
#include "internal.h"

#include <kernel/log.h>
#include <kernel/module.h>
#include <lib/ctype.h>
#include <lib/printf.h>

#define MAX_PARTITIONS	256u

int partition_found(struct partition_list *list, const struct parsed_partition *p)
{
	if (list->nr == list->room) {
		u32 room = list->room ? list->room * 2 : 16;
		struct parsed_partition *more = kcalloc(room, sizeof(*more), GFP_KERNEL);

		if (!more)
			return -ENOMEM;
		memcpy(more, list->entries, list->nr * sizeof(*more));
		kfree(list->entries);
		list->entries = more;
		list->room = room;
	}
	list->entries[list->nr++] = *p;
	return 0;
}

int partition_read(struct block_device *disk, u64 byte, void *to, u32 bytes)
{
	struct mapping *m = disk->whole.inode->mapping;

	if (byte > bdev_bytes(&disk->whole) || bytes > bdev_bytes(&disk->whole) - byte)
		return -EIO;
	while (bytes) {
		u32 offset = byte & ~PAGE_MASK, n = min(bytes, (u32)PAGE_SIZE - offset);
		struct page *page = mapping_read_page(m, NULL, byte >> PAGE_SHIFT);

		if (IS_ERR(page))
			return PTR_ERR(page);
		memcpy(to, (char *)page_address(page) + offset, n);
		put_page(page);
		to = (char *)to + n;
		byte += n;
		bytes -= n;
	}
	return 0;
}

/* --- one partition --- */

static void partition_release(struct device *device)
{
	struct bdev *part = to_bdev(device);

	bdev_inode_put(part);
	kfree(part->stats);
	kfree(part);
}

static struct bdev *find(struct block_device *disk, u32 partno)
{
	struct bdev *part;

	list_for_each_entry(part, &disk->partitions, node)
		if (part->partno == partno)
			return part;
	return NULL;
}

static bool overlaps(struct block_device *disk, u32 but, u64 start, u64 nr_sectors)
{
	struct bdev *part;

	list_for_each_entry(part, &disk->partitions, node)
		if (part->partno != but && start < part->start + part->nr_sectors &&
		    part->start < start + nr_sectors)
			return true;
	return false;
}

/* The list is in the order of numbers. */
static void enlist(struct block_device *disk, struct bdev *part)
{
	struct bdev *at;

	list_for_each_entry(at, &disk->partitions, node)
		if (at->partno > part->partno)
			break;
	list_add_tail(&part->node, &at->node);
}

static int add(struct block_device *disk, const struct parsed_partition *p)
{
	const char *name = disk->whole.device.name;
	struct bdev *part = kzalloc(sizeof(*part), GFP_KERNEL);
	int error;

	if (!part)
		return -ENOMEM;
	part->device.release = partition_release;
	error = device_init(&part->device, &disk->whole.device, "%s%s%u", name,
			    isdigit(name[strlen(name) - 1]) ? "p" : "", p->partno);
	if (error) {
		kfree(part);
		return error;
	}
	part->start = p->start;
	part->nr_sectors = p->nr_sectors;
	memcpy(part->uuid, p->uuid, sizeof(part->uuid));
	memcpy(part->label, p->label, sizeof(part->label));
	error = bdev_setup(part, disk, p->partno);
	if (error)
		goto put;
	error = bdev_show(part);
	if (error)
		goto teardown;
	enlist(disk, part);
	return 0;

teardown:
	bdev_teardown(part);
put:
	put_device(&part->device);
	return error;
}

static void remove(struct bdev *part)
{
	list_del(&part->node);
	WRITE_ONCE(part->gone, true);
	bdev_hide(part);
	bdev_teardown(part);
	bdev_put(part);
}

void partitions_remove(struct block_device *disk)
{
	struct bdev *part, *next;

	list_for_each_entry_safe(part, next, &disk->partitions, node)
		remove(part);
}

static bool fits(const struct block_device *disk, u64 start, u64 nr_sectors)
{
	u64 all = disk->whole.nr_sectors, unit = disk->limits.logical_block / SECTOR_SIZE;

	return nr_sectors && start < all && nr_sectors <= all - start &&
	       !((start | nr_sectors) & (unit - 1));
}

int block_partition_add(struct block_device *disk, u32 partno, u64 start, u64 nr_sectors)
{
	struct parsed_partition p = { .partno = partno, .start = start, .nr_sectors = nr_sectors };
	int error;

	if (!partno || partno > MAX_PARTITIONS || !fits(disk, start, nr_sectors))
		return -EINVAL;
	mutex_lock(&disk->mutex);
	if (READ_ONCE(disk->failing))
		error = -ENXIO;
	else if (find(disk, partno) || overlaps(disk, 0, start, nr_sectors))
		error = -EBUSY;
	else
		error = add(disk, &p);
	mutex_unlock(&disk->mutex);
	return error;
}

int block_partition_delete(struct block_device *disk, u32 partno)
{
	struct bdev *part;
	int error = 0;

	mutex_lock(&disk->mutex);
	part = find(disk, partno);
	if (!part)
		error = -ENXIO;
	else if (bdev_is_open(part))
		error = -EBUSY;
	else
		remove(part);
	mutex_unlock(&disk->mutex);
	return error;
}

int block_partition_resize(struct block_device *disk, u32 partno, u64 start, u64 nr_sectors)
{
	struct bdev *part;
	int error = 0;

	if (!fits(disk, start, nr_sectors))
		return -EINVAL;
	mutex_lock(&disk->mutex);
	part = find(disk, partno);
	if (!part) {
		error = -ENXIO;
	} else if (part->start != start) {
		error = -EINVAL;
	} else if (overlaps(disk, partno, start, nr_sectors)) {
		error = -EBUSY;
	} else {
		WRITE_ONCE(part->nr_sectors, nr_sectors);
		bdev_resized(part);
	}
	mutex_unlock(&disk->mutex);
	return error;
}

/* --- the table --- */

static const char *parse(struct block_device *disk, struct partition_list *list)
{
	int found = gpt_parse(disk, list);

	if (!found) {
		list->nr = 0;
		found = mbr_parse(disk, list);
	}
	if (found < 0)
		pr_warn("block: %s: cannot read the partition table: error %d\n",
			disk->whole.device.name, found);
	return found > 0 ? list->scheme : NULL;
}

static void add_all(struct block_device *disk, const struct partition_list *list)
{
	char line[160];
	int n = 0;

	for (u32 i = 0; i < list->nr; i++) {
		const struct parsed_partition *p = &list->entries[i];
		int error;

		if (p->partno > MAX_PARTITIONS || !fits(disk, p->start, p->nr_sectors)) {
			pr_warn("block: %s: partition %u does not lie on the disk\n",
				disk->whole.device.name, p->partno);
			continue;
		}
		error = add(disk, p);
		if (error)
			pr_warn("block: %s: partition %u: error %d\n", disk->whole.device.name,
				p->partno, error);
		else
			n += scnprintf(line + n, sizeof(line) - n, " %u", p->partno);
	}
	if (n)
		pr_info("block: %s: %s partitions%s\n", disk->whole.device.name, list->scheme,
			line);
}

int block_partitions_rescan(struct block_device *disk)
{
	struct partition_list list = { 0 };
	struct bdev *part;
	int error = 0;

	mutex_lock(&disk->mutex);
	if (READ_ONCE(disk->failing))
		error = -ENXIO;
	list_for_each_entry(part, &disk->partitions, node)
		if (bdev_is_open(part))
			error = -EBUSY;
	if (!error) {
		partitions_remove(disk);
		if (disk->whole.nr_sectors && parse(disk, &list))
			add_all(disk, &list);
	}
	kfree(list.entries);
	if (!bdev_is_open(&disk->whole))
		/* whoever opens it reads what is on the disk then */
		bdev_invalidate(&disk->whole);
	mutex_unlock(&disk->mutex);
	return error;
}
