/* SPDX-License-Identifier: MIT */
/* /dev/echo of 64 bytes: poll, ioctl, waiting, O_NONBLOCK. Says what is wrong and returns 1. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../modules/echo/echo.h"

static int failures;

#define EXPECT(condition) do {									\
	if (!(condition)) {									\
		printf("line %d: not true: %s (errno %s)\n", __LINE__, #condition, strerror(errno));	\
		failures++;									\
	}											\
} while (0)

static int poll_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

/* Opens, uses and closes the device, whenever it is there, until the file says stop. */
static int use_until(const char *stop)
{
	char buffer[16];
	int fd;

	while (access(stop, F_OK)) {
		usleep(3000); /* let it be unused now and then */
		fd = open("/dev/echo", O_RDWR | O_NONBLOCK);
		if (fd < 0)
			continue;
		if (write(fd, "x", 1) == 1)
			(void)!read(fd, buffer, sizeof(buffer));
		poll_now(fd);
		ioctl(fd, ECHO_CLEAR);
		close(fd);
	}
	return 0;
}

/* One call with two further buffers, of which the core knows by a table. */
static void check_exchange(int fd)
{
	char out[] = "abcdef", back[16] = "................";
	struct echo_exchange e = { (unsigned long)out, (unsigned long)back, 6, 4 };
	unsigned int queued;

	EXPECT(ioctl(fd, ECHO_EXCHANGE, &e) == 0 && e.out_bytes == 6 && e.back_bytes == 4);
	EXPECT(!memcmp(back, "abcd....", 8) && e.out == (unsigned long)out &&
	       e.back == (unsigned long)back);
	/* Less comes back than there is room for, and no more than that is written. */
	e.out = 16; /* nobody looks: there are no bytes */
	e.out_bytes = 0;
	e.back_bytes = 16;
	EXPECT(ioctl(fd, ECHO_EXCHANGE, &e) == 0 && e.back_bytes == 2 &&
	       !memcmp(back, "efcd....", 8) && e.out == 16);
	e = (struct echo_exchange){ 16, (unsigned long)back, 1, 0 };
	EXPECT(ioctl(fd, ECHO_EXCHANGE, &e) == -1 && errno == EFAULT);
	e = (struct echo_exchange){ 1ul << 63, (unsigned long)back, 1, 0 };
	EXPECT(ioctl(fd, ECHO_EXCHANGE, &e) == -1 && errno == EFAULT);
	/* Too much, of either: before anything is done. */
	e = (struct echo_exchange){ (unsigned long)out, (unsigned long)back, 1, 4097 };
	EXPECT(ioctl(fd, ECHO_EXCHANGE, &e) == -1 && errno == EINVAL);
	e = (struct echo_exchange){ (unsigned long)out, (unsigned long)back, 0xffffffff, 1 };
	EXPECT(ioctl(fd, ECHO_EXCHANGE, &e) == -1 && errno == EINVAL);
	EXPECT(ioctl(fd, ECHO_GET_QUEUED, &queued) == 0 && queued == 0);
	/* What comes back has nowhere to go: the driver has run by then. */
	e = (struct echo_exchange){ (unsigned long)out, 16, 3, 3 };
	EXPECT(ioctl(fd, ECHO_EXCHANGE, &e) == -1 && errno == EFAULT);
	EXPECT(ioctl(fd, ECHO_GET_QUEUED, &queued) == 0 && queued == 0);
	EXPECT(ioctl(fd, ECHO_EXCHANGE, (void *)16) == -1 && errno == EFAULT);
}

int main(int argc, char **argv)
{
	char buffer[128] = "", big[100];
	unsigned int value = 7;
	int fd = open("/dev/echo", O_RDWR | O_NONBLOCK), waiting;
	void *volatile nowhere = (void *)16;
	pid_t pid;

	if (argc > 1)
		return use_until(argv[1]);
	memset(big, 'b', sizeof(big));
	EXPECT(fd >= 0);
	EXPECT(ioctl(fd, ECHO_CLEAR) >= 0);
	EXPECT(read(fd, buffer, 10) == -1 && errno == EAGAIN);
	EXPECT(poll_now(fd) == POLLOUT);
	EXPECT(write(fd, "abc", 3) == 3);
	EXPECT(poll_now(fd) == (POLLIN | POLLOUT));
	EXPECT(ioctl(fd, ECHO_GET_QUEUED, &value) == 0 && value == 3);
	EXPECT(ioctl(fd, ECHO_GET_QUEUED, nowhere) == -1 && errno == EFAULT);
	EXPECT(ioctl(fd, 0x12345678, &value) == -1 && errno == ENOTTY);
	value = 1;
	EXPECT(ioctl(fd, ECHO_SET_UPPER, &value) == 0);
	EXPECT(read(fd, buffer, sizeof(buffer)) == 3 && !memcmp(buffer, "ABC", 3));
	value = 2;
	EXPECT(ioctl(fd, ECHO_SET_UPPER, &value) == -1 && errno == EINVAL);
	value = 0;
	EXPECT(ioctl(fd, ECHO_SET_UPPER, &value) == 0);
	EXPECT(write(fd, big, sizeof(big)) == 64);
	EXPECT(poll_now(fd) == POLLIN);
	EXPECT(write(fd, big, 1) == -1 && errno == EAGAIN);
	EXPECT(ioctl(fd, ECHO_CLEAR) == 64);
	EXPECT(write(fd, nowhere, 4) == -1 && errno == EFAULT);
	check_exchange(fd);
	/* A reader waits until somebody writes. */
	pid = fork();
	if (pid == 0) {
		waiting = open("/dev/echo", O_RDONLY);
		_exit(read(waiting, buffer, 1) != 1 || buffer[0] != 'w');
	}
	usleep(50000);
	EXPECT(write(fd, "w", 1) == 1);
	EXPECT(waitpid(pid, &waiting, 0) == pid && waiting == 0);
	return failures != 0;
}
