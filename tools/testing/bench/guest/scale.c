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
 *
 * With --locks N no time is measured: N workers at once, and what /proc/lock_stat has counted meanwhile. Rows "shared: ..." are there
 * for that alone: their objects are one, so that what the others must not show can be seen.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <linux/futex.h>
#include <time.h>
#include "bench.h"
#include "counts.h"
#include "scale.h"

#define NR_WORKERS 2		/* when time is measured */
#define ROUND 16		/* operations, or one round of run if that is more, between two looks at what is wanted */

struct worker {
	_Alignas(128) atomic_int wanted; /* 1: work, 0: sleep */
	_Alignas(128) atomic_long done;
	/* 1: its objects are there; below 0: they cannot be had */
	atomic_int ready;
};

static struct worker *workers;
static int nr_workers = NR_WORKERS;
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
	long rounds = measured->per < ROUND ? ROUND / (measured->per ? measured->per : 1) : 1;
	char folder[16];

	snprintf(folder, sizeof(folder), "worker%ld", index);
	bind_to((int)index);
	if (mkdir(folder, 0755) || chdir(folder) ||
	    (!measured->shared && measured->setup && measured->setup() < 0)) {
		me->ready = -1;
		return;
	}
	me->ready = 1;
	for (;;) {
		while (!atomic_load_explicit(&me->wanted, memory_order_acquire))
			syscall(SYS_futex, &me->wanted, FUTEX_WAIT, 0, NULL, NULL, 0);
		measured->run(rounds);
		atomic_store_explicit(&me->done, me->done + rounds, memory_order_relaxed);
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
	struct timespec t = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	nanosleep(&t, NULL);
}

/* Operations a second of the workers in MASK. The first moments, in which they wake up, do not count. */
static double rate(unsigned int mask, long window_ns)
{
	long before = 0, after = 0;
	double start, took;

	for (int i = 0; i < nr_workers; i++)
		if (mask & 1u << i)
			want(i, 1);
	pause_ns(window_ns / 8);
	start = seconds();
	for (int i = 0; i < nr_workers; i++)
		before += workers[i].done;
	pause_ns(window_ns);
	for (int i = 0; i < nr_workers; i++)
		after += workers[i].done;
	took = seconds() - start;
	for (int i = 0; i < nr_workers; i++)
		want(i, 0);
	return (double)(after - before) / took;
}

static void start_workers(void)
{
	if (measured->shared && measured->setup() < 0)
		row_fails("setup");
	workers = mmap(NULL, nr_workers * sizeof(*workers), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (workers == MAP_FAILED)
		row_fails("mmap");
	for (int i = 0; i < nr_workers; i++)
		MUST(helper(work, i));
	for (int i = 0; i < nr_workers; i++) {
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

static void prepare(struct row *row)
{
	if (workers)
		return;
	measured = row;
	start_workers();
}

double scale_measure(struct row *row, long window_ns)
{
	double alone, both;

	prepare(row);
	alone = rate(1, window_ns) + rate(2, window_ns);
	both = rate(3, window_ns);
	return both > 0 ? alone / both : 2 * NR_WORKERS;
}

static double all_done(void)
{
	double sum = 0;

	for (int i = 0; i < nr_workers; i++)
		sum += workers[i].done;
	return sum;
}

double scale_between_marks(struct row *row, long window_ns)
{
	double done;

	prepare(row);
	for (int i = 0; i < nr_workers; i++)
		want(i, 1);
	pause_ns(window_ns);
	done = all_done();
	MARK(1);
	pause_ns(window_ns);
	MARK(0);
	done = all_done() - done;
	for (int i = 0; i < nr_workers; i++)
		want(i, 0);
	return done * (row->per ? row->per : 1);
}

/* What both together have the kernel do for one operation, from before they wake up until they sleep. */
void scale_count(struct row *row, long window_ns, char *text, size_t size)
{
	struct counts looking = counts_of_looking(), before, after;
	double done;

	prepare(row);
	before = counts_now();
	done = all_done();
	rate(3, window_ns);
	after = counts_now();
	done = all_done() - done;
	counts_print(text, size, &before, &after, &looking, done * (row->per ? row->per : 1));
}

static void copy_lines(const char *path, FILE *to, const char *prefix)
{
	char line[512];
	FILE *f = fopen(path, "r");

	if (!f)
		row_fails(path);
	while (fgets(line, sizeof(line), f))
		fprintf(to, "%s%s", prefix, line);
	fclose(f);
}

static void reset_lock_stat(void)
{
	int fd = MUST(open("/proc/lock_stat", O_WRONLY));

	MUST(write(fd, "0", 1));
	close(fd);
}

/* The workers have come to run before the counts are set to 0, and still do when these are read: waking them does not count. */
void scale_locks(struct row *row, int nr, long window_ns, FILE *report)
{
	double done;

	nr_workers = nr;
	prepare(row);
	for (int i = 0; i < nr; i++)
		want(i, 1);
	pause_ns(window_ns);
	reset_lock_stat();
	done = all_done();
	pause_ns(window_ns);
	fprintf(report, "locks\t%.0f\n", (all_done() - done) * (row->per ? row->per : 1));
	copy_lines("/proc/lock_stat", report, "\t");
	for (int i = 0; i < nr; i++)
		want(i, 0);
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
SCALE_ROW("scaling: page fault", .run = run_fault, .per = FAULT_PAGES)

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
CONTROL_ROW("shared: pipe", .setup = make_pipe, .run = run_pipe)

static int make_eventfd(void) { return fd = eventfd(0, EFD_NONBLOCK); }
static void run_eventfd(long n)
{
	uint64_t value = 1;

	while (n--) {
		MUST(write(fd, &value, sizeof(value)));
		/* Another may have taken it. */
		if (read(fd, &value, sizeof(value)) < 0 && errno != EAGAIN)
			row_fails("read");
		value = 1;
	}
}
CONTROL_ROW("shared: eventfd", .setup = make_eventfd, .run = run_eventfd)
