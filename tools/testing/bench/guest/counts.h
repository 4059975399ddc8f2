/* SPDX-License-Identifier: MIT */
/*
 * What neither instructions nor time tell: how often the kernel flushes TLBs, interrupts other CPUs and writes page tables.
 *
 * Counting costs time itself, so it belongs into runs whose times nobody wants. A count that a kernel does not keep is
 * below 0.
 */
#ifndef COUNTS_H
#define COUNTS_H

enum count {
	COUNT_FLUSHES, /* of a whole TLB, those that a switch of address spaces brings included */
	COUNT_PAGES,   /* single pages flushed from a TLB */
	COUNT_IPIS,    /* interrupts between CPUs, shoot-downs included */
	COUNT_SHOOTDOWNS, /* of these, those for TLBs */
	COUNT_WRITES,	  /* entries of page tables that were written */
	NR_COUNTS
};

struct counts {
	double of[NR_COUNTS];
};

/* Once, before the first row: switches on what is off as a rule. */
void counts_enable(void);
/* Since boot, of all CPUs. */
struct counts counts_now(void);
/* What a look itself adds. */
struct counts counts_of_looking(void);
/* "<TAB>number" for each, for one of so many operations; "<TAB>-" for what is not kept. */
void counts_print(char *text, size_t size, const struct counts *before, const struct counts *after,
		  const struct counts *looking, double operations);

#endif
