// SPDX-License-Identifier: MIT
/*
 * System V shared memory in address spaces. Each piece of memory that maps a segment counts as attached: fork and splits add some, unmapping
 * by whatever way takes them off.
 */
#include <kernel/process.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <mm/space.h>
#include <mm/slab.h>
#include <uapi/mman.h>
#include <uapi/shm.h>
#include "shm.h"

#define SHM_ALIGN	PAGE_SIZE	/* SHMLBA */

static struct shm_segment *segment_of_vma(const struct vma *vma)
{
	return vma->private;
}

static void attached(struct shm_segment *segment)
{
	spin_lock(&segment->object.lock);
	segment->nr_attached++;
	segment->attach_time = ktime_get_real_seconds();
	segment->last_pid = current->process->pid->nr;
	spin_unlock(&segment->object.lock);
}

static void shm_vma_open(struct vma *vma)
{
	attached(segment_of_vma(vma));
}

static void shm_vma_close(struct vma *vma)
{
	shm_uncount(segment_of_vma(vma), true);
}

static const struct vm_operations shm_vm_operations = { .open = shm_vma_open, .close = shm_vma_close };

static int shm_mmap(struct file *file, struct vma *vma)
{
	int err = generic_file_mmap(file, vma);

	if (err)
		return err;
	vma->ops = &shm_vm_operations;
	vma->private = file->private;
	attached(file->private);
	return 0;
}

const struct file_operations shm_file_operations = { .mmap = shm_mmap, .llseek = noop_llseek };

struct shm_segment *shm_of_file(const struct file *file)
{
	return file && file->ops == &shm_file_operations ? file->private : NULL;
}

/* What shmat's flags mean for mmap. */
static int mapping_of(unsigned long *addr, int flags, unsigned long *prot,
		      unsigned long *mmap_flags)
{
	*prot = PROT_READ | (flags & SHM_RDONLY ? 0 : PROT_WRITE) |
		(flags & SHM_EXEC ? PROT_EXEC : 0);
	*mmap_flags = MAP_SHARED;
	if (!*addr)
		return flags & SHM_REMAP ? -EINVAL : 0;
	if (*addr % SHM_ALIGN) {
		if (!(flags & SHM_RND))
			return -EINVAL;
		*addr -= *addr % SHM_ALIGN;
		if (!*addr && flags & SHM_REMAP)
			return -EINVAL;
	}
	/* Without SHM_REMAP what is there already must not be overwritten: space_mmap answers EEXIST then. */
	*mmap_flags |= flags & SHM_REMAP ? MAP_FIXED : MAP_FIXED_NOREPLACE;
	return 0;
}

long sys_shmat(int id, char __user *uaddr, int flags)
{
	unsigned long addr = (unsigned long)uaddr, prot, mmap_flags, result;
	struct shm_segment *segment;
	struct ipc_object *object;
	int err, wanted = 0400 | (flags & SHM_RDONLY ? 0 : 0200) | (flags & SHM_EXEC ? 0100 : 0);

	if (id < 0)
		return -EINVAL;
	err = mapping_of(&addr, flags, &prot, &mmap_flags);
	if (err)
		return err;
	object = ipc_lock(&shm_set, id);
	if (IS_ERR(object))
		return PTR_ERR(object);
	segment = container_of(object, struct shm_segment, object);
	err = ipc_allowed(object, wanted | wanted >> 3 | wanted >> 6) ? 0 : -EACCES;
	/* Counted while the mapping is being made, so that it cannot go. */
	if (!err)
		segment->nr_attached++;
	ipc_unlock(object);
	if (err)
		return err;
	result = space_mmap(segment->file, addr, ALIGN(segment->size, PAGE_SIZE), prot, mmap_flags,
			    0);
	shm_uncount(segment, false);
	return result == (unsigned long)-EEXIST ? -EINVAL : (long)result;
}

/* The pieces of what one shmat made: they map the segment from the same place on, whatever was unmapped or split since. */
long sys_shmdt(char __user *uaddr)
{
	unsigned long addr = (unsigned long)uaddr, start, end;
	struct address_space *s = current->space;
	struct shm_segment *segment = NULL;
	struct vma *vma;
	long result = -EINVAL;

	if (addr % PAGE_SIZE)
		return -EINVAL;
	for (;;) {
		down_read(&s->mmap_lock);
		for (vma = find_vma(s, addr); vma; vma = vma_next(vma)) {
			struct shm_segment *here = shm_of_file(vma->file);

			if (here && (!segment || here == segment) &&
			    (vma->start - addr) >> PAGE_SHIFT == vma->pgoff)
				break;
		}
		if (vma) {
			segment = shm_of_file(vma->file);
			start = vma->start;
			end = vma->end;
		}
		up_read(&s->mmap_lock);
		if (!vma)
			return result;
		result = space_munmap(s, start, end - start);
		if (result)
			return result;
	}
}
