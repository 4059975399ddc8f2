/* SPDX-License-Identifier: MIT */
/*
 * Rows of scaling: the same work on objects of its own on one CPU, then on two at once.
 *
 * Two workers, each bound to a CPU, in a folder of its own, do the row's operation as often as they may and count in a
 * cache line of their own. In each window they run alone, one after the other, then together. The result is
 *
 *	(operations of the first alone + those of the second alone) / operations of both together
 *
 * in windows of the same length: 1 is perfect, 2 means that the second CPU was of no use. The speed-up is 2 divided by it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <linux/futex.h>
#include <time.h>
#include "bench.h"
#include "scale.h"

#define NR_WORKERS 2
#define ROUND 16		/* operations between two looks at what is wanted */

struct worker {
	_Alignas(128) atomic_int wanted; /* 1: work, 0: sleep */
	_Alignas(128) atomic_long done;
	/* 1: its objects are there; below 0: they cannot be had */
	atomic_int ready;
};

static struct worker *workers;
static struct row *measured;

static void bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	MUST(sched_setaffinity(0, sizeof(set), &set));
}

static void work(long index)
{
	struct worker *me = &workers[index];
	char folder[] = "worker0";

	folder[6] += (char)index;
	bind_to((int)index);
	if (mkdir(folder, 0755) || chdir(folder) || (measured->setup && measured->setup() < 0)) {
		me->ready = -1;
		return;
	}
	me->ready = 1;
	for (;;) {
		while (!atomic_load_explicit(&me->wanted, memory_order_acquire))
			syscall(SYS_futex, &me->wanted, FUTEX_WAIT, 0, NULL, NULL, 0);
		measured->run(ROUND);
		atomic_store_explicit(&me->done, me->done + ROUND, memory_order_relaxed);
	}
}

static void want(int index, int wanted)
{
	workers[index].wanted = wanted;
	if (wanted)
		syscall(SYS_futex, &workers[index].wanted, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void pause_ns(long ns)
{
	struct timespec t = { .tv_nsec = ns };

	nanosleep(&t, NULL);
}

/* Operations a second of the workers in MASK. The first moments, in which they wake up, do not count. */
static double rate(unsigned int mask, long window_ns)
{
	long before = 0, after = 0;
	double start, took;

	for (int i = 0; i < NR_WORKERS; i++)
		if (mask & 1u << i)
			want(i, 1);
	pause_ns(window_ns / 8);
	start = seconds();
	for (int i = 0; i < NR_WORKERS; i++)
		before += workers[i].done;
	pause_ns(window_ns);
	for (int i = 0; i < NR_WORKERS; i++)
		after += workers[i].done;
	took = seconds() - start;
	for (int i = 0; i < NR_WORKERS; i++)
		want(i, 0);
	return (double)(after - before) / took;
}

static void start_workers(void)
{
	workers = mmap(NULL, NR_WORKERS * sizeof(*workers), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (workers == MAP_FAILED)
		row_fails("mmap");
	for (int i = 0; i < NR_WORKERS; i++)
		MUST(helper(work, i));
	for (int i = 0; i < NR_WORKERS; i++) {
		while (!workers[i].ready)
			pause_ns(1000000);
		if (workers[i].ready < 0)
			row_fails("setup");
	}
}

int scale_is_possible(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN) >= NR_WORKERS;
}

double scale_measure(struct row *row, long window_ns)
{
	double alone, both;

	if (!workers) {
		measured = row;
		start_workers();
	}
	alone = rate(1, window_ns) + rate(2, window_ns);
	both = rate(3, window_ns);
	return both > 0 ? alone / both : 2 * NR_WORKERS;
}

static int fd;
static char buffer[4096];

static int open_own(void) { return fd = make_file("own", sizeof(buffer)); }
static void run_read(long n) { while (n--) MUST(pread(fd, buffer, 64, 0)); }
SCALE_ROW("scaling: read", .setup = open_own, .run = run_read)

static void run_stat(long n)
{
	struct stat st;

	while (n--)
		MUST(stat("own", &st));
}
SCALE_ROW("scaling: stat", .setup = open_own, .run = run_stat)

static void run_open(long n) { while (n--) MUST(close(MUST(open("own", O_RDONLY)))); }
SCALE_ROW("scaling: open and close", .setup = open_own, .run = run_open)

#define FAULT_PAGES 64

static void run_fault(long n)
{
	static volatile char *area;

	if (!area)
		area = mmap(NULL, FAULT_PAGES * 4096, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	while (n--) {
		for (int i = 0; i < FAULT_PAGES; i++)
			area[i * 4096] = 1;
		MUST(madvise((void *)area, FAULT_PAGES * 4096, MADV_DONTNEED));
	}
}
SCALE_ROW("scaling: page fault", .run = run_fault)

static int ends[2];

static int make_pipe(void) { return pipe(ends); }
static void run_pipe(long n)
{
	while (n--) {
		MUST(write(ends[1], buffer, 64));
		MUST(read(ends[0], buffer, 64));
	}
}
SCALE_ROW("scaling: pipe", .setup = make_pipe, .run = run_pipe)
