/* SPDX-License-Identifier: MIT */
/* busybox's shell at work: many processes, long pipelines, job control on a terminal. */
#include "harness.h"

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/sysinfo.h>
#include <termios.h>

static char output[65536];

/* Run a script with the shell; its output goes to `output`. Returns the exit status. */
static int sh(const char *script)
{
	int p[2], status;
	size_t length = 0;
	ssize_t n;

	ASSERT_OK(pipe2(p, O_CLOEXEC));
	pid_t pid = CHILD({
		dup2(p[1], 1);
		dup2(p[1], 2);
		execl("/bin/sh", "sh", "-c", script, NULL);
	});

	close(p[1]);
	while ((n = read(p[0], output + length, sizeof(output) - 1 - length)) > 0)
		length += n;
	output[length] = '\0';
	close(p[0]);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define EXPECT_SH(script, status, text) do {							\
	EXPECT_EQ(sh(script), status);								\
	EXPECT_STR(output, text);								\
} while (0)

TEST(basics)
{
	EXPECT_SH("echo hello", 0, "hello\n");
	EXPECT_SH("exit 7", 7, "");
	EXPECT_SH("echo a > f; echo b >> f; cat < f; wc -c < f", 0, "a\nb\n4\n");
	EXPECT_SH("x=$(echo inner); echo \"[$x]\"", 0, "[inner]\n");
	EXPECT_SH("echo $((6 * 7))", 0, "42\n");
	EXPECT_SH("for i in 1 2 3; do /bin/echo $i; done | tac", 0, "3\n2\n1\n");
	EXPECT_SH("cat <<END\nhere\nEND", 0, "here\n");
	EXPECT_SH("(exit 3); echo $?; ! true; echo $?", 0, "3\n1\n");
	EXPECT_SH("mkdir d; touch d/a d/b; ls d; rm -r d; ls", 0, "a\nb\nf\n");
	EXPECT_SH("sh -c 'kill -9 $$'; echo $?", 0, "Killed\n137\n");
}

TEST_LIMIT(thousand_programs, 180)
{
	EXPECT_SH("i=0; while [ $i -lt 1000 ]; do /bin/true || exit 1; i=$((i + 1)); done; echo $i",
		  0, "1000\n");
}

TEST(long_pipelines)
{
	EXPECT_SH("seq 1 5000 | cat | cat | cat | cat | cat | cat | cat | cat | wc -l", 0,
		  "5000\n");
	EXPECT_SH(
		"seq 1 3000 | sort -rn | head -n 2 | sed 's/^/x/' | tr x y | cat | cat | cat | cat | cat",
		0, "y3000\ny2999\n");
	/* The reader leaves early. */
	EXPECT_SH("yes | head -n 3", 0, "y\ny\ny\n");
	EXPECT_SH(
		"i=0; while [ $i -lt 20 ]; do seq 1 200 | cat | cat | cat | cat | cat | cat | cat | cat | tail -n 1;"
		" i=$((i + 1)); done | uniq -c | awk '{ print $1, $2 }'",
		0, "20 200\n");
}

TEST(background_jobs)
{
	EXPECT_SH("for i in 1 2 3 4 5 6 7 8; do (sleep 0.1; exit $i) & done; wait; echo done", 0,
		  "done\n");
	EXPECT_SH("exec 2>/dev/null; sleep 30 & kill $!; wait $!; echo $?", 0, "143\n");
	EXPECT_SH("(sleep 0.05; echo late) & echo early; wait", 0, "early\nlate\n");
	EXPECT_SH("trap 'echo caught' TERM; (sleep 0.1; kill $$) & wait; echo on; wait", 0,
		  "caught\non\n");
}

TEST_LIMIT(parallel_shells, 180)
{
	pid_t pids[4];

	for (int i = 0; i < 4; i++)
		pids[i] = CHILD({
			EXPECT_EQ(
				sh("i=0; while [ $i -lt 50 ]; do seq 1 50 | cat | cat | wc -l; i=$((i + 1)); done |"
				   " uniq -c | awk '{ print $1, $2 }'"),
				0);
			EXPECT_STR(output, "50 50\n");
		});
	for (int i = 0; i < 4; i++)
		EXPECT_EXIT(pids[i], 0);
}

static long used_memory(void)
{
	char *text = slurp("/proc/meminfo");
	long total = 0, free_kb = 0, cached = 0;

	sscanf(strstr(text, "MemTotal:"), "MemTotal: %ld", &total);
	sscanf(strstr(text, "MemFree:"), "MemFree: %ld", &free_kb);
	sscanf(strstr(text, "\nCached:"), "\nCached: %ld", &cached);
	return total - free_kb - cached;
}

static void some_work(void)
{
	EXPECT_EQ(
		sh("i=0; while [ $i -lt 50 ]; do /bin/true; echo $i | cat | cat > out; i=$((i + 1)); done;"
		   " for i in 1 2 3 4 5; do sleep 0.01 & done; wait"),
		0);
}

TEST_LIMIT(memory_comes_back, 180)
{
	struct sysinfo info;
	long before, after = 0, percent;
	bool stable = false;

	sysinfo(&info);
	percent = info.totalram * info.mem_unit / 1024 / 100;
	some_work();
	before = used_memory();
	/* Caches grow until they are warm; what grows in every round is a leak. */
	for (int round = 0; round < 6 && !stable; round++) {
		some_work();
		some_work();
		stable = WAIT_UNTIL((after = used_memory()) - before <= percent, 1000);
		note("in use before: %ld KiB, after 100 rounds: %ld KiB", before, after);
		before = after;
	}
	EXPECT(stable);
}

/* ---- on a terminal ---- */

static int master;
static char screen[65536];
static size_t screen_length;

/* Read until WORD has come, counted from what was seen by the last call. */
static void expect_text(const char *word)
{
	static size_t seen;
	uint64_t end = now_ns() + 20000000000ull;
	struct pollfd in = { .fd = master, .events = POLLIN };

	for (;;) {
		screen[screen_length] = '\0';
		char *found = strstr(screen + seen, word);

		if (found) {
			seen = found - screen + strlen(word);
			return;
		}
		if (now_ns() > end || screen_length > sizeof(screen) - 4096) {
			fail(__FILE__, __LINE__, "no \"%s\" on the terminal after: %s", word,
			     screen + seen);
			leave();
		}
		if (poll(&in, 1, 100) > 0) {
			ssize_t n = read(master, screen + screen_length, 4096);

			if (n > 0)
				screen_length += n;
		}
	}
}

static void type(const char *keys)
{
	ASSERT_EQ(write(master, keys, strlen(keys)), strlen(keys));
}

static pid_t start_shell(void)
{
	pid_t pid = forkpty(&master, NULL, NULL, NULL);

	ASSERT_OK(pid);
	if (pid == 0) {
		setenv("PS1", "prompt> ", 1);
		setenv("TERM", "dumb", 1);
		execl("/bin/sh", "sh", "-i", NULL);
		_exit(127);
	}
	expect_text("prompt> ");
	return pid;
}

/* Does the terminal's foreground group, if it is another one than the shell's, sleep in the kernel? Then it has set up its signals. */
static bool foreground_sleeps(pid_t shell)
{
	pid_t group = tcgetpgrp(master);

	return group > 0 && group != shell && is_asleep(group);
}

static void expect_foreground(pid_t shell)
{
	ASSERT(WAIT_UNTIL(foreground_sleeps(shell), 20000));
}

TEST(control_c)
{
	pid_t pid = start_shell();

	type("sleep 100; echo not-rea''ched\n");
	expect_foreground(pid);
	type("\003");
	expect_text("prompt> ");
	type("echo $?-status\n");
	expect_text("130-status\r\n");
	/* The shell itself survives one at its prompt. */
	type("\003");
	type("echo alive''-still\n");
	expect_text("alive-still");
	EXPECT(!strstr(screen, "not-reached"));
	type("exit 5\n");
	EXPECT_EXIT(pid, 5);
}

TEST(control_z_and_fg)
{
	pid_t pid = start_shell();

	type("cat\n");
	expect_text("cat\r\n");
	expect_foreground(pid);
	type("one\n");
	expect_text("one\r\none\r\n");
	type("\032");
	expect_text("Stopped");
	expect_text("prompt> ");
	type("jobs\n");
	expect_text("[1]+  Stopped");
	type("fg\n");
	expect_text("cat\r\n");
	expect_foreground(pid);
	type("two\n");
	expect_text("two\r\ntwo\r\n");
	type("\004");
	expect_text("prompt> ");
	type("exit\n");
	EXPECT_EXIT(pid, 0);
}

TEST(bg_and_kill)
{
	pid_t pid = start_shell();

	type("sleep 100\n");
	expect_text("sleep 100\r\n");
	expect_foreground(pid);
	type("\032");
	expect_text("Stopped");
	type("bg\n");
	expect_text("sleep 100");
	type("kill %1\n");
	type("wait; echo gone''-now\n");
	expect_text("gone-now");
	type("sleep 100 | sleep 101 &\n");
	expect_text("prompt> ");
	type("fg\n");
	expect_text("sleep 100 | sleep 101");
	expect_foreground(pid);
	type("\003");
	expect_text("prompt> ");
	type("exit 0\n");
	EXPECT_EXIT(pid, 0);
}

TEST(background_reader_is_stopped)
{
	pid_t pid = start_shell();

	type("cat &\n");
	expect_text("prompt> ");
	/* How long the shell takes to hear of it is its own affair. */
	for (int tries = 0; tries < 100 && !strstr(screen, "Stopped (tty input)"); tries++) {
		type("jobs; echo asked''-once\n");
		expect_text("asked-once");
		sleep_ms(50);
	}
	EXPECT(strstr(screen, "Stopped (tty input)"));
	type("kill -9 %1\n");
	type("exit\n");
	/* A shell that still believes in a stopped job wants to be told twice; one that has gone hears nothing. */
	sleep_ms(100);
	(void)!write(master, "exit\n", 5);
	char text[64];

	EXPECT_NE(reap(pid, text), -1);
}

TEST(shell_in_a_shell)
{
	pid_t pid = start_shell();

	type("sh -i\n");
	expect_text("prompt> ");
	pid_t inner = tcgetpgrp(master);
	type("sleep 100\n");
	expect_foreground(inner);
	type("\003");
	expect_text("prompt> ");
	type("exit 3\n");
	expect_text("prompt> ");
	type("echo $?-inner\n");
	expect_text("3-inner");
	type("exit\n");
	EXPECT_EXIT(pid, 0);
}
