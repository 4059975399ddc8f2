// SPDX-License-Identifier: MIT
/* Tests of queue.c on rings and doorbells in ordinary memory: identifiers that come twice, rings that wrap, who is told. links: queue.c */
#include <kit/memory.h>
#include <kit/test.h>

#include "nvme.h"

MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("tests of NVMe's queues");

#define ENTRIES	8u
#define PLACES	7u

/* Doorbells as the registers have them: submissions, then completions. */
struct bench {
	struct nvme nvme;
	struct nvme_queue queue;
	struct nvme_place places[PLACES];
	struct nvme_command commands[ENTRIES];
	volatile struct nvme_completion completions[ENTRIES];
	u32 doorbells[2];
	u32 nr_ready;
	u32 ended[2 * ENTRIES], nr_ended;
};

/* queue.c's other side: namespace.c and controller.c. */

static struct bench *the_bench;

void nvme_completed(struct nvme_queue *queue, u32 id, u32 status)
{
	if (the_bench->nr_ended < ARRAY_SIZE(the_bench->ended))
		the_bench->ended[the_bench->nr_ended++] = id;
}

void nvme_admin_completed(struct nvme *nvme, const volatile struct nvme_completion *entry)
{
}

static void note_ready(struct work *work)
{
	the_bench->nr_ready++;
}

static int set_up(struct kit_test *test)
{
	struct bench *b = test_zalloc(test, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->nvme.stride = 4;
	work_setup(&b->nvme.ready_work, note_ready);
	b->queue.nvme = &b->nvme;
	b->queue.id = 1;
	b->queue.entries = ENTRIES;
	b->queue.commands = b->commands;
	b->queue.completions = b->completions;
	b->queue.doorbell = (u8 __iomem *)b->doorbells;
	b->queue.places = b->places;
	b->queue.nr_places = PLACES;
	b->queue.on = true;
	nvme_queue_restart(&b->queue);
	test_set_data(test, b);
	the_bench = b;
	return 0;
}

static void tear_down(struct kit_test *test)
{
	work_cancel(&the_bench->nvme.ready_work);
	the_bench = NULL;
}

/* Never looked into. */
static struct block_request *request(u32 nr)
{
	return (struct block_request *)(0x1000ul + nr * 16);
}

static void an_end_that_comes_twice_is_none(struct kit_test *test)
{
	struct nvme_queue *queue = &((struct bench *)test_data(test))->queue;
	u32 id, next;

	TEST_ASSERT(test, nvme_queue_enter(queue, request(0), &id));
	TEST_EXPECT(test, nvme_queue_leave(queue, id) == request(0));
	TEST_EXPECT(test, !nvme_queue_leave(queue, id));
	/* Its place is another command's by now. */
	for (u32 i = 0; i < PLACES; i++) {
		TEST_ASSERT(test, nvme_queue_enter(queue, request(i), &next));
		TEST_EXPECT(test, next != id);
	}
	TEST_EXPECT(test, !nvme_queue_leave(queue, id));
	TEST_EXPECT(test, nvme_queue_leave(queue, next) == request(PLACES - 1));
	/* A controller may say anything. */
	TEST_EXPECT(test, !nvme_queue_leave(queue, PLACES));
	TEST_EXPECT(test, !nvme_queue_leave(queue, 0xffff));
}

static void who_found_no_place_is_told(struct kit_test *test)
{
	struct bench *b = test_data(test);
	u32 ids[PLACES], id;

	for (u32 i = 0; i < PLACES; i++) {
		TEST_ASSERT(test, nvme_queue_enter(&b->queue, request(i), &ids[i]));
		for (u32 k = 0; k < i; k++)
			TEST_EXPECT(test, NVME_ID_PLACE(ids[k]) != NVME_ID_PLACE(ids[i]));
	}
	TEST_EXPECT(test, !nvme_queue_enter(&b->queue, request(PLACES), &id));
	for (u32 i = 0; i < PLACES; i++)
		TEST_EXPECT(test, nvme_queue_leave(&b->queue, ids[i]) == request(i));
	work_flush(&b->nvme.ready_work);
	TEST_EXPECT_EQ(test, b->nr_ready, 1);
	TEST_EXPECT(test, nvme_queue_enter(&b->queue, request(PLACES), &id));
}

static void submissions_wrap_and_ring_once(struct kit_test *test)
{
	struct bench *b = test_data(test);
	struct nvme_command command = { 0 };

	for (u32 i = 0; i < ENTRIES + 3; i++)
		TEST_EXPECT(test, nvme_queue_submit(&b->queue, &command, false));
	TEST_EXPECT_EQ(test, b->doorbells[0], 0);
	nvme_queue_ring(&b->queue);
	TEST_EXPECT_EQ(test, b->doorbells[0], 3);
	b->doorbells[0] = 77;
	nvme_queue_ring(&b->queue); /* nothing is new */
	TEST_EXPECT_EQ(test, b->doorbells[0], 77);
	TEST_EXPECT(test, nvme_queue_submit(&b->queue, &command, true));
	TEST_EXPECT_EQ(test, b->doorbells[0], 4);
	nvme_queue_stop(&b->queue);
	TEST_EXPECT(test, !nvme_queue_submit(&b->queue, &command, true));
	TEST_EXPECT_EQ(test, b->doorbells[0], 4);
}

/* Two and a half times round: the phase tells new entries from old ones. */
static void completions_wrap(struct kit_test *test)
{
	struct bench *b = test_data(test);
	u32 phase = 1, at = 0;

	TEST_EXPECT_EQ(test, nvme_queue_reap(&b->queue), 0);
	for (u32 i = 0; i < ENTRIES * 5 / 2; i++) {
		b->completions[at].id = cpu_to_le16(i);
		b->completions[at].status = cpu_to_le16(phase);
		at = (at + 1) % ENTRIES;
		if (!at)
			phase ^= 1;
		TEST_EXPECT_EQ(test, nvme_queue_reap(&b->queue), 1);
		TEST_EXPECT_EQ(test, b->doorbells[1], at);
		TEST_EXPECT_EQ(test, b->ended[b->nr_ended - 1], i);
		TEST_EXPECT_EQ(test, nvme_queue_reap(&b->queue), 0);
		b->nr_ended = 0;
	}
}

static const struct test_case cases[] = {
	TEST_CASE(an_end_that_comes_twice_is_none),
	TEST_CASE(who_found_no_place_is_told),
	TEST_CASE(submissions_wrap_and_ring_once),
	TEST_CASE(completions_wrap),
};
static const struct test_suite suite = {
	.size = sizeof(suite),
	.nr_cases = ARRAY_SIZE(cases),
	.name = "nvme-queue",
	.cases = cases,
	.set_up = set_up,
	.tear_down = tear_down,
};

static int __init queue_test_init(void)
{
	int result = test_suite_run(THIS_MODULE, &suite);

	return result < 0 ? result : 0;
}

static void queue_test_exit(void)
{
}

module_init(queue_test_init);
module_exit(queue_test_exit);
