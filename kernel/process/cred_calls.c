// SPDX-License-Identifier: MIT
/* System calls that change or tell users, groups and capabilities. */
#include <kernel/cred.h>
#include <kernel/process.h>
#include <kernel/syscalls.h>
#include <lib/errno.h>
#include <lib/sort.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/limits.h>
#include <uapi/securebits.h>

#define CAP_VALID	((1ull << (CAP_LAST_CAP + 1)) - 1)
/* Capabilities that the file system's user id carries with it. */
#define CAP_FS_SET	(BIT_ULL(CAP_CHOWN) | BIT_ULL(CAP_MKNOD) | BIT_ULL(CAP_DAC_OVERRIDE) | BIT_ULL(CAP_DAC_READ_SEARCH) | \
			 BIT_ULL(CAP_FOWNER) | BIT_ULL(CAP_FSETID) | BIT_ULL(CAP_LINUX_IMMUTABLE) | BIT_ULL(CAP_MAC_OVERRIDE))

static bool secure_bit(const struct credentials *cred, unsigned int bit)
{
	return cred->securebits & (1u << bit);
}

/* Leaving user 0 drops capabilities, coming back to it restores the effective ones. */
static void caps_follow_uid(struct credentials *new, const struct credentials *old)
{
	bool was_root = !old->uid || !old->euid || !old->suid;
	bool is_root = !new->uid || !new->euid || !new->suid;

	if (secure_bit(old, SECURE_NO_SETUID_FIXUP))
		return;
	if (was_root && !is_root) {
		if (!secure_bit(old, SECURE_KEEP_CAPS)) {
			new->cap_permitted = 0;
			new->cap_effective = 0;
		}
		new->cap_ambient = 0;
	}
	if (!old->euid && new->euid)
		new->cap_effective = 0;
	if (old->euid && !new->euid)
		new->cap_effective = new->cap_permitted;
}

static int change_user(struct credentials *new)
{
	struct user_struct *user;

	if (new->user->uid == new->uid)
		return 0;
	user = find_user(new->uid);
	if (!user)
		return -EAGAIN;
	put_user_struct(new->user);
	new->user = user;
	/* Over the limit of processes: exec will refuse, not this call, whose failure programs do not expect. */
	if (atomic_read(&user->nr_processes) >= rlimit(RLIMIT_NPROC) && new->uid)
		set_thread_flag(current, TF_NPROC_EXCEEDED);
	else
		clear_thread_flag(current, TF_NPROC_EXCEEDED);
	return 0;
}

static long commit_uids(struct credentials *new)
{
	int err = 0;

	if (new->uid != current->cred->uid)
		err = change_user(new);
	if (err) {
		abort_creds(new);
		return err;
	}
	caps_follow_uid(new, current->cred);
	return commit_creds(new);
}

static long give_up(struct credentials *new, long error)
{
	abort_creds(new);
	return error;
}

static bool is_one_of(u32 id, u32 a, u32 b, u32 c)
{
	return id == a || id == b || id == c;
}

long sys_getuid(void) { return current->cred->uid; }
long sys_geteuid(void) { return current->cred->euid; }
long sys_getgid(void) { return current->cred->gid; }
long sys_getegid(void) { return current->cred->egid; }

long sys_setuid(unsigned int uid)
{
	const struct credentials *old = current->cred;
	struct credentials *new;

	if (uid == INVALID_ID)
		return -EINVAL;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (capable(CAP_SETUID))
		new->uid = new->suid = uid;
	else if (uid != old->uid && uid != old->suid)
		return give_up(new, -EPERM);
	new->euid = new->fsuid = uid;
	return commit_uids(new);
}

long sys_setreuid(unsigned int ruid, unsigned int euid)
{
	const struct credentials *old = current->cred;
	struct credentials *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	if (ruid != INVALID_ID) {
		if (ruid != old->uid && ruid != old->euid && !capable(CAP_SETUID))
			return give_up(new, -EPERM);
		new->uid = ruid;
	}
	if (euid != INVALID_ID) {
		if (!is_one_of(euid, old->uid, old->euid, old->suid) && !capable(CAP_SETUID))
			return give_up(new, -EPERM);
		new->euid = euid;
	}
	if (ruid != INVALID_ID || (euid != INVALID_ID && euid != old->uid))
		new->suid = new->euid;
	new->fsuid = new->euid;
	return commit_uids(new);
}

long sys_setresuid(unsigned int ruid, unsigned int euid, unsigned int suid)
{
	const struct credentials *old = current->cred;
	bool free_choice = capable(CAP_SETUID);
	struct credentials *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	if (!free_choice &&
	    ((ruid != INVALID_ID && !is_one_of(ruid, old->uid, old->euid, old->suid)) ||
	     (euid != INVALID_ID && !is_one_of(euid, old->uid, old->euid, old->suid)) ||
	     (suid != INVALID_ID && !is_one_of(suid, old->uid, old->euid, old->suid))))
		return give_up(new, -EPERM);
	if (ruid != INVALID_ID)
		new->uid = ruid;
	if (euid != INVALID_ID)
		new->euid = euid;
	if (suid != INVALID_ID)
		new->suid = suid;
	new->fsuid = new->euid;
	return commit_uids(new);
}

long sys_getresuid(unsigned int __user *ruid, unsigned int __user *euid, unsigned int __user *suid)
{
	const struct credentials *cred = current->cred;

	if (put_user(cred->uid, ruid) || put_user(cred->euid, euid) || put_user(cred->suid, suid))
		return -EFAULT;
	return 0;
}

long sys_setgid(unsigned int gid)
{
	const struct credentials *old = current->cred;
	struct credentials *new;

	if (gid == INVALID_ID)
		return -EINVAL;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (capable(CAP_SETGID))
		new->gid = new->egid = new->sgid = new->fsgid = gid;
	else if (gid == old->gid || gid == old->sgid)
		new->egid = new->fsgid = gid;
	else
		return give_up(new, -EPERM);
	return commit_creds(new);
}

long sys_setregid(unsigned int rgid, unsigned int egid)
{
	const struct credentials *old = current->cred;
	struct credentials *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	if (rgid != INVALID_ID) {
		if (rgid != old->gid && rgid != old->egid && !capable(CAP_SETGID))
			return give_up(new, -EPERM);
		new->gid = rgid;
	}
	if (egid != INVALID_ID) {
		if (!is_one_of(egid, old->gid, old->egid, old->sgid) && !capable(CAP_SETGID))
			return give_up(new, -EPERM);
		new->egid = egid;
	}
	if (rgid != INVALID_ID || (egid != INVALID_ID && egid != old->gid))
		new->sgid = new->egid;
	new->fsgid = new->egid;
	return commit_creds(new);
}

long sys_setresgid(unsigned int rgid, unsigned int egid, unsigned int sgid)
{
	const struct credentials *old = current->cred;
	bool free_choice = capable(CAP_SETGID);
	struct credentials *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	if (!free_choice &&
	    ((rgid != INVALID_ID && !is_one_of(rgid, old->gid, old->egid, old->sgid)) ||
	     (egid != INVALID_ID && !is_one_of(egid, old->gid, old->egid, old->sgid)) ||
	     (sgid != INVALID_ID && !is_one_of(sgid, old->gid, old->egid, old->sgid))))
		return give_up(new, -EPERM);
	if (rgid != INVALID_ID)
		new->gid = rgid;
	if (egid != INVALID_ID)
		new->egid = egid;
	if (sgid != INVALID_ID)
		new->sgid = sgid;
	new->fsgid = new->egid;
	return commit_creds(new);
}

long sys_getresgid(unsigned int __user *rgid, unsigned int __user *egid, unsigned int __user *sgid)
{
	const struct credentials *cred = current->cred;

	if (put_user(cred->gid, rgid) || put_user(cred->egid, egid) || put_user(cred->sgid, sgid))
		return -EFAULT;
	return 0;
}

/* These two answer the former id, whether or not they changed it. */
long sys_setfsuid(unsigned int uid)
{
	const struct credentials *old = current->cred;
	u32 former = old->fsuid;
	struct credentials *new;

	if (uid == INVALID_ID || uid == former ||
	    (!is_one_of(uid, old->uid, old->euid, old->suid) && uid != old->fsuid &&
	     !capable(CAP_SETUID)))
		return former;
	new = prepare_creds();
	if (!new)
		return former;
	new->fsuid = uid;
	if (!secure_bit(old, SECURE_NO_SETUID_FIXUP)) {
		if (!former && uid)
			new->cap_effective &= ~CAP_FS_SET;
		if (former && !uid)
			new->cap_effective |= new->cap_permitted &CAP_FS_SET;
	}
	commit_creds(new);
	return former;
}

long sys_setfsgid(unsigned int gid)
{
	const struct credentials *old = current->cred;
	u32 former = old->fsgid;
	struct credentials *new;

	if (gid == INVALID_ID || gid == former ||
	    (!is_one_of(gid, old->gid, old->egid, old->sgid) && gid != old->fsgid &&
	     !capable(CAP_SETGID)))
		return former;
	new = prepare_creds();
	if (!new)
		return former;
	new->fsgid = gid;
	commit_creds(new);
	return former;
}

long sys_getgroups(int size, unsigned int __user *list)
{
	const struct group_info *groups = current->cred->groups;

	if (size < 0)
		return -EINVAL;
	if (!size)
		return groups->count;
	if (groups->count > (unsigned int)size)
		return -EINVAL;
	if (copy_to_user(list, groups->gid, groups->count * sizeof(u32)))
		return -EFAULT;
	return groups->count;
}

static int compare_gids(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static struct group_info *groups_from_user(unsigned int count, unsigned int __user *list)
{
	struct group_info *groups = kvmalloc(struct_size(groups, gid, count), GFP_KERNEL);

	if (!groups)
		return ERR_PTR(-ENOMEM);
	refcount_set(&groups->refs, 1);
	groups->count = count;
	if (copy_from_user(groups->gid, list, count * sizeof(u32))) {
		kvfree(groups);
		return ERR_PTR(-EFAULT);
	}
	for (unsigned int i = 0; i < count; i++) {
		if (groups->gid[i] == INVALID_ID) {
			kvfree(groups);
			return ERR_PTR(-EINVAL);
		}
	}
	sort(groups->gid, count, sizeof(u32), compare_gids);
	return groups;
}

long sys_setgroups(int size, unsigned int __user *list)
{
	struct group_info *groups;
	struct credentials *new;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if ((unsigned int)size > NGROUPS_MAX)
		return -EINVAL;
	groups = groups_from_user(size, list);
	if (IS_ERR(groups))
		return PTR_ERR(groups);
	new = prepare_creds();
	if (!new) {
		kvfree(groups);
		return -ENOMEM;
	}
	swap(new->groups, groups);
	if (refcount_dec_and_test(&groups->refs))
		kvfree(groups);
	return commit_creds(new);
}

/* --- capabilities: two 32-bit words from version 2 on --- */

/* Number of words of the caller's version; an unknown one is answered with ours. */
static int cap_version_words(struct __user_cap_header_struct __user *header, unsigned int *words)
{
	u32 version;

	if (get_user(version, &header->version))
		return -EFAULT;
	/* lint: uninitvar: get_user() sets it */
	switch (version) {
	case _LINUX_CAPABILITY_VERSION_1: *words = 1; return 0;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3: *words = 2; return 0;
	}
	if (put_user((u32)_LINUX_CAPABILITY_VERSION_3, &header->version))
		return -EFAULT;
	return -EINVAL;
}

static int caps_of(s32 tid, u64 *effective, u64 *permitted, u64 *inheritable)
{
	const struct credentials *cred;
	struct thread *t;
	int err = 0;

	rcu_read_lock();
	t = tid ? find_thread(tid) : current;
	if (t) {
		cred = thread_cred(t);
		*effective = cred->cap_effective;
		*permitted = cred->cap_permitted;
		*inheritable = cred->cap_inheritable;
	} else {
		err = -ESRCH;
	}
	rcu_read_unlock();
	return err;
}

long sys_capget(struct __user_cap_header_struct __user *header,
		struct __user_cap_data_struct __user *data)
{
	struct __user_cap_data_struct out[2] = {};
	u64 effective, permitted, inheritable;
	unsigned int words = 0;
	s32 tid;
	int err = cap_version_words(header, &words);

	/* Asking for the version alone: no data pointer, any version. */
	if (err)
		return !data && err == -EINVAL ? 0 : err;
	if (!data)
		return 0;
	if (get_user(tid, &header->pid))
		return -EFAULT;
	if (tid < 0)
		return -EINVAL;
	err = caps_of(tid, &effective, &permitted, &inheritable);
	if (err)
		return err;
	for (unsigned int i = 0; i < words; i++) {
		out[i].effective = effective >> (32 * i);
		out[i].permitted = permitted >> (32 * i);
		out[i].inheritable = inheritable >> (32 * i);
	}
	return copy_to_user(data, out, words * sizeof(out[0])) ? -EFAULT : 0;
}

long sys_capset(struct __user_cap_header_struct __user *header,
		const struct __user_cap_data_struct __user *data)
{
	const struct credentials *old = current->cred;
	struct __user_cap_data_struct in[2] = {};
	u64 effective, permitted, inheritable;
	struct credentials *new;
	unsigned int words;
	s32 tid;
	int err = cap_version_words(header, &words);

	if (err)
		return err;
	if (get_user(tid, &header->pid))
		return -EFAULT;
	if (tid && tid != current->tid)
		return -EPERM;
	if (copy_from_user(in, data, words * sizeof(in[0])))
		return -EFAULT;
	effective = (in[0].effective | (u64)in[1].effective << 32) & CAP_VALID;
	permitted = (in[0].permitted | (u64)in[1].permitted << 32) & CAP_VALID;
	inheritable = (in[0].inheritable | (u64)in[1].inheritable << 32) & CAP_VALID;
	if (!capable(CAP_SETPCAP) && inheritable & ~(old->cap_inheritable | old->cap_permitted))
		return -EPERM;
	if (inheritable & ~(old->cap_inheritable | old->cap_bounding))
		return -EPERM;
	if (permitted & ~old->cap_permitted || effective & ~permitted)
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->cap_effective = effective;
	new->cap_permitted = permitted;
	new->cap_inheritable = inheritable;
	new->cap_ambient &= permitted &inheritable;
	return commit_creds(new);
}
