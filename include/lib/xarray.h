/* SPDX-License-Identifier: MIT */
/*
 * An array of pointers indexed by unsigned long, sparse and growing: a radix
 * tree with 64 slots a node. Three marks per entry can be searched for.
 *
 * Locking is the caller's, by a lock of its own, unlike Linux's xarray:
 *  - xa_load, xa_find, xa_for_each, xa_extract, xa_get_mark: under
 *    rcu_read_lock or that lock. Without the lock each entry found is one that was there
 *    at some moment of the call; an object may be gone by the time it is looked at.
 *  - everything else: under that lock. It may be a spinlock if `gfp` does not sleep; to
 *    insert with allocation that may sleep use a struct xa_spare:
 *
 *	struct xa_spare spare = XA_SPARE_INIT;
 *
 *	do {
 *		spin_lock(&lock);
 *		err = xa_insert_spare(&xa, index, entry, &spare);
 *		spin_unlock(&lock);
 *	} while (err == -ENOMEM && !xa_spare_fill(&spare, GFP_KERNEL));
 *	xa_spare_drop(&spare);
 *
 * Entries are pointers to objects aligned to 4 bytes, or values made by
 * xa_mk_value. NULL is absence. A failed call has changed nothing.
 */
#ifndef LIB_XARRAY_H
#define LIB_XARRAY_H

#include <lib/bitops.h>
#include <lib/err.h>

#define XA_CHUNK_SHIFT	6
#define XA_CHUNK_SIZE	(1UL << XA_CHUNK_SHIFT)
#define XA_CHUNK_MASK	(XA_CHUNK_SIZE - 1)

typedef unsigned int xa_mark_t;
#define XA_MARK_0	0U
#define XA_MARK_1	1U
#define XA_MARK_2	2U
#define XA_MAX_MARKS	3
#define XA_PRESENT	8U	/* a filter for the searches: every entry */

/*
 * Legend: w: only writers look at it; r: readers too, single loads and stores.
 * A slot of a node with shift 0 holds an entry, else a tagged node.
 */
struct xa_node {
	union {
		struct {
			struct xa_node *parent; /* w; NULL: the top */
			unsigned long full;	/* w; slots below which nothing is free */
		};
		void *reclaim[2]; /* for xa_node_free to queue it by */
	};
	unsigned long present;		   /* r: slots in use */
	unsigned long marks[XA_MAX_MARKS]; /* r: slots below which something is marked */
	/* r, immutable: bits of the index below this node */
	u8 shift;
	u8 offset;		    /* w, immutable: slot in the parent */
	void *slots[XA_CHUNK_SIZE]; /* r */
};

struct xarray {
	/* r: NULL, the entry at 0 if it is the only one, or a tagged node */
	void *xa_head;
	unsigned int xa_marks; /* r: bit n: something has mark n */
};

#define XARRAY_INIT		{ NULL, 0 }
#define DEFINE_XARRAY(name)	struct xarray name = XARRAY_INIT

static inline void xa_init(struct xarray *xa)
{
	xa->xa_head = NULL;
	xa->xa_marks = 0;
}

/*
 * Supplied by the environment (the kernel's slab, the tests' malloc). A new node is
 * all zero; a freed one may be reused only after an RCU grace period.
 */
struct xa_node *xa_node_alloc(gfp_t gfp);
void xa_node_free(struct xa_node *node);

/* Integers of up to 63 bits as entries. */
static inline void *xa_mk_value(unsigned long v)
{
	return (void *)((v << 1) | 1);
}

static inline unsigned long xa_to_value(const void *entry)
{
	return (unsigned long)entry >> 1;
}

static inline bool xa_is_value(const void *entry)
{
	return (unsigned long)entry & 1;
}

/* Errors returned in place of an entry: 0 or a negative errno. */
static inline bool xa_is_err(const void *entry)
{
	return ((unsigned long)entry & 3) == 2 &&
	       (unsigned long)entry >= ((unsigned long)-MAX_ERRNO << 2);
}

static inline int xa_err(void *entry)
{
	return xa_is_err(entry) ? (int)((long)entry >> 2) : 0;
}

static inline bool xa_empty(const struct xarray *xa)
{
	return !READ_ONCE(xa->xa_head);
}

static inline bool xa_marked(const struct xarray *xa, xa_mark_t mark)
{
	return READ_ONCE(xa->xa_marks) & (1U << mark);
}

void *xa_load(const struct xarray *xa, unsigned long index);
/* The old entry; xa_err() tells -ENOMEM or -EINVAL. A changed entry keeps its marks, NULL erases. */
void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
/*
 * 0, -EBUSY when the place is taken, -ENOMEM. NULL reserves: the place is taken, reads as absent, and
 * xa_store fills it without allocating; xa_release gives it back if it is still only reserved.
 */
int __must_check xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
/* Stores only if `old` is there; returns what was there. */
void *xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long index);
void xa_release(struct xarray *xa, unsigned long index);
/* Forgets all entries and frees the nodes. */
void xa_destroy(struct xarray *xa);

struct xa_spare {
	struct xa_node *nodes; /* linked by reclaim[0] */
	unsigned int count, wanted;
};

#define XA_SPARE_INIT	{ NULL, 0, 0 }

int __must_check xa_insert_spare(struct xarray *xa, unsigned long index, void *entry,
				 struct xa_spare *spare);
/* Allocates what the last call missed: 0 or -ENOMEM. */
int __must_check xa_spare_fill(struct xa_spare *spare, gfp_t gfp);
void xa_spare_drop(struct xa_spare *spare);

/*
 * The first entry at or above *index (xa_find_after: above) and at most `max` that
 * has the mark, or any for XA_PRESENT; *index becomes its place. Else NULL.
 */
void *xa_find(const struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter);
void *xa_find_after(const struct xarray *xa, unsigned long *index, unsigned long max,
		    xa_mark_t filter);
/* Up to n entries from start to max; returns how many. */
unsigned int xa_extract(const struct xarray *xa, void **to, unsigned long start, unsigned long max,
			unsigned int n, xa_mark_t filter);

bool xa_get_mark(const struct xarray *xa, unsigned long index, xa_mark_t mark);
void xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark);
void xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark);

struct xa_limit {
	u32 max, min;
};
#define XA_LIMIT(low, high)	((struct xa_limit){ .min = (low), .max = (high) })
#define xa_limit_32b		XA_LIMIT(0, UINT_MAX)
#define xa_limit_31b		XA_LIMIT(0, INT_MAX)

/* Lowest free index at or above start and at most max: 0, or -EBUSY. */
int xa_find_free(const struct xarray *xa, unsigned long start, unsigned long max,
		 unsigned long *index);
/* Stores (NULL: reserves) at the lowest free index within the limit: 0, -EBUSY or -ENOMEM. */
int __must_check xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit,
			  gfp_t gfp);
/* The same, searching from *next on and wrapping round once (then 1 is returned). */
int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, u32 *next,
		    gfp_t gfp);

/* Entries may be erased or changed in the body. */
#define xa_for_each_range(xa, index, entry, start, last)                       \
	for (index = start, entry = xa_find(xa, &index, last, XA_PRESENT); entry; \
	     entry = xa_find_after(xa, &index, last, XA_PRESENT))
#define xa_for_each_start(xa, index, entry, start)                             \
	xa_for_each_range(xa, index, entry, start, ULONG_MAX)
#define xa_for_each(xa, index, entry)	xa_for_each_start(xa, index, entry, 0)
#define xa_for_each_marked(xa, index, entry, filter)                           \
	for (index = 0, entry = xa_find(xa, &index, ULONG_MAX, filter); entry; \
	     entry = xa_find_after(xa, &index, ULONG_MAX, filter))

#endif
