/* SPDX-License-Identifier: MIT */
/* Machine checks (Intel SDM volume 3, "Machine-Check Architecture"): what the banks hold, and the end if the context is lost. */
#include <arch/cpu.h>
#include <arch/traps.h>
#include <kernel/log.h>
#include <kernel/preempt.h>

#define MCG_CAP_CONTROL		BIT(8)	/* there is a global control register */
#define MCG_STATUS_RIPV		BIT(0)	/* the interrupted program can go on */
#define MC_STATUS_VALID		BIT(63)
#define MC_STATUS_UNCORRECTED	BIT(61)
#define MC_STATUS_ADDRESS	BIT(58)
#define MC_STATUS_CONTEXT_LOST	BIT(57)

static unsigned int nr_banks(void)
{
	return rdmsr(MSR_MCG_CAP) & 0xff;
}

void machine_check_init_cpu(void)
{
	if (!cpu_has(CPU_FEATURE_MCA))
		return;
	if (rdmsr(MSR_MCG_CAP) & MCG_CAP_CONTROL)
		wrmsr(MSR_MCG_CTL, ~0ull);
	for (unsigned int bank = 0; bank < nr_banks(); bank++) {
		wrmsr(MSR_MC0_CTL + 4 * bank, ~0ull);
		wrmsr(MSR_MC0_STATUS + 4 * bank, 0);
	}
}

static bool show_banks(void)
{
	bool fatal = false;

	for (unsigned int bank = 0; bank < nr_banks(); bank++) {
		u64 status = rdmsr(MSR_MC0_STATUS + 4 * bank);

		if (!(status & MC_STATUS_VALID))
			continue;
		pr_emerg("machine check on CPU %u: bank %u, status %016llx, address %016llx\n",
			 smp_processor_id(), bank, status,
			 status & MC_STATUS_ADDRESS ? rdmsr(MSR_MC0_ADDR + 4 * bank) : 0);
		fatal |= status & (MC_STATUS_UNCORRECTED | MC_STATUS_CONTEXT_LOST);
		wrmsr(MSR_MC0_STATUS + 4 * bank, 0);
	}
	return fatal;
}

void machine_check(void)
{
	bool fatal;

	if (!cpu_has(CPU_FEATURE_MCA))
		panic("machine check on a CPU that cannot say why");
	fatal = show_banks();
	if (fatal || !(rdmsr(MSR_MCG_STATUS) & MCG_STATUS_RIPV))
		panic("machine check");
	wrmsr(MSR_MCG_STATUS, 0);
}
