/* SPDX-License-Identifier: MIT */
/*
 * A small test harness for programs that run in the guest, on Mortise and on
 * Linux alike.
 *
 * One C file is one area; TEST(name) { ... } adds a test to it. All files are
 * linked into one static program, which runs the areas named by its arguments
 * (or the one it is called by, through a symbolic link) and prints TAP.
 *
 * Each test runs in its own process, with a process group and an empty
 * scratch folder (/tmp/...) as its working folder, both removed afterwards, and
 * a time limit, after which it is killed.
 *
 * EXPECT_* notes a failure and goes on, ASSERT_* ends the test. A failed line
 * says what was expected and what came. Both may be used in children of a
 * test: the child then exits with status FAILED, which EXPECT_EXIT(pid, 0)
 * of its parent notices.
 */
#ifndef SELFTESTS_HARNESS_H
#define SELFTESTS_HARNESS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_LIMIT 60	/* seconds for one test */
#define FAILED 113		/* exit status of a child in which an EXPECT or ASSERT failed */
#define SKIPPED 114

struct test {
	const char *file, *name;
	void (*run)(void);
	int limit;
};

#define TEST_LIMIT(test_name, seconds)							\
	static void test_name(void);							\
	static const struct test test_##test_name = { __FILE__, #test_name, test_name, seconds };	\
	static const struct test *const entry_##test_name					\
	__attribute__((section("tests"), used)) = &test_##test_name;			\
	static void test_name(void)
#define TEST(name) TEST_LIMIT(name, DEFAULT_LIMIT)

extern bool test_failed;

/* Print one diagnostic line and note the failure. */
void fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A diagnostic line that is no failure. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Leave the test or the child of a test now. */
void leave(void) __attribute__((noreturn));
/* The test cannot run here; REASON is printed. Not for what the kernel should have. */
void skip(const char *reason) __attribute__((noreturn));

/* The exit status a child of a test should end with: FAILED if an expectation was not met. */
void leave_child(int status) __attribute__((noreturn));

const char *errno_name(int error);
uint64_t now_ns(void);
void sleep_ms(long ms);
/* Wait for PID; describe its end in TEXT (64 bytes) and return the wait status, -1 on error. */
int reap(pid_t pid, char *text);
bool is_linux(void);
/* Does the process sleep in a call, until something or a signal wakes it? */
bool is_asleep(pid_t pid);

/* ---- comparisons ---- */

#define CHECK_OP(actual, op, expected, end) do {						\
	__typeof__((actual) + 0) a_ = (actual);							\
	__typeof__((expected) + 0) e_ = (expected);						\
	if (!(a_ op (__typeof__(a_))e_)) {							\
		fail(__FILE__, __LINE__, "%s %s %s: got %lld (0x%llx), want %s %lld (0x%llx)",	\
		     #actual, #op, #expected, (long long)a_, (long long)a_, #op,		\
		     (long long)e_, (long long)e_);						\
		end;										\
	}											\
} while (0)

#define CHECK_TRUE(condition, end) do {								\
	if (!(condition)) {									\
		fail(__FILE__, __LINE__, "not true: %s", #condition);				\
		end;										\
	}											\
} while (0)

#define CHECK_OK(call, end) ({									\
	__typeof__(call) r_ = (call);								\
	if ((long)r_ == -1) {									\
		fail(__FILE__, __LINE__, "%s: %s", #call, errno_name(errno));			\
		end;										\
	}											\
	r_; })

#define CHECK_ERR(call, want, end) do {								\
	errno = 0;										\
	long r_ = (long)(call);									\
	if (r_ != -1 || errno != (want)) {							\
		fail(__FILE__, __LINE__, "%s: got %ld %s, want -1 %s", #call, r_,		\
		     r_ == -1 ? errno_name(errno) : "without error", errno_name(want));		\
		end;										\
	}											\
} while (0)

#define CHECK_STR(actual, expected, end) do {							\
	const char *a_ = (actual), *e_ = (expected);						\
	if (strcmp(a_, e_)) {									\
		fail(__FILE__, __LINE__, "%s: got \"%s\", want \"%s\"", #actual, a_, e_);	\
		end;										\
	}											\
} while (0)

#define EXPECT_EQ(a, e) CHECK_OP(a, ==, e, )
#define EXPECT_NE(a, e) CHECK_OP(a, !=, e, )
#define EXPECT_LT(a, e) CHECK_OP(a, <, e, )
#define EXPECT_LE(a, e) CHECK_OP(a, <=, e, )
#define EXPECT_GT(a, e) CHECK_OP(a, >, e, )
#define EXPECT_GE(a, e) CHECK_OP(a, >=, e, )
#define EXPECT(c) CHECK_TRUE(c, )
#define EXPECT_OK(call) CHECK_OK(call, )
#define EXPECT_ERR(call, e) CHECK_ERR(call, e, )
#define EXPECT_STR(a, e) CHECK_STR(a, e, )
#define ASSERT_EQ(a, e) CHECK_OP(a, ==, e, leave())
#define ASSERT_NE(a, e) CHECK_OP(a, !=, e, leave())
#define ASSERT_GT(a, e) CHECK_OP(a, >, e, leave())
#define ASSERT_GE(a, e) CHECK_OP(a, >=, e, leave())
#define ASSERT(c) CHECK_TRUE(c, leave())
#define ASSERT_OK(call) CHECK_OK(call, leave())
#define ASSERT_ERR(call, e) CHECK_ERR(call, e, leave())
#define ASSERT_STR(a, e) CHECK_STR(a, e, leave())

/* A zero-terminated read of a whole file into a static buffer; "" if it cannot be read. */
char *slurp(const char *path);
/* Make a file with this content. */
void spew(const char *path, const char *content);

/* ---- children ---- */

/* Run the block in a child; its value is the pid. The block's end is exit status 0. */
#define CHILD(...) ({										\
	fflush(NULL);										\
	pid_t pid_ = ASSERT_OK(fork());								\
	if (pid_ == 0) {									\
		test_failed = false;								\
		__VA_ARGS__									\
		leave_child(0);									\
	}											\
	pid_; })

#define EXPECT_EXIT(pid, code) do {								\
	char text_[64];										\
	int s_ = reap(pid, text_);								\
	if (s_ == -1 || !WIFEXITED(s_) || WEXITSTATUS(s_) != (code))				\
		fail(__FILE__, __LINE__, "child %s, want exit %d", text_, code);		\
} while (0)

#define EXPECT_KILLED(pid, sig) do {								\
	char text_[64];										\
	int s_ = reap(pid, text_);								\
	if (s_ == -1 || !WIFSIGNALED(s_) || WTERMSIG(s_) != (sig))				\
		fail(__FILE__, __LINE__, "child %s, want killed by %s", text_, strsignal(sig));	\
} while (0)

/* Poll for a condition, at most MS milliseconds; false if it never held. */
#define WAIT_UNTIL(condition, ms) ({								\
	uint64_t end_ = now_ns() + (ms) * 1000000ull;						\
	bool met_;										\
	while (!(met_ = (condition)) && now_ns() < end_)					\
		sleep_ms(1);									\
	met_; })

#endif
