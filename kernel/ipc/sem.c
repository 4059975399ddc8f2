// SPDX-License-Identifier: MIT
/* System V semaphores: the operations themselves. See sem.h. */
#include <kernel/sched.h>
#include <kernel/time.h>
#include <lib/err.h>
#include "sem.h"

static bool fits_undo(const struct sem_undo *undo, const struct sembuf *op)
{
	int adjust = undo->adjust[op->sem_num] - op->sem_op;

	return adjust >= -SEMAEM - 1 && adjust <= SEMAEM;
}

static int apply(struct sem_set *set, const struct sembuf *op, struct sem_undo *undo)
{
	struct semaphore_value *sem = &set->values[op->sem_num];

	if (!op->sem_op)
		return sem->value ? SEM_WAITS : 0;
	if (sem->value + op->sem_op < 0)
		return SEM_WAITS;
	if (sem->value + op->sem_op > SEMVMX)
		return -ERANGE;
	if (op->sem_flg & SEM_UNDO) {
		if (!fits_undo(undo, op))
			return -ERANGE;
		undo->adjust[op->sem_num] -= op->sem_op;
	}
	sem->value += op->sem_op;
	return 0;
}

static void take_back(struct sem_set *set, const struct sembuf *op, struct sem_undo *undo)
{
	set->values[op->sem_num].value -= op->sem_op;
	if (op->sem_flg & SEM_UNDO)
		undo->adjust[op->sem_num] += op->sem_op;
}

int sem_try(struct sem_set *set, const struct sembuf *ops, unsigned int nr_ops,
	    struct sem_undo *undo, s32 pid, const struct sembuf **blocking)
{
	unsigned int i;
	int result = 0;

	for (i = 0; i < nr_ops; i++) {
		result = apply(set, &ops[i], undo);
		if (result)
			break;
	}
	if (!result) {
		for (i = 0; i < nr_ops; i++)
			set->values[ops[i].sem_num].pid = pid;
		set->operation_time = ktime_get_real_seconds();
		return 0;
	}
	*blocking = &ops[i];
	if (result == SEM_WAITS && ops[i].sem_flg & IPC_NOWAIT)
		result = -EAGAIN;
	while (i--)
		take_back(set, &ops[i], undo);
	return result;
}

static bool changes_values(const struct sem_waiter *waiter)
{
	for (unsigned int i = 0; i < waiter->nr_ops; i++)
		if (waiter->ops[i].sem_op)
			return true;
	return false;
}

/* The waiter may be gone as soon as it sees its result: the thread is held over the wake-up. */
static void finish(struct sem_waiter *waiter, int result)
{
	struct thread *t = get_thread(waiter->thread);

	list_del(&waiter->node);
	smp_store_release(&waiter->result, result);
	wake_up_thread(t);
	put_thread(t);
}

void sem_values_changed(struct sem_set *set)
{
	struct sem_waiter *waiter, *next;
	bool changed;

	do {
		changed = false;
		list_for_each_entry_safe(waiter, next, &set->waiters, node) {
			bool alters = changes_values(waiter);
			int result = sem_try(set, waiter->ops, waiter->nr_ops, waiter->undo,
					     waiter->pid, &waiter->blocking);

			if (result == SEM_WAITS)
				continue;
			finish(waiter, result);
			if (!result && alters) {
				changed = true;
				break;
			}
		}
	} while (changed);
}

void sem_wake_all(struct sem_set *set, int result)
{
	struct sem_waiter *waiter, *next;

	list_for_each_entry_safe(waiter, next, &set->waiters, node)
		finish(waiter, result);
}
