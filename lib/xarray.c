/* SPDX-License-Identifier: MIT */
/*
 * The xarray: a radix tree of 64-slot nodes. Its interface and the rules for
 * callers are in lib/xarray.h.
 *
 * A node with shift s covers 64 << s indices. The head is as low as it can be:
 * the tree grows when an index does not fit and shrinks when only slot 0 of the
 * top is left. Writers first make sure that all nodes they need are at hand,
 * then change the tree by steps that cannot fail.
 *
 * Readers without the lock may see a node that has just left the tree. It stays
 * readable through their RCU section, and its contents are those of the moment
 * it left, or less.
 */
#include <lib/rcupointer.h>
#include <lib/xarray.h>

#define NODE_TAG	2UL
/* A place that is taken but reads as absent. Tagged like a node, at an address where none is. */
#define RESERVED	((void *)(NODE_TAG | 0x400))

static __always_inline bool is_tagged(const void *entry)
{
	return ((unsigned long)entry & 3) == NODE_TAG;
}

static __always_inline bool is_node(const void *entry)
{
	return is_tagged(entry) && entry != RESERVED;
}

static __always_inline struct xa_node *to_node(const void *entry)
{
	return (struct xa_node *)((unsigned long)entry - NODE_TAG);
}

static __always_inline void *from_node(const struct xa_node *node)
{
	return (void *)((unsigned long)node + NODE_TAG);
}

static __always_inline void *make_err(long error)
{
	return (void *)(((unsigned long)error << 2) | 2);
}

/* The highest index below a node, if the node is the top. */
static __always_inline unsigned long max_index(const struct xa_node *node)
{
	unsigned int bits = node->shift + XA_CHUNK_SHIFT;

	return bits >= BITS_PER_LONG ? ~0UL : (1UL << bits) - 1;
}

static __always_inline unsigned int slot_of(const struct xa_node *node, unsigned long index)
{
	return (index >> node->shift) & XA_CHUNK_MASK;
}

/* What is stored at index, be it only reserved. */
static __always_inline void *load(const struct xarray *xa, unsigned long index)
{
	void *entry = rcu_dereference(xa->xa_head);
	struct xa_node *node;

	if (!is_node(entry))
		return index ? NULL : entry;
	node = to_node(entry);
	if (index > max_index(node))
		return NULL;
	for (;;) {
		entry = rcu_dereference(node->slots[slot_of(node, index)]);
		if (likely(!is_tagged(entry)) || entry == RESERVED)
			return entry;
		node = to_node(entry);
	}
}

/* The same as callers see it. */
static __always_inline void *visible(void *entry)
{
	return unlikely(entry == RESERVED) ? NULL : entry;
}

void *xa_load(const struct xarray *xa, unsigned long index)
{
	return visible(load(xa, index));
}

/* --- nodes for a store --- */

/* Where the nodes come from: a caller's spare ones, then the allocator. */
struct supply {
	struct xa_spare *spare;
	struct xa_spare own;
	gfp_t gfp;
};

static struct xa_node *take_node(struct xa_spare *spare)
{
	struct xa_node *node = spare->nodes;

	spare->nodes = node->reclaim[0];
	spare->count--;
	node->reclaim[0] = NULL;
	return node;
}

int xa_spare_fill(struct xa_spare *spare, gfp_t gfp)
{
	while (spare->count < spare->wanted) {
		struct xa_node *node = xa_node_alloc(gfp);

		if (!node)
			return -ENOMEM;
		node->reclaim[0] = spare->nodes;
		spare->nodes = node;
		spare->count++;
	}
	return 0;
}

void xa_spare_drop(struct xa_spare *spare)
{
	while (spare->count)
		xa_node_free(take_node(spare));
}

/* Levels a tree needs for `index`: 0 for the lone entry at 0. */
static unsigned int levels_for(unsigned long index)
{
	return index ? DIV_ROUND_UP(fls64(index), XA_CHUNK_SHIFT) : 0;
}

/* How many nodes storing at `index` adds. */
static unsigned int nodes_missing(const struct xarray *xa, unsigned long index)
{
	void *entry = xa->xa_head;
	unsigned int levels = levels_for(index);
	unsigned int have;
	struct xa_node *node;

	if (!entry)
		return levels;
	if (!is_node(entry)) {
		/* The lone entry keeps its place at the left edge: the edge's nodes and the path's, the top shared. */
		return levels ? 2 * levels - 1 : 0;
	}
	node = to_node(entry);
	have = node->shift / XA_CHUNK_SHIFT + 1;
	if (levels > have) {
		/* New tops over the old one, and a path down from the highest. */
		return (levels - have) + (levels - 1);
	}
	while (node->shift) {
		entry = node->slots[slot_of(node, index)];
		if (!entry)
			return node->shift / XA_CHUNK_SHIFT;
		node = to_node(entry);
	}
	return 0;
}

static int supply_nodes(struct supply *from, unsigned int count)
{
	if (!from->spare) {
		from->own = (struct xa_spare){ .wanted = count };
		from->spare = &from->own;
		if (!xa_spare_fill(from->spare, from->gfp))
			return 0;
		xa_spare_drop(from->spare);
		return -ENOMEM;
	}
	from->spare->wanted = count;
	return from->spare->count >= count ? 0 : -ENOMEM;
}

/* --- changing the tree; nothing below can fail --- */

static bool node_is_full(const struct xa_node *node)
{
	return node->full == ~0UL;
}

/* The slot under `node` has become full: so have, perhaps, the nodes above. */
static void note_full(struct xa_node *node, unsigned int slot)
{
	for (;;) {
		node->full |= BIT(slot);
		if (!node_is_full(node) || !node->parent)
			return;
		slot = node->offset;
		node = node->parent;
	}
}

static void note_free(struct xa_node *node, unsigned int slot)
{
	for (;;) {
		bool was_full = node_is_full(node);

		node->full &= ~BIT(slot);
		if (!was_full || !node->parent)
			return;
		slot = node->offset;
		node = node->parent;
	}
}

static void link_child(struct xa_node *parent, unsigned int slot, struct xa_node *child)
{
	child->parent = parent;
	child->offset = (u8)slot;
	/* lint: analyzer-null-dereference: the caller reserved it */
	WRITE_ONCE(parent->present, parent->present | BIT(slot));
	rcu_assign_pointer(parent->slots[slot], from_node(child));
}

/* A new top above the present head. */
static void grow(struct xarray *xa, struct xa_spare *spare)
{
	struct xa_node *top = take_node(spare);
	void *head = xa->xa_head;

	for (unsigned int mark = 0; mark < XA_MAX_MARKS; mark++)
		top->marks[mark] = xa->xa_marks >> mark & 1;
	if (is_node(head)) {
		struct xa_node *node = to_node(head);

		/* lint: analyzer-null-dereference: the caller reserved it */
		top->shift = (u8)(node->shift + XA_CHUNK_SHIFT);
		top->full = node_is_full(node);
		link_child(top, 0, node);
	} else {
		top->full = 1;
		/* lint: analyzer-null-dereference: the caller reserved it */
		top->present = 1;
		top->slots[0] = head;
	}
	rcu_assign_pointer(xa->xa_head, from_node(top));
}

/* Makes an empty tree's head a node high enough for index. */
static void plant(struct xarray *xa, unsigned int levels, struct xa_spare *spare)
{
	struct xa_node *top = take_node(spare);

	/* lint: analyzer-null-dereference: the caller reserved it */
	top->shift = (u8)((levels - 1) * XA_CHUNK_SHIFT);
	rcu_assign_pointer(xa->xa_head, from_node(top));
}

/* Stores into an absent place; the nodes are in `spare`. */
static void insert(struct xarray *xa, unsigned long index, void *entry, struct xa_spare *spare)
{
	unsigned int levels = levels_for(index);
	struct xa_node *node;
	unsigned int slot;

	if (!xa->xa_head) {
		if (!levels) {
			rcu_assign_pointer(xa->xa_head, entry);
			return;
		}
		plant(xa, levels, spare);
	}
	while (!is_node(xa->xa_head) || max_index(to_node(xa->xa_head)) < index)
		grow(xa, spare);
	node = to_node(xa->xa_head);
	while (slot = slot_of(node, index), node->shift) {
		if (!node->slots[slot]) {
			struct xa_node *child = take_node(spare);

			/* lint: analyzer-null-dereference: the caller reserved it */
			child->shift = (u8)(node->shift - XA_CHUNK_SHIFT);
			link_child(node, slot, child);
		}
		node = to_node(node->slots[slot]);
	}
	WRITE_ONCE(node->present, node->present | BIT(slot));
	rcu_assign_pointer(node->slots[slot], entry);
	note_full(node, slot);
}

/* The node with the entry at index; NULL when there is none or the entry is the head. */
static struct xa_node *find_leaf(const struct xarray *xa, unsigned long index)
{
	struct xa_node *node;

	if (!is_node(xa->xa_head))
		return NULL;
	node = to_node(xa->xa_head);
	if (index > max_index(node))
		return NULL;
	while (node->shift) {
		void *entry = node->slots[slot_of(node, index)];

		if (!entry)
			return NULL;
		node = to_node(entry);
	}
	return node->slots[slot_of(node, index)] ? node : NULL;
}

/* Lowers the head while the top holds nothing but slot 0. */
static void shrink(struct xarray *xa)
{
	while (is_node(xa->xa_head)) {
		struct xa_node *top = to_node(xa->xa_head);
		void *only = top->slots[0];

		if (top->present != 1)
			return;
		if (is_node(only))
			to_node(only)->parent = NULL;
		rcu_assign_pointer(xa->xa_head, only);
		xa_node_free(top);
	}
}

static void erase_mark(struct xarray *xa, struct xa_node *node, unsigned int slot, xa_mark_t mark)
{
	for (;;) {
		if (!(node->marks[mark] & BIT(slot)))
			return;
		WRITE_ONCE(node->marks[mark], node->marks[mark] & ~BIT(slot));
		if (node->marks[mark])
			return;
		if (!node->parent) {
			WRITE_ONCE(xa->xa_marks, xa->xa_marks & ~(1U << mark));
			return;
		}
		slot = node->offset;
		node = node->parent;
	}
}

static void erase(struct xarray *xa, unsigned long index)
{
	struct xa_node *node = find_leaf(xa, index);
	struct xa_node *emptied = NULL;
	unsigned int slot;

	if (!node) {
		xa->xa_marks = 0;
		RCU_INIT_POINTER(xa->xa_head, NULL);
		return;
	}
	slot = slot_of(node, index);
	for (xa_mark_t mark = 0; mark < XA_MAX_MARKS; mark++)
		erase_mark(xa, node, slot, mark);
	note_free(node, slot);
	for (;;) {
		struct xa_node *parent = node->parent;

		RCU_INIT_POINTER(node->slots[slot], NULL);
		WRITE_ONCE(node->present, node->present & ~BIT(slot));
		if (emptied)
			xa_node_free(emptied);
		if (node->present)
			break;
		if (!parent) {
			RCU_INIT_POINTER(xa->xa_head, NULL);
			xa_node_free(node);
			return;
		}
		/* Freed once nothing leads to it any more. */
		emptied = node;
		slot = node->offset;
		node = parent;
	}
	shrink(xa);
}

/* --- the public changes --- */

/* There is no entry at index. */
static int insert_from(struct xarray *xa, unsigned long index, void *entry, struct supply *from)
{
	int err = supply_nodes(from, nodes_missing(xa, index));

	if (!err)
		insert(xa, index, entry, from->spare);
	return err;
}

static void replace(struct xarray *xa, unsigned long index, void *entry)
{
	struct xa_node *node = find_leaf(xa, index);

	if (!node)
		rcu_assign_pointer(xa->xa_head, entry);
	else
		rcu_assign_pointer(node->slots[slot_of(node, index)], entry);
}

void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	struct supply from = { .gfp = gfp };
	void *old = load(xa, index);
	int err;

	if (is_tagged(entry))
		return make_err(-EINVAL);
	if (!entry) {
		if (old)
			erase(xa, index);
		return visible(old);
	}
	if (old) {
		replace(xa, index, entry);
		return visible(old);
	}
	err = insert_from(xa, index, entry, &from);
	return err ? make_err(err) : NULL;
}

void *xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp)
{
	void *now = xa_load(xa, index);

	return now == old ? xa_store(xa, index, entry, gfp) : now;
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	return xa_store(xa, index, NULL, 0);
}

static int insert_new(struct xarray *xa, unsigned long index, void *entry, struct supply *from)
{
	if (!entry)
		entry = RESERVED;
	else if (is_tagged(entry))
		return -EINVAL;
	if (load(xa, index))
		return -EBUSY;
	return insert_from(xa, index, entry, from);
}

int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	struct supply from = { .gfp = gfp };

	return insert_new(xa, index, entry, &from);
}

int xa_insert_spare(struct xarray *xa, unsigned long index, void *entry, struct xa_spare *spare)
{
	struct supply from = { .spare = spare };

	return insert_new(xa, index, entry, &from);
}

void xa_release(struct xarray *xa, unsigned long index)
{
	if (load(xa, index) == RESERVED)
		erase(xa, index);
}

void xa_destroy(struct xarray *xa)
{
	void *head = xa->xa_head;
	struct xa_node *node = is_node(head) ? to_node(head) : NULL;

	RCU_INIT_POINTER(xa->xa_head, NULL);
	xa->xa_marks = 0;
	/* Depth first: empties a node, then goes back to its parent. */
	while (node) {
		struct xa_node *parent = node->parent;

		if (node->shift && node->present) {
			unsigned int slot = __ffs(node->present);

			node->present &= ~BIT(slot);
			node = to_node(node->slots[slot]);
			continue;
		}
		xa_node_free(node);
		node = parent;
	}
}

/* --- searching --- */

/* The first slot at or behind `slot` that passes the filter, or XA_CHUNK_SIZE. */
static __always_inline unsigned int next_slot(const struct xa_node *node, unsigned int slot,
					      xa_mark_t filter)
{
	unsigned long bits = filter < XA_MAX_MARKS ? READ_ONCE(node->marks[filter])
						   : READ_ONCE(node->present);

	bits &= ~0UL << slot;
	return bits ? __ffs(bits) : XA_CHUNK_SIZE;
}

/*
 * One walk from the top for the first entry at or above *index. Returns it; or
 * NULL with *index at the place to go on from, 0 if that is beyond the end.
 */
static void *find_step(const struct xarray *xa, unsigned long *index, xa_mark_t filter)
{
	void *entry = rcu_dereference(xa->xa_head);
	struct xa_node *node;

	if (!is_node(entry)) {
		bool wanted = filter >= XA_MAX_MARKS || xa_marked(xa, filter);

		if (*index == 0 && visible(entry) && wanted)
			return entry;
		*index = 0;
		return NULL;
	}
	node = to_node(entry);
	if (*index > max_index(node)) {
		*index = 0;
		return NULL;
	}
	for (;;) {
		unsigned int here = slot_of(node, *index);
		unsigned int slot = next_slot(node, here, filter);
		unsigned long below = (1UL << node->shift) - 1;

		if (slot == XA_CHUNK_SIZE) {
			/* Nothing more in this node: the first index behind it, 0 behind the last. */
			unsigned long span = max_index(node);

			*index = (*index | span) + 1;
			return NULL;
		}
		if (slot != here)
			*index = (*index & ~max_index(node)) | (unsigned long)slot << node->shift;
		entry = rcu_dereference(node->slots[slot]);
		if (!visible(entry)) {
			/* Gone in the meantime, or only reserved. */
			*index = (*index | below) + 1;
			return NULL;
		}
		if (!is_node(entry))
			return entry;
		node = to_node(entry);
	}
}

void *xa_find(const struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter)
{
	unsigned long at = *index;

	while (at <= max) {
		unsigned long from = at;
		void *entry = find_step(xa, &at, filter);

		if (entry) {
			if (at > max)
				return NULL;
			*index = at;
			return entry;
		}
		if (at <= from)
			return NULL;
	}
	return NULL;
}

void *xa_find_after(const struct xarray *xa, unsigned long *index, unsigned long max,
		    xa_mark_t filter)
{
	unsigned long at = *index + 1;
	void *entry;

	if (!at)
		return NULL;
	entry = xa_find(xa, &at, max, filter);
	if (entry)
		*index = at;
	return entry;
}

unsigned int xa_extract(const struct xarray *xa, void **to, unsigned long start, unsigned long max,
			unsigned int n, xa_mark_t filter)
{
	unsigned long index = start;
	unsigned int count = 0;
	void *entry;

	if (!n)
		return 0;
	for (entry = xa_find(xa, &index, max, filter); entry;
	     entry = xa_find_after(xa, &index, max, filter)) {
		to[count++] = entry;
		if (count == n)
			break;
	}
	return count;
}

/* --- marks --- */

bool xa_get_mark(const struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	void *entry = rcu_dereference(xa->xa_head);
	struct xa_node *node;

	if (!is_node(entry))
		return !index && entry && xa_marked(xa, mark);
	node = to_node(entry);
	if (index > max_index(node))
		return false;
	for (;;) {
		unsigned int slot = slot_of(node, index);

		if (!(READ_ONCE(node->marks[mark]) & BIT(slot)))
			return false;
		if (!node->shift)
			return true;
		entry = rcu_dereference(node->slots[slot]);
		if (!is_node(entry))
			return false;
		node = to_node(entry);
	}
}

void xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	struct xa_node *node = find_leaf(xa, index);
	unsigned int slot;

	if (!xa_load(xa, index))
		return;
	WRITE_ONCE(xa->xa_marks, xa->xa_marks | 1U << mark);
	if (!node)
		return;
	for (slot = slot_of(node, index); !(node->marks[mark] & BIT(slot)); node = node->parent) {
		WRITE_ONCE(node->marks[mark], node->marks[mark] | BIT(slot));
		slot = node->offset;
		if (!node->parent)
			return;
	}
}

void xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	struct xa_node *node = find_leaf(xa, index);

	if (node)
		erase_mark(xa, node, slot_of(node, index), mark);
	else if (xa_load(xa, index))
		WRITE_ONCE(xa->xa_marks, xa->xa_marks & ~(1U << mark));
}

/* --- free indices --- */

int xa_find_free(const struct xarray *xa, unsigned long start, unsigned long max,
		 unsigned long *index)
{
	unsigned long at = start;

	while (at <= max) {
		struct xa_node *node;

		if (!is_node(xa->xa_head)) {
			if (at == 0 && xa->xa_head)
				at = 1;
			break;
		}
		node = to_node(xa->xa_head);
		if (at > max_index(node))
			break;
		for (;;) {
			unsigned int here = slot_of(node, at);
			unsigned long span = max_index(node);
			/* The topmost node of all has 16 slots only. */
			unsigned long slots = ~0UL >> (XA_CHUNK_MASK - (span >> node->shift));
			unsigned long free = ~node->full & slots & (~0UL << here);
			unsigned int slot;

			if (!free) {
				at = (at | span) + 1;
				if (!at)
					return -EBUSY;
				break;
			}
			slot = __ffs(free);
			if (slot != here)
				at = (at & ~span) | (unsigned long)slot << node->shift;
			if (!node->slots[slot])
				goto found;
			node = to_node(node->slots[slot]);
		}
	}
found:
	if (at > max)
		return -EBUSY;
	*index = at;
	return 0;
}

int xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp)
{
	unsigned long index;
	int err = xa_find_free(xa, limit.min, limit.max, &index);

	if (err)
		return err;
	err = xa_insert(xa, index, entry, gfp);
	if (!err)
		*id = (u32)index;
	return err;
}

int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, u32 *next,
		    gfp_t gfp)
{
	u32 start = max(limit.min, *next);
	int err = xa_alloc(xa, id, entry, XA_LIMIT(start, limit.max), gfp);
	int wrapped = 0;

	if (err == -EBUSY && start > limit.min) {
		wrapped = 1;
		err = xa_alloc(xa, id, entry, XA_LIMIT(limit.min, start - 1), gfp);
	}
	if (err)
		return err;
	*next = *id + 1;
	return wrapped;
}
