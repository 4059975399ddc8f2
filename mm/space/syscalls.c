/* SPDX-License-Identifier: MIT */
/* System calls whose work is done by functions that exec and the kernel's own users call too. */
#include "space_private.h"
#include <fs/files.h>
#include <uapi/mman.h>

long sys_mmap(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags,
	      unsigned long fd, unsigned long offset)
{
	struct file *file = NULL;
	unsigned long result;

	if (offset & ~PAGE_MASK)
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		file = fget(fd);
		if (!file)
			return -EBADF;
	} else if (flags & MAP_HUGETLB) {
		return -EINVAL;
	}
	result = space_mmap(file, addr, len, prot, flags, offset >> PAGE_SHIFT);
	if (file)
		fput(file);
	return result;
}

long sys_munmap(unsigned long addr, size_t len)
{
	return space_munmap(current->space, addr, len);
}

long sys_mprotect(unsigned long addr, size_t len, unsigned long prot)
{
	return space_mprotect(addr, len, prot);
}

long sys_brk(unsigned long brk)
{
	return space_brk(brk);
}
