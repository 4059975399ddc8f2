/* SPDX-License-Identifier: MIT */
/*
 * The page cache: struct mapping holds the pages of one file (what Linux calls an address_space; here that word means a process's
 * memory). It is embedded in the inode. read, write, mmap, exec and the write-back all go through it.
 *
 * Lookups are lock-free (RCU and page references). Inserting and removing takes pages.lock (LOCK_RANK_PAGE_CACHE); a page's contents
 * and its place in the mapping are guarded by the page lock. Truncation: invalidate_lock for writing keeps faults and reads-in out.
 * Order: inode rwsem, space mmap_lock, invalidate_lock, page lock, i_mmap_lock, page table lock, pages.lock.
 */
#ifndef MM_MAPPING_H
#define MM_MAPPING_H

#include <kit/types.h>
#include <kernel/mutex.h>
#include <lib/rbtree.h>
#include <lib/xarray.h>
#include <mm/gfp.h>

struct inode;
struct file;
struct page;
struct mapping;
struct readahead_state;

struct mapping_ops {
	/* Brings the page's contents in: locked on entry; unlocks it when done, having set PG_UPTODATE or PG_ERROR. NULL: new pages are zero
	 * (tmpfs). Sleeps. */
	int (*read_page)(struct file *file, struct page *page);
	/* The same for nr pages that follow each other: read-ahead. They come in even if it fails. NULL: one by one. */
	void (*read_pages)(struct file *file, struct mapping *m, struct page **pages,
			   unsigned int nr);
	/* A page is about to be made at index for a file without read_page: reserve its space. 0, -ENOSPC ... NULL: no limit. When inserting
	 * it fails after that, cancel_page gives the space back; when the page leaves the cache, free_page does. */
	int (*new_page)(struct mapping *m, unsigned long index);
	void (*cancel_page)(struct mapping *m, unsigned long index);
	/* Before bytes [offset, offset+len) are stored into the locked page: reserve space, read what is not overwritten. */
	int (*write_begin)(struct mapping *m, struct page *page, unsigned int offset,
			   unsigned int len);
	int (*write_end)(struct mapping *m, struct page *page, unsigned int offset,
			 unsigned int len);
	/* A shared mapping is about to be written: reserve space. 0 or -ENOSPC, -EIO ... */
	int (*page_mkwrite)(struct mapping *m, struct page *page);
	/* Writes dirty pages of [first, last] back: takes them by mapping_begin_write, submits them. sync: waits for those that are being
	 * written already, to write them again. 0 or the first error. */
	int (*write_pages)(struct mapping *m, unsigned long first, unsigned long last, bool sync);
	void (*free_page)(struct mapping *m, struct page *page); /* it leaves the cache */
};

struct mapping {
	/* NULL for anonymous shared memory that has no inode: never, it uses tmpfs */
	struct inode *host;
	const struct mapping_ops *ops;
	struct xarray pages;
	spinlock_t pages_lock;	/* LOCK_RANK_PAGE_CACHE */
	unsigned long nr_pages; /* pages_lock */
	struct rw_semaphore invalidate_lock;
	struct rw_semaphore i_mmap_lock;
	/* i_mmap_lock: interval tree of the vmas that map this file */
	struct rb_root_cached i_mmap;
	atomic_t nr_writable_maps; /* shared writable vmas; negative: denied */
	gfp_t gfp;
	unsigned long flags;
	u64 futex_number; /* A: names it in keys of futexes; 0 until one is used */
	int write_error;  /* the last one; who has not seen write_error_seq is told */
	unsigned int write_error_seq;
	/* I: struct extent_ops of whoever knows where its bytes lie (fs/extent.h) */
	const void *extents;
	/* dirty_lock (mm/cache/writeback.c): of mappings with dirty pages */
	struct list_head dirty_node;
	u64 dirtied_ns; /* dirty_lock: since when */
};

/* Marks of the xarray. */
#define MAPPING_MARK_DIRTY	XA_MARK_0
#define MAPPING_MARK_WRITEBACK	XA_MARK_1

#define MAPPING_UNEVICTABLE	0	/* tmpfs without swap: dropping would lose data */

void mapping_init(struct mapping *m, struct inode *host, const struct mapping_ops *ops);

/* All return a page with a reference, or NULL / ERR_PTR. */
/* NULL when absent; lock-free */
struct page *find_get_page(struct mapping *m, unsigned long index);
struct page *find_lock_page(struct mapping *m, unsigned long index);
/* Present and up to date, reading it in or making a zero page as needed; ERR_PTR(-ENOMEM, -EIO, -EINTR). */
struct page *mapping_read_page(struct mapping *m, struct file *file, unsigned long index);
/* Locked, present, made when absent (its contents are the caller's business unless PG_UPTODATE). */
struct page *mapping_grab_page(struct mapping *m, unsigned long index, gfp_t gfp);
/* Starts bringing in what is not there of nr pages from index on; does not wait. */
void mapping_readahead(struct mapping *m, struct file *file, unsigned long index, unsigned long nr);
/* A reader has come to a page with PG_READAHEAD: the next pages are brought in while it uses those that are there. */
void mapping_readahead_next(struct mapping *m, struct file *file, struct page *page);
/* -EEXIST, -ENOMEM */
int page_cache_insert(struct mapping *m, struct page *page, unsigned long index, gfp_t gfp);
void page_cache_remove(struct page *page); /* locked by the caller */
void set_page_dirty(struct page *page);
/* First page at or after *index; advances *index. For SEEK_DATA and truncation. NULL: none. */
struct page *find_get_next_page(struct mapping *m, unsigned long *index, unsigned long last);

/* Drops pages and unmaps them from every space; new_size in bytes. The caller has set i_size and holds the inode lock. */
void truncate_pagecache(struct mapping *m, loff_t new_size);
/* hole punching, zeroes partial pages */
void truncate_pagecache_range(struct mapping *m, loff_t start, loff_t end);
/* inode is going away: all pages; nobody uses it any more */
void mapping_evict(struct mapping *m);
unsigned long mapping_drop_clean(struct mapping *m); /* pages that nobody holds; how many went */
/* The same of pages first to last, those too that a CPU has just brought in. Sleeps. */
void mapping_drop_range(struct mapping *m, unsigned long first, unsigned long last);
void unmap_mapping_range(struct mapping *m, loff_t start, loff_t len, bool even_private);

/*
 * Write-back. Whoever dirties a page puts its mapping on a list; a thread writes those that have been there for long, all when there are many.
 * The file system lends two functions that keep a mapping's inode while that is done.
 */
/* 0 or the error of the pages written */
int mapping_write_and_wait(struct mapping *m, loff_t start, loff_t end);
/* Starts writing what is dirty of pages first to last; does not wait for it. */
void mapping_start_write(struct mapping *m, unsigned long first, unsigned long last);
/* For write_pages: the next dirty page at or behind *index and up to last, locked, its dirty mark taken for PG_WRITEBACK, entries of page
 * tables write-protected; *index moves behind it. The file system submits it, unlocks it, and ends it by end_page_writeback. */
struct page *mapping_begin_write(struct mapping *m, unsigned long *index, unsigned long last,
				 bool sync);
void mapping_set_error(struct mapping *m, int error);
/* Errors since *seen, which is brought up to date: 0 or the last error. */
int mapping_check_error(struct mapping *m, unsigned int *seen);
extern bool (*mapping_grab)(struct mapping *m); /* false: its inode is going away */
extern void (*mapping_release)(struct mapping *m);
void write_back_wake(void); /* memory is short or sync(2) asks: start now */
/* A writer that makes pages dirty waits here when there are too many. */
void balance_dirty_pages(struct mapping *m);
/* percent of available memory: /proc/sys/vm */
extern unsigned int dirty_background_ratio, dirty_ratio;
extern unsigned int dirty_expire_ms, dirty_writeback_ms;

/* The page was used by read or write: keeps it longer. */
void mark_page_accessed(struct page *page);

unsigned long nr_file_pages(void);

#endif
