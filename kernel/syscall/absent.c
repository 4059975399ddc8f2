// SPDX-License-Identifier: MIT
/* Numbers without a handler, and the names of all calls. */
#include <kernel/log.h>
#include <kernel/process.h>
#include <kernel/syscalls.h>
#include <lib/errno.h>
#include <generated/syscall_table.h>

static const struct syscall_info infos[NR_SYSCALLS] = {
#include <generated/syscall_names.h>
};

const struct syscall_info *syscall_info(unsigned long nr)
{
	return nr < NR_SYSCALLS && infos[nr].name ? &infos[nr] : NULL;
}

long sys_ni_syscall(void)
{
	long nr = thread_frame(current)->orig_rax;
	const struct syscall_info *info = syscall_info(nr);

	/* Programs probe for what Linux 6.1 does not have either, and for what came after it: no news. */
	if (info && info->expected)
		pr_info_ratelimited("%s[%d]: system call %s (%ld) is not there\n", current->name,
				    current->tid, info->name, nr);
	else if (nr < 0)
		pr_info_ratelimited("%s[%d]: system call %ld is not there\n", current->name,
				    current->tid, nr);
	return -ENOSYS;
}
