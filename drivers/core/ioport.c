// SPDX-License-Identifier: MIT
/*
 * I/O ports: who has which (/proc/ioports), and the kit's accesses to them.
 */
#include "internal.h"

#include <arch/io.h>
#include <fs/proc.h>
#include <kernel/log.h>
#include <kit/ioport.h>
#include <mm/slab.h>

struct ioport {
	struct owned_resource resource; /* of the device */
	struct device *device;
	struct list_head node; /* claims_lock: sorted by base */
	u16 base;
	u32 size;
};

static LIST_HEAD(claims); /* claims_lock */
static DEFINE_MUTEX(claims_lock);

static int claim(struct ioport *range)
{
	struct list_head *behind = &claims;
	struct ioport *other;
	int error = 0;

	mutex_lock(&claims_lock);
	list_for_each_entry(other, &claims, node) {
		if (other->base < range->base + range->size &&
		    range->base < other->base + other->size) {
			error = -EBUSY;
			break;
		}
		if (other->base > range->base) {
			behind = &other->node;
			break;
		}
	}
	if (!error)
		list_add_tail(&range->node, behind);
	mutex_unlock(&claims_lock);
	return error;
}

static void ioport_release(struct owned_resource *resource)
{
	struct ioport *range = container_of(resource, struct ioport, resource);

	mutex_lock(&claims_lock);
	list_del(&range->node);
	mutex_unlock(&claims_lock);
	kfree(range);
}

struct ioport *ioport_claim(struct device *device, u32 index)
{
	const struct device_range *ports = device_range(device, RANGE_PORTS, index);
	struct ioport *range;
	int error;

	might_sleep();
	if (!ports || ports->start + ports->length > 0x10000)
		return ERR_PTR(-ENXIO);
	range = kzalloc(sizeof(*range), GFP_KERNEL);
	if (!range)
		return ERR_PTR(-ENOMEM);
	range->device = device;
	range->base = ports->start;
	range->size = ports->length;
	range->resource.release = ioport_release;
	range->resource.what = "I/O ports";
	error = claim(range);
	if (error) {
		kfree(range);
		return ERR_PTR(error);
	}
	resource_add(&device->resources, &range->resource);
	return range;
}

u32 ioport_size(const struct ioport *range)
{
	return range->size;
}

static bool inside(const struct ioport *range, u32 offset, u32 bytes)
{
	if (likely(offset < range->size && bytes <= range->size - offset))
		return true;
	pr_warn_ratelimited("%s: access at offset %u of %u ports\n", range->device->name, offset,
			    range->size);
	return false;
}

u8 ioport_read8(struct ioport *range, u32 offset)
{
	return inside(range, offset, 1) ? inb(range->base + offset) : 0xff;
}

u16 ioport_read16(struct ioport *range, u32 offset)
{
	return inside(range, offset, 2) ? inw(range->base + offset) : 0xffff;
}

u32 ioport_read32(struct ioport *range, u32 offset)
{
	return inside(range, offset, 4) ? inl(range->base + offset) : 0xffffffff;
}

void ioport_write8(struct ioport *range, u32 offset, u8 value)
{
	if (inside(range, offset, 1))
		outb(value, range->base + offset);
}

void ioport_write16(struct ioport *range, u32 offset, u16 value)
{
	if (inside(range, offset, 2))
		outw(value, range->base + offset);
}

void ioport_write32(struct ioport *range, u32 offset, u32 value)
{
	if (inside(range, offset, 4))
		outl(value, range->base + offset);
}

static int ioports_show(struct seq_file *m, void *unused)
{
	struct ioport *range;

	mutex_lock(&claims_lock);
	list_for_each_entry(range, &claims, node)
		seq_printf(m, "%04x-%04x : %s\n", range->base, range->base + range->size - 1,
			   range->device->name);
	mutex_unlock(&claims_lock);
	return 0;
}

void ioport_core_init(void)
{
	proc_create_single("ioports", 0444, ioports_show, NULL);
}
