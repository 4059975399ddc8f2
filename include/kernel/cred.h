/* SPDX-License-Identifier: MIT */
/*
 * Credentials (kernel/process/cred.c): immutable once published; a change makes a copy. current's own are read plainly, another
 * thread's under RCU (thread_cred) or with a reference (get_thread_cred).
 */
#ifndef KERNEL_CRED_H
#define KERNEL_CRED_H

#include <kernel/rcu.h>
#include <kernel/refcount.h>
#include <kernel/thread.h>
#include <lib/list.h>

#define INVALID_ID	(~0u)		/* no user or group: "leave it" in the calls that set them */

/* What all processes of one real user id share: the counts behind per-user limits. */
struct user_struct {
	refcount_t refs;
	u32 uid;		    /* I */
	atomic_t nr_processes;	    /* RLIMIT_NPROC: threads in fact */
	atomic_t nr_sigpending;	    /* RLIMIT_SIGPENDING */
	atomic_long_t locked_bytes; /* RLIMIT_MEMLOCK of SysV segments */
	atomic_long_t mq_bytes;	    /* RLIMIT_MSGQUEUE */
	atomic_long_t pipe_pages;
	atomic_long_t epoll_watches;
	atomic_t inotify_instances, inotify_watches;
	atomic_t unix_inflight; /* descriptors on their way in messages */
	struct hlist_node hash;
	struct rcu_head rcu;
};

struct user_struct *find_user(u32 uid); /* with a reference, made when new; NULL: no memory */
void put_user_struct(struct user_struct *user);
static inline struct user_struct *get_user_struct(struct user_struct *user)
{
	refcount_inc(&user->refs);
	return user;
}

struct group_info {
	refcount_t refs;
	unsigned int count;
	u32 gid[]; /* sorted */
};

struct credentials {
	refcount_t refs;
	u32 uid, gid, suid, sgid, euid, egid, fsuid, fsgid;
	/* bit n: capability n */
	u64 cap_inheritable, cap_permitted, cap_effective, cap_bounding, cap_ambient;
	unsigned int securebits;
	struct user_struct *user; /* of uid */
	struct group_info *groups;
	struct rcu_head rcu;
};

extern struct credentials init_cred;
#define current_cred()	(current->cred)
#define current_uid()	(current->cred->uid)
#define current_gid()	(current->cred->gid)
#define current_euid()	(current->cred->euid)
#define current_fsuid()	(current->cred->fsuid)
#define current_fsgid()	(current->cred->fsgid)
#define current_user()	(current->cred->user)

/* Another thread's, within an RCU section. */
#define thread_cred(t)	rcu_dereference((t)->cred)
const struct credentials *get_thread_cred(struct thread *t);

struct credentials *prepare_creds(void); /* a copy of current's; NULL: no memory */
/* consumes the reference; 0; signals and dumpability as the change demands */
int commit_creds(struct credentials *new);
void abort_creds(struct credentials *new);
static inline const struct credentials *get_cred(const struct credentials *cred)
{
	refcount_inc(&((struct credentials *)cred)->refs);
	return cred;
}
void put_cred(const struct credentials *cred);
/*
 * The same for what comes and goes with each open file, in threads only. All of a user's processes share one count of references, so
 * each thread keeps some in hand and as a rule touches nothing that another CPU does. Those of a thread that has ended are given back by
 * put_spare_creds().
 */
const struct credentials *get_cred_of_hand(const struct credentials *cred);
void put_cred_to_hand(const struct credentials *cred);
void put_spare_creds(struct thread *t);
/* For a while, as another: exec's open checks, overlays. Returns the old ones for revert_creds. */
const struct credentials *override_creds(const struct credentials *new);
void revert_creds(const struct credentials *old);

bool capable(int cap); /* current, effective */
bool cred_has_cap(const struct credentials *cred, int cap);
bool in_group(u32 gid); /* fsgid or supplementary */
bool in_egroup(u32 gid);
bool cred_in_group(const struct credentials *cred, u32 gid); /* supplementary alone */

void cred_init(void);

#endif
