// SPDX-License-Identifier: MIT
/*
 * Clocks that count CPU time: of a process or a thread, this one or another.
 *
 * A number below zero names one: bits 0-1 what is counted (user and system, user, time on a CPU), bit 2 a thread's, the rest the
 * complement of a process or thread number, 0 being the caller's.
 */
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <uapi/time.h>
#include "internal.h"

#define CPU_CLOCK_USER_SYSTEM	0
#define CPU_CLOCK_USER		1
#define CPU_CLOCK_RUN		2
#define CPU_CLOCK_FD		3	/* no such device clocks */
#define CPU_CLOCK_THREAD	4

bool clock_is_cpu(clockid_t clock)
{
	return clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID ||
	       (clock < 0 && (clock & 3) != CPU_CLOCK_FD);
}

static clockid_t normalised(clockid_t clock)
{
	if (clock == CLOCK_PROCESS_CPUTIME_ID)
		return (clockid_t)(~0u << 3 | CPU_CLOCK_RUN);
	if (clock == CLOCK_THREAD_CPUTIME_ID)
		return (clockid_t)(~0u << 3 | CPU_CLOCK_RUN | CPU_CLOCK_THREAD);
	return clock;
}

struct process *cpu_clock_process(clockid_t clock, struct thread **t)
{
	s32 nr;

	*t = NULL;
	if (!clock_is_cpu(clock))
		return NULL;
	clock = normalised(clock);
	nr = ~(clock >> 3);
	if (!(clock & CPU_CLOCK_THREAD))
		return nr ? find_get_process(nr) : get_process(current->process);
	*t = nr ? find_get_thread(nr) : get_thread(current);
	/* A thread's clock is for its own process alone. */
	if (*t && (*t)->process != current->process) {
		put_thread(*t);
		*t = NULL;
	}
	return *t ? get_process((*t)->process) : NULL;
}

static u64 pick(clockid_t clock, u64 user_ns, u64 system_ns, u64 run_ns)
{
	switch (normalised(clock) & 3) {
	case CPU_CLOCK_USER_SYSTEM: return user_ns + system_ns;
	case CPU_CLOCK_USER: return user_ns;
	}
	return run_ns;
}

int cpu_clock_read(clockid_t clock, u64 *ns)
{
	struct process *p;
	struct thread *t;

	p = cpu_clock_process(clock, &t);
	if (!p)
		return -EINVAL;
	if (t) {
		u64 user_ns, system_ns;

		thread_cpu_times(t, &user_ns, &system_ns);
		*ns = pick(clock, user_ns, system_ns, thread_run_ns(t));
		put_thread(t);
	} else {
		struct process_times times;

		process_times(p, &times);
		*ns = pick(clock, times.user_ns, times.system_ns, times.run_ns);
	}
	put_process(p);
	return 0;
}
