/* SPDX-License-Identifier: MIT */
/*
 * /proc/sys/vm/drop_caches: 1 drops the clean pages of files, 2 the names and inodes that nobody uses, 3 both. In each case what has been freed
 * but waits for something is freed before the write returns, so that numbers in /proc/meminfo and /proc/slabinfo can be compared.
 */
#include <fs/proc.h>
#include <fs/seq_file.h>
#include <fs/vfs.h>
#include <kernel/init.h>
#include <kernel/sched.h>
#include <lib/parse.h>
#include <mm/mapping.h>
#include <mm/slab.h>
#include <mm/stat.h>

#include "internal.h"

#define DROP_PAGES	1u
#define DROP_SLAB	2u
#define DROP_QUIET	4u	/* Linux: no line in the log from now on; there is none here */

/* The inode is kept over the dropping; going down the list needs the one that was left last to be on it still. */
static void drop_pages(struct super_block *sb, void *unused)
{
	struct inode *inode, *last = NULL;

	spin_lock(&sb->inodes_lock);
	list_for_each_entry(inode, &sb->inodes, sb_list) {
		if (!READ_ONCE(inode->data.nr_pages) || !spin_trylock(&inode->lock))
			continue;
		if (inode->state & (I_NEW | I_DYING)) {
			spin_unlock(&inode->lock);
			continue;
		}
		ihold(inode);
		spin_unlock(&inode->lock);
		spin_unlock(&sb->inodes_lock);
		mapping_drop_clean(&inode->data);
		iput(last);
		last = inode;
		cond_resched();
		spin_lock(&sb->inodes_lock);
	}
	spin_unlock(&sb->inodes_lock);
	iput(last);
}

static int drop_caches_store(const struct ctl_entry *e, char *text, size_t len)
{
	unsigned int what;

	if (kstrtouint(text, 0, &what) || !what || what > (DROP_PAGES | DROP_SLAB | DROP_QUIET))
		return -EINVAL;
	/* pages on their way to the lists have a reference too many to be dropped */
	mm_settle();
	if (what & DROP_PAGES)
		for_each_super(drop_pages, NULL);
	if (what & DROP_SLAB)
		shrink_all_caches();
	mm_settle();
	return 0;
}

static const struct ctl_entry entry = {
	.path = "vm/drop_caches",
	.mode = 0200,
	.type = CTL_HANDLER,
	.store = drop_caches_store,
};

void __init drop_caches_init(void)
{
	ctl_register(&entry, 1);
}
