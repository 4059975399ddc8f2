/* SPDX-License-Identifier: MIT */
/* Sockets, System V objects, message queues, futexes. */
#include "faults.h"
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static void close_fd(long fd) { close(fd); }
static int two[2];
static void close_two(void)
{
	close(two[0]);
	close(two[1]);
}
static void undo_two(long r) { close_two(); }

static long do_socket(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
CALL(socket_new, .run = do_socket, .undo = close_fd);
static long do_socketpair(void) { return socketpair(AF_UNIX, SOCK_STREAM, 0, two); }
CALL(socketpair_new, .run = do_socketpair, .undo = undo_two);

static struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
static int listener, caller;
static void socket_prepare(void) { listener = MUST(do_socket()); }
static void socket_restore(void)
{
	close(listener);
	unlink("socket");
}
static long do_bind(void) { return bind(listener, (struct sockaddr *)&address, sizeof(address)); }
CALL(bind_name, .prepare = socket_prepare, .run = do_bind, .restore = socket_restore);
static struct sockaddr_un abstract = { .sun_family = AF_UNIX, .sun_path = "\0abstract" };
static long do_bind_abstract(void) { return bind(listener, (struct sockaddr *)&abstract, 11); }
CALL(bind_abstract, .prepare = socket_prepare, .run = do_bind_abstract, .restore = socket_restore);

static void connect_prepare(void)
{
	socket_prepare();
	MUST(do_bind());
	MUST(listen(listener, 5));
	caller = MUST(do_socket());
}
static void connect_restore(void)
{
	close(caller);
	socket_restore();
}
static long do_connect(void) { return connect(caller, (struct sockaddr *)&address, sizeof(address)); }
CALL(connect_stream, .prepare = connect_prepare, .run = do_connect, .restore = connect_restore);
static void accept_prepare(void)
{
	connect_prepare();
	MUST(do_connect());
}
static long do_accept(void) { return accept4(listener, NULL, NULL, 0); }
CALL(accept_stream, .prepare = accept_prepare, .run = do_accept, .undo = close_fd,
     .restore = connect_restore);

static void pair_prepare(void) { MUST(do_socketpair()); }
static char block[20000];
static long do_send(void) { return send(two[0], block, sizeof(block), 0); }
CALL(send_stream, .prepare = pair_prepare, .run = do_send, .restore = close_two, .errors = { ENOBUFS });

static union { struct cmsghdr head; char bytes[CMSG_SPACE(3 * sizeof(int))]; } control;
static struct iovec one = { block, 100 };
static long do_send_fds(void)
{
	struct msghdr m = { .msg_iov = &one,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	int fds[3] = { 0, 1, fault_fd };

	control.head = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
					 .cmsg_type = SCM_RIGHTS,
					 .cmsg_len = CMSG_LEN(sizeof(fds)) };
	memcpy(CMSG_DATA(&control.head), fds, sizeof(fds));
	return sendmsg(two[0], &m, 0);
}
CALL(send_descriptors, .prepare = pair_prepare, .run = do_send_fds, .restore = close_two, .errors = { ENOBUFS });

static int received[3];
static void sent_prepare(void)
{
	pair_prepare();
	MUST(do_send_fds());
	received[0] = received[1] = received[2] = -1;
}
static long do_receive(void)
{
	struct msghdr m = { .msg_iov = &one,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	long n = recvmsg(two[1], &m, 0);

	if (n >= 0 && m.msg_controllen >= CMSG_LEN(sizeof(int)))
		memcpy(received, CMSG_DATA(&control.head), control.head.cmsg_len - CMSG_LEN(0));
	return n;
}
static void receive_restore(void)
{
	for (int i = 0; i < 3; i++)
		if (received[i] >= 0)
			close(received[i]);
	close_two();
}
CALL(receive_descriptors, .prepare = sent_prepare, .run = do_receive, .restore = receive_restore);

static long do_datagram(void) { return socketpair(AF_UNIX, SOCK_DGRAM, 0, two); }
static void datagram_prepare(void) { MUST(do_datagram()); }
CALL(send_datagram, .prepare = datagram_prepare, .run = do_send, .restore = close_two, .errors = { ENOBUFS });

/* ---- System V, POSIX queues ---- */

static long do_shmget(void) { return shmget(IPC_PRIVATE, 50000, IPC_CREAT | 0600); }
static void shm_remove(long id) { MUST(shmctl(id, IPC_RMID, NULL)); }
CALL(shmget_new, .run = do_shmget, .undo = shm_remove);
static int id;
static void shm_prepare(void) { id = MUST(do_shmget()); }
static void shm_restore(void) { shm_remove(id); }
static long do_shmat(void) { return (long)shmat(id, NULL, 0); }
static void do_shmdt(long at) { MUST(shmdt((void *)at)); }
CALL(shmat_segment, .prepare = shm_prepare, .run = do_shmat, .undo = do_shmdt,
     .restore = shm_restore);

static long do_semget(void) { return semget(IPC_PRIVATE, 100, IPC_CREAT | 0600); }
static void sem_remove(long i) { MUST(semctl(i, 0, IPC_RMID)); }
CALL(semget_new, .run = do_semget, .undo = sem_remove);
static void sem_prepare(void) { id = MUST(do_semget()); }
static void sem_restore(void) { sem_remove(id); }
static long do_semop(void)
{
	static struct sembuf ops[90];

	for (int i = 0; i < 90; i++)
		ops[i] = (struct sembuf){ i, 1, SEM_UNDO };
	return semop(id, ops, 90);
}
CALL(semop_undo, .prepare = sem_prepare, .run = do_semop, .restore = sem_restore);

static long do_msgget(void) { return msgget(IPC_PRIVATE, IPC_CREAT | 0600); }
static void msg_remove(long i) { MUST(msgctl(i, IPC_RMID, NULL)); }
CALL(msgget_new, .run = do_msgget, .undo = msg_remove);
static void msg_prepare(void) { id = MUST(do_msgget()); }
static void msg_restore(void) { msg_remove(id); }
static struct { long type; char text[6000]; } message = { .type = 1 };
static long do_msgsnd(void) { return msgsnd(id, &message, sizeof(message.text), 0); }
CALL(msgsnd_large, .prepare = msg_prepare, .run = do_msgsnd, .restore = msg_restore);

static long do_mq_open(void) { return syscall(SYS_mq_open, "faults", O_CREAT | O_RDWR, 0600, NULL); }
static void mq_undo(long fd)
{
	close(fd);
	MUST(syscall(SYS_mq_unlink, "faults"));
}
/* The name may have been made before the descriptor could not be. */
static void mq_restore(void) { syscall(SYS_mq_unlink, "faults"); }
CALL(mq_open_new, .run = do_mq_open, .undo = mq_undo, .restore = mq_restore);
static int queue;
static void mq_prepare(void) { queue = MUST(do_mq_open()); }
static void mq_close(void) { mq_undo(queue); }
static long do_mq_send(void) { return syscall(SYS_mq_timedsend, queue, block, 5000, 1, NULL); }
CALL(mq_send_one, .prepare = mq_prepare, .run = do_mq_send, .restore = mq_close);
