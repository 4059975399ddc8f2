/* SPDX-License-Identifier: MIT */
/* Netlink sockets, and the events of devices that the kernel sends by them. */
#include "harness.h"

#include <limits.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#define DEVICE "/sys/class/tty/ttyS0/"

static int open_socket(int protocol)
{
	return ASSERT_OK(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, protocol));
}

static struct sockaddr_nl address(unsigned int port, unsigned int groups)
{
	return (struct sockaddr_nl){ .nl_family = AF_NETLINK, .nl_pid = port, .nl_groups = groups };
}

static int bind_to(int fd, unsigned int port, unsigned int groups)
{
	struct sockaddr_nl a = address(port, groups);

	return bind(fd, (struct sockaddr *)&a, sizeof(a));
}

static struct sockaddr_nl name_of(int fd)
{
	struct sockaddr_nl a = { 0 };
	socklen_t length = sizeof(a);

	ASSERT_OK(getsockname(fd, (struct sockaddr *)&a, &length));
	EXPECT_EQ(length, sizeof(a));
	EXPECT_EQ(a.nl_family, AF_NETLINK);
	return a;
}

/* One message with what came beside it. */
struct received {
	char text[4096];
	ssize_t length;
	struct sockaddr_nl from;
	struct ucred cred;
	bool has_cred;
	int flags;
};

static struct received receive(int fd, size_t room, int flags)
{
	struct received r = { 0 };
	char control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec v = { r.text, room };
	struct msghdr m = {
		.msg_name = &r.from,
		.msg_namelen = sizeof(r.from),
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;

	r.length = recvmsg(fd, &m, flags);
	if (r.length < 0)
		return r;
	r.flags = m.msg_flags;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_CREDENTIALS) {
		memcpy(&r.cred, CMSG_DATA(c), sizeof(r.cred));
		r.has_cred = true;
	}
	return r;
}

/* The value of KEY in an event, or "". */
static const char *value_of(const struct received *r, const char *key)
{
	size_t length = strlen(key);
	const char *at = r->text;

	for (at += strlen(at) + 1; at < r->text + r->length; at += strlen(at) + 1)
		if (!strncmp(at, key, length) && at[length] == '=')
			return at + length + 1;
	return "";
}

static int write_uevent(const char *text)
{
	int fd = ASSERT_OK(open(DEVICE "uevent", O_WRONLY | O_CLOEXEC));
	ssize_t n = write(fd, text, strlen(text));
	int error = errno;

	close(fd);
	errno = error;
	return n < 0 ? -1 : 0;
}

static unsigned long long seqnum(void)
{
	unsigned long long number = 0;
	FILE *f = fopen("/sys/kernel/uevent_seqnum", "re");

	if (!f || fscanf(f, "%llu", &number) != 1)
		fail(__FILE__, __LINE__, "no number in /sys/kernel/uevent_seqnum");
	if (f)
		fclose(f);
	return number;
}

TEST(kinds)
{
	EXPECT_ERR(socket(AF_NETLINK, SOCK_STREAM, NETLINK_USERSOCK), ESOCKTNOSUPPORT);
	EXPECT_ERR(socket(AF_NETLINK, SOCK_DGRAM, 33), EPROTONOSUPPORT);
	EXPECT_ERR(socket(AF_NETLINK, SOCK_DGRAM, -1), EPROTONOSUPPORT);
	EXPECT_OK(socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT));
}

TEST(ports)
{
	int a = open_socket(NETLINK_USERSOCK), b = open_socket(NETLINK_USERSOCK),
	    c = open_socket(NETLINK_KOBJECT_UEVENT);
	struct sockaddr_nl wrong = { .nl_family = AF_UNIX };

	EXPECT_EQ(name_of(a).nl_pid, 0);
	EXPECT_OK(bind_to(a, 0, 0));
	EXPECT_EQ(name_of(a).nl_pid, getpid());
	EXPECT_OK(bind_to(b, 0, 0));
	EXPECT_EQ((int)name_of(b).nl_pid < 0, true);
	/* Another protocol has its own numbers. */
	EXPECT_OK(bind_to(c, getpid(), 0));
	EXPECT_ERR(bind_to(c, getpid() + 1, 0), EINVAL);
	EXPECT_OK(bind_to(c, getpid(), 5));
	EXPECT_EQ(name_of(c).nl_groups, 5);
	EXPECT_ERR(bind_to(open_socket(NETLINK_USERSOCK), getpid(), 0), EADDRINUSE);
	EXPECT_ERR(bind(b, (struct sockaddr *)&wrong, sizeof(wrong)), EINVAL);
	EXPECT_ERR(bind(b, (struct sockaddr *)&wrong, 4), EINVAL);
	close(a);
	EXPECT_OK(bind_to(open_socket(NETLINK_USERSOCK), getpid(), 0));
}

TEST(not_for_datagrams)
{
	int fd = open_socket(NETLINK_USERSOCK), pair[2];

	EXPECT_ERR(listen(fd, 1), EOPNOTSUPP);
	EXPECT_ERR(accept(fd, NULL, NULL), EOPNOTSUPP);
	EXPECT_ERR(shutdown(fd, SHUT_RD), EOPNOTSUPP);
	EXPECT_ERR(socketpair(AF_NETLINK, SOCK_DGRAM, NETLINK_USERSOCK, pair), EOPNOTSUPP);
	EXPECT_ERR(send(fd, "x", 1, MSG_OOB), EOPNOTSUPP);
	EXPECT_ERR(recv(fd, &pair, 1, MSG_OOB), EOPNOTSUPP);
	EXPECT_ERR(recv(fd, &pair, 1, MSG_DONTWAIT), EAGAIN);
}

TEST(to_a_port)
{
	int a = open_socket(NETLINK_USERSOCK), b = open_socket(NETLINK_USERSOCK), on = 1;
	struct sockaddr_nl to = address(4000, 0), none = address(4001, 0);
	struct received r;

	ASSERT_OK(bind_to(b, 4000, 0));
	ASSERT_OK(setsockopt(b, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	EXPECT_EQ(sendto(a, "message", 7, 0, (struct sockaddr *)&to, sizeof(to)), 7);
	EXPECT_EQ(name_of(a).nl_pid, getpid());
	r = receive(b, 3, MSG_PEEK);
	EXPECT_EQ(r.length, 3);
	EXPECT_EQ(r.flags & MSG_TRUNC, MSG_TRUNC);
	r = receive(b, 100, 0);
	EXPECT_EQ(r.length, 7);
	EXPECT_STR(r.text, "message");
	EXPECT_EQ(r.from.nl_pid, getpid());
	EXPECT_EQ(r.from.nl_groups, 0);
	EXPECT_EQ(r.has_cred, true);
	EXPECT_EQ(r.cred.pid, getpid());
	EXPECT_EQ(r.cred.uid, getuid());
	EXPECT_ERR(sendto(a, "x", 1, 0, (struct sockaddr *)&none, sizeof(none)), ECONNREFUSED);
	/* to the kernel, which does not listen */
	EXPECT_ERR(send(a, "x", 1, 0), ECONNREFUSED);
	EXPECT_ERR(sendto(a, "x", 1, 0, (struct sockaddr *)&to, 4), EINVAL);
	ASSERT_OK(connect(a, (struct sockaddr *)&to, sizeof(to)));
	EXPECT_EQ(send(a, "again", 5, 0), 5);
	EXPECT_EQ(receive(b, 100, MSG_DONTWAIT).length, 5);
}

TEST(to_a_group)
{
	int a = open_socket(NETLINK_USERSOCK), b = open_socket(NETLINK_USERSOCK),
	    c = open_socket(NETLINK_USERSOCK), group = 3;
	struct sockaddr_nl to = address(0, 1 << 2);
	struct received r;

	ASSERT_OK(bind_to(b, 0, 1 << 2));
	ASSERT_OK(bind_to(c, 0, 0));
	/* and to port 0 */
	EXPECT_ERR(sendto(a, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), ECONNREFUSED);
	r = receive(b, 100, MSG_DONTWAIT);
	EXPECT_EQ(r.length, 1);
	EXPECT_ERR(recv(c, r.text, 1, MSG_DONTWAIT), EAGAIN);
	EXPECT_OK(setsockopt(c, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)));
	EXPECT_EQ(name_of(c).nl_groups, 1 << 2);
	sendto(a, "yy", 2, 0, (struct sockaddr *)&to, sizeof(to));
	EXPECT_EQ(receive(c, 100, MSG_DONTWAIT).length, 2);
	EXPECT_OK(setsockopt(c, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group, sizeof(group)));
	sendto(a, "zzz", 3, 0, (struct sockaddr *)&to, sizeof(to));
	EXPECT_ERR(recv(c, r.text, 1, MSG_DONTWAIT), EAGAIN);
	group = 0;
	EXPECT_ERR(setsockopt(c, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)),
		   EINVAL);
	EXPECT_ERR(setsockopt(c, SOL_NETLINK, 99, &group, sizeof(group)), ENOPROTOOPT);
}

TEST(an_event)
{
	int fd = open_socket(NETLINK_KOBJECT_UEVENT), on = 1;
	unsigned long long before;
	char path[PATH_MAX], want[PATH_MAX + 16];
	struct received r;

	ASSERT_OK(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	ASSERT_OK(bind_to(fd, 0, 1));
	ASSERT_EQ(realpath(DEVICE, path) != NULL, true);
	before = seqnum();
	ASSERT_OK(write_uevent("change\n"));
	EXPECT_EQ(seqnum(), before + 1);
	EXPECT_EQ(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 5000), 1);
	r = receive(fd, sizeof(r.text), MSG_DONTWAIT);
	ASSERT_EQ(r.length > 0, true);
	snprintf(want, sizeof(want), "change@%s", path + strlen("/sys"));
	EXPECT_STR(r.text, want);
	EXPECT_STR(value_of(&r, "ACTION"), "change");
	EXPECT_STR(value_of(&r, "DEVPATH"), path + strlen("/sys"));
	EXPECT_STR(value_of(&r, "SUBSYSTEM"), "tty");
	EXPECT_STR(value_of(&r, "DEVNAME"), "ttyS0");
	EXPECT_STR(value_of(&r, "MAJOR"), "4");
	EXPECT_STR(value_of(&r, "SYNTH_UUID"), "0");
	EXPECT_EQ(strtoull(value_of(&r, "SEQNUM"), NULL, 10), before + 1);
	EXPECT_EQ(r.from.nl_pid, 0);
	EXPECT_EQ(r.from.nl_groups, 1);
	EXPECT_EQ(r.has_cred, true);
	EXPECT_EQ(r.cred.pid, 0);
	EXPECT_EQ(r.cred.uid, 0);
}

TEST(asked_for)
{
	int fd = open_socket(NETLINK_KOBJECT_UEVENT);
	struct received r;

	ASSERT_OK(bind_to(fd, 0, 1));
	EXPECT_ERR(write_uevent("nonsense"), EINVAL);
	EXPECT_ERR(write_uevent("add not-a-uuid"), EINVAL);
	EXPECT_ERR(write_uevent("add fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed A"), EINVAL);
	EXPECT_ERR(recv(fd, r.text, 1, MSG_DONTWAIT), EAGAIN);
	EXPECT_OK(write_uevent("add fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed A=1 B=abc"));
	r = receive(fd, sizeof(r.text), 0);
	EXPECT_STR(value_of(&r, "SYNTH_UUID"), "fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed");
	EXPECT_STR(value_of(&r, "SYNTH_ARG_A"), "1");
	EXPECT_STR(value_of(&r, "SYNTH_ARG_B"), "abc");
	EXPECT_STR(value_of(&r, "ACTION"), "add");
}

TEST(overrun)
{
	int fd = open_socket(NETLINK_KOBJECT_UEVENT), small = 1, error = 0, n = 0;
	socklen_t length = sizeof(error);
	char text[4096];

	ASSERT_OK(bind_to(fd, 0, 1));
	ASSERT_OK(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)));
	for (int i = 0; i < 50; i++)
		ASSERT_OK(write_uevent("change"));
	EXPECT_EQ(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0), 1);
	/* Once, and then what had been queued before. */
	EXPECT_ERR(recv(fd, text, sizeof(text), MSG_DONTWAIT), ENOBUFS);
	while (recv(fd, text, sizeof(text), MSG_DONTWAIT) > 0)
		n++;
	EXPECT_EQ(errno, EAGAIN);
	EXPECT_EQ(n > 0 && n < 50, true);
	/* From now on they come again. */
	ASSERT_OK(write_uevent("change"));
	EXPECT_EQ(recv(fd, text, sizeof(text), MSG_DONTWAIT) > 0, true);
	EXPECT_OK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length));
	EXPECT_EQ(error, 0);
}

TEST(rights)
{
	EXPECT_EXIT(CHILD({
			    struct sockaddr_nl to = address(0, 1);
			    int fd;

			    ASSERT_OK(setgid(1000));
			    ASSERT_OK(setuid(1000));
			    fd = open_socket(NETLINK_KOBJECT_UEVENT);
			    EXPECT_OK(bind_to(fd, 0, 1)); /* listening is for all */
			    EXPECT_ERR(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)),
				       EPERM);
			    EXPECT_ERR(connect(fd, (struct sockaddr *)&to, sizeof(to)), EPERM);
		    }),
		    0);
}
