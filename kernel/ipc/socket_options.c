/* SPDX-License-Identifier: MIT */
/*
 * Options of the level SOL_SOCKET that mean the same in every family.
 */
#include "socket.h"

#include <kernel/cred.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <lib/kernel.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/time.h>

#define SEND_BUFFER_MIN		4608
#define RECEIVE_BUFFER_MIN	2304
#define BUFFER_MAX		212992		/* net.core.wmem_max; what is kept is twice what was asked for */

/* Options that change nothing here and answer with what was set: bits of kept_flags. */
static const int kept_options[] = { SO_DEBUG,	    SO_REUSEADDR, SO_DONTROUTE, SO_BROADCAST,
				    SO_KEEPALIVE,   SO_OOBINLINE, SO_REUSEPORT, SO_TIMESTAMP,
				    SO_TIMESTAMPNS, SO_RXQ_OVFL };

static int kept_bit(int name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(kept_options); i++)
		if (kept_options[i] == name)
			return i;
	return -1;
}

static int set_timeout(s64 *to, const void __user *value, int length)
{
	struct __kernel_old_timeval t;

	if (length < (int)sizeof(t))
		return -EINVAL;
	if (copy_from_user(&t, value, sizeof(t)))
		return -EFAULT;
	if (t.tv_usec < 0 || t.tv_usec >= 1000000)
		return -EDOM;
	if (t.tv_sec < 0)
		*to = 0;
	else if ((!t.tv_sec && !t.tv_usec) || t.tv_sec >= WAIT_FOREVER / NSEC_PER_SEC - 1)
		*to = WAIT_FOREVER;
	else
		*to = t.tv_sec * NSEC_PER_SEC + t.tv_usec * 1000;
	return 0;
}

static int buffer_size(int wanted, int min_size, bool force)
{
	if (!force || wanted < 0)
		wanted = min_t(unsigned int, wanted, BUFFER_MAX);
	return max(min(wanted, INT_MAX / 2) * 2, min_size);
}

static int set_linger(struct socket *s, const void __user *value, int length)
{
	struct linger l;

	if (length < (int)sizeof(l))
		return -EINVAL;
	if (copy_from_user(&l, value, sizeof(l)))
		return -EFAULT;
	s->linger_s = l.l_onoff ? max(l.l_linger, 0) : -1;
	return 0;
}

static int set_level_option(struct socket *s, int level, int name, const void __user *value,
			    int length)
{
	int number = 0;

	if (!s->ops->set_level_option)
		return -EOPNOTSUPP;
	if (length >= (int)sizeof(int) && get_user(number, (const int __user *)value))
		return -EFAULT;
	return s->ops->set_level_option(s, level, name, number);
}

int socket_set_option(struct socket *s, int level, int name, const void __user *value, int length)
{
	int number, bit;

	if (level != SOL_SOCKET)
		return set_level_option(s, level, name, value, length);
	if (name == SO_RCVTIMEO || name == SO_RCVTIMEO_NEW)
		return set_timeout(&s->receive_timeout_ns, value, length);
	if (name == SO_SNDTIMEO || name == SO_SNDTIMEO_NEW)
		return set_timeout(&s->send_timeout_ns, value, length);
	if (name == SO_LINGER)
		return set_linger(s, value, length);
	if (length < (int)sizeof(int))
		return -EINVAL;
	if (get_user(number, (const int __user *)value))
		return -EFAULT;
	switch (name) {
	case SO_SNDBUFFORCE:
	case SO_RCVBUFFORCE:
		if (!capable(CAP_NET_ADMIN))
			return -EPERM;
		break;
	case SO_TYPE:
	case SO_PROTOCOL:
	case SO_DOMAIN:
	case SO_ERROR:
	case SO_ACCEPTCONN:
	case SO_PEERCRED: return -ENOPROTOOPT;
	}
	switch (name) {
	case SO_PASSCRED: s->pass_cred = number; return 0;
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
		s->send_buffer = buffer_size(number, SEND_BUFFER_MIN, name == SO_SNDBUFFORCE);
		return 0;
	case SO_RCVBUF:
	case SO_RCVBUFFORCE:
		s->receive_buffer = buffer_size(number, RECEIVE_BUFFER_MIN, name == SO_RCVBUFFORCE);
		return 0;
	}
	bit = kept_bit(name);
	if (bit < 0)
		return -ENOPROTOOPT;
	s->kept_flags = number ? s->kept_flags | 1u << bit : s->kept_flags & ~(1u << bit);
	return 0;
}

static void put_timeout(s64 ns, struct __kernel_old_timeval *t)
{
	s64 timeout = ns == WAIT_FOREVER ? 0 : ns;

	*t = (struct __kernel_old_timeval){ .tv_sec = timeout / NSEC_PER_SEC,
					    .tv_usec = timeout % NSEC_PER_SEC / 1000 };
}

union option_value {
	int number;
	struct linger linger;
	struct __kernel_old_timeval time;
	struct ucred cred;
	char bytes[128];
};

/* The value and its size; *number answers most. */
static int fetch(struct socket *s, int name, union option_value *v, int *size)
{
	int bit;

	*size = sizeof(int);
	switch (name) {
	case SO_TYPE: v->number = s->type; return 0;
	case SO_DOMAIN: v->number = s->family; return 0;
	case SO_PROTOCOL: v->number = s->protocol; return 0;
	case SO_SNDBUF: v->number = s->send_buffer; return 0;
	case SO_RCVBUF: v->number = s->receive_buffer; return 0;
	case SO_PASSCRED: v->number = s->pass_cred; return 0;
	case SO_RCVLOWAT:
	case SO_SNDLOWAT: v->number = 1; return 0;
	case SO_PRIORITY:
	case SO_MARK: v->number = 0; return 0;
	case SO_LINGER:
		v->linger.l_onoff = s->linger_s >= 0;
		v->linger.l_linger = max(s->linger_s, 0);
		*size = sizeof(v->linger);
		return 0;
	case SO_RCVTIMEO:
	case SO_RCVTIMEO_NEW:
		put_timeout(s->receive_timeout_ns, &v->time);
		*size = sizeof(v->time);
		return 0;
	case SO_SNDTIMEO:
	case SO_SNDTIMEO_NEW:
		put_timeout(s->send_timeout_ns, &v->time);
		*size = sizeof(v->time);
		return 0;
	}
	bit = kept_bit(name);
	if (bit >= 0) {
		v->number = s->kept_flags >> bit & 1;
		return 0;
	}
	*size = sizeof(*v);
	return s->ops->get_option(s, name, v, size);
}

int socket_get_option(struct socket *s, int level, int name, void __user *value, int __user *length)
{
	union option_value v = { 0 };
	int room, size, error;

	if (get_user(room, length))
		return -EFAULT;
	/* lint: uninitvar: get_user() sets it */
	if (room < 0)
		return -EINVAL;
	size = sizeof(int);
	if (level == SOL_SOCKET)
		error = fetch(s, name, &v, &size);
	else if (s->ops->get_level_option)
		error = room < size ? -EINVAL : s->ops->get_level_option(s, level, name, &v.number);
	else
		error = -EOPNOTSUPP;
	if (error)
		return error;
	size = min(size, room);
	if (copy_to_user(value, &v, size))
		return -EFAULT;
	return put_user(size, length);
}
