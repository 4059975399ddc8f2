// SPDX-License-Identifier: MIT
/* What /sys shows of disks and partitions: the files that lsblk, blkid and sfdisk look at, with Linux's names and units. */
#include "internal.h"

#include <kernel/log.h>
#include <lib/printf.h>

/* The object of a bdev's folder is its device. */
static const struct bdev *bdev_of(void *object)
{
	return to_bdev((struct device *)object);
}

enum value {
	SIZE,
	READ_ONLY,
	REMOVABLE,
	RANGE,
	EXT_RANGE,
	ALIGNMENT,
	DISCARD_ALIGNMENT,
	HIDDEN,
	SEQUENCE,
	CAPABILITY,
	PARTITION,
	START,
	LOGICAL,
	PHYSICAL,
	IO_MIN,
	IO_OPT,
	MAX_KB,
	MAX_HW_KB,
	MAX_SEGMENTS,
	MAX_SEGMENT,
	REQUESTS,
	READ_AHEAD,
	ROTATIONAL,
	DISCARD_GRANULARITY,
	DISCARD_MAX,
	ZEROES_MAX,
	FUA,
	NO,
	TIMEOUT,
	DMA_ALIGNMENT,
	VIRTUAL_MASK,
};

static u64 max_bytes(const struct block_params *l)
{
	return min((u64)l->max_bytes, (u64)l->max_segments * l->max_segment_bytes);
}

static u64 value_of(const struct bdev *b, enum value value)
{
	const struct block_params *l = &b->disk->limits;

	switch (value) {
	case SIZE: return READ_ONCE(b->nr_sectors);
	case READ_ONLY: return bdev_read_only(b);
	case REMOVABLE: return !!(l->features & BLOCK_REMOVABLE);
	case RANGE: return MAJOR(b->device.devt) == 8 ? 16 : b->disk->first_devt ? 1 : 0;
	case EXT_RANGE: return 256;
	case SEQUENCE: return b->disk->sequence;
	case PARTITION: return b->partno;
	case START: return READ_ONCE(b->start);
	case LOGICAL: return l->logical_block;
	case PHYSICAL: return l->physical_block;
	case IO_MIN: return l->io_min;
	case IO_OPT: return l->io_opt;
	case MAX_KB:
	case MAX_HW_KB: return max_bytes(l) >> 10;
	case MAX_SEGMENTS: return l->max_segments;
	case MAX_SEGMENT: return l->max_segment_bytes;
	case REQUESTS: return l->depth;
	case READ_AHEAD: return 128;
	case ROTATIONAL: return !!(l->features & BLOCK_ROTATIONAL);
	case DISCARD_GRANULARITY: return l->discard_granularity;
	case DISCARD_MAX: return READ_ONCE(l->max_discard_bytes);
	case ZEROES_MAX: return READ_ONCE(l->max_zeroes_bytes);
	case FUA: return !!(l->features & BLOCK_HAS_FUA);
	case TIMEOUT: return l->timeout_ms;
	case DMA_ALIGNMENT: return l->dma_alignment - 1;
	case VIRTUAL_MASK: return l->virtual_boundary ? l->virtual_boundary - 1 : 0;
	case ALIGNMENT:
	case DISCARD_ALIGNMENT:
	case HIDDEN:
	case CAPABILITY:
	case NO: return 0;
	}
	return 0;
}

static ssize_t value_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n",
			  (unsigned long long)value_of(bdev_of(object), (unsigned long)attr->data));
}

static ssize_t stat_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	int n = stats_print(bdev_of(object), buf, 0, PAGE_SIZE - 1);

	buf[n] = '\n';
	return n + 1;
}

static ssize_t inflight_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	struct block_stats sum;

	stats_sum(bdev_of(object), &sum);
	return sysfs_emit(buf, "%8lld %8lld\n", (long long)max(sum.in_flight[0], (s64)0),
			  (long long)max(sum.in_flight[1], (s64)0));
}

static ssize_t write_cache_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  bdev_of(object)->disk->limits.features & BLOCK_WRITE_CACHE
				  ? "write back"
				  : "write through");
}

static ssize_t text_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", (const char *)attr->data);
}

#define VALUE(name, value)	{ name, 0444, value_show, NULL, (void *)(value) }

static const struct sysfs_attribute common[] = {
	VALUE("size", SIZE),
	VALUE("ro", READ_ONLY),
	VALUE("alignment_offset", ALIGNMENT),
	VALUE("discard_alignment", DISCARD_ALIGNMENT),
	{ "stat", 0444, stat_show, NULL, NULL },
	{ "inflight", 0444, inflight_show, NULL, NULL },
};

static const struct sysfs_attribute whole_only[] = {
	VALUE("removable", REMOVABLE), VALUE("range", RANGE),	   VALUE("ext_range", EXT_RANGE),
	VALUE("hidden", HIDDEN),       VALUE("diskseq", SEQUENCE), VALUE("capability", CAPABILITY),
};

static const struct sysfs_attribute partition_only[] = { VALUE("partition", PARTITION), VALUE("start", START) };

static const struct sysfs_attribute queue_files[] = {
	VALUE("logical_block_size", LOGICAL),
	VALUE("hw_sector_size", LOGICAL),
	VALUE("physical_block_size", PHYSICAL),
	VALUE("minimum_io_size", IO_MIN),
	VALUE("optimal_io_size", IO_OPT),
	VALUE("max_sectors_kb", MAX_KB),
	VALUE("max_hw_sectors_kb", MAX_HW_KB),
	VALUE("max_segments", MAX_SEGMENTS),
	VALUE("max_segment_size", MAX_SEGMENT),
	VALUE("nr_requests", REQUESTS),
	VALUE("read_ahead_kb", READ_AHEAD),
	VALUE("rotational", ROTATIONAL),
	VALUE("discard_granularity", DISCARD_GRANULARITY),
	VALUE("discard_max_bytes", DISCARD_MAX),
	VALUE("discard_max_hw_bytes", DISCARD_MAX),
	VALUE("discard_zeroes_data", NO),
	VALUE("write_same_max_bytes", NO),
	VALUE("write_zeroes_max_bytes", ZEROES_MAX),
	VALUE("fua", FUA),
	VALUE("add_random", NO),
	VALUE("nomerges", NO),
	VALUE("chunk_sectors", NO),
	VALUE("nr_zones", NO),
	VALUE("dax", NO),
	VALUE("io_timeout", TIMEOUT),
	VALUE("dma_alignment", DMA_ALIGNMENT),
	VALUE("virt_boundary_mask", VIRTUAL_MASK),
	{ "write_cache", 0444, write_cache_show, NULL, NULL },
	{ "scheduler", 0444, text_show, NULL, "[none]" },
	{ "zoned", 0444, text_show, NULL, "none" },
};

static int add_files(sysfs_dir_t *dir, const struct sysfs_attribute *files, size_t nr)
{
	int error = 0;

	for (size_t i = 0; i < nr && !error; i++)
		error = sysfs_create_file(dir, &files[i]);
	return error;
}

static sysfs_dir_t *add_folder(struct bdev *bdev, const char *name, int *error)
{
	sysfs_dir_t *dir = sysfs_create_dir(bdev->device.dir, name, &bdev->device);

	if (!IS_ERR(dir))
		return dir;
	*error = PTR_ERR(dir);
	return NULL;
}

int disk_show_attributes(struct block_device *disk)
{
	struct bdev *bdev = &disk->whole;
	int error = add_files(bdev->device.dir, common, ARRAY_SIZE(common));

	if (!error)
		error = add_files(bdev->device.dir, whole_only, ARRAY_SIZE(whole_only));
	if (error)
		return error;
	disk->queue_dir = add_folder(bdev, "queue", &error);
	disk->holders_dir = add_folder(bdev, "holders", &error);
	disk->slaves_dir = add_folder(bdev, "slaves", &error);
	if (!error)
		error = add_files(disk->queue_dir, queue_files, ARRAY_SIZE(queue_files));
	if (!error && bdev->device.parent)
		error = sysfs_create_link(bdev->device.dir, bdev->device.parent->dir, "device");
	return error ?: sysfs_create_link(sysfs_block, bdev->device.dir, bdev->device.name);
}

void disk_hide_attributes(struct block_device *disk)
{
	sysfs_remove_file(sysfs_block, disk->whole.device.name);
}

int partition_show_attributes(struct bdev *bdev)
{
	int error = add_files(bdev->device.dir, common, ARRAY_SIZE(common));

	if (!error)
		error = add_files(bdev->device.dir, partition_only, ARRAY_SIZE(partition_only));
	if (!error)
		add_folder(bdev, "holders", &error);
	return error;
}

/* --- model, serial, firmware: beside the parent device --- */

int disk_show_texts(struct block_device *disk, const struct block_params *params)
{
	static const char *const names[] = { "model", "serial", "firmware_rev" };
	const char *const texts[] = { params->model, params->serial, params->firmware };
	struct device *parent = disk->whole.device.parent;
	int error = 0;

	if (!parent)
		return 0;
	disk->texts = kcalloc(ARRAY_SIZE(names), sizeof(*disk->texts), GFP_KERNEL);
	if (!disk->texts)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(names) && !error; i++) {
		struct sysfs_attribute *a = &disk->texts[i];

		if (!texts[i])
			continue;
		disk->strings[i] = kstrdup(texts[i], GFP_KERNEL);
		if (!disk->strings[i])
			return -ENOMEM;
		*a = (struct sysfs_attribute){ names[i], 0444, text_show, NULL, disk->strings[i] };
		error = sysfs_create_file(parent->dir, a);
		if (error)
			a->name = NULL;
	}
	return error == -EEXIST ? 0 : error; /* another disk of the same device has them */
}

void disk_hide_texts(struct block_device *disk)
{
	for (size_t i = 0; disk->texts && i < ARRAY_SIZE(disk->strings); i++)
		if (disk->texts[i].name)
			sysfs_remove_file(disk->whole.device.parent->dir, disk->texts[i].name);
}
