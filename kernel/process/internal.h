/* SPDX-License-Identifier: MIT */
/* What the files of kernel/process share among themselves and with exec. */
#ifndef KERNEL_PROCESS_INTERNAL_H
#define KERNEL_PROCESS_INTERNAL_H

#include <kernel/process.h>
#include <kernel/signal.h>

/* pid.c. A number is reserved by pid_alloc, found by others after pid_publish. */
/* wanted 0: the next one. ERR_PTR: -EAGAIN, -EEXIST, -ENOMEM */
struct pid *pid_alloc(s32 wanted);
void pid_publish(struct pid *pid); /* process_lock held */
void pid_abandon(struct pid *pid); /* never published */
/* process_lock held; the number is free when nobody has any role by it */
void pid_drop_if_unused(struct pid *pid);
void pid_note_dead(struct pid *pid); /* process_lock held: thread has been cleared */
void pid_flush_dead(void);	     /* sleeps */

/* process.c: objects; all without locks of their own. */
extern struct kmem_cache *process_cache;
struct process *process_alloc(void);
struct signal_handlers *signal_handlers_alloc(void);
void put_signal_handlers(struct signal_handlers *h);
/* process_lock and siglock held */
void process_link_thread(struct process *p, struct thread *t);
void process_unlink_thread(struct thread *t); /* the same */
/* siglock held: adds t's figures to the dead threads' */
void process_account_thread(struct process *p, struct thread *t);

/* fork.c */
/* current leaves its memory: exit, exec. Robust list, tid to clear, vfork */
void thread_release_space(struct thread *t);
void process_parts_exit(struct thread *t);

/* exit.c */
/* process_lock held: a zombie's numbers and links go */
void release_process(struct process *p);

/* itimer.c */
void process_timers_init(struct process *p);
void process_timers_exit(struct process *p); /* the last thread exits */
/* siglock held: a limit or timer on CPU time was changed */
void cpu_tick_update(struct process *p);
void itimer_real_rearm(struct process *p); /* siglock held: its signal was taken */

/* posix_timer.c */
void posix_timers_delete_all(struct process *p); /* exec, exit */
/* siglock held: time to the next one */
u64 posix_cpu_timers_check(struct process *p, const struct process_times *times);
/* siglock held: its signal was taken */
void posix_timer_rearm(struct sigqueue *q, struct siginfo *info);
void posix_timer_signal_gone(struct sigqueue *q); /* siglock held: taken or flushed */

/* signal.c */
enum signal_handler { HANDLER_CURRENT, HANDLER_DEFAULT, HANDLER_EXIT };
/* siglock held */
int send_signal_locked(int sig, struct siginfo *info, struct thread *t, bool whole_process);
void flush_signal_queue(struct list_head *list, sigset_t *set);
/* siglock held: off all queues of p */
void flush_signals_of(u64 mask, struct process *p);
/* from now on t takes no signals; those of the process go to others */
void exit_signals(struct thread *t);
/* siglock held: SIGKILL for all but current; how many */
int zap_other_threads(struct process *p);
void recalc_sigpending_thread(struct thread *t);
__sighandler_t signal_handler_of(struct process *p, int sig);
extern struct kmem_cache *sigqueue_cache;
void signal_early_init(void);
extern int show_unhandled_signals;

/* stop.c: thread->stop_state, siglock */
#define STOP_PENDING	0x01u	/* has to stop */
#define STOP_COUNTED	0x02u	/* is one of group_stop_count */
#define STOP_DEQUEUED	0x04u	/* took a stop signal off its queue; a SIGCONT since then clears it */
/* true: was the last one, the process has stopped */
bool thread_take_part_in_stop(struct thread *t);
void thread_leave_stop(struct thread *t);
/* siglock held, interrupts off; true: stopped and released it */
bool do_signal_stop(int sig);
void process_continue(struct process *p); /* SIGCONT was sent */

/* exit.c */
/* process_lock held; true: nobody waits, reap at once */
bool notify_parent_exit(struct process *p, int sig);
void notify_parent_stopped(struct process *p, int why); /* process_lock held */
void wake_parent(struct process *parent, struct process *child);

#endif
