// SPDX-License-Identifier: MIT
/*
 * ramdisk: disks in memory, /dev/ram0 and so on: the smallest block driver, a folder to copy.
 *
 *	insmod ramdisk.ko disks=2 size_kb=65536 block=4096
 *
 * It moves the data itself (BLOCK_CPU_DATA) while it is asked (BLOCK_SYNCHRONOUS): submit ends each request before it returns. A driver of real
 * hardware starts the transfer in submit and calls block_complete from its interrupt handler.
 */
#include <kit/block.h>
#include <kit/errno.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/module.h>
#include <kit/param.h>

#define SECTOR	512u

static unsigned int disks = 1;
module_param(disks, uint, 0444);
MODULE_PARM_DESC(disks, "how many, 1 to 16");
static unsigned long size_kb = 16384;
module_param(size_kb, ulong, 0444);
MODULE_PARM_DESC(size_kb, "of each, in KiB: a multiple of 4");
static unsigned int block = 512;
module_param(block, uint, 0444);
MODULE_PARM_DESC(block, "bytes of a logical block: 512 to 4096");

struct ramdisk {
	struct block_device *device;
	u8 *memory;
};

static struct ramdisk ramdisks[16];

static void move(struct ramdisk *r, const struct block_request *request, bool write)
{
	u8 *at = r->memory + block_request_sector(request) * SECTOR;
	u64 unused;

	for (u32 i = 0; i < block_request_segments(request); i++) {
		u32 length = block_request_segment(request, i, &unused);

		if (write)
			memcpy(at, block_request_memory(request, i), length);
		else
			memcpy(block_request_memory(request, i), at, length);
		at += length;
	}
}

static int submit(struct block_queue *queue, struct block_request *request)
{
	struct ramdisk *r = block_data(block_queue_device(queue));
	int error = 0;

	switch (block_request_operation(request)) {
	case BLOCK_READ: move(r, request, false); break;
	case BLOCK_WRITE: move(r, request, true); break;
	case BLOCK_DISCARD:
	case BLOCK_WRITE_ZEROES:
		memset(r->memory + block_request_sector(request) * SECTOR, 0,
		       block_request_bytes(request));
		break;
	default: error = -EOPNOTSUPP;
	}
	block_complete(request, error);
	return 0;
}

static const struct block_operations operations = {
	.size = sizeof(operations),
	.submit = submit,
};

static int make_disk(unsigned int number)
{
	struct ramdisk *r = &ramdisks[number];
	char name[16];
	struct block_params params = {
		.size = sizeof(params),
		.features = BLOCK_CPU_DATA | BLOCK_SYNCHRONOUS,
		.name = name,
		.operations = &operations,
		.data = r,
		.nr_sectors = size_kb * 2,
		.nr_queues = block_max_queues(),
		.depth = 16,
		.logical_block = block,
		.physical_block = 4096,
		.max_bytes = 128 << 10,
		.max_discard_bytes = 1 << 20,
		.max_zeroes_bytes = 1 << 20,
	};

	snprintf(name, sizeof(name), "ram%u", number);
	r->memory = vzalloc(size_kb << 10);
	if (!r->memory)
		return -ENOMEM;
	r->device = block_register(THIS_MODULE, NULL, &params);
	return IS_ERR(r->device) ? (int)PTR_ERR(r->device) : 0;
}

static void remove_disk(struct ramdisk *r)
{
	if (r->device && !IS_ERR(r->device))
		block_unregister(r->device);
	vfree(r->memory);
}

static void ramdisk_exit(void)
{
	for (unsigned int i = 0; i < disks; i++)
		remove_disk(&ramdisks[i]);
}

static int __init ramdisk_init(void)
{
	int error = 0;

	if (!disks || disks > ARRAY_SIZE(ramdisks) || !size_kb || size_kb % 4 ||
	    size_kb > 1ul << 30) {
		pr_err("disks=%u size_kb=%lu: not possible\n", disks, size_kb);
		return -EINVAL;
	}
	for (unsigned int i = 0; i < disks && !error; i++)
		error = make_disk(i);
	if (error)
		ramdisk_exit();
	return error;
}

module_init(ramdisk_init);
module_exit(ramdisk_exit);
MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Mortise authors");
MODULE_DESCRIPTION("Disks in memory");
MODULE_VERSION("1.0");
