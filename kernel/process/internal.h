/* SPDX-License-Identifier: MIT */
/* What the files of kernel/process share among themselves and with exec. */
#ifndef KERNEL_PROCESS_INTERNAL_H
#define KERNEL_PROCESS_INTERNAL_H

#include <kernel/process.h>
#include <kernel/signal.h>

/* pid.c. A number is reserved by pid_alloc, found by others after pid_publish. */
struct pid *pid_alloc(s32 wanted);		/* wanted 0: the next one. ERR_PTR: -EAGAIN, -EEXIST, -ENOMEM */
void pid_publish(struct pid *pid);		/* process_lock held */
void pid_abandon(struct pid *pid);		/* never published */
void pid_drop_if_unused(struct pid *pid);	/* process_lock held; the number is free when nobody has any role by it */
void pid_note_dead(struct pid *pid);	/* process_lock held: thread has been cleared */
void pid_flush_dead(void);		/* sleeps */

/* process.c: objects; all without locks of their own. */
extern struct kmem_cache *process_cache;
struct process *process_alloc(void);
struct signal_handlers *signal_handlers_alloc(void);
void put_signal_handlers(struct signal_handlers *h);
void process_link_thread(struct process *p, struct thread *t);		/* process_lock and siglock held */
void process_unlink_thread(struct thread *t);				/* the same */
void process_account_thread(struct process *p, struct thread *t);	/* siglock held: adds t's figures to the dead threads' */

/* fork.c */
void thread_release_space(struct thread *t);	/* current leaves its memory: exit, exec. Robust list, tid to clear, vfork */
void process_parts_exit(struct thread *t);

/* exit.c */
void release_process(struct process *p);	/* process_lock held: a zombie's numbers and links go */

/* itimer.c */
void process_timers_init(struct process *p);
void process_timers_exit(struct process *p);	/* the last thread exits */
void cpu_tick_update(struct process *p);	/* siglock held: a limit or timer on CPU time was changed */
void itimer_real_rearm(struct process *p);	/* siglock held: its signal was taken */

/* posix_timer.c */
void posix_timers_delete_all(struct process *p);	/* exec, exit */
u64 posix_cpu_timers_check(struct process *p, const struct process_times *times);	/* siglock held: time to the next one */
void posix_timer_rearm(struct sigqueue *q, struct siginfo *info);	/* siglock held: its signal was taken */
void posix_timer_signal_gone(struct sigqueue *q);	/* siglock held: taken or flushed */

/* signal.c */
enum signal_handler { HANDLER_CURRENT, HANDLER_DEFAULT, HANDLER_EXIT };
int send_signal_locked(int sig, struct siginfo *info, struct thread *t, bool whole_process);	/* siglock held */
void flush_signal_queue(struct list_head *list, sigset_t *set);
void flush_signals_of(u64 mask, struct process *p);		/* siglock held: off all queues of p */
void exit_signals(struct thread *t);		/* from now on t takes no signals; those of the process go to others */
int zap_other_threads(struct process *p);	/* siglock held: SIGKILL for all but current; how many */
void recalc_sigpending_thread(struct thread *t);
__sighandler_t signal_handler_of(struct process *p, int sig);
extern struct kmem_cache *sigqueue_cache;
void signal_early_init(void);
extern int show_unhandled_signals;

/* stop.c: thread->stop_state, siglock */
#define STOP_PENDING	0x01u	/* has to stop */
#define STOP_COUNTED	0x02u	/* is one of group_stop_count */
#define STOP_DEQUEUED	0x04u	/* took a stop signal off its queue; a SIGCONT since then clears it */
bool thread_take_part_in_stop(struct thread *t);	/* true: was the last one, the process has stopped */
void thread_leave_stop(struct thread *t);
bool do_signal_stop(int sig);			/* siglock held, interrupts off; true: stopped and released it */
void process_continue(struct process *p);	/* SIGCONT was sent */

/* exit.c */
bool notify_parent_exit(struct process *p, int sig);	/* process_lock held; true: nobody waits, reap at once */
void notify_parent_stopped(struct process *p, int why);	/* process_lock held */
void wake_parent(struct process *parent, struct process *child);

#endif
