/* SPDX-License-Identifier: MIT */
/* Unix-domain sockets: streams, datagrams, packets, addresses, descriptors and credentials. */
#include "harness.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static int s[2];

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	strncpy(a.sun_path, path, sizeof(a.sun_path) - 1);
	return a;
}

static int listener(const char *path, int type, int backlog)
{
	struct sockaddr_un a = address(path);
	int fd = ASSERT_OK(socket(AF_UNIX, type, 0));

	ASSERT_OK(bind(fd, (struct sockaddr *)&a, sizeof(a)));
	if (type != SOCK_DGRAM)
		ASSERT_OK(listen(fd, backlog));
	return fd;
}

static int connected(const char *path, int type)
{
	struct sockaddr_un a = address(path);
	int fd = ASSERT_OK(socket(AF_UNIX, type, 0));

	ASSERT_OK(connect(fd, (struct sockaddr *)&a, sizeof(a)));
	return fd;
}

TEST(stream_pair)
{
	char buffer[16] = "";

	ASSERT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	EXPECT_EQ(write(s[0], "one", 3), 3);
	EXPECT_EQ(send(s[0], "two", 3, 0), 3);
	EXPECT_EQ(read(s[1], buffer, 16), 6);
	EXPECT_STR(buffer, "onetwo");
	EXPECT_EQ(write(s[1], "back", 4), 4);
	EXPECT_EQ(recv(s[0], buffer, 16, MSG_PEEK), 4);
	EXPECT_EQ(recv(s[0], buffer, 16, 0), 4);
	EXPECT_ERR(recv(s[0], buffer, 16, MSG_DONTWAIT), EAGAIN);
	close(s[1]);
	EXPECT_EQ(read(s[0], buffer, 16), 0);
	EXPECT_ERR(send(s[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	EXPECT_KILLED(CHILD({ write(s[0], "x", 1); }), SIGPIPE);
}

TEST(datagram_pair)
{
	char buffer[16] = "";

	ASSERT_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	EXPECT_EQ(write(s[0], "first", 5), 5);
	EXPECT_EQ(write(s[0], "second", 6), 6);
	EXPECT_EQ(read(s[1], buffer, 3), 3);
	EXPECT_STR(buffer, "fir");
	EXPECT_EQ(recv(s[1], buffer, 2, MSG_TRUNC), 6);
	EXPECT_EQ(write(s[0], "", 0), 0);
	EXPECT_EQ(read(s[1], buffer, 16), 0);
}

TEST(packets_keep_boundaries_and_order)
{
	char buffer[16] = "";

	ASSERT_OK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s));
	EXPECT_EQ(fcntl(s[0], F_GETFD), FD_CLOEXEC);
	EXPECT_EQ(write(s[0], "ab", 2), 2);
	EXPECT_EQ(write(s[0], "cde", 3), 3);
	EXPECT_EQ(read(s[1], buffer, 16), 2);
	EXPECT_EQ(read(s[1], buffer, 16), 3);
	close(s[0]);
	EXPECT_EQ(read(s[1], buffer, 16), 0);
}

TEST(listening_and_connecting)
{
	char buffer[8] = "";
	struct sockaddr_un a;
	socklen_t length = sizeof(a);
	int l = listener("sock", SOCK_STREAM, 5);
	struct stat st;

	EXPECT_OK(stat("sock", &st));
	EXPECT(S_ISSOCK(st.st_mode));
	pid_t pid = CHILD({
		int c = connected("sock", SOCK_STREAM);
		EXPECT_EQ(write(c, "hello", 5), 5);
		EXPECT_EQ(read(c, buffer, 8), 2);
	});
	int fd = ASSERT_OK(accept4(l, (struct sockaddr *)&a, &length, SOCK_CLOEXEC));

	EXPECT_EQ(length, 2); /* the other side has no name */
	EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EXPECT_EQ(read(fd, buffer, 8), 5);
	EXPECT_EQ(write(fd, "ok", 2), 2);
	EXPECT_EXIT(pid, 0);
	length = sizeof(a);
	EXPECT_OK(getsockname(fd, (struct sockaddr *)&a, &length));
	EXPECT_STR(a.sun_path, "sock");
}

TEST(address_refusals)
{
	struct sockaddr_un a = address("sock"), long_path;
	int fd = ASSERT_OK(socket(AF_UNIX, SOCK_STREAM, 0));

	EXPECT_ERR(connect(fd, (struct sockaddr *)&a, sizeof(a)), ENOENT);
	close(listener("sock", SOCK_STREAM, 1));
	EXPECT_ERR(bind(fd, (struct sockaddr *)&a, sizeof(a)), EADDRINUSE);
	EXPECT_ERR(connect(fd, (struct sockaddr *)&a, sizeof(a)), ECONNREFUSED);
	EXPECT_ERR(bind(fd, (struct sockaddr *)&a, 1), EINVAL);
	EXPECT_ERR(bind(fd, (struct sockaddr *)16, sizeof(a)), EFAULT);
	memset(&long_path, 'x', sizeof(long_path));
	long_path.sun_family = AF_UNIX;
	EXPECT_ERR(bind(fd, (struct sockaddr *)&long_path, sizeof(long_path) + 10), EINVAL);
	a.sun_family = 77;
	EXPECT_ERR(bind(fd, (struct sockaddr *)&a, sizeof(a)), EINVAL);
	EXPECT_ERR(listen(fd, 1), EINVAL);
	EXPECT_ERR(accept(fd, NULL, NULL), EINVAL);
	EXPECT_ERR(socket(AF_UNIX, 77, 0), EINVAL);
	EXPECT_ERR(socket(99, SOCK_STREAM, 0), EAFNOSUPPORT);
	EXPECT_ERR(socket(AF_UNIX, SOCK_STREAM, 77), EPROTONOSUPPORT);
	spew("plain", "");
	a = address("plain");
	EXPECT_ERR(connect(fd, (struct sockaddr *)&a, sizeof(a)), ECONNREFUSED);
	EXPECT_ERR(listen(0, 1), ENOTSOCK);
	EXPECT_ERR(open("sock", O_RDWR), ENXIO);
	EXPECT_ERR(send(fd, "x", 1, 0), ENOTCONN);
}

TEST(abstract_names)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "\0mortise-test" };
	socklen_t length = offsetof(struct sockaddr_un, sun_path) + 13;
	int l = ASSERT_OK(socket(AF_UNIX, SOCK_STREAM, 0)),
	    c = ASSERT_OK(socket(AF_UNIX, SOCK_STREAM, 0));

	EXPECT_OK(bind(l, (struct sockaddr *)&a, length));
	EXPECT_OK(listen(l, 1));
	EXPECT_OK(connect(c, (struct sockaddr *)&a, length));
	EXPECT_ERR(connect(c, (struct sockaddr *)&a, length), EISCONN);
	int again = ASSERT_OK(socket(AF_UNIX, SOCK_STREAM, 0));

	EXPECT_ERR(bind(again, (struct sockaddr *)&a, length), EADDRINUSE);
	close(l);
	EXPECT_OK(bind(again, (struct sockaddr *)&a, length));
	/* Autobind gives five hex digits. */
	int automatic = ASSERT_OK(socket(AF_UNIX, SOCK_DGRAM, 0));

	EXPECT_OK(bind(automatic, (struct sockaddr *)&a, 2));
	length = sizeof(a);
	EXPECT_OK(getsockname(automatic, (struct sockaddr *)&a, &length));
	EXPECT_EQ(length, 8);
}

TEST(datagrams_by_name)
{
	char buffer[16] = "";
	struct sockaddr_un from;
	socklen_t length = sizeof(from);
	int a = listener("a", SOCK_DGRAM, 0), b = listener("b", SOCK_DGRAM, 0);
	struct sockaddr_un to = address("b"), nobody = address("nobody");

	EXPECT_EQ(sendto(a, "letter", 6, 0, (struct sockaddr *)&to, sizeof(to)), 6);
	EXPECT_EQ(recvfrom(b, buffer, 16, 0, (struct sockaddr *)&from, &length), 6);
	EXPECT_STR(from.sun_path, "a");
	EXPECT_ERR(sendto(a, "x", 1, 0, (struct sockaddr *)&nobody, sizeof(nobody)), ENOENT);
	EXPECT_ERR(send(a, "x", 1, 0), ENOTCONN);
	EXPECT_OK(connect(a, (struct sockaddr *)&to, sizeof(to)));
	EXPECT_EQ(send(a, "direct", 6, 0), 6);
	close(b);
	EXPECT_ERR(send(a, "x", 1, 0), ECONNREFUSED);
}

TEST(descriptors_are_passed)
{
	char byte = 'x', control[CMSG_SPACE(2 * sizeof(int))] = "";
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int p[2], fds[2];

	ASSERT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	ASSERT_OK(pipe(p));
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(c), p, sizeof(p));
	EXPECT_EQ(sendmsg(s[0], &m, 0), 1);
	close(p[0]);
	close(p[1]);
	memset(control, 0, sizeof(control));
	EXPECT_EQ(recvmsg(s[1], &m, MSG_CMSG_CLOEXEC), 1);
	c = CMSG_FIRSTHDR(&m);
	ASSERT(c);
	EXPECT_EQ(c->cmsg_type, SCM_RIGHTS);
	memcpy(fds, CMSG_DATA(c), sizeof(fds));
	EXPECT_EQ(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
	EXPECT_EQ(write(fds[1], "through", 7), 7);
	char buffer[8] = "";

	EXPECT_EQ(read(fds[0], buffer, 8), 7);
	EXPECT_STR(buffer, "through");
	/* Without room for them they are closed and that is said. */
	m.msg_controllen = sizeof(control);
	memset(control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fds[0], sizeof(int));
	EXPECT_EQ(sendmsg(s[0], &m, 0), 1);
	m.msg_controllen = 0;
	EXPECT_EQ(recvmsg(s[1], &m, 0), 1);
	EXPECT(m.msg_flags & MSG_CTRUNC);
	int bad = 999;

	m.msg_controllen = sizeof(control);
	memcpy(CMSG_DATA(c), &bad, sizeof(int));
	EXPECT_ERR(sendmsg(s[0], &m, 0), EBADF);
}

TEST(descriptors_in_flight_are_collected)
{
	/* A socket whose only reference is in its own queue. */
	for (int i = 0; i < 200; i++) {
		char byte = 'x', control[CMSG_SPACE(2 * sizeof(int))] = "";
		struct iovec iov = { &byte, 1 };
		struct msghdr m = { .msg_iov = &iov,
				    .msg_iovlen = 1,
				    .msg_control = control,
				    .msg_controllen = sizeof(control) };

		ASSERT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(2 * sizeof(int));
		memcpy(CMSG_DATA(c), s, sizeof(s));
		ASSERT_EQ(sendmsg(s[0], &m, 0), 1);
		close(s[0]);
		close(s[1]);
	}
}

TEST(credentials)
{
	struct ucred cred;
	socklen_t length = sizeof(cred);
	char byte = 'x', control[CMSG_SPACE(sizeof(cred))] = "";
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int on = 1;

	ASSERT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	EXPECT_OK(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &cred, &length));
	EXPECT_EQ(cred.pid, getpid());
	EXPECT_EQ(cred.uid, 0);
	EXPECT_OK(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	pid_t pid = CHILD({ EXPECT_EQ(write(s[0], "x", 1), 1); });

	EXPECT_EXIT(pid, 0);
	EXPECT_EQ(recvmsg(s[1], &m, 0), 1);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	ASSERT(c);
	EXPECT_EQ(c->cmsg_type, SCM_CREDENTIALS);
	memcpy(&cred, CMSG_DATA(c), sizeof(cred));
	EXPECT_EQ(cred.pid, pid);
}

TEST(options)
{
	int value = 0;
	socklen_t length = sizeof(value);

	ASSERT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	EXPECT_OK(getsockopt(s[0], SOL_SOCKET, SO_TYPE, &value, &length));
	EXPECT_EQ(value, SOCK_STREAM);
	EXPECT_OK(getsockopt(s[0], SOL_SOCKET, SO_DOMAIN, &value, &length));
	EXPECT_EQ(value, AF_UNIX);
	EXPECT_OK(getsockopt(s[0], SOL_SOCKET, SO_ERROR, &value, &length));
	EXPECT_EQ(value, 0);
	EXPECT_OK(getsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &value, &length));
	EXPECT_GT(value, 4096);
	struct timeval t = { 0, 50000 };

	EXPECT_OK(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	uint64_t start = now_ns();

	EXPECT_ERR(recv(s[0], &value, 1, 0), EAGAIN);
	EXPECT_GE(now_ns() - start, 45000000);
	EXPECT_ERR(getsockopt(s[0], SOL_SOCKET, 9999, &value, &length), ENOPROTOOPT);
	EXPECT_ERR(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &t, 1), EINVAL);
}

TEST(shutting_down)
{
	char c;
	struct pollfd in;

	ASSERT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	write(s[0], "z", 1);
	EXPECT_OK(shutdown(s[0], SHUT_WR));
	EXPECT_EQ(read(s[1], &c, 1), 1);
	EXPECT_EQ(read(s[1], &c, 1), 0);
	EXPECT_ERR(send(s[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	EXPECT_EQ(write(s[1], "y", 1), 1);
	EXPECT_EQ(read(s[0], &c, 1), 1);
	in = (struct pollfd){ .fd = s[1], .events = POLLIN | POLLRDHUP };
	EXPECT_EQ(poll(&in, 1, 0), 1);
	EXPECT_EQ(in.revents, POLLIN | POLLRDHUP);
	EXPECT_ERR(shutdown(s[0], 7), EINVAL);
}

TEST(backlog)
{
	int l = listener("sock", SOCK_STREAM, 1), made = 0;
	struct sockaddr_un a = address("sock");
	struct pollfd in = { .fd = l, .events = POLLIN };

	EXPECT_EQ(poll(&in, 1, 0), 0);
	for (int i = 0; i < 10; i++) {
		int fd = ASSERT_OK(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));

		if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
			EXPECT_EQ(errno, EAGAIN);
			break;
		}
		made++;
	}
	EXPECT_EQ(made, 2);
	EXPECT_EQ(poll(&in, 1, 0), 1);
	for (int i = 0; i < made; i++)
		EXPECT_OK(accept(l, NULL, NULL));
	fcntl(l, F_SETFL, O_NONBLOCK);
	EXPECT_ERR(accept(l, NULL, NULL), EAGAIN);
}

TEST(writer_is_held_back)
{
	static char block[65536];
	size_t written = 0;
	ssize_t n;

	ASSERT_OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s));
	while ((n = write(s[0], block, sizeof(block))) > 0)
		written += n;
	EXPECT_EQ(errno, EAGAIN);
	struct pollfd out = { .fd = s[0], .events = POLLOUT };

	EXPECT_EQ(poll(&out, 1, 0), 0);
	size_t got_back = 0;

	while ((n = read(s[1], block, sizeof(block))) > 0)
		got_back += n;
	EXPECT_EQ(got_back, written);
	EXPECT_EQ(poll(&out, 1, 1000), 1);
}

TEST(multiplied_messages)
{
	char a[4] = "", b[4] = "";
	struct iovec iov[2] = { { "abc", 3 }, { "de", 2 } }, in[2] = { { a, 4 }, { b, 4 } };
	struct mmsghdr out[2] = { { .msg_hdr = { .msg_iov = &iov[0], .msg_iovlen = 1 } },
				  { .msg_hdr = { .msg_iov = &iov[1], .msg_iovlen = 1 } } };
	struct mmsghdr got[2] = { { .msg_hdr = { .msg_iov = &in[0], .msg_iovlen = 1 } },
				  { .msg_hdr = { .msg_iov = &in[1], .msg_iovlen = 1 } } };

	ASSERT_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	EXPECT_EQ(sendmmsg(s[0], out, 2, 0), 2);
	EXPECT_EQ(recvmmsg(s[1], got, 2, 0, NULL), 2);
	EXPECT_EQ(got[0].msg_len, 3);
	EXPECT_STR(b, "de");
}

TEST(ping_pong_over_a_stream)
{
	ASSERT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	pid_t pid = CHILD({
		int value;
		for (int i = 0; i < 2000; i++) {
			ASSERT_EQ(read(s[1], &value, 4), 4);
			value++;
			ASSERT_EQ(write(s[1], &value, 4), 4);
		}
	});

	for (int i = 0; i < 2000; i++) {
		int value = i;

		ASSERT_EQ(write(s[0], &value, 4), 4);
		ASSERT_EQ(read(s[0], &value, 4), 4);
		ASSERT_EQ(value, i + 1);
	}
	EXPECT_EXIT(pid, 0);
}

TEST(permission_to_connect)
{
	listener("sock", SOCK_STREAM, 5);
	chmod("sock", 0600);
	EXPECT_EXIT(CHILD({
			    struct sockaddr_un a = address("sock");
			    int fd = ASSERT_OK(socket(AF_UNIX, SOCK_STREAM, 0));
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_ERR(connect(fd, (struct sockaddr *)&a, sizeof(a)), EACCES);
		    }),
		    0);
}
