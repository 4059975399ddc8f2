/* SPDX-License-Identifier: MIT */
/*
 * The graph of classes of locks that have no rank of their own (CONFIG_DEBUG_LOCKS): sleeping locks, and the spinlocks of modules.
 *
 * A class is a place where locks are initialised, or a lock that was defined with its initial
 * value. An edge A -> B says that some thread waited for a B while it held an A, and remembers the
 * way that thread had come. Edges are learnt as they happen and forgotten with a module only, so the
 * graph knows every order that was ever used, by whatever thread and however long ago. Before a
 * thread waits for a B with an A in its hands, and A -> B is new, the graph is searched for a way
 * from B to A: together they are a cycle, along which threads can wait for each other for ever. It
 * is reported at that moment, with the backtraces of every edge of it, whether or not anybody has to
 * wait this time.
 *
 * A lock taken by trying can end a cycle nowhere, so it gets no edge to it; but from it. Readers
 * count as writers: a reader that comes while a writer waits has to wait, too.
 *
 * Whether an edge is known is one bit, read without a lock: the usual case. graph_lock guards all
 * changes; it is a raw word, for it is taken in the middle of locking.
 */
#include <kernel/backtrace.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <lib/bitmap.h>
#include <lib/hash.h>
#include <lib/string.h>
#include "lock_graph.h"

#define HASH_BITS   10
#define MAX_EDGES   6144
#define TRACE_DEPTH 10
#define SKIPPED     2 /* the checker's own innermost calls */

struct lock_class {
	unsigned long key; /* 0: free, or gone with its module */
	const char *name;
	u16 next;		  /* graph_lock to write: of the hash chain */
	u16 level, base;	  /* base: the class at level 0 */
	u16 at_level[MAX_LEVELS]; /* of the base: 0 until it is wanted */
	u16 edges;		  /* graph_lock: first in edges[], 0: none */
};

struct edge {
	u16 from, to, next;
	u16 nr;
	u32 trace[TRACE_DEPTH]; /* low halves of addresses */
};

static spinlock_t graph_lock; /* word alone */
static struct lock_class classes[MAX_CLASSES];
static u16 hash[1 << HASH_BITS];
static unsigned int nr_classes = 1;
static struct edge edges[MAX_EDGES];
static unsigned int nr_edges = 1;
static u16 free_class, free_edge; /* graph_lock: lists of forgotten ones, by next; 0: none */
static unsigned long adjacent[MAX_CLASSES][BITS_TO_LONGS(MAX_CLASSES)]; /* atomic bits */

/* Of one search; graph_lock. */
static u16 came_by[MAX_CLASSES]; /* edge by which it was reached, 0: not */
static u16 queue[MAX_CLASSES];

static unsigned long graph_enter(void) __acquires(&graph_lock)
{
	unsigned long flags;

	local_irq_save(flags);
	preempt_disable();
	raw_spin_lock(&graph_lock);
	return flags;
}

static void graph_leave(unsigned long flags) __releases(&graph_lock)
{
	raw_spin_unlock(&graph_lock);
	preempt_enable_no_resched();
	local_irq_restore(flags);
}

/* ---- classes ---- */

static u16 find_class(unsigned long key, unsigned int level)
{
	u16 i;

	for (i = READ_ONCE(hash[hash_64(key + level, HASH_BITS)]); i;
	     i = READ_ONCE(classes[i].next))
		if (READ_ONCE(classes[i].key) == key && classes[i].level == level)
			return i;
	return 0;
}

static void join_hash(u16 class)
{
	u16 *head = &hash[hash_64(classes[class].key + classes[class].level, HASH_BITS)];

	WRITE_ONCE(classes[class].next, *head);
	smp_store_release(head, class);
}

/*
 * Who walks a chain without the lock while a slot of it is used again goes on along another chain:
 * it misses its class, and looks again with the lock.
 */
static u16 new_class(unsigned long key, unsigned int level, const char *name)
{
	u16 class = free_class;

	if (class)
		free_class = classes[class].next;
	else if (nr_classes < MAX_CLASSES)
		class = nr_classes++;
	else
		return 0;
	classes[class] = (struct lock_class){ .key = key,
					      .name = name ?: "?",
					      .level = level,
					      .base = class };
	join_hash(class);
	return class;
}

u16 lock_class(unsigned long key, unsigned int level, const char *name)
{
	u16 class = find_class(key, level);
	unsigned long flags;

	if (likely(class))
		return class;
	flags = graph_enter();
	class = find_class(key, level) ?: new_class(key, level, name);
	graph_leave(flags);
	if (!class)
		pr_err_once("lock checker: more than %u classes of locks: those that come "
			    "now are not checked\n",
			    MAX_CLASSES);
	return class;
}

u16 lock_class_of_key(const struct lock_key *key)
{
	return lock_class((unsigned long)key, 0, key->name);
}

u16 lock_class_at_level(u16 base, unsigned int level)
{
	struct lock_class *c = &classes[base];

	u16 class;

	if (likely(!level || !base || level >= MAX_LEVELS))
		return base;
	class = READ_ONCE(c->at_level[level]);
	if (!class) {
		class = lock_class(c->key, level, c->name);
		classes[class].base = base;
		WRITE_ONCE(c->at_level[level], class);
	}
	return class;
}

const char *lock_class_name(u16 class)
{
	return classes[class].name ?: "?";
}
u16 lock_class_base(u16 class)
{
	return classes[class].base;
}

/* ---- edges ---- */

/* Breadth first: the shortest way is the clearest. True: came_by leads from `to` back to `from`. */
static bool search(u16 from, u16 to)
{
	unsigned int head = 0, tail = 0;

	memset(came_by, 0, sizeof(came_by));
	queue[tail++] = from;
	while (head < tail) {
		u16 at = queue[head++];

		for (u16 e = classes[at].edges; e; e = edges[e].next) {
			u16 next = edges[e].to;

			if (next == from || came_by[next])
				continue;
			came_by[next] = e;
			if (next == to)
				return true;
			queue[tail++] = next;
		}
	}
	return false;
}

static bool add_edge(u16 from, u16 to)
{
	unsigned long addresses[TRACE_DEPTH + SKIPPED];
	u16 edge = free_edge;
	struct edge *e;
	size_t nr;

	set_bit(to, adjacent[from]);
	if (edge)
		free_edge = edges[edge].next;
	else if (nr_edges < MAX_EDGES)
		edge = nr_edges++;
	else
		return false;
	e = &edges[edge];
	*e = (struct edge){ .from = from, .to = to, .next = classes[from].edges };
	nr = backtrace_save(NULL, addresses, TRACE_DEPTH + SKIPPED);
	for (size_t i = SKIPPED; i < nr; i++)
		e->trace[e->nr++] = (u32)addresses[i];
	classes[from].edges = edge;
	return true;
}

static void print_edge(const struct edge *e)
{
	pr_err("  %s was taken inside %s here:\n", lock_class_name(e->to),
	       lock_class_name(e->from));
	for (unsigned int i = 0; i < e->nr; i++)
		pr_err("    %pS\n", (void *)((0xffffffff00000000ul | e->trace[i]) - 1));
}

#define MAX_CYCLE 16

static void report_cycle(u16 from, u16 to, const u16 *way, unsigned int nr, unsigned long from_ip,
			 unsigned long ip)
{
	if (!lock_debug_report_begins((unsigned long)from << 16 ^ to ^ ip))
		return;
	pr_err("lock checker: cycle of locks: %s wanted at %pS inside %s, which %s[%d] "
	       "holds since %pS\n",
	       lock_class_name(to), (void *)ip, lock_class_name(from), current->name, current->tid,
	       (void *)from_ip);
	while (nr)
		print_edge(&edges[way[--nr]]);
	dump_stack();
}

static void report_same_class(u16 class, unsigned long from_ip, unsigned long ip)
{
	if (!lock_debug_report_begins((unsigned long)class << 32 ^ ip))
		return;
	pr_err("lock checker: two locks of one class without an order: %s wanted at %pS, %s[%d] "
	       "holds one since %pS\n",
	       lock_class_name(class), (void *)ip, current->name, current->tid, (void *)from_ip);
	dump_stack();
}

void lock_graph_edge(u16 from, u16 to, unsigned long from_ip, unsigned long ip)
{
	u16 way[MAX_CYCLE];
	unsigned int nr = 0;
	unsigned long flags;
	bool room = true;

	if (unlikely(from == to)) {
		report_same_class(from, from_ip, ip);
		return;
	}
	if (likely(test_bit(to, adjacent[from])))
		return;
	flags = graph_enter();
	if (!test_bit(to, adjacent[from])) {
		/* A way back: noted from its end to its beginning. */
		if (search(to, from))
			for (u16 at = from; at != to && nr < MAX_CYCLE;
			     at = edges[came_by[at]].from)
				way[nr++] = came_by[at];
		/* An edge that closes a cycle is known from now on, but leads nowhere: one report,
		 * not one for each who comes by. */
		if (nr)
			set_bit(to, adjacent[from]);
		else
			room = add_edge(from, to);
	}
	graph_leave(flags);
	if (nr)
		report_cycle(from, to, way, nr, from_ip, ip);
	if (!room)
		pr_err_once("lock checker: more than %u orders of locks: new ones are not "
			    "checked\n",
			    MAX_EDGES);
}

static void forget_edge(u16 *link)
{
	u16 edge = *link;

	*link = edges[edge].next;
	edges[edge].next = free_edge;
	free_edge = edge;
}

static void leave_hash(u16 class)
{
	u16 *link = &hash[hash_64(classes[class].key + classes[class].level, HASH_BITS)];

	while (*link != class)
		link = &classes[*link].next;
	WRITE_ONCE(*link, classes[class].next);
}

static void forget_class(u16 class)
{
	leave_hash(class);
	while (classes[class].edges)
		forget_edge(&classes[class].edges);
	memset(adjacent[class], 0, sizeof(adjacent[class]));
	for (unsigned int i = 1; i < nr_classes; i++) {
		clear_bit(class, adjacent[i]);
		for (u16 *e = &classes[i].edges; *e;) {
			if (edges[*e].to == class)
				forget_edge(e);
			else
				e = &edges[*e].next;
		}
	}
	classes[class] = (struct lock_class){ .name = "(gone)", .next = free_class };
	free_class = class;
}

/* What a module's memory held; the slots are used again. */
void lock_graph_forget(unsigned long start, unsigned long size)
{
	unsigned long flags = graph_enter();

	for (unsigned int i = 1; i < nr_classes; i++)
		if (classes[i].key && classes[i].key - start < size)
			forget_class(i);
	graph_leave(flags);
}

/* A class and those at its levels have one key. */
void lock_graph_move(unsigned long start, unsigned long size, unsigned long to)
{
	unsigned long flags = graph_enter();

	for (unsigned int i = 1; i < nr_classes; i++) {
		if (!classes[i].key || classes[i].key - start >= size)
			continue;
		leave_hash(i);
		WRITE_ONCE(classes[i].key, to + classes[i].base);
		join_hash(i);
	}
	graph_leave(flags);
}
