/* SPDX-License-Identifier: MIT */
/*
 * What the leak scan has found; fs/debugfs/kmemleak.c shows it. The list of suspects is an array
 * that no scan looks at; an entry stays the same allocation as long as address, time and place of
 * it do. Locks: scan_mutex.
 */
#define pr_fmt(fmt) "kmemleak: " fmt
#include "leak.h"
#include <kernel/log.h>
#include <kernel/mutex.h>
#include <kernel/time.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <mm/slab.h>

#define MAX_SUSPECTS   4096
#define SHOWN_PER_SCAN 16 /* in the log; all stand in the file */

struct suspect {
	struct leak_object object;
	unsigned int passes; /* in which it was not reached, without a gap */
	bool seen;	     /* in this pass */
	bool leak, cleared;
};

static DEFINE_MUTEX(scan_mutex);
static struct suspect *suspects;
static unsigned int nr_suspects, nr_lost;

static struct suspect *find_suspect(const struct leak_object *o)
{
	for (unsigned int i = 0; i < nr_suspects; i++)
		if (suspects[i].object.start == o->start &&
		    suspects[i].object.record.made_ns == o->record.made_ns)
			return &suspects[i];
	return NULL;
}

void leak_suspect(const struct leak_object *o, unsigned int n)
{
	struct suspect *s = find_suspect(o);

	/* Only what the first pass did not reach can be missed by all. */
	if (!s && n == 1) {
		if (nr_suspects == MAX_SUSPECTS) {
			nr_lost++;
			return;
		}
		s = &suspects[nr_suspects++];
		*s = (struct suspect){ .object = *o };
	}
	if (s) {
		s->passes++;
		s->seen = true;
	}
}

/* Who was reached, or freed, is none any more. */
void leak_pass_ends(unsigned int n)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < nr_suspects; i++) {
		struct suspect *s = &suspects[i];

		if (!s->seen)
			continue;
		s->seen = false;
		suspects[kept++] = *s;
	}
	nr_suspects = kept;
}

static void show_in_log(const struct leak_object *o)
{
	pr_err("unreferenced object 0x%lx (size %zu), %llu s old, allocated by:\n", o->start,
	       o->size, (ktime_get_ns() - o->record.made_ns) / NSEC_PER_SEC);
	for (unsigned int i = 0; i < o->record.nr; i++)
		pr_err("    %pS\n", (void *)((0xffffffff00000000ul | o->record.trace[i]) - 1));
}

void leak_scan_ends(unsigned int nr_passes, unsigned long nr_scanned)
{
	unsigned int nr_new = 0;

	for (unsigned int i = 0; i < nr_suspects; i++) {
		struct suspect *s = &suspects[i];

		if (s->passes < nr_passes || s->leak)
			continue;
		s->leak = true;
		if (nr_new++ < SHOWN_PER_SCAN)
			show_in_log(&s->object);
	}
	pr_info("%lu objects scanned in %u passes, %u new leaks, %u in all\n", nr_scanned,
		nr_passes, nr_new, nr_suspects);
	if (nr_lost)
		pr_warn("%u more suspects than there is room for\n", nr_lost);
	nr_lost = 0;
}

bool leak_get(unsigned int n, struct leak_object *object)
{
	bool found = false;

	mutex_lock(&scan_mutex);
	for (unsigned int i = 0; i < nr_suspects && !found; i++) {
		found = suspects[i].leak && !suspects[i].cleared && !n--;
		if (found)
			*object = suspects[i].object;
	}
	mutex_unlock(&scan_mutex);
	return found;
}

void leak_clear(void)
{
	mutex_lock(&scan_mutex);
	for (unsigned int i = 0; i < nr_suspects; i++)
		suspects[i].cleared = suspects[i].leak;
	mutex_unlock(&scan_mutex);
}

int leak_scan_now(u64 min_age_ns)
{
	int error;

	mutex_lock(&scan_mutex);
	if (!suspects) {
		suspects = vmalloc(MAX_SUSPECTS * sizeof(*suspects));
		leak_set_flags(suspects, LEAK_NO_SCAN);
	}
	error = suspects ? leak_scan(min_age_ns) : -ENOMEM;
	mutex_unlock(&scan_mutex);
	return error;
}
