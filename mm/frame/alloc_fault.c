/* SPDX-License-Identifier: MIT */
/* Injected allocation failures: see mm/alloc_fault.h. */
#include <arch/percpu.h>
#include <kernel/preempt.h>
#include <kernel/spinlock.h>
#include <lib/errno.h>
#include <lib/hash.h>
#include <lib/kernel.h>
#include <mm/alloc_fault.h>
#include <mm/gfp.h>

struct thread;
DECLARE_PER_CPU(struct thread *, current_thread);

#define SITE_BITS	12
#define SITES		(1ul << SITE_BITS)
#define SITE_INJECTED	BIT(0)		/* code addresses are told apart without their lowest bit: two calls lie further apart */

static DEFINE_SPINLOCK(fault_lock, LOCK_RANK_LEAF);
static struct thread *target;	/* fault_lock to set; read by every allocation */
static unsigned long countdown; /* the target's own, as are the next */
static unsigned long second;	/* countdown from the first failure on */
static struct alloc_fault_result last;
/* fault_lock: hash table of addresses, with SITE_INJECTED */
static unsigned long *sites;

/* Notes that a site was reached. */
static void note_site(unsigned long site, bool injected)
{
	unsigned long flags, slot;

	site &= ~SITE_INJECTED;
	spin_lock_irqsave(&fault_lock, flags);
	for (unsigned long i = 0; i < SITES; i++) {
		slot = (hash_64(site, SITE_BITS) + i) & (SITES - 1);
		if (!sites[slot] || (sites[slot] & ~SITE_INJECTED) == site) {
			sites[slot] = site | (sites[slot] & SITE_INJECTED) |
				      (injected ? SITE_INJECTED : 0);
			break;
		}
	}
	spin_unlock_irqrestore(&fault_lock, flags);
}

bool alloc_fault_hit(unsigned long site)
{
	bool now;

	if (likely(!READ_ONCE(target)) || READ_ONCE(target) != this_cpu_read(current_thread) ||
	    in_interrupt())
		return false;
	last.calls++;
	now = countdown && !--countdown;
	if (now && second != ALLOC_FAULT_ALL) {
		countdown = second;
		second = 0;
	} else if (now) {
		countdown = 1;
	}
	if (now) {
		last.injected++;
		last.site = site;
	}
	note_site(site, now);
	return now;
}

int alloc_fault_arm(unsigned long nth, unsigned long and_then)
{
	struct thread *self = this_cpu_read(current_thread);
	unsigned long flags, *fresh = NULL;
	int error = 0;

	if (!READ_ONCE(sites))
		fresh = (unsigned long *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
							  get_order(SITES * sizeof(*sites)));
	spin_lock_irqsave(&fault_lock, flags);
	if (!sites && fresh) {
		sites = fresh;
		fresh = NULL;
	}
	if (!sites) {
		error = -ENOMEM;
	} else if (target && target != self) {
		error = -EBUSY;
	} else {
		last = (struct alloc_fault_result){ 0 };
		countdown = nth;
		second = and_then;
		WRITE_ONCE(target, self);
	}
	spin_unlock_irqrestore(&fault_lock, flags);
	free_pages((unsigned long)fresh, get_order(SITES * sizeof(*sites)));
	return error;
}

void alloc_fault_disarm(struct alloc_fault_result *result)
{
	unsigned long flags;

	spin_lock_irqsave(&fault_lock, flags);
	*result = last;
	if (target == this_cpu_read(current_thread))
		WRITE_ONCE(target, NULL);
	spin_unlock_irqrestore(&fault_lock, flags);
}

void alloc_fault_thread_exits(void)
{
	struct alloc_fault_result unused;

	if (READ_ONCE(target) == this_cpu_read(current_thread))
		alloc_fault_disarm(&unused);
}

void alloc_fault_totals(struct alloc_fault_totals *totals, bool reset)
{
	unsigned long flags;

	*totals = (struct alloc_fault_totals){ 0 };
	spin_lock_irqsave(&fault_lock, flags);
	for (unsigned long i = 0; sites && i < SITES; i++) {
		totals->sites_reached += sites[i] != 0;
		totals->sites_injected += sites[i] & SITE_INJECTED;
		if (reset)
			sites[i] = 0;
	}
	spin_unlock_irqrestore(&fault_lock, flags);
}

bool alloc_fault_site(unsigned long n, unsigned long *site, bool *injected)
{
	for (unsigned long i = 0; sites && i < SITES; i++) {
		unsigned long found = READ_ONCE(sites[i]);

		if (!found || n--)
			continue;
		*site = found & ~SITE_INJECTED;
		*injected = found & SITE_INJECTED;
		return true;
	}
	return false;
}
