/* SPDX-License-Identifier: MIT */
/*
 * What the rows of the benchmark share.
 *
 * A row is a function run(n) that does one operation n times, and what must stand before it. Each row has a process and
 * an empty working folder of its own, so that a row that crashes, hangs or meets a missing call loses itself alone:
 *
 *	static int setup(void) { fd = open("/dev/zero", O_RDONLY); return fd; }
 *	static void run(long n) { while (n--) MUST(read(fd, &byte, 1)); }
 *	ROW("read", .setup = setup, .run = run)
 *
 * setup returns a negative number, with errno set, if the kernel lacks what the row needs: the row is then missing.
 * What MUST sees fail later makes it missing as well. Work that is no part of the operation stands between
 * clock_stop() and clock_go().
 */
#ifndef BENCH_H
#define BENCH_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct row {
	const char *name;
	int (*setup)(void);
	void (*run)(long n);
	void (*finish)(void);
	long argument; /* what the row's functions find in `argument` */
	long per;      /* operations in one round of run; 0 stands for 1 */
	int bulk;      /* most of it is a copy of bytes: printed apart */
	int waits; /* a kernel sleeps in it, which by the counting clock is work: not in the means */
	long least; /* rounds in a batch when instructions are counted: a row so dear that the target is a few of them */
	int scale;  /* run by two CPUs: scale.h */
	int shared; /* a row of scaling whose workers have one object */
	int timed;  /* waits for a device, for which instructions are no measure */
	struct row *next;
};

#define ROW_(line, ...) \
	static struct row row_##line = { .name = __VA_ARGS__ }; \
	static void __attribute__((constructor)) row_add_##line(void) { row_add(&row_##line); }
#define ROW__(line, ...) ROW_(line, __VA_ARGS__)
#define ROW(...) ROW__(__LINE__, __VA_ARGS__)

/* The row ends here, missing, if CALL is negative. */
#define MUST(call) ({ \
	__typeof__(call) must_ = (call); \
	if (must_ < 0) \
		row_fails(#call); \
	must_; })

/* What profile.c and sharing.c wait for: a long no-operation that no compiler makes. 1 starts counting, 0 ends it. */
#define MARK(number) __asm__ volatile(".byte 0x0f, 0x1f, 0x84, 0x00, 'M', 'B', " #number ", 'X'" : : : "memory")

extern long argument;
extern const char *self; /* this program's own file */

void row_add(struct row *row);
void row_fails(const char *call) __attribute__((noreturn));
void clock_stop(void);
void clock_go(void);

/* A child that runs body(argument) until it is killed at the row's end. */
pid_t helper(void (*body)(long), long body_argument);
void helpers_end(void);

/* Make a file of so many bytes; its descriptor, open for reading and writing, or a negative number. */
int make_file(const char *name, long size);

#endif
