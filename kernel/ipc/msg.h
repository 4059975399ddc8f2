/* SPDX-License-Identifier: MIT */
/*
 * System V message queues. All of a queue is guarded by object.lock; bodies are allocated and copied outside it.
 *
 * A receiver that finds nothing queues with what it wants; a sender hands its message straight to the first receiver that takes it. A sender that
 * finds the queue full sleeps and tries again when something was taken.
 */
#ifndef KERNEL_IPC_MSG_H
#define KERNEL_IPC_MSG_H

#include <kernel/thread.h>
#include <lib/list.h>
#include <uapi/msg.h>
#include "set.h"

struct message {
	struct list_head node;
	long type;
	size_t size;
	/* its own allocation, so that lengths of pages fit pages; NULL: empty */
	char *text;
};

struct msg_queue {
	struct ipc_object object;
	time64_t send_time, receive_time, change_time;
	unsigned long nr_bytes, nr_messages, max_bytes;
	s32 send_pid, receive_pid;
	struct list_head messages; /* by arrival */
	struct list_head receivers;
	struct list_head senders;
};

enum msg_search { SEARCH_ANY, SEARCH_EQUAL, SEARCH_NOT_EQUAL, SEARCH_LESS_EQUAL, SEARCH_NUMBER };

struct msg_receiver {
	struct list_head node;
	struct thread *thread;
	enum msg_search mode;
	long type;
	size_t max_size; /* of what it takes; more with MSG_NOERROR, which cuts */
	bool cuts;
	s32 pid;
	struct message *message; /* NULL: waits; the message, or ERR_PTR */
};

struct msg_sender {
	struct list_head node;
	struct thread *thread;
	bool woken;
};

static inline struct msg_queue *msg_queue_of(struct ipc_object *object)
{
	return container_of(object, struct msg_queue, object);
}

struct message *message_alloc(size_t size);
void message_free(struct message *m);

/* With the queue's lock. */
/* to a receiver that waits; false: nobody wants it */
bool msg_deliver(struct msg_queue *q, struct message *m);
struct message *msg_find(struct msg_queue *q, enum msg_search mode, long type);
void msg_wake_senders(struct msg_queue *q);
/* it is removed: everybody gets EIDRM, messages go */
void msg_queue_end(struct msg_queue *q);

#endif
