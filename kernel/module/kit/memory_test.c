// SPDX-License-Identifier: MIT
/* Memory of devices whose drivers are part of the image. */
#include "timer.h"
#include "work.h"

#include <drivers/device.h>
#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <mm/slab.h>

KTEST_SUITE("kit_memory");

void *kit_dev_kzalloc(struct device *device, size_t size);

struct inside {
	struct kit_timer timer;
	struct kit_work work;
};

static atomic_t calls;

static void on_timer(struct kit_timer *timer) { atomic_inc(&calls); }
static void on_work(struct kit_work *work) { atomic_inc(&calls); }

/* Until the device goes before the two run, which the host may delay. What they have done by then is theirs. */
static bool leave_behind(struct device *device)
{
	struct inside *inside;
	int before;

	do {
		inside = kit_dev_kzalloc(device, sizeof(*inside));
		if (!inside)
			return false;
		atomic_set(&calls, 0);
		kit_timer_setup(&inside->timer, on_timer);
		kit_work_setup(&inside->work, on_work);
		kit_timer_arm(&inside->timer, 40 * NSEC_PER_MSEC);
		kit_work_schedule_delayed(&inside->work, 40 * NSEC_PER_MSEC);
		resource_release_all(&device->resources);
		before = atomic_read(&calls);
	} while (before);
	return true;
}

static void device_gone(struct device *device) { kfree(device); }

KTEST_CASE(what_a_built_in_driver_leaves_in_it_does_not_run)
{
	static const struct device_driver driver = { .name = "ktest" };
	struct device *device = kzalloc(sizeof(*device), GFP_KERNEL);

	KTEST_ASSERT(device);
	device->release = device_gone;
	if (device_init(device, NULL, "memory-test")) {
		kfree(device);
		KTEST_FAIL("no memory");
		return;
	}
	device->driver = &driver;
	if (KTEST_EXPECT(leave_behind(device))) {
		msleep(100);
		KTEST_EXPECT_EQ(atomic_read(&calls), 0);
	}
	put_device(device);
}
