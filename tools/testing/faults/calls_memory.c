/* SPDX-License-Identifier: MIT */
/* Mappings, and the faults that fill them. */
#include "faults.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define SIZE	(16 * 4096)
#define RW	(PROT_READ | PROT_WRITE)

static int file = -1;
static char *area;

static void unmap(long at) { MUST(munmap((void *)at, SIZE)); }
static long anonymous(void) { return (long)mmap(NULL, SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
CALL(mmap_anonymous, .run = anonymous, .undo = unmap);
static long populated(void) { return (long)mmap(NULL, SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0); }
CALL(mmap_populated, .run = populated, .undo = unmap);
static long shared(void) { return (long)mmap(NULL, SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0); }
CALL(mmap_shared, .run = shared, .undo = unmap);
static long zero_device(void)
{
	int fd = open("/dev/zero", O_RDWR);
	long at, error;

	if (fd < 0)
		return -1;
	at = (long)mmap(NULL, SIZE, RW, MAP_SHARED, fd, 0);
	error = errno;
	close(fd);
	errno = error;
	return at;
}
CALL(mmap_dev_zero_shared, .run = zero_device, .undo = unmap);

static void file_start(void)
{
	static char page[4096];

	file = MUST(open("mapped", O_CREAT | O_RDWR, 0600));
	for (int i = 0; i < 16; i++)
		MUST(write(file, page, sizeof(page)));
}
static void file_finish(void)
{
	close(file);
	MUST(unlink("mapped"));
}
static long file_private(void) { return (long)mmap(NULL, SIZE, RW, MAP_PRIVATE, file, 0); }
CALL(mmap_file_private, .start = file_start, .run = file_private, .undo = unmap,
     .finish = file_finish);
static long file_shared(void) { return (long)mmap(NULL, SIZE, RW, MAP_SHARED, file, 0); }
CALL(mmap_file_shared, .start = file_start, .run = file_shared, .undo = unmap,
     .finish = file_finish);

/* ---- changes ---- */

static void area_prepare(void)
{
	area = (char *)MUST(anonymous());
	memset(area, 1, SIZE);
}
static void area_restore(void) { unmap((long)area); }
static long do_protect(void) { return mprotect(area + 4096, 4096, PROT_READ); }
CALL(mprotect_middle, .prepare = area_prepare, .run = do_protect, .restore = area_restore);
static long do_unmap(void) { return munmap(area + 4096, 4096); }
CALL(munmap_middle, .prepare = area_prepare, .run = do_unmap, .restore = area_restore);
static long do_remap(void) { return (long)mremap(area + 4096, 4096, 64 * 4096, MREMAP_MAYMOVE); }
static void remap_undo(long at) { MUST(munmap((void *)at, 64 * 4096)); }
CALL(mremap_moving, .prepare = area_prepare, .run = do_remap, .undo = remap_undo,
     .restore = area_restore);
static long do_fixed(void) { return (long)mmap(area + 8192, 4096, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0); }
CALL(mmap_fixed_over, .prepare = area_prepare, .run = do_fixed, .restore = area_restore);
static long do_lock(void) { return mlock(area + 8192, 8192); }
CALL(mlock_middle, .prepare = area_prepare, .run = do_lock, .restore = area_restore, .errors = { EAGAIN });
static long do_advise(void) { return madvise(area + 4096, 4096, MADV_DONTFORK); }
CALL(madvise_middle, .prepare = area_prepare, .run = do_advise, .restore = area_restore, .errors = { EAGAIN });
static long do_brk(void)
{
	char *old = (char *)syscall(SYS_brk, 0);

	errno = ENOMEM; /* brk answers with the old break */
	return (char *)syscall(SYS_brk, old + SIZE) == old + SIZE ? 0 : -1;
}
static void brk_undo(long r) { syscall(SYS_brk, syscall(SYS_brk, 0) - SIZE); }
CALL(brk_grow, .run = do_brk, .undo = brk_undo);

/* ---- faults: nothing may be seen of a failure, they are repeated ---- */

static void untouched_prepare(void) { area = (char *)MUST(anonymous()); }
static long touch(void)
{
	*(volatile char *)area = 1;
	return 0;
}
CALL(fault_anonymous, .prepare = untouched_prepare, .run = touch, .restore = area_restore,
     .never = true);
static void far_prepare(void) { area = mmap((void *)0x123456780000, SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
CALL(fault_new_tables, .prepare = far_prepare, .run = touch, .restore = area_restore,
     .never = true);
static void private_prepare(void) { area = (char *)MUST(file_private()); }
CALL(fault_copy_of_file, .start = file_start, .prepare = private_prepare, .run = touch,
     .restore = area_restore, .finish = file_finish, .never = true);
static void shared_prepare(void) { area = (char *)MUST(shared()); }
CALL(fault_shared, .prepare = shared_prepare, .run = touch, .restore = area_restore, .never = true);

static long fill_by_read(void) { return pread(file, area, SIZE, 0); }
CALL(fault_within_read, .start = file_start, .prepare = untouched_prepare, .run = fill_by_read,
     .restore = area_restore, .finish = file_finish, .never = true);

/*
 * But not for ever: when there is no memory and nobody to kill for it, the program itself dies, and a system call answers with EFAULT. Rounds with
 * N = 1 every allocation from the first on fails, in the others none.
 */
static void starve(unsigned long nth)
{
	if (nth == 1 ? write(fault_fd, "1-", 2) != 2 : write(fault_fd, "0", 1) != 1)
		_exit(9);
}

/* The page's table is there, wherever the kernel has put this program's mappings: the page is the first allocation. A child copies what is in use. */
static void starved_prepare(void)
{
	far_prepare();
	area[4096] = 1;
}

static void starved_round(const struct call *call, unsigned long nth, struct outcome *o)
{
	int status;
	pid_t pid = MUST(fork());

	*o = (struct outcome){ .result = 0 };
	if (!pid) {
		starve(nth);
		touch();
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	if (nth != 1)
		return;
	o->failed = 1;
	o->result = -1;
	o->error = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? ENOMEM : ENODATA;
}
CALL(fault_without_any_memory, .prepare = starved_prepare, .round = starved_round,
     .restore = area_restore);

static void starved_read_round(const struct call *call, unsigned long nth, struct outcome *o)
{
	*o = (struct outcome){ .result = 0 };
	starve(nth);
	o->result = fill_by_read();
	o->error = errno;
	disarm(o);
	o->failed = nth == 1;
}
CALL(read_without_any_memory, .start = file_start, .prepare = starved_prepare, .round = starved_read_round, .restore = area_restore, .finish = file_finish, .errors = { EFAULT });
