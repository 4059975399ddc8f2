/* SPDX-License-Identifier: MIT */
/* fadvise and readahead: what a program says of the pages of a file. Hints, of which two do something: WILLNEED and DONTNEED. */
#include <fs/calls.h>
#include <fs/vfs.h>
#include <mm/mapping.h>
#include <uapi/fcntl.h>
#include <uapi/stat.h>

/* What is dirty goes to the disk first and stays. A page of which only a part is meant stays, too, but for the file's last. */
static void dont_need(struct file *file, u64 start, u64 last)
{
	struct mapping *m = file->mapping;
	unsigned long first = DIV_ROUND_UP(start, PAGE_SIZE), behind = (last + 1) >> PAGE_SHIFT;

	if (last + 1 == (u64)READ_ONCE(m->host->size))
		behind = DIV_ROUND_UP(last + 1, PAGE_SIZE);
	mapping_start_write(m, start >> PAGE_SHIFT, last >> PAGE_SHIFT);
	if (behind > first)
		mapping_drop_range(m, first, behind - 1);
}

int vfs_fadvise(struct file *file, loff_t offset, loff_t len, int advice)
{
	const struct inode *inode = file->inode;
	u64 last = S64_MAX;

	if (S_ISFIFO(inode->mode))
		return -ESPIPE;
	if (len < 0 || advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE)
		return -EINVAL;
	if (offset < 0 || (!S_ISREG(inode->mode) && !S_ISBLK(inode->mode)))
		return 0;
	if (len && (u64)offset + len <= S64_MAX)
		last = (u64)offset + len - 1;
	if (advice == POSIX_FADV_WILLNEED)
		mapping_readahead(file->mapping, file, offset >> PAGE_SHIFT,
				  (last >> PAGE_SHIFT) - (offset >> PAGE_SHIFT) + 1);
	else if (advice == POSIX_FADV_DONTNEED)
		dont_need(file, offset, last);
	return 0;
}
