// SPDX-License-Identifier: MIT
/* semget, semop, semtimedop, semctl. */
#include <kernel/hrtimer.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <kernel/user_time.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/sem.h>
#include <uapi/time.h>
#include "sem.h"

enum { LIMIT_MSL, LIMIT_MNS, LIMIT_OPM, LIMIT_MNI };
int sem_limits[4] = { SEMMSL, SEMMNS, SEMOPM, SEMMNI };

static void sem_free(struct ipc_object *object)
{
	kvfree(sem_set_of(object));
}

struct ipc_set sem_set = IPC_SET_INIT(sem_set, SEMMNI, sem_free);
static unsigned int nr_semaphores; /* sem_set.lock: in all sets */

static struct ipc_object *make_set(const struct ipc_params *params)
{
	struct sem_set *set;

	if (!params->size)
		return ERR_PTR(-EINVAL);
	if (nr_semaphores + params->size > (unsigned int)sem_limits[LIMIT_MNS])
		return ERR_PTR(-ENOSPC);
	set = kvzalloc(struct_size(set, values, params->size), GFP_KERNEL);
	if (!set)
		return ERR_PTR(-ENOMEM);
	set->nr = params->size;
	set->change_time = ktime_get_real_seconds();
	INIT_LIST_HEAD(&set->waiters);
	INIT_LIST_HEAD(&set->undos);
	nr_semaphores += params->size;
	return &set->object;
}

static int check_set(struct ipc_object *object, const struct ipc_params *params)
{
	return params->size > sem_set_of(object)->nr ? -EINVAL : 0;
}

long sys_semget(int key, int nr, int flags)
{
	if (nr < 0 || nr > sem_limits[LIMIT_MSL])
		return -EINVAL;
	return ipc_get(&sem_set, &(struct ipc_params){ .key = key, .flags = flags, .size = nr },
		       make_set, check_set);
}

/* --- operations --- */

static int check_ops(const struct sem_set *set, const struct sembuf *ops, unsigned int nr_ops,
		     bool alter)
{
	for (unsigned int i = 0; i < nr_ops; i++)
		if (ops[i].sem_num >= set->nr)
			return -EFBIG;
	return ipc_allowed(&set->object, alter ? 0222 : 0444) ? 0 : -EACCES;
}

/* The set's lock is held on entry, not on exit. */
static int wait_for_turn(struct ipc_object *object, struct sem_waiter *waiter,
			 const u64 *expires_ns)
{
	struct sem_set *set = sem_set_of(object);
	int slept = -EINTR, result;

	waiter->thread = current;
	waiter->result = SEM_WAITS;
	list_add_tail(&waiter->node, &set->waiters);
	ipc_hold(object);
	set_current_state(THREAD_INTERRUPTIBLE);
	ipc_unlock(object);
	if (!signal_pending(current)) {
		if (expires_ns)
			slept = schedule_hrtimeout_range(*expires_ns, current->timer_slack_ns,
							 HRTIMER_MODE_ABS, CLOCK_MONOTONIC);
		else
			schedule();
	}
	__set_current_state(THREAD_RUNNING);
	if (smp_load_acquire(&waiter->result) == SEM_WAITS) {
		spin_lock(&object->lock);
		if (waiter->result == SEM_WAITS) {
			list_del(&waiter->node);
			waiter->result = !slept			   ? -EAGAIN
					 : signal_pending(current) ? -EINTR
								   : -ERESTART;
		}
		spin_unlock(&object->lock);
	}
	result = waiter->result;
	ipc_put(object);
	return result;
}

static int do_ops(int id, const struct sembuf *ops, unsigned int nr_ops, const u64 *expires_ns)
{
	struct sem_waiter waiter = { .ops = ops,
				     .nr_ops = nr_ops,
				     .pid = current->process->pid->nr };
	bool alter = false, undo = false;
	struct ipc_object *object;
	unsigned int nr;
	int result;

	for (unsigned int i = 0; i < nr_ops; i++) {
		alter |= ops[i].sem_op != 0;
		undo |= ops[i].sem_op != 0 && ops[i].sem_flg & SEM_UNDO;
	}
again:
	if (undo) {
		/* The record is as long as the set, which has to be looked at first. */
		object = ipc_lock(&sem_set, id);
		if (IS_ERR(object))
			return PTR_ERR(object);
		nr = sem_set_of(object)->nr;
		ipc_unlock(object);
		waiter.undo = sem_undo_get(id, nr);
		if (IS_ERR(waiter.undo))
			return PTR_ERR(waiter.undo);
	}
	object = ipc_lock(&sem_set, id);
	if (undo)
		rcu_read_unlock(); /* sem_undo_get's: the set's lock keeps the record */
	if (IS_ERR(object))
		return PTR_ERR(object);
	result = undo && waiter.undo->dead ? -EIDRM
					   : check_ops(sem_set_of(object), ops, nr_ops, alter);
	if (!result)
		result = sem_try(sem_set_of(object), ops, nr_ops, waiter.undo, waiter.pid,
				 &waiter.blocking);
	if (result == SEM_WAITS) {
		result = wait_for_turn(object, &waiter, expires_ns);
		if (result == -ERESTART) /* woken by nobody we know */
			goto again;
		return result;
	}
	if (!result && alter)
		sem_values_changed(sem_set_of(object));
	ipc_unlock(object);
	return result;
}

static int read_expiry(const struct __kernel_timespec __user *timeout, u64 *expires_ns)
{
	u64 ns;
	int error = get_user_timespec(timeout, &ns);

	if (!error)
		*expires_ns = ktime_add_safe(ktime_get_ns(), ns);
	return error;
}

#define FEW_OPS	32

long sys_semtimedop(int id, struct sembuf __user *uops, unsigned int nr,
		    const struct __kernel_timespec __user *timeout)
{
	struct sembuf few[FEW_OPS], *ops = few;
	u64 expires_ns;
	long result;

	if (nr < 1 || id < 0)
		return -EINVAL;
	if (nr > (unsigned int)sem_limits[LIMIT_OPM])
		return -E2BIG;
	if (timeout) {
		result = read_expiry(timeout, &expires_ns);
		if (result)
			return result;
	}
	if (nr > FEW_OPS) {
		ops = kvmalloc(nr * sizeof(*ops), GFP_KERNEL);
		if (!ops)
			return -ENOMEM;
	}
	if (copy_from_user(ops, uops, nr * sizeof(*ops)))
		result = -EFAULT;
	else
		result = do_ops(id, ops, nr, timeout ? &expires_ns : NULL);
	if (ops != few)
		kvfree(ops);
	return result;
}

long sys_semop(int id, struct sembuf __user *ops, unsigned int nr)
{
	return sys_semtimedop(id, ops, nr, NULL);
}

/* --- semctl --- */

static int count_waiters(struct sem_set *set, unsigned int num, bool zero)
{
	struct sem_waiter *waiter;
	int count = 0;

	list_for_each_entry(waiter, &set->waiters, node)
		if (waiter->blocking->sem_num == num && (waiter->blocking->sem_op == 0) == zero)
			count++;
	return count;
}

static long get_one(int id, int num, int command)
{
	struct ipc_object *object = ipc_lock(&sem_set, id);
	struct sem_set *set;
	long result;

	if (IS_ERR(object))
		return PTR_ERR(object);
	set = sem_set_of(object);
	if (!ipc_allowed(object, 0444))
		result = -EACCES;
	else if (num < 0 || (unsigned int)num >= set->nr)
		result = -EINVAL;
	else if (command == GETVAL)
		result = set->values[num].value;
	else if (command == GETPID)
		result = set->values[num].pid;
	else
		result = count_waiters(set, num, command == GETZCNT);
	ipc_unlock(object);
	return result;
}

static long set_one(int id, int num, int value)
{
	struct ipc_object *object;
	struct sem_set *set;
	long result = 0;

	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	object = ipc_lock(&sem_set, id);
	if (IS_ERR(object))
		return PTR_ERR(object);
	set = sem_set_of(object);
	if (num < 0 || (unsigned int)num >= set->nr) {
		result = -EINVAL;
	} else if (!ipc_allowed(object, 0222)) {
		result = -EACCES;
	} else {
		sem_undo_clear(set, num, 1);
		set->values[num] = (struct semaphore_value){ value, current->process->pid->nr };
		set->change_time = ktime_get_real_seconds();
		sem_values_changed(set);
	}
	ipc_unlock(object);
	return result;
}

/* GETALL and SETALL: nr never changes, so the array can be allocated in between. */
static long transfer_all(int id, int command, unsigned short __user *uarray)
{
	struct ipc_object *object = ipc_lock(&sem_set, id);
	unsigned short *array;
	struct sem_set *set;
	unsigned int nr, i;
	long result = 0;

	if (IS_ERR(object))
		return PTR_ERR(object);
	nr = sem_set_of(object)->nr;
	if (!ipc_allowed(object, command == GETALL ? 0444 : 0222))
		result = -EACCES;
	ipc_unlock(object);
	if (result)
		return result;
	array = kvmalloc(nr * sizeof(*array), GFP_KERNEL);
	if (!array)
		return -ENOMEM;
	if (command == SETALL && copy_from_user(array, uarray, nr * sizeof(*array)))
		result = -EFAULT;
	for (i = 0; command == SETALL && !result && i < nr; i++)
		if (array[i] > SEMVMX)
			result = -ERANGE;
	object = result ? ERR_PTR(result) : ipc_lock(&sem_set, id);
	if (IS_ERR(object)) {
		kvfree(array);
		return result ?: -EIDRM;
	}
	set = sem_set_of(object);
	if (command == SETALL) {
		for (i = 0; i < nr; i++)
			set->values[i] = (struct semaphore_value){ array[i],
								   current->process->pid->nr };
		sem_undo_clear(set, 0, nr);
		set->change_time = ktime_get_real_seconds();
		sem_values_changed(set);
	} else {
		for (i = 0; i < nr; i++)
			array[i] = set->values[i].value;
	}
	ipc_unlock(object);
	if (command == GETALL && copy_to_user(uarray, array, nr * sizeof(*array)))
		result = -EFAULT;
	kvfree(array);
	return result;
}

static long sem_stat(int id, int command, struct semid64_ds __user *buf)
{
	struct ipc_object *object = command == IPC_STAT ? ipc_lock(&sem_set, id)
							: ipc_lock_index(&sem_set, id);
	struct semid64_ds ds = {};
	struct sem_set *set;
	long result = 0;

	if (IS_ERR(object))
		return PTR_ERR(object);
	set = sem_set_of(object);
	if (command != SEM_STAT_ANY && !ipc_allowed(object, 0444))
		result = -EACCES;
	else if (command != IPC_STAT)
		result = object->id;
	ipc_fill_perm(&ds.sem_perm, object);
	ds.sem_otime = set->operation_time;
	ds.sem_ctime = set->change_time;
	ds.sem_nsems = set->nr;
	ipc_unlock(object);
	if (result < 0)
		return result;
	return copy_to_user(buf, &ds, sizeof(ds)) ? -EFAULT : result;
}

static long sem_info(int command, struct seminfo __user *buf)
{
	struct seminfo info = {
		.semmap = SEMMAP,
		.semmni = sem_limits[LIMIT_MNI],
		.semmns = sem_limits[LIMIT_MNS],
		.semmnu = SEMMNU,
		.semmsl = sem_limits[LIMIT_MSL],
		.semopm = sem_limits[LIMIT_OPM],
		.semume = SEMUME,
		.semusz = SEMUSZ,
		.semvmx = SEMVMX,
		.semaem = SEMAEM,
	};
	int max_index;

	down_read(&sem_set.lock);
	if (command == SEM_INFO) {
		info.semusz = sem_set.in_use;
		info.semaem = nr_semaphores;
	}
	max_index = sem_set.max_index;
	up_read(&sem_set.lock);
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : max(max_index, 0);
}

static void remove_set(struct sem_set *set)
{
	nr_semaphores -= set->nr;
	sem_undo_forget(set);
	sem_wake_all(set, -EIDRM);
	ipc_remove(&set->object);
}

static long sem_change(int id, int command, struct semid64_ds __user *buf)
{
	struct ipc_object *object;
	struct semid64_ds ds;
	long result = 0;

	if (command == IPC_SET && copy_from_user(&ds, buf, sizeof(ds)))
		return -EFAULT;
	down_write(&sem_set.lock);
	object = ipc_lock(&sem_set, id);
	if (IS_ERR(object)) {
		up_write(&sem_set.lock);
		return PTR_ERR(object);
	}
	if (!ipc_owned(object)) {
		result = -EPERM;
	} else if (command == IPC_RMID) {
		remove_set(sem_set_of(object));
	} else {
		result = ipc_take_perm(object, &ds.sem_perm);
		sem_set_of(object)->change_time = ktime_get_real_seconds();
	}
	ipc_unlock(object);
	up_write(&sem_set.lock);
	return result;
}

long sys_semctl(int id, int num, int command, unsigned long arg)
{
	if (id < 0)
		return -EINVAL;
	switch (command) {
	case IPC_INFO:
	case SEM_INFO: return sem_info(command, (struct seminfo __user *)arg);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY: return sem_stat(id, command, (struct semid64_ds __user *)arg);
	case GETALL:
	case SETALL: return transfer_all(id, command, (unsigned short __user *)arg);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT: return get_one(id, num, command);
	case SETVAL: return set_one(id, num, (int)arg);
	case IPC_SET:
	case IPC_RMID: return sem_change(id, command, (struct semid64_ds __user *)arg);
	}
	return -EINVAL;
}
