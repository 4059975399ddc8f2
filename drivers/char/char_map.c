// SPDX-License-Identifier: MIT
/*
 * mmap of drivers' character devices: what a driver shows by char_map_buffer() and char_map_range() (kit/char.h).
 *
 *	mmap_prepare	asks the driver, with the file's lock and without mmap_lock: a call that dies leaves nobody's memory locked. What it answers
 *			becomes a region
 *	mmap		rights and flags; the vma gets the region
 *	fault		one page of a buffer, or a table's part of device memory
 *	char_end_maps	the device is gone: no entry is left, every later touch is SIGBUS
 *
 * A region holds a reference of each page of a buffer, so no fault looks at memory of the driver. It has a reference of its own for each vma that
 * shows it: those that mmap, fork, mremap and a cut make.
 *
 * All vmas of a device are in i_mmap of its own struct mapping, which has no pages. Its invalidate_lock is held for reading by faults until
 * the entry is there; char_end_maps takes it for writing when the device is marked gone already. So each fault either sees that, or
 * its entry is found by the unmapping behind it.
 *
 * Order: file->lock, invalidate_lock; mmap_lock, invalidate_lock, i_mmap_lock.
 */
#include "internal.h"

#include <arch/pgtable.h>
#include <kernel/module.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <mm/space.h>

struct char_region {
	struct list_head node;	 /* invalidate_lock of the device's mapping, for writing */
	refcount_t refs;	 /* vmas, and who makes it */
	u32 flags;		 /* I: CHAR_MAP_* */
	bool is_device;		 /* I: device memory; else a buffer */
	unsigned long first, nr; /* I: in pages, of the file */
	u64 phys;		 /* I: of device memory */
	struct page **pages;	 /* invalidate_lock; NULL once the device is gone */
};

/* The question to a driver, and its answer. */
struct char_mapping {
	struct char_device *device;
	u64 offset, length;
	struct char_region *region;
};

/*
 * To which pages of buffers belong in place of a file's: shared futexes find the same frame by it from every program. It has neither pages nor vmas.
 */
static struct mapping frames;

/* --- regions --- */

/* The invalidate_lock is held for writing, or nobody else has the region. */
static void drop_pages(struct char_region *region)
{
	for (unsigned long i = 0; region->pages && i < region->nr; i++)
		put_page(region->pages[i]);
	kvfree(region->pages);
	region->pages = NULL;
}

static struct char_region *region_alloc(const struct char_mapping *m, u32 flags)
{
	struct char_region *region = kzalloc(sizeof(*region), GFP_KERNEL);

	if (!region)
		return NULL;
	refcount_set(&region->refs, 1);
	region->flags = flags;
	region->first = m->offset >> PAGE_SHIFT;
	region->nr = m->length >> PAGE_SHIFT;
	return region;
}

/* The driver's answer is complete. Its device may have gone while it thought. */
static void region_add(struct char_mapping *m, struct char_region *region)
{
	struct mapping *mapping = &m->device->mapping;

	down_write(&mapping->invalidate_lock);
	list_add(&region->node, &m->device->regions);
	if (READ_ONCE(m->device->gone))
		drop_pages(region);
	up_write(&mapping->invalidate_lock);
	m->region = region;
}

static void region_put(struct char_device *cdev, struct char_region *region)
{
	if (!refcount_dec_and_test(&region->refs))
		return;
	down_write(&cdev->mapping.invalidate_lock);
	list_del(&region->node);
	up_write(&cdev->mapping.invalidate_lock);
	drop_pages(region);
	kfree(region);
}

/* --- what drivers answer --- */

/* Where the mapping begins in what stands at `at` of the file; false: it does not lie within. */
static bool lies_within(const struct char_mapping *m, u64 at, u64 size, u64 *from)
{
	*from = m->offset - at;
	return m->offset >= at && *from < size && m->length <= size - *from;
}

static struct page *page_of(const u8 *buffer)
{
	return is_vmalloc_addr(buffer) ? vmalloc_to_page(buffer) : virt_to_page(buffer);
}

static int take_pages(struct char_region *region, const u8 *buffer)
{
	struct page **pages = kvmalloc(region->nr * sizeof(*pages), GFP_KERNEL);

	if (!pages)
		return -ENOMEM;
	for (unsigned long i = 0; i < region->nr; i++) {
		struct page *page = page_of(buffer + (i << PAGE_SHIFT));

		page->mapping = &frames;
		page->index = page_to_pfn(page);
		get_page(page);
		pages[i] = page;
	}
	region->pages = pages;
	return 0;
}

int char_map_buffer(struct char_mapping *m, u64 position, void *buffer, size_t size, u32 flags)
{
	struct device *parent = m->device->device.parent;
	struct char_region *region;
	size_t room = vmalloc_size(buffer);
	u64 from;

	might_sleep();
	if (!room && parent)
		room = device_dma_size(parent, buffer);
	if (m->region || position & ~PAGE_MASK || !size || size > room ||
	    flags & ~CHAR_MAP_READ_ONLY)
		return -EINVAL;
	if (!lies_within(m, position, ALIGN(size, PAGE_SIZE), &from))
		return -ENXIO;
	region = region_alloc(m, flags);
	if (!region)
		return -ENOMEM;
	if (take_pages(region, buffer + from)) {
		kfree(region);
		return -ENOMEM;
	}
	region_add(m, region);
	return 0;
}

int char_map_range(struct char_mapping *m, u64 position, u32 index, u64 offset, u64 size, u32 flags)
{
	struct device *parent = m->device->device.parent;
	const struct device_range *range = parent ? device_range(parent, RANGE_MEMORY, index)
						  : NULL;
	struct char_region *region;
	u64 from;

	might_sleep();
	if (!range)
		return -ENXIO;
	if (m->region || !size || offset >= range->length || size > range->length - offset ||
	    (position | size | (range->start + offset)) & ~PAGE_MASK ||
	    flags & ~(CHAR_MAP_READ_ONLY | CHAR_MAP_COMBINES) ||
	    !lies_within(m, position, size, &from))
		return -EINVAL;
	region = region_alloc(m, flags);
	if (!region)
		return -ENOMEM;
	region->is_device = true;
	region->phys = range->start + offset + from;
	region_add(m, region);
	return 0;
}

/* --- mmap --- */

void *char_mmap_prepare(struct file *f, unsigned long pgoff, unsigned long len)
{
	struct char_file *file = f->private;
	struct char_device *cdev = file->device;
	struct char_mapping m = { .device = cdev,
				  .offset = (u64)pgoff << PAGE_SHIFT,
				  .length = len };
	int error = char_begin_call(file);

	if (!error)
		error = cdev->ops.map(file, &m, m.offset, m.length);
	char_end_call(file);
	if (!error && m.region)
		return m.region;
	if (m.region)
		region_put(cdev, m.region);
	/* It has said that it shows something, and has not; or what it says is no error's number. */
	return ERR_PTR(IS_ERR_VALUE((long)error) ? error : -EIO);
}

void char_mmap_cancel(struct file *f, void *prepared)
{
	struct char_file *file = f->private;

	region_put(file->device, prepared);
}

/* What the region permits of what was asked for; the flags that say what is possible later. */
static int check_rights(struct vma *vma, const struct char_region *region)
{
	bool is_private = !(vma->flags & VM_MAYSHARE);
	bool may_write = is_private ? !region->is_device : !(region->flags & CHAR_MAP_READ_ONLY);

	if (vma->flags & VM_EXEC)
		return -EPERM;
	if (vma->flags & VM_WRITE && !may_write)
		return is_private ? -EINVAL : -EACCES;
	vma->flags &= ~VM_MAYEXEC;
	if (!may_write)
		vma->flags &= ~VM_MAYWRITE;
	return 0;
}

static struct char_device *device_of(const struct vma *vma)
{
	const struct char_file *file = vma->file->private;

	return file->device;
}

static void vma_open(struct vma *vma)
{
	struct char_region *region = vma->private;

	refcount_inc(&region->refs);
}

static void vma_close(struct vma *vma)
{
	region_put(device_of(vma), vma->private);
}

/* The invalidate_lock of the device's mapping is held for reading. */
static int fault_in(struct vm_fault *fault)
{
	const struct char_region *region = fault->vma->private;
	unsigned long index = fault->index - region->first;

	if (READ_ONCE(device_of(fault->vma)->gone))
		return -EFAULT;
	if (region->is_device) {
		fault->phys = region->phys + (index << PAGE_SHIFT);
		return VM_FAULT_DEVICE;
	}
	fault->page = region->pages[index];
	get_page(fault->page);
	return 0;
}

static const struct vm_operations vma_operations = { .open = vma_open,
						     .close = vma_close,
						     .fault = fault_in };

int char_mmap(struct file *f, struct vma *vma)
{
	struct char_file *file = f->private;
	struct char_region *region = vma->private;
	int error;

	if (IS_ERR(region))
		return PTR_ERR(region);
	if (READ_ONCE(file->device->gone))
		return -ENODEV;
	error = check_rights(vma, region);
	if (error)
		return error;
	vma->flags |= VM_DONTEXPAND | VM_DONTDUMP;
	if (region->is_device) {
		vma->flags |= VM_IO | VM_PFNMAP;
		vma->page_prot |= region->flags & CHAR_MAP_COMBINES ? PTE_CACHE_WC : PTE_CACHE_UC;
	}
	vma->mapping = &file->device->mapping;
	vma->ops = &vma_operations;
	return 0;
}

/* --- the device's beginning and end --- */

void char_init_maps(struct char_device *cdev)
{
	mapping_init(&cdev->mapping, NULL, NULL);
	/* No page of it is ever written back, so entries need not tell of the first write. */
	cdev->mapping.flags = BIT(MAPPING_UNEVICTABLE);
	INIT_LIST_HEAD(&cdev->regions);
}

void char_end_maps(struct char_device *cdev)
{
	struct char_region *region;

	down_write(&cdev->mapping.invalidate_lock);
	up_write(&cdev->mapping.invalidate_lock);
	unmap_mapping_range(&cdev->mapping, 0, 0, true);
	/* Programs that do not let go of their mappings shall keep no memory by them. */
	down_write(&cdev->mapping.invalidate_lock);
	list_for_each_entry(region, &cdev->regions, node)
		drop_pages(region);
	up_write(&cdev->mapping.invalidate_lock);
}

void __init char_map_init(void)
{
	mapping_init(&frames, NULL, NULL);
	frames.flags = BIT(MAPPING_UNEVICTABLE);
}

EXPORT_KIT(char_map_buffer, 0, 11);
EXPORT_KIT(char_map_range, 0, 11);
