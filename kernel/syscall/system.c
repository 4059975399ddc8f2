// SPDX-License-Identifier: MIT
/* The system as a whole: its names, figures, restart; which CPU. */
#include <kernel/cred.h>
#include <kernel/mutex.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <kernel/uts.h>
#include <lib/string.h>
#include <mm/gfp.h>
#include <mm/stat.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/personality.h>
#include <uapi/sysinfo.h>
#include <uapi/utsname.h>

DECLARE_RWSEM(uts_lock);
struct new_utsname system_uts = {
	/* the ABI that programs ask for; who made it stands in version */
	.sysname = "Linux",	   .nodename = "(none)",
	.release = CONFIG_RELEASE, .version = "#1 SMP PREEMPT Mortise",
	.machine = "x86_64",	   .domainname = "(none)",
};

long sys_uname(struct new_utsname __user *name)
{
	struct new_utsname out;

	down_read(&uts_lock);
	out = system_uts;
	up_read(&uts_lock);
	/* Programs that cannot bear a version of 3 or more asked for 2.6.40 + minor. */
	if (current->process->personality & UNAME26)
		strscpy(out.release, "2.6.61", sizeof(out.release));
	if ((current->process->personality & PER_MASK) == PER_LINUX32)
		strscpy(out.machine, "i686", sizeof(out.machine));
	return copy_to_user(name, &out, sizeof(out)) ? -EFAULT : 0;
}

static long set_uts_name(char *field, const char __user *name, int len)
{
	char text[__NEW_UTS_LEN + 1] = "";

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len > __NEW_UTS_LEN)
		return -EINVAL;
	if (copy_from_user(text, name, len))
		return -EFAULT;
	down_write(&uts_lock);
	memcpy(field, text, sizeof(text));
	up_write(&uts_lock);
	return 0;
}

long sys_sethostname(char __user *name, int len)
{
	return set_uts_name(system_uts.nodename, name, len);
}

long sys_setdomainname(char __user *name, int len)
{
	return set_uts_name(system_uts.domainname, name, len);
}

long sys_sysinfo(struct sysinfo __user *uinfo)
{
	int nr_threads = min(atomic_read(&nr_user_threads), 65535);
	struct sysinfo info = {
		.uptime = (ktime_get_boottime_ns() + NSEC_PER_SEC - 1) / NSEC_PER_SEC,
		.totalram = total_ram_pages() << PAGE_SHIFT,
		.freeram = nr_free_pages() << PAGE_SHIFT,
		.sharedram = (unsigned long)mm_level_read(MM_SHMEM) << PAGE_SHIFT,
		.procs = nr_threads,
		.mem_unit = 1,
	};

	/* The scheduler's fixed point has 11 bits behind the point, this structure's 16. */
	for (unsigned int i = 0; i < 3; i++)
		info.loads[i] = sched_load_average(i) << (SI_LOAD_SHIFT - 11);
	return copy_to_user(uinfo, &info, sizeof(info)) ? -EFAULT : 0;
}

long sys_getcpu(unsigned int __user *cpu, unsigned int __user *node, void __user *unused)
{
	if (cpu && put_user(smp_processor_id(), cpu))
		return -EFAULT;
	return node && put_user(0u, node) ? -EFAULT : 0;
}
