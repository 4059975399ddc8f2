// SPDX-License-Identifier: MIT
/*
 * Loads, uses and unloads a module again and again, while 4 processes use it all the time, in a kernel that counts what is in use.
 *
 *	cycles --list			the modules that have an exerciser
 *	cycles --once MODULE FOLDER	one cycle, nothing counted, in any kernel
 *	cycles MODULE FOLDER N		FOLDER has the files; prints TAP lines without numbers; 0: all is well
 *
 * A cycle: load; each process has used it since; held, it is EBUSY's kin EAGAIN; unloaded under use, or, if it is never free, when the processes
 * pause. At the end all is in use that was in use before.
 */
#define _GNU_SOURCE
#include "cycles.h"
#include "../lib/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NR_USERS	4
#define WARM_UP		3		/* cycles before counting: what a first use makes for good is no leak */
#define TRIES		20		/* to unload it while it is used */
#define PATIENCE_S	120
#define LEAK_ROUNDS	3

/* Between the users and the one that loads and unloads. */
static volatile struct shared {
	int stop, pause;
	int paused[NR_USERS];
	long uses[NR_USERS];
	int error[NR_USERS]; /* of the last use that did not succeed */
} * shared;

static const struct exerciser *subject;
static char folder[200];

static void say(bool good, const char *format, ...)
{
	va_list args;

	printf("%sok - %s: ", good ? "" : "not ", subject->module);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static int load(const char *name, const char *arguments)
{
	char path[300];
	int fd, result;

	snprintf(path, sizeof(path), "%s/%s.ko", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	result = fd < 0 ? -1 : (int)syscall(SYS_finit_module, fd, arguments ?: "", 0);
	if (fd >= 0)
		close(fd);
	return result;
}

static int unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void user(int self)
{
	while (!shared->stop) {
		shared->paused[self] = shared->pause;
		if (!shared->paused[self] && subject->use(self))
			shared->uses[self]++;
		else
			shared->error[self] = errno;
		usleep(300);
	}
	_exit(0);
}

/* Until each user has used it once more; false when that does not come. */
static bool all_have_used(void)
{
	long before[NR_USERS];
	double end = now() + PATIENCE_S;

	for (int i = 0; i < NR_USERS; i++)
		before[i] = shared->uses[i];
	for (int i = 0; i < NR_USERS; i++)
		while (shared->uses[i] == before[i])
			if (now() > end) {
				printf("# process %d cannot use it: %s\n", i,
				       strerrorname_np(shared->error[i]) ?: "?");
				return false;
			} else {
				usleep(500);
			}
	return true;
}

static void pause_users(bool pause)
{
	shared->pause = pause;
	for (int i = 0; pause && i < NR_USERS; i++)
		while (!shared->paused[i])
			usleep(500);
}

/* 0, or the errno that unloading ended with. Counts how often it was in use. */
static int unload_under_use(long *in_use)
{
	int error = 0;

	for (int tries = 0; tries < TRIES; tries++) {
		if (!unload(subject->module))
			return 0;
		if (errno != EAGAIN && errno != EBUSY)
			return errno;
		++*in_use;
		sched_yield();
	}
	pause_users(true);
	if (unload(subject->module))
		error = errno;
	pause_users(false);
	return error;
}

static const char *held_is_refused(void)
{
	static char text[100];
	int fd, error;

	if (!subject->hold)
		return NULL;
	fd = subject->hold();
	if (fd < 0)
		return "it cannot be held";
	error = unload(subject->module) ? errno : 0;
	close(fd);
	if (subject->let_go)
		subject->let_go();
	if (error == EAGAIN)
		return NULL;
	snprintf(text, sizeof(text), "held, unloading gives %s",
		 error ? strerrorname_np(error) : "no error");
	return text;
}

/* NULL, or what was wrong. */
static const char *one_cycle(long *in_use)
{
	static char text[100];
	const char *wrong;
	int error;

	if (load(subject->module, subject->arguments)) {
		snprintf(text, sizeof(text), "loading gives %s", strerrorname_np(errno));
		return text;
	}
	if (!all_have_used())
		return "not all processes can use it";
	wrong = held_is_refused();
	if (wrong)
		return wrong;
	error = unload_under_use(in_use);
	if (error)
		snprintf(text, sizeof(text), "unloading gives %s", strerrorname_np(error));
	return error ? text : NULL;
}

static bool cycle(int nr, const char *name, long *in_use)
{
	const char *wrong = NULL;
	int done = 0;

	while (done < nr && !(wrong = one_cycle(in_use)))
		done++;
	if (wrong)
		printf("# cycle %d: %s\n", done + 1, wrong);
	if (*name)
		say(!wrong, name, nr);
	else if (wrong)
		say(false, "warming up");
	return !wrong;
}

/* Modules that need others go first; what is not there is no matter. */
static void unload_all(void)
{
	for (int round = 0; round < 4; round++)
		for (const struct exerciser *e = exercisers; e->module; e++)
			unload(e->module);
}

static bool load_needs(void)
{
	char needs[100], *rest, *name;

	snprintf(needs, sizeof(needs), "%s", subject->needs ?: "");
	for (name = strtok_r(needs, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
		if (load(name, NULL) && errno != EEXIST)
			return false;
	return true;
}

/* Cycles with users beside them, who are gone afterwards. */
static bool cycle_under_use(int nr, const char *name, long *in_use)
{
	pid_t users[NR_USERS];
	bool good, ended = true;
	int status;

	shared->stop = 0;
	for (int i = 0; i < NR_USERS; i++) {
		users[i] = fork();
		if (!users[i])
			user(i);
	}
	good = cycle(nr, name, in_use);
	shared->stop = 1;
	for (int i = 0; i < NR_USERS; i++)
		ended &= waitpid(users[i], &status, 0) == users[i] && !status;
	if (!ended)
		say(false, "its users ended well");
	return good && ended;
}

static bool prepare(void)
{
	unload_all();
	if (load_needs())
		return true;
	say(false, "what it needs is loaded");
	return false;
}

static int once(void)
{
	long in_use = 0;
	bool good = prepare() &&
		    cycle_under_use(1, "once in and out while 4 processes use it", &in_use);

	unload_all();
	return !good;
}

/*
 * Again, if more is in use: a leak grows each time. What does not is what stays for good: a worker
 * thread that a busy moment asked for, the entry of a file that somebody looked at first.
 */
static bool all_is_given_back(int nr, struct snapshot *before, struct snapshot *after, long *in_use)
{
	for (int round = 1; snapshot_leaks(before, after); round++) {
		snapshot_compare(before, after, subject->module);
		fflush(stdout);
		if (round == LEAK_ROUNDS)
			return false;
		snapshot_base(before);
		if (!cycle_under_use(nr, "", in_use))
			return false;
	}
	return true;
}

static int test(int nr)
{
	static struct snapshot before, after;
	long in_use = 0, uses = 0;
	bool good;

	if (!prepare())
		return 1;
	good = cycle_under_use(WARM_UP, "", &in_use);
	snapshot_take(&after); /* its pages are there before they are counted */
	snapshot_base(&before);
	good = good && cycle_under_use(nr, "%d times in and out while 4 processes use it", &in_use);
	if (good) {
		good = all_is_given_back(nr, &before, &after, &in_use);
		say(good, "all is in use that was in use before");
	}
	for (int i = 0; i < NR_USERS; i++)
		uses += shared->uses[i];
	printf("# %s: %ld uses, in use %ld times when it was to go\n", subject->module, uses,
	       in_use);
	unload_all();
	return !good;
}

int main(int argc, char **argv)
{
	bool only_once = argc == 4 && !strcmp(argv[1], "--once");

	if (argc == 2 && !strcmp(argv[1], "--list")) {
		for (const struct exerciser *e = exercisers; e->module; e++)
			puts(e->module);
		return 0;
	}
	if (argc != 4)
		return 2;
	argv += only_once;
	for (subject = exercisers; subject->module && strcmp(subject->module, argv[1]); subject++)
		;
	if (!subject->module)
		return 2;
	snprintf(folder, sizeof(folder), "%s", argv[2]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		return 2; /* what this program itself takes does not change */
	if (only_once)
		return once();
	snapshot_open();
	return test(atoi(argv[3]));
}
