/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/rculist.h>
#include <lib/sort.h>

KTEST_SUITE("list");

struct item {
	int key, serial;
	struct list_head node;
	struct hlist_node hash;
};

/* The keys in order as decimal digits, checking the back links. */
static long digits(struct list_head *head)
{
	struct item *item;
	long value = 0;

	list_for_each_entry(item, head, node) {
		KTEST_EXPECT(item->node.next->prev == &item->node &&
			     item->node.prev->next == &item->node);
		value = value * 10 + item->key;
	}
	return value;
}

static long hash_digits(struct hlist_head *head)
{
	struct item *item;
	long value = 0;

	hlist_for_each_entry(item, head, hash) {
		KTEST_EXPECT(*item->hash.pprev == &item->hash);
		value = value * 10 + item->key;
	}
	return value;
}

KTEST_CASE(adding_moving_and_removing)
{
	struct item i[6] = { { .key = 1 }, { .key = 2 }, { .key = 3 },
			     { .key = 4 }, { .key = 5 }, { .key = 6 } };
	LIST_HEAD(a);
	LIST_HEAD(b);
	struct item *pos, *tmp;
	long value = 0;

	KTEST_EXPECT(list_empty(&a) && list_empty_careful(&a) &&
		     !list_first_entry_or_null(&a, struct item, node));
	list_add_tail(&i[0].node, &a);
	KTEST_EXPECT(list_is_singular(&a));
	list_add_tail(&i[1].node, &a);
	list_add(&i[2].node, &a);
	KTEST_EXPECT_EQ(digits(&a), 312);
	KTEST_EXPECT(list_first_entry(&a, struct item, node) == &i[2]);
	KTEST_EXPECT(list_last_entry(&a, struct item, node) == &i[1]);
	KTEST_EXPECT(list_is_first(&i[2].node, &a) && list_is_last(&i[1].node, &a) &&
		     !list_is_singular(&a));
	KTEST_EXPECT_EQ(list_count_nodes(&a), 3);
	list_move(&i[1].node, &a);
	KTEST_EXPECT_EQ(digits(&a), 231);
	list_move_tail(&i[1].node, &b);
	KTEST_EXPECT_EQ(digits(&a) * 10 + digits(&b), 312);
	list_replace(&i[0].node, &i[3].node);
	KTEST_EXPECT_EQ(digits(&a), 34);
	list_add_tail(&i[4].node, &b);
	list_splice_tail_init(&b, &a);
	KTEST_EXPECT_EQ(digits(&a), 3425);
	KTEST_EXPECT(list_empty(&b));
	list_cut_position(&b, &a, &i[3].node);
	KTEST_EXPECT_EQ(digits(&b) * 100 + digits(&a), 3425);
	list_splice_init(&b, &a);
	list_rotate_left(&a);
	KTEST_EXPECT_EQ(digits(&a), 4253);
	list_for_each_entry_reverse(pos, &a, node)
		value = value * 10 + pos->key;
	KTEST_EXPECT_EQ(value, 3524);
	list_for_each_entry_safe(pos, tmp, &a, node)
		if (pos->key % 2)
			list_del_init(&pos->node);
	KTEST_EXPECT_EQ(digits(&a), 42);
	KTEST_EXPECT(list_empty(&i[4].node));
	list_del(&i[3].node);
	KTEST_EXPECT(i[3].node.next == LIST_POISON1);
	list_del_init_careful(&i[1].node);
	KTEST_EXPECT(list_empty_careful(&i[1].node) && list_empty(&a));
}

KTEST_CASE(rcu_forms_keep_the_links)
{
	struct item i[4] = { { .key = 1 }, { .key = 2 }, { .key = 3 }, { .key = 4 } };
	struct item *pos;
	LIST_HEAD(a);
	long value = 0;

	list_add_rcu(&i[0].node, &a);
	list_add_tail_rcu(&i[1].node, &a);
	list_add_rcu(&i[2].node, &a);
	KTEST_EXPECT_EQ(digits(&a), 312);
	list_replace_rcu(&i[0].node, &i[3].node);
	list_for_each_entry_rcu(pos, &a, node)
		value = value * 10 + pos->key;
	KTEST_EXPECT_EQ(value, 342);
	list_del_rcu(&i[3].node);
	KTEST_EXPECT(i[3].node.next == &i[1].node);
	KTEST_EXPECT_EQ(digits(&a), 32);
}

KTEST_CASE(hash_chains)
{
	struct item i[6] = { { .key = 1 }, { .key = 2 }, { .key = 3 },
			     { .key = 4 }, { .key = 5 }, { .key = 6 } };
	struct item *pos;
	struct hlist_node *tmp;
	HLIST_HEAD(a);
	HLIST_HEAD(b);

	KTEST_EXPECT(hlist_empty(&a) && hlist_unhashed(&i[0].hash));
	hlist_add_head(&i[0].hash, &a);
	hlist_add_head_rcu(&i[1].hash, &a);
	hlist_add_before(&i[2].hash, &i[0].hash);
	hlist_add_behind(&i[3].hash, &i[0].hash);
	hlist_add_behind_rcu(&i[4].hash, &i[2].hash);
	KTEST_EXPECT_EQ(hash_digits(&a), 23514);
	hlist_replace_rcu(&i[4].hash, &i[5].hash);
	KTEST_EXPECT_EQ(hash_digits(&a), 23614);
	hlist_del(&i[0].hash);
	hlist_del_init(&i[1].hash);
	hlist_del_init(&i[1].hash);
	KTEST_EXPECT(hlist_unhashed(&i[1].hash));
	KTEST_EXPECT_EQ(hash_digits(&a), 364);
	hlist_move_list(&a, &b);
	KTEST_EXPECT(hlist_empty(&a));
	hlist_del_init_rcu(&i[3].hash);
	KTEST_EXPECT_EQ(hash_digits(&b), 36);
	hlist_del_rcu(&i[2].hash);
	hlist_for_each_entry_safe(pos, tmp, &b, hash)
		hlist_del_init(&pos->hash);
	KTEST_EXPECT(hlist_empty(&b));
}

static int by_key(void *context, const struct list_head *a, const struct list_head *b)
{
	return list_entry(a, struct item, node)->key - list_entry(b, struct item, node)->key;
}

KTEST_CASE(sorting_is_stable)
{
	struct item items[100];

	for (int count = 0; count <= 100; count++) {
		struct item *pos, *before = NULL;
		int seen = 0;
		LIST_HEAD(head);

		for (int i = 0; i < count; i++) {
			items[i].key = (int)(host_random() % 20);
			items[i].serial = i;
			list_add_tail(&items[i].node, &head);
		}
		list_sort(NULL, &head, by_key);
		digits(&head);
		list_for_each_entry(pos, &head, node) {
			if (before)
				KTEST_EXPECT(
					before->key < pos->key ||
					(before->key == pos->key && before->serial < pos->serial));
			before = pos;
			seen++;
		}
		KTEST_EXPECT_EQ(seen, count);
	}
}

static int by_value(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

KTEST_CASE(arrays_are_sorted_and_searched)
{
	u32 values[100][3];

	for (size_t count = 0; count <= 100; count++) {
		u32 key;

		for (size_t i = 0; i < count; i++) {
			values[i][0] = (u32)host_random() % 150 * 2;
			values[i][1] = values[i][2] = values[i][0] * 7;
		}
		sort(values, count, sizeof(values[0]), by_value);
		for (size_t i = 0; i < count; i++) {
			u32 *found = bsearch(values[i], values, count, sizeof(values[0]), by_value);

			KTEST_EXPECT(!i || values[i - 1][0] <= values[i][0]);
			KTEST_EXPECT(values[i][1] == values[i][0] * 7 &&
				     values[i][2] == values[i][1]);
			KTEST_EXPECT(found && *found == values[i][0]);
		}
		key = (u32)host_random() % 300 | 1;
		KTEST_EXPECT(!bsearch(&key, values, count, sizeof(values[0]), by_value));
	}
}
