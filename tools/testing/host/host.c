/* SPDX-License-Identifier: MIT */
/*
 * Runs the tests of lib/ on the host: the host's side of kernel/ktest.h, and the hooks that lib/ asks
 * its environment for. Prints TAP.
 */
#include <fnmatch.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As in kernel/ktest.h. */
struct ktest_case {
	const char *suite;
	const char *name;
	void (*run)(void);
} __attribute__((aligned(8)));

extern const struct ktest_case __start_ktest_cases[], __stop_ktest_cases[];

static bool failed;
static const char *skipped;
static uint64_t random_state = 0x9e3779b97f4a7c15;

extern long host_nodes_until_failure, host_nr_nodes;
long host_nodes_until_failure = -1;
long host_nr_nodes;

void ktest_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void ktest_skip(const char *reason);
void ktest_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
unsigned long host_random(void);
void *host_alloc(unsigned long size);
void host_free(void *p);
int host_vsnprintf(char *to, unsigned long size, const char *fmt, va_list args);
void *xa_node_alloc(unsigned int gfp);
void xa_node_free(void *node);

static void print_comment(const char *fmt, va_list args)
{
	printf("# ");
	vprintf(fmt, args);
	printf("\n");
}

void ktest_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	failed = true;
	printf("# %s:%d: ", file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

void ktest_skip(const char *reason)
{
	skipped = reason;
}

void ktest_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_comment(fmt, args);
	va_end(args);
}

/* The same numbers in each run (xorshift64*). */
unsigned long host_random(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1d;
}

void *host_alloc(unsigned long size)
{
	return malloc(size);
}

void host_free(void *p)
{
	free(p);
}

int host_vsnprintf(char *to, unsigned long size, const char *fmt, va_list args)
{
	return vsnprintf(to, size, fmt, args);
}

#define NODE_BYTES	568	/* sizeof(struct xa_node), asserted in xarray_test.c */

void *xa_node_alloc(unsigned int gfp)
{
	(void)gfp;
	if (host_nodes_until_failure == 0)
		return NULL;
	if (host_nodes_until_failure > 0)
		host_nodes_until_failure--;
	host_nr_nodes++;
	return calloc(1, NODE_BYTES);
}

void xa_node_free(void *node)
{
	host_nr_nodes--;
	free(node);
}

static bool is_wanted(const struct ktest_case *test, int count, char **patterns)
{
	char name[256];

	snprintf(name, sizeof(name), "%s.%s", test->suite, test->name);
	for (int i = 0; i < count; i++)
		if (!fnmatch(patterns[i], name, 0))
			return true;
	return count == 0;
}

/* The next case at or behind an address: clang's sanitizer puts zeros between variables. */
static const struct ktest_case *next_case(const void *from)
{
	const void *const *word = from;

	while ((const void *)word < (const void *)__stop_ktest_cases && !*word)
		word++;
	return (const void *)word;
}

int main(int argc, char **argv)
{
	int number = 0, nr_failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (const struct ktest_case *test = next_case(__start_ktest_cases);
	     test < __stop_ktest_cases; test = next_case(test + 1)) {
		if (!is_wanted(test, argc - 1, argv + 1))
			continue;
		failed = false;
		skipped = NULL;
		test->run();
		number++;
		nr_failed += failed;
		printf("%s %d - %s.%s", failed ? "not ok" : "ok", number, test->suite, test->name);
		printf(skipped ? " # SKIP %s\n" : "\n", skipped);
	}
	printf("1..%d\n", number);
	return nr_failed != 0;
}
