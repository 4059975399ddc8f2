/* SPDX-License-Identifier: MIT */
/*
 * /proc/alloc_fault: injected allocation failures for programs (CONFIG_DEBUG_ALLOC).
 *
 * Writing "N" lets the N-th allocation that the writing thread makes from then on fail; "N+M" also the M-th behind it, for what has another way
 * (vmalloc where kmalloc failed); "N-" all behind it; 0 fails none and only counts. "reset" forgets the sites.
 * Reading ends it and tells, on one line: whether one has failed, how many there were, which site, and how many different sites have been
 * reached and failed in all. Behind that follows a line for each site. A test opens the file once, writes, does its system call, reads.
 */
#include <fs/proc.h>
#include <fs/uio.h>
#include <kernel/init.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/alloc_fault.h>

#include "internal.h"

#define TEXT_SIZE	256

static ssize_t alloc_fault_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	char text[24];
	size_t len = from->count;
	unsigned long nth, and_then = 0;
	char *plus;
	int error = 0;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_iter(text, len, from) != len)
		return -EFAULT;
	text[len] = 0;
	if (len && text[len - 1] == '\n')
		text[len - 1] = 0;
	if (!strcmp(text, "reset")) {
		struct alloc_fault_totals totals;

		alloc_fault_totals(&totals, true);
		return len;
	}
	plus = strpbrk(text, "+-");
	if (plus) {
		if (*plus == '-')
			and_then = ALLOC_FAULT_ALL;
		else
			error = kstrtoul(plus + 1, 10, &and_then);
		*plus = 0;
	}
	if (!error)
		error = kstrtoul(text, 10, &nth);
	if (!error)
		error = alloc_fault_arm(nth, and_then);
	return error ? error : (ssize_t)len;
}

/* The summary at position 0, behind it the sites: each read gives whole lines. */
static ssize_t alloc_fault_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct alloc_fault_result result;
	struct alloc_fault_totals totals;
	char text[TEXT_SIZE];
	int len;

	alloc_fault_disarm(&result);
	if (!*pos) {
		alloc_fault_totals(&totals, false);
		len = snprintf(text, sizeof(text),
			       "injected %u calls %lu site %pS reached %lu failed %lu\n",
			       result.injected, result.calls, (void *)result.site,
			       totals.sites_reached, totals.sites_injected);
	} else {
		unsigned long site;
		bool injected;

		if (!alloc_fault_site(*pos - 1, &site, &injected))
			return 0;
		len = snprintf(text, sizeof(text), "%s %pS\n", injected ? "failed" : "reached",
			       (void *)site);
	}
	len = copy_to_iter(text, len, to);
	if (len)
		++*pos;
	return len ?: -EFAULT;
}

static const struct file_operations alloc_fault_fops = {
	.read_iter = alloc_fault_read,
	.write_iter = alloc_fault_write,
};

void __init proc_alloc_fault_init(void)
{
	proc_create("alloc_fault", 0600, &alloc_fault_fops, NULL);
}
