/* SPDX-License-Identifier: MIT */
/*
 * Between the files of mm/space.
 *
 * Page tables. A table's entries, and table_used of its struct page (how many of them are not 0), change under the table's lock. Tables are
 * made by faults, with mmap_lock for reading; they go away with mmap_lock for writing, after the vmas whose range they serve have left their
 * mapping's i_mmap. So whoever holds mmap_lock, or i_mmap_lock of a vma within the range, may walk down without a lock.
 *
 * An entry of a user page is 0, or present, or (PROT_NONE) not present with PTE_PROT_NONE; the two latter hold a reference of the
 * page unless PTE_SPECIAL is set.
 */
#ifndef SPACE_PRIVATE_H
#define SPACE_PRIVATE_H

#include <arch/pgtable.h>
#include <fs/vfs.h>
#include <kernel/bug.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/syscalls.h>
#include <kernel/thread.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <mm/mapping.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <mm/stat.h>

#define STACK_GUARD_GAP		(256 * PAGE_SIZE)	/* between a growing stack and what lies below it */
#define USER_TABLES_END		(1ul << 47)		/* what the last table of the user half covers */
#define FAULT_MAY_DROP		0x100	/* flags: mmap_lock may be dropped to wait; then FAULT_RETRY */
#define FAULT_RETRY		0x1	/* results of handle_fault: lock was dropped, begin again */
#define FAULT_MAJOR		0x2	/* it had to be read in */

/* --- table.c: page tables --- */

u64 *table_alloc(struct address_space *s);
void table_free(struct address_space *s, u64 *table); /* all entries are 0 */
u64 *top_table_alloc(void);
void top_table_free(u64 *pgd);

static __always_inline struct page *table_page(const u64 *table)
{
	return phys_to_page((unsigned long)table - DIRECT_MAP_BASE);
}

/* The entry's own table, from any pointer into it. */
static __always_inline struct page *entry_page(const u64 *entry)
{
	return table_page(entry);
}

/* The entry for an address; NULL: no table. */
static __always_inline u64 *pte_find(struct address_space *s, unsigned long addr)
{
	u64 v = entry_read(&s->pgd[pgd_index(addr)]);

	if (!entry_present(v))
		return NULL;
	v = entry_read(&entry_table(v)[pud_index(addr)]);
	if (!entry_present(v))
		return NULL;
	v = entry_read(&entry_table(v)[pmd_index(addr)]);
	if (!entry_present(v))
		return NULL;
	return &entry_table(v)[pte_index(addr)];
}

/* tables made as needed; NULL: no memory */
u64 *pte_make(struct address_space *s, unsigned long addr);
/*
 * The next table of entries at or behind *addr, which moves over holes; NULL: none below end. The caller goes on at
 * table_end(addr, end).
 */
u64 *table_next(struct address_space *s, unsigned long *addr, unsigned long end);

static __always_inline unsigned long table_end(unsigned long addr, unsigned long end)
{
	unsigned long next = (addr + PMD_SIZE) & ~(PMD_SIZE - 1);

	return min(next, end);
}

/* Sets an entry that is 0; clears one that is not. The table's lock is held. */
static __always_inline void pte_install(u64 *pte, u64 value)
{
	entry_set(pte, value);
	entry_page(pte)->table_used++;
}

static __always_inline spinlock_t *pte_lock_of(const u64 *pte)
{
	return &entry_page(pte)->table_lock;
}

static __always_inline void pte_lock(const u64 *pte)
{
	spin_lock(pte_lock_of(pte));
}

static __always_inline void pte_unlock(const u64 *pte)
{
	spin_unlock(pte_lock_of(pte));
}

/* The page behind an entry that is not 0; NULL: special. */
static __always_inline struct page *pte_page(u64 value)
{
	return unlikely(value & PTE_SPECIAL) ? NULL : phys_to_page(entry_phys(value));
}

/* Which of the space's counters a page in its tables counts for. */
static __always_inline atomic64_t *rss_counter(struct address_space *s, const struct page *page)
{
	unsigned long flags = page->flags;

	return flags & BIT(PG_ANON)	    ? &s->anon_pages
	       : flags & BIT(PG_SWAPBACKED) ? &s->shmem_pages
					    : &s->file_pages;
}

/* --- gather.c: unmapped pages and tables on their way to be freed --- */

#define GATHER_PAGES	30

struct gather_batch {
	struct gather_batch *next;
	unsigned int nr, max;
	struct page **pages;
};

struct gather {
	struct address_space *space;
	unsigned long start, end; /* what must be flushed from TLBs */
	bool freed_tables;
	bool full;
	/* entries of the table that is being emptied, at its beginning */
	unsigned int used_before;
	struct page *tables;	    /* by table_next */
	struct gather_batch *batch; /* in use: the last of the list, or first */
	unsigned int nr_batches;
	struct gather_batch first;
	struct page *first_pages[GATHER_PAGES];
};

void gather_begin(struct gather *g, struct address_space *s);
void gather_flush(struct gather *g);
void gather_end(struct gather *g);

static __always_inline void gather_range(struct gather *g, unsigned long start, unsigned long end)
{
	g->start = min(g->start, start);
	g->end = max(g->end, end);
}

/* When g->full is set then, the caller lets go of its locks and flushes before it adds another. */
void gather_page(struct gather *g, struct page *page);
void gather_table(struct gather *g, u64 *table);

/* --- unmap.c --- */

/* Empties the entries of [start, end), which lies in the vma. only: none but pages of this mapping (not private copies). */
void unmap_range(struct gather *g, struct vma *vma, unsigned long start, unsigned long end,
		 bool only_file);
/* Tables that serve only [floor, ceiling), which has no vma any more. */
void free_tables(struct gather *g, unsigned long start, unsigned long end, unsigned long floor,
		 unsigned long ceiling);
/* Everything, when nobody can see the space any more. */
void tear_down_tables(struct address_space *s);
int unmap_locked(struct address_space *s, unsigned long start, unsigned long len);

/* --- vma.c --- */

extern struct kmem_cache *vma_cache, *space_cache;

struct vma *vma_alloc(struct address_space *s, unsigned long start, unsigned long end,
		      unsigned long flags);
void vma_free(struct vma *vma);	  /* drops what it holds */
void vma_insert(struct vma *vma); /* into its space and its mapping */
/* Out of both; a revocable one stays in its mapping until it is unmapped. */
void vma_remove(struct vma *vma);
void vma_resize(struct vma *vma, unsigned long start, unsigned long end, unsigned long pgoff);
/* vma keeps what is below addr */
int vma_split(struct vma *vma, unsigned long addr, struct vma **upper);
/* Makes [start, end) a vma of its own: splits at both ends. *vma is the first in it. */
int vma_isolate(struct vma **vma, unsigned long start, unsigned long end);
/* Joins a vma with its neighbours where they are alike; the one that is left. */
struct vma *vma_join(struct vma *vma);
bool vma_mergeable(const struct vma *vma, unsigned long flags, const struct file *file,
		   unsigned long pgoff_at_start);
u64 prot_of_flags(unsigned long flags);
void vma_interval_insert(struct vma *vma, struct rb_root_cached *root);
void vma_interval_remove(struct vma *vma, struct rb_root_cached *root);
struct vma *vma_interval_iter_first(struct rb_root_cached *root, unsigned long start,
				    unsigned long last);
struct vma *vma_interval_iter_next(struct vma *vma, unsigned long start, unsigned long last);
void vma_set_page_prot(struct vma *vma);
void mapping_link(struct vma *vma);
void mapping_unlink(struct vma *vma);
void mapping_unlink_locked(
	struct vma *vma); /* i_mmap_lock is held for writing, and there is a mapping */
void space_account(struct address_space *s, unsigned long flags, long pages);
bool space_may_expand(struct address_space *s, unsigned long flags, unsigned long pages);
int commit_charge(unsigned long pages);
static inline void commit_uncharge(unsigned long pages) { mm_level_add(MM_COMMITTED, -(long)pages); }

static inline unsigned long vma_pages(const struct vma *vma)
{
	return (vma->end - vma->start) >> PAGE_SHIFT;
}

/* Shared writable pages of a file whose changes must be written back: their entries are write-protected until the first write. */
static inline bool vma_tracks_dirty(const struct vma *vma)
{
	return vma->mapping && (vma->flags & (VM_SHARED | VM_WRITE)) == (VM_SHARED | VM_WRITE) &&
	       !test_bit(MAPPING_UNEVICTABLE, &vma->mapping->flags);
}

/*
 * Device memory that unmap_mapping_range() takes away when the device goes. No reference keeps it, so its vma is found in i_mmap for as long as a
 * table's entry or a TLB leads there.
 */
static inline bool vma_is_revocable(const struct vma *vma)
{
	return unlikely(vma->flags & VM_PFNMAP) && vma->mapping;
}

/* Private and perhaps written: its pages are copied before the first write. */
static inline bool vma_is_cow(unsigned long flags)
{
	return (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

static inline unsigned long vma_index(const struct vma *vma, unsigned long addr)
{
	return vma->pgoff + ((addr - vma->start) >> PAGE_SHIFT);
}

/* --- mmap.c, fault.c, file_fault.c, lock.c, tlb.c --- */

int expand_stack(struct vma *vma, unsigned long addr); /* mmap_lock for writing */
unsigned long free_place(struct address_space *s, unsigned long hint, unsigned long len,
			 unsigned long flags);
void change_protection(struct vma *vma, unsigned long start, unsigned long end);
int change_flags(struct address_space *s, unsigned long start, unsigned long end, unsigned long set,
		 unsigned long clear, int (*refuse)(const struct vma *vma));
/* Brings one page in. 0, FAULT_MAJOR, FAULT_RETRY (mmap_lock was dropped) or a negative errno: -ENOMEM, -EFAULT: SIGBUS. */
int handle_fault(struct vma *vma, unsigned long addr, unsigned int flags);
int file_fault(struct vma *vma, u64 *pte, unsigned long addr, unsigned int flags);
int shared_write_fault(struct vma *vma, u64 *pte, u64 old, unsigned long addr);
/* Populates [start, end) as far as it can be, current's space, no lock held. */
int space_populate(unsigned long start, unsigned long len, bool stop_at_error);
extern const struct vm_operations file_vm_ops;

void tlb_flush_space(struct address_space *s, unsigned long start, unsigned long end,
		     bool freed_tables);
void tlb_init(void);
void tlb_leave_space(struct address_space *s); /* no CPU has its tables loaded any more */
static inline void tlb_flush_page(struct address_space *s, unsigned long addr)
{
	tlb_flush_space(s, addr, addr + PAGE_SIZE, false);
}

#endif
