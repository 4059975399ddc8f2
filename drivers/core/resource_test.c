// SPDX-License-Identifier: MIT
/* Devices and what belongs to them: bound, failed and removed, everything goes in the reverse order, once. */
#include <drivers/device.h>
#include <drivers/test_device.h>
#include <kernel/ktest.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/slab.h>

KTEST_SUITE("resource");

static char order[32]; /* what has been released, and "R" for the driver's remove */
static int probe_result;

static struct resource_owner *hiding_owner;

struct letter {
	struct owned_resource resource;
	char c;
};

static void note(char c)
{
	size_t n = strlen(order);

	if (n + 1 < sizeof(order)) {
		order[n] = c;
		order[n + 1] = 0;
	}
}

static void release_letter(struct owned_resource *resource)
{
	struct letter *letter = container_of(resource, struct letter, resource);

	note(letter->c);
	kfree(letter);
}

static bool add_letter(struct resource_owner *owner, char c)
{
	struct letter *letter = kzalloc(sizeof(*letter), GFP_KERNEL);

	if (!letter)
		return false;
	*letter = (struct letter){ { .release = release_letter, .what = "letter" }, c };
	resource_add(owner, &letter->resource);
	return true;
}

/* What is hidden is another's for so long, and still there. */
static void hide_letter(struct owned_resource *resource)
{
	note('h');
	note(container_of(resource, struct letter, resource)->c);
	KTEST_EXPECT(!resource_remove(hiding_owner, resource));
}

static bool is_letter(const struct owned_resource *resource, const void *key)
{
	return container_of(resource, const struct letter, resource)->c == *(const char *)key;
}

KTEST_CASE(released_newest_first)
{
	struct resource_owner owner;
	struct owned_resource *taken;
	char names[17];

	order[0] = 0;
	resource_owner_init(&owner);
	/* lint: bugprone-too-small-loop-variable: letters */
	for (char c = 'a'; c <= 'e'; c++)
		KTEST_ASSERT(add_letter(&owner, c));
	KTEST_EXPECT_EQ(resource_count(&owner), 5);
	KTEST_EXPECT_EQ(resource_names(&owner, names, sizeof(names)), 5);
	KTEST_EXPECT(!strcmp(names, "letter, letter, "));
	taken = resource_take(&owner, is_letter, "c");
	KTEST_ASSERT(taken);
	KTEST_EXPECT(!resource_find(&owner, is_letter, "c"));
	taken->release(taken);
	resource_release_all(&owner);
	KTEST_EXPECT(!strcmp(order, "cedba"));
	KTEST_EXPECT_EQ(resource_count(&owner), 0);
}

/* --- taken by one thread while another hides it --- */

struct slow {
	struct owned_resource resource;
	struct resource_owner owner;
	const struct thread *taker;
	bool taker_comes; /* it is about to call resource_remove */
	bool taken, has_returned;
	bool hidden;
	int nr_releases;
};

static void release_slow(struct owned_resource *resource)
{
	__atomic_fetch_add(&container_of(resource, struct slow, resource)->nr_releases, 1,
			   __ATOMIC_SEQ_CST);
}

/* Until the taker is back, which is the fault, or sleeps in resource_remove. */
static void hide_slow(struct owned_resource *resource)
{
	struct slow *slow = container_of(resource, struct slow, resource);

	while (!smp_load_acquire(&slow->taker_comes) ||
	       (!READ_ONCE(slow->has_returned) &&
		READ_ONCE(slow->taker->state) != THREAD_UNINTERRUPTIBLE))
		msleep(1);
	WRITE_ONCE(slow->hidden, true);
}

static void take_from_hider(void *arg, unsigned int number)
{
	struct slow *slow = arg;

	if (!number) {
		resource_hide_all(&slow->owner);
		resource_release_all(&slow->owner);
		return;
	}
	while (!READ_ONCE(slow->owner.hiding))
		msleep(1);
	slow->taker = current;
	smp_store_release(&slow->taker_comes, true);
	slow->taken = resource_remove(&slow->owner, &slow->resource);
	KTEST_EXPECT(READ_ONCE(slow->hidden));
	WRITE_ONCE(slow->has_returned, true);
	if (slow->taken)
		release_slow(&slow->resource);
}

/* Who unregisters frees what the driver's calls use when that returns, and hide() waits for these. */
KTEST_CASE(who_takes_what_is_being_hidden_waits_for_that)
{
	struct slow slow = { .resource = { .release = release_slow, .hide = hide_slow } };

	resource_owner_init(&slow.owner);
	resource_add(&slow.owner, &slow.resource);
	ktest_in_threads(2, take_from_hider, &slow);
	KTEST_EXPECT_EQ(slow.nr_releases, 1);
	KTEST_EXPECT_EQ(resource_count(&slow.owner), 0);
	KTEST_EXPECT(!slow.owner.hiding);
}

/* --- a bus --- */

static bool match(const struct device *device, const struct device_driver *driver) { return true; }

static int probe(struct device *device, const struct device_driver *driver)
{
	struct owned_resource *resource;

	hiding_owner = &device->resources;
	/* lint: bugprone-too-small-loop-variable: letters */
	for (char c = '1'; c <= '3'; c++)
		if (!add_letter(&device->resources, c))
			return -ENOMEM;
	/* Programs reach the driver through all but the second. */
	list_for_each_entry(resource, &device->resources.resources, node)
		if (container_of(resource, struct letter, resource)->c != '2')
			resource->hide = hide_letter;
	return probe_result;
}

static void remove(struct device *device, const struct device_driver *driver) { note('R'); }
static int no_alias(const struct device *device, char *buf, size_t size) { return -ENOSYS; }

static struct bus_type bus = { .name = "ktest", .match = match, .probe = probe, .remove = remove, .modalias = no_alias };
static struct device_driver driver = { .name = "ktest", .bus = &bus };

KTEST_CASE(a_failed_probe_lets_go_in_reverse_order)
{
	struct device *device;

	order[0] = 0;
	probe_result = -EIO;
	KTEST_ASSERT_EQ(bus_type_register(&bus), 0);
	KTEST_ASSERT_EQ(driver_register(&driver), 0);
	device = test_device_add("ktest0", &bus);
	KTEST_ASSERT(device);
	KTEST_EXPECT(!strcmp(order, "321"));
	KTEST_EXPECT(!device->driver);
	KTEST_EXPECT_EQ(resource_count(&device->resources), 0);

	/* Bound at the second try; unbinding first hides, then asks the driver, then releases. */
	order[0] = 0;
	probe_result = 0;
	device_probe(device);
	KTEST_EXPECT(device->driver == &driver);
	KTEST_EXPECT_EQ(resource_count(&device->resources), 3);
	driver_unregister(&driver);
	KTEST_EXPECT(!strcmp(order, "h3h1R321"));
	KTEST_EXPECT(!device->driver);

	/* And with the device itself. */
	order[0] = 0;
	KTEST_EXPECT_EQ(driver_register(&driver), 0);
	KTEST_EXPECT(device->driver == &driver);
	device_remove(device);
	KTEST_EXPECT(!strcmp(order, "h3h1R321"));
	put_device(device);
	driver_unregister(&driver);
	bus_type_unregister(&bus);
}
