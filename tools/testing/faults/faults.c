/* SPDX-License-Identifier: MIT */
/*
 * Every allocation that a system call makes fails once.
 *
 * For each call (calls_*.c) the first allocation fails, then the second, and so on until the call succeeds without having reached one that failed.
 * Each time it must either do without (where there is another way) or answer with ENOMEM or the errno that Linux gives; and what is in use must be
 * what it was before: objects of every slab cache, pages in use outside the slabs, page tables, stacks, vmalloc, promised memory.
 *
 * /proc/alloc_fault counts and fails (fs/proc/alloc_fault.c), /proc/sys/vm/drop_caches finishes what is deferred.
 *
 *	faults [-v] [CALL...]
 */
#include "../lib/snapshot.h"
#include "faults.h"
#include <fnmatch.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <time.h>

#define MAX_ROUNDS	2000
#define MAX_FOR_PAIRS	100	/* calls with more allocations than that would take too long */
#define MAX_DISTANCE	16	/* of a second failure from the first */
#define MAX_SITES	128
#define SHOWN		12

int fault_fd = -1;
static bool verbose;
static unsigned long second; /* which one behind the first that fails is to fail too; 0: none */
static int number, failures;

void give_up(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(2);
}

/* ---- failing ---- */

void arm(unsigned long nth)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%lu+%lu", nth, second);

	if (write(fault_fd, text, len) != len)
		give_up("arming");
}

void parse_result(const char *text, struct outcome *outcome)
{
	int injected = 0;

	outcome->site[0] = 0;
	if (sscanf(text, "injected %d calls %lu site %95s", &injected, &outcome->calls,
		   outcome->site) != 3)
		give_up("reading /proc/alloc_fault");
	outcome->failed = injected;
}

void disarm(struct outcome *outcome)
{
	char text[512];
	ssize_t len = pread(fault_fd, text, sizeof(text) - 1, 0);

	if (len <= 0)
		give_up("disarming");
	text[len] = 0;
	parse_result(text, outcome);
}

/* Different sites reached and failed since the last reset. */
static void read_totals(unsigned long *reached, unsigned long *failed)
{
	char text[512];
	ssize_t len = pread(fault_fd, text, sizeof(text) - 1, 0);
	const char *at;

	text[len > 0 ? len : 0] = 0;
	at = strstr(text, " reached ");
	if (!at || sscanf(at, " reached %lu failed %lu", reached, failed) != 2)
		give_up("reading totals");
}

/* ---- a call ---- */

static bool is_allowed(const struct call *call, int error)
{
	if (error == ENOMEM)
		return true;
	for (unsigned int i = 0; i < sizeof(call->errors) / sizeof(*call->errors); i++)
		if (call->errors[i] && call->errors[i] == error)
			return true;
	return false;
}

static void one_round(const struct call *call, unsigned long nth, struct outcome *o)
{
	if (call->prepare)
		call->prepare();
	if (call->round) {
		call->round(call, nth, o);
	} else {
		arm(nth);
		errno = 0;
		o->result = call->run();
		o->error = errno;
		disarm(o);
		if (o->result != -1 && call->undo)
			call->undo(o->result);
	}
	if (call->restore)
		call->restore();
}

/*
 * The sites that the call reaches each time when nothing fails: each must have failed in the end. Some are reached only once: the kernel's mappings get a
 * new table when the first area lies there, and areas that are gone lately leave their places empty, so that each round's lie behind them.
 */
static char sites[MAX_SITES][96];
static unsigned int nr_sites;

static bool is_noted(const char *name)
{
	for (unsigned int i = 0; i < nr_sites; i++)
		if (!strcmp(sites[i], name))
			return true;
	return false;
}

/* Of those that were noted, if AGAIN, or of all. */
static void note_sites(bool again)
{
	static char found[MAX_SITES][96];
	char text[512];
	unsigned int nr = 0;
	ssize_t len;

	for (off_t at = 1; (len = pread(fault_fd, text, sizeof(text) - 1, at)) > 0; at++) {
		text[len] = 0;
		if (nr == MAX_SITES || sscanf(text, "%*s %95s", found[nr]) != 1)
			give_up("reading sites");
		nr += !again || is_noted(found[nr]);
	}
	memcpy(sites, found, sizeof(sites));
	nr_sites = nr;
}

static void reach_sites(const struct call *call, struct outcome *o)
{
	for (int i = 0; i < 2; i++) {
		if (write(fault_fd, "reset", 5) != 5)
			give_up("reset");
		one_round(call, 0, o);
		note_sites(i > 0);
	}
}

/* How many of them have; names the others. */
static unsigned int failed_sites(bool tell)
{
	char text[512], name[96], what[16];
	unsigned int failed = 0;
	ssize_t len;

	for (off_t at = 1; (len = pread(fault_fd, text, sizeof(text) - 1, at)) > 0; at++) {
		text[len] = 0;
		if (sscanf(text, "%15s %95s", what, name) != 2)
			continue;
		if (!is_noted(name))
			continue;
		failed += !strcmp(what, "failed");
		if (tell && strcmp(what, "failed"))
			printf("# never failed: %s\n", name);
	}
	return failed;
}

struct tally {
	unsigned long rounds, refused, survived;
	int bad;
};

static void check_outcome(const struct call *call, const struct outcome *o, unsigned long nth,
			  struct tally *t)
{
	if (o->result != -1) {
		t->survived++;
		if (verbose)
			printf("# %s: allocation %lu at %s: does without\n", call->name, nth,
			       o->site);
		return;
	}
	t->refused++;
	if (verbose)
		printf("# %s: allocation %lu at %s: %s\n", call->name, nth, o->site,
		       strerrorname_np(o->error));
	if ((call->never || !is_allowed(call, o->error)) && t->bad++ < SHOWN)
		printf("# %s: allocation %lu at %s failed: %s\n", call->name, nth, o->site,
		       strerrorname_np(o->error) ?: "?");
}

/* The first, the second ... allocation, until one would be behind the last. Returns how many rounds had all failures wanted. */
static unsigned long fail_in_turn(const struct call *call, struct snapshot *base, struct outcome *o,
				  struct tally *t)
{
	static struct snapshot now;
	unsigned long rounds = 0;
	int wanted = 1 + (second != 0);
	char when[200];

	for (unsigned long nth = 1; nth < MAX_ROUNDS && !t->bad; nth++) {
		one_round(call, nth, o);
		if (o->failed == wanted) {
			check_outcome(call, o, nth, t);
			rounds++;
		}
		if (snapshot_leaks(base, &now)) {
			snprintf(when, sizeof(when), "%s: behind allocation %lu+%lu at %s",
				 call->name, nth, second, o->site);
			snapshot_compare(base, &now, when);
			t->bad++;
		}
		if (!o->failed)
			break;
	}
	return rounds;
}

/* Some lie on a way round that is taken when the first way fails: two failures. */
static void fail_in_pairs(const struct call *call, struct snapshot *base, struct outcome *o,
			  struct tally *t)
{
	for (second = 1; second <= MAX_DISTANCE && !t->bad; second++)
		fail_in_turn(call, base, o, t);
	second = 0;
}

static void test_call(const struct call *call)
{
	static struct snapshot base;
	struct tally t = { 0 };
	struct outcome o = { 0 };
	unsigned long reached = 0, failed = 0;

	if (call->start)
		call->start();
	/* What the first use makes for good (CPUs' magazines, tables) is not a leak. */
	for (int i = 0; i < 3; i++)
		one_round(call, 0, &o);
	if (o.result == -1) {
		printf("# %s fails without any help: %s\n", call->name,
		       strerrorname_np(o.error) ?: "?");
		t.bad++;
	}
	snapshot_base(&base);
	reach_sites(call, &o);
	fail_in_turn(call, &base, &o, &t);
	read_totals(&reached, &failed);
	if (!t.bad && failed < reached && !call->never && t.refused + t.survived < MAX_FOR_PAIRS) {
		fail_in_pairs(call, &base, &o, &t);
		read_totals(&reached, &failed);
	}
	if (!t.bad && o.result == -1 && ++t.bad)
		printf("# %s fails though no allocation does: %s\n", call->name,
		       strerrorname_np(o.error) ?: "?");
	if (!t.bad && failed_sites(false) != nr_sites && ++t.bad) {
		printf("# %s: not every site has failed\n", call->name);
		failed_sites(true);
	}
	if (call->finish)
		call->finish();
	failures += t.bad > 0;
	printf("%sok %d - %s: %u sites injected / %u reached, %lu / %lu with those behind a failure; %lu allocations failed: %lu refused, %lu done without\n",
	       t.bad ? "not " : "", ++number, call->name, failed_sites(false), nr_sites, failed,
	       reached, t.refused + t.survived, t.refused, t.survived);
	fflush(stdout);
}

/* ---- all ---- */

extern const struct call *const __start_calls[], *const __stop_calls[];

static bool wanted(const struct call *call, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!fnmatch(*names, call->name, 0))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	static struct snapshot scratch;
	int planned = 0;

	argv++;
	if (*argv && !strcmp(*argv, "-v")) {
		verbose = true;
		argv++;
	}
	fault_fd = MUST(open("/proc/alloc_fault", O_RDWR));
	snapshot_open();
	MUST(mkdir("/tmp/faults", 0777));
	MUST(mount("faults", "/tmp/faults", "tmpfs", 0, NULL));
	MUST(chdir("/tmp/faults"));
	MUST(personality(ADDR_NO_RANDOMIZE)); /* one round of exec is like another */
	MUST(mlockall(MCL_CURRENT));
	snapshot_take(&scratch);
	/* lint: comparePointers: the linker's bounds of one area */
	for (const struct call *const *c = __start_calls; c < __stop_calls; c++)
		planned += wanted(*c, argv);
	printf("1..%d\n", planned);
	fflush(stdout);
	/* lint: comparePointers: the linker's bounds of one area */
	for (const struct call *const *c = __start_calls; c < __stop_calls; c++)
		if (wanted(*c, argv))
			test_call(*c);
	return failures > 0;
}
