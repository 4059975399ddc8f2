/* SPDX-License-Identifier: MIT */
/* Areas of kernel virtual memory for the leak scan: mm/leak.h. Lock: the region's. */
#include "map.h"
#include <mm/slab.h>

/* The area is reached by its tree; its own notes of where it lies are not what keeps it. */
void leak_area_made(struct vm_area *area)
{
	leak_record_fill(&area->leak);
	area->freed = false;
	leak_slab_set_flags(area, LEAK_IS_AREA);
}

void leak_area_freed(struct vm_area *area)
{
	area->freed = true;
}

void leak_area_pages(struct vm_area *area)
{
	for (unsigned long at = area->range.start; at < area->range.start + area->size;
	     at += PAGE_SIZE)
		page_set(vmalloc_to_page((void *)at), PG_VMALLOC);
}

static void describe(const struct vm_area *area, struct leak_object *object)
{
	object->start = area->range.start;
	object->size = area->size;
	object->record = area->leak;
	/* Of other kinds only the addresses are taken: what lies there is a device, or somebody
	 * else's pages. */
	if (area->kind != VM_AREA_PAGES)
		object->record.flags |= LEAK_NO_SCAN | LEAK_IGNORE;
}

static bool is_live(const struct gap_node *node, unsigned long address)
{
	const struct vm_area *area = container_of(node, struct vm_area, range);

	return address - node->start < area->size && !area->freed;
}

bool leak_find_area(unsigned long address, struct leak_object *object)
{
	struct gap_node *node;
	unsigned long flags;
	bool found;

	if (address < VMALLOC_START || address >= vmalloc_end)
		return false;
	spin_lock_irqsave(&vmalloc_region.lock, flags);
	node = gap_find(&vmalloc_region.tree, address);
	found = node && is_live(node, address);
	if (found)
		describe(container_of(node, struct vm_area, range), object);
	spin_unlock_irqrestore(&vmalloc_region.lock, flags);
	return found;
}

/* One after the other by address: the lock is not held while they are looked at. */
static bool next_area(struct vm_region *region, unsigned long *address, struct leak_object *object)
{
	struct gap_node *node;
	unsigned long flags;

	spin_lock_irqsave(&region->lock, flags);
	node = gap_find(&region->tree, *address);
	while (node && !is_live(node, node->start))
		node = gap_next(node);
	if (node) {
		describe(container_of(node, struct vm_area, range), object);
		*address = node->end;
	}
	spin_unlock_irqrestore(&region->lock, flags);
	return node;
}

void leak_each_area(void (*visit)(const struct leak_object *object))
{
	struct leak_object object;
	unsigned long address = 0;

	while (next_area(&vmalloc_region, &address, &object))
		visit(&object);
}

void leak_each_module(void (*visit)(const void *start, size_t size))
{
	struct leak_object object;
	unsigned long address = 0;

	while (next_area(&module_region, &address, &object))
		visit((const void *)object.start, object.size);
}

void leak_set_flags(const void *object, unsigned int flags)
{
	struct gap_node *node;
	unsigned long irq;

	if (!object || leak_slab_set_flags(object, flags))
		return;
	spin_lock_irqsave(&vmalloc_region.lock, irq);
	node = gap_find(&vmalloc_region.tree, (unsigned long)object);
	if (node && is_live(node, (unsigned long)object))
		container_of(node, struct vm_area, range)->leak.flags |= flags;
	spin_unlock_irqrestore(&vmalloc_region.lock, irq);
}
