/* SPDX-License-Identifier: MIT */
/* The fake kit itself: a driver that breaks the kit's contracts is caught. It stands here, beside its tests. drivers: */
#include <kit/char.h>
#include <kit/device.h>
#include <kit/errno.h>
#include <kit/ioport.h>
#include <kit/irq.h>
#include <kit/lock.h>
#include <kit/memory.h>
#include <kit/module.h>
#include <kit/time.h>
#include <kit/wait.h>
#include <kit/work.h>
#include "fakekit.h"

static int (*crime)(struct device *device);
static struct device *machine;
static spinlock_t lock;

static int probe(struct device *device) { return crime(device); }
static const char *const match[] = { "victim", NULL };
static const struct platform_driver driver = { .size = sizeof(driver), .name = "crimes", .match = match, .probe = probe };
static int crimes_init(void) { return platform_driver_register(THIS_MODULE, &driver); }
static void crimes_exit(void) { }
module_init(crimes_init);
module_exit(crimes_exit);

static u32 read_port(void *data, u32 offset, u32 bytes) { return 0; }
static void write_port(void *data, u32 offset, u32 bytes, u32 value) { }

static void commit(int (*what)(struct device *device), const char *complaint)
{
	crime = what;
	machine = fake_platform_device("victim");
	fake_ports(machine, 0, 2, read_port, write_port, NULL);
	if (complaint)
		fake_expect_complaint(complaint);
	fake_load();
}

static int sleeps_with_a_spinlock(struct device *device)
{
	spin_lock(&lock);
	msleep(1);
	spin_unlock(&lock);
	return 0;
}
FAKE_TEST(sleeping_with_a_spinlock) { commit(sleeps_with_a_spinlock, "msleep may sleep, and is called with a spinlock held"); }

static int ends_with_a_spinlock(struct device *device)
{
	spin_lock(&lock);
	return 0;
}
FAKE_TEST(a_lock_that_stays_locked)
{
	fake_expect_complaint("left something over");
	commit(ends_with_a_spinlock, "ended with a lock held");
}

static int forgets_memory(struct device *device) { return kzalloc(100) ? 0 : -ENOMEM; }
FAKE_TEST(a_leak) { commit(forgets_memory, "the module left something over"); }

static int frees_twice(struct device *device)
{
	void *p = kzalloc(8);

	kfree(p);
	/* lint: clang-analyzer-unix.Malloc: the crime */
	kfree(p);
	return 0;
}
FAKE_TEST(a_double_free) { commit(frees_twice, "is not (any more) kzalloc memory"); }

static int mixes_frees(struct device *device)
{
	kfree(vzalloc(8));
	return 0;
}
FAKE_TEST(the_wrong_free) { commit(mixes_frees, "vzalloc memory is freed as kzalloc memory"); }

static void tick(struct timer *timer) { }
static int frees_an_armed_timer(struct device *device)
{
	struct timer *timer = kzalloc(sizeof(*timer));

	timer_setup(timer, tick);
	timer_arm(timer, 1000000);
	kfree(timer);
	/* lint: clang-analyzer-unix.Malloc: the crime */
	timer_cancel(timer);
	return 0;
}
FAKE_TEST(an_armed_timer_in_freed_memory) { commit(frees_an_armed_timer, "armed timer"); }

static int reads_behind_the_ports(struct device *device)
{
	struct ioport *ports = ioport_claim(device, 0);

	return ioport_read8(ports, 2) == 0xff ? 0 : -EIO;
}
FAKE_TEST(ports_behind_the_range) { commit(reads_behind_the_ports, "behind the range"); }

static u32 sleeping_handler(void *data)
{
	mutex_lock(data);
	mutex_unlock(data);
	return KIT_IRQ_HANDLED;
}
static struct mutex mutex;
static int connects_it(struct device *device) { return irq_connect(device, 0, sleeping_handler, &mutex); }
FAKE_TEST(a_handler_that_sleeps)
{
	commit(connects_it, "mutex_lock may sleep, and is called in an interrupt");
	EXPECT(fake_irq(machine, 0));
	EXPECT_EQ(fake_irq_handled(machine, 0), 1);
}

static int answers_nonsense(struct device *device) { return 5; }
FAKE_TEST(a_probe_that_returns_nonsense) { commit(answers_nonsense, "probe returned 5"); }

/* Not a crime: what a device has is released in reverse, and time-outs take no time. */
static char order[8];
static u32 nr_released;
static void first(void *data) { order[nr_released++] = *(char *)data; }
static int two_actions(struct device *device)
{
	static char a = 'a', b = 'b';
	struct completion never = { 0 };
	u64 before = ktime_get_ns();

	EXPECT_EQ(completion_wait(&never, 3600 * 1000), -ETIMEDOUT);
	EXPECT(ktime_get_ns() - before >= 3600ull * 1000000000);
	return dev_add_action(device, first, &a) || dev_add_action(device, first, &b) ? -ENOMEM
										      : -ENODEV;
}
FAKE_TEST(a_failed_probe_releases_in_reverse_order)
{
	commit(two_actions, NULL);
	EXPECT_EQ(strcmp(order, "ba"), 0);
	EXPECT_EQ(fake_probe_error(machine), -ENODEV);
}

/* --- the char class: nested buffers and mmap --- */

static s64 claims_more(struct char_file *file, void *argument, struct char_buffer *buffers)
{
	buffers[0].length++;
	return 0;
}
static int shows_nothing(struct char_file *file, struct char_mapping *mapping, u64 offset, u64 length) { return 0; }
static int shows_what_it_has_not(struct char_file *file, struct char_mapping *mapping, u64 offset,
				 u64 length)
{
	return char_map_buffer(mapping, 0, kzalloc(4096), 4096, 0);
}
static int shows_no_range(struct char_file *file, struct char_mapping *mapping, u64 offset,
			  u64 length)
{
	return char_map_range(mapping, 0, 3, 0, 4096, 0);
}

static struct char_nested nested = { .size = sizeof(nested), .direction = CHAR_NESTED_OUT, .pointer_at = 0, .length_at = 8, .length_bytes = 4, .most_bytes = 64 };
static struct char_command command = { .size = sizeof(command), .command = 1, .bytes_in = 12, .run_nested = claims_more, .nested = &nested, .nr_nested = 1 };
static struct char_operations shown = { .size = sizeof(shown), .commands = &command, .nr_commands = 1 };

static int makes_a_node(struct device *device)
{
	struct char_params params = { .size = sizeof(params),
				      .name = "crime",
				      .operations = &shown };
	struct char_device *node = char_register(THIS_MODULE, device, &params);

	return IS_ERR(node) ? PTR_ERR(node) : 0;
}

FAKE_TEST(a_nested_buffer_that_has_grown)
{
	u8 room[4];
	struct {
		u64 address;
		u32 length, rest;
	} argument = { (u64)(unsigned long)room, 4, 0 };
	struct fake_file *file;
	int error;

	commit(makes_a_node, "a nested buffer is 5 bytes long after the call, and was 4");
	file = fake_open("crime", 3, &error);
	fake_ioctl(file, 1, &argument);
	fake_close(file);
}

FAKE_TEST(tables_of_nested_buffers_that_are_wrong)
{
	const struct char_nested good = nested;
	const struct char_command right = command;

#define REFUSED(...) do {							\
		__VA_ARGS__;							\
		commit(makes_a_node, NULL);					\
		EXPECT_EQ(fake_probe_error(machine), -EINVAL);			\
		fake_unload();							\
		fake_device_remove(machine);					\
		nested = good;							\
		command = right;						\
	} while (0)
		REFUSED(nested.direction = 0);
	REFUSED(nested.direction = 4);
	REFUSED(nested.pointer_at = 5);
	REFUSED(nested.length_at = 9);
	REFUSED(nested.length_bytes = 2);
	REFUSED(nested.length_bytes = 8);
	REFUSED(nested.most_bytes = 0);
	REFUSED(nested.most_bytes = (4u << 20) + 1);
	REFUSED(nested.reserved = 1);
	REFUSED(command.reserved = 1);
	REFUSED(command.nr_nested = 9);
	REFUSED(command.nested = NULL);
	REFUSED(command.run_nested = NULL);
	REFUSED(command.nr_nested = 0);
	commit(makes_a_node, NULL);
	EXPECT_EQ(fake_probe_error(machine), 0);
}

static void map_it(int (*map)(struct char_file *file, struct char_mapping *mapping, u64 offset,
			      u64 length),
		   const char *complaint, int wanted)
{
	struct fake_file *file;
	int error;

	shown.map = map;
	commit(makes_a_node, complaint);
	file = fake_open("crime", 3, &error);
	EXPECT(!fake_mmap(file, 0, 4096, 1, &error));
	if (wanted)
		EXPECT_EQ(error, wanted);
	fake_close(file);
}
FAKE_TEST(a_map_that_shows_nothing) { map_it(shows_nothing, "map() has said that it shows something, and has not", 0); }
FAKE_TEST(no_map) { map_it(NULL, NULL, -ENODEV); }
FAKE_TEST(a_map_of_a_range_that_is_not_there) { map_it(shows_no_range, NULL, -ENXIO); }
FAKE_TEST(a_map_of_memory_that_is_no_buffer) { map_it(shows_what_it_has_not, "left something over", -EINVAL); }
