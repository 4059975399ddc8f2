// SPDX-License-Identifier: MIT
/*
 * Uses samples/edu.
 *
 *	edu-test check NODE		everything once; exit status 0 if all is right
 *	edu-test mapped NODE		the page behind the registers is the buffer of the last transfer, and is not written; exit status 0 if so
 *	edu-test load NODE N		N processes use it until it goes away; 0 if each was told so by ENODEV, and some had done work
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edu.h"

#define IDLE	5	/* exit status of who never had its turn */

static int failures;

#define EXPECT(condition, ...)						\
	do {								\
		if (!(condition)) {					\
			printf("line %d: ", __LINE__);			\
			printf(__VA_ARGS__);				\
			printf(" (errno %d)\n", errno);			\
			failures++;					\
		}							\
	} while (0)

/* Waits for the result as a program does; 0 or -errno. */
static int factorial(int fd, unsigned int n, unsigned int *result)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLPRI };

	if (ioctl(fd, EDU_START, &n) < 0)
		return -errno;
	while (ioctl(fd, EDU_RESULT, result) < 0) {
		if (errno != EAGAIN)
			return -errno;
		if (poll(&poll_fd, 1, 10000) <= 0)
			return -ETIMEDOUT;
	}
	return 0;
}

static void check_registers(int fd)
{
	unsigned int number = 0x12345678, result = 0;

	EXPECT(!ioctl(fd, EDU_INVERT, &number) && number == 0xedcba987, "invert gives %x", number);
	EXPECT(ioctl(fd, EDU_RESULT, &result) < 0 && errno == ENODATA, "a result of nothing");
	EXPECT(!factorial(fd, 10, &result) && result == 3628800, "10! is %u", result);
	EXPECT(!factorial(fd, 1, &result) && result == 1, "1! is %u", result);
	EXPECT(ioctl(fd, 12345) < 0 && errno == ENOTTY, "an unknown command");
}

static void check_memory(int fd)
{
	static unsigned char out[EDU_MEMORY_SIZE], in[EDU_MEMORY_SIZE];
	int nonblocking;

	for (unsigned int i = 0; i < sizeof(out); i++)
		out[i] = i * 7 + i / 256;
	EXPECT(pwrite(fd, out, sizeof(out), 0) == sizeof(out), "writing all of it");
	EXPECT(pread(fd, in, sizeof(in), 0) == sizeof(in) && !memcmp(in, out, sizeof(in)),
	       "reading all of it");
	EXPECT(pwrite(fd, "abcdefgh", 8, EDU_MEMORY_SIZE - 6) == 6, "writing across the end");
	EXPECT(pread(fd, in, 100, EDU_MEMORY_SIZE - 8) == 8 && !memcmp(in + 2, "abcdef", 6),
	       "reading across the end");
	EXPECT(pread(fd, in, 10, EDU_MEMORY_SIZE) == 0, "reading behind the end");
	EXPECT(pwrite(fd, in, 10, EDU_MEMORY_SIZE) < 0 && errno == ENOSPC,
	       "writing behind the end");
	nonblocking = fcntl(fd, F_SETFL, O_NONBLOCK);
	EXPECT(!nonblocking && pread(fd, in, 16, 100) < 0 && errno == EAGAIN,
	       "a read that would wait");
	EXPECT(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 10000) == 1,
	       "its data come");
	EXPECT(pread(fd, in, 16, 100) == 16 && !memcmp(in, out + 100, 16), "then it is read");
	fcntl(fd, F_SETFL, 0);
}

static int check(const char *node)
{
	int fd = open(node, O_RDWR);

	EXPECT(fd >= 0, "open %s", node);
	if (fd >= 0) {
		check_registers(fd);
		check_memory(fd);
	}
	return failures != 0;
}

static int mapped(const char *node)
{
	int fd = open(node, O_RDWR);
	const volatile unsigned char *buffer = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd,
						    EDU_MAP_BUFFER);
	unsigned char out[64], in[64];

	EXPECT(fd >= 0 && buffer != MAP_FAILED, "mapping");
	if (failures)
		return 1;
	for (unsigned int round = 0; round < 10; round++) {
		memset(out, 'a' + round, sizeof(out));
		EXPECT(pwrite(fd, out, sizeof(out), 128) == sizeof(out), "writing");
		EXPECT(pread(fd, in, sizeof(in), 128) == sizeof(in), "reading");
		EXPECT(buffer[0] == 'a' + round && buffer[63] == 'a' + round, "the page has %x",
		       buffer[0]);
	}
	EXPECT(buffer[4095] == 0, "behind the buffer stands %x", buffer[4095]);
	EXPECT(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, EDU_MAP_BUFFER) ==
			       MAP_FAILED &&
		       errno == EACCES,
	       "mapping to write");
	EXPECT(mprotect((void *)buffer, 4096, PROT_READ | PROT_WRITE) && errno == EACCES,
	       "writing later");
	EXPECT(mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, EDU_MAP_BUFFER) == MAP_FAILED &&
		       errno == ENXIO,
	       "too much");
	return failures != 0;
}

/* Works until the device is gone: ENODEV, and nothing else ends it. */
static int use(int fd, int self)
{
	unsigned char block[500];
	unsigned int result;
	long rounds = 0;
	int error = 0;

	memset(block, self, sizeof(block));
	while (!error) {
		if (pwrite(fd, block, sizeof(block), self * 500) < 0 ||
		    pread(fd, block, sizeof(block), self * 500) < 0) {
			error = errno;
		} else if (block[0] != self || block[499] != self) {
			printf("process %d read what another wrote\n", self);
			return 3;
		} else {
			error = -factorial(fd, 5, &result);
			error = error == EBUSY || error == ENODATA ? 0 : error;
		}
		rounds += !error;
		if (!error && rounds == 1)
			printf("busy\n");
	}
	if (error != ENODEV)
		printf("process %d: %ld rounds, then error %d\n", self, rounds, error);
	return error != ENODEV ? 4 : !rounds ? IDLE : 0;
}

/* "busy" is said when all have the device open and one has done its first round. */
static int load(const char *node, int nr)
{
	int fds[8], status, bad = 0, busy = 0;

	for (int i = 0; i < nr; i++) {
		fds[i] = open(node, O_RDWR);
		if (fds[i] < 0)
			return 2;
	}
	for (int i = 0; i < nr; i++)
		if (!fork())
			_exit(use(fds[i], i));
	for (int i = 0; i < nr; i++)
		close(fds[i]);
	while (wait(&status) > 0)
		if (!status)
			busy++;
		else
			bad |= !WIFEXITED(status) || WEXITSTATUS(status) != IDLE;
	return bad || !busy;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && !strcmp(argv[1], "check"))
		return check(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "mapped"))
		return mapped(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "load") && atoi(argv[3]) <= 8)
		return load(argv[2], atoi(argv[3]));
	return 2;
}
