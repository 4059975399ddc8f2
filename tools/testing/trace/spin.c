/* SPDX-License-Identifier: MIT */
/*
 * spin: computes for 0.3 s in functions that the flame graph is to name, and asks for the time, in code that is none of its own. A host that is busy
 * may give it little of that time, so it does a certain amount of it at least: samples are taken while it runs.
 */
#include <time.h>

#define NOINLINE __attribute__((noinline, noclone))
#define ROUNDS_MIN 1500

static volatile unsigned long sink;

static NOINLINE long spin_time(void)
{
	struct timespec now = { 0 };

	for (int i = 0; i < 100; i++)
		clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A function that calls none would have no frame of its own, whatever the compiler is told. */
static NOINLINE long spin_inner(void)
{
	for (int i = 0; i < 10000; i++)
		sink += i;
	return spin_time() + 1;
}

static NOINLINE long spin_outer(void)
{
	long end = spin_time() + 300;

	for (int round = 0; spin_inner() < end || round < ROUNDS_MIN; round++)
		;
	return end + 1;
}

int main(void)
{
	return spin_outer() == 0;
}
