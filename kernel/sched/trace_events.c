/* SPDX-License-Identifier: MIT */
/* Trace events of the scheduler and of the life of threads (kernel/trace_events.h). */
#include <kernel/trace_events.h>
#include <lib/kernel.h>
#include <lib/string.h>

#include "sched_private.h"

/* As tools show priorities: 0 to 98 real-time, 100 to 139 the others. */
static int trace_prio(const struct thread *t)
{
	return t->run_priority ? 99 - t->run_priority : 120 + t->nice;
}

#define COMM(to, thread)	memcpy(entry->to, (thread)->name, sizeof(entry->to))

/* States as Linux's tools know them; 0: it goes on later, having called the scheduler itself; 0x100: it was preempted. */
#define STATE_PREEMPTED	0x100
static long trace_state(const struct thread *prev, unsigned int state, bool preempted)
{
	long shown = 0;

	if (preempted)
		return STATE_PREEMPTED;
	if (thread_is_idle(prev) || prev->on_rq != ON_RQ_NO)
		return 0;
	if ((state & THREAD_IDLE) == THREAD_IDLE)
		return 0x80;
	shown |= state & (THREAD_INTERRUPTIBLE | THREAD_UNINTERRUPTIBLE);
	shown |= state & THREAD_STOPPED ? 0x04 : 0;
	shown |= state & THREAD_TRACED ? 0x08 : 0;
	shown |= state & THREAD_DEAD ? 0x10 : 0;
	shown |= state & THREAD_PARKED ? 0x40 : 0;
	return shown;
}

#define SWITCH_FIELDS(R, FIELD, ARRAY, STRING) \
	ARRAY(R, char, prev_comm, 16) FIELD(R, pid_t, prev_pid) FIELD(R, int, prev_prio) \
	FIELD(R, long, prev_state) ARRAY(R, char, next_comm, 16) FIELD(R, pid_t, next_pid) \
	FIELD(R, int, next_prio)
TRACE_EVENT_DEFINE(
	NULL, sched, sched_switch,
	(const struct thread *prev, const struct thread *next, unsigned int sleep_state,
	 bool preempted),
	SWITCH_FIELDS, NULL,
	{
		COMM(prev_comm, prev);
		entry->prev_pid = trace_pid(prev);
		entry->prev_prio = trace_prio(prev);
		entry->prev_state = trace_state(prev, sleep_state, preempted);
		COMM(next_comm, next);
		entry->next_pid = trace_pid(next);
		entry->next_prio = trace_prio(next);
	},
	"prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%s%s ==> next_comm=%s next_pid=%d next_prio=%d",
	REC->prev_comm, REC->prev_pid, REC->prev_prio,
	(REC->prev_state & 0xff)
		? __print_flags(REC->prev_state & 0xff, "|", { 0x01, "S" }, { 0x02, "D" },
				{ 0x04, "T" }, { 0x08, "t" }, { 0x10, "X" }, { 0x20, "Z" },
				{ 0x40, "P" }, { 0x80, "I" })
		: "R",
	REC->prev_state & 0x100 ? "+" : "", REC->next_comm, REC->next_pid, REC->next_prio)

#define WAKEUP_FIELDS(R, FIELD, ARRAY, STRING) \
	ARRAY(R, char, comm, 16) FIELD(R, pid_t, pid) FIELD(R, int, prio) FIELD(R, int, target_cpu)
#define WAKEUP_BODY {						\
		COMM(comm, thread);				\
		entry->pid = trace_pid(thread);			\
		entry->prio = trace_prio(thread);		\
		entry->target_cpu = thread->cpu;		\
	}
TRACE_EVENT_DEFINE(NULL, sched, sched_waking, (const struct thread *thread), WAKEUP_FIELDS, NULL,
		   WAKEUP_BODY, "comm=%s pid=%d prio=%d target_cpu=%03d", REC->comm, REC->pid,
		   REC->prio, REC->target_cpu)
TRACE_EVENT_DEFINE(NULL, sched, sched_wakeup, (const struct thread *thread), WAKEUP_FIELDS, NULL,
		   WAKEUP_BODY, "comm=%s pid=%d prio=%d target_cpu=%03d", REC->comm, REC->pid,
		   REC->prio, REC->target_cpu)
TRACE_EVENT_DEFINE(NULL, sched, sched_wakeup_new, (const struct thread *thread), WAKEUP_FIELDS,
		   NULL, WAKEUP_BODY, "comm=%s pid=%d prio=%d target_cpu=%03d", REC->comm, REC->pid,
		   REC->prio, REC->target_cpu)

#define MIGRATE_FIELDS(R, FIELD, ARRAY, STRING) \
	ARRAY(R, char, comm, 16) FIELD(R, pid_t, pid) FIELD(R, int, prio) FIELD(R, int, orig_cpu) \
	FIELD(R, int, dest_cpu)
TRACE_EVENT_DEFINE(
	NULL, sched, sched_migrate_task, (const struct thread *thread, unsigned int to),
	MIGRATE_FIELDS, NULL,
	{
		COMM(comm, thread);
		entry->pid = trace_pid(thread);
		entry->prio = trace_prio(thread);
		entry->orig_cpu = thread->cpu;
		entry->dest_cpu = to;
	},
	"comm=%s pid=%d prio=%d orig_cpu=%d dest_cpu=%d", REC->comm, REC->pid, REC->prio,
	REC->orig_cpu, REC->dest_cpu)

#define FORK_FIELDS(R, FIELD, ARRAY, STRING) \
	ARRAY(R, char, parent_comm, 16) FIELD(R, pid_t, parent_pid) ARRAY(R, char, child_comm, 16) \
	FIELD(R, pid_t, child_pid)
TRACE_EVENT_DEFINE(
	NULL, sched, sched_process_fork, (const struct thread *parent, const struct thread *child),
	FORK_FIELDS, NULL,
	{
		COMM(parent_comm, parent);
		entry->parent_pid = trace_pid(parent);
		COMM(child_comm, child);
		entry->child_pid = trace_pid(child);
	},
	"comm=%s pid=%d child_comm=%s child_pid=%d", REC->parent_comm, REC->parent_pid,
	REC->child_comm, REC->child_pid)

#define EXEC_FIELDS(R, FIELD, ARRAY, STRING) \
	STRING(R, filename) FIELD(R, pid_t, pid) FIELD(R, pid_t, old_pid)
TRACE_EVENT_DEFINE(
	NULL, sched, sched_process_exec,
	(const struct thread *thread, s32 old_pid, const char *path), EXEC_FIELDS, path,
	{
		entry->pid = trace_pid(thread);
		entry->old_pid = old_pid;
		TRACE_STRING(filename);
	},
	"filename=%s pid=%d old_pid=%d", __get_str(filename), REC->pid, REC->old_pid)

#define EXIT_FIELDS(R, FIELD, ARRAY, STRING) \
	ARRAY(R, char, comm, 16) FIELD(R, pid_t, pid) FIELD(R, int, prio)
TRACE_EVENT_DEFINE(
	NULL, sched, sched_process_exit, (const struct thread *thread), EXIT_FIELDS, NULL,
	{
		COMM(comm, thread);
		entry->pid = trace_pid(thread);
		entry->prio = trace_prio(thread);
	},
	"comm=%s pid=%d prio=%d", REC->comm, REC->pid, REC->prio)

#define NEWTASK_FIELDS(R, FIELD, ARRAY, STRING) \
	FIELD(R, pid_t, pid) ARRAY(R, char, comm, 16) FIELD(R, unsigned long, clone_flags) \
	FIELD(R, short, oom_score_adj)
TRACE_EVENT_DEFINE(
	NULL, task, task_newtask,
	(const struct thread *thread, unsigned long clone_flags, int oom_score), NEWTASK_FIELDS,
	NULL,
	{
		entry->pid = trace_pid(thread);
		COMM(comm, thread);
		entry->clone_flags = clone_flags;
		entry->oom_score_adj = (short)oom_score;
	},
	"pid=%d comm=%s clone_flags=%lx oom_score_adj=%hd", REC->pid, REC->comm, REC->clone_flags,
	REC->oom_score_adj)

#define RENAME_FIELDS(R, FIELD, ARRAY, STRING) \
	FIELD(R, pid_t, pid) ARRAY(R, char, oldcomm, 16) ARRAY(R, char, newcomm, 16) \
	FIELD(R, short, oom_score_adj)
TRACE_EVENT_DEFINE(
	NULL, task, task_rename, (const struct thread *thread, const char *name, int oom_score),
	RENAME_FIELDS, NULL,
	{
		entry->pid = trace_pid(thread);
		COMM(oldcomm, thread);
		strscpy_pad(entry->newcomm, name, sizeof(entry->newcomm));
		entry->oom_score_adj = (short)oom_score;
	},
	"pid=%d oldcomm=%s newcomm=%s oom_score_adj=%hd", REC->pid, REC->oldcomm, REC->newcomm,
	REC->oom_score_adj)
