// SPDX-License-Identifier: MIT
/* Rights of a program that is being run: set-user-id files, and what becomes of capabilities. */
#include <fs/files.h>
#include <kernel/process.h>
#include <lib/err.h>
#include <uapi/capability.h>
#include <uapi/securebits.h>
#include <uapi/stat.h>
#include "../mount.h"
#include "exec.h"

static bool may_raise_rights(const struct exec *x)
{
	return !(x->main.file->path.mount->flags & MNT_NOSUID) &&
	       !READ_ONCE(current->process->no_new_privs);
}

static void take_file_ids(struct exec *x, struct credentials *new)
{
	const struct inode *inode = x->main.file->inode;
	u16 mode = READ_ONCE(inode->mode);

	if (!may_raise_rights(x))
		return;
	if (mode & S_ISUID)
		new->euid = inode->uid;
	/* Without execute permission for the group the bit once meant mandatory locks. */
	if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		new->egid = inode->gid;
}

/* Somebody outside the process could pull the ground from under the new program: no raised rights then. */
static bool is_unsafe(void)
{
	return READ_ONCE(current->process->no_new_privs) ||
	       (unsigned int)atomic_read(&current->fs->users) >
		       READ_ONCE(current->process->nr_threads);
}

/* What a program of root's gets, and one of anybody else's: capabilities(7), without capabilities of files. */
static void transform_caps(struct exec *x, struct credentials *new, const struct credentials *old)
{
	bool root_is_special = !(old->securebits & SECBIT_NOROOT), effective = false;
	bool ids_change = new->euid != old->uid || new->egid != old->gid;

	new->cap_permitted = 0;
	if (root_is_special && (!new->euid || !new->uid))
		new->cap_permitted = old->cap_bounding | old->cap_inheritable;
	if (root_is_special && !new->euid)
		effective = true;
	if ((ids_change || new->cap_permitted & ~old->cap_permitted) && is_unsafe()) {
		if (!cred_has_cap(old, CAP_SETUID) || READ_ONCE(current->process->no_new_privs)) {
			new->euid = new->uid;
			new->egid = new->gid;
		}
		new->cap_permitted &= old->cap_permitted;
	}
	new->suid = new->fsuid = new->euid;
	new->sgid = new->fsgid = new->egid;
	if (ids_change)
		new->cap_ambient = 0;
	new->cap_permitted |= new->cap_ambient;
	new->cap_effective = effective ? new->cap_permitted : new->cap_ambient;
	new->securebits &= ~SECBIT_KEEP_CAPS;
	x->secure = ids_change ||
		    (new->uid && (effective || new->cap_permitted & ~new->cap_ambient));
}

int exec_prepare_creds(struct exec *x)
{
	struct credentials *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	x->cred = new;
	take_file_ids(x, new);
	transform_caps(x, new, current->cred);
	x->unreadable = inode_permission(x->main.file->inode, MAY_READ) < 0;
	return 0;
}
