/* SPDX-License-Identifier: MIT */
/*
 * Counts of what the kernel does (counts.h), from where each kernel keeps them:
 *
 *	interrupts	both: the lines RES, CAL and TLB of /proc/interrupts. Linux shoots TLBs down by calls, so its CAL has
 *			them too; Mortise has a vector for each
 *	TLBs		Mortise: /proc/vmstat. Linux keeps them there only if it was built to; else by a histogram over its event
 *			tlb:tlb_flush, which has the number of pages, all ones for a whole TLB. What it says of the
 *			sender of an interrupt is no flush: the receiver's is counted
 *	page tables	Mortise: /proc/vmstat, while tracefs's count_page_table_writes is 1. Linux: not kept
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bench.h"
#include "counts.h"

#ifndef TRACEFS /* its test has another */
#define TRACEFS "/tmp/bench-tracing"
#endif
#define FLUSH_EVENT TRACEFS "/events/tlb/tlb_flush"
#define REMOTE_SEND_IPI 4 /* a reason of Linux's tlb_flush */

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
	close(fd);
}

void counts_enable(void)
{
	mkdir(TRACEFS, 0700);
	if (mount("tracefs", TRACEFS, "tracefs", 0, NULL))
		fprintf(stderr, "bench: tracefs: %s\n", strerror(errno));
	put(TRACEFS "/count_page_table_writes", "1");
	put(FLUSH_EVENT "/trigger", "hist:keys=reason,pages:size=4096");
}

static void add(double *sum, double value) { *sum = (*sum < 0 ? 0 : *sum) + value; }

static void look_at_interrupts(struct counts *sum, char *line)
{
	int tlb_is_call = !access(FLUSH_EVENT, F_OK);
	char *at = strchr(line, ':'), *end;
	int is_tlb = strstr(line, "TLB:") != NULL;

	if (!at || !(is_tlb || strstr(line, "RES:") || strstr(line, "CAL:")))
		return;
	for (at++;; at = end) {
		long count = strtol(at, &end, 10);

		if (end == at)
			return;
		add(&sum->of[COUNT_IPIS], is_tlb && tlb_is_call ? 0 : count);
		if (is_tlb)
			add(&sum->of[COUNT_SHOOTDOWNS], count);
	}
}

static void look_at_vmstat(struct counts *sum, char *line)
{
	static const struct {
		const char *name;
		enum count count;
	} names[] = {
		{ "nr_tlb_local_flush_all", COUNT_FLUSHES },
		{ "nr_tlb_switch_flush", COUNT_FLUSHES },
		{ "nr_tlb_local_flush_one", COUNT_PAGES },
		{ "nr_page_table_writes", COUNT_WRITES },
	};
	char name[64];
	double value;

	if (sscanf(line, "%63s %lf", name, &value) != 2)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i].name))
			add(&sum->of[names[i].count], value);
}

/* { reason: 3, pages: 18446744073709551615 } hitcount: 7 */
static void look_at_flushes(struct counts *sum, char *line)
{
	char *pages = strstr(line, "pages:"), *hits = strstr(line, "hitcount:");
	char *reason = strstr(line, "reason:");
	unsigned long nr_pages, nr_hits;

	if (line[0] != '{' || !reason || !pages || !hits)
		return;
	if (strtoul(reason + strlen("reason:"), NULL, 10) == REMOTE_SEND_IPI)
		return;
	nr_pages = strtoul(pages + strlen("pages:"), NULL, 10);
	nr_hits = strtoul(hits + strlen("hitcount:"), NULL, 10);
	add(&sum->of[COUNT_FLUSHES], nr_pages == ~0ul ? nr_hits : 0);
	add(&sum->of[COUNT_PAGES], nr_pages == ~0ul ? 0 : (double)nr_hits * nr_pages);
}

static void each_line(const char *path, struct counts *sum,
		      void (*look)(struct counts *sum, char *line))
{
	static char line[8192];
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f))
		look(sum, line);
	if (f)
		fclose(f);
}

struct counts counts_now(void)
{
	struct counts sum;

	for (int i = 0; i < NR_COUNTS; i++)
		sum.of[i] = -1;
	each_line("/proc/interrupts", &sum, look_at_interrupts);
	each_line("/proc/vmstat", &sum, look_at_vmstat);
	each_line(FLUSH_EVENT "/hist", &sum, look_at_flushes);
	return sum;
}

struct counts counts_of_looking(void)
{
	struct counts before, after;

	/* The first one's faults are its own. */
	counts_now();
	before = counts_now();
	after = counts_now();
	for (int i = 0; i < NR_COUNTS; i++)
		after.of[i] -= before.of[i];
	return after;
}

void counts_print(char *text, size_t size, const struct counts *before, const struct counts *after,
		  const struct counts *looking, double operations)
{
	size_t at = 0;

	for (int i = 0; i < NR_COUNTS && at < size; i++) {
		double n = after->of[i] - before->of[i] - looking->of[i];

		if (before->of[i] < 0 || after->of[i] < 0)
			at += snprintf(text + at, size - at, "\t-");
		else
			at += snprintf(text + at, size - at, "\t%.5f", n > 0 ? n / operations : 0);
	}
}
