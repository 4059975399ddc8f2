// SPDX-License-Identifier: MIT
/*
 * Kit: memory for devices (kit/dma.h). Without an IOMMU a device address is the physical one; what a device does not reach by its mask goes
 * through a copy in lower memory.
 */
#include "internal.h"

#include <kernel/log.h>
#include <kit/dma.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/page.h>
#include <mm/slab.h>

#define DEFAULT_MASK	0xffffffffull

struct owned_buffer {
	struct owned_resource resource; /* of the device */
	void *address;
	size_t size; /* a power of two, as allocated */
};

/* A mapping by way of a copy. */
struct dma_copy {
	struct list_head node; /* device->dma_lock */
	void *original, *copy;
	size_t size;
	dma_addr_t address;
};

void device_dma_init(struct device *device)
{
	device->dma_mask = DEFAULT_MASK;
	spin_lock_init(&device->dma_lock, LOCK_RANK_LEAF);
	INIT_LIST_HEAD(&device->dma_copies);
}

static void free_copy(struct dma_copy *copy)
{
	free_pages_exact(copy->copy, copy->size);
	kfree(copy);
}

/* Its driver has let go: nobody maps any more. */
void device_dma_release(struct device *device)
{
	struct dma_copy *copy, *next;
	unsigned int n = 0;

	list_for_each_entry_safe(copy, next, &device->dma_copies, node) {
		list_del(&copy->node);
		free_copy(copy);
		n++;
	}
	if (n)
		pr_warn("%s: its driver left %u DMA mappings behind\n", device->name, n);
	device->dma_mask = DEFAULT_MASK;
}

/* The zone whose memory a device of that mask reaches. */
static gfp_t zone_for(u64 mask)
{
	if (mask == ~0ull)
		return 0;
	return mask >= DEFAULT_MASK ? __GFP_DMA32 : __GFP_DMA;
}

static bool reaches(const struct device *device, u64 phys, size_t size)
{
	return phys <= device->dma_mask && size - 1 <= device->dma_mask - phys;
}

int dma_set_mask(struct device *device, u32 bits)
{
	if (bits < 24 || bits > 64)
		return -EINVAL;
	device->dma_mask = bits == 64 ? ~0ull : BIT_ULL(bits) - 1;
	return 0;
}

/* --- coherent buffers: x86 keeps caches and devices coherent by itself --- */

static void buffer_release(struct owned_resource *resource)
{
	struct owned_buffer *b = container_of(resource, struct owned_buffer, resource);

	free_pages_exact(b->address, b->size);
	kfree(b);
}

void *dma_alloc(struct device *device, size_t size, dma_addr_t *address)
{
	struct owned_buffer *b;

	might_sleep();
	if (!size || size > PAGE_SIZE << MAX_ORDER)
		return NULL;
	b = kzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return NULL;
	b->resource.release = buffer_release;
	b->resource.what = "DMA buffer";
	b->size = PAGE_SIZE << get_order(size);
	/* Single pages: programs may map them, and each then lives until the last of them lets go. */
	b->address = alloc_pages_exact(b->size,
				       GFP_KERNEL | __GFP_ZERO | zone_for(device->dma_mask));
	if (!b->address) {
		kfree(b);
		return NULL;
	}
	*address = __pa(b->address);
	resource_add(&device->resources, &b->resource);
	return b->address;
}

static bool is_buffer(const struct owned_resource *resource, const void *key)
{
	return resource->release == buffer_release &&
	       container_of(resource, const struct owned_buffer, resource)->address == key;
}

void dma_free(struct device *device, void *buffer)
{
	struct owned_resource *resource = buffer ? resource_take(&device->resources, is_buffer,
								 buffer)
						 : NULL;

	might_sleep();
	if (resource)
		resource->release(resource);
}

struct buffer_key {
	const void *address;
	size_t *size;
};

static bool has_size(const struct owned_resource *resource, const void *key)
{
	const struct buffer_key *k = key;

	if (!is_buffer(resource, k->address))
		return false;
	*k->size = container_of(resource, const struct owned_buffer, resource)->size;
	return true;
}

size_t device_dma_size(struct device *device, const void *buffer)
{
	size_t size = 0;
	struct buffer_key key = { buffer, &size };

	resource_find(&device->resources, has_size, &key);
	return size;
}

/* --- streaming --- */

/* Where memory of the direct map is; false for other addresses. */
static bool physical(const void *buffer, size_t size, u64 *phys)
{
	unsigned long at = (unsigned long)buffer;

	if (!size || at < DIRECT_MAP_BASE || at + size < at || at >= KERNEL_MAP_BASE ||
	    is_vmalloc_addr(buffer))
		return false;
	*phys = __pa(buffer);
	return pfn_valid(*phys >> PAGE_SHIFT) && pfn_valid((*phys + size - 1) >> PAGE_SHIFT);
}

static int map_copy(struct device *device, void *buffer, size_t size, u32 direction,
		    dma_addr_t *address)
{
	struct dma_copy *copy = kzalloc(sizeof(*copy), GFP_ATOMIC);
	unsigned long flags;

	if (!copy)
		return -ENOMEM;
	copy->copy = alloc_pages_exact(size, GFP_ATOMIC | zone_for(device->dma_mask));
	if (!copy->copy) {
		kfree(copy);
		return -ENOMEM;
	}
	copy->original = buffer;
	copy->size = size;
	copy->address = __pa(copy->copy);
	if (direction != DMA_FROM_DEVICE)
		memcpy(copy->copy, buffer, size);
	else
		/* a device that writes less gives nothing of others away */
		memset(copy->copy, 0, size);
	spin_lock_irqsave(&device->dma_lock, flags);
	list_add(&copy->node, &device->dma_copies);
	spin_unlock_irqrestore(&device->dma_lock, flags);
	*address = copy->address;
	return 0;
}

int dma_map(struct device *device, void *buffer, size_t size, u32 direction, dma_addr_t *address)
{
	u64 phys;

	if (!physical(buffer, size, &phys))
		return -EINVAL;
	if (!reaches(device, phys, size))
		return map_copy(device, buffer, size, direction, address);
	*address = phys;
	return 0;
}

/* The copy that the range lies in; taken out of the list if asked for. NULL: it was mapped directly. */
static struct dma_copy *find_copy(struct device *device, dma_addr_t address, bool take)
{
	struct dma_copy *copy, *found = NULL;
	unsigned long flags;

	if (list_empty(&device->dma_copies))
		return NULL;
	spin_lock_irqsave(&device->dma_lock, flags);
	list_for_each_entry(copy, &device->dma_copies, node) {
		if (address >= copy->address && address - copy->address < copy->size) {
			found = copy;
			if (take)
				list_del(&copy->node);
			break;
		}
	}
	spin_unlock_irqrestore(&device->dma_lock, flags);
	return found;
}

static void copy_part(const struct dma_copy *copy, dma_addr_t address, size_t size, bool to_cpu)
{
	size_t offset = address - copy->address;
	void *original = copy->original + offset, *there = copy->copy + offset;

	size = min(size, copy->size - offset);
	memcpy(to_cpu ? original : there, to_cpu ? there : original, size);
}

void dma_sync_for_cpu(struct device *device, dma_addr_t address, size_t size, u32 direction)
{
	struct dma_copy *copy = find_copy(device, address, false);

	if (copy && direction != DMA_TO_DEVICE)
		copy_part(copy, address, size, true);
}

void dma_sync_for_device(struct device *device, dma_addr_t address, size_t size, u32 direction)
{
	struct dma_copy *copy = find_copy(device, address, false);

	if (copy && direction != DMA_FROM_DEVICE)
		copy_part(copy, address, size, false);
}

void dma_unmap(struct device *device, dma_addr_t address, size_t size, u32 direction)
{
	struct dma_copy *copy = find_copy(device, address, true);

	if (!copy)
		return;
	if (direction != DMA_TO_DEVICE)
		copy_part(copy, address, size, true);
	free_copy(copy);
}
