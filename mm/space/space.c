/* SPDX-License-Identifier: MIT */
/* Making, sharing and ending address spaces. */
#include "space_private.h"
#include <kernel/init.h>
#include <lib/string.h>
#include <mm/init.h>
#include <mm/tlb.h>

static atomic64_t next_context = ATOMIC64_INIT(1);

void __init space_init(void)
{
	vma_cache = KMEM_CACHE(vma, SLAB_PANIC);
	space_cache = KMEM_CACHE(address_space, SLAB_PANIC | SLAB_HWCACHE_ALIGN);
	tlb_init();
}

struct address_space *space_create(void)
{
	struct address_space *s = kmem_cache_zalloc(space_cache, GFP_KERNEL);

	if (!s)
		return NULL;
	s->pgd = top_table_alloc();
	if (!s->pgd) {
		kmem_cache_free(space_cache, s);
		return NULL;
	}
	init_rwsem(&s->mmap_lock);
	spin_lock_init(&s->lock, LOCK_RANK_LEAF);
	atomic_set(&s->users, 1);
	atomic_set(&s->refs, 1);
	s->context = atomic64_inc_return(&next_context);
	space_set_layout(s, 8ul << 20, 0);
	return s;
}

void space_get(struct address_space *s)
{
	atomic_inc(&s->users);
}

bool space_get_not_zero(struct address_space *s)
{
	return atomic_inc_not_zero(&s->users);
}

void space_grab(struct address_space *s)
{
	atomic_inc(&s->refs);
}

void space_drop(struct address_space *s)
{
	if (atomic_dec_and_test(&s->refs))
		kmem_cache_free(space_cache, s);
}

static void free_vmas(struct address_space *s)
{
	struct vma *vma, *next;
	unsigned long committed = 0;

	rbtree_postorder_for_each_entry_safe(vma, next, &s->vmas.root, node) {
		if (vma->flags & VM_ACCOUNT)
			committed += vma_pages(vma);
		vma_free(vma);
	}
	s->vmas.root = RB_ROOT;
	s->nr_vmas = 0;
	s->last_vma = NULL;
	commit_uncharge(committed);
	mm_level_add(MM_MLOCKED, -(long)s->locked_pages);
}

/* First nobody can find the tables any more (by files, by CPUs), then they go. */
static void space_end(struct address_space *s)
{
	struct vma *vma;

	for_each_vma(s, vma)
		mapping_unlink(vma);
	tlb_leave_space(s);
	tear_down_tables(s);
	free_vmas(s);
	exec_file_put(s->exe_file);
	s->exe_file = NULL;
}

void space_put(struct address_space *s)
{
	if (!atomic_dec_and_test(&s->users))
		return;
	space_end(s);
	space_drop(s);
}

void space_activate(struct address_space *s)
{
	struct address_space *old = current->space;
	unsigned long flags;

	spin_lock_irqsave(&current->lock, flags);
	WRITE_ONCE(current->space, s);
	space_switch(old, s, current);
	spin_unlock_irqrestore(&current->lock, flags);
	if (old)
		space_put(old);
}

unsigned long space_rss(const struct address_space *s)
{
	return atomic64_read(&s->anon_pages) + atomic64_read(&s->file_pages) +
	       atomic64_read(&s->shmem_pages);
}

unsigned long space_rss_peak(struct address_space *s)
{
	unsigned long rss = space_rss(s);

	if (rss > READ_ONCE(s->hiwater_rss))
		WRITE_ONCE(s->hiwater_rss, rss);
	if (s->total_pages > READ_ONCE(s->hiwater_vm))
		WRITE_ONCE(s->hiwater_vm, s->total_pages);
	return s->hiwater_rss;
}
