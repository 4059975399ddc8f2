/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include <ftw.h>
#include <libgen.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#define SKIP_REASON_SIZE 256
#define SLOW_MS 2000		/* a test that takes longer says how long */

extern const struct test *const __start_tests[], *const __stop_tests[];

bool test_failed;
static pid_t test_pid;
static char *skip_reason; /* shared with the test's process */

static void put_line(const char *format, va_list args)
{
	char line[1024] = "# ";
	int n = vsnprintf(line + 2, sizeof(line) - 3, format, args);

	n = n > (int)sizeof(line) - 4 ? (int)sizeof(line) - 4 : n;
	for (int i = 2; i < n + 2; i++)
		if (line[i] == '\n')
			line[i] = ' ';
	line[n + 2] = '\n';
	(void)!write(STDOUT_FILENO, line, n + 3);
}

void fail(const char *file, int line, const char *format, ...)
{
	char place[1024];
	va_list args;

	test_failed = true;
	snprintf(place, sizeof(place), "%s:%d: %s",
		 strrchr(file, '/') ? strrchr(file, '/') + 1 : file, line, format);
	va_start(args, format);
	put_line(place, args);
	va_end(args);
}

void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_line(format, args);
	va_end(args);
}

void leave(void)
{
	_exit(FAILED);
}

void leave_child(int status)
{
	fflush(NULL);
	_exit(test_failed ? FAILED : status);
}

void skip(const char *reason)
{
	snprintf(skip_reason, SKIP_REASON_SIZE, "%s", reason);
	_exit(test_failed ? FAILED : SKIPPED);
}

const char *errno_name(int error)
{
	static char unknown[24];
	const char *name = strerrorname_np(error);

	if (name)
		return name;
	snprintf(unknown, sizeof(unknown), "errno %d", error);
	return unknown;
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

int reap(pid_t pid, char *text)
{
	int status;
	pid_t got;

	do {
		got = waitpid(pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	if (got != pid) {
		snprintf(text, 64, "not found: waitpid gives %d %s", got,
			 got < 0 ? errno_name(errno) : "");
		return -1;
	}
	if (WIFEXITED(status))
		snprintf(text, 64, "exited with %d%s", WEXITSTATUS(status),
			 WEXITSTATUS(status) == FAILED ? " (failed inside)" : "");
	else
		snprintf(text, 64, "killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	return status;
}

bool is_linux(void)
{
	return !strncmp(slurp("/proc/version"), "Linux", 5);
}

bool is_asleep(pid_t pid)
{
	char path[32], line[512] = "", *end;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	end = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	fclose(f);
	return end && end[2] == 'S';
}

char *slurp(const char *path)
{
	static char *buffer;
	static size_t room;
	size_t length = 0;
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	do {
		length += n;
		if (room < length + 4097) {
			char *larger = realloc(buffer, room = length + 65536);

			if (!larger)
				abort();
			buffer = larger;
		}
		n = fd < 0 ? 0 : read(fd, buffer + length, room - length - 1);
	} while (n > 0);
	buffer[length] = '\0';
	if (fd >= 0)
		close(fd);
	return buffer;
}

void spew(const char *path, const char *content)
{
	int fd = ASSERT_OK(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));

	ASSERT_EQ(write(fd, content, strlen(content)), strlen(content));
	close(fd);
}

/* ---- running ---- */

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	remove(path);
	return 0;
}

static void run_in_child(const struct test *t, const char *folder)
{
	/* What was inherited from whoever started us must not show in a test. */
	setpgid(0, 0);
	for (int sig = 1; sig < 32; sig++)
		signal(sig, SIG_DFL);
	umask(022);
	if (chdir(folder) < 0)
		fail(t->file, 0, "chdir %s: %s", folder, errno_name(errno));
	t->run();
	fflush(NULL);
	_exit(test_failed ? FAILED : 0);
}

/* Wait for the test's end, at most its limit. */
static bool wait_limited(pid_t pid, int limit, int *status)
{
	uint64_t end = now_ns() + limit * 1000000000ull;
	long pause = 1;

	for (;;) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		if (now_ns() > end)
			break;
		sleep_ms(pause);
		pause = pause < 20 ? pause * 2 : pause;
	}
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	waitpid(pid, status, 0);
	return false;
}

/* What was killed is gone when the next test begins: it counts as a process until then, and has files and memory. */
static void adopt_and_reap(pid_t group)
{
	while (waitpid(-group, NULL, 0) > 0)
		;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static bool run_test(const struct test *t, int number, const char *area)
{
	char folder[] = "/tmp/selftest-XXXXXX";
	const char *verdict = "ok", *remark = "";
	unsigned long long took;
	int status = 0;
	uint64_t start = now_ns();

	if (!mkdtemp(folder))
		note("mkdtemp: %s", errno_name(errno));
	chmod(folder, 0755);
	fflush(NULL);
	test_pid = fork();
	if (test_pid == 0)
		run_in_child(t, folder);
	if (test_pid < 0) {
		note("fork: %s", errno_name(errno));
		verdict = "not ok";
	} else if (!wait_limited(test_pid, t->limit, &status)) {
		note("still running after %d s: killed", t->limit);
		verdict = "not ok";
	} else if (WIFSIGNALED(status)) {
		note("killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
		verdict = "not ok";
	} else if (WEXITSTATUS(status) == SKIPPED) {
		remark = " # SKIP ";
	} else if (WEXITSTATUS(status)) {
		if (WEXITSTATUS(status) != FAILED)
			note("exited with %d", WEXITSTATUS(status));
		verdict = "not ok";
	}
	kill(-test_pid, SIGKILL);
	adopt_and_reap(test_pid);
	nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	took = (now_ns() - start) / 1000000;
	if (took > SLOW_MS)
		note("%s took %llu ms", t->name, took);
	printf("%s %d - %s: %s%s%s\n", verdict, number, area, t->name, remark,
	       *remark ? skip_reason : "");
	fflush(stdout);
	return verdict[0] == 'o';
}

/* The area of a test is its file's name without folder and suffix. */
static bool in_area(const struct test *t, const char *area)
{
	const char *slash = strrchr(t->file, '/'), *base = slash ? slash + 1 : t->file;
	size_t length = strlen(area);

	return !strncmp(base, area, length) && !strcmp(base + length, ".c");
}

static int count_area(const char *area)
{
	int n = 0;

	/* lint: comparePointers: the linker's bounds of one area */
	for (const struct test *const *t = __start_tests; t < __stop_tests; t++)
		n += in_area(*t, area);
	return n;
}

/* AREA or AREA:TEST; returns the number of failures. */
static int run_area(const char *word, int *number)
{
	char area[64];
	const char *only = strchr(word, ':');
	int failures = 0, ran = 0;

	snprintf(area, sizeof(area), "%.*s", only ? (int)(only - word) : 63, word);
	/* lint: comparePointers: the linker's bounds of one area */
	for (const struct test *const *t = __start_tests; t < __stop_tests; t++) {
		if (!in_area(*t, area) || (only && strcmp((*t)->name, only + 1)))
			continue;
		failures += !run_test(*t, ++*number, area);
		ran++;
	}
	if (!ran) {
		printf("not ok %d - %s: no such test\n", ++*number, word);
		return 1;
	}
	return failures;
}

static void list_areas(void)
{
	const char *last = "";

	/* lint: comparePointers: the linker's bounds of one area */
	for (const struct test *const *t = __start_tests; t < __stop_tests; t++) {
		if (!strcmp((*t)->file, last))
			continue;
		last = (*t)->file;
		const char *slash = strrchr(last, '/'), *base = slash ? slash + 1 : last;

		printf("%.*s\n", (int)strcspn(base, "."), base);
	}
}

/* Some tests run this program again as another: "@name" with arguments of their own. */
int run_helper(int argc, char **argv);

int main(int argc, char **argv)
{
	char *self = basename(argv[0]);
	int number = 0, failures = 0, planned = 0;

	if (argc > 1 && argv[1][0] == '@')
		return run_helper(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "--list")) {
		list_areas();
		return 0;
	}
	skip_reason = mmap(NULL, SKIP_REASON_SIZE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* Orphans of tests come to us, not to init, so that nothing is left behind. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (argc == 1) {
		printf("TAP version 13\n1..%d\n", count_area(self));
		return run_area(self, &number) != 0;
	}
	for (int i = 1; i < argc; i++)
		planned += strchr(argv[i], ':') ? 1 : count_area(argv[i]);
	printf("TAP version 13\n1..%d\n", planned);
	for (int i = 1; i < argc; i++)
		failures += run_area(argv[i], &number);
	return failures != 0;
}
