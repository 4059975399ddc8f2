/* SPDX-License-Identifier: MIT */
/*
 * Descriptors in messages, and the collection of what only messages hold.
 *
 * A socket that was sent away and closed lives in somebody's queue. When that queue belongs to a socket in the same case, the two (or
 * one, with itself) hold each other for ever. So each socket counts how often its file is in messages; when a socket is closed while
 * anything is on its way, a collection looks at those whose file nobody else holds (the candidates). A candidate with more references
 * from messages than come from queues of candidates can be received by someone; so can all that is in its queue. The rest is garbage:
 * its messages are dropped.
 *
 * rights_lock guards the counts and each message's files. Received descriptors are taken out under it, so that nothing leaves the
 * queues during a collection.
 */
#include "unix.h"

#include <kernel/cred.h>
#include <kernel/process.h>
#include <kernel/workqueue.h>
#include <lib/kernel.h>
#include <mm/slab.h>
#include <uapi/capability.h>
#include <uapi/resource.h>

static DEFINE_MUTEX(rights_lock);
static LIST_HEAD(inflight_sockets); /* rights_lock: with inflight > 0 */

static void count_file(struct file *file)
{
	struct unix_socket *u = unix_of(file);

	if (u && !u->inflight++)
		list_add_tail(&u->inflight_node, &inflight_sockets);
}

static void uncount_file(struct file *file)
{
	struct unix_socket *u = unix_of(file);

	if (u && !--u->inflight)
		list_del_init(&u->inflight_node);
}

/* One user's descriptors on their way are limited as the open ones are. */
static bool too_many(struct user_struct *user)
{
	return (unsigned long)atomic_read(&user->unix_inflight) >
		       current->process->limits[RLIMIT_NOFILE].rlim_cur &&
	       !capable(CAP_SYS_RESOURCE) && !capable(CAP_SYS_ADMIN);
}

int unix_rights_attach(struct unix_message *m, struct socket_control *c)
{
	struct user_struct *user = current_user();

	if (too_many(user))
		return -ETOOMANYREFS;
	mutex_lock(&rights_lock);
	for (unsigned int i = 0; i < c->nr_files; i++) {
		struct unix_socket *u = unix_of(c->files[i]);

		if (u)
			u->file = c->files[i];
		count_file(c->files[i]);
	}
	m->files = c->files;
	m->nr_files = c->nr_files;
	mutex_unlock(&rights_lock);
	m->user = get_user_struct(user);
	atomic_add(m->nr_files, &user->unix_inflight);
	c->files = NULL;
	c->nr_files = 0;
	return 0;
}

static void forget_user(struct unix_message *m, unsigned int nr)
{
	atomic_sub(nr, &m->user->unix_inflight);
	put_user_struct(m->user);
	m->user = NULL;
}

void unix_rights_detach(struct unix_message *m, struct socket_control *c)
{
	mutex_lock(&rights_lock);
	for (unsigned int i = 0; i < m->nr_files; i++)
		uncount_file(m->files[i]);
	c->files = m->files;
	c->nr_files = m->nr_files;
	m->files = NULL;
	m->nr_files = 0;
	mutex_unlock(&rights_lock);
	forget_user(m, c->nr_files);
}

int unix_rights_peek(struct unix_message *m, struct socket_control *c)
{
	struct file **copy = kcalloc(SCM_MAX_FILES, sizeof(*copy), GFP_KERNEL);

	if (!copy)
		return -ENOMEM;
	mutex_lock(&rights_lock);
	for (unsigned int i = 0; i < m->nr_files; i++)
		copy[i] = get_file(m->files[i]);
	c->nr_files = m->nr_files;
	mutex_unlock(&rights_lock);
	c->files = copy;
	return 0;
}

void unix_rights_drop(struct unix_message *m)
{
	struct socket_control c = { 0 };

	unix_rights_detach(m, &c);
	control_release(&c);
}

/* ---- collecting ---- */

typedef void (*visit_t)(struct unix_socket *found);

static void visit_files(const struct unix_message *m, visit_t visit)
{
	for (unsigned int i = 0; m->files && i < m->nr_files; i++) {
		struct unix_socket *found = unix_of(m->files[i]);

		if (found && found->candidate)
			visit(found);
	}
}

static void visit_queue(struct unix_socket *u, visit_t visit)
{
	struct unix_message *m;

	spin_lock(&u->lock);
	list_for_each_entry(m, &u->queue, node)
		visit_files(m, visit);
	spin_unlock(&u->lock);
}

/*
 * Connections that wait to be accepted have queues too. They stay in the listener's queue: accept takes them out under its lock, but a
 * listener that is a candidate has nobody who could call accept.
 */
static void visit_all(struct unix_socket *u, visit_t visit)
{
	struct unix_message *m;

	visit_queue(u, visit);
	if (READ_ONCE(u->state) != UNIX_LISTENING)
		return;
	for (struct list_head *node = u->queue.next; node != &u->queue; node = node->next) {
		m = list_entry(node, struct unix_message, node);
		if (m->embryo)
			visit_queue(m->embryo, visit);
	}
}

static void count_internal(struct unix_socket *found)
{
	found->internal++;
}

static LIST_HEAD(reachable); /* rights_lock: found to be so, queues not yet visited */

static void mark_reachable(struct unix_socket *found)
{
	found->candidate = false;
	list_move_tail(&found->inflight_node, &reachable);
}

static void find_candidates(void)
{
	struct unix_socket *u;

	list_for_each_entry(u, &inflight_sockets, inflight_node) {
		u->candidate = atomic_long_read(&u->file->refs) == (long)u->inflight;
		u->internal = 0;
	}
	list_for_each_entry(u, &inflight_sockets, inflight_node)
		if (u->candidate)
			visit_all(u, count_internal);
}

/* Candidates that somebody outside can receive, and what follows from it. */
static void find_reachable(struct list_head *visited)
{
	struct unix_socket *u, *next;

	list_for_each_entry_safe(u, next, &inflight_sockets, inflight_node)
		if (u->candidate && u->inflight > u->internal)
			mark_reachable(u);
	while (!list_empty(&reachable)) {
		u = list_first_entry(&reachable, struct unix_socket, inflight_node);
		list_move_tail(&u->inflight_node, visited);
		visit_all(u, mark_reachable);
	}
}

static void take_messages(struct unix_socket *u, struct list_head *garbage)
{
	struct unix_message *m, *next;

	spin_lock(&u->lock);
	list_for_each_entry_safe(m, next, &u->queue, node) {
		if (m->embryo || !m->files)
			continue;
		list_move_tail(&m->node, garbage);
		WRITE_ONCE(u->queued, u->queued - m->charge);
		WRITE_ONCE(u->nr_queued, u->nr_queued - 1);
	}
	spin_unlock(&u->lock);
}

static void take_garbage(struct list_head *garbage)
{
	struct unix_message *m;
	struct unix_socket *u;

	list_for_each_entry(u, &inflight_sockets, inflight_node) {
		if (!u->candidate)
			continue;
		take_messages(u, garbage);
		if (u->state != UNIX_LISTENING)
			continue;
		list_for_each_entry(m, &u->queue, node)
			if (m->embryo)
				take_messages(m->embryo, garbage);
	}
}

static void collect(struct work_struct *work)
{
	struct unix_message *m, *next;
	LIST_HEAD(visited);
	LIST_HEAD(garbage);

	mutex_lock(&rights_lock);
	find_candidates();
	find_reachable(&visited);
	take_garbage(&garbage);
	list_splice(&visited, &inflight_sockets);
	mutex_unlock(&rights_lock);
	list_for_each_entry_safe(m, next, &garbage, node) {
		list_del(&m->node);
		unix_message_free(m);
	}
}

static DECLARE_WORK(collect_work, collect);

void unix_rights_closed(struct unix_socket *u)
{
	if (!list_empty(&inflight_sockets))
		schedule_work(&collect_work);
}
