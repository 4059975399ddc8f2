/* SPDX-License-Identifier: MIT */
/*
 * Interrupt lines (kernel/irq).
 *
 * Numbers 0-15 are the ISA interrupts whatever pin they arrive at, 16 and up are global system interrupts of the I/O APICs by
 * their own number, and message-signalled ones come behind those. A handler runs with interrupts off, never on two CPUs at once for the
 * same line, on the stack of what it interrupted.
 */
#ifndef KERNEL_INTERRUPT_H
#define KERNEL_INTERRUPT_H

#include <kernel/cpumask.h>
#include <kernel/spinlock.h>
#include <lib/types.h>

typedef enum irqreturn {
	IRQ_NONE, /* not from my device */
	IRQ_HANDLED,
} irqreturn_t;

typedef irqreturn_t (*irq_handler_t)(int irq, void *data);

#define IRQF_TRIGGER_NONE	0x0	/* as it is set up already */
#define IRQF_TRIGGER_RISING	0x1
#define IRQF_TRIGGER_FALLING	0x2
#define IRQF_TRIGGER_HIGH	0x4
#define IRQF_TRIGGER_LOW	0x8
#define IRQF_TRIGGER_MASK	0xf
#define IRQF_TRIGGER_LEVEL	(IRQF_TRIGGER_HIGH | IRQF_TRIGGER_LOW)
#define IRQF_SHARED		0x80	/* others may share it if they say so too */

/*
 * Connects a handler; data tells the sharers of a line apart and comes back in calls. 0, -EINVAL (no such line), -EBUSY (not
 * shared), -ENOMEM, -ENOSPC (no vector left). Sleeps.
 */
int request_irq(unsigned int irq, irq_handler_t handler, unsigned long flags, const char *name,
		void *data);
/* When it returns, the handler does not run any more and will not. Sleeps. */
void free_irq(unsigned int irq, void *data);

/*
 * The line is off for all who share it, on behalf of the one who has requested it with data; nothing if nobody has. These nest, and what he has not
 * undone when he frees it is undone then. disable_irq waits for a running handler.
 */
void disable_irq(unsigned int irq, const void *data);
void enable_irq(unsigned int irq, const void *data);
/* Waits until no handler of the line runs. */
void synchronize_irq(unsigned int irq);

/* Which CPUs it may arrive at; one of them is chosen. -EINVAL: none of them is online. Sleeps. */
int irq_set_affinity(unsigned int irq, const struct cpumask *mask);

/* The line for a global system interrupt, with its trigger set; or -EINVAL. */
int irq_from_gsi(unsigned int gsi, unsigned int trigger);

/* What a controller does for its lines; all but set_trigger with the line's lock held and interrupts off. */
struct irq_desc;
struct irq_chip {
	const char *name;
	void (*mask)(struct irq_desc *desc);
	void (*unmask)(struct irq_desc *desc);
	void (*end)(struct irq_desc *desc); /* the interrupt has been dealt with */
	int (*set_trigger)(struct irq_desc *desc, unsigned int trigger);
	/* Directs it to desc->cpu and desc->vector, which have just been set. The line is masked. */
	void (*set_target)(struct irq_desc *desc);
};

/* A message-signalled interrupt: what the device writes, and where. */
struct msi_message {
	u64 address;
	u32 data;
};

/*
 * A line for a message-signalled interrupt: its number, or -ENOMEM. chip does mask, unmask and set_target (where it writes the message
 * irq_msi_message() gives into the device); data is chip's. Sleeps.
 */
int irq_alloc_msi(const struct irq_chip *chip, void *data);
void irq_free_msi(unsigned int irq);
void irq_msi_message(const struct irq_desc *desc, struct msi_message *message);

struct irq_action {
	irq_handler_t handler; /* immutable, like all that has no mark */
	void *data;
	const char *name;
	unsigned long flags;
	struct irq_action *next; /* desc->lock; walked without while in_progress */
	unsigned int disables;	 /* desc->lock: its part of desc->disable_depth */
};

/*
 * A line.
 *	I	set when it is made, then never
 *	L	lock
 *	M	irq_mutex (set-up and tear-down, affinity)
 */
struct irq_desc {
	spinlock_t lock;	     /* LOCK_RANK_IRQ_DESC; with interrupts off */
	unsigned int irq;	     /* I */
	const struct irq_chip *chip; /* I */
	void *chip_data;	     /* I */
	unsigned int trigger;	     /* M+L: IRQF_TRIGGER_* */
	struct irq_action *actions;  /* L */
	unsigned int disable_depth;  /* L */
	bool in_progress;	     /* L: a CPU is in the handlers */
	bool pending;		     /* L: it came again meanwhile, or while disabled */
	bool masked;		     /* L: at the controller */
	unsigned int vector;	     /* M+L: 0: none */
	unsigned int cpu;	     /* M+L: where it arrives */
	struct cpumask affinity;     /* M */
	u32 *counts;		     /* per-CPU memory */
	u32 total, unhandled;	     /* L: to notice a line that nobody answers */
};

/* For /proc/interrupts: the line, or NULL. It stays valid unless it is a message-signalled one that its driver gives up. */
struct irq_desc *irq_to_desc(unsigned int irq);
unsigned int nr_irqs(void); /* one more than the highest number */
u32 irq_count(const struct irq_desc *desc, unsigned int cpu);

/* The interrupts that are no lines: "NMI", "LOC", "RES", "CAL", "TLB", "MCE" ... NULL behind the last index. */
const char *irq_system_name(unsigned int index, const char **description);
u64 irq_system_count(unsigned int index, unsigned int cpu);

void irq_init(void); /* boot CPU: controllers found in the MADT, all lines masked */

#endif
