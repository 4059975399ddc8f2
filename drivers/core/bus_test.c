// SPDX-License-Identifier: MIT
/* Drivers that go while somebody is about to try them. */
#include "internal.h"

#include <drivers/test_device.h>
#include <kernel/ktest.h>
#include <kernel/module.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <lib/err.h>

KTEST_SUITE("bus");

static unsigned int matches, probes;

static bool match(const struct device *device, const struct device_driver *driver)
{
	WRITE_ONCE(matches, matches + 1);
	return true;
}

static int probe(struct device *device, const struct device_driver *driver)
{
	probes++;
	return 0;
}

static bool clashes;

/* In the way of the link of that name. */
static int add_files(struct device *device)
{
	return clashes ? PTR_ERR_OR_ZERO(sysfs_create_dir(device->dir, "subsystem", NULL)) : 0;
}

static struct bus_type bus = {
	.name = "ktest",
	.match = match,
	.probe = probe,
	.add_files = add_files,
	.adds_without_probe = true,
};
static struct device_driver driver;

static bool begin(struct device **device, struct module *owner)
{
	matches = probes = 0;
	driver = (struct device_driver){ .name = "ktest", .bus = &bus, .owner = owner };
	*device = test_device_create("bus-test", &bus);
	if (!KTEST_EXPECT(*device))
		return false;
	if (KTEST_EXPECT_EQ(bus_type_register(&bus), 0)) {
		if (KTEST_EXPECT_EQ(driver_register(&driver), 0))
			return true;
		bus_type_unregister(&bus);
	}
	put_device(*device);
	return false;
}

static void end(struct device *device)
{
	put_device(device);
	bus_type_unregister(&bus);
}

struct race {
	struct device *device;
	bool is_held, is_gone;
};

static void hold(struct race *race)
{
	mutex_lock(&race->device->lock);
	WRITE_ONCE(race->is_held, true);
	while (!READ_ONCE(race->is_gone) && !READ_ONCE(driver.going))
		msleep(1);
	msleep(20);
	KTEST_EXPECT(!READ_ONCE(race->is_gone));
	mutex_unlock(&race->device->lock);
}

/* One has the device, another has found a driver for it and waits, and then the third takes that driver away. The device is in no list. */
static void probe_against_unregister(void *arg, unsigned int number)
{
	struct race *race = arg;

	if (!number) {
		hold(race);
	} else if (number == 1) {
		while (!READ_ONCE(race->is_held))
			msleep(1);
		device_probe(race->device);
	} else {
		while (!READ_ONCE(matches))
			msleep(1);
		driver_unregister(&driver);
		WRITE_ONCE(race->is_gone, true);
	}
}

KTEST_CASE(a_driver_does_not_go_from_under_a_probe)
{
	struct race race = { .is_held = false };

	if (!begin(&race.device, NULL))
		return;
	ktest_in_threads(3, probe_against_unregister, &race);
	KTEST_EXPECT_EQ(probes, 0);
	end(race.device);
}

KTEST_CASE(no_device_is_bound_when_exit_has_begun)
{
	static struct module module; /* without the base reference */
	struct device *device;

	if (!begin(&device, &module))
		return;
	if (KTEST_EXPECT_EQ(device_add(device), 0)) {
		driver_probe(&driver);
		KTEST_EXPECT_EQ(probes, 0);
		device_remove(device);
	}
	driver_unregister(&driver);
	end(device);
}

KTEST_CASE(a_device_that_cannot_be_added_leaves_no_link)
{
	struct device *device;

	if (!begin(&device, NULL))
		return;
	clashes = true;
	KTEST_EXPECT_EQ(device_add(device), -EEXIST);
	clashes = false;
	if (KTEST_EXPECT_EQ(device_add(device), 0))
		device_remove(device);
	driver_unregister(&driver);
	end(device);
}
