/* SPDX-License-Identifier: MIT */
/*
 * mlock and populating. There is no swap: anonymous pages stay in memory anyway, and of a locked vma reclaim takes no page cache pages
 * (VM_LOCKED, mm/space/rmap.c). So to lock is to set the flag, count, and bring the pages in.
 */
#include "space_private.h"
#include <kernel/cred.h>
#include <kernel/process.h>
#include <uapi/capability.h>
#include <uapi/mman.h>

static int populate_vma_part(struct vma *vma, unsigned long start, unsigned long end)
{
	unsigned int flags = 0;

	if (vma->flags & (VM_PFNMAP | VM_IO))
		return 0;
	if (!(vma->flags & VM_ACCESS))
		return -EFAULT;
	/* A private page is brought in by a write, so that later no fault is left; of a shared one that would make it dirty. */
	if ((vma->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE)
		flags = FAULT_WRITE;
	for (unsigned long addr = start; addr < end; addr += PAGE_SIZE) {
		int result;

		if (fatal_signal_pending(current))
			return -EINTR;
		result = handle_fault(vma, addr, flags);
		if (result < 0)
			return result;
		cond_resched();
	}
	return 0;
}

int space_populate(unsigned long start, unsigned long len, bool stop_at_error)
{
	struct address_space *s = current->space;
	unsigned long end = start + len;
	int error = 0;

	while (start < end) {
		struct vma *vma;
		unsigned long stop;

		down_read(&s->mmap_lock);
		vma = find_vma(s, start);
		if (!vma || vma->start >= end) {
			up_read(&s->mmap_lock);
			break;
		}
		start = max(start, vma->start);
		/* The lock is not held for more than a table's part at a time. */
		stop = min(min(vma->end, end), table_end(start, end));
		error = vma->flags & VM_LOCKONFAULT ? 0 : populate_vma_part(vma, start, stop);
		up_read(&s->mmap_lock);
		if (error == -EINTR || (error && stop_at_error))
			return error;
		start = stop;
	}
	return error;
}

static unsigned long locked_within(struct address_space *s, unsigned long start, unsigned long end)
{
	unsigned long pages = 0;

	for (struct vma *vma = find_vma(s, start); vma && vma->start < end; vma = vma_next(vma))
		if (vma->flags & VM_LOCKED)
			pages += (min(vma->end, end) - max(vma->start, start)) >> PAGE_SHIFT;
	return pages;
}

/* Changes VM_LOCKED of a range and the counts that hang on it. */
static int set_locked(struct address_space *s, unsigned long start, unsigned long end,
		      unsigned long set, unsigned long clear)
{
	unsigned long before = locked_within(s, start, end), after;
	int error = change_flags(s, start, end, set, clear, NULL);

	after = locked_within(s, start, end);
	s->locked_pages += after - before;
	mm_level_add(MM_MLOCKED, (long)(after - before));
	return error;
}

static int do_mlock(unsigned long start, unsigned long len, unsigned long flags)
{
	struct address_space *s = current->space;
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT, pages;
	int error = 0;

	if (!limit && !capable(CAP_IPC_LOCK))
		return -EPERM;
	len = ALIGN(len + (start & ~PAGE_MASK), PAGE_SIZE);
	start &= PAGE_MASK;
	if (start + len < start)
		return -EINVAL;
	if (!len)
		return 0;
	pages = len >> PAGE_SHIFT;
	if (down_write_killable(&s->mmap_lock))
		return -EINTR;
	if (s->locked_pages + pages - locked_within(s, start, start + len) > limit &&
	    !capable(CAP_IPC_LOCK))
		error = -ENOMEM;
	else
		error = set_locked(s, start, start + len, flags,
				   (VM_LOCKED | VM_LOCKONFAULT) & ~flags);
	up_write(&s->mmap_lock);
	if (error)
		return error;
	error = space_populate(start, len, true);
	return error == -EFAULT ? -ENOMEM : error == -ENOMEM ? -EAGAIN : error;
}

long sys_mlock(unsigned long start, size_t len)
{
	return do_mlock(start, len, VM_LOCKED);
}

long sys_mlock2(unsigned long start, size_t len, int flags)
{
	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	return do_mlock(start, len, VM_LOCKED | (flags & MLOCK_ONFAULT ? VM_LOCKONFAULT : 0));
}

long sys_munlock(unsigned long start, size_t len)
{
	struct address_space *s = current->space;
	int error;

	len = ALIGN(len + (start & ~PAGE_MASK), PAGE_SIZE);
	start &= PAGE_MASK;
	if (start + len < start)
		return -EINVAL;
	if (!len)
		return 0;
	if (down_write_killable(&s->mmap_lock))
		return -EINTR;
	error = set_locked(s, start, start + len, 0, VM_LOCKED | VM_LOCKONFAULT);
	up_write(&s->mmap_lock);
	return error;
}

static void lock_all(struct address_space *s, unsigned long set)
{
	struct vma *vma;
	unsigned long addr = 0;

	while ((vma = find_vma(s, addr))) {
		addr = vma->end;
		if (!(vma->flags & (VM_PFNMAP | VM_IO | VM_SPECIAL_NAME)))
			set_locked(s, vma->start, vma->end, set,
				   (VM_LOCKED | VM_LOCKONFAULT) & ~set);
	}
}

long sys_mlockall(int flags)
{
	struct address_space *s = current->space;
	unsigned long set = VM_LOCKED | (flags & MCL_ONFAULT ? VM_LOCKONFAULT : 0);

	if (!flags || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) || flags == MCL_ONFAULT)
		return -EINVAL;
	if (!capable(CAP_IPC_LOCK)) {
		if (!rlimit(RLIMIT_MEMLOCK))
			return -EPERM;
		if ((flags & MCL_CURRENT) && s->total_pages > rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT)
			return -ENOMEM;
	}
	if (down_write_killable(&s->mmap_lock))
		return -EINTR;
	s->def_vm_flags = (s->def_vm_flags & ~(VM_LOCKED | VM_LOCKONFAULT)) |
			  (flags & MCL_FUTURE ? set : 0);
	if (flags & MCL_CURRENT)
		lock_all(s, set);
	up_write(&s->mmap_lock);
	if (flags & MCL_CURRENT)
		space_populate(0, USER_SPACE_END, false);
	return 0;
}

long sys_munlockall(void)
{
	struct address_space *s = current->space;

	if (down_write_killable(&s->mmap_lock))
		return -EINTR;
	s->def_vm_flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
	lock_all(s, 0);
	up_write(&s->mmap_lock);
	return 0;
}
