/* SPDX-License-Identifier: MIT */
/*
 * Allocation failures, one at a time. See faults.c.
 *
 * A call is described by a struct call. Each round: prepare(), then with the N-th allocation failing run(), then undo(result) if it succeeded and
 * restore() in any case. What is in use must be the same after every round.
 */
#ifndef FAULTS_H
#define FAULTS_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

struct outcome {
	long result; /* of the call */
	int error;   /* errno if it was -1 */
	int failed;  /* allocations that were reached and failed: 0, 1, 2 */
	unsigned long calls;
	char site[96];
};

struct call {
	const char *name;
	long (*run)(void);
	void (*undo)(long result);
	void (*prepare)(void); /* before each round */
	void (*restore)(void); /* behind each round */
	void (*start)(void);   /* once, before the first */
	void (*finish)(void);  /* once */
	/* Instead of run: one round with the N-th failing, by another process. */
	void (*round)(const struct call *call, unsigned long nth, struct outcome *outcome);
	const char *path; /* for round */
	int errors[4];	  /* that may come besides ENOMEM, as on Linux */
	bool never;	  /* must not fail at all */
};

#define CALL(name_, ...)									\
	static const struct call __attribute__((aligned(8))) name_ = { .name = #name_, __VA_ARGS__ };				\
	static const struct call *const entry_##name_ __attribute__((section("calls"), used)) = &name_

/* From now on the N-th allocation of this thread fails; 0: none. */
void arm(unsigned long nth);
/* Ends it. */
void disarm(struct outcome *outcome);
void parse_result(const char *text, struct outcome *outcome);
extern int fault_fd;

/* Ends the program: the test itself cannot go on. */
void give_up(const char *what) __attribute__((noreturn));
#define MUST(call) ({ long r_ = (long)(call); if (r_ == -1) give_up(#call); r_; })

#endif
