// SPDX-License-Identifier: MIT
/* Outputs of input devices: how, and how long, the driver is told. */
#include "internal.h"

#include <drivers/test_device.h>
#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <lib/kernel.h>

KTEST_SUITE("input");

#define SLOW_MS	20

static const struct input_capability capabilities[] = {
	{ EV_KEY, KEY_A },
	{ EV_LED, LED_NUML },
	{ EV_LED, LED_CAPSL },
	{ EV_SND, SND_TONE },
};

static struct input_device *make(struct device *parent,
				 void (*event)(struct input_device *, u32, u32, s32))
{
	const struct input_params params = {
		.size = sizeof(params),
		.nr_capabilities = ARRAY_SIZE(capabilities),
		.name = "input-test",
		.capabilities = capabilities,
		.event = event,
	};

	return input_register(parent, &params);
}

static DEFINE_SPINLOCK(driver_lock, LOCK_RANK_KIT);
static unsigned int calls, inside;
static u32 last_code;
static s32 last_value;

/* Takes the driver's lock, under which it reports elsewhere, and reports by itself. */
static void event(struct input_device *input, u32 type, u32 code, s32 value)
{
	unsigned long flags;

	KTEST_EXPECT_EQ(__atomic_fetch_add(&inside, 1, __ATOMIC_SEQ_CST), 0);
	KTEST_EXPECT(!irqs_disabled());
	spin_lock_irqsave(&driver_lock, flags);
	calls++;
	last_code = code;
	last_value = value;
	spin_unlock_irqrestore(&driver_lock, flags);
	if (type == EV_LED && code == LED_NUML)
		input_report(input, EV_LED, LED_CAPSL, value);
	__atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
}

KTEST_CASE(a_driver_reports_from_within_event)
{
	struct device *parent = test_device_add("input-test", NULL);
	struct input_device *input;

	KTEST_ASSERT(parent);
	input = make(parent, event);
	KTEST_ASSERT(!IS_ERR(input));
	calls = 0;
	input_send(input, EV_LED, LED_NUML, 1);
	KTEST_EXPECT_EQ(calls, 2);
	KTEST_EXPECT_EQ(last_code, LED_CAPSL);
	KTEST_EXPECT_EQ(last_value, 1);
	input_send(input, EV_LED, LED_NUML, 1); /* as it is */
	KTEST_EXPECT_EQ(calls, 2);
	input_send(input, EV_SND, SND_TONE, 440);
	KTEST_EXPECT_EQ(calls, 3);
	KTEST_EXPECT_EQ(last_value, 440);
	device_remove(parent);
	put_device(parent);
}

struct both {
	struct input_device *input;
	u64 end_ns;
};

/* The driver's side reports under its lock, a program sets a LED: each wants what the other has, if event comes with a lock held. */
static void report_or_set(void *arg, unsigned int number)
{
	struct both *both = arg;
	unsigned int n = 0;
	unsigned long flags;

	do {
		if (number) {
			input_send(both->input, EV_LED, LED_CAPSL, ++n & 1);
		} else {
			spin_lock_irqsave(&driver_lock, flags);
			input_report(both->input, EV_KEY, KEY_A, ++n & 1);
			spin_unlock_irqrestore(&driver_lock, flags);
		}
		cond_resched();
	} while (ktime_get_ns() < both->end_ns);
}

KTEST_CASE(a_drivers_lock_is_held_over_reports_and_taken_in_event)
{
	struct device *parent = test_device_add("input-test", NULL);
	struct both both = { .end_ns = ktime_get_ns() + ktest_torture_ns() };

	KTEST_ASSERT(parent);
	both.input = make(parent, event);
	KTEST_ASSERT(!IS_ERR(both.input));
	ktest_in_threads(3, report_or_set, &both);
	KTEST_EXPECT_EQ(test_bit(LED_CAPSL, both.input->led), last_value);
	device_remove(parent);
	put_device(parent);
}

static bool entered, left;

static void slow_event(struct input_device *input, u32 type, u32 code, s32 value)
{
	u64 end = ktime_get_ns() + SLOW_MS * NSEC_PER_MSEC;

	WRITE_ONCE(entered, true);
	while (ktime_get_ns() < end)
		cpu_relax();
	WRITE_ONCE(left, true);
}

static void set_or_remove(void *arg, unsigned int number)
{
	struct both *both = arg;

	if (number) {
		input_send(both->input, EV_LED, LED_CAPSL, 1);
		return;
	}
	while (!READ_ONCE(entered))
		msleep(1);
	device_remove(both->input->device.parent);
	KTEST_EXPECT(READ_ONCE(left));
}

KTEST_CASE(a_device_that_goes_waits_for_event)
{
	struct device *parent = test_device_add("input-test", NULL);
	struct both both;

	KTEST_ASSERT(parent);
	both.input = make(parent, slow_event);
	KTEST_ASSERT(!IS_ERR(both.input));
	entered = left = false;
	get_device(&both.input->device);
	ktest_in_threads(2, set_or_remove, &both);
	left = false;
	input_send(both.input, EV_LED, LED_CAPSL, 0);
	KTEST_EXPECT(!left);
	put_device(&both.input->device);
	put_device(parent);
}
