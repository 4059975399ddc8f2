// SPDX-License-Identifier: MIT
/* What SEM_UNDO operations did is taken back when their process ends. See sem.h. */
#include <kernel/process.h>
#include <kernel/sched.h>
#include <lib/err.h>
#include <mm/slab.h>
#include <uapi/sched.h>
#include "sem.h"

static struct sem_undo_list *list_alloc(void)
{
	struct sem_undo_list *list = kzalloc(sizeof(*list), GFP_KERNEL);

	if (!list)
		return NULL;
	refcount_set(&list->refs, 1);
	spin_lock_init(&list->lock, LOCK_RANK_IPC);
	INIT_LIST_HEAD(&list->records);
	return list;
}

/* The process's list, made at its first use. Threads may come here at once. */
static struct sem_undo_list *list_of(struct process *p)
{
	struct sem_undo_list *list = smp_load_acquire(&p->sem_undo), *none = NULL;

	if (list)
		return list;
	list = list_alloc();
	if (!list)
		return NULL;
	if (try_cmpxchg(&p->sem_undo, &none, list))
		return list;
	kfree(list);
	return none;
}

static struct sem_undo *find_record(struct sem_undo_list *list, int id)
{
	struct sem_undo *undo;

	list_for_each_entry(undo, &list->records, process_node)
		if (undo->id == id && !READ_ONCE(undo->dead))
			return undo;
	return NULL;
}

static struct sem_undo *add_record(struct sem_undo_list *list, struct sem_undo *new)
{
	struct ipc_object *object = ipc_lock(&sem_set, new->id);
	struct sem_undo *undo;

	if (IS_ERR(object))
		return ERR_CAST(object);
	spin_lock_nested(&list->lock);
	undo = find_record(list, new->id);
	if (!undo) {
		undo = new;
		list_add_tail(&new->process_node, &list->records);
		list_add_tail(&new->set_node, &sem_set_of(object)->undos);
	}
	spin_unlock(&list->lock);
	ipc_unlock(object);
	return undo;
}

struct sem_undo *sem_undo_get(int id, unsigned int nr)
{
	struct sem_undo_list *list = list_of(current->process);
	struct sem_undo *undo, *new;

	if (!list)
		return ERR_PTR(-ENOMEM);
	rcu_read_lock();
	spin_lock(&list->lock);
	undo = find_record(list, id);
	spin_unlock(&list->lock);
	if (undo)
		return undo;
	rcu_read_unlock();
	new = kzalloc(sizeof(*new) + nr * sizeof(new->adjust[0]), GFP_KERNEL);
	if (!new)
		return ERR_PTR(-ENOMEM);
	new->id = id;
	new->list = list;
	rcu_read_lock();
	undo = add_record(list, new);
	if (undo != new)
		kfree(new);
	if (IS_ERR(undo))
		rcu_read_unlock();
	return undo;
}

void sem_undo_clear(struct sem_set *set, unsigned int first, unsigned int nr)
{
	struct sem_undo *undo;

	list_for_each_entry(undo, &set->undos, set_node)
		for (unsigned int i = first; i < first + nr; i++)
			undo->adjust[i] = 0;
}

/* The set's object is locked. */
static void remove_record(struct sem_undo *undo)
{
	struct sem_undo_list *list = undo->list;

	WRITE_ONCE(undo->dead, true);
	list_del(&undo->set_node);
	spin_lock_nested(&list->lock);
	list_del(&undo->process_node);
	spin_unlock(&list->lock);
	kfree_rcu(undo, rcu);
}

void sem_undo_forget(struct sem_set *set)
{
	struct sem_undo *undo, *next;

	list_for_each_entry_safe(undo, next, &set->undos, set_node)
		remove_record(undo);
}

/* --- the end of a process --- */

static void apply_record(struct sem_set *set, const struct sem_undo *undo)
{
	for (unsigned int i = 0; i < set->nr; i++) {
		struct semaphore_value *sem = &set->values[i];

		if (!undo->adjust[i])
			continue;
		sem->value = clamp(sem->value + undo->adjust[i], 0, SEMVMX);
		sem->pid = current->process->pid->nr;
	}
	sem_values_changed(set);
}

/* The first record is applied and removed, unless its set has just gone and is about to remove it itself. False: there is none. */
static bool finish_first(struct sem_undo_list *list)
{
	struct ipc_object *object;
	struct sem_undo *undo;

	rcu_read_lock();
	spin_lock(&list->lock);
	undo = list_first_entry_or_null(&list->records, struct sem_undo, process_node);
	spin_unlock(&list->lock);
	if (undo) {
		object = ipc_lock(&sem_set, undo->id);
		if (!IS_ERR(object)) {
			if (!undo->dead) {
				apply_record(sem_set_of(object), undo);
				remove_record(undo);
			}
			ipc_unlock(object);
		}
	}
	rcu_read_unlock();
	return undo;
}

static void put_list(struct sem_undo_list *list)
{
	if (!refcount_dec_and_test(&list->refs))
		return;
	while (finish_first(list))
		cond_resched();
	kfree_rcu(list, rcu);
}

static int undo_clone(struct thread *child, u64 flags)
{
	struct sem_undo_list *list;

	if (flags & CLONE_THREAD || !(flags & CLONE_SYSVSEM) || !current->process)
		return 0;
	list = list_of(current->process);
	if (!list)
		return -ENOMEM;
	refcount_inc(&list->refs);
	child->process->sem_undo = list;
	return 0;
}

/* By the last thread, or for a process that never came to life. */
static void undo_exit(struct thread *t)
{
	struct sem_undo_list *list;

	if (atomic_read(&t->process->nr_live))
		return;
	list = xchg(&t->process->sem_undo, NULL);
	if (list)
		put_list(list);
}

static struct process_part undo_part = { .clone = undo_clone, .exit = undo_exit };

void sem_undo_init(void)
{
	process_part_register(&undo_part);
}
