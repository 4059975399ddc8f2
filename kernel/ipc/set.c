// SPDX-License-Identifier: MIT
/* Sets of System V objects; see set.h. */
#include <kernel/process.h>
#include <lib/err.h>
#include <mm/gfp.h>
#include <uapi/capability.h>
#include "set.h"

#define INDEX_MASK	(IPC_MAX_OBJECTS - 1)

static void free_rcu(struct rcu_head *head)
{
	struct ipc_object *object = container_of(head, struct ipc_object, rcu);

	object->set->free(object);
}

void ipc_put(struct ipc_object *object)
{
	if (refcount_dec_and_test(&object->refs))
		call_rcu(&object->rcu, free_rcu);
}

bool ipc_allowed(const struct ipc_object *object, int mode)
{
	const struct credentials *cred = current->cred;
	int wanted = (mode >> 6 | mode >> 3 | mode) & 7, granted = object->mode;

	if (cred->euid == object->cuid || cred->euid == object->uid)
		granted >>= 6;
	else if (in_egroup(object->cgid) || in_egroup(object->gid))
		granted >>= 3;
	return !(wanted & ~granted & 7) || capable(CAP_IPC_OWNER);
}

bool ipc_owned(const struct ipc_object *object)
{
	u32 euid = current_euid();

	return euid == object->cuid || euid == object->uid || capable(CAP_SYS_ADMIN);
}

/* --- finding --- */

/* lint: context: returns the object locked, or an error without */
static struct ipc_object *lock_if_alive(struct ipc_object *object, int id)
{
	if (!object || (id >= 0 && object->id != id)) {
		rcu_read_unlock();
		return ERR_PTR(-EINVAL);
	}
	spin_lock(&object->lock);
	if (!object->deleted)
		return object;
	spin_unlock(&object->lock);
	rcu_read_unlock();
	return ERR_PTR(-EIDRM);
}

struct ipc_object *ipc_lock(struct ipc_set *set, int id)
{
	if (id < 0)
		return ERR_PTR(-EINVAL);
	rcu_read_lock();
	return lock_if_alive(xa_load(&set->objects, id & INDEX_MASK), id);
}

struct ipc_object *ipc_lock_index(struct ipc_set *set, int index)
{
	if (index < 0 || index > INDEX_MASK)
		return ERR_PTR(-EINVAL);
	rcu_read_lock();
	return lock_if_alive(xa_load(&set->objects, index), -1);
}

/* lint: context: what ipc_lock() took if it found the object */
void ipc_unlock(struct ipc_object *object)
{
	spin_unlock(&object->lock);
	rcu_read_unlock();
}

/* --- making --- */

static void init_object(struct ipc_set *set, struct ipc_object *object,
			const struct ipc_params *params)
{
	const struct credentials *cred = current->cred;

	object->set = set;
	spin_lock_init(&object->lock, LOCK_RANK_IPC);
	refcount_set(&object->refs, 1);
	object->key = params->key;
	object->mode = params->flags & 0777;
	object->uid = object->cuid = cred->euid;
	object->gid = object->cgid = cred->egid;
}

/* The index's first free place; the sequence number moves on with every object made. */
static int insert_locked(struct ipc_set *set, struct ipc_object *object,
			 const struct ipc_params *params)
{
	u32 index;
	int err;

	spin_lock_nested(&set->links);
	err = xa_alloc(&set->objects, &index, object, XA_LIMIT(0, INDEX_MASK), GFP_ATOMIC);
	if (!err && params->key != IPC_PRIVATE) {
		err = xa_insert(&set->keys, (u32)params->key, object, GFP_ATOMIC);
		if (err)
			xa_erase(&set->objects, index);
	}
	if (!err) {
		object->seq = set->next_seq;
		object->id = (int)object->seq << IPC_INDEX_BITS | index;
		set->next_seq = (set->next_seq + 1) & 0xffff;
	}
	spin_unlock(&set->links);
	if (err)
		return err == -EBUSY ? -ENOSPC : err;
	set->in_use++;
	if ((int)index > set->max_index)
		set->max_index = index;
	return 0;
}

static int add_new(struct ipc_set *set, const struct ipc_params *params,
		   struct ipc_object *(*make)(const struct ipc_params *params))
{
	struct ipc_object *object;
	int err, id;

	if (set->in_use >= set->max_objects)
		return -ENOSPC;
	object = make(params);
	if (IS_ERR(object))
		return PTR_ERR(object);
	init_object(set, object, params);
	/* Its lock keeps those out who find it before it has its identifier. */
	spin_lock(&object->lock);
	err = insert_locked(set, object, params);
	id = object->id;
	if (err)
		object->deleted = true;
	spin_unlock(&object->lock);
	if (err)
		ipc_put(object);
	return err ?: id;
}

static int use_existing(struct ipc_object *object, const struct ipc_params *params,
			int (*check)(struct ipc_object *object, const struct ipc_params *params))
{
	int result;

	if ((params->flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL))
		return -EEXIST;
	spin_lock(&object->lock);
	result = check ? check(object, params) : 0;
	if (!result)
		result = ipc_allowed(object, params->flags) ? object->id : -EACCES;
	spin_unlock(&object->lock);
	return result;
}

int ipc_get(struct ipc_set *set, const struct ipc_params *params,
	    struct ipc_object *(*make)(const struct ipc_params *params),
	    int (*check)(struct ipc_object *object, const struct ipc_params *params))
{
	struct ipc_object *object = NULL;
	int result;

	down_write(&set->lock);
	if (params->key != IPC_PRIVATE)
		object = xa_load(&set->keys, (u32)params->key);
	if (object)
		result = use_existing(object, params, check);
	else if (params->key == IPC_PRIVATE || params->flags & IPC_CREAT)
		result = add_new(set, params, make);
	else
		result = -ENOENT;
	up_write(&set->lock);
	return result;
}

/* --- removing --- */

void ipc_forget_key(struct ipc_object *object)
{
	struct ipc_set *set = object->set;

	if (object->key != IPC_PRIVATE) {
		spin_lock_nested(&set->links);
		xa_erase(&set->keys, (u32)object->key);
		spin_unlock(&set->links);
	}
	object->key = IPC_PRIVATE;
}

void ipc_remove(struct ipc_object *object)
{
	struct ipc_set *set = object->set;
	int index = object->id & INDEX_MASK;

	assert_rwsem_held_write(&set->lock);
	assert_spin_locked(&object->lock);
	ipc_forget_key(object);
	spin_lock_nested(&set->links);
	xa_erase(&set->objects, index);
	spin_unlock(&set->links);
	set->in_use--;
	while (set->max_index >= 0 && !xa_load(&set->objects, set->max_index))
		set->max_index--;
	object->deleted = true;
	/* The holder of the lock goes on using it; RCU keeps it until it lets go. */
	ipc_put(object);
}

/* --- what all three *ctl calls do with owner and mode --- */

void ipc_fill_perm(struct ipc64_perm *perm, const struct ipc_object *object)
{
	perm->key = object->key;
	perm->uid = object->uid;
	perm->gid = object->gid;
	perm->cuid = object->cuid;
	perm->cgid = object->cgid;
	perm->mode = object->mode;
	perm->seq = object->seq;
}

int ipc_take_perm(struct ipc_object *object, const struct ipc64_perm *perm)
{
	if (perm->uid == INVALID_ID || perm->gid == INVALID_ID)
		return -EINVAL;
	object->uid = perm->uid;
	object->gid = perm->gid;
	object->mode = (object->mode & ~0777) | (perm->mode & 0777);
	return 0;
}
