/* SPDX-License-Identifier: MIT */
/*
 * Names of unix-domain sockets: in a file system (found by the inode) or abstract (a first byte of zero).
 */
#include "unix.h"

#include <kernel/process.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/hash.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/stat.h>

#define BUCKETS		256
#define PATH_AT		offsetof(struct sockaddr_un, sun_path)
#define AUTO_NAMES	0x100000

static struct hlist_head buckets[BUCKETS]; /* table_lock */
static DEFINE_SPINLOCK(table_lock, LOCK_RANK_SOCKET);
static unsigned int next_auto; /* table_lock */

static struct hlist_head *bucket_of_inode(const struct inode *inode)
{
	return &buckets[hash_ptr(inode, 8)];
}

static struct hlist_head *bucket_of_name(const struct unix_address *a)
{
	u32 hash = a->length;

	for (int i = 0; i < a->length - (int)PATH_AT; i++)
		hash = hash * 31 + (u8)a->name.sun_path[i];
	return &buckets[hash_32(hash, 8)];
}

static bool is_abstract(const struct unix_address *a)
{
	return !a->name.sun_path[0];
}

void unix_address_put(struct unix_address *a)
{
	if (a && refcount_dec_and_test(&a->refs))
		kfree(a);
}

/* A checked copy. A name in a file system ends with a zero, which counts. */
static struct unix_address *make_address(const struct sockaddr *addr, int length)
{
	const struct sockaddr_un *name = (const struct sockaddr_un *)addr;
	struct unix_address *a;

	if (length <= (int)PATH_AT || length > (int)sizeof(*name) || name->sun_family != AF_UNIX)
		return ERR_PTR(-EINVAL);
	a = kzalloc(sizeof(*a) + 1, GFP_KERNEL);
	if (!a)
		return ERR_PTR(-ENOMEM);
	refcount_set(&a->refs, 1);
	memcpy(&a->name, name, length);
	a->length = length;
	if (!is_abstract(a))
		a->length = PATH_AT + strnlen(a->name.sun_path, length - PATH_AT) + 1;
	return a;
}

static struct unix_socket *find_abstract(const struct unix_address *a, int type)
{
	struct unix_socket *u;

	hlist_for_each_entry(u, bucket_of_name(a), hash)
		if (u->address && u->type == type && !u->path.dentry &&
		    u->address->length == a->length &&
		    !memcmp(&u->address->name, &a->name, a->length))
			return u;
	return NULL;
}

/* Enter u under its new address; -EINVAL when it got another one meanwhile. */
static int publish(struct unix_socket *u, struct unix_address *a, const struct path *path)
{
	int error = 0;

	spin_lock(&table_lock);
	if (u->address) {
		error = -EINVAL;
	} else if (!path && find_abstract(a, u->type)) {
		error = -EADDRINUSE;
	} else {
		if (path)
			u->path = *path;
		hlist_add_head(&u->hash,
			       path ? bucket_of_inode(path->dentry->inode) : bucket_of_name(a));
		smp_store_release(&u->address, a);
	}
	spin_unlock(&table_lock);
	return error;
}

static int bind_path(struct unix_socket *u, struct unix_address *a)
{
	struct path path;
	int error = kern_mksocket(a->name.sun_path, 0777, &path);

	if (error)
		return error == -EEXIST ? -EADDRINUSE : error;
	error = publish(u, a, &path);
	if (error)
		path_put(&path);
	return error;
}

int unix_autobind(struct unix_socket *u)
{
	struct unix_address *a;
	int error = -EADDRINUSE;

	if (READ_ONCE(u->address))
		return 0;
	a = kzalloc(sizeof(*a) + 1, GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	refcount_set(&a->refs, 1);
	a->name.sun_family = AF_UNIX;
	a->length = PATH_AT + 6;
	for (unsigned int tries = 0; tries < AUTO_NAMES && error == -EADDRINUSE; tries++) {
		spin_lock(&table_lock);
		snprintf(a->name.sun_path + 1, 6, "%05x", next_auto++ % AUTO_NAMES);
		spin_unlock(&table_lock);
		error = publish(u, a, NULL);
	}
	if (error)
		unix_address_put(a);
	return error == -EINVAL ? 0 : error;
}

int unix_bind(struct socket *s, const struct sockaddr *addr, int length)
{
	struct unix_socket *u = s->private;
	struct unix_address *a;
	int error;

	if (length == (int)PATH_AT && addr->sa_family == AF_UNIX)
		return unix_autobind(u);
	a = make_address(addr, length);
	if (IS_ERR(a))
		return PTR_ERR(a);
	if (READ_ONCE(u->address))
		error = -EINVAL;
	else
		error = is_abstract(a) ? publish(u, a, NULL) : bind_path(u, a);
	if (error)
		unix_address_put(a);
	return error;
}

void unix_unbind(struct unix_socket *u)
{
	spin_lock(&table_lock);
	if (!hlist_unhashed(&u->hash))
		hlist_del_init(&u->hash);
	spin_unlock(&table_lock);
}

/* ---- looking up ---- */

static struct unix_socket *get_by_inode(const struct inode *inode)
{
	struct unix_socket *u, *found = NULL;

	spin_lock(&table_lock);
	hlist_for_each_entry(u, bucket_of_inode(inode), hash)
		if (u->path.dentry && u->path.dentry->inode == inode)
			found = u;
	if (found)
		unix_get(found);
	spin_unlock(&table_lock);
	return found;
}

static struct unix_socket *find_path(const char *name, int type)
{
	struct unix_socket *u = NULL;
	struct path path;
	struct inode *inode;
	int error = kern_path(name, LOOKUP_FOLLOW, &path);

	if (error)
		return ERR_PTR(error);
	inode = path.dentry->inode;
	error = inode_permission(inode, MAY_WRITE);
	if (!error) {
		u = S_ISSOCK(inode->mode) ? get_by_inode(inode) : NULL;
		if (!u)
			error = -ECONNREFUSED;
	}
	path_put(&path);
	if (error)
		return ERR_PTR(error);
	if (u->type == type)
		return u;
	unix_put(u);
	return ERR_PTR(-EPROTOTYPE);
}

struct unix_socket *unix_find(const struct sockaddr *addr, int length, int type)
{
	struct unix_address *a = make_address(addr, length);
	struct unix_socket *u;

	if (IS_ERR(a))
		return ERR_CAST(a);
	if (!is_abstract(a)) {
		u = find_path(a->name.sun_path, type);
	} else {
		spin_lock(&table_lock);
		u = find_abstract(a, type);
		if (u)
			unix_get(u);
		spin_unlock(&table_lock);
		u = u ?: ERR_PTR(-ECONNREFUSED);
	}
	unix_address_put(a);
	return u;
}

int unix_name(struct socket *s, struct sockaddr *addr, bool of_peer)
{
	struct unix_socket *u = of_peer ? unix_peer(s->private) : unix_get(s->private);
	struct unix_address *a;
	int length = PATH_AT;

	if (!u)
		return -ENOTCONN;
	a = smp_load_acquire(&u->address);
	addr->sa_family = AF_UNIX;
	if (a) {
		memcpy(addr, &a->name, min_t(int, a->length, sizeof(a->name)));
		length = a->length;
	}
	unix_put(u);
	return length;
}
