/* SPDX-License-Identifier: MIT */
/*
 * System V semaphores.
 *
 * A set of semaphores is changed by whole lists of operations: all or none. Who must wait queues with its list; whoever changes a value
 * tries the lists of the waiters, in order of arrival, again and again until none fits, and does their operations for them.
 *
 * All of a set is guarded by object.lock. A process's undo records hang on two lists: that of the set (object.lock) and that of the process
 * (undo list's lock, LOCK_RANK_IPC nested within object.lock). Whoever ends first, the set or the process, takes a record off both; records and
 * undo lists are freed by RCU, so that the other one may still look at them.
 */
#ifndef KERNEL_IPC_SEM_H
#define KERNEL_IPC_SEM_H

#include <kernel/rcu.h>
#include <kernel/thread.h>
#include <lib/list.h>
#include <uapi/sem.h>
#include "set.h"

struct semaphore_value {
	int value;
	s32 pid; /* who changed it last */
};

struct sem_set {
	struct ipc_object object;
	unsigned int nr; /* I */
	time64_t operation_time, change_time;
	struct list_head waiters;
	struct list_head undos; /* sem_undo.set_node */
	struct semaphore_value values[];
};

struct sem_undo {
	struct list_head set_node, process_node;
	struct sem_undo_list *list; /* I */
	struct rcu_head rcu;
	int id;		/* I: of the set */
	bool dead;	/* object.lock: it is off the lists */
	short adjust[]; /* object.lock: added at the end of the process */
};

struct sem_undo_list { /* of a process, or of several that share it */
	refcount_t refs;
	spinlock_t lock;
	struct list_head records; /* lock */
	struct rcu_head rcu;
};

struct sem_waiter {
	struct list_head node;
	struct thread *thread;
	const struct sembuf *ops;
	unsigned int nr_ops;
	const struct sembuf *blocking; /* the first that does not fit, for GETNCNT and GETZCNT */
	struct sem_undo *undo;
	s32 pid;
	/* 1: waits; else the answer, after which the waiter is off the list */
	int result;
};

#define SEM_WAITS	1

static inline struct sem_set *sem_set_of(struct ipc_object *object)
{
	return container_of(object, struct sem_set, object);
}

/* 0: done; SEM_WAITS; -EAGAIN (IPC_NOWAIT), -ERANGE. Nothing is changed but by 0. */
int sem_try(struct sem_set *set, const struct sembuf *ops, unsigned int nr_ops,
	    struct sem_undo *undo, s32 pid, const struct sembuf **blocking);
void sem_values_changed(struct sem_set *set);	    /* somebody may go on */
void sem_wake_all(struct sem_set *set, int result); /* the set goes */

/* sem_undo.c. The record of current's process for a set of nr semaphores, with rcu_read_lock taken; ERR_PTR, without. Without locks. */
struct sem_undo *sem_undo_get(int id, unsigned int nr);
void sem_undo_forget(struct sem_set *set); /* the set goes; its object locked */
/* values were set: nothing is to be undone */
void sem_undo_clear(struct sem_set *set, unsigned int first, unsigned int nr);
void sem_undo_init(void);

#endif
