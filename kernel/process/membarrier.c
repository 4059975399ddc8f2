// SPDX-License-Identifier: MIT
/* membarrier: makes all threads, or those of this process, pass through a memory barrier, so that their fast paths need none. */
#include <kernel/process.h>
#include <kernel/rcu.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/syscalls.h>
#include <mm/space.h>
#include <uapi/membarrier.h>
#include "internal.h"

#define REGISTER_COMMANDS (MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED | \
			   MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ)
#define ALL_COMMANDS	(MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED | \
			 MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE | MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ | REGISTER_COMMANDS)

/* The interrupt itself is the barrier; its IRETQ serialises instructions too. */
static void barrier_here(void *info)
{
	smp_mb();
}

static void abort_sequences_here(void *info)
{
	if (current->rseq)
		set_thread_flag(current, TF_NOTIFY_RESUME);
	smp_mb();
}

static long private_barrier(smp_call_func_t func, int cpu)
{
	smp_mb();
	preempt_disable();
	if (cpu >= 0)
		smp_call_function_single(cpu, func, NULL, true);
	else
		smp_call_function_many(&current->space->cpus, func, NULL, true);
	preempt_enable();
	smp_mb();
	return 0;
}

static bool is_registered(unsigned long command)
{
	return READ_ONCE(current->process->membarrier_state) & command;
}

long sys_membarrier(int command, unsigned int flags, int cpu)
{
	struct process *p = current->process;

	if (command == MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ) {
		if (flags && flags != MEMBARRIER_CMD_FLAG_CPU)
			return -EINVAL;
	} else if (flags) {
		return -EINVAL;
	}
	if (!(flags & MEMBARRIER_CMD_FLAG_CPU))
		cpu = -1;
	else if (cpu < 0 || (unsigned int)cpu >= nr_cpu_ids || !cpu_online(cpu))
		return cpu < 0 || (unsigned int)cpu >= nr_cpu_ids ? -EINVAL : 0;
	switch (command) {
	case MEMBARRIER_CMD_QUERY: return ALL_COMMANDS;
	case MEMBARRIER_CMD_GLOBAL:
		if (num_online_cpus() > 1)
			synchronize_rcu();
		return 0;
	case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
		preempt_disable();
		smp_call_function_many(&cpu_online_mask, barrier_here, NULL, true);
		preempt_enable();
		return 0;
	case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ:
		__atomic_fetch_or(&p->membarrier_state, command, __ATOMIC_SEQ_CST);
		return 0;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		return is_registered(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
			       ? private_barrier(barrier_here, -1)
			       : -EPERM;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE:
		return is_registered(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE)
			       ? private_barrier(barrier_here, -1)
			       : -EPERM;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ:
		if (!is_registered(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ))
			return -EPERM;
		return private_barrier(abort_sequences_here, cpu);
	}
	return -EINVAL;
}
