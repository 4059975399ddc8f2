/* SPDX-License-Identifier: MIT */
/*
 * Kit: registers in memory.
 *
 * A device's memory ranges are numbered by its bus: for PCI by the number of the base address register. A mapping is uncached, belongs to
 * the device, and is read and written through the accessors alone: one access each, of exactly that size, in program order among
 * themselves and with ordinary memory before a write and behind a read. So descriptors written to memory are there when a doorbell rings.
 *
 * Built with KIT_FAKE_MMIO (drivers tested on the host), the accessors are functions that the test supplies.
 *
 * Unless a comment says otherwise: any context; never sleeps; cannot fail; since 0.1.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_MMIO_H
#define KIT_MMIO_H

#include <kit/abi.h>
#include <kit/errno.h>
#include <kit/types.h>

struct device;

/*
 * Maps the device's memory range number index. The device's until it lets go. ERR_PTR: -ENXIO (no such memory range), -ENOMEM. Sleeps.
 * Since 0.1.
 */
void __iomem *mmio_map(struct device *device, u32 index) KIT_SYMBOL(mmio_map) __must_check;
/* As mmio_map, of size bytes from offset on; the device's until it lets go. ERR_PTR, also -EINVAL when they do not lie in the range. Sleeps. Since 0.1. */
void __iomem *mmio_map_part(struct device *device, u32 index, u64 offset, u64 size)
	KIT_SYMBOL(mmio_map_part) __must_check;
/* Gives a mapping up before its time. Nobody uses it any more. Sleeps. Since 0.1. */
void mmio_unmap(struct device *device, void __iomem *mapping) KIT_SYMBOL(mmio_unmap);
/* Bytes of the range, 0: there is none. Any context. Since 0.1. */
u64 mmio_size(const struct device *device, u32 index) KIT_SYMBOL(mmio_size);

#ifdef KIT_FAKE_MMIO
u64 kit_fake_read(const volatile void __iomem *address, u32 bytes);
void kit_fake_write(volatile void __iomem *address, u32 bytes, u64 value);
#define KIT_MMIO_READ(type, address)		((type)kit_fake_read(address, sizeof(type)))
#define KIT_MMIO_WRITE(type, address, value)	kit_fake_write(address, sizeof(type), value)
#else
#define KIT_MMIO_READ(type, address)		(*(const volatile type __force *)(address))
#define KIT_MMIO_WRITE(type, address, value)	((void)(*(volatile type __force *)(address) = (value)))
#endif
/* Keeps the compiler from moving accesses to memory across it; the processor keeps their order by itself (x86, write-back memory). */
#define KIT_COMPILER_BARRIER()			__asm__ volatile("" : : : "memory")

#define KIT_MMIO_ACCESSORS(letter, type)							\
static inline type read##letter(const volatile void __iomem *address)				\
{												\
	type value = KIT_MMIO_READ(type, address);						\
												\
	KIT_COMPILER_BARRIER();									\
	return value;										\
}												\
static inline void write##letter(type value, volatile void __iomem *address)			\
{												\
	KIT_COMPILER_BARRIER();									\
	KIT_MMIO_WRITE(type, address, value);							\
}

/* readb(address), writeb(value, address) and so on: 1, 2, 4, 8 bytes, little-endian. Any context. Since 0.1. */
KIT_MMIO_ACCESSORS(b, u8)
KIT_MMIO_ACCESSORS(w, u16)
KIT_MMIO_ACCESSORS(l, u32)
KIT_MMIO_ACCESSORS(q, u64)

/* Reads an 8-byte register of a device that takes 4 bytes at a time only: the low half first. Since 0.1. */
static inline u64 readq_halves(const volatile void __iomem *address)
{
	u32 low = readl(address);

	return low | (u64)readl((const volatile u8 __iomem *)address + 4) << 32;
}

/* Writes one, the low half first. Since 0.1. */
static inline void writeq_halves(u64 value, volatile void __iomem *address)
{
	writel((u32)value, address);
	writel((u32)(value >> 32), (volatile u8 __iomem *)address + 4);
}

KIT_HEADER_PLAIN(mmio, 0);

#endif
