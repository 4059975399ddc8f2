// SPDX-License-Identifier: MIT
/* Memory for a device that reaches little of it. */
#include "internal.h"

#include <drivers/test_device.h>
#include <kernel/ktest.h>
#include <kit/dma.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/page.h>
#include <mm/slab.h>

KTEST_SUITE("dma");

static void let_go(struct device *device)
{
	resource_release_all(&device->resources);
	device_dma_release(device);
	put_device(device);
}

KTEST_CASE(a_mask_is_kept_by_buffers)
{
	struct device *device = test_device_create("dma-test", NULL);
	dma_addr_t address = 0;
	u8 *buffer;

	KTEST_ASSERT(device);
	KTEST_EXPECT_EQ(dma_set_mask(device, 23), -EINVAL);
	KTEST_EXPECT_EQ(dma_set_mask(device, 65), -EINVAL);
	KTEST_EXPECT_EQ(dma_set_mask(device, 24), 0);
	buffer = dma_alloc(device, 3 * PAGE_SIZE, &address);
	KTEST_ASSERT(buffer);
	KTEST_EXPECT(address + 3 * PAGE_SIZE <= BIT_ULL(24) && !(address & (4 * PAGE_SIZE - 1)) &&
		     !buffer[0]);
	dma_free(device, buffer);
	KTEST_EXPECT_EQ(resource_count(&device->resources), 0);
	KTEST_EXPECT(!dma_alloc(device, 0, &address));
	KTEST_EXPECT(!dma_alloc(device, 64ul << 20, &address));
	let_go(device);
}

KTEST_CASE(what_a_device_does_not_reach_is_copied)
{
	struct device *device = test_device_create("dma-test", NULL);
	u8 *buffer = kmalloc(3000, GFP_KERNEL);
	dma_addr_t address = 0;

	KTEST_ASSERT(device && buffer);
	memset(buffer, 1, 3000);
	/* Directly first. */
	KTEST_ASSERT_EQ(dma_set_mask(device, 64), 0);
	KTEST_ASSERT_EQ(dma_map(device, buffer, 3000, DMA_BOTH_WAYS, &address), 0);
	KTEST_EXPECT_EQ(address, __pa(buffer));
	dma_unmap(device, address, 3000, DMA_BOTH_WAYS);
	/* A device that reaches nothing but the first 16 MiB. */
	KTEST_ASSERT_EQ(dma_set_mask(device, 24), 0);
	KTEST_ASSERT_EQ(dma_map(device, buffer, 3000, DMA_BOTH_WAYS, &address), 0);
	if (__pa(buffer) + 3000 > BIT_ULL(24)) {
		u8 *seen = __va(address);

		KTEST_EXPECT(address + 3000 <= BIT_ULL(24) && seen != buffer);
		KTEST_EXPECT_EQ(seen[2999], 1);
		seen[10] = 2;
		KTEST_EXPECT_EQ(buffer[10], 1);
		dma_sync_for_cpu(device, address + 8, 4, DMA_BOTH_WAYS);
		KTEST_EXPECT_EQ(buffer[10], 2);
		buffer[11] = 3;
		dma_sync_for_device(device, address + 8, 4, DMA_BOTH_WAYS);
		KTEST_EXPECT_EQ(seen[11], 3);
		seen[2999] = 4;
	}
	dma_unmap(device, address, 3000, DMA_BOTH_WAYS);
	KTEST_EXPECT(list_empty(&device->dma_copies));
	KTEST_EXPECT(__pa(buffer) + 3000 <= BIT_ULL(24) || buffer[2999] == 4);
	KTEST_EXPECT_EQ(dma_map(device, buffer, 0, DMA_BOTH_WAYS, &address), -EINVAL);
	KTEST_EXPECT_EQ(dma_map(device, (void *)0x1000, 16, DMA_BOTH_WAYS, &address), -EINVAL);
	kfree(buffer);
	let_go(device);
}

KTEST_CASE(vmalloc_memory_is_not_lent)
{
	struct device *device = test_device_create("dma-test", NULL);
	void *area = vmalloc(PAGE_SIZE);
	dma_addr_t address;

	KTEST_ASSERT(device && area);
	KTEST_EXPECT_EQ(dma_map(device, area, 16, DMA_TO_DEVICE, &address), -EINVAL);
	vfree(area);
	let_go(device);
}

#define BLOCKS	100

KTEST_CASE(a_pool_deals_out_blocks_that_cross_no_boundary)
{
	struct device *device = test_device_create("dma-test", NULL);
	static void *blocks[BLOCKS];
	dma_addr_t address;
	struct dma_pool *pool;

	KTEST_ASSERT(device);
	KTEST_EXPECT(IS_ERR(dma_pool_create(device, 0, 8, 0)));
	KTEST_EXPECT(IS_ERR(dma_pool_create(device, 64, 12, 0)));
	KTEST_EXPECT(IS_ERR(dma_pool_create(device, 64, 8, 32)));
	pool = dma_pool_create(device, 300, 64, 1024);
	KTEST_ASSERT(!IS_ERR(pool));
	KTEST_EXPECT_EQ(dma_pool_fill(pool, BLOCKS), 0);
	for (int i = 0; i < BLOCKS; i++) {
		blocks[i] = dma_pool_alloc(pool, &address);
		KTEST_ASSERT(blocks[i]);
		KTEST_EXPECT(!(address & 63) && address / 1024 == (address + 299) / 1024);
		memset(blocks[i], i, 300);
	}
	for (int i = 0; i < BLOCKS; i++)
		KTEST_EXPECT(((u8 *)blocks[i])[0] == i && ((u8 *)blocks[i])[299] == i);
	/* In another order than they came. */
	for (int i = 0; i < BLOCKS; i++)
		dma_pool_free(pool, blocks[(i * 37) % BLOCKS]);
	blocks[0] = dma_pool_alloc(pool, &address);
	KTEST_EXPECT(blocks[0]);
	let_go(device);
}
