/* SPDX-License-Identifier: MIT */
/*
 * Making, splitting, joining and accounting vmas. All with mmap_lock for writing, or on a space that nobody else sees.
 *
 * A vma of a file is also in the file's i_mmap, an interval tree by page index, so that truncation and reclaim find who maps a page. Its bounds
 * change only outside that tree, or under i_mmap_lock.
 */
#include "space_private.h"
#include <kernel/process.h>
#include <lib/interval_tree.h>
#include <mm/alloc_fault.h>
#include <uapi/mman.h>

struct kmem_cache *vma_cache, *space_cache;
int overcommit_memory = OVERCOMMIT_GUESS;
int overcommit_ratio = 50;
int max_map_count = 65530;

#define first_index(vma)	((vma)->pgoff)
#define last_index(vma)		((vma)->pgoff + vma_pages(vma) - 1)
INTERVAL_TREE_DEFINE(struct vma, mapping_node, unsigned long, mapping_subtree_last, first_index,
		     last_index, , vma_interval);

/* --- protection --- */

u64 prot_of_flags(unsigned long flags)
{
	u64 prot = PTE_USER | PTE_ACCESSED;

	if (!(flags & VM_ACCESS))
		return (PTE_PROT_NONE | PTE_ACCESSED | PTE_NX) & pte_supported;
	prot |= PTE_PRESENT;
	if (!(flags & VM_EXEC))
		prot |= PTE_NX;
	if ((flags & (VM_WRITE | VM_SHARED)) == (VM_WRITE | VM_SHARED))
		prot |= PTE_WRITE;
	return prot & pte_supported;
}

void vma_set_page_prot(struct vma *vma)
{
	u64 prot = prot_of_flags(vma->flags);

	if (vma_tracks_dirty(vma))
		prot &= ~PTE_WRITE;
	vma->page_prot = prot | (vma->page_prot & PTE_CACHE_MASK);
}

/* --- accounting --- */

void space_account(struct address_space *s, unsigned long flags, long pages)
{
	s->total_pages += pages;
	if (flags & VM_GROWSDOWN)
		s->stack_pages += pages;
	else if ((flags & (VM_EXEC | VM_WRITE)) == VM_EXEC)
		s->exec_pages += pages;
	else if ((flags & (VM_WRITE | VM_SHARED)) == VM_WRITE)
		s->data_pages += pages;
}

static unsigned long limit_pages(unsigned int which)
{
	return rlimit(which) >> PAGE_SHIFT;
}

bool space_may_expand(struct address_space *s, unsigned long flags, unsigned long pages)
{
	if (s->total_pages + pages > limit_pages(RLIMIT_AS))
		return false;
	if ((flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE &&
	    s->data_pages + pages > limit_pages(RLIMIT_DATA))
		return false;
	return true;
}

unsigned long commit_limit_pages(void)
{
	return total_ram_pages() * overcommit_ratio / 100;
}

/*
 * Promising memory: the guess refuses only what could never be had; OVERCOMMIT_NEVER keeps the sum of all promises below its limit.
 */
int commit_charge(unsigned long pages)
{
	if (overcommit_memory == OVERCOMMIT_GUESS && pages > total_ram_pages())
		return -ENOMEM;
	if (overcommit_memory == OVERCOMMIT_NEVER &&
	    mm_level_read(MM_COMMITTED) + pages > commit_limit_pages())
		return -ENOMEM;
	mm_level_add(MM_COMMITTED, pages);
	return 0;
}

static bool vma_may_write_shared(const struct vma *vma)
{
	return (vma->flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE);
}

/* --- life --- */

struct vma *vma_alloc(struct address_space *s, unsigned long start, unsigned long end,
		      unsigned long flags)
{
	struct vma *vma = kmem_cache_zalloc(vma_cache, GFP_KERNEL);

	if (!vma)
		return NULL;
	vma->space = s;
	vma->start = start;
	vma->end = end;
	vma->flags = flags;
	vma->pgoff = start >> PAGE_SHIFT;
	vma->page_prot = prot_of_flags(flags);
	return vma;
}

void vma_free(struct vma *vma)
{
	if (vma->ops && vma->ops->close)
		vma->ops->close(vma);
	if (vma->file)
		fput(vma->file);
	kmem_cache_free(vma_cache, vma);
}

void mapping_link(struct vma *vma)
{
	struct mapping *m = vma->mapping;

	if (!m)
		return;
	down_write(&m->i_mmap_lock);
	if (vma_may_write_shared(vma))
		atomic_inc(&m->nr_writable_maps);
	vma_interval_insert(vma, &m->i_mmap);
	up_write(&m->i_mmap_lock);
}

void mapping_unlink_locked(struct vma *vma)
{
	struct mapping *m = vma->mapping;

	if (vma_may_write_shared(vma))
		atomic_dec(&m->nr_writable_maps);
	vma_interval_remove(vma, &m->i_mmap);
}

void mapping_unlink(struct vma *vma)
{
	struct mapping *m = vma->mapping;

	if (!m)
		return;
	down_write(&m->i_mmap_lock);
	mapping_unlink_locked(vma);
	up_write(&m->i_mmap_lock);
}

void vma_insert(struct vma *vma)
{
	gap_insert(&vma->space->vmas, &vma->range);
	vma->space->nr_vmas++;
	mapping_link(vma);
}

static void tree_remove(struct vma *vma)
{
	struct address_space *s = vma->space;

	gap_remove(&s->vmas, &vma->range);
	s->nr_vmas--;
	if (s->last_vma == vma)
		s->last_vma = NULL;
}

void vma_remove(struct vma *vma)
{
	tree_remove(vma);
	if (!vma_is_revocable(vma))
		mapping_unlink(vma);
}

/* --- looking up --- */

struct vma *find_vma(struct address_space *s, unsigned long addr)
{
	struct vma *vma = READ_ONCE(s->last_vma);

	if (vma && addr >= vma->start && addr < vma->end)
		return vma;
	vma = container_of_safe(gap_find(&s->vmas, addr), struct vma, range);
	if (vma)
		WRITE_ONCE(s->last_vma, vma);
	return vma;
}

/* --- changing --- */

/* Changes the bounds of a vma within its tree; the file's tree is locked around it. */
static void resize_in_trees(struct vma *vma, unsigned long start, unsigned long end,
			    unsigned long pgoff)
{
	if (vma->mapping)
		vma_interval_remove(vma, &vma->mapping->i_mmap);
	gap_resize(&vma->space->vmas, &vma->range, start, end);
	vma->pgoff = pgoff;
	if (vma->mapping)
		vma_interval_insert(vma, &vma->mapping->i_mmap);
}

/* lint: context: of the mapping, if there is one */
static void lock_mapping(struct vma *vma)
{
	if (vma->mapping)
		down_write(&vma->mapping->i_mmap_lock);
}

/* lint: context: what lock_mapping() took */
static void unlock_mapping(struct vma *vma)
{
	if (vma->mapping)
		up_write(&vma->mapping->i_mmap_lock);
}

void vma_resize(struct vma *vma, unsigned long start, unsigned long end, unsigned long pgoff)
{
	lock_mapping(vma);
	resize_in_trees(vma, start, end, pgoff);
	unlock_mapping(vma);
}

int vma_split(struct vma *vma, unsigned long addr, struct vma **upper)
{
	struct vma *new;

	if (vma->space->nr_vmas >= max_map_count)
		return -ENOMEM;
	new = kmem_cache_alloc(vma_cache, GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	*new = *vma;
	new->start = addr;
	new->pgoff = vma_index(vma, addr);
	if (new->file)
		get_file(new->file);
	if (new->ops &&new->ops->open)
		new->ops->open(new);
	lock_mapping(vma);
	resize_in_trees(vma, vma->start, addr, vma->pgoff);
	gap_insert(&new->space->vmas, &new->range);
	new->space->nr_vmas++;
	if (new->mapping) {
		if (vma_may_write_shared(new))
			atomic_inc(&new->mapping->nr_writable_maps);
		vma_interval_insert(new, &new->mapping->i_mmap);
	}
	unlock_mapping(vma);
	*upper = new;
	return 0;
}

int vma_isolate(struct vma **vma, unsigned long start, unsigned long end)
{
	struct vma *upper, *last;
	int error;

	if ((*vma)->start < start) {
		error = vma_split(*vma, start, &upper);
		if (error)
			return error;
		*vma = upper;
	}
	last = *vma;
	if (last->end < end)
		last = find_vma(last->space, end - 1);
	if (last && last->start < end && last->end > end)
		return vma_split(last, end, &upper);
	return 0;
}

/* Could a mapping with these properties be the continuation of the vma? */
static bool alike(const struct vma *vma, unsigned long flags, const struct file *file)
{
	return vma->flags == flags && vma->file == file &&
	       (!vma->ops || (!vma->ops->open && !vma->ops->close)) &&
	       !(flags & (VM_PFNMAP | VM_SPECIAL_NAME | VM_MIXEDMAP | VM_IO));
}

bool vma_mergeable(const struct vma *vma, unsigned long flags, const struct file *file,
		   unsigned long pgoff_at_start)
{
	return alike(vma, flags, file) && (!file || vma->pgoff == pgoff_at_start);
}

static bool continues(const struct vma *lower, const struct vma *upper)
{
	return lower->end == upper->start && lower->page_prot == upper->page_prot &&
	       lower->ops == upper->ops && lower->mapping == upper->mapping &&
	       alike(lower, upper->flags, upper->file) &&
	       (!lower->file || lower->pgoff + vma_pages(lower) == upper->pgoff);
}

/* upper goes away; lower takes its range. The file's tree is locked over both steps: nobody may see the range without a vma. */
static void swallow(struct vma *lower, struct vma *upper)
{
	unsigned long end = upper->end;

	lock_mapping(lower);
	if (upper->mapping) {
		if (vma_may_write_shared(upper))
			atomic_dec(&upper->mapping->nr_writable_maps);
		vma_interval_remove(upper, &upper->mapping->i_mmap);
	}
	tree_remove(upper);
	lower->has_anon |= upper->has_anon;
	resize_in_trees(lower, lower->start, end, lower->pgoff);
	unlock_mapping(lower);
	vma_free(upper);
}

struct vma *vma_join(struct vma *vma)
{
	struct vma *prev = vma_prev(vma), *next;

	if (prev && continues(prev, vma)) {
		swallow(prev, vma);
		vma = prev;
	}
	next = vma_next(vma);
	if (next && continues(vma, next))
		swallow(vma, next);
	return vma;
}
