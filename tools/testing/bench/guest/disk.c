/* SPDX-License-Identifier: MIT */
/* Rows of a disk: an NVMe one, which both kernels drive. Its content is of no use to anybody. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include "bench.h"

#define DISK "/dev/nvme0n1"
#define BLOCK 4096l
#define SPAN (8l << 20)		/* what the rows of single blocks go over */
#define LARGE (1l << 20)

#define DISK_ROW(...) ROW(__VA_ARGS__, .timed = 1)

static int fd;
static char *block;
static long at;

/* Mortise has the driver in a module, which init loads by its alias; then this finds it loaded. */
static int open_disk(int flags)
{
	block = aligned_alloc(BLOCK, LARGE);
	memset(block, 'd', LARGE);
	return fd = open(DISK, O_RDWR | flags);
}

static int open_direct(void) { return open_disk(O_DIRECT); }
static int open_cached(void) { return open_disk(0); }

static void run_read(long n)
{
	for (; n--; at = (at + BLOCK) % SPAN)
		MUST(pread(fd, block, BLOCK, at));
}
DISK_ROW("disk read, 4 KiB direct", .setup = open_direct, .run = run_read)

static void run_write(long n)
{
	for (; n--; at = (at + BLOCK) % SPAN)
		MUST(pwrite(fd, block, BLOCK, at));
}
DISK_ROW("disk write, 4 KiB direct", .setup = open_direct, .run = run_write)

static void run_read_large(long n) { while (n--) MUST(pread(fd, block, LARGE, 0)); }
DISK_ROW("disk read, 1 MiB direct", .setup = open_direct, .run = run_read_large)

static void run_write_large(long n) { while (n--) MUST(pwrite(fd, block, LARGE, 0)); }
DISK_ROW("disk write, 1 MiB direct", .setup = open_direct, .run = run_write_large)

/* Sectors that were ever read from it. */
static long sectors_read(void)
{
	char line[256];
	long sectors = -1;
	FILE *f = fopen("/proc/diskstats", "r");

	while (f && sectors < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "%*u %*u nvme0n1 %*u %*u %ld", &sectors);
	if (f)
		fclose(f);
	return MUST(sectors);
}

/* Who serves it from memory does other work: each round must come from the disk. */
static void run_cold(long n)
{
	long before, bytes = n * LARGE;

	clock_stop();
	before = sectors_read();
	clock_go();
	while (n--) {
		clock_stop();
		MUST(posix_fadvise(fd, 0, LARGE, POSIX_FADV_DONTNEED));
		clock_go();
		for (long i = 0; i < LARGE; i += BLOCK)
			MUST(pread(fd, block, BLOCK, i));
	}
	clock_stop();
	errno = ENODATA;
	if ((sectors_read() - before) * 512 < bytes)
		row_fails("read from the disk");
	clock_go();
}
DISK_ROW("disk read, 1 MiB by read-ahead", .setup = open_cached, .run = run_cold)

static void run_sync(long n)
{
	while (n--) {
		MUST(pwrite(fd, block, BLOCK, 0));
		MUST(fdatasync(fd));
	}
}
DISK_ROW("disk write, 4 KiB and fdatasync", .setup = open_cached, .run = run_sync)
