/* SPDX-License-Identifier: MIT */
/*
 * Control messages: descriptors and credentials that travel beside the bytes.
 */
#include "socket.h"

#include <fs/files.h>
#include <kernel/cred.h>
#include <kernel/process.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>

#define CONTROL_MAX	20480		/* bytes of control messages in one call */

void control_release(struct socket_control *c)
{
	for (unsigned int i = 0; i < c->nr_files; i++)
		fput(c->files[i]);
	kfree(c->files);
	c->files = NULL;
	c->nr_files = 0;
}

/* ---- sending ---- */

static int take_files(struct socket_control *c, const int *fds, unsigned int nr)
{
	if (!nr)
		return 0;
	if (c->nr_files + nr > SCM_MAX_FILES)
		return -EINVAL;
	if (!c->files)
		c->files = kcalloc(SCM_MAX_FILES, sizeof(*c->files), GFP_KERNEL);
	if (!c->files)
		return -ENOMEM;
	for (unsigned int i = 0; i < nr; i++) {
		struct file *file = fget_raw(fds[i]);

		if (!file)
			return -EBADF;
		c->files[c->nr_files++] = file;
	}
	return 0;
}

/* May current say it is this one? */
static bool may_claim(const struct ucred *claim)
{
	const struct credentials *cred = current_cred();

	return (claim->pid == (u32)current->process->pid->nr || capable(CAP_SYS_ADMIN)) &&
	       (claim->uid == cred->uid || claim->uid == cred->euid || claim->uid == cred->suid ||
		capable(CAP_SETUID)) &&
	       (claim->gid == cred->gid || claim->gid == cred->egid || claim->gid == cred->sgid ||
		capable(CAP_SETGID));
}

static int take_message(struct socket_control *c, const struct cmsghdr *head, size_t length)
{
	if (head->cmsg_level != SOL_SOCKET)
		return 0;
	switch (head->cmsg_type) {
	case SCM_RIGHTS: return take_files(c, CMSG_DATA(head), length / sizeof(int));
	case SCM_CREDENTIALS:
		if (length != sizeof(c->cred))
			return -EINVAL;
		memcpy(&c->cred, CMSG_DATA(head), sizeof(c->cred));
		if (!may_claim(&c->cred))
			return -EPERM;
		c->has_cred = true;
		return 0;
	default: return -EINVAL;
	}
}

static int take_all(struct socket_control *c, const char *at, size_t left)
{
	while (left >= sizeof(struct cmsghdr)) {
		const struct cmsghdr *head = (const struct cmsghdr *)at;
		size_t step;
		int error;

		if (head->cmsg_len < sizeof(*head) || head->cmsg_len > left)
			return -EINVAL;
		error = take_message(c, head, head->cmsg_len - sizeof(*head));
		if (error)
			return error;
		step = CMSG_ALIGN(head->cmsg_len);
		if (step >= left)
			break;
		at += step;
		left -= step;
	}
	return 0;
}

int control_from_user(struct socket_control *c, const void __user *from, size_t length)
{
	char *copy;
	int error;

	if (!length)
		return 0;
	if (length > CONTROL_MAX)
		return -ENOBUFS;
	copy = kmalloc(length, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	error = copy_from_user(copy, from, length) ? -EFAULT : take_all(c, copy, length);
	kfree(copy);
	if (error)
		control_release(c);
	return error;
}

/* ---- receiving ---- */

struct control_out {
	char __user *at;
	size_t left;
	unsigned int flags; /* MSG_CTRUNC */
};

static void put_head(struct control_out *out, int type, size_t length)
{
	struct cmsghdr head = { .cmsg_len = CMSG_LEN(length),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = type };
	size_t step = min_t(size_t, CMSG_SPACE(length), out->left);

	if (copy_to_user(out->at, &head, sizeof(head)))
		out->flags |= MSG_CTRUNC;
	out->at += step;
	out->left -= step;
}

static void put_cred_message(struct control_out *out, const struct ucred *cred)
{
	if (out->left < CMSG_LEN(sizeof(*cred))) {
		out->flags |= MSG_CTRUNC;
		return;
	}
	if (copy_to_user(out->at + sizeof(struct cmsghdr), cred, sizeof(*cred)))
		out->flags |= MSG_CTRUNC;
	put_head(out, SCM_CREDENTIALS, sizeof(*cred));
}

/* One descriptor into the caller's table and its number into the buffer. */
static int install_file(struct file *file, int __user *to, unsigned int o_flags)
{
	int fd = get_unused_fd_flags(o_flags);

	if (fd < 0)
		return fd;
	if (put_user(fd, to)) {
		put_unused_fd(fd);
		return -EFAULT;
	}
	fd_install(fd, get_file(file));
	return 0;
}

static void put_files(struct control_out *out, const struct socket_control *c, unsigned int o_flags)
{
	unsigned int room = out->left < CMSG_LEN(sizeof(int))
				    ? 0
				    : (out->left - sizeof(struct cmsghdr)) / sizeof(int);
	unsigned int nr = min(room, c->nr_files), done = 0;
	int __user *to = (int __user *)(out->at + sizeof(struct cmsghdr));

	while (done < nr && !install_file(c->files[done], to + done, o_flags))
		done++;
	if (done < c->nr_files)
		out->flags |= MSG_CTRUNC;
	if (done)
		put_head(out, SCM_RIGHTS, done * sizeof(int));
}

unsigned int control_to_user(struct socket_control *c, void __user *to, size_t *length,
			     unsigned int flags)
{
	struct control_out out = { .at = to, .left = to ? *length : 0 };
	size_t room = out.left;

	if (c->has_cred)
		put_cred_message(&out, &c->cred);
	if (c->nr_files)
		put_files(&out, c, flags & MSG_CMSG_CLOEXEC ? O_CLOEXEC : 0);
	*length = room - out.left;
	return out.flags;
}
