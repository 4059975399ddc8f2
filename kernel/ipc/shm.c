// SPDX-License-Identifier: MIT
/*
 * System V shared memory: making, finding, asking, removing. A segment that is removed while somebody has it mapped lives on without a
 * key (SHM_DEST) and goes with the last mapping.
 */
#include <fs/tmpfs.h>
#include <kernel/process.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/mapping.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/mman.h>
#include <uapi/shm.h>
#include "shm.h"

static void shm_free(struct ipc_object *object);

struct ipc_set shm_set = IPC_SET_INIT(shm_set, SHMMNI, shm_free);
unsigned long shm_max_bytes = SHMMAX, shm_all_pages = SHMALL;
static unsigned long shm_total_pages; /* shm_set.lock */

static struct shm_segment *segment_of(struct ipc_object *object)
{
	return container_of(object, struct shm_segment, object);
}

static void shm_free(struct ipc_object *object)
{
	kfree(segment_of(object));
}

static unsigned long pages_of(size_t size)
{
	return DIV_ROUND_UP(size, PAGE_SIZE);
}

static struct ipc_object *make_segment(const struct ipc_params *params)
{
	unsigned long pages = pages_of(params->size);
	struct shm_segment *segment;
	char name[16];

	if (params->size < SHMMIN || params->size > shm_max_bytes || params->flags & SHM_HUGETLB)
		return ERR_PTR(-EINVAL);
	if (pages << PAGE_SHIFT < params->size)
		return ERR_PTR(-ENOSPC);
	if (shm_total_pages + pages < pages || shm_total_pages + pages > shm_all_pages)
		return ERR_PTR(-ENOSPC);
	segment = kzalloc(sizeof(*segment), GFP_KERNEL);
	if (!segment)
		return ERR_PTR(-ENOMEM);
	snprintf(name, sizeof(name), "SYSV%08x", params->key);
	segment->file = shmem_file_create(name, params->size);
	if (IS_ERR(segment->file)) {
		struct file *error = segment->file;

		kfree(segment);
		return ERR_CAST(error);
	}
	segment->file->ops = &shm_file_operations;
	segment->file->private = segment;
	segment->size = params->size;
	segment->change_time = ktime_get_real_seconds();
	segment->creator_pid = current->process->pid->nr;
	shm_total_pages += pages;
	return &segment->object;
}

static int check_segment(struct ipc_object *object, const struct ipc_params *params)
{
	return segment_of(object)->size < params->size ? -EINVAL : 0;
}

long sys_shmget(int key, size_t size, int flags)
{
	return ipc_get(&shm_set, &(struct ipc_params){ .key = key, .flags = flags, .size = size },
		       make_segment, check_segment);
}

/* --- the end --- */

/* shm_set.lock held for writing, the object locked: both are released. */
static void destroy(struct shm_segment *segment) __releases(&segment->object.lock)
	__releases(&shm_set.lock)
{
	struct file *file = segment->file;

	shm_total_pages -= pages_of(segment->size);
	ipc_hold(&segment->object);
	ipc_remove(&segment->object);
	spin_unlock(&segment->object.lock);
	up_write(&shm_set.lock);
	fput(file);
	ipc_put(&segment->object);
}

void shm_uncount(struct shm_segment *segment, bool detached)
{
	down_write(&shm_set.lock);
	spin_lock(&segment->object.lock);
	if (detached) {
		segment->last_pid = current->process ? current->process->pid->nr : 0;
		segment->detach_time = ktime_get_real_seconds();
	}
	segment->nr_attached--;
	if (!segment->nr_attached && segment->object.mode & SHM_MODE_DEST) {
		destroy(segment);
		return;
	}
	spin_unlock(&segment->object.lock);
	up_write(&shm_set.lock);
}

static int remove_segment(struct shm_segment *segment) __releases(&segment->object.lock)
	__releases(&shm_set.lock)
{
	/* shm_set.lock is held; the caller's lookup ends here. */
	if (segment->nr_attached) {
		segment->object.mode |= SHM_MODE_DEST;
		ipc_forget_key(&segment->object);
		spin_unlock(&segment->object.lock);
		up_write(&shm_set.lock);
		return 0;
	}
	destroy(segment);
	return 0;
}

/* --- shmctl --- */

static void fill_ds(struct shmid64_ds *ds, const struct shm_segment *segment)
{
	memset(ds, 0, sizeof(*ds));
	ipc_fill_perm(&ds->shm_perm, &segment->object);
	ds->shm_segsz = segment->size;
	ds->shm_atime = segment->attach_time;
	ds->shm_dtime = segment->detach_time;
	ds->shm_ctime = segment->change_time;
	ds->shm_cpid = segment->creator_pid;
	ds->shm_lpid = segment->last_pid;
	ds->shm_nattch = segment->nr_attached;
}

/* IPC_STAT by identifier; SHM_STAT and SHM_STAT_ANY by index, answering the identifier. */
static long shm_stat(int id, int command, struct shmid64_ds __user *buf)
{
	struct ipc_object *object = command == IPC_STAT ? ipc_lock(&shm_set, id)
							: ipc_lock_index(&shm_set, id);
	struct shmid64_ds ds;
	long result = 0;

	if (IS_ERR(object))
		return PTR_ERR(object);
	if (command != SHM_STAT_ANY && !ipc_allowed(object, 0444))
		result = -EACCES;
	else if (command != IPC_STAT)
		result = object->id;
	fill_ds(&ds, segment_of(object));
	ipc_unlock(object);
	if (result < 0)
		return result;
	return copy_to_user(buf, &ds, sizeof(ds)) ? -EFAULT : result;
}

static long shm_limits(void __user *buf)
{
	struct shminfo64 info = {
		.shmmax = shm_max_bytes,
		.shmmin = SHMMIN,
		.shmmni = shm_set.max_objects,
		.shmseg = shm_set.max_objects,
		.shmall = shm_all_pages,
	};
	int max_index;

	down_read(&shm_set.lock);
	max_index = shm_set.max_index;
	up_read(&shm_set.lock);
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : max(max_index, 0);
}

static long shm_usage(void __user *buf)
{
	struct shm_info info = {};
	struct ipc_object *object;
	unsigned long index;
	int max_index;

	down_read(&shm_set.lock);
	info.used_ids = shm_set.in_use;
	info.shm_tot = shm_total_pages;
	xa_for_each(&shm_set.objects, index, object)
		info.shm_rss += READ_ONCE(segment_of(object)->file->mapping->nr_pages);
	max_index = shm_set.max_index;
	up_read(&shm_set.lock);
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : max(max_index, 0);
}

/* lint: context: ipc_lock() takes it if it finds the object */
static long shm_change(int id, int command, struct shmid64_ds __user *buf)
{
	struct ipc_object *object;
	struct shmid64_ds ds;
	long result = 0;

	if (command == IPC_SET && copy_from_user(&ds, buf, sizeof(ds)))
		return -EFAULT;
	down_write(&shm_set.lock);
	object = ipc_lock(&shm_set, id);
	if (IS_ERR(object)) {
		up_write(&shm_set.lock);
		return PTR_ERR(object);
	}
	rcu_read_unlock(); /* the set's lock holds it */
	if (!ipc_owned(object)) {
		result = -EPERM;
	} else if (command == IPC_RMID) {
		return remove_segment(segment_of(object));
	} else {
		result = ipc_take_perm(object, &ds.shm_perm);
		segment_of(object)->change_time = ktime_get_real_seconds();
	}
	spin_unlock(&object->lock);
	up_write(&shm_set.lock);
	return result;
}

/* Memory without swap stays where it is: locking is only told. */
static long shm_lock(int id, bool lock)
{
	struct ipc_object *object = ipc_lock(&shm_set, id);
	long result = 0;

	if (IS_ERR(object))
		return PTR_ERR(object);
	if (!capable(CAP_IPC_LOCK) &&
	    ((current_euid() != object->uid && current_euid() != object->cuid) ||
	     (lock && !rlimit(RLIMIT_MEMLOCK))))
		result = -EPERM;
	else if (lock)
		object->mode |= SHM_MODE_LOCKED;
	else
		object->mode &= ~SHM_MODE_LOCKED;
	ipc_unlock(object);
	return result;
}

long sys_shmctl(int id, int command, struct shmid_ds __user *buf)
{
	if (command < 0 || id < 0)
		return -EINVAL;
	switch (command) {
	case IPC_INFO: return shm_limits(buf);
	case SHM_INFO: return shm_usage(buf);
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY: return shm_stat(id, command, (struct shmid64_ds __user *)buf);
	case IPC_SET:
	case IPC_RMID: return shm_change(id, command, (struct shmid64_ds __user *)buf);
	case SHM_LOCK:
	case SHM_UNLOCK: return shm_lock(id, command == SHM_LOCK);
	}
	return -EINVAL;
}
