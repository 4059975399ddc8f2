// SPDX-License-Identifier: MIT
/*
 * Cutting bios into requests that fit the disk's limits, and bouncing what the device cannot reach.
 *
 * A segment is memory that is contiguous for the device. Neighbours grow together where the limits allow. Bounced data stand in pages that
 * the device reaches, one segment a page; a reserve of such pages, enough for one request, is kept by each disk that may need them.
 */
#include <mm/stat.h>

#include "internal.h"

/* Does the device get at these bytes by itself? */
static bool reachable(const struct block_params *limits, u64 address, u32 length)
{
	return address + length - 1 <= limits->dma_mask &&
	       !((address | length) & (limits->dma_alignment - 1));
}

/* --- bounce pages --- */

static gfp_t zone_of(u64 mask)
{
	if (mask >= U64_MAX >> 1)
		return 0;
	return mask >= U32_MAX ? __GFP_DMA32 : __GFP_DMA;
}

int bounce_reserve(struct block_device *disk)
{
	const struct block_params *limits = &disk->limits;

	spin_lock_init(&disk->bounce_lock, LOCK_RANK_CLASS);
	if (limits->dma_mask == U64_MAX && limits->dma_alignment <= SECTOR_SIZE)
		return 0;
	disk->bounce_pages = kcalloc(limits->max_segments, sizeof(struct page *), GFP_KERNEL);
	if (!disk->bounce_pages)
		return -ENOMEM;
	while (disk->nr_bounce < limits->max_segments) {
		struct page *page = alloc_page(GFP_KERNEL | zone_of(limits->dma_mask));

		if (!page)
			return -ENOMEM;
		disk->bounce_pages[disk->nr_bounce++] = page;
	}
	return 0;
}

void bounce_release(struct block_device *disk)
{
	while (disk->nr_bounce)
		put_page(disk->bounce_pages[--disk->nr_bounce]);
	kfree(disk->bounce_pages);
	disk->bounce_pages = NULL;
}

static struct page *bounce_page(struct block_device *disk)
{
	struct page *page = alloc_page(GFP_NOWAIT | __GFP_NOWARN | zone_of(disk->limits.dma_mask));
	unsigned long flags;

	if (page && page_to_phys(page) + PAGE_SIZE - 1 <= disk->limits.dma_mask)
		return page;
	if (page)
		put_page(page);
	page = NULL;
	spin_lock_irqsave(&disk->bounce_lock, flags);
	if (disk->nr_bounce)
		page = disk->bounce_pages[--disk->nr_bounce];
	spin_unlock_irqrestore(&disk->bounce_lock, flags);
	return page;
}

static void bounce_page_put(struct block_device *disk, struct page *page)
{
	unsigned long flags;

	spin_lock_irqsave(&disk->bounce_lock, flags);
	if (disk->nr_bounce < disk->limits.max_segments) {
		disk->bounce_pages[disk->nr_bounce++] = page;
		page = NULL;
	}
	spin_unlock_irqrestore(&disk->bounce_lock, flags);
	if (page)
		put_page(page);
}

static void unbounce_segment(struct block_request *request, struct block_segment *s, bool copy)
{
	if (!s->original)
		return;
	if (copy)
		memcpy(s->original, s->memory, s->length);
	bounce_page_put(request->queue->device, virt_to_page(s->memory));
	mm_level_add(MM_BOUNCE, -1);
	s->original = NULL;
}

void request_unbounce(struct block_request *request, bool copy)
{
	if (!request->bounced)
		return;
	for (u32 i = 0; i < request->nr_segments; i++)
		unbounce_segment(request, &request->segments[i], copy);
	request->bounced = false;
}

/* --- making segments --- */

static u32 up_to_boundary(u64 address, u64 boundary)
{
	u64 room = boundary ? boundary - (address & (boundary - 1)) : U32_MAX;

	return min(room, (u64)U32_MAX);
}

/* May memory at address follow the last segment as a new one? */
static bool gap_allowed(const struct block_params *limits, const struct block_segment *last,
			u64 address)
{
	return !limits->virtual_boundary ||
	       !(((last->address + last->length) | address) & (limits->virtual_boundary - 1));
}

/* Adds up to length bytes; how many. */
static u32 add_direct(struct block_request *request, u64 address, u32 length)
{
	const struct block_params *limits = &request->queue->device->limits;
	struct block_segment *last = request->nr_segments
					     ? &request->segments[request->nr_segments - 1]
					     : NULL;
	u32 n = min(length, up_to_boundary(address, limits->segment_boundary));

	if (last && !last->original && last->address + last->length == address &&
	    last->length < limits->max_segment_bytes &&
	    (!limits->segment_boundary || address & (limits->segment_boundary - 1))) {
		n = min(n, limits->max_segment_bytes - last->length);
		last->length += n;
		return n;
	}
	if (request->nr_segments == limits->max_segments ||
	    (last && !gap_allowed(limits, last, address)))
		return 0;
	n = min(n, limits->max_segment_bytes);
	/* lint: clang-analyzer-core.NullDereference: a request with room has its array */
	request->segments[request->nr_segments++] = (struct block_segment){
		.address = address,
		.memory = __va(address),
		.length = n,
	};
	return n;
}

static u32 add_bounced(struct block_request *request, u64 address, u32 length)
{
	struct block_device *disk = request->queue->device;
	const struct block_params *limits = &disk->limits;
	struct block_segment *last = request->nr_segments
					     ? &request->segments[request->nr_segments - 1]
					     : NULL;
	u32 n = min3(length, (u32)PAGE_SIZE, limits->max_segment_bytes);
	struct page *page;

	/* With a virtual boundary, what stands in front must fill its last unit. */
	if (request->nr_segments == limits->max_segments || (last && !gap_allowed(limits, last, 0)))
		return 0;
	page = bounce_page(disk);
	if (!page)
		return 0;
	mm_level_add(MM_BOUNCE, 1);
	n = min(n, up_to_boundary(page_to_phys(page), limits->segment_boundary));
	/* lint: clang-analyzer-core.NullDereference: a request with room has its array */
	request->segments[request->nr_segments++] = (struct block_segment){
		.address = page_to_phys(page),
		.memory = page_address(page),
		.original = __va(address),
		.length = n,
	};
	request->bounced = true;
	if (request->operation == BLOCK_WRITE)
		memcpy(page_address(page), __va(address), n);
	return n;
}

static u32 add_memory(struct block_request *request, u64 address, u32 length)
{
	const struct block_params *limits = &request->queue->device->limits;

	length = min(length, limits->max_bytes - request->bytes);
	if (!length)
		return 0;
	if (likely(reachable(limits, address, length)))
		return add_direct(request, address, length);
	return add_bounced(request, address, length);
}

static bool add_data(struct block_request *request, struct bio *bio)
{
	u32 before = request->bytes;

	while (bio->cut_bytes < bio->bytes) {
		const struct bio_vec *vec = &bio->vecs[bio->vec];
		u32 n = add_memory(request, page_to_phys(vec->page) + vec->offset + bio->vec_offset,
				   vec->length - bio->vec_offset);

		if (!n)
			break;
		request->bytes += n;
		bio->cut_bytes += n;
		bio->vec_offset += n;
		if (bio->vec_offset == vec->length) {
			bio->vec++;
			bio->vec_offset = 0;
		}
	}
	return request->bytes > before;
}

static bool add_range(struct block_request *request, struct bio *bio)
{
	const struct block_params *limits = &request->queue->device->limits;
	u64 most = request->operation == BLOCK_DISCARD ? limits->max_discard_bytes
						       : limits->max_zeroes_bytes;
	u64 n = min(bio->bytes - bio->cut_bytes, min(most, (u64)1 << 31));

	n = n < limits->logical_block ? bio->bytes - bio->cut_bytes
				      : n & -(u64)limits->logical_block;
	request->bytes = n;
	bio->cut_bytes += n;
	return true;
}

bool request_add_bio(struct block_request *request, struct bio *bio)
{
	if (request->operation == BLOCK_FLUSH)
		return true;
	return bio->nr_vecs ? add_data(request, bio) : add_range(request, bio);
}

bool request_can_merge(const struct block_request *request, const struct bio *bio)
{
	const struct block_params *limits = &request->queue->device->limits;

	return bio->operation == request->operation && (bio->flags & BLOCK_FUA) == request->flags &&
	       bio->operation <= BLOCK_WRITE &&
	       bio->sector == request->sector + (request->bytes >> SECTOR_SHIFT) &&
	       request->nr_bios < limits->max_segments;
}

/* The bio's position goes back by n bytes. */
static void bio_rewind(struct bio *bio, u32 n)
{
	bio->cut_bytes -= n;
	while (n) {
		u32 step;

		if (!bio->vec_offset) {
			bio->vec--;
			bio->vec_offset = bio->vecs[bio->vec].length;
		}
		step = min(n, bio->vec_offset);
		bio->vec_offset -= step;
		n -= step;
	}
}

void request_trim(struct block_request *request, struct bio *bio)
{
	u32 excess = request->bytes & (request->queue->device->limits.logical_block - 1);

	if (likely(!excess))
		return;
	bio_rewind(bio, excess);
	request->bytes -= excess;
	while (excess) {
		struct block_segment *s = &request->segments[request->nr_segments - 1];
		u32 n = min(excess, s->length);

		s->length -= n;
		excess -= n;
		if (!s->length) {
			unbounce_segment(request, s, false);
			request->nr_segments--;
		}
	}
}
