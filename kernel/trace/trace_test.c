/* SPDX-License-Identifier: MIT */
/* The trace ring and static branches, under interrupts, NMIs and load. */
#include <arch/clock.h>
#include <arch/traps.h>
#include <kernel/hrtimer.h>
#include <kernel/ktest.h>
#include <kernel/latency.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/static_key.h>
#include <kernel/time.h>
#include <kernel/trace_ring.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/kernel_map.h>
#include <mm/slab.h>

#include "../../arch/x86_64/apic/lapic_private.h"
#include <arch/apic.h>

KTEST_SUITE("trace");

#define NR_BLOCKS	4u

struct test_ring {
	struct trace_ring ring;
	u8 *blocks[NR_BLOCKS];
	struct trace_record *record;
};

static struct test_ring *ring_make(bool overwrite)
{
	struct test_ring *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return NULL;
	for (unsigned int i = 0; i < NR_BLOCKS; i++)
		t->blocks[i] = (u8 *)__get_free_page(GFP_KERNEL);
	t->record = kmalloc(TRACE_BLOCK, GFP_KERNEL);
	t->ring.blocks = t->blocks;
	t->ring.nr_blocks = NR_BLOCKS;
	t->ring.overwrite = overwrite;
	return t;
}

static void ring_free(struct test_ring *t)
{
	for (unsigned int i = 0; i < NR_BLOCKS; i++)
		free_page((unsigned long)t->blocks[i]);
	kfree(t->record);
	kfree(t);
}

static bool write_one(struct trace_ring *ring, u64 value, size_t size)
{
	u64 *data = trace_ring_reserve(ring, size);

	if (data)
		for (size_t i = 0; i < size / 8; i++)
			data[i] = value;
	trace_ring_commit(ring);
	return data;
}

static bool is_whole(const struct trace_record *record)
{
	const u64 *data = (const void *)record->data;

	for (size_t i = 1; i < (record->size - sizeof(*record)) / 8; i++)
		if (data[i] != data[0])
			return false;
	return true;
}

KTEST_CASE(a_reader_that_was_overtaken_learns_what_it_missed)
{
	struct test_ring *t = ring_make(true);
	struct trace_cursor cursor = { 0 };
	u64 expected = 0, lost = 0;

	KTEST_ASSERT(t);
	for (u64 i = 0; i < 5000; i++) {
		write_one(&t->ring, i, 8 + i % 13 * 16);
		if (i % 1000)
			continue;
		while (trace_ring_peek(&t->ring, &cursor, ~0ull, t->record)) {
			lost += cursor.lost;
			expected += cursor.lost;
			cursor.lost = 0;
			KTEST_EXPECT_EQ(*(u64 *)t->record->data, expected++);
			KTEST_EXPECT(is_whole(t->record));
			trace_cursor_pass(&cursor, t->record);
		}
		KTEST_EXPECT_EQ(expected, i + 1);
	}
	KTEST_EXPECT(lost > 1000);
	ring_free(t);
}

KTEST_CASE(without_overwriting_the_newest_are_dropped)
{
	struct test_ring *t = ring_make(false);
	u64 written = 0, seen = 0;

	KTEST_ASSERT(t);
	while (write_one(&t->ring, written, 64))
		written++;
	KTEST_EXPECT(written >= 3 * (TRACE_BLOCK / 80));
	KTEST_EXPECT_EQ(t->ring.nr_dropped, 1);
	while (trace_ring_peek(&t->ring, &t->ring.read, ~0ull, t->record)) {
		KTEST_EXPECT_EQ(*(u64 *)t->record->data, seen++);
		trace_cursor_pass(&t->ring.read, t->record);
	}
	KTEST_EXPECT_EQ(seen, written);
	KTEST_EXPECT(write_one(&t->ring, 0, 64));
	ring_free(t);
}

KTEST_CASE(nothing_is_seen_before_the_interrupted_writer_is_done)
{
	struct test_ring *t = ring_make(true);
	struct trace_cursor cursor = { 0 };
	u64 *outer;

	KTEST_ASSERT(t);
	outer = trace_ring_reserve(&t->ring, 8);
	write_one(&t->ring, 2, 8);
	KTEST_EXPECT(!trace_ring_peek(&t->ring, &cursor, ~0ull, t->record));
	/* Those that interrupt it may not overwrite its place, however many they are. */
	for (unsigned int i = 0; i < 5000; i++)
		write_one(&t->ring, 3, 8);
	KTEST_EXPECT(t->ring.nr_dropped > 1000);
	*outer = 1;
	trace_ring_commit(&t->ring);
	for (u64 value = 1; value <= 3; value++) {
		KTEST_ASSERT(trace_ring_peek(&t->ring, &cursor, ~0ull, t->record));
		KTEST_EXPECT_EQ(*(u64 *)t->record->data, value);
		trace_cursor_pass(&cursor, t->record);
	}
	ring_free(t);
}

/* The numbers by which the statistics count go with the place: a record that is just being written is thrown away, and counted so. */
KTEST_CASE(clearing_counts_what_is_being_written)
{
	struct test_ring *t = ring_make(true);
	struct trace_cursor cursor;

	KTEST_ASSERT(t);
	write_one(&t->ring, 1, 8);
	(void)trace_ring_reserve(&t->ring, 8);
	trace_ring_clear(&t->ring);
	cursor = trace_ring_oldest(&t->ring);
	KTEST_EXPECT(!trace_ring_peek(&t->ring, &cursor, ~0ull, t->record));
	trace_ring_commit(&t->ring);
	KTEST_EXPECT(!trace_ring_peek(&t->ring, &cursor, ~0ull, t->record));
	write_one(&t->ring, 3, 8);
	KTEST_ASSERT(trace_ring_peek(&t->ring, &cursor, ~0ull, t->record));
	KTEST_EXPECT_EQ(*(u64 *)t->record->data, 3);
	KTEST_EXPECT_EQ(t->record->seq, t->ring.base_seq);
	KTEST_EXPECT_EQ(cursor.lost, 0);
	ring_free(t);
}

/* ---- a thread, a timer and NMIs write; another thread reads ---- */

static struct test_ring *storm;
static u64 storm_by[3], storm_seen[3];
static unsigned int storm_cpu;
static bool storm_over;

static void storm_write(unsigned int who)
{
	u64 n = storm_by[who]++;

	write_one(&storm->ring, (u64)who << 32 | (u32)n, 8 + n % 7 * 24);
}

static enum hrtimer_restart storm_timer(struct hrtimer *timer)
{
	storm_write(1); /* it stays on the CPU that started it */
	hrtimer_forward_now(timer, 100 * NSEC_PER_USEC);
	return HRTIMER_RESTART;
}

static bool storm_nmi(struct trap_frame *frame)
{
	if (!READ_ONCE(storm) || smp_processor_id() != storm_cpu)
		return false;
	storm_write(2);
	return true;
}

static struct nmi_handler storm_handler = { .handle = storm_nmi };

static void check_storm_record(const struct trace_record *record, u64 *last_ns)
{
	u64 value = *(const u64 *)record->data;
	unsigned int who = value >> 32;

	KTEST_EXPECT(is_whole(record));
	KTEST_EXPECT(record->ns >= *last_ns);
	*last_ns = record->ns;
	if (KTEST_EXPECT(who < 3)) {
		KTEST_EXPECT((u32)value >= storm_seen[who]);
		storm_seen[who] = (u32)value + 1;
	}
}

static struct trace_cursor storm_cursor;
static u64 storm_ns, storm_read;

static void storm_drain(void)
{
	while (trace_ring_peek(&storm->ring, &storm_cursor, ~0ull, storm->record)) {
		check_storm_record(storm->record, &storm_ns);
		trace_cursor_pass(&storm_cursor, storm->record);
		storm_read++;
	}
}

static void storm_reader(void)
{
	while (!READ_ONCE(storm_over)) {
		unsigned int cpu = READ_ONCE(storm_cpu);

		if (cpu < nr_cpu_ids && cpu != smp_processor_id())
			lapic_send_nmi(cpu_apic_id[cpu]);
		storm_drain();
		cond_resched();
	}
}

static void storm_writer(void)
{
	u64 end = arch_clock_ns() + min_t(u64, ktest_torture_ns(), 300 * NSEC_PER_MSEC);
	struct hrtimer timer;

	preempt_disable();
	storm_cpu = smp_processor_id();
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	timer.function = storm_timer;
	hrtimer_start(&timer, 100 * NSEC_PER_USEC, HRTIMER_MODE_REL);
	while (arch_clock_ns() < end)
		storm_write(0);
	preempt_enable();
	hrtimer_cancel(&timer);
	WRITE_ONCE(storm_over, true);
}

static void nothing(void *unused)
{
}

static void storm_thread(void *arg, unsigned int number)
{
	if (number)
		storm_writer();
	else
		storm_reader();
}

KTEST_CASE(interrupts_and_nmis_write_into_the_middle_of_a_record)
{
	struct test_ring *t = ring_make(true);
	static bool registered;

	KTEST_ASSERT(t);
	memset(storm_by, 0, sizeof(storm_by));
	memset(storm_seen, 0, sizeof(storm_seen));
	storm_cursor = (struct trace_cursor){ 0 };
	storm_read = storm_ns = 0;
	storm_over = false;
	storm_cpu = ~0u;
	if (!registered)
		nmi_handler_register(&storm_handler);
	registered = true;
	WRITE_ONCE(storm, t);
	ktest_in_threads(2, storm_thread, NULL);
	/* An NMI that is on its way comes before: a CPU that sleeps, for which RCU does not wait, may take its time. */
	smp_call_function_single(storm_cpu, nothing, NULL, true);
	storm_drain();
	KTEST_EXPECT_EQ(storm_read + storm_cursor.lost, t->ring.seq);
	ktest_note("%llu records read, %u overwritten unread; %llu by interrupts, %llu by NMIs",
		   storm_read, storm_cursor.lost, storm_by[1], storm_by[2]);
	WRITE_ONCE(storm, NULL);
	synchronize_rcu();
	ring_free(t);
}

/* ---- static branches ---- */

static DEFINE_STATIC_KEY(test_key);
static bool load_over;

static noinline bool branch(void)
{
	return static_branch_unlikely(&test_key);
}

static bool text_is_not_writable(const void *text)
{
	unsigned int level;
	const u64 *entry = kernel_entry((unsigned long)text, &level);

	return entry && !(entry_read(entry) & PTE_WRITE);
}

KTEST_CASE(a_static_branch_follows_its_key)
{
	KTEST_EXPECT(!branch());
	static_key_get(&test_key);
	KTEST_EXPECT(branch());
	static_key_get(&test_key);
	static_key_put(&test_key);
	KTEST_EXPECT(branch());
	static_key_put(&test_key);
	KTEST_EXPECT(!branch());
	KTEST_EXPECT(text_is_not_writable(branch));
}

/* While another CPU rewrites it, too: what writes is another mapping of the page. */
static void branch_load(void)
{
	while (!READ_ONCE(load_over)) {
		for (int i = 0; i < 1000; i++)
			(void)branch();
		for (int i = 0; i < 100; i++)
			KTEST_EXPECT(text_is_not_writable(branch));
		cond_resched();
	}
}

static void branch_switch(void)
{
	u64 end = arch_clock_ns() + min_t(u64, ktest_torture_ns(), 500 * NSEC_PER_MSEC);
	unsigned int rounds = 0;

	do {
		static_key_get(&test_key);
		KTEST_EXPECT(branch());
		KTEST_EXPECT(text_is_not_writable(branch));
		static_key_put(&test_key);
		KTEST_EXPECT(!branch());
	} while (++rounds < 5 || arch_clock_ns() < end);
	WRITE_ONCE(load_over, true);
	ktest_note("%u times on and off under load", rounds);
}

static void branch_thread(void *arg, unsigned int number)
{
	if (number)
		branch_load();
	else
		branch_switch();
}

KTEST_CASE(code_is_rewritten_while_all_cpus_run_it)
{
	load_over = false;
	ktest_in_threads(num_online_cpus() + 1, branch_thread, NULL);
	KTEST_EXPECT(!branch());
}

KTEST_CASE(latencies_are_counted_beyond_32_bits)
{
	static struct latency table[8];
	struct latency sum = { 0 };
	unsigned int cpu;
	bool is_used;

	KTEST_ASSERT(latency_members(LATENCY_BLOCK) <= ARRAY_SIZE(table));
	memset(table, 0, sizeof(table));
	preempt_disable();
	cpu = smp_processor_id();
	is_used = latency_has_table(LATENCY_BLOCK, cpu);
	if (!is_used) {
		latency_set_table(LATENCY_BLOCK, cpu, table);
		table[0].bucket[10] = U32_MAX;
		latency_note(LATENCY_BLOCK, 0, 1000);
		latency_note(LATENCY_BLOCK, 0, 1ull << 40);
		latency_sum(LATENCY_BLOCK, 0, &sum);
		latency_set_table(LATENCY_BLOCK, cpu, NULL);
	}
	preempt_enable();
	if (is_used)
		return;
	KTEST_EXPECT_EQ(sum.count, 2u);
	KTEST_EXPECT_EQ(sum.bucket[10], 1ull << 32);
	KTEST_EXPECT_EQ(sum.bucket[LATENCY_BUCKETS - 1], 1u);
}
