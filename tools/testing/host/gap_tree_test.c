/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/gap_tree.h>
#include <lib/kernel.h>

KTEST_SUITE("gap_tree");

#define COUNT	64
#define TOP	4096UL	/* the model marks each address below */

static struct gap_node nodes[COUNT];
static bool in[COUNT], used[TOP];

static bool is_free(unsigned long start, unsigned long len)
{
	for (unsigned long i = start; i < start + len; i++)
		if (used[i])
			return false;
	return true;
}

static void mark(const struct gap_node *n, bool value)
{
	for (unsigned long i = n->start; i < n->end; i++)
		used[i] = value;
}

/* Gaps and summaries of the whole tree, and that the order is right. */
static unsigned long check(const struct rb_node *rb)
{
	struct gap_node *n = rb_entry_safe((struct rb_node *)rb, struct gap_node, node);
	struct gap_node *prev;
	unsigned long gap;

	if (!n)
		return 0;
	prev = gap_prev(n);
	KTEST_EXPECT_EQ(n->before, n->start - (prev ? prev->end : 0));
	gap = max3(n->before, check(rb->rb_left), check(rb->rb_right));
	KTEST_EXPECT_EQ(n->gap, gap);
	return gap;
}

static void compare_searches(struct gap_tree *t)
{
	unsigned long len = 1 + host_random() % 200, align = 1UL << host_random() % 7;
	unsigned long low = host_random() % TOP, high = low + host_random() % (TOP - low + 1), at,
		      found;
	bool want = false;

	for (at = ALIGN(low, align); at + len <= high; at += align) {
		if (is_free(at, len)) {
			want = true;
			break;
		}
	}
	if (KTEST_EXPECT_EQ(gap_alloc_low(t, low, high, len, align, &found), want) && want)
		/* lint: uninitvar: gap_alloc_low() sets it */
		KTEST_EXPECT_EQ(found, at);
	if (want) {
		unsigned long first = at;

		for (at = ALIGN_DOWN(high - len, align); at > first && !is_free(at, len);
		     at -= align)
			;
	}
	if (KTEST_EXPECT_EQ(gap_alloc_high(t, low, high, len, align, &found), want) && want)
		KTEST_EXPECT_EQ(found, at);
	at = host_random() % TOP;
	{
		struct gap_node *n = gap_find(t, at);
		bool inside = n && n->start <= at;

		KTEST_EXPECT_EQ(inside, used[at]);
		KTEST_EXPECT(!n || (n->end > at && (!gap_prev(n) || gap_prev(n)->end <= at)));
	}
}

static void change(struct gap_tree *t, struct gap_node *n, bool *present)
{
	if (!*present) {
		n->start = host_random() % (TOP - 100);
		n->end = n->start + 1 + host_random() % 60;
		if (!is_free(n->start, n->end - n->start))
			return;
		gap_insert(t, n);
		mark(n, true);
		*present = true;
	} else if (host_random() % 3) {
		mark(n, false);
		gap_remove(t, n);
		*present = false;
	} else {
		unsigned long start, end;

		mark(n, false);
		start = n->start - min(n->start, host_random() % 20);
		end = min(n->end + host_random() % 20, TOP);
		/* Grow if there is room, else shrink by a part. */
		if (!is_free(start, end - start)) {
			start = n->start + host_random() % (n->end - n->start);
			end = n->end;
		}
		gap_resize(t, n, start, end);
		mark(n, true);
	}
}

KTEST_CASE(random_ranges_agree_with_a_map_of_addresses)
{
	struct gap_tree t = { RB_ROOT };

	KTEST_EXPECT(!gap_first(&t) && !gap_last(&t) && !gap_find(&t, 0));
	compare_searches(&t);
	for (int round = 0; round < 20000; round++) {
		unsigned long i = host_random() % COUNT;

		change(&t, &nodes[i], &in[i]);
		if (round % 8 == 0)
			check(t.root.rb_node);
		compare_searches(&t);
	}
	for (int i = 0; i < COUNT; i++) {
		struct gap_node twin = nodes[i];

		if (!in[i])
			continue;
		gap_replace(&t, &nodes[i], &twin);
		check(t.root.rb_node);
		KTEST_EXPECT(gap_find(&t, twin.start) == &twin);
		gap_remove(&t, &twin);
	}
	KTEST_EXPECT(!gap_first(&t));
}
