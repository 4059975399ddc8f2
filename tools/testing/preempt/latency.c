/* SPDX-License-Identifier: MIT */
/*
 * How late a SCHED_FIFO thread wakes up while something else keeps the only CPU busy.
 *
 *	latency LOAD LIMIT_US [at-least]
 *
 * LOAD is what a child does meanwhile (see loads). The parent sleeps PERIODS times until a point in time. Prints the worst lateness; fails
 * if it is over LIMIT_US, or, with `at-least`, if it is not: the control that shows that the test would notice.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "spin.h"

#define PERIODS		60
#define PERIOD_NS	3000000ull

static int spin_fd = -1;
static volatile int *rounds; /* shared: what the child has done */

static void die(const char *what)
{
	printf("# %s: %s\n", what, strerror(errno));
	exit(2);
}

static unsigned long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* ---- loads ---- */

static void spin(unsigned long command)
{
	for (;;) {
		if (ioctl(spin_fd, command, 20))
			die("spin");
		++*rounds;
	}
}

static void preemptible(void) { spin(SPIN_PREEMPTIBLE); }
static void locked(void) { spin(SPIN_LOCKED); }
static void no_interrupts(void) { spin(SPIN_NO_INTERRUPTS); }

/* A large space comes, is copied by fork, and goes, by exit and by munmap. */
static void spaces(void)
{
	size_t size = 64 << 20;

	for (;;) {
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

		if (p == MAP_FAILED)
			die("mmap");
		for (size_t at = 0; at < size; at += 4096)
			p[at] = 1;
		pid_t pid = fork();
		if (!pid)
			_exit(0);
		if (waitpid(pid, NULL, 0) != pid || mprotect(p, size, PROT_READ) || munmap(p, size))
			die("space");
		++*rounds;
	}
}

static void programs(void)
{
	for (;;) {
		pid_t pid = fork();

		if (!pid) {
			execl("/bin/true", "true", NULL);
			_exit(127);
		}
		if (waitpid(pid, NULL, 0) != pid)
			die("wait");
		++*rounds;
	}
}

/* Files come and go; a large one is cut. */
static void files(void)
{
	static char data[1 << 20];
	char name[32];

	for (;;) {
		int fd = open("/tmp/large", O_RDWR | O_CREAT, 0600);

		for (int i = 0; i < 32; i++)
			if (write(fd, data, sizeof(data)) != sizeof(data))
				die("write");
		if (ftruncate(fd, 0))
			die("truncate");
		close(fd);
		for (int i = 0; i < 200; i++) {
			snprintf(name, sizeof(name), "/tmp/file%d", i);
			close(open(name, O_RDWR | O_CREAT, 0600));
		}
		for (int i = 0; i < 200; i++) {
			snprintf(name, sizeof(name), "/tmp/file%d", i);
			unlink(name);
		}
		++*rounds;
	}
}

/* Output on the screen, which has to be drawn. */
static void screen(void)
{
	int fd = open("/dev/tty1", O_WRONLY | O_NOCTTY);
	char line[100];

	if (fd < 0)
		die("/dev/tty1");
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (;;) {
		line[0] = 'A' + *rounds % 26;
		if (write(fd, line, sizeof(line)) != sizeof(line))
			die("write");
		if (*rounds % 50 == 0 && write(fd, "\033[2J\033[7m\033#8\033[m", 14) != 14)
			die("write");
		++*rounds;
	}
}

static const struct load {
	const char *name;
	void (*run)(void);
	unsigned long spins;
} loads[] = {
	{ "preemptible", preemptible, 1 },
	{ "locked", locked, 1 },
	{ "no-interrupts", no_interrupts, 1 },
	{ "spaces", spaces, 0 },
	{ "programs", programs, 0 },
	{ "files", files, 0 },
	{ "screen", screen, 0 },
};

static const struct load *find_load(const char *name)
{
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		if (!strcmp(loads[i].name, name))
			return &loads[i];
	printf("# no load %s\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	const struct load *load = find_load(argc > 2 ? argv[1] : "");
	unsigned long long limit = strtoull(argv[2], NULL, 0) * 1000, at, late, worst = 0, sum = 0;
	struct sched_param priority = { .sched_priority = 50 };
	int met = 0, ok;
	pid_t child;

	rounds = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (rounds == MAP_FAILED || mlockall(MCL_CURRENT))
		die("memory");
	child = fork();
	/* One open file each: the calls of one are serialised. */
	if (load->spins) {
		spin_fd = open("/dev/spin", O_RDWR | O_CLOEXEC);
		if (spin_fd < 0)
			die("/dev/spin");
	}
	if (!child)
		load->run();
	if (sched_setscheduler(0, SCHED_FIFO, &priority))
		die("sched_setscheduler");
	at = now_ns() + PERIOD_NS;
	for (int i = 0; i < PERIODS; i++) {
		struct timespec t = { .tv_sec = at / 1000000000, .tv_nsec = at % 1000000000 };

		if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
			die("clock_nanosleep");
		late = now_ns() - at;
		sum += late;
		if (late > worst)
			worst = late;
		met += load->spins && ioctl(spin_fd, SPIN_STATE, 0) == 1;
		for (at += PERIOD_NS; at < now_ns(); at += PERIOD_NS)
			;
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ok = argc > 3 ? worst > limit : worst <= limit;
	/* Locked, the CPU comes free only between two spins. */
	if (load->run == preemptible)
		ok = ok && met > PERIODS * 9 / 10;
	ok = ok && *rounds > 0;
	printf("# %s: worst %llu us, mean %llu us, %d of %d wake-ups while it spun, %d rounds\n",
	       load->name, worst / 1000, sum / PERIODS / 1000, met, PERIODS, *rounds);
	return !ok;
}
