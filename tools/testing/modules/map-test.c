// SPDX-License-Identifier: MIT
/*
 * What a program may do with a mapping of a device.
 *
 *	map-test facts FILE OFFSET LENGTH	tries everything with LENGTH bytes (four pages at least) that FILE shows at OFFSET and prints a line for each thing: an
 *						errno, or what was seen. Linux is asked the same way of something alike
 *	map-test device FILE OFFSET LENGTH	what is this kernel's own rule for device memory; silent if it holds
 *	map-test buffer FILE OFFSET LENGTH	likewise, for a buffer that may be written
 *	map-test hold FILE OFFSET		maps a page and closes the file; says "mapped", waits for a line, lets go, says "done"
 *	map-test gone FILE OFFSET		maps four pages, says "mapped", waits for a line: by then the device is gone, and so is what was seen of it
 *	map-test load FILE OFFSET STOP [PAGES]	maps, touches, writes privately where that is possible, forks, cuts and lets go, in four threads, while the device comes and
 *						goes, until the file STOP is there
 *	map-test revoked FILE OFFSET DRIVER NAME	unbinds and binds the device NAME by DRIVER's files in /sys, while one thread maps and unmaps, and another reads: nothing
 *						is read when the device is gone
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	4096ul

static const char *path;
static off_t offset;
static size_t length;
static int failures;

static __thread sigjmp_buf jump;
static __thread volatile sig_atomic_t touching;

static void on_fault(int signal)
{
	if (touching)
		siglongjmp(jump, signal);
	_exit(99);
}

/* 0, or the signal that touching it brings. */
static int touch(const volatile void *p, bool write)
{
	int signal = sigsetjmp(jump, 1);

	if (!signal) {
		touching = 1;
		if (write)
			*(volatile unsigned int *)p = 5;
		else
			(void)*(const volatile unsigned int *)p;
	}
	touching = 0;
	return signal;
}

static const char *name_of(long result)
{
	return result >= 0 ? "0" : strerrorname_np(errno);
}

#define SAY(what, call) printf("%s: %s\n", what, name_of((long)(call)))
#define EXPECT(condition) do {									\
	if (!(condition)) {									\
		printf("line %d: not true: %s (errno %s)\n", __LINE__, #condition, strerrorname_np(errno));	\
		__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);				\
	}											\
} while (0)

static int open_as(int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0) {
		printf("%s: %s\n", path, strerror(errno));
		exit(1);
	}
	return fd;
}

static void *map(int fd, size_t bytes, int prot, int flags, off_t at)
{
	return mmap(NULL, bytes, prot, flags, fd, at);
}

static void say_map(const char *what, int fd, size_t bytes, int prot, int flags, off_t at)
{
	void *p = map(fd, bytes, prot, flags, at);

	SAY(what, p == MAP_FAILED ? -1 : 0);
	if (p != MAP_FAILED)
		munmap(p, bytes);
}

static void try_rights(int fd)
{
	int in = open_as(O_RDONLY), out = open_as(O_WRONLY);
	void *p;

	say_map("shared, reading and writing", fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		offset);
	say_map("shared, nothing", fd, PAGE, PROT_NONE, MAP_SHARED, offset);
	say_map("shared, writing, opened for reading", in, PAGE, PROT_WRITE, MAP_SHARED, offset);
	say_map("shared, reading, opened for writing", out, PAGE, PROT_READ, MAP_SHARED, offset);
	say_map("private, reading, opened for writing", out, PAGE, PROT_READ, MAP_PRIVATE, offset);
	say_map("private, reading", fd, PAGE, PROT_READ, MAP_PRIVATE, offset);
	say_map("shared, with a check of flags", fd, PAGE, PROT_READ, MAP_SHARED_VALIDATE, offset);
	say_map("with a flag that there is not", fd, PAGE, PROT_READ,
		MAP_SHARED_VALIDATE | MAP_SYNC, offset);
	say_map("neither shared nor private", fd, PAGE, PROT_READ, 0, offset);
	say_map("populated", fd, PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, offset);
	say_map("locked", fd, PAGE, PROT_READ, MAP_SHARED | MAP_LOCKED, offset);
	say_map("no bytes", fd, 0, PROT_READ, MAP_SHARED, offset);
	p = map(in, PAGE, PROT_READ, MAP_SHARED, offset);
	SAY("writing becomes allowed, opened for reading",
	    mprotect(p, PAGE, PROT_READ | PROT_WRITE));
	munmap(p, PAGE);
	close(in);
	close(out);
}

static void say_touch(const char *what, const void *p, bool write)
{
	int signal = touch(p, write);

	printf("%s: %s\n", what, signal ? sigabbrev_np(signal) : "0");
}

static void try_protection(char *p)
{
	SAY("mprotect: nothing", mprotect(p, PAGE, PROT_NONE));
	say_touch("reading what is protected", p, false);
	SAY("mprotect: reading", mprotect(p, PAGE, PROT_READ));
	say_touch("reading", p, false);
	say_touch("writing what is for reading", p + 4, true);
	SAY("mprotect: all again", mprotect(p, PAGE, PROT_READ | PROT_WRITE));
	say_touch("writing", p + 4, true);
}

static long locked_kb(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kb = -1;

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "VmLck: %ld", &kb);
	if (f)
		fclose(f);
	return kb;
}

static void try_kernel(char *p)
{
	unsigned int *word = (unsigned int *)(p + 4), buffer[4] = { 0 };
	struct iovec here = { buffer, 4 }, there = { word, 4 };
	struct timespec soon = { 0, 1000 };
	int ends[2];

	if (pipe(ends))
		exit(1);
	SAY("process_vm_readv", process_vm_readv(getpid(), &here, 1, &there, 1, 0));
	SAY("process_vm_writev", process_vm_writev(getpid(), &here, 1, &there, 1, 0));
	SAY("write from it", write(ends[1], word, 4));
	SAY("read into it", read(ends[0], word, 4));
	*(volatile unsigned int *)word = 5;
	SAY("private futex", syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, *word + 1, &soon));
	SAY("shared futex", syscall(SYS_futex, word, FUTEX_WAIT, *word + 1, &soon));
	SAY("shared futex wakes", syscall(SYS_futex, word, FUTEX_WAKE, 1));
	close(ends[0]);
	close(ends[1]);
}

static void try_advice(char *p)
{
	static const struct {
		const char *name;
		int advice;
	} advices[] = {
		{ "normal", MADV_NORMAL },
		{ "random", MADV_RANDOM },
		{ "willneed", MADV_WILLNEED },
		{ "dontneed", MADV_DONTNEED },
		{ "free", MADV_FREE },
		{ "dontfork", MADV_DONTFORK },
		{ "dofork", MADV_DOFORK },
		{ "wipeonfork", MADV_WIPEONFORK },
		{ "dontdump", MADV_DONTDUMP },
		{ "dodump", MADV_DODUMP },
		{ "cold", 20 },
		{ "pageout", 21 },
		{ "populate, reading", 22 },
		{ "populate, writing", 23 },
		{ "of no kind", 1000 },
	};
	unsigned char in_core;

	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		printf("madvise, ");
		SAY(advices[i].name, madvise(p, PAGE, advices[i].advice));
	}
	say_touch("reading after all advice", p, false);
	SAY("mincore", mincore(p, PAGE, &in_core));
	SAY("msync, later", msync(p, PAGE, MS_ASYNC));
	SAY("msync, now", msync(p, PAGE, MS_SYNC));
	SAY("msync, forgetting", msync(p, PAGE, MS_INVALIDATE));
	SAY("mlock", mlock(p, PAGE));
	SAY("munlock", munlock(p, PAGE));
}

static void try_fork(char *p)
{
	int status;
	pid_t child = fork();

	if (!child)
		_exit(touch(p, false) ? 1 : 0);
	waitpid(child, &status, 0);
	printf("a child: %d\n", WEXITSTATUS(status));
	madvise(p, 4 * PAGE, MADV_DONTFORK);
	child = fork();
	if (!child)
		_exit(touch(p, false));
	waitpid(child, &status, 0);
	printf("a child that was not to have it: %s\n", sigabbrev_np(WEXITSTATUS(status)));
}

static void try_moving(char *p)
{
	char *to = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *moved;

	moved = mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	SAY("mremap: moved", moved == MAP_FAILED ? -1 : 0);
	say_touch("there", to + PAGE, false);
	say_touch("where it was", p, false);
	SAY("munmap: the middle", munmap(to + PAGE, PAGE));
	say_touch("before the hole", to, false);
	say_touch("in it", to + PAGE, false);
	say_touch("behind it", to + 2 * PAGE, false);
	SAY("mremap: smaller", mremap(to + 2 * PAGE, 2 * PAGE, PAGE, 0) == MAP_FAILED ? -1 : 0);
	say_touch("what is left", to + 2 * PAGE, false);
	say_touch("what was cut off", to + 3 * PAGE, false);
	SAY("the rest", munmap(to, 8 * PAGE));
}

/* As /proc shows it. */
static void say_entry(char *p)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512], rights[8];
	unsigned long start, end, at;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %7s %lx", &start, &end, rights, &at) == 4 &&
		    start == (unsigned long)p)
			printf("entry of maps: %s, %lu pages%s\n", rights, (end - start) / PAGE,
			       strstr(line, path) ? "" : ", without its path");
	if (f)
		fclose(f);
}

static int facts(void)
{
	static void (*const tries[])(char *p) = { say_entry,  try_protection, try_kernel,
						  try_advice, try_fork,	      try_moving };
	int fd = open_as(O_RDWR);
	char *p;

	try_rights(fd);
	SAY("at half a page",
	    map(fd, PAGE, PROT_READ, MAP_SHARED, offset + 2048) == MAP_FAILED ? -1 : 0);
	say_map("at the end of all numbers", fd, 2 * PAGE, PROT_READ, MAP_SHARED, -PAGE);
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		p = map(fd, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, offset);
		if (p == MAP_FAILED) {
			printf("mmap: %s\n", strerror(errno));
			return 1;
		}
		tries[i](p);
		munmap(p, 4 * PAGE);
	}
	close(fd);
	return 0;
}

/* What device memory is compared in besides: a file has no such ends. */
static int ends(void)
{
	int fd = open_as(O_RDWR);
	char *p = map(fd, length, PROT_READ | PROT_WRITE, MAP_SHARED, offset);

	SAY("all of it", p == MAP_FAILED ? -1 : 0);
	say_touch("its last page", p + length - PAGE, false);
	SAY("mlock", mlock(p, PAGE));
	printf("locked: %ld kB\n", locked_kb());
	SAY("mremap: larger",
	    mremap(p, length, length + PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
	SAY("mremap: doubled", mremap(p, 0, PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
	munmap(p, length);
	say_map("one page more", fd, length + PAGE, PROT_READ, MAP_SHARED, offset);
	say_map("half within", fd, 2 * PAGE, PROT_READ, MAP_SHARED, offset + length - PAGE);
	close(fd);
	return 0;
}

/* --- what this kernel says of itself --- */

static bool refuses(int fd, size_t bytes, int prot, int flags, off_t at, int error)
{
	void *p = map(fd, bytes, prot, flags, at);

	if (p == MAP_FAILED)
		return errno == error;
	munmap(p, bytes);
	errno = 0;
	return false;
}

static void check_common(int fd, int beyond)
{
	char *p;

	EXPECT(refuses(fd, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, offset, EPERM));
	EXPECT(refuses(fd, length + PAGE, PROT_READ, MAP_SHARED, offset, beyond));
	EXPECT(refuses(fd, length + PAGE, PROT_READ, MAP_PRIVATE, offset, beyond));
	p = map(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, offset);
	EXPECT(p != MAP_FAILED);
	EXPECT(mprotect(p, PAGE, PROT_READ | PROT_EXEC) == -1 && errno == EACCES);
	EXPECT(mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
	/* A refused mapping with MAP_FIXED has taken away what was there, as on Linux, and nothing more. */
	EXPECT(mmap(p, PAGE, PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, offset) == MAP_FAILED &&
	       errno == EPERM);
	EXPECT(touch(p, false) == SIGSEGV);
	EXPECT(mmap(p, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, offset) == p &&
	       touch(p, false) == 0);
	munmap(p, PAGE);
}

static int check_device(void)
{
	int fd = open_as(O_RDWR);
	char *p;

	check_common(fd, EINVAL);
	EXPECT(refuses(fd, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, offset, EINVAL));
	p = map(fd, PAGE, PROT_READ, MAP_PRIVATE, offset);
	EXPECT(p != MAP_FAILED && touch(p, false) == 0);
	EXPECT(mprotect(p, PAGE, PROT_READ | PROT_WRITE) == -1 && errno == EACCES);
	munmap(p, PAGE);
	close(fd);
	return failures != 0;
}

/* Two processes wait and wake by a futex in it, which they map at different places. */
static void check_futex(int fd, volatile unsigned int *word)
{
	pid_t child;
	int status;

	*word = 0;
	child = fork();
	if (!child) {
		volatile unsigned int *mine = map(fd, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
						  offset);
		struct timespec limit = { 10, 0 };

		mine[1] = 1;
		while (!mine[0])
			if (syscall(SYS_futex, mine, FUTEX_WAIT, 0, &limit) && errno == ETIMEDOUT)
				_exit(1);
		_exit(0);
	}
	while (!word[1])
		sched_yield();
	word[0] = 1;
	while (!waitpid(child, &status, WNOHANG)) {
		syscall(SYS_futex, word, FUTEX_WAKE, 1);
		sched_yield();
	}
	EXPECT(status == 0);
}

/* As a debugger reaches the memory of its child. */
static void check_foreign(volatile unsigned int *word)
{
	int ends[2], status, fd;
	char name[64], byte;
	unsigned int value;
	pid_t child;

	EXPECT(!pipe(ends));
	child = fork();
	if (!child) {
		if (read(ends[0], &byte, 1) != 1)
			_exit(1);
		_exit(*word != 78);
	}
	snprintf(name, sizeof(name), "/proc/%d/mem", child);
	fd = open(name, O_RDWR);
	*word = 77;
	EXPECT(pread(fd, &value, 4, (off_t)word) == 4 && value == 77);
	value = 78;
	EXPECT(pwrite(fd, &value, 4, (off_t)word) == 4);
	EXPECT(write(ends[1], "x", 1) == 1);
	waitpid(child, &status, 0);
	EXPECT(status == 0 && *word == 78);
	close(fd);
	close(ends[0]);
	close(ends[1]);
}

static int check_buffer(void)
{
	int fd = open_as(O_RDWR), status;
	volatile unsigned int *shared, *own;
	pid_t child;

	check_common(fd, ENXIO);
	EXPECT(refuses(fd, PAGE, PROT_READ, MAP_SHARED, offset + length, ENXIO));
	shared = map(fd, length, PROT_READ | PROT_WRITE, MAP_SHARED, offset);
	own = map(fd, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, offset);
	EXPECT(shared != MAP_FAILED && own != MAP_FAILED);
	EXPECT(madvise((void *)shared, PAGE, MADV_DODUMP) == -1 && errno == EINVAL);
	shared[8] = 4711;
	EXPECT(own[8] == 4711);
	own[8] = 1;
	own[PAGE / 4] = 2; /* written before it was read */
	EXPECT(shared[8] == 4711 && own[8] == 1 && shared[PAGE / 4] != 2);
	shared[9] = 3;
	EXPECT(own[9] != 3);
	child = fork();
	if (!child) {
		shared[8] = 815;
		own[8] = 9;
		_exit(0);
	}
	waitpid(child, &status, 0);
	EXPECT(shared[8] == 815 && own[8] == 1);
	check_futex(fd, shared);
	check_foreign(shared + 16);
	munmap((void *)own, length);
	munmap((void *)shared, length);
	/* It is the device's, not the mapping's. */
	shared = map(fd, length, PROT_READ, MAP_SHARED, offset);
	EXPECT(shared[8] == 815);
	munmap((void *)shared, length);
	close(fd);
	return failures != 0;
}

/* --- while the device goes --- */

static void say_and_wait(const char *word)
{
	char line[16];

	printf("%s\n", word);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		exit(2);
}

static int hold(void)
{
	int fd = open_as(O_RDONLY);
	void *p = map(fd, PAGE, PROT_READ, MAP_SHARED, offset);

	EXPECT(p != MAP_FAILED && touch(p, false) == 0);
	close(fd);
	say_and_wait("mapped");
	EXPECT(touch(p, false) == 0);
	munmap(p, PAGE);
	printf("done\n");
	return failures != 0;
}

static int gone(void)
{
	int fd = open_as(O_RDWR), ends[2], status;
	char *p = map(fd, 4 * PAGE, PROT_READ, MAP_SHARED, offset), byte = 0, *private;
	void *moved, *to = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	private = map(fd, PAGE, PROT_READ, MAP_PRIVATE, offset);
	EXPECT(p != MAP_FAILED && private != MAP_FAILED);
	for (int i = 0; i < 3; i++) /* the last page is never touched before */
		EXPECT(touch(p + i * PAGE, false) == 0);
	EXPECT(touch(private, false) == 0);
	moved = mremap(p + PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	EXPECT(moved == to && touch(moved, false) == 0);
	if (pipe(ends))
		return 1;
	child = fork();
	if (!child) {
		if (read(ends[0], &byte, 1) != 1)
			_exit(1);
		_exit(touch(p, false) != SIGBUS || touch(p + 3 * PAGE, false) != SIGBUS ||
		      touch(moved, false) != SIGBUS);
	}
	say_and_wait("mapped");
	EXPECT(write(ends[1], "x", 1) == 1);
	for (int i = 0; i < 4; i++)
		EXPECT(touch(p + i * PAGE, false) == (i == 1 ? SIGSEGV : SIGBUS));
	EXPECT(touch(moved, false) == SIGBUS && touch(private, false) == SIGBUS);
	EXPECT(write(ends[1], p, 1) == -1 && errno == EFAULT);
	EXPECT(mprotect(p, PAGE, PROT_NONE) == 0 && mprotect(p, PAGE, PROT_READ) == 0 &&
	       touch(p, false) == SIGBUS);
	EXPECT(map(fd, PAGE, PROT_READ, MAP_SHARED, offset) == MAP_FAILED && errno == ENODEV);
	waitpid(child, &status, 0);
	EXPECT(status == 0);
	/* A child made afterwards sees no more. */
	child = fork();
	if (!child)
		_exit(touch(p, false) != SIGBUS);
	waitpid(child, &status, 0);
	EXPECT(status == 0);
	EXPECT(munmap(p, 4 * PAGE) == 0 && munmap(moved, PAGE) == 0 && munmap(private, PAGE) == 0);
	close(fd);
	printf("done\n");
	return failures != 0;
}

static const char *stop;
static volatile unsigned long touched, buses;

/* A touch whose device may be gone by now. */
static void touch_load(const volatile void *p, bool write)
{
	int signal = touch(p, write);

	__atomic_fetch_add(signal ? &buses : &touched, 1, __ATOMIC_RELAXED);
	EXPECT(!signal || signal == SIGBUS);
}

/* A private page, written, belongs to the program whatever becomes of the device. Device memory has none (EINVAL). */
static void load_private(int fd)
{
	volatile unsigned int *p = map(fd, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, offset);

	if (p == MAP_FAILED) {
		EXPECT(errno == EINVAL || errno == ENODEV);
		return;
	}
	touch_load(p, true);
	touch_load(p, false);
	munmap((void *)p, PAGE);
}

static size_t load_pages = 4;

static void *load_thread(void *unused)
{
	for (unsigned int round = 0; access(stop, F_OK); round++) {
		int fd = open(path, O_RDWR | O_CLOEXEC), signal, status;
		char *p;
		pid_t child;

		if (fd < 0) {
			usleep(500);
			continue;
		}
		p = map(fd, load_pages * PAGE, PROT_READ, MAP_SHARED, offset);
		load_private(fd);
		close(fd);
		if (p == MAP_FAILED) {
			EXPECT(errno == ENODEV);
			continue;
		}
		for (int i = 0; i < 50; i++)
			touch_load(p + i % load_pages * PAGE, false);
		child = round % 8 ? -1 : fork();
		if (!child) {
			signal = touch(p, false);
			_exit(signal && signal != SIGBUS);
		}
		if (load_pages > 2) {
			munmap(p + PAGE, PAGE);
			touch_load(p + 2 * PAGE, false);
		}
		munmap(p, load_pages * PAGE);
		if (child > 0)
			EXPECT(waitpid(child, &status, 0) == child && status == 0);
	}
	return NULL;
}

/* Says when it has seen the device for the first time. */
static int load(void)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, load_thread, NULL);
	while (!__atomic_load_n(&touched, __ATOMIC_RELAXED) && access(stop, F_OK))
		usleep(1000);
	puts("mapped");
	fflush(stdout);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	EXPECT(touched > 0);
	return failures != 0;
}

#define REVOKED_PAGES	256ul

static char *place;
static volatile bool is_gone, at_end;

/* Maps it at one place and has nothing there again, over and over; in between another thread meets all that there is. */
static void *unmap_thread(void *unused)
{
	while (!at_end) {
		int fd = open(path, O_RDWR | O_CLOEXEC);

		while (!at_end && fd >= 0 &&
		       mmap(place, REVOKED_PAGES * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
			    offset) == place) {
			for (size_t i = 0; i < REVOKED_PAGES; i++)
				touch(place + i * PAGE, false);
			if (mmap(place, REVOKED_PAGES * PAGE, PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != place)
				break;
		}
		if (fd >= 0)
			close(fd);
		sched_yield();
	}
	return NULL;
}

static void *touch_thread(void *unused)
{
	for (size_t i = 0; !at_end; i = (i + 1) % REVOKED_PAGES) {
		bool was_gone = is_gone;
		int signal = touch(place + i * PAGE, false);

		EXPECT(signal || !was_gone || !is_gone);
		__atomic_fetch_add(signal ? &buses : &touched, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void write_name(const char *driver, const char *file, const char *name)
{
	char to[256];
	int fd;

	snprintf(to, sizeof(to), "%s/%s", driver, file);
	fd = open(to, O_WRONLY);
	EXPECT(fd >= 0 && write(fd, name, strlen(name)) == (ssize_t)strlen(name));
	close(fd);
}

static int revoked(const char *driver, const char *name)
{
	pthread_t threads[2];

	place = mmap(NULL, REVOKED_PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_create(&threads[0], NULL, unmap_thread, NULL);
	pthread_create(&threads[1], NULL, touch_thread, NULL);
	for (int i = 0; i < 10; i++) {
		unsigned long before = touched;

		while (touched == before)
			sched_yield();
		write_name(driver, "unbind", name);
		is_gone = true;
		before = buses;
		while (buses < before + 2 && !failures)
			sched_yield();
		is_gone = false;
		write_name(driver, "bind", name);
	}
	at_end = true;
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return failures != 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} modes[] = {
		{ "facts", facts },	    { "ends", ends }, { "device", check_device },
		{ "buffer", check_buffer }, { "hold", hold }, { "gone", gone },
		{ "load", load },
	};
	struct sigaction action = { .sa_handler = on_fault };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	if (argc < 4)
		return 2;
	path = realpath(argv[2], NULL) ?: argv[2];
	offset = strtol(argv[3], NULL, 0);
	length = argc > 4 ? strtoul(argv[4], NULL, 0) : 0;
	stop = argc > 4 ? argv[4] : "";
	if (!strcmp(argv[1], "revoked") && argc > 5)
		return revoked(argv[4], argv[5]);
	if (!strcmp(argv[1], "load") && argc > 5)
		load_pages = strtoul(argv[5], NULL, 0);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(argv[1], modes[i].name))
			return modes[i].run();
	return 2;
}
