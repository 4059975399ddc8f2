/* SPDX-License-Identifier: MIT */
/*
 * Kit: I/O ports of a device. Ring 0 only.
 *
 * The accesses are functions and not instructions of the module: a port is checked against its range, and can be traced or faked.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_IOPORT_H
#define KIT_IOPORT_H

#include <kit/abi.h>
#include <kit/errno.h>
#include <kit/types.h>

struct device;
struct ioport; /* opaque: a claimed range */

/* Claims the device's range number index. The device's until it lets go. ERR_PTR: -ENXIO, -EBUSY, -ENOMEM. Sleeps. Since 0.1. */
struct ioport *ioport_claim(struct device *device, u32 index) KIT_SYMBOL(ioport_claim) __must_check;
u32 ioport_size(const struct ioport *range) KIT_SYMBOL(ioport_size); /* bytes; since 0.1 */

/* offset from the start of the range; beyond its end reads give all ones and writes go nowhere, with a warning. Any context. Since 0.1. */
u8 ioport_read8(struct ioport *range, u32 offset) KIT_SYMBOL(ioport_read8);
u16 ioport_read16(struct ioport *range, u32 offset) KIT_SYMBOL(ioport_read16);
u32 ioport_read32(struct ioport *range, u32 offset) KIT_SYMBOL(ioport_read32);
void ioport_write8(struct ioport *range, u32 offset, u8 value) KIT_SYMBOL(ioport_write8);
void ioport_write16(struct ioport *range, u32 offset, u16 value) KIT_SYMBOL(ioport_write16);
void ioport_write32(struct ioport *range, u32 offset, u32 value) KIT_SYMBOL(ioport_write32);

KIT_HEADER_PLAIN(ioport, 0);

#endif
