// SPDX-License-Identifier: MIT
/* msgget, msgsnd, msgrcv, msgctl. */
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/msg.h>
#include "msg.h"

int msg_max_bytes = MSGMAX, msg_queue_bytes = MSGMNB;

static void msg_free(struct ipc_object *object)
{
	kfree(msg_queue_of(object));
}

struct ipc_set msg_set = IPC_SET_INIT(msg_set, MSGMNI, msg_free);

static struct ipc_object *make_queue(const struct ipc_params *params)
{
	struct msg_queue *q = kzalloc(sizeof(*q), GFP_KERNEL);

	if (!q)
		return ERR_PTR(-ENOMEM);
	q->change_time = ktime_get_real_seconds();
	q->max_bytes = msg_queue_bytes;
	INIT_LIST_HEAD(&q->messages);
	INIT_LIST_HEAD(&q->receivers);
	INIT_LIST_HEAD(&q->senders);
	return &q->object;
}

long sys_msgget(int key, int flags)
{
	return ipc_get(&msg_set, &(struct ipc_params){ .key = key, .flags = flags }, make_queue,
		       NULL);
}

/* --- sending --- */

static bool has_room(const struct msg_queue *q, size_t size)
{
	return q->nr_bytes + size <= q->max_bytes && q->nr_messages + 1 <= q->max_bytes;
}

/* Locked on entry, not on exit. 0: try again. */
static int wait_for_room(struct msg_queue *q)
{
	struct msg_sender sender = { .thread = current };
	int err = 0;

	list_add_tail(&sender.node, &q->senders);
	ipc_hold(&q->object);
	set_current_state(THREAD_INTERRUPTIBLE);
	ipc_unlock(&q->object);
	if (!signal_pending(current))
		schedule();
	__set_current_state(THREAD_RUNNING);
	if (!smp_load_acquire(&sender.woken)) {
		spin_lock(&q->object.lock);
		if (!sender.woken)
			list_del(&sender.node);
		spin_unlock(&q->object.lock);
		if (signal_pending(current))
			err = -ERESTARTNOHAND;
	}
	if (!err && READ_ONCE(q->object.deleted))
		err = -EIDRM;
	ipc_put(&q->object);
	return err;
}

static int send(int id, struct message *m, int flags)
{
	struct ipc_object *object;
	struct msg_queue *q;
	int err;

	for (;;) {
		object = ipc_lock(&msg_set, id);
		if (IS_ERR(object))
			return PTR_ERR(object);
		q = msg_queue_of(object);
		err = !ipc_allowed(object, 0222) ? -EACCES
		      : has_room(q, m->size)	 ? 0
		      : flags & IPC_NOWAIT	 ? -EAGAIN
						 : 1;
		if (err <= 0)
			break;
		err = wait_for_room(q);
		if (err)
			return err;
	}
	if (!err) {
		q->send_pid = current->process->pid->nr;
		q->send_time = ktime_get_real_seconds();
		if (!msg_deliver(q, m)) {
			list_add_tail(&m->node, &q->messages);
			q->nr_bytes += m->size;
			q->nr_messages++;
		}
	}
	ipc_unlock(object);
	return err;
}

long sys_msgsnd(int id, struct msgbuf __user *umsg, size_t size, int flags)
{
	struct message *m;
	long type;
	int err;

	if (get_user(type, &umsg->mtype))
		return -EFAULT;
	/* lint: uninitvar: get_user() sets it */
	if (size > (size_t)msg_max_bytes || (long)size < 0 || id < 0 || type < 1)
		return -EINVAL;
	m = message_alloc(size);
	if (!m)
		return -ENOMEM;
	m->type = type;
	if (size && copy_from_user(m->text, umsg->mtext, size))
		err = -EFAULT;
	else
		err = send(id, m, flags);
	if (err)
		message_free(m);
	return err;
}

/* --- receiving --- */

static enum msg_search search_mode(long *type, int flags)
{
	if (flags & MSG_COPY)
		return SEARCH_NUMBER;
	if (!*type)
		return SEARCH_ANY;
	if (*type < 0) {
		*type = *type == LONG_MIN ? LONG_MAX : -*type;
		return SEARCH_LESS_EQUAL;
	}
	return flags & MSG_EXCEPT ? SEARCH_NOT_EQUAL : SEARCH_EQUAL;
}

static struct message *take(struct msg_queue *q, struct message *m)
{
	list_del_init(&m->node);
	q->receive_time = ktime_get_real_seconds();
	q->receive_pid = current->process->pid->nr;
	q->nr_bytes -= m->size;
	q->nr_messages--;
	msg_wake_senders(q);
	return m;
}

/* MSG_COPY: the message stays. The copy was allocated before. */
static struct message *copy_into(struct message *copy, const struct message *m)
{
	if (m->size > copy->size)
		return ERR_PTR(-EINVAL);
	copy->type = m->type;
	copy->size = m->size;
	if (m->size)
		memcpy(copy->text, m->text, m->size);
	return copy;
}

static struct message *wait_for_message(struct msg_queue *q, struct msg_receiver *r)
{
	struct message *m;

	r->thread = current;
	list_add_tail(&r->node, &q->receivers);
	ipc_hold(&q->object);
	set_current_state(THREAD_INTERRUPTIBLE);
	ipc_unlock(&q->object);
	if (!signal_pending(current))
		schedule();
	__set_current_state(THREAD_RUNNING);
	m = smp_load_acquire(&r->message);
	if (!m) {
		spin_lock(&q->object.lock);
		m = r->message;
		if (!m) {
			list_del(&r->node);
			m = ERR_PTR(signal_pending(current) ? -ERESTARTNOHAND : -ERESTART);
		}
		spin_unlock(&q->object.lock);
	}
	ipc_put(&q->object);
	return m;
}

static struct message *receive(int id, struct msg_receiver *r, int flags, struct message *copy)
{
	struct ipc_object *object;
	struct message *m;
	struct msg_queue *q;

	for (;;) {
		object = ipc_lock(&msg_set, id);
		if (IS_ERR(object))
			return ERR_CAST(object);
		q = msg_queue_of(object);
		m = ipc_allowed(object, 0444) ? msg_find(q, r->mode, r->type) : ERR_PTR(-EACCES);
		if (!m && !(flags & IPC_NOWAIT)) {
			m = wait_for_message(q, r);
			if (m != ERR_PTR(-ERESTART))
				return m;
			continue; /* woken by nobody we know */
		}
		if (!m)
			m = ERR_PTR(-ENOMSG);
		else if (!IS_ERR(m) && copy)
			m = copy_into(copy, m);
		else if (!IS_ERR(m))
			m = m->size > r->max_size && !r->cuts ? ERR_PTR(-E2BIG) : take(q, m);
		ipc_unlock(object);
		return m;
	}
}

static long put_message(struct msgbuf __user *to, const struct message *m, size_t size)
{
	size_t n = min(size, m->size);

	if (put_user(m->type, &to->mtype) || (n && copy_to_user(to->mtext, m->text, n)))
		return -EFAULT;
	return n;
}

long sys_msgrcv(int id, struct msgbuf __user *umsg, size_t size, long type, int flags)
{
	struct msg_receiver r = { .type = type,
				  .max_size = size,
				  .cuts = flags & MSG_NOERROR,
				  .pid = current->process->pid->nr };
	struct message *copy = NULL, *m;
	long result;

	if (id < 0 || (long)size < 0)
		return -EINVAL;
	if (flags & MSG_COPY) {
		if (flags & MSG_EXCEPT || !(flags & IPC_NOWAIT))
			return -EINVAL;
		copy = message_alloc(min_t(size_t, size, msg_max_bytes));
		if (!copy)
			return -ENOMEM;
	}
	r.mode = search_mode(&r.type, flags);
	m = receive(id, &r, flags, copy);
	result = IS_ERR(m) ? PTR_ERR(m) : put_message(umsg, m, size);
	if (copy)
		message_free(copy);
	else if (!IS_ERR(m))
		message_free(m);
	return result;
}

/* --- msgctl --- */

static long msg_stat(int id, int command, struct msqid64_ds __user *buf)
{
	struct ipc_object *object = command == IPC_STAT ? ipc_lock(&msg_set, id)
							: ipc_lock_index(&msg_set, id);
	struct msqid64_ds ds = {};
	struct msg_queue *q;
	long result = 0;

	if (IS_ERR(object))
		return PTR_ERR(object);
	q = msg_queue_of(object);
	if (command != MSG_STAT_ANY && !ipc_allowed(object, 0444))
		result = -EACCES;
	else if (command != IPC_STAT)
		result = object->id;
	ipc_fill_perm(&ds.msg_perm, object);
	ds.msg_stime = q->send_time;
	ds.msg_rtime = q->receive_time;
	ds.msg_ctime = q->change_time;
	ds.msg_cbytes = q->nr_bytes;
	ds.msg_qnum = q->nr_messages;
	ds.msg_qbytes = q->max_bytes;
	ds.msg_lspid = q->send_pid;
	ds.msg_lrpid = q->receive_pid;
	ipc_unlock(object);
	if (result < 0)
		return result;
	return copy_to_user(buf, &ds, sizeof(ds)) ? -EFAULT : result;
}

static long msg_info(int command, struct msginfo __user *buf)
{
	struct msginfo info = {
		.msgmax = msg_max_bytes,
		.msgmnb = msg_queue_bytes,
		.msgmni = msg_set.max_objects,
		.msgssz = MSGSSZ,
		.msgseg = MSGSEG,
		.msgpool = MSGPOOL,
		.msgmap = MSGMAP,
		.msgtql = MSGTQL,
	};
	struct ipc_object *object;
	unsigned long index;
	int max_index;

	down_read(&msg_set.lock);
	if (command == MSG_INFO) {
		info.msgpool = msg_set.in_use;
		info.msgmap = info.msgtql = 0;
		xa_for_each(&msg_set.objects, index, object) {
			info.msgmap += READ_ONCE(msg_queue_of(object)->nr_messages);
			info.msgtql += READ_ONCE(msg_queue_of(object)->nr_bytes);
		}
	}
	max_index = msg_set.max_index;
	up_read(&msg_set.lock);
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : max(max_index, 0);
}

static int set_queue(struct msg_queue *q, const struct msqid64_ds *ds)
{
	int err;

	if (ds->msg_qbytes > (unsigned long)msg_queue_bytes && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	err = ipc_take_perm(&q->object, &ds->msg_perm);
	if (err)
		return err;
	q->max_bytes = ds->msg_qbytes;
	q->change_time = ktime_get_real_seconds();
	msg_wake_senders(q); /* there may be room now; who may not send any more is told */
	return 0;
}

static long msg_change(int id, int command, struct msqid64_ds __user *buf)
{
	struct ipc_object *object;
	struct msqid64_ds ds;
	long result = 0;

	if (command == IPC_SET && copy_from_user(&ds, buf, sizeof(ds)))
		return -EFAULT;
	down_write(&msg_set.lock);
	object = ipc_lock(&msg_set, id);
	if (IS_ERR(object)) {
		up_write(&msg_set.lock);
		return PTR_ERR(object);
	}
	if (!ipc_owned(object)) {
		result = -EPERM;
	} else if (command == IPC_RMID) {
		ipc_remove(object);
		msg_queue_end(msg_queue_of(object));
	} else {
		result = set_queue(msg_queue_of(object), &ds);
	}
	ipc_unlock(object);
	up_write(&msg_set.lock);
	return result;
}

long sys_msgctl(int id, int command, struct msqid_ds __user *buf)
{
	if (id < 0 || command < 0)
		return -EINVAL;
	switch (command) {
	case IPC_INFO:
	case MSG_INFO: return msg_info(command, (struct msginfo __user *)buf);
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY: return msg_stat(id, command, (struct msqid64_ds __user *)buf);
	case IPC_SET:
	case IPC_RMID: return msg_change(id, command, (struct msqid64_ds __user *)buf);
	}
	return -EINVAL;
}
