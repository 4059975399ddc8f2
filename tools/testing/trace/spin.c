/* SPDX-License-Identifier: MIT */
/* spin: computes for 0.3 s in functions that the flame graph is to name, and asks for the time, in code that is none of its own. */
#include <time.h>

#define NOINLINE __attribute__((noinline, noclone))

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

	while (spin_inner() < end)
		;
	return end + 1;
}

int main(void)
{
	return spin_outer() == 0;
}
