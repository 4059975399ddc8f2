/* SPDX-License-Identifier: MIT */
/*
 * Kit: memory that a device reads and writes.
 *
 * Addresses for devices are opaque: what the functions here return, good for this device alone, and never a physical address to
 * calculate with beyond adding an offset inside the same buffer.
 *
 * Coherent buffers are seen alike by device and CPU at all times; dma_wmb() and dma_rmb() keep the order of accesses to them. A
 * streaming mapping lends ordinary memory to the device: between dma_map and dma_unmap it is the device's, but for dma_sync.
 *
 * All of it belongs to the device. What it holds when the driver lets go is freed after its interrupts are off: a driver's remove has to
 * stop the device's own accesses.
 *
 * Unless a comment says otherwise: any context but NMI; never sleeps.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_DMA_H
#define KIT_DMA_H

#include <kit/abi.h>
#include <kit/errno.h>
#include <kit/types.h>

struct device;
struct dma_pool; /* opaque */

enum kit_dma_constants {
	DMA_BOTH_WAYS = 0,
	DMA_TO_DEVICE = 1,
	DMA_FROM_DEVICE = 2,
};

/*
 * How many address bits the device drives, 24 to 64; 32 until it is said. For what is allocated and mapped afterwards. 0, or -EINVAL (another
 * number of bits). From probe, before anything is mapped. Never sleeps. Since 0.1.
 */
int dma_set_mask(struct device *device, u32 bits) KIT_SYMBOL(dma_set_mask) __must_check;

/*
 * A coherent buffer, zeroed, aligned to the next power of two of its size and at least to a page; at most 4 MiB. Its address for the device
 * goes to *address. The device's until it lets go. NULL: no memory. Sleeps. Since 0.1.
 */
void *dma_alloc(struct device *device, size_t size, dma_addr_t *address)
	KIT_SYMBOL(dma_alloc) __must_check;
/* Gives it back before its time. Sleeps. Since 0.1. */
void dma_free(struct device *device, void *buffer) KIT_SYMBOL(dma_free);

/*
 * Many small coherent blocks of one size: aligned to `align` (a power of two) and, unless boundary is 0, not crossing a multiple of it.
 * The device's until it lets go. ERR_PTR: -EINVAL, -ENOMEM. Sleeps. Since 0.1.
 */
struct dma_pool *dma_pool_create(struct device *device, u32 size, u32 align, u32 boundary)
	KIT_SYMBOL(dma_pool_create) __must_check;
/* Has nr blocks ready, so that as many dma_pool_alloc() in a row succeed. 0 or -ENOMEM. Sleeps. Since 0.1. */
int dma_pool_fill(struct dma_pool *pool, u32 nr) KIT_SYMBOL(dma_pool_fill) __must_check;
/* A block, not zeroed, and in *address where the device finds it; the pool's owner frees it with the pool if nobody does before. NULL: no memory. Any
 * context but NMI; never sleeps. Since 0.1. */
void *dma_pool_alloc(struct dma_pool *pool, dma_addr_t *address)
	KIT_SYMBOL(dma_pool_alloc) __must_check;
/* Gives a block back; neither CPU nor device uses it any more. Since 0.1. */
void dma_pool_free(struct dma_pool *pool, void *block) KIT_SYMBOL(dma_pool_free);

/*
 * Lends memory got by kzalloc, or a part of it, to the device. Memory that the device does not reach goes through a copy. 0, -EINVAL (other
 * memory, size 0), -ENOMEM. Never sleeps; any context but NMI. Since 0.1.
 */
int dma_map(struct device *device, void *buffer, size_t size, u32 direction, dma_addr_t *address)
	KIT_SYMBOL(dma_map) __must_check;
/* Ends what dma_map began, with what it got and gave: the memory is the driver's alone again. Since 0.1. */
void dma_unmap(struct device *device, dma_addr_t address, size_t size, u32 direction)
	KIT_SYMBOL(dma_unmap);
/* The CPU looks at a part of what is lent: size bytes from address on, which lie in one mapping. Since 0.1. */
void dma_sync_for_cpu(struct device *device, dma_addr_t address, size_t size, u32 direction)
	KIT_SYMBOL(dma_sync_for_cpu);
/* The device has that part again. Since 0.1. */
void dma_sync_for_device(struct device *device, dma_addr_t address, size_t size, u32 direction)
	KIT_SYMBOL(dma_sync_for_device);

/* Writes before it reach coherent memory before those behind it; x86 keeps that order by itself. Any context. Cannot fail. Since 0.1. */
static inline void dma_wmb(void) { __asm__ volatile("" : : : "memory"); }
/* Reads before it come before those behind it; likewise. Any context. Cannot fail. Since 0.1. */
static inline void dma_rmb(void) { __asm__ volatile("" : : : "memory"); }

KIT_HEADER(dma, 0);

#endif
