/* SPDX-License-Identifier: MIT */
/* System V and POSIX message queues, semaphores and shared memory. */
#include "harness.h"

#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

union semun {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
};

/* ---- System V shared memory ---- */

TEST(shm_is_shared)
{
	struct shmid_ds ds;
	int id = ASSERT_OK(shmget(IPC_PRIVATE, 10000, IPC_CREAT | 0600));
	char *p = ASSERT_OK(shmat(id, NULL, 0));

	EXPECT_EQ(p[9999], 0);
	EXPECT_EXIT(CHILD({ strcpy(p, "from the child"); }), 0);
	EXPECT_STR(p, "from the child");
	char *q = ASSERT_OK(shmat(id, NULL, SHM_RDONLY));

	EXPECT_NE((long)p, (long)q);
	EXPECT_STR(q, "from the child");
	EXPECT_KILLED(CHILD({ q[0] = 1; }), SIGSEGV);
	EXPECT_OK(shmctl(id, IPC_STAT, &ds));
	EXPECT_EQ(ds.shm_segsz, 10000);
	EXPECT_EQ(ds.shm_nattch, 2);
	EXPECT_EQ(ds.shm_cpid, getpid());
	/* Removed at the last detach. */
	EXPECT_OK(shmctl(id, IPC_RMID, NULL));
	EXPECT_STR(p, "from the child");
	EXPECT_OK(shmdt(p));
	EXPECT_OK(shmdt(q));
	EXPECT_ERR(shmctl(id, IPC_STAT, &ds), EINVAL);
	EXPECT_ERR(shmdt(p), EINVAL);
}

TEST(shm_keys)
{
	int id = ASSERT_OK(shmget(0x4d6f7201, 4096, IPC_CREAT | IPC_EXCL | 0600));

	EXPECT_ERR(shmget(0x4d6f7201, 4096, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
	EXPECT_EQ(shmget(0x4d6f7201, 4096, 0), id);
	EXPECT_ERR(shmget(0x4d6f7201, 8192, 0), EINVAL);
	EXPECT_ERR(shmget(0x4d6f7299, 4096, 0), ENOENT);
	EXPECT_ERR(shmget(0x4d6f7298, 0, IPC_CREAT), EINVAL);
	EXPECT_ERR((long)shmat(id, (void *)1, 0), EINVAL);
	EXPECT_EXIT(CHILD({
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_ERR((long)shmat(id, NULL, 0), EACCES);
			    EXPECT_ERR(shmctl(id, IPC_RMID, NULL), EPERM);
		    }),
		    0);
	EXPECT_OK(shmctl(id, IPC_RMID, NULL));
	EXPECT_ERR(shmget(0x4d6f7201, 4096, 0), ENOENT);
}

/* ---- System V semaphores ---- */

TEST(sem_operations)
{
	int id = ASSERT_OK(semget(IPC_PRIVATE, 3, IPC_CREAT | 0600));
	struct sembuf up = { 0, 2, 0 }, down = { 0, -1, IPC_NOWAIT }, zero = { 0, 0, IPC_NOWAIT };
	unsigned short values[3] = { 0 };

	EXPECT_OK(semop(id, &zero, 1));
	EXPECT_ERR(semop(id, &down, 1), EAGAIN);
	EXPECT_OK(semop(id, &up, 1));
	EXPECT_EQ(semctl(id, 0, GETVAL), 2);
	EXPECT_ERR(semop(id, &zero, 1), EAGAIN);
	/* All or nothing. */
	struct sembuf both[2] = { { 0, -1, IPC_NOWAIT }, { 1, -1, IPC_NOWAIT } };

	EXPECT_ERR(semop(id, both, 2), EAGAIN);
	EXPECT_EQ(semctl(id, 0, GETVAL), 2);
	EXPECT_OK(semctl(id, 1, SETVAL, (union semun){ .val = 7 }));
	EXPECT_OK(semop(id, both, 2));
	EXPECT_OK(semctl(id, 0, GETALL, (union semun){ .array = values }));
	EXPECT(values[0] == 1 && values[1] == 6 && values[2] == 0);
	EXPECT_EQ(semctl(id, 0, GETPID), getpid());
	EXPECT_ERR(semctl(id, 3, GETVAL), EINVAL);
	struct sembuf far_away = { 9, 1, 0 };

	EXPECT_ERR(semop(id, &far_away, 1), EFBIG);
	EXPECT_OK(semctl(id, 0, IPC_RMID));
	EXPECT_ERR(semop(id, &up, 1), EINVAL);
}

TEST(sem_waiting)
{
	int id = ASSERT_OK(semget(IPC_PRIVATE, 1, IPC_CREAT | 0600));
	struct sembuf up = { 0, 1, 0 }, down = { 0, -1, 0 };
	pid_t pid = CHILD({ EXPECT_OK(semop(id, &down, 1)); });

	EXPECT(WAIT_UNTIL(semctl(id, 0, GETNCNT) == 1, 10000));
	EXPECT_OK(semop(id, &up, 1));
	EXPECT_EXIT(pid, 0);
	struct timespec t = { 0, 30000000 };

	EXPECT_ERR(semtimedop(id, &down, 1, &t), EAGAIN);
	pid = CHILD({ EXPECT_ERR(semop(id, &down, 1), EIDRM); });
	EXPECT(WAIT_UNTIL(semctl(id, 0, GETNCNT) == 1, 10000));
	EXPECT_OK(semctl(id, 0, IPC_RMID));
	EXPECT_EXIT(pid, 0);
}

TEST(sem_undo)
{
	int id = ASSERT_OK(semget(IPC_PRIVATE, 1, IPC_CREAT | 0600));
	struct sembuf up = { 0, 5, SEM_UNDO };

	EXPECT_EXIT(CHILD({
			    EXPECT_OK(semop(id, &up, 1));
			    EXPECT_EQ(semctl(id, 0, GETVAL), 5);
		    }),
		    0);
	EXPECT_EQ(semctl(id, 0, GETVAL), 0);
	EXPECT_OK(semctl(id, 0, IPC_RMID));
}

/* ---- System V messages ---- */

struct message {
	long type;
	char text[64];
};

TEST(msg_queues)
{
	int id = ASSERT_OK(msgget(IPC_PRIVATE, IPC_CREAT | 0600));
	struct message m = { 1, "first" }, got;

	EXPECT_OK(msgsnd(id, &m, 6, 0));
	m = (struct message){ 2, "second" };
	EXPECT_OK(msgsnd(id, &m, 7, 0));
	m = (struct message){ 3, "third" };
	EXPECT_OK(msgsnd(id, &m, 6, 0));
	EXPECT_EQ(msgrcv(id, &got, 64, 2, 0), 7);
	EXPECT_STR(got.text, "second");
	EXPECT_EQ(msgrcv(id, &got, 64, -3, 0), 6);
	EXPECT_EQ(got.type, 1);
	EXPECT_ERR(msgrcv(id, &got, 64, 99, IPC_NOWAIT), ENOMSG);
	EXPECT_ERR(msgrcv(id, &got, 2, 0, 0), E2BIG);
	EXPECT_EQ(msgrcv(id, &got, 2, 0, MSG_NOERROR), 2);
	m.type = 0;
	EXPECT_ERR(msgsnd(id, &m, 1, 0), EINVAL);
	struct msqid_ds ds;

	EXPECT_OK(msgctl(id, IPC_STAT, &ds));
	EXPECT_EQ(ds.msg_qnum, 0);
	EXPECT_EQ(ds.msg_lspid, getpid());
	pid_t pid = CHILD({ EXPECT_ERR(msgrcv(id, &got, 64, 0, 0), EIDRM); });

	EXPECT(WAIT_UNTIL(is_asleep(pid), 20000)); /* who comes later gets EINVAL */
	EXPECT_OK(msgctl(id, IPC_RMID, NULL));
	EXPECT_EXIT(pid, 0);
}

TEST(msg_queue_fills)
{
	int id = ASSERT_OK(msgget(IPC_PRIVATE, IPC_CREAT | 0600)), n = 0;
	static struct {
		long type;
		char text[4096];
	} m = { .type = 1 };

	while (n < 1000 && msgsnd(id, &m, 4096, IPC_NOWAIT) == 0)
		n++;
	EXPECT_EQ(errno, EAGAIN);
	EXPECT_EQ(n, 4);
	pid_t pid = CHILD({ EXPECT_OK(msgsnd(id, &m, 4096, 0)); });

	sleep_ms(20);
	EXPECT_EQ(msgrcv(id, &m, 4096, 0, 0), 4096);
	EXPECT_EXIT(pid, 0);
	EXPECT_OK(msgctl(id, IPC_RMID, NULL));
}

TEST(ipc_is_listed)
{
	int id = ASSERT_OK(shmget(0x4d6f7202, 4096, IPC_CREAT | 0600));
	char want[32];

	snprintf(want, sizeof(want), "%10d %10d", 0x4d6f7202, id);
	EXPECT(strstr(slurp("/proc/sysvipc/shm"), want));
	EXPECT_OK(shmctl(id, IPC_RMID, NULL));
	EXPECT(!strstr(slurp("/proc/sysvipc/shm"), want));
	EXPECT(strstr(slurp("/proc/sysvipc/msg"), "msqid"));
	EXPECT(strstr(slurp("/proc/sysvipc/sem"), "semid"));
}

/* ---- POSIX ---- */

TEST(posix_shared_memory)
{
	int fd = ASSERT_OK(shm_open("/selftest-shm", O_RDWR | O_CREAT | O_EXCL, 0600));

	EXPECT_OK(ftruncate(fd, 4096));
	char *p = ASSERT_OK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));

	EXPECT_EXIT(CHILD({
			    int other = ASSERT_OK(shm_open("/selftest-shm", O_RDWR, 0));
			    char *q = ASSERT_OK(
				    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0));
			    strcpy(q, "shared");
		    }),
		    0);
	EXPECT_STR(p, "shared");
	EXPECT_OK(shm_unlink("/selftest-shm"));
	EXPECT_ERR(shm_open("/selftest-shm", O_RDWR, 0), ENOENT);
}

TEST(posix_named_semaphore)
{
	sem_t *sem = sem_open("/selftest-sem", O_CREAT | O_EXCL, 0600, 0);

	ASSERT(sem != SEM_FAILED);
	pid_t pid = CHILD({
		sleep_ms(20);
		EXPECT_OK(sem_post(sem_open("/selftest-sem", 0)));
	});

	EXPECT_OK(sem_wait(sem));
	EXPECT_EXIT(pid, 0);
	EXPECT_OK(sem_unlink("/selftest-sem"));
}

static mqd_t open_queue(long max, long size)
{
	struct mq_attr attr = { .mq_maxmsg = max, .mq_msgsize = size };

	mq_unlink("/selftest-mq");
	return ASSERT_OK(mq_open("/selftest-mq", O_RDWR | O_CREAT | O_EXCL, 0600, &attr));
}

TEST(posix_message_queue)
{
	char buffer[32] = "";
	unsigned int priority;
	mqd_t q = open_queue(3, 32);
	struct timespec past = { 1, 0 };
	struct mq_attr attr;

	EXPECT_OK(mq_send(q, "low", 4, 1));
	EXPECT_OK(mq_send(q, "high", 5, 9));
	EXPECT_OK(mq_send(q, "low2", 5, 1));
	EXPECT_OK(mq_getattr(q, &attr));
	EXPECT_EQ(attr.mq_curmsgs, 3);
	EXPECT_ERR(mq_timedsend(q, "x", 1, 0, &past), ETIMEDOUT);
	EXPECT_EQ(mq_receive(q, buffer, 32, &priority), 5);
	EXPECT_STR(buffer, "high");
	EXPECT_EQ(priority, 9);
	EXPECT_EQ(mq_receive(q, buffer, 32, &priority), 4);
	EXPECT_STR(buffer, "low");
	EXPECT_ERR(mq_receive(q, buffer, 8, NULL), EMSGSIZE);
	EXPECT_ERR(mq_send(q, buffer, 33, 0), EMSGSIZE);
	EXPECT_EQ(mq_receive(q, buffer, 32, &priority), 5);
	attr.mq_flags = O_NONBLOCK;
	EXPECT_OK(mq_setattr(q, &attr, NULL));
	EXPECT_ERR(mq_receive(q, buffer, 32, NULL), EAGAIN);
	struct pollfd in = { .fd = q, .events = POLLIN };

	EXPECT_EQ(poll(&in, 1, 0), 0);
	EXPECT_OK(mq_send(q, "x", 1, 0));
	EXPECT_EQ(poll(&in, 1, 0), 1);
	EXPECT_OK(mq_unlink("/selftest-mq"));
	EXPECT_ERR(mq_open("/selftest-mq", O_RDWR), ENOENT);
}

TEST(posix_message_queue_waits_and_notifies)
{
	char buffer[32] = "";
	mqd_t q = open_queue(3, 32);
	pid_t pid = CHILD({
		sleep_ms(30);
		EXPECT_OK(mq_send(q, "late", 5, 0));
	});

	EXPECT_EQ(mq_receive(q, buffer, 32, NULL), 5);
	EXPECT_EXIT(pid, 0);
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	EXPECT_OK(mq_notify(q, &event));
	EXPECT_EXIT(CHILD({ EXPECT_ERR(mq_notify(q, &event), EBUSY); }), 0);
	EXPECT_OK(mq_send(q, "x", 1, 0));
	EXPECT_EQ(sigwait(&set, &sig), 0);
	EXPECT_EQ(sig, SIGUSR1);
	EXPECT_OK(mq_unlink("/selftest-mq"));
}
