/* SPDX-License-Identifier: MIT */
/*
 * Interrupt controllers: the local APIC of each CPU, the I/O APICs, and the old PICs that are kept silent.
 */
#ifndef ARCH_APIC_H
#define ARCH_APIC_H

#include <kernel/cpumask.h>
#include <lib/types.h>

struct trap_frame;
struct irq_desc;

/* Calls who is behind the vector on this CPU, and acknowledges it. From the interrupt entry. */
void vector_dispatch(struct trap_frame *frame, unsigned int vector);

/*
 * A vector for a line on one of the mask's online CPUs: the one with the fewest. 0 or -ENOSPC. From irq_mutex's holder, as
 * vector_free(), which waits until none is on its way any more; the line is masked or goes elsewhere by then.
 */
int vector_alloc(struct irq_desc *desc, const struct cpumask *mask, unsigned int *cpu,
		 unsigned int *vector);
void vector_free(unsigned int cpu, unsigned int vector);

/* What the MADT says (madt.c). */

struct ioapic_description {
	u32 id;
	u32 address;
	u32 gsi_base;
};

struct isa_irq {
	unsigned int gsi;
	unsigned int trigger; /* IRQF_TRIGGER_* */
};

struct machine_layout {
	u64 lapic_address;
	struct ioapic_description *ioapics;
	unsigned int nr_ioapics;
	struct isa_irq isa[16];
};

extern struct machine_layout machine_layout;
extern u32 cpu_apic_id[];	   /* by CPU number */
extern unsigned int nr_cpus_found; /* in the MADT, started or not */

/* moves the PICs' vectors away from the exceptions and masks all lines */
void pic_init(void);

/* boot CPU, once: where they are mapped, or NULL: by the MSRs of x2APIC */
void lapic_use(void __iomem *registers);
void lapic_init_cpu(void); /* each CPU */
void lapic_end_of_interrupt(void);
bool lapic_is_requested(unsigned int vector); /* waits at this CPU */
void lapic_send_ipi(u32 apic_id, unsigned int vector);
void lapic_send_nmi(u32 apic_id);
void lapic_send_init(u32 apic_id);
void lapic_send_startup(u32 apic_id, u64 address); /* a page below 1 MiB */

void lapic_timer_init_cpu(void); /* each CPU, behind clock_init() */
/* for its calibration: counts down from lapic_timer_start_free() on */
u32 lapic_timer_count(void);
void lapic_timer_start_free(void);
void lapic_timer_set_frequency(u64 hz);

void ioapic_init(void);		  /* maps them, masks all pins, makes their lines */
int gsi_to_irq(unsigned int gsi); /* the line's number, or -EINVAL */

void ipi_start(void); /* boot CPU: the local APIC works */
/* not to this CPU, whatever the mask says */
void send_ipi_mask(const struct cpumask *mask, unsigned int vector);

#endif
