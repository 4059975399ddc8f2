/* SPDX-License-Identifier: MIT */
/* Lines on a controller that is not there, and the PIT on a real one. */
#include <arch/apic.h>
#include <arch/io.h>
#include <kernel/irq_core.h>
#include <kernel/ktest.h>
#include <kernel/smp.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <lib/errno.h>

KTEST_SUITE("irq");

static struct {
	int masks, unmasks, ends, targets;
} fake;

static void fake_mask(struct irq_desc *desc) { fake.masks++; }
static void fake_unmask(struct irq_desc *desc) { fake.unmasks++; }
/* Sent again by enable_irq, it really comes from the local APIC. */
static void fake_end(struct irq_desc *desc)
{
	fake.ends++;
	if (in_hardirq())
		lapic_end_of_interrupt();
}

static void fake_set_target(struct irq_desc *desc) { fake.targets++; }

static const struct irq_chip fake_chip = {
	.name = "fake",
	.mask = fake_mask,
	.unmask = fake_unmask,
	.end = fake_end,
	.set_target = fake_set_target,
};

static int calls[2];

static irqreturn_t count_call(int irq, void *data)
{
	++*(int *)data;
	return IRQ_HANDLED;
}

static void raise(struct irq_desc *desc)
{
	unsigned long flags;

	local_irq_save(flags);
	irq_handle(desc);
	local_irq_restore(flags);
}

KTEST_CASE(a_line_is_shared_and_freed)
{
	int irq = irq_alloc_msi(&fake_chip, NULL);
	struct irq_desc *desc;

	KTEST_ASSERT(irq >= 16);
	desc = irq_to_desc(irq);
	KTEST_ASSERT(desc);
	calls[0] = calls[1] = fake.ends = 0;
	KTEST_EXPECT_EQ(request_irq(irq, count_call, IRQF_SHARED, "a", &calls[0]), 0);
	KTEST_EXPECT_EQ(request_irq(irq, count_call, 0, "exclusive", &calls[1]), -EBUSY);
	KTEST_EXPECT_EQ(request_irq(irq, count_call, IRQF_SHARED, "b", &calls[1]), 0);
	raise(desc);
	KTEST_EXPECT_EQ(calls[0], 1);
	KTEST_EXPECT_EQ(calls[1], 1);
	free_irq(irq, &calls[0]);
	raise(desc);
	KTEST_EXPECT_EQ(calls[0], 1);
	KTEST_EXPECT_EQ(calls[1], 2);
	KTEST_EXPECT_EQ(fake.ends, 2);
	free_irq(irq, &calls[1]);
	KTEST_EXPECT(desc->masked && !desc->vector);
	irq_free_msi(irq);
	KTEST_EXPECT(!irq_to_desc(irq));
}

KTEST_CASE(disabling_nests_and_keeps_the_interrupt)
{
	int irq = irq_alloc_msi(&fake_chip, NULL);
	struct irq_desc *desc;

	KTEST_ASSERT(irq >= 16);
	desc = irq_to_desc(irq);
	calls[0] = 0;
	KTEST_ASSERT_EQ(request_irq(irq, count_call, 0, "a", &calls[0]), 0);
	disable_irq(irq, &calls[0]);
	disable_irq(irq, &calls[0]);
	raise(desc);
	KTEST_EXPECT_EQ(calls[0], 0);
	KTEST_EXPECT(desc->masked);
	enable_irq(irq, &calls[0]);
	KTEST_EXPECT(desc->masked);
	enable_irq(irq, &calls[0]);
	/* It is sent again, by its vector. */
	while (!READ_ONCE(calls[0]))
		msleep(1);
	KTEST_EXPECT_EQ(calls[0], 1);
	KTEST_EXPECT(!desc->masked);
	free_irq(irq, &calls[0]);
	irq_free_msi(irq);
}

KTEST_CASE(who_goes_leaves_the_line_on_for_its_sharers)
{
	int irq = irq_alloc_msi(&fake_chip, NULL);
	struct irq_desc *desc;

	KTEST_ASSERT(irq >= 16);
	desc = irq_to_desc(irq);
	calls[0] = calls[1] = 0;
	KTEST_EXPECT_EQ(request_irq(irq, count_call, IRQF_SHARED, "a", &calls[0]), 0);
	KTEST_EXPECT_EQ(request_irq(irq, count_call, IRQF_SHARED, "b", &calls[1]), 0);
	disable_irq(irq, &calls[0]);
	disable_irq(irq, &calls[0]);
	disable_irq(irq, &calls[1]);
	disable_irq(irq, &fake); /* not one of them */
	raise(desc);
	KTEST_EXPECT_EQ(calls[1], 0);
	/* The other's own still counts. */
	free_irq(irq, &calls[0]);
	KTEST_EXPECT(desc->masked);
	KTEST_EXPECT_EQ(desc->disable_depth, 1);
	enable_irq(irq, &calls[1]);
	KTEST_EXPECT(!desc->masked);
	while (!READ_ONCE(calls[1]))
		msleep(1);
	KTEST_EXPECT_EQ(calls[0], 0);
	KTEST_EXPECT_EQ(calls[1], 1);
	/* And what was kept away comes as soon as the only one who wanted that is gone. */
	KTEST_EXPECT_EQ(request_irq(irq, count_call, IRQF_SHARED, "a", &calls[0]), 0);
	disable_irq(irq, &calls[0]);
	raise(desc);
	KTEST_EXPECT_EQ(calls[1], 1);
	free_irq(irq, &calls[0]);
	while (READ_ONCE(calls[1]) == 1)
		msleep(1);
	KTEST_EXPECT_EQ(calls[0], 0);
	KTEST_EXPECT_EQ(calls[1], 2);
	free_irq(irq, &calls[1]);
	irq_free_msi(irq);
}

KTEST_CASE(lines_that_do_not_exist_are_refused)
{
	KTEST_EXPECT_EQ(request_irq(100000, count_call, 0, "a", NULL), -EINVAL);
	KTEST_EXPECT_EQ(request_irq(0, NULL, 0, "a", NULL), -EINVAL);
	KTEST_EXPECT_EQ(irq_from_gsi(100000, IRQF_TRIGGER_LOW), -EINVAL);
}

#define PIT_COMMAND	0x43
#define PIT_CHANNEL_0	0x40
#define PIT_RATE	0x34
#define PIT_ONE_SHOT	0x30
#define PIT_200_HZ	5966

static unsigned int pit_cpu, pit_in_a_row;

/* How many in a row came on the last one's CPU. */
static irqreturn_t count_pit(int irq, void *data)
{
	bool again = READ_ONCE(pit_cpu) == smp_processor_id();

	WRITE_ONCE(pit_in_a_row, again ? READ_ONCE(pit_in_a_row) + 1 : 1);
	WRITE_ONCE(pit_cpu, smp_processor_id());
	return IRQ_HANDLED;
}

/* The last one that was sent to another CPU may come late, when that one goes on. */
static void wait_for_pit(unsigned int cpu)
{
	while (READ_ONCE(pit_cpu) != cpu || READ_ONCE(pit_in_a_row) < 10)
		msleep(1);
}

KTEST_CASE(the_pit_interrupts_and_can_be_moved)
{
	unsigned int cpu;

	pit_in_a_row = 0;
	KTEST_ASSERT_EQ(request_irq(0, count_pit, 0, "pit", &calls[0]), 0);
	outb(PIT_RATE, PIT_COMMAND);
	outb(PIT_200_HZ & 0xff, PIT_CHANNEL_0);
	outb(PIT_200_HZ >> 8, PIT_CHANNEL_0);
	for_each_online_cpu(cpu) {
		struct cpumask only = { 0 };

		cpumask_set_cpu(cpu, &only);
		KTEST_EXPECT_EQ(irq_set_affinity(0, &only), 0);
		wait_for_pit(cpu);
	}
	outb(PIT_ONE_SHOT, PIT_COMMAND);
	free_irq(0, &calls[0]);
}
