// SPDX-License-Identifier: MIT
/* kcmp: whether two threads share something. The answer orders what differs without telling addresses. */
#include <fs/files.h>
#include <kernel/process.h>
#include <kernel/random.h>
#include <kernel/syscalls.h>

enum { KCMP_FILE, KCMP_VM, KCMP_FILES, KCMP_FS, KCMP_SIGHAND, KCMP_IO, KCMP_SYSVSEM };

/* 0 equal, 1 less, 2 greater: in an order that is the same for the whole run, and nobody's to guess. */
static int order(const void *a, const void *b)
{
	static u64 mask, factor;
	u64 x, y;

	if (!factor) {
		mask = get_random_u64();
		factor = get_random_u64() | 1;
	}
	x = ((u64)a ^ mask) * factor;
	y = ((u64)b ^ mask) * factor;
	return x < y ? 1 : x > y ? 2 : 0;
}

static int compare_files(struct thread *a, struct thread *b, unsigned long fd_a, unsigned long fd_b)
{
	struct file *file_a = fget_thread(a, fd_a), *file_b = fget_thread(b, fd_b);
	int result = file_a && file_b ? order(file_a, file_b) : -EBADF;

	if (file_a)
		fput(file_a);
	if (file_b)
		fput(file_b);
	return result;
}

static int compare(struct thread *a, struct thread *b, int type, unsigned long index1,
		   unsigned long index2)
{
	switch (type) {
	case KCMP_FILE: return compare_files(a, b, index1, index2);
	case KCMP_VM: return order(READ_ONCE(a->space), READ_ONCE(b->space));
	case KCMP_FILES: return order(READ_ONCE(a->files), READ_ONCE(b->files));
	case KCMP_FS: return order(READ_ONCE(a->fs), READ_ONCE(b->fs));
	case KCMP_SIGHAND:
		return order(READ_ONCE(a->process->signals), READ_ONCE(b->process->signals));
	case KCMP_IO: return 0; /* nobody has an I/O context of its own */
	case KCMP_SYSVSEM:
		return order(READ_ONCE(a->process->sem_undo), READ_ONCE(b->process->sem_undo));
	}
	return -EINVAL;
}

long sys_kcmp(int pid1, int pid2, int type, unsigned long index1, unsigned long index2)
{
	struct thread *a = find_get_thread(pid1), *b = find_get_thread(pid2);
	int result = -ESRCH;

	if (a && b) {
		result = thread_may_access(a, ACCESS_READ | ACCESS_REALCREDS);
		if (!result)
			result = thread_may_access(b, ACCESS_READ | ACCESS_REALCREDS);
		if (!result)
			result = compare(a, b, type, index1, index2);
	}
	if (a)
		put_thread(a);
	if (b)
		put_thread(b);
	return result;
}
