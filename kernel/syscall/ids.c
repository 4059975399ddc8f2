// SPDX-License-Identifier: MIT
/* Who am I. */
#include <kernel/process.h>
#include <kernel/syscalls.h>

long sys_getpid(void)
{
	return current->process->pid->nr;
}

long sys_gettid(void)
{
	return current->tid;
}

long sys_getppid(void)
{
	return process_ppid(current->process);
}
