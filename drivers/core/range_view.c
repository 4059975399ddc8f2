// SPDX-License-Identifier: MIT
/*
 * What programs see of a device's memory through a file of /sys: all mappings of one file, which end with it. One that is still there
 * afterwards brings SIGBUS, for another device may have the addresses by then.
 *
 * The vmas are in i_mmap of the view's mapping, and their pgoff is a number of a physical page, as on Linux. A view lives as long as its file and each vma.
 */
#include "internal.h"

#include <kernel/refcount.h>
#include <mm/mapping.h>
#include <mm/slab.h>
#include <mm/space.h>

struct range_view {
	refcount_t refs; /* the file, and vmas */
	bool gone;	 /* set once; faults read it under mapping.invalidate_lock */
	struct mapping mapping;
};

struct range_view *range_view_create(void)
{
	struct range_view *view = kzalloc(sizeof(*view), GFP_KERNEL);

	if (!view)
		return NULL;
	refcount_set(&view->refs, 1);
	mapping_init(&view->mapping, NULL, NULL);
	view->mapping.flags = BIT(MAPPING_UNEVICTABLE);
	return view;
}

static void view_put(struct range_view *view)
{
	if (refcount_dec_and_test(&view->refs))
		kfree(view);
}

void range_view_end(struct range_view *view)
{
	if (!view)
		return;
	down_write(&view->mapping.invalidate_lock);
	view->gone = true;
	up_write(&view->mapping.invalidate_lock);
	unmap_mapping_range(&view->mapping, 0, 0, true);
	view_put(view);
}

static void vma_open(struct vma *vma)
{
	struct range_view *view = vma->private;

	refcount_inc(&view->refs);
}

static void vma_close(struct vma *vma) { view_put(vma->private); }

static int fault_in(struct vm_fault *fault)
{
	const struct range_view *view = fault->vma->private;

	if (view->gone)
		return -EFAULT;
	fault->phys = (u64)fault->index << PAGE_SHIFT;
	return VM_FAULT_DEVICE;
}

static const struct vm_operations operations = { .open = vma_open,
						 .close = vma_close,
						 .fault = fault_in };

int range_view_map(struct range_view *view, struct vma *vma, u64 phys, u64 cache)
{
	/* A private view may be read; what is written there has no place to go to. */
	if (!(vma->flags & VM_MAYSHARE)) {
		if (vma->flags & VM_WRITE)
			return -EINVAL;
		vma->flags &= ~VM_MAYWRITE;
	}
	vma->flags |= VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
	vma->page_prot |= cache;
	vma->pgoff = phys >> PAGE_SHIFT;
	vma->mapping = &view->mapping;
	vma->private = view;
	vma->ops = &operations;
	refcount_inc(&view->refs);
	return 0;
}
