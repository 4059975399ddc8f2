// SPDX-License-Identifier: MIT
/* What is in use, in numbers: snapshot.h. /proc/sys/vm/drop_caches finishes what is deferred. */
#define _GNU_SOURCE
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int slabinfo_fd, meminfo_fd, vmstat_fd, settle_fd;

static void give_up(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(2);
}

static int open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		give_up(path);
	return fd;
}

void snapshot_open(void)
{
	slabinfo_fd = open_file("/proc/slabinfo", O_RDONLY);
	vmstat_fd = open_file("/proc/vmstat", O_RDONLY);
	meminfo_fd = open_file("/proc/meminfo", O_RDONLY);
	settle_fd = open_file("/proc/sys/vm/drop_caches", O_WRONLY);
}

static char *read_all(int fd)
{
	static char text[65536];
	size_t got = 0;
	ssize_t n;

	while (got < sizeof(text) - 1 &&
	       (n = pread(fd, text + got, sizeof(text) - 1 - got, got)) > 0)
		got += n;
	text[got] = 0;
	return text;
}

static void add(struct snapshot *s, const char *name, long value)
{
	if (s->nr == MAX_VALUES)
		give_up("too many caches");
	snprintf(s->values[s->nr].name, sizeof(s->values[0].name), "%s", name);
	s->values[s->nr++].value = value;
}

/* Ends what is deferred. */
static void settle(void)
{
	if (pwrite(settle_fd, "3", 1, 0) != 1)
		give_up("drop_caches");
}

void snapshot_take(struct snapshot *s)
{
	static const char *const fields[] = {
		"Cached:",	 "AnonPages:",	 "Shmem:",  "KernelStack:", "PageTables:",
		"Committed_AS:", "VmallocUsed:", "Percpu:", "Mlocked:",
	};
	char *text, *line, *rest, name[64];
	long active, objects, kb, total = 0, unused = 0, slab = 0, tables = 0;

	s->nr = 0;
	text = read_all(slabinfo_fd);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (*line != '#' && sscanf(line, "%63s %ld %ld", name, &active, &objects) == 3)
			add(s, name, active);
	text = read_all(meminfo_fd);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "%63s %ld", name, &kb) != 2)
			continue;
		for (unsigned int i = 0; i < sizeof(fields) / sizeof(*fields); i++)
			if (!strcmp(name, fields[i]))
				add(s, name, kb);
		if (!strcmp(name, "MemTotal:"))
			total = kb;
		else if (!strcmp(name, "MemFree:"))
			unused = kb;
		else if (!strcmp(name, "Slab:"))
			slab = kb;
	}
	/* The kernel's own page tables stay, and a module at a new address may need a new one. */
	text = strstr(read_all(vmstat_fd), "nr_kernel_page_table_pages ");
	if (!text || sscanf(text, "%*s %ld", &tables) != 1)
		give_up("reading /proc/vmstat");
	add(s, "KiB in use outside the slabs", total - unused - slab - 4 * tables);
}

/* Caches keep their order; a new one is a difference. */
static bool equal(const struct snapshot *a, const struct snapshot *b)
{
	if (a->nr != b->nr)
		return false;
	for (int i = 0; i < a->nr; i++)
		if (a->values[i].value != b->values[i].value)
			return false;
	return true;
}

/* Says what is more or less than it was. */
void snapshot_compare(const struct snapshot *base, const struct snapshot *now, const char *when)
{
	for (int i = 0; i < now->nr; i++) {
		const struct value *v = &now->values[i];
		long before = 0;

		for (int k = 0; k < base->nr; k++)
			if (!strcmp(base->values[k].name, v->name))
				before = base->values[k].value;
		if (before != v->value)
			printf("# %s: %s %ld, was %ld\n", when, v->name, v->value, before);
	}
}

/* A process that has been waited for may not be off its CPU yet: what is too much may still go. */
bool snapshot_leaks(const struct snapshot *base, struct snapshot *now)
{
	for (int tries = 0; tries < 400; tries++) {
		settle();
		snapshot_take(now);
		if (equal(base, now))
			return false;
		usleep(tries < 20 ? 500 : 5000);
	}
	return true;
}

/* What is in use when nothing changes any more. */
void snapshot_base(struct snapshot *base)
{
	static struct snapshot again;
	int same = 0;

	settle();
	snapshot_take(base);
	for (int tries = 0; tries < 400 && same < 4; tries++) {
		usleep(2000);
		settle();
		snapshot_take(&again);
		same = equal(base, &again) ? same + 1 : 0;
		*base = again;
	}
}
