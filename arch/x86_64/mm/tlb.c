/* SPDX-License-Identifier: MIT */
/* TLB flushes of the kernel's half, which every CPU has. */
#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <kernel/bug.h>
#include <kernel/log.h>
#include <kernel/preempt.h>
#include <kernel/smp.h>
#include <lib/kernel.h>
#include <mm/gfp.h>
#include <mm/stat.h>
#include <mm/tlb.h>

/*
 * A shoot-down: one request in progress for each CPU that asks. The sender marks itself in each receiver's set of senders; only who
 * makes the set non-empty has to send an interrupt. The receiver empties its set and serves all who are in it.
 */
struct tlb_request {
	void (*func)(void *arg);
	void *arg;
	atomic_t left; /* receivers that have not served it */
};
static DEFINE_PER_CPU_ALIGNED(struct tlb_request, tlb_request);
static DEFINE_PER_CPU_ALIGNED(struct cpumask, tlb_senders);

/* One sender a bit, one word at a time. Interrupts off. */
void tlb_shootdown_interrupt(void)
{
	struct cpumask *senders = this_cpu_ptr(&tlb_senders);

	for (unsigned int word = 0; word < ARRAY_SIZE(senders->bits); word++) {
		unsigned long set = xchg(&senders->bits[word], 0);

		for (; set; set &= set - 1) {
			struct tlb_request *request = per_cpu_ptr(&tlb_request,
								  word * 64 + __builtin_ctzl(set));

			request->func(request->arg);
			atomic_dec(&request->left);
		}
	}
}

/* True: the CPU's set was empty, nobody has sent it an interrupt yet. */
static bool mark_sender(unsigned int cpu, unsigned int self)
{
	struct cpumask *senders = per_cpu_ptr(&tlb_senders, cpu);
	unsigned long bit = 1ul << (self % 64);

	return __atomic_fetch_or(&senders->bits[self / 64], bit, __ATOMIC_SEQ_CST) == 0;
}

void tlb_call_cpus(const struct cpumask *cpus, void (*func)(void *arg), void *arg)
{
	unsigned int cpu, self = smp_processor_id(), nr = 0;
	struct tlb_request *request = this_cpu_ptr(&tlb_request);
	struct cpumask targets, interrupt = { 0 };

	cpumask_and(&targets, cpus, &cpu_online_mask);
	targets.bits[self / 64] &= ~(1ul << (self % 64));
	for_each_cpu(cpu, &targets)
		nr++;
	if (!nr)
		return;
	WARN_ON_ONCE(irqs_disabled() && !panic_in_progress);
	request->func = func;
	request->arg = arg;
	atomic_set(&request->left, nr);
	for_each_cpu(cpu, &targets)
		if (mark_sender(cpu, self))
			interrupt.bits[cpu / 64] |= 1ul << (cpu % 64);
	mm_event_inc(MM_TLB_REMOTE_FLUSH);
	if (!cpumask_empty(&interrupt))
		smp_send_tlb_shootdown(&interrupt);
	while (atomic_read(&request->left))
		cpu_relax();
}

/* Global entries go only when CR4.PGE is turned off. */
void tlb_flush_local_all(void)
{
	unsigned long flags, cr4;

	mm_event_inc(MM_TLB_LOCAL_FLUSH_ALL);
	local_irq_save(flags);
	cr4 = read_cr4();
	if (cr4 & CR4_PGE) {
		write_cr4(cr4 & ~CR4_PGE);
		write_cr4(cr4);
	} else {
		write_cr3(read_cr3());
	}
	local_irq_restore(flags);
}

void tlb_flush_local_kernel(unsigned long start, unsigned long end)
{
	if (end - start > TLB_FLUSH_CEILING * PAGE_SIZE) {
		tlb_flush_local_all();
		return;
	}
	mm_event_add(MM_TLB_LOCAL_FLUSH_ONE, DIV_ROUND_UP(end - start, PAGE_SIZE));
	for (; start < end; start += PAGE_SIZE)
		invlpg(start);
}

struct kernel_range {
	unsigned long start, end;
};

static void flush_range(void *arg)
{
	const struct kernel_range *range = arg;

	mm_event_inc(MM_TLB_REMOTE_FLUSH_RECEIVED);
	tlb_flush_local_kernel(range->start, range->end);
}

void tlb_flush_kernel(unsigned long start, unsigned long end)
{
	struct kernel_range range = { start, end };

	preempt_disable();
	tlb_flush_local_kernel(start, end);
	tlb_call_cpus(&cpu_online_mask, flush_range, &range);
	preempt_enable();
}
