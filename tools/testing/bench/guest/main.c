/* SPDX-License-Identifier: MIT */
/*
 * The benchmark's program: times each row and prints a line for it.
 *
 *	bench [--clock tsc|time] [--target N] [--batches N] [--phase N] [--marks] [--count] [--locks N] [--list] [ROW...]
 *
 *	name<TAB>plain|bulk|waits|scale<TAB>median<TAB>smallest
 *	name<TAB>missing<TAB>reason
 *	name<TAB>locks<TAB>operations, and behind it the lines of /proc/lock_stat: with --locks
 *
 * The unit is a tick of the clock: of the TSC, which under QEMU's -icount is an instruction, or a nanosecond. A batch is
 * as many operations as fill --target ticks; the median of --batches batches counts. With --count the counts for one operation stand
 * behind (counts.h), and the times mean little. Between --marks, rows of scaling work at once and tell how much they did. Rows of scaling have a ratio instead of ticks (scale.c), of one window that is as long as what the batches of other rows are worth, twice.
 * --phase: so many pages are in use beside each row, which moves the moments at which a CPU's stock of free pages is filled and emptied.
 * Two lines come first that are no rows of operations:
 *
 *	boot to first command	waits	ticks of the TSC since the machine was switched on
 *	memory in use		kib	kibibytes that are not available, of the machine's BENCH_MEMORY
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <x86intrin.h>
#include "bench.h"
#include "counts.h"
#include "scale.h"

#define ROW_LIMIT_S 120
#define MOST_BATCHES 101

long argument;
const char *self;

static struct row *rows, **rows_end = &rows;
static int use_tsc;
static int want_marks, marks, want_counts, want_locks;
static long phase;
static uint64_t target = 20000000;
static int batches = 5;
static FILE *report; /* the pipe to the first process */
static uint64_t stopped_at, stopped;
static int counting;
/* What a look at the counts adds; the last one when the clock stopped; what happened while it stood. */
static struct counts looking, counts_at_stop, left_out;
static pid_t children[64];
static int nr_children;

void row_add(struct row *row)
{
	*rows_end = row;
	rows_end = &row->next;
}

static uint64_t now(void)
{
	struct timespec t;

	if (use_tsc)
		return __rdtsc();
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

void clock_stop(void)
{
	if (marks)
		MARK(0);
	stopped_at = now();
	if (counting)
		counts_at_stop = counts_now();
}

void clock_go(void)
{
	if (counting) {
		struct counts at_go = counts_now();

		for (int i = 0; i < NR_COUNTS; i++)
			left_out.of[i] += at_go.of[i] - counts_at_stop.of[i] + looking.of[i];
	}
	stopped += now() - stopped_at;
	if (marks)
		MARK(1);
}

void row_fails(const char *call)
{
	fprintf(report, "missing\t%.60s: %s\n", call, strerror(errno));
	fflush(report);
	helpers_end();
	_exit(0);
}

pid_t helper(void (*body)(long), long body_argument)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		body(body_argument);
		_exit(0);
	}
	if (pid > 0)
		children[nr_children++] = pid;
	return pid;
}

void helpers_end(void)
{
	while (nr_children > 0) {
		kill(children[--nr_children], SIGKILL);
		waitpid(children[nr_children], NULL, 0);
	}
}

int make_file(const char *name, long size)
{
	static char block[65536];
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	memset(block, 'x', sizeof(block));
	for (long at = 0, step; fd >= 0 && at < size; at += step) {
		step = size - at < (long)sizeof(block) ? size - at : (long)sizeof(block);
		if (write(fd, block, step) != step)
			return -1;
	}
	return fd;
}

static uint64_t timed(struct row *row, long n)
{
	uint64_t start;

	stopped = 0;
	start = now();
	if (marks)
		MARK(1);
	row->run(n);
	if (marks)
		MARK(0);
	return now() - start - stopped;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* As many rounds as fill the target: doubled until a tenth of it is reached, then by proportion. */
static long rounds_for(struct row *row)
{
	long n = 1;
	uint64_t took = timed(row, n);

	while (took < target / 10 && n < 1l << 40) {
		n *= 2;
		took = timed(row, n);
	}
	n = took ? (long)((double)n * target / took) : n;
	return n > 0 ? n : 1;
}

static const char *kind_of(const struct row *row)
{
	return row->bulk ? "bulk" : row->waits ? "waits" : "plain";
}

static void measure(struct row *row)
{
	double results[MOST_BATCHES];
	char counts[NR_COUNTS * 24] = "";
	long per = row->per ? row->per : 1, n;
	struct counts before = { 0 };

	argument = row->argument;
	if (row->setup && row->setup() < 0)
		row_fails("setup");
	n = rounds_for(row);
	if (use_tsc && n < row->least)
		n = row->least;
	if (want_counts) {
		looking = counts_of_looking();
		before = counts_now();
		counting = 1;
	}
	marks = want_marks;
	for (int i = 0; i < batches; i++)
		results[i] = (double)timed(row, n) / ((double)n * per);
	if (want_counts) {
		struct counts after = counts_now();

		counting = 0;
		for (int i = 0; i < NR_COUNTS; i++)
			after.of[i] -= left_out.of[i];
		counts_print(counts, sizeof(counts), &before, &after, &looking,
			     (double)n * per * batches);
	}
	if (row->finish)
		row->finish();
	helpers_end();
	qsort(results, batches, sizeof(results[0]), compare);
	fprintf(report, "%s\t%.3f\t%.3f%s\n", kind_of(row), results[batches / 2], results[0],
		counts);
	fflush(report);
}

static void measure_scale(struct row *row)
{
	char counts[NR_COUNTS * 24] = "";
	double result;

	if (want_marks) {
		double operations = scale_between_marks(row, (long)target);

		fprintf(report, "scale\t%.0f\t%.0f\n", operations, operations);
		fflush(report);
		helpers_end();
		return;
	}
	if (want_locks) {
		scale_locks(row, want_locks, (long)target, report);
		fflush(report);
		helpers_end();
		return;
	}
	/* A short window sees what the two workers happen to do at its ends. */
	result = scale_measure(row, (long)target * batches * 2);
	if (want_counts)
		scale_count(row, (long)target, counts, sizeof(counts));
	helpers_end();
	fprintf(report, "scale\t%.5f\t%.5f%s\n", result, result, counts);
	fflush(report);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

/* One row in a process of its own. Its line is whatever it reported, or how it ended. */
static void run_row(struct row *row)
{
	static const char held[] = "/tmp/bench-held";
	char folder[] = "/tmp/bench-XXXXXX", line[512];
	int ends[2], status;
	FILE *in;
	pid_t pid;

	if (!mkdtemp(folder) || pipe(ends)) {
		printf("%s\tmissing\tno folder or pipe: %s\n", row->name, strerror(errno));
		return;
	}
	if (phase)
		close(make_file(held, phase * 4096));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		report = fdopen(ends[1], "w");
		if (chdir(folder))
			row_fails("chdir");
		fcntl(ends[1], F_SETFD, FD_CLOEXEC);
		alarm(ROW_LIMIT_S);
		if (row->scale)
			measure_scale(row);
		else
			measure(row);
		_exit(0);
	}
	close(ends[1]);
	in = fdopen(ends[0], "r");
	waitpid(pid, &status, 0);
	if (fgets(line, sizeof(line), in)) {
		printf("%s\t%s", row->name, line);
		/* Less than a pipe holds, or the child would not have ended. */
		while (want_locks && fgets(line, sizeof(line), in))
			fputs(line, stdout);
	} else if (WIFSIGNALED(status)) {
		printf("%s\tmissing\tended by signal %d\n", row->name, WTERMSIG(status));
	} else {
		printf("%s\tmissing\tended with status %d\n", row->name, WEXITSTATUS(status));
	}
	fclose(in);
	fflush(stdout);
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	unlink(held);
}

static int is_wanted(const struct row *row, char **names)
{
	if ((row->timed && use_tsc) || (row->scale && (use_tsc || !scale_is_possible())))
		return 0;
	if (want_locks && !row->scale)
		return 0;
	if (!*names)
		return !row->shared;
	for (; *names; names++)
		if (!strcmp(*names, row->name))
			return 1;
	return 0;
}

static long value_of(char **words)
{
	if (!words[1]) {
		fprintf(stderr, "bench: %s wants a value\n", words[0]);
		exit(2);
	}
	return atol(words[1]);
}

static void facts(uint64_t ticks)
{
	const char *machine = getenv("BENCH_MEMORY");
	FILE *f = fopen("/proc/meminfo", "r");
	char line[256];
	long available;

	printf("boot to first command\twaits\t%llu\t%llu\n", (unsigned long long)ticks,
	       (unsigned long long)ticks);
	while (f && fgets(line, sizeof(line), f))
		if (machine && sscanf(line, "MemAvailable: %ld kB", &available) == 1)
			printf("memory in use\tkib\t%ld\t%ld\n", atol(machine) - available,
			       atol(machine) - available);
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	static char path[4096];
	uint64_t ticks = __rdtsc();
	int list = 0;

	(void)argc;
	if (argv[1] && !strcmp(argv[1], "--exit"))
		_exit(0);
	if (readlink("/proc/self/exe", path, sizeof(path) - 1) > 0)
		self = path;
	for (argv++; *argv && !strncmp(*argv, "--", 2); argv++) {
		if (!strcmp(*argv, "--list"))
			list = 1;
		else if (!strcmp(*argv, "--clock"))
			use_tsc = argv[1] && !strcmp(*++argv, "tsc");
		else if (!strcmp(*argv, "--target"))
			target = value_of(argv), argv++;
		else if (!strcmp(*argv, "--batches"))
			batches = value_of(argv), argv++;
		else if (!strcmp(*argv, "--phase"))
			phase = value_of(argv), argv++;
		else if (!strcmp(*argv, "--locks"))
			want_locks = value_of(argv), argv++;
		else if (!strcmp(*argv, "--marks"))
			want_marks = 1;
		else if (!strcmp(*argv, "--count"))
			want_counts = 1;
		else
			return fprintf(stderr, "bench: no option %s\n", *argv), 2;
	}
	if (batches < 1 || batches > MOST_BATCHES)
		return fprintf(stderr, "bench: --batches 1 to %d\n", MOST_BATCHES), 2;
	if (!list && !*argv && !want_locks)
		facts(ticks);
	if (want_locks < 0 || want_locks > SCALE_MOST)
		return fprintf(stderr, "bench: --locks 1 to %d\n", SCALE_MOST), 2;
	if (want_counts && !list)
		counts_enable();
	for (struct row *row = rows; row; row = row->next) {
		if (!is_wanted(row, argv))
			continue;
		if (list)
			puts(row->name);
		else
			run_row(row);
	}
	return 0;
}
