// SPDX-License-Identifier: MIT
/* The end: restart, halt, power off. */
#include <kernel/init.h>
#include <arch/stop.h>
#include <kernel/acpi.h>
#include <kernel/cred.h>
#include <kernel/log.h>
#include <kernel/mutex.h>
#include <kernel/power.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <kernel/sysrq.h>
#include <lib/kernel.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/reboot.h>

static DEFINE_MUTEX(power_lock);
static bool ctrl_alt_del_reboots = true; /* power_lock */

static __noreturn void halt(void)
{
	power_notify(POWER_EVENT_HALT);
	pr_emerg("System halted\n");
	arch_stop_other_cpus();
	arch_halt_forever();
}

static __noreturn void power_off(void)
{
	power_notify(POWER_EVENT_OFF);
	pr_emerg("Power down\n");
	acpi_power_off();
	pr_emerg("the machine did not switch off\n");
	arch_stop_other_cpus();
	arch_halt_forever();
}

static __noreturn void restart(const char *command)
{
	power_notify(POWER_EVENT_RESTART);
	if (command)
		pr_emerg("Restarting system with command '%s'\n", command);
	else
		pr_emerg("Restarting system\n");
	arch_stop_other_cpus();
	arch_reboot();
}

static long do_reboot(unsigned int command, const char *text)
{
	switch (command) {
	case LINUX_REBOOT_CMD_RESTART: restart(NULL);
	case LINUX_REBOOT_CMD_RESTART2: restart(text);
	case LINUX_REBOOT_CMD_HALT: halt();
	case LINUX_REBOOT_CMD_POWER_OFF: power_off();
	case LINUX_REBOOT_CMD_CAD_ON: ctrl_alt_del_reboots = true; return 0;
	case LINUX_REBOOT_CMD_CAD_OFF: ctrl_alt_del_reboots = false; return 0;
	}
	return -EINVAL; /* no suspend to disk, no kexec */
}

static void sysrq_restart(char letter)
{
	arch_reboot();
}

static void sysrq_power_off(char letter)
{
	power_off();
}

static struct sysrq_key keys[] = {
	{ .letter = 'b',
	  .enable = SYSRQ_ENABLE_BOOT,
	  .help = "reboot(b)",
	  .action = "Resetting",
	  .handle = sysrq_restart },
	{ .letter = 'o',
	  .sleeps = true,
	  .enable = SYSRQ_ENABLE_BOOT,
	  .help = "poweroff(o)",
	  .action = "Power Off",
	  .handle = sysrq_power_off },
};

void __init power_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++)
		sysrq_register(&keys[i]);
}

long sys_reboot(int magic1, int magic2, unsigned int command, void __user *arg)
{
	char text[256] = "";
	long result;

	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if ((unsigned int)magic1 != LINUX_REBOOT_MAGIC1 ||
	    (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A &&
	     magic2 != LINUX_REBOOT_MAGIC2B && magic2 != LINUX_REBOOT_MAGIC2C))
		return -EINVAL;
	/* What cannot be switched off is halted. */
	if (command == LINUX_REBOOT_CMD_POWER_OFF && !acpi_can_power_off())
		command = LINUX_REBOOT_CMD_HALT;
	if (command == LINUX_REBOOT_CMD_RESTART2 &&
	    strncpy_from_user(text, arg, sizeof(text) - 1) < 0)
		return -EFAULT;
	mutex_lock(&power_lock);
	result = do_reboot(command, text);
	mutex_unlock(&power_lock);
	return result;
}

void ctrl_alt_del(void)
{
	if (ctrl_alt_del_reboots) {
		mutex_lock(&power_lock);
		restart(NULL);
	}
	if (init_process)
		send_signal_process(init_process, SIGINT, SEND_SIG_PRIV);
}
