/* SPDX-License-Identifier: MIT */
/* Credentials: immutable once published; a change makes a copy. Readers of another thread's use RCU. */
#ifndef KERNEL_CRED_H
#define KERNEL_CRED_H

#include <kernel/rcu.h>
#include <kernel/refcount.h>
#include <kernel/thread.h>

struct group_info {
	refcount_t refs;
	unsigned int count;
	u32 gid[];			/* sorted */
};

struct credentials {
	refcount_t refs;
	u32 uid, gid, suid, sgid, euid, egid, fsuid, fsgid;
	u64 cap_inheritable, cap_permitted, cap_effective, cap_bounding, cap_ambient;
	unsigned int securebits;
	struct group_info *groups;
	struct rcu_head rcu;
};

extern struct credentials init_cred;
#define current_cred()	(current->cred)

struct credentials *prepare_creds(void);		/* a copy of current's; NULL: no memory */
void commit_creds(struct credentials *new);		/* consumes the reference; signals and dumpability as the change demands */
void abort_creds(struct credentials *new);
const struct credentials *get_cred(const struct credentials *cred);
void put_cred(const struct credentials *cred);
bool capable(int cap);					/* current, effective */
bool in_group(u32 gid);					/* fsgid or supplementary */
bool in_egroup(u32 gid);

#endif
