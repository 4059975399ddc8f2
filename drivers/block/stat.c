// SPDX-License-Identifier: MIT
/* Statistics: /proc/diskstats, /proc/partitions and the stat files, in Linux's columns (Documentation/admin-guide/iostats.rst there). */
#include "internal.h"

#include <fs/proc.h>
#include <kernel/log.h>
#include <lib/printf.h>

void stats_sum(const struct bdev *bdev, struct block_stats *sum)
{
	unsigned int cpu;

	*sum = (struct block_stats){ 0 };
	for_each_possible_cpu(cpu) {
		const struct block_stats *s = &bdev->stats[cpu];

		for (int g = 0; g < NR_BLOCK_STATS; g++) {
			sum->ios[g] += READ_ONCE(s->ios[g]);
			sum->merges[g] += READ_ONCE(s->merges[g]);
			sum->sectors[g] += READ_ONCE(s->sectors[g]);
			sum->ns[g] += READ_ONCE(s->ns[g]);
		}
		sum->in_flight[0] += READ_ONCE(s->in_flight[0]);
		sum->in_flight[1] += READ_ONCE(s->in_flight[1]);
		sum->busy_ms += READ_ONCE(s->busy_ms);
	}
}

static unsigned long long ms(u64 ns)
{
	return ns / NSEC_PER_MSEC;
}

/* The seventeen numbers. The bytes printed. */
int stats_print(const struct bdev *bdev, char *buf, int at, int size)
{
	enum {
		R = BLOCK_STAT_READ,
		W = BLOCK_STAT_WRITE,
		D = BLOCK_STAT_DISCARD,
		F = BLOCK_STAT_FLUSH
	};
	struct block_stats s;
	s64 in_flight;

	stats_sum(bdev, &s);
	in_flight = max(s.in_flight[0] + s.in_flight[1], (s64)0);
	return scnprintf(
		buf + at, size - at,
		"%llu %llu %llu %llu %llu %llu %llu %llu %lld %llu %llu %llu %llu %llu %llu %llu %llu",
		(unsigned long long)s.ios[R], (unsigned long long)s.merges[R],
		(unsigned long long)s.sectors[R], ms(s.ns[R]), (unsigned long long)s.ios[W],
		(unsigned long long)s.merges[W], (unsigned long long)s.sectors[W], ms(s.ns[W]),
		(long long)in_flight, (unsigned long long)s.busy_ms,
		ms(s.ns[R] + s.ns[W] + s.ns[D] + s.ns[F]), (unsigned long long)s.ios[D],
		(unsigned long long)s.merges[D], (unsigned long long)s.sectors[D], ms(s.ns[D]),
		(unsigned long long)s.ios[F], ms(s.ns[F]));
}

static void show_stats(struct bdev *bdev, void *m)
{
	char text[320];

	if (bdev_gone(bdev))
		return;
	stats_print(bdev, text, 0, sizeof(text));
	seq_printf(m, "%4u %7u %s %s\n", MAJOR(bdev->device.devt), MINOR(bdev->device.devt),
		   bdev->device.name, text);
}

static int diskstats_show(struct seq_file *m, void *unused)
{
	for_each_bdev(show_stats, m);
	return 0;
}

static void show_size(struct bdev *bdev, void *m)
{
	if (!bdev_gone(bdev) && bdev->nr_sectors)
		seq_printf(m, "%4u  %7u %10llu %s\n", MAJOR(bdev->device.devt),
			   MINOR(bdev->device.devt), (unsigned long long)bdev->nr_sectors >> 1,
			   bdev->device.name);
}

static int partitions_show(struct seq_file *m, void *unused)
{
	seq_puts(m, "major minor  #blocks  name\n\n");
	for_each_bdev(show_size, m);
	return 0;
}

void __init block_stat_init(void)
{
	if (!proc_create_single("diskstats", 0444, diskstats_show, NULL) ||
	    !proc_create_single("partitions", 0444, partitions_show, NULL))
		panic("block: no memory");
}
