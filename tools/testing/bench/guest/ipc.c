/* SPDX-License-Identifier: MIT */
/* Rows of programs that talk to each other: pipes, sockets, futexes, queues, and the switches between them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include "bench.h"

static int there[2], back[2], pair[2];
static char byte;
static char block[65536];

/* A byte there and a byte back, between two processes. */

static void echo_pipe(long unused)
{
	char c;

	(void)unused;
	while (read(there[0], &c, 1) == 1)
		if (write(back[1], &c, 1) != 1)
			return;
}
static int make_pipes(void) { return pipe(there) || pipe(back) ? -1 : helper(echo_pipe, 0); }
static void run_pipe(long n)
{
	while (n--) {
		MUST(write(there[1], &byte, 1));
		MUST(read(back[0], &byte, 1));
	}
}
ROW("pipe there and back", .setup = make_pipes, .run = run_pipe)

static int make_own_pipe(void) { return pipe(there); }
static void run_own_pipe(long n)
{
	while (n--) {
		MUST(write(there[1], &byte, 1));
		MUST(read(there[0], &byte, 1));
	}
}
ROW("pipe to itself", .setup = make_own_pipe, .run = run_own_pipe)

static void run_make_pipe(long n)
{
	while (n--) {
		MUST(pipe(there));
		MUST(close(there[0]));
		MUST(close(there[1]));
	}
}
ROW("pipe made and closed", .run = run_make_pipe)

static void echo_socket(long unused)
{
	char c;

	(void)unused;
	while (read(pair[1], &c, 1) == 1)
		if (write(pair[1], &c, 1) != 1)
			return;
}
static int make_pair(void) { return socketpair(AF_UNIX, (int)argument, 0, pair) ? -1 : helper(echo_socket, 0); }
static void run_pair(long n)
{
	while (n--) {
		MUST(write(pair[0], &byte, 1));
		MUST(read(pair[0], &byte, 1));
	}
}
ROW("unix stream there and back", .setup = make_pair, .run = run_pair, .argument = SOCK_STREAM)
ROW("unix datagram there and back", .setup = make_pair, .run = run_pair, .argument = SOCK_DGRAM)

static void run_make_pair(long n)
{
	while (n--) {
		MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
		MUST(close(pair[0]));
		MUST(close(pair[1]));
	}
}
ROW("socketpair made and closed", .run = run_make_pair)

static void echo_eventfd(long unused)
{
	uint64_t value;

	(void)unused;
	while (read(there[0], &value, 8) == 8)
		if (write(back[0], &value, 8) != 8)
			return;
}
static int make_eventfds(void)
{
	there[0] = eventfd(0, 0);
	back[0] = eventfd(0, 0);
	return there[0] < 0 || back[0] < 0 ? -1 : helper(echo_eventfd, 0);
}
static void run_eventfd(long n)
{
	uint64_t value = 1;

	while (n--) {
		MUST(write(there[0], &value, 8));
		MUST(read(back[0], &value, 8));
	}
}
ROW("eventfd there and back", .setup = make_eventfds, .run = run_eventfd)

/* Futexes. */

static int *word;
static long futex(int *address, int operation, int value)
{
	return syscall(SYS_futex, address, operation, value, NULL, NULL, 0);
}
static int make_word(void)
{
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return word == MAP_FAILED ? -1 : 0;
}
static void run_wake(long n) { while (n--) MUST(futex(word, FUTEX_WAKE_PRIVATE, 1)); }
ROW("futex wake of none", .setup = make_word, .run = run_wake)

/* The word is 0 while it is the first one's turn, 1 while it is the second one's. */
static void take_turns(int mine, long n)
{
	while (n--) {
		while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != mine)
			futex(word, FUTEX_WAIT_PRIVATE, !mine);
		__atomic_store_n(word, !mine, __ATOMIC_RELEASE);
		futex(word, FUTEX_WAKE_PRIVATE, 1);
	}
}
static void *second_thread(void *unused)
{
	take_turns(1, 1l << 60);
	return unused;
}
static int make_threads(void)
{
	pthread_t thread;

	return make_word() ? -1 : -pthread_create(&thread, NULL, second_thread, NULL);
}
static void run_turns(long n) { take_turns(0, n); }
ROW("futex there and back (threads)", .setup = make_threads, .run = run_turns)

/* Queues and semaphores of System V and POSIX. */

static int queue = -1;
static struct { long type; char text[64]; } message = { 1, "message" };
static int make_msg(void) { return queue = msgget(IPC_PRIVATE, 0600); }
static void run_msg(long n)
{
	while (n--) {
		MUST(msgsnd(queue, &message, 64, 0));
		MUST(msgrcv(queue, &message, 64, 0, 0));
	}
}
static void end_msg(void) { msgctl(queue, IPC_RMID, NULL); }
ROW("SysV message to itself", .setup = make_msg, .run = run_msg, .finish = end_msg)

static int make_sem(void) { return queue = semget(IPC_PRIVATE, 1, 0600); }
static void run_sem(long n)
{
	struct sembuf up = { .sem_op = 1 }, down = { .sem_op = -1 };

	while (n--) {
		MUST(semop(queue, &up, 1));
		MUST(semop(queue, &down, 1));
	}
}
static void end_sem(void) { semctl(queue, 0, IPC_RMID); }
ROW("SysV semaphore up and down", .setup = make_sem, .run = run_sem, .finish = end_sem)

static mqd_t mq;
static int make_mq(void)
{
	struct mq_attr attr = { .mq_maxmsg = 8, .mq_msgsize = 64 };

	mq = mq_open("/bench", O_RDWR | O_CREAT, 0600, &attr);
	return mq;
}
static void run_mq(long n)
{
	while (n--) {
		MUST(mq_send(mq, message.text, 64, 0));
		MUST(mq_receive(mq, message.text, 64, NULL));
	}
}
static void end_mq(void) { mq_unlink("/bench"); }
ROW("POSIX message to itself", .setup = make_mq, .run = run_mq, .finish = end_mq)

/* A byte goes round a ring of processes, each of which touches its own memory. */

#define SWITCH(tasks, kib) ((tasks) | (kib) << 8)
static int ring[16][2], nr_tasks;
static long switch_bytes;
static char touched[65536];

static void touch(void)
{
	for (long i = 0; i < switch_bytes; i += 64)
		touched[i]++;
}
static void pass_on(long index)
{
	char c;

	while (read(ring[index][0], &c, 1) == 1) {
		touch();
		if (write(ring[(index + 1) % nr_tasks][1], &c, 1) != 1)
			return;
	}
}
static int make_ring(void)
{
	nr_tasks = (int)(argument & 0xff);
	switch_bytes = (argument >> 8) * 1024;
	memset(touched, 1, sizeof(touched));
	for (int i = 0; i < nr_tasks; i++)
		if (pipe(ring[i]))
			return -1;
	for (int i = 1; i < nr_tasks; i++)
		if (helper(pass_on, i) < 0)
			return -1;
	return 0;
}
static void run_ring(long n)
{
	while (n--) {
		MUST(write(ring[1][1], &byte, 1));
		MUST(read(ring[0][0], &byte, 1));
		touch();
	}
}
#define SWITCH_ROW(tasks, kib) \
	ROW("context switch, " #tasks " tasks, " #kib " KiB", .setup = make_ring, .run = run_ring, \
	    .argument = SWITCH(tasks, kib), .per = tasks)
SWITCH_ROW(2, 0)
SWITCH_ROW(2, 16)
SWITCH_ROW(2, 64)
SWITCH_ROW(8, 0)
SWITCH_ROW(8, 16)
SWITCH_ROW(8, 64)
SWITCH_ROW(16, 0)
SWITCH_ROW(16, 16)
SWITCH_ROW(16, 64)

/* A MiB through a pipe or a socket, 64 KiB at a time. */

static int flood_fd;
static void flood(long unused)
{
	(void)unused;
	while (write(flood_fd, block, sizeof(block)) > 0)
		;
}
static int make_pipe_flood(void)
{
	if (pipe(there))
		return -1;
	flood_fd = there[1];
	return helper(flood, 0);
}
static int make_unix_flood(void)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, there))
		return -1;
	flood_fd = there[1];
	return helper(flood, 0);
}
static void run_flood(long n)
{
	for (long left = n << 20; left > 0;)
		left -= MUST(read(there[0], block,
				  left < (long)sizeof(block) ? left : (long)sizeof(block)));
}
ROW("pipe bandwidth, 1 MiB", .setup = make_pipe_flood, .run = run_flood, .bulk = 1)
ROW("unix bandwidth, 1 MiB", .setup = make_unix_flood, .run = run_flood, .bulk = 1)
