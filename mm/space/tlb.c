/* SPDX-License-Identifier: MIT */
/*
 * Address spaces on CPUs: switching, and flushing what CPUs have cached of them.
 *
 * Each CPU knows which space it has loaded and up to which generation of it its TLB is clean. space->cpus are the CPUs that have it
 * loaded; a CPU puts itself in before it loads the tables and out after it has loaded others. Every flush raises
 * space->tlb_generation, and then interrupts the CPUs in the set.
 *
 * A CPU that runs a kernel thread keeps the last space loaded, lazily: it will not touch user memory, so it gets no interrupts. When it comes
 * back to the space it compares generations and flushes then. Only when page tables are freed must it be told, since a processor may walk
 * tables ahead of need: it then leaves the space. (Raising the generation and looking at `lazy`; clearing `lazy` and looking at the
 * generation: with a full barrier between each pair, one of the two sees the other.)
 *
 * PCID: each CPU keeps the TLB entries of the last few spaces under tags of their own; entry 0 is the kernel's tables. A tag is as clean
 * as the generation noted with it.
 */
#include "space_private.h"
#include <arch/cpu.h>
#include <kernel/init.h>
#include <mm/tlb.h>

#define NR_TAGS		6
#define CR3_KEEP	BIT_ULL(63)		/* loading CR3 does not flush the tag's entries */

struct tlb_state {
	struct address_space *loaded; /* NULL: the kernel's own tables */
	bool lazy;		      /* read by other CPUs */
	u8 tag;			      /* of loaded */
	u8 next_tag;
	struct {
		u64 context, generation;
	} tags[NR_TAGS];
};
static DEFINE_PER_CPU_ALIGNED(struct tlb_state, tlb_state);

static bool use_tags __ro_after_init;

void __init tlb_init(void)
{
	use_tags = read_cr4() & CR4_PCIDE;
}

static u64 cr3_of(const u64 *pgd, unsigned int tag)
{
	return ((unsigned long)pgd - DIRECT_MAP_BASE) | (use_tags ? tag + 1 : 0);
}

/* Loads the space, with as little flushing as its generation allows. Interrupts off. */
static void load(struct tlb_state *state, struct address_space *s)
{
	u64 generation = atomic64_read(&s->tlb_generation), keep = 0;
	unsigned int tag = 0;

	if (use_tags) {
		for (tag = 0; tag < NR_TAGS && state->tags[tag].context != s->context; tag++)
			;
		if (tag == NR_TAGS)
			tag = state->next_tag = (state->next_tag + 1) % NR_TAGS;
		else if (state->tags[tag].generation == generation)
			keep = CR3_KEEP;
	}
	state->tags[tag].context = s->context;
	state->tags[tag].generation = generation;
	state->tag = tag;
	state->loaded = s;
	if (!keep)
		mm_event_inc(MM_TLB_SWITCH_FLUSH);
	write_cr3(cr3_of(s->pgd, tag) | keep);
}

static void load_kernel(struct tlb_state *state)
{
	struct address_space *old = state->loaded;

	state->loaded = NULL;
	WRITE_ONCE(state->lazy, false);
	mm_event_inc(MM_TLB_SWITCH_FLUSH);
	write_cr3(__pa(kernel_pgd));
	if (old)
		cpumask_clear_cpu(smp_processor_id(), &old->cpus);
}

/* All of the loaded space's entries. */
static void flush_loaded(struct tlb_state *state, u64 generation)
{
	mm_event_inc(MM_TLB_LOCAL_FLUSH_ALL);
	state->tags[state->tag].generation = generation;
	write_cr3(cr3_of(state->loaded->pgd, state->tag));
}

void space_switch(struct address_space *prev, struct address_space *next,
		  struct thread *next_thread)
{
	struct tlb_state *state = this_cpu_ptr(&tlb_state);
	struct address_space *old = state->loaded;
	unsigned int cpu = smp_processor_id();

	if (!next) {
		if (old)
			WRITE_ONCE(state->lazy, true);
		return;
	}
	if (old == next) {
		u64 generation;

		if (!state->lazy)
			return;
		WRITE_ONCE(state->lazy, false);
		smp_mb();
		generation = atomic64_read(&next->tlb_generation);
		if (state->tags[state->tag].generation != generation)
			flush_loaded(state, generation);
		return;
	}
	/* a full barrier: who changes entries from here on sees us */
	cpumask_set_cpu(cpu, &next->cpus);
	load(state, next);
	WRITE_ONCE(state->lazy, false);
	if (old)
		cpumask_clear_cpu(cpu, &old->cpus);
}

/* --- flushing --- */

struct space_flush {
	struct address_space *space;
	unsigned long start, end;
	u64 generation; /* that this flush brings a clean TLB to */
};

static void flush_here(struct tlb_state *state, const struct space_flush *flush)
{
	u64 have = state->tags[state->tag].generation;

	if (have >= flush->generation)
		return;
	/* An earlier flush has not come through yet: this range alone would not do. */
	if (have != flush->generation - 1 ||
	    flush->end - flush->start > TLB_FLUSH_CEILING * PAGE_SIZE) {
		flush_loaded(state, atomic64_read(&flush->space->tlb_generation));
		return;
	}
	for (unsigned long addr = flush->start; addr < flush->end; addr += PAGE_SIZE)
		invlpg(addr);
	mm_event_add(MM_TLB_LOCAL_FLUSH_ONE, (flush->end - flush->start) >> PAGE_SHIFT);
	state->tags[state->tag].generation = flush->generation;
}

static void flush_interrupt(void *arg)
{
	const struct space_flush *flush = arg;
	struct tlb_state *state = this_cpu_ptr(&tlb_state);

	mm_event_inc(MM_TLB_REMOTE_FLUSH_RECEIVED);
	if (state->loaded != flush->space)
		return;
	if (state->lazy)
		load_kernel(state);
	else
		flush_here(state, flush);
}

void tlb_flush_space(struct address_space *s, unsigned long start, unsigned long end,
		     bool freed_tables)
{
	struct tlb_state *state;
	struct space_flush flush = { .space = s, .start = start, .end = end };
	struct cpumask others;
	unsigned long flags;
	unsigned int cpu, self;
	bool any = false;

	preempt_disable();
	flush.generation = atomic64_inc_return(&s->tlb_generation);
	self = smp_processor_id();
	state = this_cpu_ptr(&tlb_state);
	if (state->loaded == s) {
		local_irq_save(flags);
		if (state->loaded == s)
			flush_here(state, &flush);
		local_irq_restore(flags);
	}
	if (nr_cpu_ids > 1) {
		cpumask_clear(&others);
		for_each_cpu(cpu, &s->cpus) {
			if (cpu == self ||
			    (!freed_tables && READ_ONCE(per_cpu_ptr(&tlb_state, cpu)->lazy)))
				continue;
			others.bits[cpu / 64] |= 1ul << (cpu % 64);
			any = true;
		}
		if (any)
			tlb_call_cpus(&others, flush_interrupt, &flush);
	}
	preempt_enable();
}

static void leave_interrupt(void *arg)
{
	struct tlb_state *state = this_cpu_ptr(&tlb_state);

	if (state->loaded == arg)
		load_kernel(state);
}

/* The space has no users left: it is loaded lazily at most, by this CPU in its last user's exit and by others. */
void tlb_leave_space(struct address_space *s)
{
	struct tlb_state *state;
	unsigned long flags;

	preempt_disable();
	local_irq_save(flags);
	state = this_cpu_ptr(&tlb_state);
	if (state->loaded == s)
		load_kernel(state);
	local_irq_restore(flags);
	if (!cpumask_empty(&s->cpus))
		tlb_call_cpus(&s->cpus, leave_interrupt, s);
	preempt_enable();
}
