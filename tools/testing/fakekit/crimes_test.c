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
