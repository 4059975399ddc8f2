/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/idr.h>
#include <lib/string.h>

KTEST_SUITE("xarray");

_Static_assert(sizeof(struct xa_node) == 568, "host.c allocates nodes of this size");

/* A model: indices in use, spread over all heights, with value and marks. */
#define PLACES	300

static struct {
	unsigned long index;
	void *entry;
	bool marks[XA_MAX_MARKS];
} model[PLACES];

static unsigned long some_index(int i)
{
	switch (i % 6) {
	case 0: return (unsigned long)i;
	case 1: return 60 + (unsigned long)i;
	case 2: return 4096 * (unsigned long)i;
	case 3: return ULONG_MAX - (unsigned long)i;
	case 4: return (unsigned long)i << 40;
	default: return host_random() % 100000 * 8 + 7;
	}
}

static void model_init(void)
{
	memset(model, 0, sizeof(model));
	for (int i = 0; i < PLACES; i++)
		model[i].index = some_index(i);
	for (int i = 0; i < PLACES; i++)
		for (int j = 0; j < i; j++)
			if (model[i].index == model[j].index)
				model[i].index = 1000000 + (unsigned long)i;
}

/* The place in the model of the first entry at or above index that has the mark, or -1. */
static int model_find(unsigned long index, xa_mark_t filter)
{
	int best = -1;

	for (int i = 0; i < PLACES; i++) {
		bool wanted = filter == XA_PRESENT || model[i].marks[filter % XA_MAX_MARKS];

		if (model[i].entry && wanted && model[i].index >= index &&
		    (best < 0 || model[i].index < model[best].index))
			best = i;
	}
	return best;
}

static void compare(const struct xarray *xa)
{
	static const xa_mark_t filters[] = { XA_MARK_0, XA_MARK_1, XA_MARK_2, XA_PRESENT };

	for (int i = 0; i < PLACES; i++) {
		KTEST_EXPECT(xa_load(xa, model[i].index) == model[i].entry);
		for (xa_mark_t mark = 0; mark < XA_MAX_MARKS; mark++)
			KTEST_EXPECT_EQ(xa_get_mark(xa, model[i].index, mark),
					model[i].marks[mark]);
	}
	for (size_t f = 0; f < ARRAY_SIZE(filters); f++) {
		unsigned long index = 0;
		void *entry = xa_find(xa, &index, ULONG_MAX, filters[f]);
		int want = model_find(0, filters[f]);

		if (filters[f] != XA_PRESENT)
			KTEST_EXPECT_EQ(xa_marked(xa, filters[f]), want >= 0);
		while (want >= 0) {
			KTEST_ASSERT(entry == model[want].entry);
			KTEST_ASSERT_EQ(index, model[want].index);
			want = index == ULONG_MAX ? -1 : model_find(index + 1, filters[f]);
			entry = xa_find_after(xa, &index, ULONG_MAX, filters[f]);
		}
		KTEST_EXPECT(!entry);
	}
}

static void change(struct xarray *xa, int i)
{
	unsigned long index = model[i].index;
	void *entry = xa_mk_value(host_random() >> 2);
	xa_mark_t mark = host_random() % XA_MAX_MARKS;

	switch (host_random() % 8) {
	case 0:
	case 1:
		KTEST_EXPECT(xa_erase(xa, index) == model[i].entry);
		model[i].entry = NULL;
		memset(model[i].marks, 0, sizeof(model[i].marks));
		break;
	case 2:
		xa_set_mark(xa, index, mark);
		model[i].marks[mark] = model[i].entry;
		break;
	case 3:
		xa_clear_mark(xa, index, mark);
		model[i].marks[mark] = false;
		break;
	case 4:
		KTEST_EXPECT_EQ(xa_insert(xa, index, entry, 0), model[i].entry ? -EBUSY : 0);
		if (!model[i].entry)
			model[i].entry = entry;
		break;
	default:
		KTEST_EXPECT(xa_store(xa, index, entry, 0) == model[i].entry);
		model[i].entry = entry;
	}
}

KTEST_CASE(random_changes_agree_with_a_model)
{
	DEFINE_XARRAY(xa);

	for (int run = 0; run < 4; run++) {
		model_init();
		for (int round = 0; round < 3000; round++) {
			/* Few places at first: low trees, the lone entry at 0. */
			change(&xa, (int)(host_random() % (run == 0 ? 7 : PLACES)));
			if (round % 50 == 0)
				compare(&xa);
		}
		compare(&xa);
		if (run % 2) {
			xa_destroy(&xa);
		} else {
			for (int i = 0; i < PLACES; i++)
				xa_erase(&xa, model[i].index);
		}
		KTEST_EXPECT(xa_empty(&xa));
		KTEST_EXPECT_EQ(xa.xa_marks, 0);
		KTEST_EXPECT_EQ(host_nr_nodes, 0);
	}
}

KTEST_CASE(failed_allocations_change_nothing)
{
	DEFINE_XARRAY(xa);
	long needed = 0;

	model_init();
	for (int i = 0; i < PLACES; i++) {
		void *entry = xa_mk_value((unsigned long)i);
		long nodes = host_nr_nodes;
		int err;

		for (long limit = 0;; limit++) {
			host_nodes_until_failure = limit;
			err = xa_insert(&xa, model[i].index, entry, 0);
			if (!err)
				break;
			needed++;
			KTEST_EXPECT_EQ(err, -ENOMEM);
			KTEST_EXPECT_EQ(host_nr_nodes, nodes);
			KTEST_EXPECT_EQ(xa_err(xa_store(&xa, model[i].index, entry, 0)), -ENOMEM);
		}
		/* Exactly as many as it asked for. */
		KTEST_EXPECT_EQ(host_nodes_until_failure, 0);
		host_nodes_until_failure = -1;
		model[i].entry = entry;
		if (i % 20 == 0)
			compare(&xa);
	}
	KTEST_EXPECT(needed > PLACES);
	compare(&xa);
	xa_destroy(&xa);
	KTEST_EXPECT_EQ(host_nr_nodes, 0);
}

KTEST_CASE(spare_nodes_allow_inserting_without_allocation)
{
	struct xa_spare spare = XA_SPARE_INIT;
	DEFINE_XARRAY(xa);

	model_init();
	for (int i = 0; i < PLACES; i++) {
		int err, tries = 0;

		do {
			host_nodes_until_failure = 0;
			err = xa_insert_spare(&xa, model[i].index, xa_mk_value(1), &spare);
			host_nodes_until_failure = -1;
			tries++;
		} while (err == -ENOMEM && !xa_spare_fill(&spare, 0));
		KTEST_EXPECT_EQ(err, 0);
		KTEST_EXPECT(tries <= 2);
		model[i].entry = xa_mk_value(1);
	}
	compare(&xa);
	KTEST_EXPECT_EQ(xa_insert_spare(&xa, 0, xa_mk_value(1), &spare), -EBUSY);
	spare.wanted = 5;
	host_nodes_until_failure = 3;
	KTEST_EXPECT_EQ(xa_spare_fill(&spare, 0), -ENOMEM);
	host_nodes_until_failure = -1;
	xa_spare_drop(&spare);
	xa_destroy(&xa);
	KTEST_EXPECT_EQ(host_nr_nodes, 0);
}

KTEST_CASE(limits_extraction_and_bad_entries)
{
	DEFINE_XARRAY(xa);
	unsigned long index;
	void *found[10], *entry;
	int count = 0;

	for (index = 10; index < 100; index += 10)
		KTEST_EXPECT(!xa_store(&xa, index, xa_mk_value(index), 0));
	index = 41;
	KTEST_EXPECT(!xa_find(&xa, &index, 49, XA_PRESENT));
	KTEST_EXPECT_EQ(index, 41);
	KTEST_EXPECT(xa_find(&xa, &index, 50, XA_PRESENT) == xa_mk_value(50));
	KTEST_EXPECT_EQ(xa_extract(&xa, found, 15, 60, 10, XA_PRESENT), 5);
	KTEST_EXPECT_EQ(xa_to_value(found[4]), 60);
	KTEST_EXPECT_EQ(xa_extract(&xa, found, 0, ULONG_MAX, 3, XA_PRESENT), 3);
	KTEST_EXPECT_EQ(xa_extract(&xa, found, 0, ULONG_MAX, 0, XA_PRESENT), 0);
	xa_set_mark(&xa, 30, XA_MARK_1);
	xa_set_mark(&xa, 31, XA_MARK_1);
	xa_clear_mark(&xa, 31, XA_MARK_1);
	KTEST_EXPECT(!xa_get_mark(&xa, 5000, XA_MARK_1));
	xa_for_each_marked(&xa, index, entry, XA_MARK_1)
		count += (int)index;
	KTEST_EXPECT_EQ(count, 30);
	count = 0;
	xa_for_each_range(&xa, index, entry, 20, 40)
		count++;
	KTEST_EXPECT_EQ(count, 3);
	xa_for_each(&xa, index, entry)
		xa_erase(&xa, index);
	KTEST_EXPECT(xa_empty(&xa));
	KTEST_EXPECT_EQ(xa_err(xa_store(&xa, 1, (void *)2, 0)), -EINVAL);
	KTEST_EXPECT_EQ(xa_insert(&xa, 1, (void *)6, 0), -EINVAL);
	KTEST_EXPECT(!xa_erase(&xa, 5));
	KTEST_EXPECT(!xa_cmpxchg(&xa, 3, NULL, xa_mk_value(3), 0));
	KTEST_EXPECT(xa_cmpxchg(&xa, 3, NULL, xa_mk_value(4), 0) == xa_mk_value(3));
	KTEST_EXPECT(xa_cmpxchg(&xa, 3, xa_mk_value(3), xa_mk_value(4), 0) == xa_mk_value(3));
	KTEST_EXPECT(xa_load(&xa, 3) == xa_mk_value(4));
	index = ULONG_MAX;
	KTEST_EXPECT(!xa_find_after(&xa, &index, ULONG_MAX, XA_PRESENT));
	xa_destroy(&xa);
}

KTEST_CASE(reserved_places_are_taken_but_absent)
{
	static const unsigned long places[] = { 0, 5, 100, 1UL << 50 };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		unsigned long at = places[i], index = 0;
		DEFINE_XARRAY(xa);

		KTEST_EXPECT_EQ(xa_insert(&xa, at, NULL, 0), 0);
		KTEST_EXPECT_EQ(xa_insert(&xa, at, NULL, 0), -EBUSY);
		KTEST_EXPECT_EQ(xa_insert(&xa, at, xa_mk_value(1), 0), -EBUSY);
		KTEST_EXPECT(!xa_load(&xa, at));
		KTEST_EXPECT(!xa_find(&xa, &index, ULONG_MAX, XA_PRESENT));
		xa_set_mark(&xa, at, XA_MARK_0);
		KTEST_EXPECT(!xa_get_mark(&xa, at, XA_MARK_0) && !xa_marked(&xa, XA_MARK_0));
		host_nodes_until_failure = 0;
		KTEST_EXPECT(!xa_store(&xa, at, xa_mk_value(7), 0));
		host_nodes_until_failure = -1;
		KTEST_EXPECT(xa_load(&xa, at) == xa_mk_value(7));
		xa_release(&xa, at);
		KTEST_EXPECT(xa_erase(&xa, at) == xa_mk_value(7));
		KTEST_EXPECT_EQ(xa_insert(&xa, at, NULL, 0), 0);
		xa_release(&xa, at);
		KTEST_EXPECT(xa_empty(&xa));
		KTEST_EXPECT_EQ(host_nr_nodes, 0);
	}
}

KTEST_CASE(free_indices_are_found_in_order)
{
	DEFINE_XARRAY(xa);
	static bool used[5000];
	unsigned long index;
	u32 id, next = 0;

	memset(used, 0, sizeof(used));
	for (int round = 0; round < 20000; round++) {
		u32 at = (u32)host_random() % 5000, want;

		if (round > 6000 && host_random() % 2) {
			xa_erase(&xa, at);
			used[at] = false;
			continue;
		}
		for (want = at; want < 5000 && used[want]; want++)
			;
		if (want == 5000) {
			KTEST_EXPECT_EQ(xa_alloc(&xa, &id, xa_mk_value(1), XA_LIMIT(at, 4999), 0),
					-EBUSY);
			continue;
		}
		KTEST_EXPECT_EQ(xa_alloc(&xa, &id, host_random() % 3 ? xa_mk_value(1) : NULL,
					 XA_LIMIT(at, 4999), 0),
				0);
		KTEST_ASSERT_EQ(id, want);
		used[want] = true;
	}
	xa_destroy(&xa);
	/* The far end, and a full node there. */
	KTEST_EXPECT_EQ(xa_find_free(&xa, ULONG_MAX, ULONG_MAX, &index), 0);
	for (unsigned long i = 0; i < 64; i++)
		KTEST_EXPECT(!xa_store(&xa, ULONG_MAX - i, xa_mk_value(1), 0));
	KTEST_EXPECT_EQ(xa_find_free(&xa, ULONG_MAX - 20, ULONG_MAX, &index), -EBUSY);
	KTEST_EXPECT_EQ(xa_find_free(&xa, ULONG_MAX - 100, ULONG_MAX, &index), 0);
	KTEST_EXPECT_EQ(index, ULONG_MAX - 100);
	xa_destroy(&xa);
	/* Round the circle. */
	for (u32 i = 0; i < 10; i++) {
		KTEST_EXPECT_EQ(xa_alloc_cyclic(&xa, &id, xa_mk_value(1), XA_LIMIT(1, 3), &next, 0),
				i == 3);
		KTEST_EXPECT_EQ(id, i % 3 + 1);
		if (i >= 2)
			break;
	}
	xa_erase(&xa, 2);
	KTEST_EXPECT_EQ(xa_alloc_cyclic(&xa, &id, xa_mk_value(1), XA_LIMIT(1, 3), &next, 0), 1);
	KTEST_EXPECT_EQ(id, 2);
	KTEST_EXPECT_EQ(xa_alloc_cyclic(&xa, &id, xa_mk_value(1), XA_LIMIT(1, 3), &next, 0),
			-EBUSY);
	xa_destroy(&xa);
	KTEST_EXPECT_EQ(host_nr_nodes, 0);
}

KTEST_CASE(identifiers)
{
	DEFINE_IDR(idr);
	DEFINE_IDA(ida);
	int a, b, c, id, count = 0;
	int *entry;

	KTEST_EXPECT_EQ(idr_alloc(&idr, &a, 1, 0, 0), 1);
	KTEST_EXPECT_EQ(idr_alloc(&idr, NULL, 1, 3, 0), 2);
	KTEST_EXPECT_EQ(idr_alloc(&idr, &b, 1, 3, 0), -ENOSPC);
	KTEST_EXPECT_EQ(idr_alloc(&idr, &b, 5, 3, 0), -ENOSPC);
	KTEST_EXPECT_EQ(idr_alloc(&idr, &b, -1, 3, 0), -EINVAL);
	KTEST_EXPECT(!idr_find(&idr, 2));
	KTEST_EXPECT(!idr_replace(&idr, &b, 2));
	KTEST_EXPECT(idr_find(&idr, 2) == &b);
	KTEST_EXPECT(idr_replace(&idr, &c, 2) == &b);
	KTEST_EXPECT_EQ(PTR_ERR(idr_replace(&idr, &c, 9)), -ENOENT);
	KTEST_EXPECT_EQ(PTR_ERR(idr_replace(&idr, NULL, 2)), -EINVAL);
	idr_for_each_entry(&idr, entry, id)
		count += id;
	KTEST_EXPECT_EQ(count, 3);
	KTEST_EXPECT(idr_remove(&idr, 1) == &a);
	KTEST_EXPECT(!idr_remove(&idr, 1));
	KTEST_EXPECT_EQ(idr_alloc_cyclic(&idr, &a, 1, 6, 0), 1);
	idr_remove(&idr, 1);
	KTEST_EXPECT_EQ(idr_alloc_cyclic(&idr, &a, 1, 6, 0), 3);
	KTEST_EXPECT_EQ(idr_alloc_cyclic(&idr, &a, 1, 6, 0), 4);
	KTEST_EXPECT_EQ(idr_alloc_cyclic(&idr, &a, 1, 6, 0), 5);
	KTEST_EXPECT_EQ(idr_alloc_cyclic(&idr, &a, 1, 6, 0), 1);
	KTEST_EXPECT_EQ(idr_alloc_cyclic(&idr, &a, 1, 6, 0), -ENOSPC);
	KTEST_EXPECT_EQ(idr_alloc_cyclic(&idr, &a, -1, 6, 0), -EINVAL);
	idr_destroy(&idr);
	KTEST_EXPECT(idr_is_empty(&idr));
	for (int i = 0; i < 1000; i++)
		KTEST_EXPECT_EQ(ida_alloc(&ida, 0), i);
	ida_free(&ida, 500);
	KTEST_EXPECT_EQ(ida_alloc_min(&ida, 600, 0), 1000);
	KTEST_EXPECT_EQ(ida_alloc_max(&ida, 499, 0), -ENOSPC);
	KTEST_EXPECT_EQ(ida_alloc_max(&ida, 999, 0), 500);
	ida_destroy(&ida);
	host_nodes_until_failure = 0;
	KTEST_EXPECT_EQ(ida_alloc_min(&ida, 5, 0), -ENOMEM);
	KTEST_EXPECT_EQ(idr_alloc(&idr, &a, 5, 0, 0), -ENOMEM);
	host_nodes_until_failure = -1;
	KTEST_EXPECT_EQ(host_nr_nodes, 0);
}
