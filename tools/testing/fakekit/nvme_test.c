/* SPDX-License-Identifier: MIT */
/*
 * drivers: modules/nvme
 * with: nvme_model.c
 *
 * The controller is nvme_model.h's. Each test sets what goes wrong and looks at what programs see.
 */
#include <kit/block.h>
#include <kit/errno.h>
#include <kit/irq.h>
#include <kit/memory.h>
#include "../../../modules/nvme/nvme_regs.h"
#include "fake_block.h"
#include "fake_pci.h"
#include "fakekit.h"
#include "host.h"
#include "nvme_model.h"

#define DISK	"nvme0n1"
#define MS	1000000ull

static u8 data[1 << 20], other[1 << 20];

static void fill(u8 *at, u32 bytes, u32 seed)
{
	for (u32 i = 0; i < bytes; i += 4)
		*(u32 *)(at + i) = seed * 2654435761u + i;
}

static bool start(u32 messages)
{
	model_create(messages);
	return EXPECT_EQ(fake_load(), 0) && EXPECT(fake_disk_exists(DISK));
}

/* Something is done about a command after 100 ms. */
static bool start_impatient(void)
{
	fake_param("io_timeout_ms", "100");
	return start(8);
}

/* The disk works: what is written is read again, and is where it should be. */
static void check_works(u32 seed)
{
	fill(data, 8192, seed);
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_WRITE, 64, data, 8192), 0);
	memset(other, 0, 8192);
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_READ, 64, other, 8192), 0);
	EXPECT_EQ(memcmp(data, other, 8192), 0);
	EXPECT_EQ(memcmp(data, model.namespaces[0].bytes + 64 * 512, 8192), 0);
}

FAKE_TEST(a_disk)
{
	if (!start(8))
		return;
	EXPECT_EQ(fake_disk_sectors(DISK), MODEL_BLOCKS);
	EXPECT_EQ(fake_disk_queues(DISK), 2);
	check_works(1);
	fake_unload();
	EXPECT(model.was_shut_down);
	EXPECT(!fake_pci_is_master(model.device));
}

FAKE_TEST(by_the_line)
{
	if (start(0))
		check_works(1);
	EXPECT(fake_irq_handled(model.device, 0) > 0);
}

/* Every size and place, so that one, two and many pages, lists and cuts come by. */
FAKE_TEST(all_sizes)
{
	static const u32 sizes[] = { 512,   1024,  4096,	 4608,	 8192,
				     12288, 65536, 131072 + 512, 524288, 1 << 20 };

	if (!start(8))
		return;
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		fill(data, sizes[i], i);
		EXPECT_EQ(fake_disk_io(DISK, BLOCK_WRITE, i, data, sizes[i]), 0);
		EXPECT_EQ(memcmp(data, model.namespaces[0].bytes + i * 512, sizes[i]), 0);
		EXPECT_EQ(fake_disk_io(DISK, BLOCK_READ, i, other, sizes[i]), 0);
		EXPECT_EQ(memcmp(data, other, sizes[i]), 0);
	}
	EXPECT(model.lists > 0);
	EXPECT(model.longest_list >= 100);
}

FAKE_TEST(the_controllers_limit_of_a_transfer)
{
	model.mdts = 2; /* 16 KiB */
	if (!start(8))
		return;
	fill(data, 1 << 20, 7);
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_WRITE, 0, data, 1 << 20), 0);
	EXPECT_EQ(memcmp(data, model.namespaces[0].bytes, 1 << 20), 0);
	EXPECT(fake_disk_requests(DISK) >= 64);
}

FAKE_TEST(flush_fua_discard_zeroes)
{
	struct fake_io *io;

	if (!start(8))
		return;
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_FLUSH, 0, NULL, 0), 0);
	EXPECT_EQ(model.flushes, 1);
	io = fake_disk_start(DISK, 0, BLOCK_WRITE, 8, data, 4096, BLOCK_FUA);
	EXPECT_EQ(fake_io_wait(io), 0);
	EXPECT_EQ(model.fuas, 1);
	memset(model.namespaces[0].bytes, 0xff, 65536);
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_DISCARD, 8, NULL, 8192), 0);
	EXPECT_EQ(model.discards, 1);
	EXPECT(!model.namespaces[0].bytes[4096] && !model.namespaces[0].bytes[4096 + 8191] &&
	       model.namespaces[0].bytes[4096 + 8192]);
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_WRITE_ZEROES, 64, NULL, 4096), 0);
	EXPECT(!model.namespaces[0].bytes[32768] && model.namespaces[0].bytes[32768 + 4096]);
}

FAKE_TEST(blocks_of_4096_bytes)
{
	model_namespace_make(1, 12, 256);
	if (!start(8))
		return;
	EXPECT_EQ(fake_disk_sectors(DISK), 2048);
	fill(data, 8192, 3);
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_WRITE, 8, data, 8192), 0);
	EXPECT_EQ(memcmp(data, model.namespaces[0].bytes + 4096, 8192), 0);
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_WRITE, 1, data, 512), -EINVAL);
}

FAKE_TEST(a_namespace_with_metadata_is_no_disk)
{
	model_namespace_make(1, 9, MODEL_BLOCKS);
	model.namespaces[0].metadata = 8;
	model_namespace_make(2, 9, MODEL_BLOCKS);
	model_create(8);
	EXPECT_EQ(fake_load(), 0);
	EXPECT(!fake_disk_exists("nvme0n1"));
	EXPECT(fake_disk_exists("nvme0n2"));
}

/* --- many at once --- */

struct load { u32 number; const char *disk; u32 rounds; int error; };

static void load_thread(void *argument)
{
	struct load *l = argument;
	u8 *mine = host_alloc(16384), *again = host_alloc(16384);

	for (u32 i = 0; i < l->rounds && !l->error; i++) {
		u64 sector = l->number * 256 + i % 8 * 32;
		struct fake_io *io;

		fill(mine, 16384, l->number * 1000 + i);
		io = fake_disk_start(l->disk, l->number, BLOCK_WRITE, sector, mine, 16384, 0);
		l->error = io ? fake_io_wait(io) : -ENODEV;
		io = l->error ? NULL
			      : fake_disk_start(l->disk, l->number + 1, BLOCK_READ, sector, again,
						16384, 0);
		if (!l->error)
			l->error = io ? fake_io_wait(io) : -ENODEV;
		if (!l->error && memcmp(mine, again, 16384))
			l->error = -EUCLEAN;
	}
	host_free(mine);
	host_free(again);
}

static struct load loads[12];

static void start_load(u32 threads, u32 rounds)
{
	for (u32 i = 0; i < threads; i++) {
		loads[i] = (struct load){ .number = i, .disk = DISK, .rounds = rounds };
		fake_thread(load_thread, &loads[i]);
	}
}

static void finish_load(u32 threads, int error)
{
	fake_join();
	for (u32 i = 0; i < threads; i++)
		EXPECT_EQ(loads[i].error, error);
}

static void load_ends_with(int error)
{
	start_load(8, 10);
	finish_load(8, error);
}

/* In the middle of it the controller says that it is broken. */
static void breaks_under_load(int error)
{
	model.fatal_after = 7;
	load_ends_with(error);
}

FAKE_TEST(queue_pairs_for_all_processors)
{
	fake_cpus(4);
	if (!start(8))
		return;
	EXPECT_EQ(fake_disk_queues(DISK), 4);
	load_ends_with(0);
	for (u32 i = 1; i <= 4; i++)
		EXPECT(model.in_queue[i] > 0);
}

FAKE_TEST(fewer_pairs_than_processors)
{
	fake_cpus(4);
	model.pairs = 3;
	if (!start(8))
		return;
	EXPECT_EQ(fake_disk_queues(DISK), 3);
	start_load(8, 5);
	finish_load(8, 0);
}

FAKE_TEST(fewer_messages_than_pairs)
{
	fake_cpus(4);
	if (!start(3))
		return;
	EXPECT_EQ(fake_disk_queues(DISK), 2);
	start_load(6, 5);
	finish_load(6, 0);
}

FAKE_TEST(ends_in_any_order)
{
	model.shuffle = true;
	if (!start(8))
		return;
	start_load(10, 20);
	finish_load(10, 0);
}

/* More than the rings hold: 200 programs' requests wait for tags. */
FAKE_TEST(the_queue_is_full)
{
	static struct fake_io *ios[300];

	if (!start(8))
		return;
	model.latency_ns = 100000000;
	for (u32 i = 0; i < ARRAY_SIZE(ios); i++)
		ios[i] = fake_disk_start(DISK, 0, BLOCK_READ, i, data, 512, 0);
	EXPECT(fake_disk_in_flight(DISK) > 100);
	for (u32 i = 0; i < ARRAY_SIZE(ios); i++)
		EXPECT_EQ(fake_io_wait(ios[i]), 0);
}

FAKE_TEST(two_namespaces_share_the_queues)
{
	static struct fake_io *ios[2][150];

	model_namespace_make(1, 9, MODEL_BLOCKS);
	model_namespace_make(3, 12, 512);
	model.shuffle = true;
	model.latency_ns = 100000;
	if (!start(8))
		return;
	EXPECT(fake_disk_exists("nvme0n3"));
	for (u32 i = 0; i < 150; i++) {
		fill(data, 4096, i);
		ios[0][i] = fake_disk_start(DISK, 0, BLOCK_WRITE, i * 8, data, 4096, 0);
		ios[1][i] = fake_disk_start("nvme0n3", 0, BLOCK_WRITE, i * 8, data, 4096, 0);
	}
	for (u32 i = 0; i < 150; i++) {
		EXPECT_EQ(fake_io_wait(ios[0][i]), 0);
		EXPECT_EQ(fake_io_wait(ios[1][i]), 0);
		fill(data, 4096, i);
		EXPECT_EQ(memcmp(model.namespaces[0].bytes + i * 4096, data, 4096), 0);
		EXPECT_EQ(memcmp(model.namespaces[2].bytes + i * 4096, data, 4096), 0);
	}
}

/* --- it does not come up --- */

static void does_not_probe(int error)
{
	model_create(8);
	fake_load();
	EXPECT_EQ(fake_probe_error(model.device), error);
	EXPECT(!fake_disk_exists(DISK));
	EXPECT(!fake_pci_is_master(model.device));
}

FAKE_TEST(never_ready)
{
	model.never_ready = true;
	does_not_probe(-ETIMEDOUT);
}

FAKE_TEST(broken_at_the_start)
{
	model.fatal_at_start = true;
	does_not_probe(-EIO);
}

FAKE_TEST(identify_is_refused)
{
	model.refuse_admin = NVME_ADMIN_IDENTIFY + 1;
	model.refuse_status = NVME_INVALID_FIELD;
	does_not_probe(-EIO);
}

FAKE_TEST(queues_are_refused)
{
	model.refuse_admin = NVME_ADMIN_CREATE_SQ + 1;
	model.refuse_status = NVME_INVALID_FIELD;
	does_not_probe(-EIO);
}

static void mute(u32 opcode, u32 skip)
{
	model.mute_admin = opcode + 1;
	model.skip_refusals = skip;
	does_not_probe(-ETIMEDOUT);
}
FAKE_TEST(identify_is_not_answered) { mute(NVME_ADMIN_IDENTIFY, 0); }
FAKE_TEST(the_list_of_namespaces_is_not_answered) { mute(NVME_ADMIN_IDENTIFY, 1); }
FAKE_TEST(a_namespace_is_not_answered) { mute(NVME_ADMIN_IDENTIFY, 2); }
FAKE_TEST(set_features_is_not_answered) { mute(NVME_ADMIN_SET_FEATURES, 0); }
FAKE_TEST(create_queue_is_not_answered) { mute(NVME_ADMIN_CREATE_CQ, 0); }

/* The answer comes a second after the driver gave up: by then the memory is not the controller's any more, so it must be off. */
FAKE_TEST(identify_is_answered_too_late)
{
	model.late_writes = 1;
	mute(NVME_ADMIN_IDENTIFY, 0);
	fake_sleep(5000 * MS);
}

FAKE_TEST(pulled_out_before_probe)
{
	model_create(8);
	fake_unplug(model.device);
	fake_load();
	EXPECT(fake_probe_error(model.device) < 0);
}

FAULT_TEST(every_call_of_probe_may_fail)
{
	model_create(8);
	if (fake_load() || !fake_is_bound(model.device))
		return;
	if (fake_disk_exists(DISK))
		check_works(1);
	else
		EXPECT(fake_fault() != NULL);
}

/* --- it goes wrong later --- */

FAKE_TEST(a_lost_interrupt)
{
	if (!start_impatient())
		return;
	model.lose_interrupts = 1;
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_READ, 0, data, 4096), 0);
	EXPECT(fake_logged("was lost"));
	EXPECT_EQ(model.starts, 1);
	EXPECT_EQ(model.aborts, 0);
	check_works(1);
}

FAKE_TEST(a_lost_interrupt_of_the_admin_queue)
{
	model_create(8);
	model.lose_interrupts = 1;
	EXPECT_EQ(fake_load(), 0);
	EXPECT(fake_logged("an interrupt of the admin queue was lost"));
	check_works(1);
}

FAKE_TEST(a_stuck_command_is_aborted)
{
	if (!start_impatient())
		return;
	model.stuck = 1;
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_READ, 0, data, 4096), 0);
	EXPECT_EQ(model.aborts, 1);
	EXPECT_EQ(model.starts, 1);
	check_works(1);
}

FAKE_TEST(a_stuck_command_that_cannot_be_aborted)
{
	if (!start_impatient())
		return;
	model.stuck = 1;
	model.no_aborts = true;
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_READ, 0, data, 4096), 0);
	EXPECT(fake_logged("reset"));
	EXPECT_EQ(model.starts, 2);
	check_works(1);
}

FAKE_TEST(aborts_are_not_answered)
{
	if (!start_impatient())
		return;
	for (u32 i = 0; i < 3; i++) {
		model.stuck = 1;
		model.mute_aborts = true;
		EXPECT_EQ(fake_disk_io(DISK, BLOCK_READ, 0, data, 4096), 0);
		EXPECT_EQ(model.starts, 2 + i);
	}
	model.mute_aborts = false;
	model.stuck = 1;
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_READ, 0, data, 4096), 0);
	EXPECT_EQ(model.starts, 4);
	check_works(1);
}

/* A whole queue does not move: each of its commands, and those of others go on. */
FAKE_TEST(a_stuck_queue_under_load)
{
	if (!start_impatient())
		return;
	model.stuck = 6;
	model.stuck_queue = 1;
	model.no_aborts = true;
	start_load(10, 20);
	finish_load(10, 0);
	EXPECT(model.starts >= 2);
	check_works(1);
}

/* One command is stuck while its queue is busy: that others end must not be taken for its lost interrupt for ever. */
static bool stop_noise;
static void make_noise(void *argument)
{
	u8 block[512];

	while (!stop_noise) {
		EXPECT_EQ(fake_disk_io(DISK, BLOCK_READ, 5, block, 512), 0);
		fake_sleep(20000);
	}
}

static void make_unseen_noise(void *argument)
{
	u8 block[512];

	/* Every interrupt is lost: each look at the queue finds something. */
	model.spare_admin = true;
	while (!stop_noise) {
		model.lose_interrupts = 1000;
		EXPECT_EQ(fake_disk_io(DISK, BLOCK_READ, 5, block, 512), 0);
	}
	model.lose_interrupts = 0;
}

static void one_is_stuck_in_a_busy_queue(void (*noise)(void *argument))
{
	u64 before;
	struct fake_io *io;

	if (!start_impatient())
		return;
	model.no_aborts = true;
	fake_thread(noise, NULL);
	fake_sleep(10 * MS);
	model.stuck = 1;
	io = fake_disk_start(DISK, 0, BLOCK_READ, 0, data, 4096, 0);
	before = fake_now();
	EXPECT_EQ(fake_io_wait(io), 0);
	EXPECT(fake_now() - before < 1000 * MS);
	stop_noise = true;
	fake_join();
	EXPECT(model.starts >= 2);
}
FAKE_TEST(a_stuck_command_in_a_busy_queue) { one_is_stuck_in_a_busy_queue(make_noise); }
FAKE_TEST(a_stuck_command_among_lost_interrupts) { one_is_stuck_in_a_busy_queue(make_unseen_noise); }

FAKE_TEST(it_says_that_it_is_broken)
{
	if (!start_impatient())
		return;
	breaks_under_load(0);
	EXPECT_EQ(model.starts, 2);
	EXPECT(fake_logged("reset (status 0x3)"));
	check_works(1);
}

FAKE_TEST(it_does_not_come_back)
{
	if (!start_impatient())
		return;
	model.never_ready = true;
	breaks_under_load(-EIO);
	EXPECT(fake_logged("cannot be brought back"));
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_READ, 0, data, 4096), -EIO);
}

FAKE_TEST(it_does_not_stop_until_its_function_is_reset)
{
	if (!start_impatient())
		return;
	model.never_off = true;
	breaks_under_load(0);
	check_works(1);
}

FAKE_TEST(it_does_not_stop_at_all)
{
	if (!start_impatient())
		return;
	model.never_off = true;
	fake_pci_on_reset(model.device, NULL, NULL);
	breaks_under_load(-EIO);
	EXPECT(!fake_pci_is_master(model.device));
}

FAKE_TEST(the_reset_finds_an_admin_queue_that_is_mute)
{
	if (!start_impatient())
		return;
	model.mute_admin = NVME_ADMIN_CREATE_CQ + 1;
	breaks_under_load(-EIO);
}

FAKE_TEST(fewer_queues_after_the_reset)
{
	if (!start_impatient())
		return;
	model.pairs = 1;
	breaks_under_load(-EIO);
}

/* --- removal --- */

static void pull(void *unused) { fake_unplug(model.device); }

static void pulled_under_load(u32 when_us)
{
	if (!start_impatient())
		return;
	start_load(8, 1000000);
	fake_after(when_us * 1000ull, pull, NULL);
	fake_sleep(when_us * 1000ull + 50 * MS);
	fake_device_remove(model.device);
	fake_join();
	for (u32 i = 0; i < 8; i++)
		EXPECT(loads[i].error == -EIO || loads[i].error == -ENODEV);
	EXPECT(!fake_disk_exists(DISK));
}
FAKE_TEST(pulled_out_under_load) { pulled_under_load(3000); }
FAKE_TEST(pulled_out_under_load_a_little_later) { pulled_under_load(3017); }

/* Reads give all ones, and nobody says so: the time-out finds out. */
FAKE_TEST(gone_without_a_word)
{
	if (!start_impatient())
		return;
	start_load(8, 1000000);
	fake_after(3 * MS, pull, NULL);
	fake_join();
	EXPECT_EQ(loads[0].error, -EIO);
	EXPECT(fake_now() < 30000 * MS);
	fake_device_remove(model.device);
}

/* While a reset is under way, and waits for an answer that never comes: removal does not wait for its 20 s. */
FAKE_TEST(pulled_out_during_a_reset)
{
	u64 before;

	if (!start_impatient())
		return;
	model.fatal_after = 7;
	model.mute_admin = NVME_ADMIN_CREATE_CQ + 1;
	start_load(8, 10);
	fake_sleep(300 * MS);
	EXPECT_EQ(model.starts, 2);
	fake_unplug(model.device);
	before = fake_now();
	fake_device_remove(model.device);
	EXPECT(fake_now() - before < 5000 * MS);
	finish_load(8, -EIO);
}

FAKE_TEST(unbound_under_load)
{
	if (!start(8))
		return;
	start_load(8, 1000000);
	fake_sleep(3 * MS);
	fake_unbind(model.device);
	fake_join();
	EXPECT(model.was_shut_down);
	EXPECT(!fake_disk_exists(DISK));
}

FAKE_TEST(unbound_while_a_command_is_stuck)
{
	struct fake_io *io;

	if (!start_impatient())
		return;
	model.stuck = 3;
	model.no_aborts = true;
	io = fake_disk_start(DISK, 0, BLOCK_READ, 0, data, 4096, 0);
	fake_sleep(MS);
	fake_unbind(model.device);
	fake_io_wait(io);
	EXPECT(!fake_disk_exists(DISK));
}

FAKE_TEST(it_does_not_say_that_it_is_shut_down)
{
	if (!start(8))
		return;
	model.never_shut_down = true;
	fake_unload();
	EXPECT(fake_logged("does not say that it is shut down"));
	EXPECT(!fake_pci_is_master(model.device));
}

FAKE_TEST(two_controllers_and_again)
{
	if (!start(8))
		return;
	fake_unbind(model.device);
	EXPECT(!fake_disk_exists(DISK));
	fake_pci_plug(model.device);
	EXPECT(fake_disk_exists(DISK));
	check_works(1);
}

/* --- namespaces come and go --- */

FAKE_TEST(a_namespace_comes)
{
	if (!start(8))
		return;
	model_namespace_make(2, 12, 100);
	model_namespace_changed();
	fake_sleep(10 * MS);
	EXPECT(fake_disk_exists("nvme0n2"));
	EXPECT_EQ(fake_disk_io("nvme0n2", BLOCK_WRITE, 0, data, 4096), 0);
	check_works(1);
	/* And another one: it was asked for events again. */
	model_namespace_make(4, 9, 100);
	model_namespace_changed();
	fake_sleep(10 * MS);
	EXPECT(fake_disk_exists("nvme0n4"));
}

FAKE_TEST(a_namespace_goes_under_load)
{
	model_namespace_make(2, 9, MODEL_BLOCKS);
	if (!start(8))
		return;
	start_load(4, 1000000);
	for (u32 i = 0; i < 4; i++)
		loads[i].disk = i < 2 ? DISK : "nvme0n2";
	loads[0].rounds = loads[1].rounds = 100;
	fake_sleep(MS);
	model.namespaces[1].active = false;
	model_namespace_changed();
	fake_join();
	EXPECT(!fake_disk_exists("nvme0n2"));
	EXPECT_EQ(loads[0].error, 0);
	EXPECT_EQ(loads[1].error, 0);
	EXPECT(loads[2].error && loads[3].error);
	check_works(1);
}

FAKE_TEST(a_namespace_grows)
{
	model_namespace_make(1, 9, 1000);
	if (!start(8))
		return;
	EXPECT_EQ(fake_disk_sectors(DISK), 1000);
	model.namespaces[0].blocks = 2000;
	model_namespace_changed();
	fake_sleep(10 * MS);
	EXPECT_EQ(fake_disk_sectors(DISK), 2000);
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_READ, 1999, data, 512), 0);
}

FAKE_TEST(a_namespace_is_formatted_anew)
{
	if (!start(8))
		return;
	model_namespace_make(1, 12, 100);
	model_namespace_changed();
	fake_sleep(10 * MS);
	EXPECT_EQ(fake_disk_sectors(DISK), 800);
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_WRITE, 1, data, 512), -EINVAL);
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_WRITE, 8, data, 4096), 0);
}

/* Nobody can tell while it is being reset: it is looked for afterwards. */
FAKE_TEST(a_namespace_comes_during_a_reset)
{
	if (!start_impatient())
		return;
	model.fatal_after = 1;
	model_namespace_make(2, 9, 100);
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_READ, 0, data, 512), 0);
	fake_sleep(10 * MS);
	EXPECT(fake_disk_exists("nvme0n2"));
	model.namespaces[1].active = false;
	model_namespace_changed();
	fake_sleep(10 * MS);
	EXPECT(!fake_disk_exists("nvme0n2"));
}

/* The controller hangs when it is asked about them: it is reset, and asked again. */
FAKE_TEST(no_answer_about_namespaces)
{
	if (!start_impatient())
		return;
	model_namespace_make(2, 9, 100);
	model.mute_admin = NVME_ADMIN_IDENTIFY + 1;
	model.mute_status_once = 1;
	model_namespace_changed();
	fake_sleep(21000 * MS);
	EXPECT_EQ(model.starts, 2);
	EXPECT(fake_disk_exists("nvme0n2"));
	check_works(1);
}

/*
 * Who asks waits for the mutex while a reset comes and goes. That it gets no answer then is not of the life in which it
 * began to wait: its own wish for a reset must not be taken for one that has been fulfilled.
 */
FAKE_TEST(no_answer_about_namespaces_after_a_reset_that_was_waited_for)
{
	if (!start_impatient())
		return;
	model_namespace_changed();
	fake_put_off("mutex_lock", 1000 * MS);
	fake_settle();
	model.fatal_after = 1;
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_READ, 0, data, 512), 0);
	EXPECT_EQ(model.starts, 2);
	model.mute_admin = NVME_ADMIN_GET_LOG + 1;
	model.mute_status_once = 1;
	fake_sleep(22000 * MS);
	if (EXPECT_EQ(model.starts, 3))
		check_works(1);
}

/*
 * Whose command is stuck looks for completions, has taken another's, whose interrupt was lost, and is put off before it ends
 * that request; meanwhile the controller is reset and gets the request once more. Ended under it, its memory is gone.
 */
FAKE_TEST(a_reset_beside_who_looks_for_lost_interrupts)
{
	struct fake_io *stuck, *lost;

	if (!start_impatient())
		return;
	model.mute_admin = NVME_ADMIN_GET_LOG + 1;
	model.mute_status_once = 1;
	model_namespace_changed();
	fake_settle();
	/* The reset comes 20 s after that; the look at 19.95 s, which ends at 20.05 s; the second run of the command at 20.08 s. */
	fake_sleep(19850 * MS);
	model.stuck = 1;
	model.no_aborts = true;
	stuck = fake_disk_start(DISK, 0, BLOCK_READ, 0, data, 4096, 0);
	fake_sleep(MS);
	model.lose_interrupts = 1;
	model.spare_admin = true;
	lost = fake_disk_start(DISK, 0, BLOCK_READ, 64, other, 4096, 0);
	fake_sleep(MS);
	model.io_latency_ns = 80 * MS;
	fake_put_off("block_complete", 100 * MS);
	EXPECT_EQ(fake_io_wait(lost), 0);
	EXPECT_EQ(fake_io_wait(stuck), 0);
	fake_sleep(1000 * MS);
	EXPECT_EQ(model.starts, 2);
	model.io_latency_ns = 0;
	check_works(1);
}

FAKE_TEST(unbound_while_namespaces_are_looked_at)
{
	if (!start(8))
		return;
	model_namespace_make(2, 9, 100);
	model.mute_admin = NVME_ADMIN_GET_LOG + 1;
	model_namespace_changed();
	fake_sleep(MS);
	fake_unbind(model.device);
	EXPECT(!fake_disk_exists(DISK) && !fake_disk_exists("nvme0n2"));
}

FAKE_TEST(pulled_out_while_namespaces_are_looked_at)
{
	u64 before;

	if (!start(8))
		return;
	model.mute_admin = NVME_ADMIN_GET_LOG + 1;
	model_namespace_changed();
	fake_sleep(MS);
	fake_unplug(model.device);
	before = fake_now();
	fake_device_remove(model.device);
	EXPECT(fake_now() - before < 1000 * MS);
}

FAULT_TEST(every_call_for_a_new_namespace_may_fail)
{
	model_create(8);
	if (fake_load() || !fake_is_bound(model.device))
		return;
	model_namespace_make(2, 9, 100);
	model_namespace_changed();
	fake_sleep(10 * MS);
	if (fake_disk_exists("nvme0n2"))
		EXPECT_EQ(fake_disk_io("nvme0n2", BLOCK_READ, 0, data, 512), 0);
	else
		EXPECT(fake_fault() != NULL);
}

/* --- it says nonsense --- */

FAKE_TEST(ends_of_commands_that_nobody_gave)
{
	if (!start(8))
		return;
	model.wrong_ids = 20;
	load_ends_with(0);
	EXPECT_EQ(model.wrong_ids, 0);
	EXPECT(fake_logged("that is not under way"));
}

FAKE_TEST(ends_that_come_twice)
{
	if (!start(8))
		return;
	model.latency_ns = 1000000;
	model.duplicate = 5;
	for (u32 i = 0; i < 10; i++)
		check_works(i);
	EXPECT(fake_logged("that is not under way"));
}

/* --- errors of commands --- */

static void fails(u32 times, u32 status, int error, u32 tries)
{
	u32 before;

	if (!start(8))
		return;
	model.fail = times;
	model.fail_status = status;
	before = fake_disk_requests(DISK);
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_READ, 0, data, 512), error);
	EXPECT_EQ(fake_disk_requests(DISK) - before, tries);
	model.fail = 0;
	check_works(1);
}

#define DNR	(1u << 14)

FAKE_TEST(a_bad_medium_is_not_tried_again) { fails(100, NVME_READ_ERROR, -ENODATA, 1); }
FAKE_TEST(a_bad_medium_that_says_so) { fails(100, NVME_READ_ERROR | DNR, -ENODATA, 1); }
FAKE_TEST(an_error_is_tried_again) { fails(2, 0x006, 0, 3); }
FAKE_TEST(an_error_is_not_tried_for_ever) { fails(100, 0x006, -EIO, 6); }
FAKE_TEST(do_not_retry) { fails(100, 0x006 | DNR, -EIO, 1); }
FAKE_TEST(aborted_by_the_controller) { fails(1, NVME_ABORTED, 0, 2); }
FAKE_TEST(no_room) { fails(100, NVME_CAPACITY_EXCEEDED, -ENOSPC, 1); }
FAKE_TEST(namespace_not_ready) { fails(1, 0x082, 0, 2); }

FAKE_TEST(a_write_that_fails)
{
	if (!start(8))
		return;
	model.fail = 100;
	model.fail_status = NVME_WRITE_FAULT | DNR;
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_WRITE, 0, data, 512), -EIO);
	model.fail = 0;
	check_works(1);
}

FAKE_TEST(no_flush_after_all)
{
	if (!start(8))
		return;
	model.fail = 1;
	model.fail_status = NVME_INVALID_OPCODE | DNR;
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_FLUSH, 0, NULL, 0), 0);
	EXPECT_EQ(fake_disk_io(DISK, BLOCK_FLUSH, 0, NULL, 0), 0);
	EXPECT_EQ(model.flushes, 0);
}
