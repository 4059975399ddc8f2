/* SPDX-License-Identifier: MIT */
/* What counts as a use of a page: reads of it, not the pieces of one read. */
#include "cache.h"
#include <fs/uio.h>
#include <fs/vfs.h>
#include <kernel/ktest.h>
#include <mm/slab.h>
#include <uapi/fcntl.h>

KTEST_SUITE("page_cache");

#define PAGES	4

static int fill_with_zeroes(struct file *file, struct page *page)
{
	clear_page(page_address(page));
	page_set(page, PG_UPTODATE);
	unlock_page(page);
	return 0;
}

static const struct mapping_ops ops = { .read_page = fill_with_zeroes };

static void read_at(struct file *file, loff_t pos, size_t size)
{
	static char buf[PAGE_SIZE];
	struct kvec vec = { buf, size };
	struct iov_iter to;

	iov_iter_kvec(&to, false, &vec, 1, size);
	KTEST_EXPECT_EQ(generic_file_read_iter(file, &to, &pos), size);
}

static bool is_active(struct mapping *m, unsigned long index)
{
	struct page *page = find_get_page(m, index);
	bool active = page && page_test(page, PG_ACTIVE);

	if (page)
		put_page(page);
	return active;
}

KTEST_CASE(pages_read_twice_become_active)
{
	struct inode *inode = kzalloc(sizeof(*inode), GFP_KERNEL);
	struct file *file = kzalloc(sizeof(*file), GFP_KERNEL);
	struct mapping *m;

	KTEST_ASSERT(inode && file);
	m = &inode->data;
	mapping_init(m, inode, &ops);
	inode->mapping = m;
	inode->size = PAGES * PAGE_SIZE;
	*file = (struct file){ .mapping = m, .inode = inode, .flags = O_NOATIME };

	/* Page 0 in pieces, one after the other: one use. */
	for (unsigned int i = 0; i < 8; i++)
		read_at(file, i * 512, 512);
	mm_settle(); /* each CPU that this thread was on may keep some from the lists */
	KTEST_EXPECT(!is_active(m, 0));
	read_at(file, PAGE_SIZE, 512);
	read_at(file, 0, 512);
	read_at(file, PAGE_SIZE, 512);
	read_at(file, 0, 512);
	KTEST_EXPECT(is_active(m, 0));
	KTEST_EXPECT(is_active(m, 1));
	KTEST_EXPECT(!is_active(m, 2));
	mm_settle();
	mapping_evict(m);
	KTEST_EXPECT_EQ(m->nr_pages, 0);
	kfree(file);
	kfree(inode);
}
