// SPDX-License-Identifier: MIT
/* What a driver's timeout may count on. */
#include "internal.h"

#include <drivers/test_device.h>
#include <kernel/ktest.h>
#include <kernel/thread.h>
#include <kit/block.h>

KTEST_SUITE("block");

static unsigned long flags_in_timeout;
static struct block_request *late; /* the first one, which is ended by its time-out */

static int submit(struct block_queue *queue, struct block_request *request)
{
	if (!late) { /* of those who look for partitions */
		late = request;
		return 0;
	}
	block_complete(request, -EIO);
	return 0;
}

static void timeout(struct block_queue *queue, struct block_request *request, u32 times)
{
	flags_in_timeout = READ_ONCE(current->flags);
	KTEST_EXPECT(request == late);
	block_complete(request, -EIO);
}

static const struct block_operations operations = { .size = sizeof(operations),
						    .submit = submit,
						    .timeout = timeout };

KTEST_CASE(what_a_timeout_allocates_starts_no_io)
{
	const struct block_params params = {
		.size = sizeof(params),
		.features = BLOCK_CPU_DATA,
		.name = "ktest0",
		.operations = &operations,
		.nr_sectors = 64,
		.nr_queues = 1,
		.depth = 1,
		.logical_block = 512,
		.timeout_ms = 1,
	};
	struct device *parent = test_device_add("block-test", NULL);
	struct block_device *disk;

	KTEST_ASSERT(parent);
	flags_in_timeout = 0;
	late = NULL;
	disk = block_register(NULL, parent, &params);
	KTEST_EXPECT(!IS_ERR(disk));
	KTEST_EXPECT(late);
	KTEST_EXPECT(flags_in_timeout & BIT(TF_NO_IO));
	device_remove(parent);
	put_device(parent);
}
