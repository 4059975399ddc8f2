/* SPDX-License-Identifier: MIT */
/*
 * Sets of System V objects: semaphores, shared memory, message queues.
 *
 * An identifier is an index into the set's array and a sequence number above it, so that one that is used again is another number. set->lock, a
 * rw_semaphore, is held for writing to make and to remove objects, for reading to hold a set still; an object's own lock (LOCK_RANK_IPC) guards
 * its fields and what it contains. Looking up by identifier takes no lock of the set: RCU, then the object's lock, then `deleted`.
 */
#ifndef KERNEL_IPC_SET_H
#define KERNEL_IPC_SET_H

#include <kernel/cred.h>
#include <kernel/mutex.h>
#include <kernel/rcu.h>
#include <kernel/refcount.h>
#include <kernel/spinlock.h>
#include <lib/types.h>
#include <lib/xarray.h>
#include <uapi/ipc.h>

#define IPC_INDEX_BITS	15
#define IPC_MAX_OBJECTS	(1 << IPC_INDEX_BITS)

struct ipc_set;

struct ipc_object {
	struct ipc_set *set; /* I */
	spinlock_t lock;
	refcount_t refs; /* the set's; whoever sleeps on it or maps it */
	bool deleted;	 /* lock; set once */
	int id;		 /* I */
	key_t key;	 /* lock and set->lock */
	u32 uid, gid;	 /* lock */
	u32 cuid, cgid;	 /* I: of the creator */
	u16 mode;	 /* lock */
	u16 seq;	 /* I */
	struct rcu_head rcu;
};

struct ipc_set {
	struct rw_semaphore lock;
	struct xarray objects; /* lock for writing and `links`; by index */
	struct xarray keys;    /* lock; by key, without IPC_PRIVATE */
	spinlock_t links;      /* what xarrays want of their writers */
	unsigned int in_use;   /* lock */
	int max_index;	       /* lock: highest in use, -1: none */
	u16 next_seq;	       /* lock */
	unsigned int max_objects;
	/* a grace period after the last reference */
	void (*free)(struct ipc_object *object);
};

#define IPC_SET_INIT(name, max, free_function) {						\
	.lock = RWSEM_INIT(name.lock), .links = SPINLOCK_INIT(#name, LOCK_RANK_IPC),		\
	.objects = XARRAY_INIT, .keys = XARRAY_INIT,						\
	.max_index = -1, .max_objects = (max), .free = (free_function),				\
}

struct ipc_params {
	key_t key;
	int flags;
	size_t size; /* of a segment; or how many semaphores */
};

/*
 * The common part of shmget, semget, msgget. make returns a new object (ERR_PTR), which is then added and owned by the set; check says whether
 * an existing one fits what is asked for: 0 or -errno.
 */
int ipc_get(struct ipc_set *set, const struct ipc_params *params,
	    struct ipc_object *(*make)(const struct ipc_params *params),
	    int (*check)(struct ipc_object *object, const struct ipc_params *params));

/* Locked; ERR_PTR(-EINVAL): no such, -EIDRM: just removed. In an RCU section that ipc_unlock ends. */
struct ipc_object *ipc_lock(struct ipc_set *set, int id);
/* by place: the *_STAT commands */
struct ipc_object *ipc_lock_index(struct ipc_set *set, int index);
void ipc_unlock(struct ipc_object *object);

bool ipc_allowed(const struct ipc_object *object, int mode); /* of S_IRUGO | S_IWUGO */
bool ipc_owned(const struct ipc_object *object);	     /* may be changed and removed */

static inline void ipc_hold(struct ipc_object *object) { refcount_inc(&object->refs); }
void ipc_put(struct ipc_object *object);
/* Takes it out of the set, whose reference goes. set->lock held for writing, object locked (and stays so). */
void ipc_remove(struct ipc_object *object);
/* Nobody can find it by key any more. Locks as ipc_remove. */
void ipc_forget_key(struct ipc_object *object);

void ipc_fill_perm(struct ipc64_perm *perm, const struct ipc_object *object);
/* IPC_SET: owner and mode. 0 or -EINVAL */
int ipc_take_perm(struct ipc_object *object, const struct ipc64_perm *perm);

extern struct ipc_set shm_set, sem_set, msg_set;
extern unsigned long shm_max_bytes, shm_all_pages; /* kernel.shmmax, shmall */
/* kernel.sem: SEMMSL SEMMNS SEMOPM SEMMNI */
extern int sem_limits[4];
extern int msg_max_bytes, msg_queue_bytes; /* kernel.msgmax, msgmnb */

#endif
