// SPDX-License-Identifier: MIT
/* Two drivers' devices on one line. */
#include <arch/apic.h>
#include <drivers/device.h>
#include <kernel/interrupt.h>
#include <kernel/irq_core.h>
#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kit/irq.h>
#include <mm/slab.h>

KTEST_SUITE("kit_irq");

static int line;

static void nothing(struct irq_desc *desc) { }

/* What was kept away comes from the local APIC. */
static void end(struct irq_desc *desc)
{
	if (in_hardirq())
		lapic_end_of_interrupt();
}

static const struct irq_chip chip = {
	.name = "fake",
	.mask = nothing,
	.unmask = nothing,
	.end = end,
	.set_target = nothing,
};

static int line_of(struct device *device, u32 index, unsigned long *flags)
{
	*flags = IRQF_SHARED;
	return index ? -ENXIO : line;
}

static const struct device_irqs irqs = { .line = line_of };

static u32 count(void *data)
{
	++*(int *)data;
	return KIT_IRQ_HANDLED;
}

static void device_gone(struct device *device) { kfree(device); }

static struct device *make_device(const char *name)
{
	struct device *device = kzalloc(sizeof(*device), GFP_KERNEL);

	if (!device)
		return NULL;
	device->release = device_gone;
	device->irqs = &irqs;
	if (!device_init(device, NULL, "%s", name))
		return device;
	kfree(device);
	return NULL;
}

static void raise(void)
{
	unsigned long flags;

	local_irq_save(flags);
	irq_handle(irq_to_desc(line));
	local_irq_restore(flags);
}

static void use(struct device *a, struct device *b)
{
	static int calls[2]; /* also for a handler that an error leaves connected */

	calls[0] = calls[1] = 0;
	irq_mask(a, 0); /* not connected: nobody is kept from anything */
	KTEST_ASSERT_EQ(irq_connect(b, 0, count, &calls[1]), 0);
	KTEST_ASSERT_EQ(irq_connect(a, 0, count, &calls[0]), 0);
	irq_mask(a, 0);
	irq_mask(a, 0);
	irq_mask(a, 1); /* there is none */
	irq_unmask(a, 0);
	raise();
	KTEST_EXPECT_EQ(calls[0] + calls[1], 0);
	/* The driver goes, and what it had is released. */
	resource_release_all(&a->resources);
	KTEST_EXPECT(!irq_to_desc(line)->disable_depth);
	while (!READ_ONCE(calls[1]))
		msleep(1);
	/* It may not have left the handler: the next one would be left to it. */
	synchronize_irq(line);
	KTEST_EXPECT_EQ(calls[1], 1);
	raise();
	KTEST_EXPECT_EQ(calls[0], 0);
	KTEST_EXPECT_EQ(calls[1], 2);
	resource_release_all(&b->resources);
}

KTEST_CASE(what_is_masked_by_one_that_goes_comes_to_its_sharers)
{
	struct device *a = make_device("irq-test-a"), *b = make_device("irq-test-b");

	line = irq_alloc_msi(&chip, NULL);
	if (KTEST_EXPECT(line >= 16 && a && b))
		use(a, b);
	if (line >= 16)
		irq_free_msi(line);
	put_device(a);
	put_device(b);
}
