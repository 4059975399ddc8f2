// SPDX-License-Identifier: MIT
/*
 * Restartable sequences: a few instructions of a program that must not be interrupted on their way to their last store. Before
 * the thread goes on after a switch or into a signal handler, a sequence it was in is aborted, and the CPU's number is written
 * where the program reads it. The scheduler sets TF_NOTIFY_RESUME when it takes a thread with a registered area off a CPU.
 */
#include <arch/trap_frame.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <mm/uaccess.h>
#include <uapi/rseq.h>
#include "internal.h"

#define NO_RESTART_FLAGS (RSEQ_CS_FLAG_NO_RESTART_ON_PREEMPT | RSEQ_CS_FLAG_NO_RESTART_ON_SIGNAL | RSEQ_CS_FLAG_NO_RESTART_ON_MIGRATE)

static int write_cpu(struct thread *t)
{
	u32 cpu = smp_processor_id();

	/* Preemption may move the thread on; then it comes by here again. */
	return put_user(cpu, &t->rseq->cpu_id_start) || put_user(cpu, &t->rseq->cpu_id) ? -EFAULT
											: 0;
}

static int read_sequence(struct thread *t, u64 address, struct rseq_cs *cs)
{
	u32 signature, flags;

	if (address >= USER_SPACE_END || copy_from_user(cs, (void __user *)address, sizeof(*cs)))
		return -EFAULT;
	if (cs->version || cs->start_ip >= USER_SPACE_END ||
	    cs->start_ip + cs->post_commit_offset < cs->start_ip ||
	    cs->start_ip + cs->post_commit_offset > USER_SPACE_END ||
	    cs->abort_ip >= USER_SPACE_END || cs->abort_ip - cs->start_ip < cs->post_commit_offset)
		return -EINVAL;
	/* The word before the abort handler proves that it is one. */
	if (get_user(signature, (u32 __user *)(cs->abort_ip - sizeof(u32))))
		return -EFAULT;
	if (signature != t->rseq_signature)
		return -EINVAL;
	if (get_user(flags, &t->rseq->flags))
		return -EFAULT;
	return (flags | cs->flags) & NO_RESTART_FLAGS ? -EINVAL : 0;
}

static int abort_sequence(struct thread *t, struct trap_frame *frame)
{
	struct rseq_cs cs;
	u64 address;
	int err;

	if (get_user(address, &t->rseq->rseq_cs))
		return -EFAULT;
	/* lint: uninitvar: get_user() sets it */
	if (!address)
		return 0;
	err = read_sequence(t, address, &cs);
	if (err)
		return err;
	if (put_user((u64)0, &t->rseq->rseq_cs))
		return -EFAULT;
	if (frame->rip - cs.start_ip < cs.post_commit_offset) {
		frame->rip = cs.abort_ip;
		set_thread_flag(t, TF_FULL_RETURN);
	}
	return 0;
}

static void handle(struct trap_frame *frame)
{
	struct thread *t = current;

	if (!t->rseq || test_thread_flag(t, TF_EXITING))
		return;
	if (abort_sequence(t, frame) || write_cpu(t))
		force_sig(SIGSEGV);
}

void rseq_handle_notify_resume(struct trap_frame *frame)
{
	handle(frame);
}

void rseq_signal_deliver(struct ksignal *ks, struct trap_frame *frame)
{
	handle(frame);
}

long sys_rseq(struct rseq __user *rseq, unsigned int len, int flags, unsigned int signature)
{
	struct thread *t = current;

	if (flags & RSEQ_FLAG_UNREGISTER) {
		if (flags & ~RSEQ_FLAG_UNREGISTER)
			return -EINVAL;
		if (!t->rseq || rseq != t->rseq || len != sizeof(*rseq))
			return -EINVAL;
		if (t->rseq_signature != signature)
			return -EPERM;
		if (put_user(0u, &rseq->cpu_id_start) ||
		    put_user((u32)RSEQ_CPU_ID_UNINITIALIZED, &rseq->cpu_id))
			return -EFAULT;
		t->rseq = NULL;
		return 0;
	}
	if (flags)
		return -EINVAL;
	if (t->rseq) {
		if (rseq != t->rseq || len != sizeof(*rseq))
			return -EINVAL;
		return t->rseq_signature != signature ? -EPERM : -EBUSY;
	}
	if ((unsigned long)rseq % __alignof__(*rseq) || len != sizeof(*rseq))
		return -EINVAL;
	if (!access_ok(rseq, len))
		return -EFAULT;
	t->rseq = rseq;
	t->rseq_len = len;
	t->rseq_signature = signature;
	/* The fields get their values before the program runs on. */
	set_thread_flag(t, TF_NOTIFY_RESUME);
	return 0;
}
