// SPDX-License-Identifier: MIT
/*
 * Magic SysRq (kernel/sysrq.h): who may ask, and the letters about threads and CPUs.
 *
 * What keyboards and serial lines ask for is handled in an interrupt, so that it works while no thread
 * does; only what must sleep goes to a worker. `waiting` is the letter on its way: set by who asks,
 * cleared when it begins to be handled.
 */
#include <kernel/sysrq.h>

#include <kernel/atomic.h>
#include <kernel/backtrace.h>
#include <kernel/hardirq.h>
#include <kernel/init.h>
#include <kernel/irq_work.h>
#include <kernel/log.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/thread_look.h>
#include <lib/kernel.h>
#include <lib/printf.h>
#include <lib/rculist.h>
#include <mm/oom.h>
#include <mm/stat.h>
#include "internal.h"

int sysrq_enabled = 1;

static struct sysrq_key *keys; /* written during boot only */

/* ---- Threads ---- */

static void show_thread(struct thread *t)
{
	char name[sizeof_field(struct thread, name)];
	struct thread_look look;
	bool asleep = thread_look(t, &look);

	get_thread_name(name, t);
	pr_info("task:%-15s state:%c cpu:%-3u pid:%-6d ppid:%d\n", name, thread_state_letter(t),
		READ_ONCE(t->cpu), t->tid, t->process ? process_ppid(t->process) : 0);
	if (asleep)
		thread_look_show(KERN_INFO, &look);
	else
		pr_info("  %s\n", READ_ONCE(t->on_cpu) ? "runs" : "is about to run, or ends");
}

static void show_threads(bool (*is_wanted)(const struct thread *t))
{
	const struct process *p;
	struct thread *t;

	rcu_read_lock();
	list_for_each_entry_rcu(t, &kernel_threads, kthread_node)
		if (is_wanted(t))
			show_thread(t);
	list_for_each_entry_rcu(p, &all_processes, all_node)
		list_for_each_entry_rcu(t, &p->threads, process_node)
			if (is_wanted(t))
				show_thread(t);
	rcu_read_unlock();
}

static bool is_any(const struct thread *t)
{
	return true;
}

static bool is_blocked(const struct thread *t)
{
	unsigned int state = READ_ONCE(t->state);

	return (state & THREAD_UNINTERRUPTIBLE) && !(state & THREAD_NOLOAD);
}

#ifdef CONFIG_DEBUG_LOCKS
static bool has_locks(const struct thread *t)
{
	return READ_ONCE(t->nr_held);
}

static void show_locks(char letter)
{
	show_threads(has_locks);
}
#endif

static void show_all(char letter)
{
	show_threads(is_any);
}

static void show_blocked(char letter)
{
	show_threads(is_blocked);
}

/* ---- CPUs ---- */

static void show_registers_here(char letter)
{
	const struct trap_frame *frame = get_irq_frame();

	show_who(KERN_INFO);
	if (frame)
		show_registers(KERN_INFO, frame, 0);
	show_backtrace(KERN_INFO, frame);
}

static void show_all_cpus(char letter)
{
	show_who(KERN_INFO);
	show_backtrace(KERN_INFO, get_irq_frame());
	if (!show_other_cpus(KERN_INFO))
		pr_info("another CPU is just asking where the others are\n");
}

/* ---- Memory ---- */

static void show_memory(char letter)
{
	pr_info("Mem-Info: total %lukB free %lukB available %lukB\n", pages_kib(total_ram_pages()),
		pages_kib(nr_free_pages()), pages_kib(nr_available_pages()));
	pr_info("anon %lukB file %lukB shmem %lukB dirty %lukB writeback %lukB\n",
		pages_kib(mm_level_read(MM_ANON_PAGES)), pages_kib(mm_level_read(MM_FILE_PAGES)),
		pages_kib(mm_level_read(MM_SHMEM)), pages_kib(mm_level_read(MM_DIRTY)),
		pages_kib(mm_level_read(MM_WRITEBACK)));
	pr_info("slab_reclaimable %lukB slab_unreclaimable %lukB vmalloc %lukB kernel_stack %lukB "
		"pagetables %lukB percpu %lukB\n",
		pages_kib(mm_level_read(MM_SLAB_RECLAIMABLE)),
		pages_kib(mm_level_read(MM_SLAB_UNRECLAIMABLE)),
		pages_kib(mm_level_read(MM_VMALLOC)), mm_level_read(MM_KERNEL_STACKS),
		pages_kib(mm_level_read(MM_PAGE_TABLES)), pages_kib(mm_level_read(MM_PERCPU)));
}

static void kill_hungriest(char letter)
{
	out_of_memory(GFP_KERNEL, 0);
}

/* ---- The rest ---- */

/* For whoever sits at the console, whatever its level is. */
#define say(fmt, ...)                                                                     \
	({                                                                                \
		int level_ = console_loglevel;                                            \
                                                                                          \
		console_loglevel = max(level_, LOG_LEVEL_INFO + 1);                       \
		pr_info(fmt, ##__VA_ARGS__);                                              \
		console_loglevel = level_;                                                \
	})

static void set_loglevel(char letter)
{
	say("Loglevel set to %d\n", letter - '0');
	console_loglevel = letter - '0';
}

static void crash(char letter)
{
	panic("sysrq triggered crash");
}

static void signal_all(int sig)
{
	struct process *p;
	unsigned long flags;

	spin_lock_irqsave(&process_lock, flags);
	list_for_each_entry(p, &all_processes, all_node)
		if (p != init_process)
			send_signal_process(p, sig, SEND_SIG_PRIV);
	spin_unlock_irqrestore(&process_lock, flags);
}

static void terminate_all(char letter)
{
	signal_all(SIGTERM);
}

static void kill_all(char letter)
{
	signal_all(SIGKILL);
}

#define KEY(l, what, sleep, words, then, function)                              \
	{                                                                       \
		.letter = (l), .sleeps = (sleep), .enable = SYSRQ_ENABLE_##what, \
		.help = (words), .action = (then), .handle = (function)         \
	}

static struct sysrq_key own_keys[] = {
	KEY('0', LOG, false, "loglevel(0-9)", "Changing Loglevel", set_loglevel),
	KEY('c', DUMP, false, "crash(c)", "Trigger a crash", crash),
#ifdef CONFIG_DEBUG_LOCKS
	KEY('d', DUMP, false, "show-all-locks(d)", "Show Locks Held", show_locks),
#endif
	KEY('e', SIGNAL, false, "terminate-all-tasks(e)", "Terminate All Tasks", terminate_all),
	KEY('f', SIGNAL, true, "memory-full-oom-kill(f)", "Manual OOM execution", kill_hungriest),
	KEY('i', SIGNAL, false, "kill-all-tasks(i)", "Kill All Tasks", kill_all),
	KEY('l', DUMP, false, "show-backtrace-all-active-cpus(l)",
	    "Show backtrace of all active CPUs", show_all_cpus),
	KEY('m', DUMP, false, "show-memory-usage(m)", "Show Memory", show_memory),
	KEY('p', DUMP, false, "show-registers(p)", "Show Regs", show_registers_here),
	KEY('t', DUMP, false, "show-task-states(t)", "Show State", show_all),
	KEY('w', DUMP, false, "show-blocked-tasks(w)", "Show Blocked State", show_blocked),
};

/* ---- Who asks ---- */

static void work_handler(struct work_struct *work)
{
	struct sysrq_key *key = container_of(work, struct sysrq_key, work);

	key->handle(key->letter);
}

void sysrq_register(struct sysrq_key *key)
{
	struct sysrq_key **at = &keys;

	while (*at && (*at)->letter < key->letter)
		at = &(*at)->next;
	if (key->sleeps)
		INIT_WORK(&key->work, work_handler);
	key->next = *at;
	*at = key;
}

static struct sysrq_key *find_key(char letter)
{
	struct sysrq_key *key = keys;

	if (letter >= '0' && letter <= '9')
		letter = '0';
	while (key && key->letter != letter)
		key = key->next;
	return key;
}

static bool is_allowed(const struct sysrq_key *key)
{
	int enabled = READ_ONCE(sysrq_enabled);

	return enabled == 1 || (enabled & key->enable);
}

static void show_help(void)
{
	char line[512];
	size_t length = 0;

	for (const struct sysrq_key *key = keys; key; key = key->next)
		length += scnprintf(line + length, sizeof(line) - length, " %s", key->help);
	say("sysrq: HELP :%s\n", line);
}

static void handle(char letter, bool from_root)
{
	struct sysrq_key *key = find_key(letter);

	if (!key) {
		show_help();
		return;
	}
	if (!from_root && !is_allowed(key)) {
		say("sysrq: This sysrq operation is disabled.\n");
		return;
	}
	say("sysrq: %s\n", key->action);
	if (from_root || !key->sleeps)
		key->handle(letter);
	else
		schedule_work(&key->work);
}

static char waiting;

static void requested(struct irq_work *irq_work)
{
	handle(xchg(&waiting, 0), false);
}
static struct irq_work request = IRQ_WORK_INIT(requested);

void sysrq_request(char letter)
{
	char none = 0;

	if (letter && try_cmpxchg(&waiting, &none, letter))
		irq_work_queue(&request);
}

void sysrq_trigger(char letter)
{
	handle(letter, true);
}

static int always_enabled(const char *value)
{
	sysrq_enabled = 1;
	return 0;
}
BOOT_PARAM("sysrq_always_enabled", always_enabled);

void __init sysrq_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(own_keys); i++)
		sysrq_register(&own_keys[i]);
}
