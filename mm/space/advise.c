/* SPDX-License-Identifier: MIT */
/* madvise, mincore, msync. */
#include "space_private.h"
#include <mm/uaccess.h>
#include <uapi/fcntl.h>
#include <uapi/mman.h>

static int refuse_shared(const struct vma *vma)
{
	return vma->file || (vma->flags & VM_SHARED) ? -EINVAL : 0;
}

static int refuse_io(const struct vma *vma)
{
	return vma->flags & VM_IO ? -EINVAL : 0;
}

static int refuse_special(const struct vma *vma)
{
	return vma->flags & (VM_PFNMAP | VM_SPECIAL_NAME) ? -EINVAL : 0;
}

static int refuse_devices(const struct vma *vma)
{
	return vma->flags & (VM_SPECIAL | VM_SPECIAL_NAME) ? -EINVAL : 0;
}

/* Advice that is a flag of the vma. */
static const struct flag_advice {
	int advice;
	unsigned long set, clear;
	int (*refuse)(const struct vma *vma);
} flag_advice[] = {
	{ MADV_NORMAL, 0, VM_SEQ_READ | VM_RAND_READ, NULL },
	{ MADV_RANDOM, VM_RAND_READ, VM_SEQ_READ, NULL },
	{ MADV_SEQUENTIAL, VM_SEQ_READ, VM_RAND_READ, NULL },
	{ MADV_DONTFORK, VM_DONTCOPY, 0, NULL },
	{ MADV_DOFORK, 0, VM_DONTCOPY, refuse_io },
	{ MADV_WIPEONFORK, VM_WIPEONFORK, 0, refuse_shared },
	{ MADV_KEEPONFORK, 0, VM_WIPEONFORK, NULL },
	{ MADV_DONTDUMP, VM_DONTDUMP, 0, NULL },
	{ MADV_DODUMP, 0, VM_DONTDUMP, refuse_devices },
	{ MADV_HUGEPAGE, VM_HUGEPAGE, VM_NOHUGEPAGE, refuse_special },
	{ MADV_NOHUGEPAGE, VM_NOHUGEPAGE, VM_HUGEPAGE, refuse_special },
};

/* --- what drops or brings in pages --- */

static int drop(struct vma *vma, unsigned long start, unsigned long end, int advice)
{
	struct gather g;

	if (vma->flags & (VM_PFNMAP | VM_SPECIAL_NAME))
		return -EINVAL;
	if ((vma->flags & VM_LOCKED) && advice != MADV_DONTNEED_LOCKED)
		return -EINVAL;
	/* Freed later or now: the program cannot tell, and now is simpler. */
	if (advice == MADV_FREE && (vma->file || (vma->flags & VM_SHARED)))
		return -EINVAL;
	gather_begin(&g, vma->space);
	unmap_range(&g, vma, start, end, false);
	gather_end(&g);
	return 0;
}

static int will_need(struct vma *vma, unsigned long start, unsigned long end)
{
	if (vma->mapping && !vma->ops->fault)
		mapping_readahead(vma->mapping, vma->file, vma_index(vma, start),
				  (end - start) >> PAGE_SHIFT);
	return 0;
}

static int advise_pages(struct vma *vma, unsigned long start, unsigned long end, int advice)
{
	switch (advice) {
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE: return drop(vma, start, end, advice);
	case MADV_WILLNEED: return will_need(vma, start, end);
	default: /* MADV_COLD, MADV_PAGEOUT: without swap there is nowhere to put them */
		return vma->flags & (VM_LOCKED | VM_PFNMAP) ? -EINVAL : 0;
	}
}

static int advise_range(struct address_space *s, unsigned long start, unsigned long end, int advice)
{
	struct vma *vma;
	bool holes = false;
	int error = 0;

	if (down_read_killable(&s->mmap_lock))
		return -EINTR;
	for (vma = find_vma(s, start); !error && start < end; vma = vma_next(vma)) {
		if (!vma || vma->start >= end) {
			holes = true;
			break;
		}
		holes |= vma->start > start;
		start = max(start, vma->start);
		error = advise_pages(vma, start, min(vma->end, end), advice);
		start = vma->end;
	}
	up_read(&s->mmap_lock);
	return error ?: holes ? -ENOMEM : 0;
}

/* A hole is punched into the file, which unmaps the pages too; the lock may not be held over that. */
static int advise_remove(struct address_space *s, unsigned long start, unsigned long end)
{
	while (start < end) {
		struct file *file;
		struct vma *vma;
		unsigned long stop;
		loff_t offset;
		long error;

		down_read(&s->mmap_lock);
		vma = find_vma(s, start);
		if (!vma || vma->start > start || !vma->mapping || !vma->file->ops->fallocate ||
		    (vma->flags & (VM_SHARED | VM_WRITE)) != (VM_SHARED | VM_WRITE) ||
		    (vma->flags & VM_LOCKED)) {
			error = !vma || vma->start > start		 ? -ENOMEM
				: vma->flags & VM_SHARED && vma->mapping ? -EACCES
									 : -EINVAL;
			up_read(&s->mmap_lock);
			return error;
		}
		stop = min(vma->end, end);
		offset = (loff_t)vma_index(vma, start) << PAGE_SHIFT;
		file = get_file(vma->file);
		up_read(&s->mmap_lock);
		error = file->ops->fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
					     offset, stop - start);
		fput(file);
		if (error)
			return error;
		start = stop;
	}
	return 0;
}

/* As space_populate, but what cannot be brought in is an error, and so is a hole. */
static int advise_populate(struct address_space *s, unsigned long start, unsigned long end,
			   bool write)
{
	while (start < end) {
		struct vma *vma;
		unsigned long stop;
		int result = 0;

		if (down_read_killable(&s->mmap_lock))
			return -EINTR;
		vma = find_vma(s, start);
		if (!vma || vma->start > start) {
			up_read(&s->mmap_lock);
			return -ENOMEM;
		}
		if ((vma->flags & (VM_PFNMAP | VM_IO)) ||
		    !(vma->flags & (write ? VM_WRITE : VM_ACCESS))) {
			up_read(&s->mmap_lock);
			return -EINVAL;
		}
		stop = min(min(vma->end, end), table_end(start, end));
		for (; start < stop && result >= 0; start += PAGE_SIZE)
			result = fatal_signal_pending(current)
					 ? -EINTR
					 : handle_fault(vma, start, write ? FAULT_WRITE : 0);
		up_read(&s->mmap_lock);
		if (result < 0)
			return result;
	}
	return 0;
}

long sys_madvise(unsigned long addr, size_t len, int advice)
{
	struct address_space *s = current->space;
	unsigned long end;
	int error;

	for (unsigned int i = 0; i < ARRAY_SIZE(flag_advice); i++) {
		const struct flag_advice *f = &flag_advice[i];

		if (f->advice != advice)
			continue;
		if ((addr & ~PAGE_MASK) || addr + ALIGN(len, PAGE_SIZE) < addr ||
		    (len && !ALIGN(len, PAGE_SIZE)))
			return -EINVAL;
		if (!len)
			return 0;
		if (down_write_killable(&s->mmap_lock))
			return -EINTR;
		error = change_flags(s, addr, addr + ALIGN(len, PAGE_SIZE), f->set, f->clear,
				     f->refuse);
		up_write(&s->mmap_lock);
		return error;
	}
	switch (advice) {
	case MADV_WILLNEED:
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
	case MADV_REMOVE:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE: break;
	default: return -EINVAL;
	}
	if (addr & ~PAGE_MASK)
		return -EINVAL;
	if (len && !ALIGN(len, PAGE_SIZE))
		return -EINVAL;
	end = addr + ALIGN(len, PAGE_SIZE);
	if (end < addr)
		return -EINVAL;
	if (end == addr)
		return 0;
	if (advice == MADV_REMOVE)
		return advise_remove(s, addr, end);
	if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
		return advise_populate(s, addr, end, advice == MADV_POPULATE_WRITE);
	return advise_range(s, addr, end, advice);
}

/* --- mincore --- */

static bool in_core(struct vma *vma, unsigned long addr)
{
	u64 *pte = pte_find(vma->space, addr);
	struct page *page;
	bool there;

	if (pte && entry_read(pte))
		return true;
	if (!vma->mapping)
		return false;
	page = find_get_page(vma->mapping, vma_index(vma, addr));
	if (!page)
		return false;
	there = page_test(page, PG_UPTODATE);
	put_page(page);
	return there;
}

#define MINCORE_CHUNK	64

/* Up to a chunk of answers; how many, or -ENOMEM at a hole. */
static long mincore_chunk(struct address_space *s, unsigned long addr, unsigned long nr,
			  u8 *answers)
{
	struct vma *vma;
	long done = 0;

	nr = min(nr, (unsigned long)MINCORE_CHUNK);
	down_read(&s->mmap_lock);
	vma = find_vma(s, addr);
	if (!vma || vma->start > addr)
		done = -ENOMEM;
	else
		for (nr = min(nr, (vma->end - addr) >> PAGE_SHIFT); done < (long)nr; done++)
			answers[done] = in_core(vma, addr + done * PAGE_SIZE);
	up_read(&s->mmap_lock);
	return done;
}

long sys_mincore(unsigned long addr, size_t len, unsigned char __user *vec)
{
	unsigned long nr = DIV_ROUND_UP(len, PAGE_SIZE);
	u8 answers[MINCORE_CHUNK];

	if (addr & ~PAGE_MASK)
		return -EINVAL;
	if (!access_ok((void __user *)addr, len))
		return -ENOMEM;
	if (!access_ok(vec, nr))
		return -EFAULT;
	while (nr) {
		long done = mincore_chunk(current->space, addr, nr, answers);

		if (done < 0)
			return done;
		if (copy_to_user(vec, answers, done))
			return -EFAULT;
		nr -= done;
		vec += done;
		addr += done * PAGE_SIZE;
	}
	return 0;
}

/* --- msync --- */

long sys_msync(unsigned long addr, size_t len, int flags)
{
	struct address_space *s = current->space;
	unsigned long end = addr + ALIGN(len, PAGE_SIZE);
	bool holes = false;

	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) || (addr & ~PAGE_MASK) ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	if (end < addr || (len && !ALIGN(len, PAGE_SIZE)))
		return -ENOMEM;
	while (addr < end) {
		struct file *file = NULL;
		struct vma *vma;
		unsigned long stop;
		loff_t first = 0;
		int error = 0;

		if (down_read_killable(&s->mmap_lock))
			return -EINTR;
		vma = find_vma(s, addr);
		if (!vma || vma->start >= end) {
			up_read(&s->mmap_lock);
			return -ENOMEM;
		}
		holes |= vma->start > addr;
		addr = max(addr, vma->start);
		stop = min(vma->end, end);
		if ((flags & MS_INVALIDATE) && (vma->flags & VM_LOCKED))
			error = -EBUSY;
		else if ((flags & MS_SYNC) && vma->file && (vma->flags & VM_SHARED) &&
			 vma->file->ops->fsync) {
			file = get_file(vma->file);
			first = (loff_t)vma_index(vma, addr) << PAGE_SHIFT;
		}
		up_read(&s->mmap_lock);
		if (file) {
			error = file->ops->fsync(file, first, first + (stop - addr) - 1, true);
			fput(file);
		}
		if (error)
			return error;
		addr = stop;
	}
	return holes ? -ENOMEM : 0;
}
