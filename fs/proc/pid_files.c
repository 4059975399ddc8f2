/* SPDX-License-Identifier: MIT */
/* Files of a process that are one text: status, stat, limits and so on. */
#include <drivers/tty.h>
#include <fs/files.h>
#include <fs/seq_file.h>
#include <fs/uio.h>
#include <kernel/backtrace.h>
#include <kernel/cred.h>
#include <kernel/cpumask.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/thread_look.h>
#include <kernel/time.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <mm/stat.h>
#include <uapi/capability.h>
#include <uapi/major.h>
#include <uapi/resource.h>
#include <uapi/sched.h>

#include "internal.h"

#define PAGE_ALIGN_UP(x)	(((x) + PAGE_SIZE - 1) & PAGE_MASK)

#define KIB(bytes)	((unsigned long)(bytes) >> 10)

static const char *state_name(char letter)
{
	switch (letter) {
	case 'R': return "running";
	case 'S': return "sleeping";
	case 'D': return "disk sleep";
	case 'T': return "stopped";
	case 't': return "tracing stop";
	case 'Z': return "zombie";
	case 'X': return "dead";
	default: return "idle";
	}
}

/* The signals of a process and a thread, taken at one moment. */
struct signal_view {
	sigset_t pending, shared, blocked, ignored, caught;
	unsigned int queued;
};

static void signal_view(struct thread *t, struct signal_view *v)
{
	struct process *p = t->process;
	unsigned long flags;

	memset(v, 0, sizeof(*v));
	if (!p)
		return;
	spin_lock_irqsave(&p->siglock, flags);
	v->pending = t->pending_set;
	v->shared = p->pending_set;
	v->blocked = t->blocked;
	if (p->signals) {
		for (int sig = 1; sig <= 64; sig++) {
			unsigned long handler = (unsigned long)p->signals->action[sig - 1].handler;

			if (handler == 1)
				sigset_add(&v->ignored, sig);
			else if (handler)
				sigset_add(&v->caught, sig);
		}
	}
	spin_unlock_irqrestore(&p->siglock, flags);
}

static void show_mask(struct seq_file *m, const char *name, u64 mask)
{
	seq_printf(m, "%s:\t%016llx\n", name, (unsigned long long)mask);
}

static void show_memory(struct seq_file *m, struct thread *t)
{
	struct address_space *s = get_thread_space(t);
	unsigned long rss;

	if (!s)
		return;
	rss = space_rss(s);
	seq_printf(m, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmLck:\t%8lu kB\nVmPin:\t%8lu kB\n",
		   pages_kib(max(s->hiwater_vm, s->total_pages)), pages_kib(s->total_pages),
		   pages_kib(s->locked_pages), 0ul);
	seq_printf(m, "VmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\n", pages_kib(space_rss_peak(s)),
		   pages_kib(rss));
	seq_printf(m, "RssAnon:\t%8lu kB\nRssFile:\t%8lu kB\nRssShmem:\t%8lu kB\n",
		   pages_kib(atomic64_read(&s->anon_pages)),
		   pages_kib(atomic64_read(&s->file_pages)),
		   pages_kib(atomic64_read(&s->shmem_pages)));
	seq_printf(
		m,
		"VmData:\t%8lu kB\nVmStk:\t%8lu kB\nVmExe:\t%8lu kB\nVmLib:\t%8lu kB\nVmPTE:\t%8lu kB\nVmSwap:\t%8lu kB\n",
		pages_kib(s->data_pages), pages_kib(s->stack_pages),
		KIB(PAGE_ALIGN_UP(s->end_code) - (s->start_code & PAGE_MASK)),
		pages_kib(s->exec_pages) -
			min(pages_kib(s->exec_pages),
			    KIB(PAGE_ALIGN_UP(s->end_code) - (s->start_code & PAGE_MASK))),
		KIB(atomic64_read(&s->table_bytes)), 0ul);
	space_put(s);
}

static void show_allowed_cpus(struct seq_file *m, const struct cpumask *mask)
{
	unsigned int words = DIV_ROUND_UP(nr_cpu_ids, 32);
	bool first = true;
	unsigned int cpu;

	seq_puts(m, "Cpus_allowed:\t");
	for (unsigned int w = words; w--;) {
		u32 bits = mask->bits[w / 2] >> (w % 2 * 32);
		unsigned int digits = w == words - 1 && nr_cpu_ids % 32
					      ? DIV_ROUND_UP(nr_cpu_ids % 32, 4)
					      : 8;

		seq_printf(m, "%0*x%s", digits, bits, w ? "," : "\n");
	}
	seq_puts(m, "Cpus_allowed_list:\t");
	for (cpu = cpumask_first(mask); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, mask)) {
		unsigned int start = cpu;

		while (cpu + 1 < nr_cpu_ids && cpumask_test_cpu(cpu + 1, mask))
			cpu++;
		seq_printf(m, cpu > start ? "%s%u-%u" : "%s%u", first ? "" : ",", start, cpu);
		first = false;
	}
	seq_putc(m, '\n');
}

static void show_name(struct seq_file *m, struct thread *t)
{
	char name[16];

	get_thread_name(name, t);
	seq_escape(m, name, "\n\\");
}

static void show_credentials(struct seq_file *m, const struct credentials *c)
{
	seq_printf(m, "Uid:\t%u\t%u\t%u\t%u\n", c->uid, c->euid, c->suid, c->fsuid);
	seq_printf(m, "Gid:\t%u\t%u\t%u\t%u\n", c->gid, c->egid, c->sgid, c->fsgid);
}

static const struct credentials *cred_of(struct thread *t)
{
	const struct credentials *c;

	rcu_read_lock();
	do {
		c = rcu_dereference(t->cred);
	} while (!refcount_inc_not_zero((refcount_t *)&c->refs));
	rcu_read_unlock();
	return c;
}

int proc_show_status(struct seq_file *m, struct thread *t, struct proc_pid *pp)
{
	const struct credentials *c = cred_of(t);
	struct process *p = t->process;
	char letter = thread_state_letter(t);
	struct signal_view v;
	struct fs_context *fs = fs_context_of(t);

	seq_puts(m, "Name:\t");
	show_name(m, t);
	seq_putc(m, '\n');
	if (fs) {
		seq_printf(m, "Umask:\t%04o\n", fs->umask);
		fs_context_put(fs);
	}
	seq_printf(m, "State:\t%c (%s)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n",
		   letter, state_name(letter), thread_tgid(t), t->tid, p ? process_ppid(p) : 0);
	show_credentials(m, c);
	seq_printf(m, "FDSize:\t%u\nGroups:\t", files_table_size(t));
	if (c->groups)
		for (unsigned int i = 0; i < c->groups->count; i++)
			seq_printf(m, "%u ", c->groups->gid[i]);
	rcu_read_lock();
	seq_printf(m, "\nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", thread_tgid(t),
		   t->tid, p ? pid_nr(p->pgrp) : 0, p ? pid_nr(p->session) : 0);
	rcu_read_unlock();
	show_memory(m, t);
	seq_printf(m, "CoreDumping:\t0\nTHP_enabled:\t0\nThreads:\t%u\n",
		   p ? READ_ONCE(p->nr_threads) : 1);
	signal_view(t, &v);
	seq_printf(m, "SigQ:\t%u/%lu\n", v.queued, p ? process_rlimit(p, RLIMIT_SIGPENDING) : 0);
	show_mask(m, "SigPnd", v.pending.sig[0]);
	show_mask(m, "ShdPnd", v.shared.sig[0]);
	show_mask(m, "SigBlk", v.blocked.sig[0]);
	show_mask(m, "SigIgn", v.ignored.sig[0]);
	show_mask(m, "SigCgt", v.caught.sig[0]);
	show_mask(m, "CapInh", c->cap_inheritable);
	show_mask(m, "CapPrm", c->cap_permitted);
	show_mask(m, "CapEff", c->cap_effective);
	show_mask(m, "CapBnd", c->cap_bounding);
	show_mask(m, "CapAmb", c->cap_ambient);
	seq_printf(m, "NoNewPrivs:\t%d\nSeccomp:\t0\n", p ? p->no_new_privs : 0);
	show_allowed_cpus(m, &t->affinity);
	seq_printf(
		m,
		"Mems_allowed:\t1\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n",
		t->nr_voluntary_switches, t->nr_involuntary_switches);
	put_cred(c);
	return 0;
}

/* Priority as top and ps show it: 20 + nice, or -1 - real-time priority. */
static int shown_priority(const struct thread *t)
{
	return t->policy == SCHED_FIFO || t->policy == SCHED_RR ? -1 - t->rt_priority
								: 20 + t->nice;
}

static unsigned long ticks(u64 ns) { return ns / NSEC_PER_USER_TICK; }

struct stat_view {
	int tty_nr, tpgid, pgrp, session, ppid;
	unsigned int threads;
	struct process_times times;
	u64 child_user_ns, child_system_ns;
	unsigned long child_min_flt, child_maj_flt;
	int exit_code;
	unsigned long rss_limit;
};

static void stat_process(struct thread *t, bool is_thread, struct stat_view *s)
{
	struct process *p = t->process;
	unsigned long flags;

	*s = (struct stat_view){ .tpgid = -1, .threads = 1, .rss_limit = RLIM_INFINITY };
	if (!p) {
		s->times = (struct process_times){ .user_ns = t->user_ns,
						   .system_ns = t->system_ns };
		return;
	}
	s->ppid = process_ppid(p);
	rcu_read_lock();
	s->pgrp = pid_nr(READ_ONCE(p->pgrp));
	s->session = pid_nr(READ_ONCE(p->session));
	rcu_read_unlock();
	s->threads = READ_ONCE(p->nr_threads);
	if (is_thread)
		s->times = (struct process_times){ .user_ns = t->user_ns,
						   .system_ns = t->system_ns,
						   .min_flt = t->nr_minor_faults,
						   .maj_flt = t->nr_major_faults };
	else
		process_times(p, &s->times);
	spin_lock_irqsave(&p->siglock, flags);
	if (p->tty) {
		s->tty_nr = MAKE_USER_DEV(p->tty->driver->major,
					  p->tty->driver->minor_start + p->tty->index);
		s->tpgid = pid_nr(READ_ONCE(p->tty->pgrp));
	}
	s->child_user_ns = p->child_user_ns;
	s->child_system_ns = p->child_system_ns;
	s->child_min_flt = p->child_min_flt;
	s->child_maj_flt = p->child_maj_flt;
	s->exit_code = p->exit_state ? p->exit_code : 0;
	spin_unlock_irqrestore(&p->siglock, flags);
	s->rss_limit = process_rlimit(p, RLIMIT_RSS);
}

int proc_show_stat(struct seq_file *m, struct thread *t, struct proc_pid *pp)
{
	bool allowed = !thread_may_access(t, ACCESS_READ | ACCESS_FSCREDS);
	struct address_space *s = get_thread_space(t);
	struct stat_view v;
	struct signal_view sig;
	char name[16];

	stat_process(t, pp->is_thread, &v);
	signal_view(t, &sig);
	get_thread_name(name, t);
	seq_printf(m, "%d (", pp->is_thread ? t->tid : thread_tgid(t));
	seq_escape(m, name, "\n\\");
	seq_printf(m, ") %c %d %d %d %d %d %u %lu %lu %lu %lu %lu %lu %ld %ld %d %d %u 0 %llu",
		   thread_state_letter(t), v.ppid, v.pgrp, v.session, v.tty_nr, v.tpgid,
		   t->process ? 0x400000u : 0x200000u, v.times.min_flt, v.child_min_flt,
		   v.times.maj_flt, v.child_maj_flt, ticks(v.times.user_ns),
		   ticks(v.times.system_ns), (long)ticks(v.child_user_ns),
		   (long)ticks(v.child_system_ns), shown_priority(t), t->nice, v.threads,
		   (unsigned long long)t->start_boottime_ns / NSEC_PER_USER_TICK);
	seq_printf(m, " %lu %lu %lu", s ? s->total_pages << PAGE_SHIFT : 0, s ? space_rss(s) : 0,
		   v.rss_limit);
	seq_printf(m, " %lu %lu %lu 0 0",
		   s && allowed ? s->start_code
		   : s		? 1
				: 0,
		   s && allowed ? s->end_code
		   : s		? 1
				: 0,
		   s && allowed ? s->start_stack : 0);
	seq_printf(m, " %lu %lu %lu %lu", (sig.pending.sig[0] | sig.shared.sig[0]) & 0x7fffffff,
		   sig.blocked.sig[0] & 0x7fffffff, sig.ignored.sig[0] & 0x7fffffff,
		   sig.caught.sig[0] & 0x7fffffff);
	seq_printf(m, " %d 0 0 %d %u %u %u 0 0 0", thread_state_letter(t) == 'R' ? 0 : 1,
		   t->process ? t->process->exit_signal : 17, READ_ONCE(t->cpu),
		   t->policy == SCHED_FIFO || t->policy == SCHED_RR ? t->rt_priority : 0,
		   t->policy);
	if (s && allowed)
		seq_printf(m, " %lu %lu %lu %lu %lu %lu %lu %d\n", s->start_data, s->end_data,
			   s->start_brk, s->arg_start, s->arg_end, s->env_start, s->env_end,
			   v.exit_code);
	else
		seq_puts(m, " 0 0 0 0 0 0 0 0\n");
	if (s)
		space_put(s);
	return 0;
}

int proc_show_statm(struct seq_file *m, struct thread *t, struct proc_pid *pp)
{
	struct address_space *s = get_thread_space(t);

	if (!s) {
		seq_puts(m, "0 0 0 0 0 0 0\n");
		return 0;
	}
	seq_printf(m, "%lu %lu %lu %lu 0 %lu 0\n", s->total_pages, space_rss(s),
		   (unsigned long)(atomic64_read(&s->file_pages) + atomic64_read(&s->shmem_pages)),
		   (PAGE_ALIGN_UP(s->end_code) - (s->start_code & PAGE_MASK)) >> PAGE_SHIFT,
		   s->data_pages + s->stack_pages);
	space_put(s);
	return 0;
}

/* Bytes [start, end) of a process's memory, as they are. */
static int show_memory_range(struct seq_file *m, struct address_space *s, unsigned long start,
			     unsigned long end)
{
	char *page = (char *)__get_free_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	while (start < end) {
		size_t n = min(end - start, PAGE_SIZE),
		       got = space_access(s, start, page, n, false);

		if (!got)
			break;
		seq_write(m, page, got);
		start += got;
		if (seq_has_overflowed(m))
			break;
	}
	free_page(page);
	return 0;
}

int proc_show_cmdline(struct seq_file *m, struct thread *t, struct proc_pid *pp)
{
	struct address_space *s = get_thread_space(t);
	unsigned long start, end, env_start, env_end;
	int error = 0;
	char c = 0;

	if (!s)
		return 0;
	spin_lock(&s->lock);
	start = s->arg_start;
	end = s->arg_end;
	env_start = s->env_start;
	env_end = s->env_end;
	spin_unlock(&s->lock);
	if (start < end) {
		/* a program that wrote a longer title over its arguments went on into the environment */
		if (space_access(s, end - 1, &c, 1, false) == 1 && c && env_start == end)
			end = env_end;
		error = show_memory_range(m, s, start, end);
		if (c && !error && !seq_has_overflowed(m)) {
			size_t len = strnlen(m->buf, m->count);

			m->count = min(m->count, len + 1);
		}
	}
	space_put(s);
	return error;
}

int proc_show_limits(struct seq_file *m, struct thread *t, struct proc_pid *pp)
{
	static const struct {
		const char *name, *unit;
	} names[RLIM_NLIMITS] = {
		[RLIMIT_CPU] = { "Max cpu time", "seconds" },
		[RLIMIT_FSIZE] = { "Max file size", "bytes" },
		[RLIMIT_DATA] = { "Max data size", "bytes" },
		[RLIMIT_STACK] = { "Max stack size", "bytes" },
		[RLIMIT_CORE] = { "Max core file size", "bytes" },
		[RLIMIT_RSS] = { "Max resident set", "bytes" },
		[RLIMIT_NPROC] = { "Max processes", "processes" },
		[RLIMIT_NOFILE] = { "Max open files", "files" },
		[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
		[RLIMIT_AS] = { "Max address space", "bytes" },
		[RLIMIT_LOCKS] = { "Max file locks", "locks" },
		[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
		[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
		[RLIMIT_NICE] = { "Max nice priority", "" },
		[RLIMIT_RTPRIO] = { "Max realtime priority", "" },
		[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
	};
	struct process *p = t->process;

	seq_puts(
		m,
		"Limit                     Soft Limit           Hard Limit           Units     \n");
	for (unsigned int i = 0; p && i < RLIM_NLIMITS; i++) {
		struct rlimit r = { READ_ONCE(p->limits[i].rlim_cur),
				    READ_ONCE(p->limits[i].rlim_max) };

		seq_printf(m, "%-25s ", names[i].name);
		if (r.rlim_cur == RLIM_INFINITY)
			seq_printf(m, "%-20s ", "unlimited");
		else
			seq_printf(m, "%-20lu ", r.rlim_cur);
		if (r.rlim_max == RLIM_INFINITY)
			seq_printf(m, "%-20s ", "unlimited");
		else
			seq_printf(m, "%-20lu ", r.rlim_max);
		seq_printf(m, names[i].unit[0] ? "%-10s\n" : "\n", names[i].unit);
	}
	return 0;
}

int proc_show_oom_score(struct seq_file *m, struct thread *t, struct proc_pid *pp)
{
	struct address_space *s = get_thread_space(t);
	long points = 0, total = total_ram_pages();

	if (s) {
		points = space_rss(s) + (atomic64_read(&s->table_bytes) >> PAGE_SHIFT);
		space_put(s);
	}
	/* thousandths of memory, moved by the adjustment: 0 to 2000 with 1000 for "none used" taken as 666, as Linux shows it */
	points = points * 1000 / (total ?: 1) + (t->process ? t->process->oom_score_adj : 0);
	points = (1000 + points) * 2 / 3;
	seq_printf(m, "%ld\n", points < 0 ? 0 : points);
	return 0;
}

int proc_show_sched(struct seq_file *m, struct thread *t, struct proc_pid *pp)
{
	char name[16];

	get_thread_name(name, t);
	seq_printf(m, "%s (%d, #threads: %u)\n", name, t->tid,
		   t->process ? t->process->nr_threads : 1);
	seq_puts(m, "-------------------------------------------------------------------\n");
	seq_printf(m, "%-45s:%21llu.%06llu\n", "se.exec_start", t->se.exec_start_ns / NSEC_PER_MSEC,
		   t->se.exec_start_ns % NSEC_PER_MSEC);
	seq_printf(m, "%-45s:%21llu.%06llu\n", "se.vruntime", t->se.vruntime_ns / NSEC_PER_MSEC,
		   t->se.vruntime_ns % NSEC_PER_MSEC);
	seq_printf(m, "%-45s:%21llu.%06llu\n", "se.sum_exec_runtime",
		   thread_run_ns(t) / NSEC_PER_MSEC, thread_run_ns(t) % NSEC_PER_MSEC);
	seq_printf(m, "%-45s:%21lu\n", "nr_switches",
		   t->nr_voluntary_switches + t->nr_involuntary_switches);
	seq_printf(m, "%-45s:%21lu\n", "nr_voluntary_switches", t->nr_voluntary_switches);
	seq_printf(m, "%-45s:%21lu\n", "nr_involuntary_switches", t->nr_involuntary_switches);
	seq_printf(m, "%-45s:%21u\n", "policy", t->policy);
	seq_printf(m, "%-45s:%21d\n", "prio", shown_priority(t) + 100);
	return 0;
}

int proc_show_schedstat(struct seq_file *m, struct thread *t, struct proc_pid *pp)
{
	/* time waiting on a run queue is not measured: Linux without schedstats shows 0 there too */
	seq_printf(m, "%llu 0 %lu\n", (unsigned long long)thread_run_ns(t),
		   t->nr_voluntary_switches + t->nr_involuntary_switches);
	return 0;
}

int proc_show_wchan(struct seq_file *m, struct thread *t, struct proc_pid *pp)
{
	unsigned long address = 0;

	if (!thread_may_access(t, ACCESS_READ | ACCESS_FSCREDS))
		address = thread_waits_in(t);
	if (address)
		seq_printf(m, "%ps", (void *)address);
	else
		seq_putc(m, '0');
	return 0;
}

/* Nothing of one that runs elsewhere. */
int proc_show_stack(struct seq_file *m, struct thread *t, struct proc_pid *pp)
{
	struct thread_look look = { 0 };

	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (thread_may_access(t, ACCESS_ATTACH | ACCESS_FSCREDS))
		return -EPERM;
	if (t == current)
		look.nr_calls = backtrace_save_calls(look.calls, THREAD_LOOK_DEPTH);
	else if (!thread_look(t, &look))
		return 0;
	for (size_t i = 0; i < look.nr_calls; i++)
		seq_printf(m, "[<0>] %pS\n", (void *)look.calls[i]);
	return 0;
}

int proc_show_personality(struct seq_file *m, struct thread *t, struct proc_pid *pp)
{
	if (thread_may_access(t, ACCESS_ATTACH | ACCESS_FSCREDS))
		return -EPERM;
	seq_printf(m, "%08x\n", t->process ? t->process->personality : 0);
	return 0;
}

/* --- comm, oom_score_adj: written too --- */

static ssize_t get_text(struct iov_iter *from, char *buf, size_t size)
{
	size_t n = min(from->count, size - 1);

	if (copy_from_iter(buf, n, from) != n)
		return -EFAULT;
	buf[n] = 0;
	return n;
}

static int comm_show(struct seq_file *m, void *v)
{
	struct thread *t = proc_thread(m->private);
	char name[16];

	if (!t)
		return -ESRCH;
	get_thread_name(name, t);
	seq_printf(m, "%s\n", name);
	put_thread(t);
	return 0;
}

static int comm_open(struct inode *inode, struct file *file) { return single_open(file, comm_show, inode); }

static ssize_t comm_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	size_t count = from->count;
	struct thread *t;
	char name[16];
	ssize_t n = get_text(from, name, sizeof(name));

	if (n < 0)
		return n;
	t = proc_thread(file->inode);
	if (!t)
		return -ESRCH;
	if (t->process == current->process)
		set_thread_name(t, name);
	else
		n = -EINVAL;
	put_thread(t);
	return n < 0 ? n : (ssize_t)count;
}

const struct file_operations proc_comm_fops = {
	.open = comm_open,
	.read_iter = seq_read_iter,
	.write_iter = comm_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int oom_adj_show(struct seq_file *m, void *v)
{
	struct thread *t = proc_thread(m->private);

	if (!t)
		return -ESRCH;
	seq_printf(m, "%d\n", t->process ? t->process->oom_score_adj : 0);
	put_thread(t);
	return 0;
}

static int oom_adj_open(struct inode *inode, struct file *file) { return single_open(file, oom_adj_show, inode); }

static ssize_t oom_adj_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	size_t count = from->count;
	struct thread *t;
	char text[16];
	int value;
	ssize_t n = get_text(from, text, sizeof(text));

	if (n < 0)
		return n;
	if (kstrtoint(strim(text), 0, &value) || value < -1000 || value > 1000)
		return -EINVAL;
	t = proc_thread(file->inode);
	if (!t)
		return -ESRCH;
	n = count;
	if (!t->process)
		n = -EINVAL;
	else if (value < t->process->oom_score_adj && !capable(CAP_SYS_RESOURCE))
		n = -EACCES;
	else
		WRITE_ONCE(t->process->oom_score_adj, value);
	put_thread(t);
	return n;
}

const struct file_operations proc_oom_score_adj_fops = {
	.open = oom_adj_open,
	.read_iter = seq_read_iter,
	.write_iter = oom_adj_write,
	.llseek = seq_lseek,
	.release = single_release,
};
