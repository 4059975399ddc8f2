// SPDX-License-Identifier: MIT
/* System V message queues: messages and who waits for them. See msg.h. */
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <mm/slab.h>
#include "msg.h"

struct message *message_alloc(size_t size)
{
	struct message *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return NULL;
	m->size = size;
	INIT_LIST_HEAD(&m->node);
	if (size) {
		m->text = kvmalloc(size, GFP_KERNEL);
		if (!m->text) {
			kfree(m);
			return NULL;
		}
	}
	return m;
}

void message_free(struct message *m)
{
	kvfree(m->text);
	kfree(m);
}

static bool fits(const struct message *m, enum msg_search mode, long type)
{
	switch (mode) {
	case SEARCH_ANY:
	case SEARCH_NUMBER: return true;
	case SEARCH_EQUAL: return m->type == type;
	case SEARCH_NOT_EQUAL: return m->type != type;
	case SEARCH_LESS_EQUAL: return m->type <= type;
	}
	return false;
}

struct message *msg_find(struct msg_queue *q, enum msg_search mode, long type)
{
	struct message *m, *found = NULL;
	long number = 0;

	list_for_each_entry(m, &q->messages, node) {
		if (!fits(m, mode, type))
			continue;
		if (mode == SEARCH_NUMBER) {
			if (number++ == type)
				return m;
			continue;
		}
		if (mode != SEARCH_LESS_EQUAL)
			return m;
		/* The lowest type, and of that the oldest. */
		if (!found || m->type < found->type)
			found = m;
	}
	return found;
}

/* The receiver may be gone as soon as it sees its message. */
static void finish(struct msg_receiver *r, struct message *m)
{
	struct thread *t = get_thread(r->thread);

	list_del(&r->node);
	smp_store_release(&r->message, m);
	wake_up_thread(t);
	put_thread(t);
}

bool msg_deliver(struct msg_queue *q, struct message *m)
{
	struct msg_receiver *r, *next;

	list_for_each_entry_safe(r, next, &q->receivers, node) {
		if (!fits(m, r->mode, r->type))
			continue;
		if (m->size > r->max_size && !r->cuts) {
			finish(r, ERR_PTR(-E2BIG));
			continue;
		}
		q->receive_pid = r->pid;
		q->receive_time = ktime_get_real_seconds();
		finish(r, m);
		return true;
	}
	return false;
}

void msg_wake_senders(struct msg_queue *q)
{
	struct msg_sender *s, *next;

	list_for_each_entry_safe(s, next, &q->senders, node) {
		struct thread *t = get_thread(s->thread);

		list_del(&s->node);
		smp_store_release(&s->woken, true);
		wake_up_thread(t);
		put_thread(t);
	}
}

void msg_queue_end(struct msg_queue *q)
{
	struct msg_receiver *r, *next;
	struct message *m, *next_message;

	list_for_each_entry_safe(r, next, &q->receivers, node)
		finish(r, ERR_PTR(-EIDRM));
	msg_wake_senders(q);
	list_for_each_entry_safe(m, next_message, &q->messages, node) {
		list_del(&m->node);
		message_free(m);
	}
	q->nr_messages = 0;
	q->nr_bytes = 0;
}
