/* SPDX-License-Identifier: MIT */
/* Files of /proc about the machine and the kernel that belong to no one subsystem. */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/mitigations.h>
#include <drivers/block.h>
#include <fs/chrdev.h>
#include <fs/seq_file.h>
#include <kernel/boot.h>
#include <kernel/cpumask.h>
#include <kernel/cred.h>
#include <kernel/init.h>
#include <kernel/interrupt.h>
#include <kernel/kallsyms.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/uts.h>
#include <lib/string.h>
#include <mm/kernel_map.h>
#include <mm/mapping.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <mm/stat.h>
#include <uapi/capability.h>

#include "internal.h"

static unsigned long level(enum mm_level which) { return mm_level_read(which); }

/* Programs have pages of 4 KiB alone, in pools or otherwise; a page that fails stops the machine. */
static const char no_huge_pages[] =
	"HardwareCorrupted:     0 kB\nAnonHugePages:         0 kB\nShmemHugePages:        0 kB\n"
	"ShmemPmdMapped:        0 kB\nFileHugePages:         0 kB\nFilePmdMapped:         0 kB\n"
	"HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\nHugePages_Surp:        0\n"
	"Hugepagesize:       2048 kB\nHugetlb:               0 kB\n";

static int meminfo_show(struct seq_file *m, void *v)
{
	unsigned long shmem = level(MM_SHMEM), reclaimable = level(MM_SLAB_RECLAIMABLE),
		      unreclaimable = level(MM_SLAB_UNRECLAIMABLE), cached = level(MM_FILE_PAGES),
		      buffers = bdev_cached_pages(), direct[3];
	const struct {
		const char *name;
		unsigned long kb;
	} lines[] = {
		{ "MemTotal:       ", pages_kib(total_ram_pages()) },
		{ "MemFree:        ", pages_kib(nr_free_pages()) },
		{ "MemAvailable:   ", pages_kib(nr_available_pages()) },
		{ "Buffers:        ", pages_kib(buffers) },
		{ "Cached:         ", pages_kib(cached > buffers ? cached - buffers : 0) },
		{ "SwapCached:     ", 0 },
		{ "Active:         ", pages_kib(level(MM_ACTIVE_FILE) + level(MM_ANON_PAGES)) },
		{ "Inactive:       ", pages_kib(level(MM_INACTIVE_FILE)) },
		{ "Active(anon):   ", pages_kib(level(MM_ANON_PAGES)) },
		{ "Inactive(anon): ", 0 },
		{ "Active(file):   ", pages_kib(level(MM_ACTIVE_FILE)) },
		{ "Inactive(file): ", pages_kib(level(MM_INACTIVE_FILE)) },
		{ "Unevictable:    ", pages_kib(level(MM_UNEVICTABLE)) },
		{ "Mlocked:        ", pages_kib(level(MM_MLOCKED)) },
		{ "SwapTotal:      ", 0 },
		{ "SwapFree:       ", 0 },
		{ "Zswap:          ", 0 },
		{ "Zswapped:       ", 0 },
		{ "Dirty:          ", pages_kib(level(MM_DIRTY)) },
		{ "Writeback:      ", pages_kib(level(MM_WRITEBACK)) },
		{ "AnonPages:      ", pages_kib(level(MM_ANON_PAGES)) },
		{ "Mapped:         ", pages_kib(level(MM_FILE_MAPPED)) },
		{ "Shmem:          ", pages_kib(shmem) },
		{ "KReclaimable:   ", pages_kib(reclaimable) },
		{ "Slab:           ", pages_kib(reclaimable + unreclaimable) },
		{ "SReclaimable:   ", pages_kib(reclaimable) },
		{ "SUnreclaim:     ", pages_kib(unreclaimable) },
		{ "KernelStack:    ", level(MM_KERNEL_STACKS) },
		{ "PageTables:     ", pages_kib(level(MM_PAGE_TABLES)) },
		{ "SecPageTables:  ", 0 },
		{ "NFS_Unstable:   ", 0 },
		{ "Bounce:         ", pages_kib(level(MM_BOUNCE)) },
		{ "WritebackTmp:   ", 0 },
		{ "CommitLimit:    ", pages_kib(commit_limit_pages()) },
		{ "Committed_AS:   ", pages_kib(level(MM_COMMITTED)) },
		{ "VmallocTotal:   ", vmalloc_total_bytes() >> 10 },
		{ "VmallocUsed:    ", pages_kib(level(MM_VMALLOC)) },
		{ "VmallocChunk:   ", 0 },
		{ "Percpu:         ", pages_kib(level(MM_PERCPU)) },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(lines); i++) {
		seq_put_decimal(m, lines[i].name, lines[i].kb, 8);
		seq_write(m, " kB\n", 4);
	}
	seq_write(m, no_huge_pages, sizeof(no_huge_pages) - 1);
	direct_map_read(direct);
	seq_put_decimal(m, "DirectMap4k:    ", direct[0] << 2, 8);
	seq_put_decimal(m, " kB\nDirectMap2M:    ", direct[1] << 11, 8);
	if (cpu_has(CPU_FEATURE_PAGE_1GB))
		seq_put_decimal(m, " kB\nDirectMap1G:    ", direct[2] << 20, 8);
	seq_write(m, " kB\n", 4);
	return 0;
}

static unsigned long ticks(u64 ns) { return ns / NSEC_PER_USER_TICK; }

struct cpu_times { u64 user, nice, system, idle, irq; };

static void get_cpu_times(unsigned int cpu, struct cpu_times *t)
{
	sched_cpu_times(cpu, &t->user, &t->nice, &t->system, &t->irq);
	t->idle = cpu_idle_ns(cpu);
}

static void show_cpu_line(struct seq_file *m, const struct cpu_times *t)
{
	seq_put_decimal(m, " ", ticks(t->user), 0);
	seq_put_decimal(m, " ", ticks(t->nice), 0);
	seq_put_decimal(m, " ", ticks(t->system), 0);
	seq_put_decimal(m, " ", ticks(t->idle), 0);
	seq_put_decimal(m, " 0 ", ticks(t->irq), 0);
	seq_puts(m, " 0 0 0 0\n");
}

static u64 irq_sum(const struct irq_desc *desc)
{
	unsigned int cpu;
	u64 sum = 0;

	for_each_online_cpu(cpu)
		sum += irq_count(desc, cpu);
	return sum;
}

static int stat_show(struct seq_file *m, void *v)
{
	struct cpu_times sum = { 0 }, t;
	const char *description;
	unsigned int cpu;
	u64 interrupts = 0;

	for_each_online_cpu(cpu) {
		get_cpu_times(cpu, &t);
		sum.user += t.user;
		sum.nice += t.nice;
		sum.system += t.system;
		sum.idle += t.idle;
		sum.irq += t.irq;
	}
	seq_puts(m, "cpu ");
	show_cpu_line(m, &sum);
	for_each_online_cpu(cpu) {
		get_cpu_times(cpu, &t);
		seq_put_decimal(m, "cpu", cpu, 0);
		show_cpu_line(m, &t);
	}
	for (unsigned int irq = 0; irq < nr_irqs(); irq++) {
		const struct irq_desc *desc = irq_to_desc(irq);

		if (desc)
			interrupts += irq_sum(desc);
	}
	for (unsigned int i = 0; irq_system_name(i, &description); i++)
		for_each_online_cpu(cpu)
			interrupts += irq_system_count(i, cpu);
	seq_printf(m, "intr %llu", (unsigned long long)interrupts);
	for (unsigned int irq = 0; irq < nr_irqs(); irq++) {
		const struct irq_desc *desc = irq_to_desc(irq);

		seq_put_decimal(m, " ", desc ? irq_sum(desc) : 0, 0);
	}
	/* Interrupts leave nothing for later: there are no softirqs. */
	seq_printf(m,
		   "\nctxt %llu\nbtime %llu\nprocesses %d\nprocs_running %u\nprocs_blocked 0\n"
		   "softirq 0 0 0 0 0 0 0 0 0 0 0\n",
		   sched_nr_switches(),
		   (unsigned long long)(ktime_get_real_ns() - ktime_get_boottime_ns()) /
			   NSEC_PER_SEC,
		   last_pid, sched_nr_running());
	return 0;
}

static int interrupts_show(struct seq_file *m, void *v)
{
	const char *name, *description;
	unsigned int cpu;

	seq_puts(m, "     ");
	for_each_online_cpu(cpu)
		seq_printf(m, "       CPU%-2u", cpu);
	seq_putc(m, '\n');
	for (unsigned int irq = 0; irq < nr_irqs(); irq++) {
		struct irq_desc *desc = irq_to_desc(irq);
		unsigned long flags;
		bool first = true;

		if (!desc || (!desc->actions && !irq_sum(desc)))
			continue;
		seq_printf(m, "%4u:", irq);
		for_each_online_cpu(cpu)
			seq_printf(m, " %10u", irq_count(desc, cpu));
		seq_printf(m, "  %-12s %3u-%s", desc->chip ? desc->chip->name : "none", irq,
			   desc->trigger & (IRQF_TRIGGER_HIGH | IRQF_TRIGGER_LOW) ? "level"
										  : "edge");
		spin_lock_irqsave(&desc->lock, flags);
		for (struct irq_action *a = desc->actions; a; a = a->next, first = false)
			seq_printf(m, "%s%s", first ? "      " : ", ", a->name ?: "?");
		spin_unlock_irqrestore(&desc->lock, flags);
		seq_putc(m, '\n');
	}
	for (unsigned int i = 0; (name = irq_system_name(i, &description)); i++) {
		seq_printf(m, "%4s:", name);
		for_each_online_cpu(cpu)
			seq_printf(m, " %10llu", (unsigned long long)irq_system_count(i, cpu));
		seq_printf(m, "   %s\n", description);
	}
	return 0;
}

#define LOAD_INT(x)	((x) >> 11)
#define LOAD_FRAC(x)	LOAD_INT(((x) & 2047) * 100)

static int loadavg_show(struct seq_file *m, void *v)
{
	unsigned long load[3];

	for (unsigned int i = 0; i < 3; i++)
		load[i] = sched_load_average(i) + 10; /* rounds to 1/200 */
	seq_printf(m, "%lu.%02lu %lu.%02lu %lu.%02lu %u/%d %d\n", LOAD_INT(load[0]),
		   LOAD_FRAC(load[0]), LOAD_INT(load[1]), LOAD_FRAC(load[1]), LOAD_INT(load[2]),
		   LOAD_FRAC(load[2]), sched_nr_running(), atomic_read(&nr_user_threads), last_pid);
	return 0;
}

static int uptime_show(struct seq_file *m, void *v)
{
	u64 up = ktime_get_boottime_ns(), idle = 0;
	unsigned int cpu;

	for_each_online_cpu(cpu)
		idle += cpu_idle_ns(cpu);
	seq_printf(m, "%llu.%02llu %llu.%02llu\n", up / NSEC_PER_SEC, up % NSEC_PER_SEC / 10000000,
		   idle / NSEC_PER_SEC, idle % NSEC_PER_SEC / 10000000);
	return 0;
}

static int version_show(struct seq_file *m, void *v)
{
	seq_printf(m, "Mortise version %s (%s) %s\n", system_uts.release, CONFIG_CC_VERSION_TEXT,
		   system_uts.version);
	return 0;
}

static int cmdline_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%s\n", boot_info.command_line);
	return 0;
}

/* --- cpuinfo --- */

/* Linux's words for the bits of the words of cpu_info.features; NULL: it shows none. */
static const char *const flags_1_edx[32] = {
	"fpu",	"vme",	"de",	"pse", "tsc",  "msr", "pae",   "mce", "cx8",	 "apic", NULL,
	"sep",	"mtrr", "pge",	"mca", "cmov", "pat", "pse36", "pn",  "clflush", NULL,	 "dts",
	"acpi", "mmx",	"fxsr", "sse", "sse2", "ss",  "ht",    "tm",  "ia64",	 "pbe",
};
static const char *const flags_1_ecx[32] = {
	"pni",	  "pclmulqdq",	"dtes64", "monitor", "ds_cpl",
	"vmx",	  "smx",	"est",	  "tm2",     "ssse3",
	"cid",	  "sdbg",	"fma",	  "cx16",    "xtpr",
	"pdcm",	  NULL,		"pcid",	  "dca",     "sse4_1",
	"sse4_2", "x2apic",	"movbe",  "popcnt",  "tsc_deadline_timer",
	"aes",	  "xsave",	NULL,	  "avx",     "f16c",
	"rdrand", "hypervisor",
};
static const char *const flags_7_ebx[32] = {
	"fsgsbase",   "tsc_adjust", "sgx",	  "bmi1",     "hle",	  "avx2",     NULL,
	"smep",	      "bmi2",	    "erms",	  "invpcid",  "rtm",	  "cqm",      NULL,
	"mpx",	      "rdt_a",	    "avx512f",	  "avx512dq", "rdseed",	  "adx",      "smap",
	"avx512ifma", NULL,	    "clflushopt", "clwb",     "intel_pt", "avx512pf", "avx512er",
	"avx512cd",   "sha_ni",	    "avx512bw",	  "avx512vl",
};
static const char *const flags_7_ecx[32] = {
	NULL,
	"avx512vbmi",
	"umip",
	"pku",
	"ospke",
	"waitpkg",
	"avx512_vbmi2",
	NULL,
	"gfni",
	"vaes",
	"vpclmulqdq",
	"avx512_vnni",
	"avx512_bitalg",
	"tme",
	"avx512_vpopcntdq",
	NULL,
	"la57",
	NULL,
	NULL,
	NULL,
	NULL,
	NULL,
	"rdpid",
	NULL,
	"bus_lock_detect",
	"cldemote",
	NULL,
	"movdiri",
	"movdir64b",
	"enqcmd",
	"sgx_lc",
	NULL,
};
static const char *const flags_7_edx[32] = {
	[2] = "avx512_4vnniw",	     [3] = "avx512_4fmaps", [4] = "fsrm",
	[8] = "avx512_vp2intersect", [10] = "md_clear",	    [14] = "serialize",
	[16] = "tsxldtrk",	     [28] = "flush_l1d",    [29] = "arch_capabilities",
};
static const char *const flags_ext1_edx[32] = {
	[11] = "syscall", [19] = "mp",	   [20] = "nx", [22] = "mmxext",   [25] = "fxsr_opt",
	[26] = "pdpe1gb", [27] = "rdtscp", [29] = "lm", [30] = "3dnowext", [31] = "3dnow",
};
static const char *const flags_ext1_ecx[32] = {
	"lahf_lm",    "cmp_legacy",  "svm",
	"extapic",    "cr8_legacy",  "abm",
	"sse4a",      "misalignsse", "3dnowprefetch",
	"osvw",	      "ibs",	     "xop",
	"skinit",     "wdt",	     NULL,
	"lwp",	      "fma4",	     "tce",
	NULL,	      "nodeid_msr",  NULL,
	"tbm",	      "topoext",     "perfctr_core",
	"perfctr_nb", NULL,	     "bpext",
	"ptsc",	      "perfctr_llc", "mwaitx",
	NULL,	      NULL,
};
static const char *const flags_13_1_eax[32] = { "xsaveopt", "xsavec", "xgetbv1", "xsaves" };
static const char *const *const flag_words[CPU_FEATURE_CPUID_WORDS] = {
	flags_1_edx,	flags_1_ecx, flags_7_ebx, flags_7_ecx,	  flags_7_edx, flags_ext1_edx,
	flags_ext1_ecx, NULL,	     NULL,	  flags_13_1_eax, NULL,
};

static void show_cpu(struct seq_file *m, unsigned int cpu)
{
	u64 khz = arch_tsc_hz() / 1000;

	seq_printf(
		m,
		"processor\t: %u\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\nmodel name\t: %s\nstepping\t: %u\n",
		cpu, boot_cpu.vendor, boot_cpu.family, boot_cpu.model, boot_cpu.model_name,
		boot_cpu.stepping);
	if (khz)
		seq_printf(m, "cpu MHz\t\t: %llu.%03llu\n", khz / 1000, khz % 1000);
	seq_printf(
		m,
		"physical id\t: 0\nsiblings\t: %u\ncore id\t\t: %u\ncpu cores\t: %u\napicid\t\t: %u\n",
		num_online_cpus(), cpu, num_online_cpus(), cpu);
	seq_printf(m,
		   "fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: %u\nwp\t\t: yes\nflags\t\t:",
		   boot_cpu.max_leaf);
	for (unsigned int w = 0; w < CPU_FEATURE_CPUID_WORDS; w++)
		for (unsigned int bit = 0; flag_words[w] && bit < 32; bit++)
			if ((boot_cpu.features[w] >> bit & 1) && flag_words[w][bit])
				seq_printf(m, " %s", flag_words[w][bit]);
	if (cpu_has(CPU_FEATURE_INVARIANT_TSC))
		seq_puts(m, " constant_tsc nonstop_tsc");
	seq_puts(m, "\nbugs\t\t:");
	for (unsigned int bug = 0; bug < 32; bug++)
		if (cpu_bug_name(bug))
			seq_printf(m, " %s", cpu_bug_name(bug));
	seq_printf(
		m,
		"\nbogomips\t: %llu.%02llu\nclflush size\t: %u\ncache_alignment\t: %u\naddress sizes\t: %u bits physical, %u bits virtual\n\n",
		khz / 500, khz / 5 % 100, boot_cpu.cache_line_size, boot_cpu.cache_line_size,
		boot_cpu.physical_bits, boot_cpu.virtual_bits);
}

static void *cpus_start(struct seq_file *m, loff_t *pos)
{
	*pos = *pos >= nr_cpu_ids ? nr_cpu_ids : cpumask_next((int)*pos - 1, &cpu_online_mask);
	return *pos < nr_cpu_ids ? (void *)(unsigned long)(*pos + 1) : NULL;
}

static void *cpus_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return cpus_start(m, pos);
}

static void no_stop(struct seq_file *m, void *v) { }

static int cpus_show(struct seq_file *m, void *v)
{
	show_cpu(m, (unsigned long)v - 1);
	return 0;
}

static const struct seq_operations cpuinfo_ops = { .start = cpus_start, .next = cpus_next, .stop = no_stop, .show = cpus_show };

/* --- registries --- */

static void show_type(struct file_system_type *type, void *arg)
{
	seq_printf(arg, "%s\t%s\n", type->flags & FS_REQUIRES_DEV ? "" : "nodev", type->name);
}

static int filesystems_show(struct seq_file *m, void *v)
{
	for_each_fs_type(show_type, m);
	return 0;
}

void (*proc_show_block_majors)(struct seq_file *m);

static int devices_show(struct seq_file *m, void *v)
{
	seq_puts(m, "Character devices:\n");
	chrdev_show(m);
	seq_puts(m, "\nBlock devices:\n");
	if (proc_show_block_majors)
		proc_show_block_majors(m);
	return 0;
}

static int swaps_show(struct seq_file *m, void *v)
{
	seq_puts(m, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return 0;
}

/* --- memory in detail --- */

static int vmstat_show(struct seq_file *m, void *v)
{
	static const struct {
		const char *name;
		enum mm_level level;
	} levels[] = {
		{ "nr_anon_pages", MM_ANON_PAGES },
		{ "nr_file_pages", MM_FILE_PAGES },
		{ "nr_shmem", MM_SHMEM },
		{ "nr_mapped", MM_FILE_MAPPED },
		{ "nr_dirty", MM_DIRTY },
		{ "nr_writeback", MM_WRITEBACK },
		{ "nr_page_table_pages", MM_PAGE_TABLES },
		{ "nr_kernel_page_table_pages", MM_KERNEL_TABLES },
		{ "nr_slab_reclaimable", MM_SLAB_RECLAIMABLE },
		{ "nr_slab_unreclaimable", MM_SLAB_UNRECLAIMABLE },
		{ "nr_active_file", MM_ACTIVE_FILE },
		{ "nr_inactive_file", MM_INACTIVE_FILE },
		{ "nr_unevictable", MM_UNEVICTABLE },
		{ "nr_mlock", MM_MLOCKED },
	};

	seq_printf(m, "nr_free_pages %lu\n", nr_free_pages());
	for (unsigned int i = 0; i < ARRAY_SIZE(levels); i++)
		seq_printf(m, "%s %lu\n", levels[i].name, level(levels[i].level));
	for (unsigned int i = 0; i < NR_MM_EVENTS; i++)
		seq_printf(m, "%s %lu\n", mm_event_names[i], mm_event_read(i));
	return 0;
}

static int zoneinfo_show(struct seq_file *m, void *v)
{
	struct zone_report z;

	for (unsigned int i = 0; zone_report(i, &z); i++)
		seq_printf(
			m,
			"Node %u, zone %8s\n  pages free     %lu\n        min      %lu\n        low      %lu\n        high     %lu\n"
			"        spanned  %lu\n        present  %lu\n        managed  %lu\n  start_pfn:           %lu\n",
			z.node, z.name, z.free, z.min, z.low, z.high, z.spanned, z.present,
			z.managed, z.start_pfn);
	return 0;
}

static int buddyinfo_show(struct seq_file *m, void *v)
{
	struct zone_report z;

	for (unsigned int i = 0; zone_report(i, &z); i++) {
		seq_printf(m, "Node %u, zone %8s ", z.node, z.name);
		for (unsigned int order = 0; order <= MAX_ORDER; order++)
			seq_printf(m, "%6lu ", z.free_blocks[order]);
		seq_putc(m, '\n');
	}
	return 0;
}

static int slabinfo_show(struct seq_file *m, void *v)
{
	struct slab_report s;

	seq_puts(
		m,
		"slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> "
		": tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	for (unsigned int i = 0; slab_report(i, &s); i++)
		seq_printf(
			m,
			"%-17s %6lu %6lu %6u %4u %4u : tunables %4u %4u    0 : slabdata %6lu %6lu      0\n",
			s.name, s.active_objects, s.objects, s.object_size, s.objects_per_slab,
			s.pages_per_slab, s.limit, s.batch, s.active_slabs, s.slabs);
	return 0;
}

/* --- kallsyms: the position is kallsyms_next's, which is 0 at the start and moves in its own steps --- */

static void *symbols_start(struct seq_file *m, loff_t *pos)
{
	struct kallsyms_symbol *symbol = m->private;
	size_t position = *pos;

	return kallsyms_next(&position, symbol) ? symbol : NULL;
}

static void *symbols_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct kallsyms_symbol *symbol = v;
	size_t position = *pos;

	kallsyms_next(&position, symbol);
	*pos = position;
	return symbols_start(m, pos);
}

static int symbols_show(struct seq_file *m, void *v)
{
	const struct kallsyms_symbol *symbol = v;

	seq_printf(m, "%016lx %c %s\n", capable(CAP_SYSLOG) ? symbol->address : 0ul, symbol->type,
		   symbol->name);
	return 0;
}

static const struct seq_operations symbols_ops = { .start = symbols_start, .next = symbols_next, .stop = no_stop, .show = symbols_show };

static int symbols_open(struct inode *inode, struct file *file)
{
	struct kallsyms_symbol *symbol = kmalloc(sizeof(*symbol), GFP_KERNEL);
	int error = symbol ? seq_open(file, &symbols_ops) : -ENOMEM;

	if (error)
		kfree(symbol);
	else
		((struct seq_file *)file->private)->private = symbol;
	return error;
}

static void symbols_release(struct inode *inode, struct file *file)
{
	kfree(((struct seq_file *)file->private)->private);
	seq_release(inode, file);
}

static const struct file_operations kallsyms_fops = {
	.open = symbols_open,
	.read_iter = seq_read_iter,
	.llseek = seq_lseek,
	.release = symbols_release,
};

void __init proc_kernel_files(void)
{
	static const struct {
		const char *name;
		u32 mode;
		int (*show)(struct seq_file *m, void *v);
	} files[] = {
		{ "meminfo", 0444, meminfo_show },	 { "stat", 0444, stat_show },
		{ "interrupts", 0444, interrupts_show }, { "loadavg", 0444, loadavg_show },
		{ "uptime", 0444, uptime_show },	 { "version", 0444, version_show },
		{ "cmdline", 0444, cmdline_show },	 { "filesystems", 0444, filesystems_show },
		{ "devices", 0444, devices_show },	 { "swaps", 0444, swaps_show },
		{ "vmstat", 0444, vmstat_show },	 { "zoneinfo", 0444, zoneinfo_show },
		{ "buddyinfo", 0444, buddyinfo_show },	 { "slabinfo", 0400, slabinfo_show },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(files); i++)
		if (!proc_create_single(files[i].name, files[i].mode, files[i].show, NULL))
			pr_err("proc: no /proc/%s\n", files[i].name);
	proc_create_seq("cpuinfo", 0444, &cpuinfo_ops, NULL);
	proc_create("kallsyms", 0444, &kallsyms_fops, NULL);
}
