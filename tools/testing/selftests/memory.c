/* SPDX-License-Identifier: MIT */
/* Mappings: anonymous, of files, shared, private; protection, moving, advice, the heap. */
#include "harness.h"

#include <setjmp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define PAGE 4096ul

static volatile sig_atomic_t fault_code;
static void *volatile fault_address;
static sigjmp_buf escape;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	fault_code = info->si_code;
	fault_address = info->si_addr;
	siglongjmp(escape, sig);
}

static void catch_faults(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
}

/* The signal that the block raises, 0 if none. */
#define FAULT(...) ({										\
	int sig_ = sigsetjmp(escape, 1);							\
	if (!sig_) {										\
		__VA_ARGS__;									\
	}											\
	sig_; })

#define EXPECT_FAULT(signal, code, address, ...) do {						\
	EXPECT_EQ(FAULT(__VA_ARGS__), signal);							\
	EXPECT_EQ(fault_code, code);								\
	EXPECT_EQ((long)fault_address, (long)(address));					\
} while (0)

static char *map(size_t length, int protection, int flags)
{
	return ASSERT_OK(mmap(NULL, length, protection, flags | MAP_ANONYMOUS, -1, 0));
}

static int make_file(size_t size)
{
	char name[] = "file-XXXXXX";
	int fd = ASSERT_OK(mkstemp(name));

	for (size_t at = 0; at < size; at += PAGE) {
		char page[PAGE];

		memset(page, 'A' + at / PAGE % 26, PAGE);
		ASSERT_EQ(write(fd, page, size - at < PAGE ? size - at : PAGE),
			  size - at < PAGE ? size - at : PAGE);
	}
	return fd;
}

TEST(anonymous_memory_is_zero)
{
	char *p = map(64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	for (size_t i = 0; i < 64 * PAGE; i++)
		ASSERT_EQ(p[i], 0);
	memset(p, 1, 64 * PAGE);
	EXPECT_OK(munmap(p, 64 * PAGE));
	p = map(64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	for (size_t i = 0; i < 64 * PAGE; i += 64)
		ASSERT_EQ(p[i], 0);
}

TEST(mmap_refusals)
{
	EXPECT_ERR(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
	EXPECT_ERR(mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL);
	EXPECT_ERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0), EBADF);
	EXPECT_ERR(mmap((void *)1, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
		   EINVAL);
	EXPECT_ERR(mmap(NULL, -PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
	EXPECT_ERR(mmap(NULL, 1ul << 47, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			0),
		   ENOMEM);
	EXPECT_ERR(mmap((void *)0x7ffffffff000, PAGE, PROT_READ,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
		   ENOMEM);
	EXPECT_ERR(mmap((void *)0xffff800000000000, PAGE, PROT_READ,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
		   ENOMEM);
	int fd = make_file(PAGE);

	EXPECT_ERR(syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 1), EINVAL);
	int folder = ASSERT_OK(open(".", O_RDONLY));

	EXPECT_ERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, folder, 0), ENODEV);
	int p[2];

	ASSERT_OK(pipe(p));
	EXPECT_ERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, p[0], 0), ENODEV);
}

TEST(mmap_needs_the_right_open_mode)
{
	spew("f", "content");
	int ro = ASSERT_OK(open("f", O_RDONLY)), wo = ASSERT_OK(open("f", O_WRONLY));

	EXPECT_ERR(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0), EACCES);
	EXPECT_OK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, ro, 0));
	EXPECT_ERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, wo, 0), EACCES);
	char *p = ASSERT_OK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, ro, 0));

	EXPECT_ERR(mprotect(p, PAGE, PROT_READ | PROT_WRITE), EACCES);
}

TEST(fixed_replaces_and_noreplace_refuses)
{
	char *p = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	memset(p, 7, 4 * PAGE);
	char *q = mmap(p + PAGE, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		       0);

	EXPECT(q == p + PAGE);
	EXPECT_EQ(p[0], 7);
	EXPECT_EQ(p[PAGE], 0);
	EXPECT_EQ(p[3 * PAGE], 7);
	EXPECT_ERR(mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
			0),
		   EEXIST);
	/* A hint that is taken is only a hint. */
	q = mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(q != p && q != MAP_FAILED);
}

TEST(munmap_splits)
{
	char *p = map(5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	catch_faults();
	memset(p, 3, 5 * PAGE);
	EXPECT_OK(munmap(p + 2 * PAGE, PAGE));
	EXPECT_EQ(p[2 * PAGE - 1], 3);
	EXPECT_EQ(p[3 * PAGE], 3);
	EXPECT_FAULT(SIGSEGV, SEGV_MAPERR, p + 2 * PAGE, *(volatile char *)(p + 2 * PAGE));
	EXPECT_OK(munmap(p + 2 * PAGE, PAGE)); /* nothing there is no error */
	EXPECT_ERR(munmap(p + 1, PAGE), EINVAL);
	EXPECT_ERR(munmap(p, 0), EINVAL);
	EXPECT_OK(munmap(p, 5 * PAGE));
}

TEST(protection_is_enforced)
{
	volatile char *p = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	catch_faults();
	p[0] = 5;
	EXPECT_OK(mprotect((void *)p, PAGE, PROT_READ));
	EXPECT_EQ(p[0], 5);
	EXPECT_FAULT(SIGSEGV, SEGV_ACCERR, p + 8, p[8] = 1);
	p[PAGE] = 6;
	EXPECT_OK(mprotect((void *)p, PAGE, PROT_NONE));
	EXPECT_FAULT(SIGSEGV, SEGV_ACCERR, p + 9, (void)p[9]);
	EXPECT_OK(mprotect((void *)p, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(p[0], 5);
	p[0] = 8;
	EXPECT_ERR(mprotect((void *)(p + 1), PAGE, PROT_READ), EINVAL);
	EXPECT_ERR(mprotect((void *)p, PAGE, 0x100), EINVAL);
	EXPECT_OK(munmap((void *)(p + PAGE), PAGE));
	EXPECT_ERR(mprotect((void *)p, 2 * PAGE, PROT_READ), ENOMEM);
}

TEST(memory_is_not_executable_unless_asked)
{
	char *p = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	catch_faults();
	p[0] = (char)0xc3; /* ret */
	EXPECT_FAULT(SIGSEGV, SEGV_ACCERR, p, ((void (*)(void))p)());
	EXPECT_OK(mprotect(p, PAGE, PROT_READ | PROT_EXEC));
	EXPECT_EQ(FAULT(((void (*)(void))p)()), 0);
}

TEST(unmapped_addresses_fault)
{
	catch_faults();
	EXPECT_FAULT(SIGSEGV, SEGV_MAPERR, 8, *(volatile int *)8);
	EXPECT_FAULT(SIGSEGV, SEGV_MAPERR, 0x10000, *(volatile int *)0x10000 = 1);
	/* The kernel's half: a page fault there names no mapping. */
	EXPECT_FAULT(SIGSEGV, SEGV_MAPERR, 0xffff888000000000, *(volatile int *)0xffff888000000000);
	EXPECT_FAULT(SIGSEGV, SEGV_MAPERR, 0xffffffff81000000,
		     *(volatile int *)0xffffffff81000000 = 1);
	/* Not canonical: a general protection fault, which has no address. */
	EXPECT_FAULT(SIGSEGV, SI_KERNEL, 0, *(volatile int *)0x8000000000000000);
}

TEST(beyond_the_end_of_a_file_is_sigbus)
{
	int fd = make_file(PAGE + 100);
	volatile char *p = ASSERT_OK(
		mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));

	catch_faults();
	EXPECT_EQ(p[PAGE], 'B');
	EXPECT_EQ(p[PAGE + 100], 0);
	EXPECT_EQ(p[2 * PAGE - 1], 0);
	EXPECT_FAULT(SIGBUS, BUS_ADRERR, p + 2 * PAGE + 5, (void)p[2 * PAGE + 5]);
	/* Growing the file makes the pages appear, truncating takes them away. */
	ASSERT_OK(ftruncate(fd, 3 * PAGE));
	EXPECT_EQ(p[2 * PAGE + 5], 0);
	p[2 * PAGE] = 'x';
	ASSERT_OK(ftruncate(fd, PAGE));
	EXPECT_FAULT(SIGBUS, BUS_ADRERR, p + PAGE, (void)p[PAGE]);
	EXPECT_FAULT(SIGBUS, BUS_ADRERR, p + 2 * PAGE, p[2 * PAGE] = 1);
	EXPECT_EQ(p[0], 'A');
}

TEST(private_mapping_of_dev_zero)
{
	int fd = ASSERT_OK(open("/dev/zero", O_RDWR));
	char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	ASSERT(p != MAP_FAILED);
	close(fd);
	EXPECT_EQ(p[4096], 0);
	p[0] = 1;
	pid_t pid = CHILD({
		EXPECT_EQ(p[0], 1);
		p[0] = 2;
		EXPECT_EQ(p[8192], 0);
	});

	EXPECT_EXIT(pid, 0);
	EXPECT_EQ(p[0], 1);
	EXPECT_EQ(p[8192], 0);
	EXPECT_OK(munmap(p + 4096, 4096));
	EXPECT_EQ(p[0], 1);
	EXPECT_OK(munmap(p, 3 * 4096));
}

TEST(maps_escape_newlines_of_names)
{
	int fd = ASSERT_OK(memfd_create("two\nlines", 0));

	ASSERT_OK(ftruncate(fd, 4096));
	ASSERT(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
	EXPECT(strstr(slurp("/proc/self/maps"), "/memfd:two\\012lines (deleted)\n"));
}

TEST(truncation_zeroes_the_tail)
{
	int fd = make_file(PAGE);
	char *p = ASSERT_OK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)), c;

	ASSERT_OK(ftruncate(fd, 10));
	EXPECT_EQ(p[9], 'A');
	EXPECT_EQ(p[10], 0);
	ASSERT_OK(ftruncate(fd, PAGE));
	EXPECT_EQ(pread(fd, &c, 1, 10), 1);
	EXPECT_EQ(c, 0);
}

TEST(private_file_mapping_copies)
{
	int fd = make_file(2 * PAGE);
	char *p = ASSERT_OK(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0)), c;

	EXPECT_EQ(p[0], 'A');
	p[0] = 'z';
	EXPECT_EQ(pread(fd, &c, 1, 0), 1);
	EXPECT_EQ(c, 'A');
	/* Writes to the file show in pages not yet copied, and not in those that were. */
	EXPECT_EQ(pwrite(fd, "Q", 1, 1), 1);
	EXPECT_EQ(p[1], 'A');
	EXPECT_EQ(pwrite(fd, "Q", 1, PAGE), 1);
	EXPECT_EQ(p[PAGE], 'Q');
}

TEST(shared_file_mapping_and_io_agree)
{
	int fd = make_file(2 * PAGE);
	char *p = ASSERT_OK(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	char *q = ASSERT_OK(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0)), c;

	p[5] = 'x';
	EXPECT_EQ(q[5], 'x');
	EXPECT_EQ(pread(fd, &c, 1, 5), 1);
	EXPECT_EQ(c, 'x');
	EXPECT_EQ(pwrite(fd, "y", 1, PAGE + 7), 1);
	EXPECT_EQ(p[PAGE + 7], 'y');
	EXPECT_EXIT(CHILD({
			    EXPECT_EQ(p[5], 'x');
			    p[5] = 'c';
		    }),
		    0);
	EXPECT_EQ(p[5], 'c');
	EXPECT_OK(msync(p, PAGE, MS_SYNC));
	EXPECT_OK(msync(p, PAGE, MS_ASYNC));
	EXPECT_ERR(msync(p, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
	EXPECT_ERR(msync(p + 1, PAGE, MS_SYNC), EINVAL);
	munmap(q, 2 * PAGE);
	EXPECT_ERR(msync(q, PAGE, MS_SYNC), ENOMEM);
	/* The mapping outlives the descriptor and the name. */
	close(fd);
	EXPECT_EQ(p[5], 'c');
}

TEST(mapping_with_offset)
{
	int fd = make_file(5 * PAGE);
	char *p = ASSERT_OK(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 3 * PAGE));

	EXPECT_EQ(p[0], 'D');
	EXPECT_EQ(p[PAGE], 'E');
}

TEST(copy_on_write_across_fork)
{
	char *p = map(16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	for (int i = 0; i < 16; i++)
		p[i * PAGE] = i;
	pid_t pid = CHILD({
		for (int i = 0; i < 16; i++)
			EXPECT_EQ(p[i * PAGE], i);
		for (int i = 0; i < 16; i++)
			p[i * PAGE] = 100 + i;
		pid_t inner = CHILD({
			for (int i = 0; i < 16; i++) {
				EXPECT_EQ(p[i * PAGE], 100 + i);
				p[i * PAGE] = 1;
			}
		});
		EXPECT_EXIT(inner, 0);
		for (int i = 0; i < 16; i++)
			EXPECT_EQ(p[i * PAGE], 100 + i);
	});

	EXPECT_EXIT(pid, 0);
	for (int i = 0; i < 16; i++)
		EXPECT_EQ(p[i * PAGE], i);
	p[0] = 50;
	EXPECT_EQ(p[0], 50);
}

TEST(kernel_writes_break_copies_too)
{
	/* read() into a page shared after fork must not show in the other process. */
	char *p = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	int fd = make_file(PAGE);

	p[0] = 1;
	pid_t pid = CHILD({
		EXPECT_EQ(pread(fd, p, 100, 0), 100);
		EXPECT_EQ(p[0], 'A');
	});

	EXPECT_EXIT(pid, 0);
	EXPECT_EQ(p[0], 1);
}

TEST(shared_anonymous_memory)
{
	volatile int *p = (int *)map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);

	EXPECT_EXIT(CHILD({ p[10] = 77; }), 0);
	EXPECT_EQ(p[10], 77);
}

TEST(kernel_faults_pages_in)
{
	/* The kernel is the first to touch these pages. */
	char *p = map(64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	int fd = make_file(64 * PAGE);

	EXPECT_EQ(pread(fd, p, 64 * PAGE, 0), 64 * PAGE);
	EXPECT_EQ(p[63 * PAGE], 'A' + 63 % 26);
	char *q = mmap(NULL, 64 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	int to = ASSERT_OK(open("copy", O_RDWR | O_CREAT, 0600));

	EXPECT_EQ(write(to, q, 64 * PAGE), 64 * PAGE);
	/* A buffer that ends in nothing is used as far as it goes. */
	EXPECT_OK(munmap(p + 32 * PAGE, 32 * PAGE));
	EXPECT_EQ(pread(fd, p + 30 * PAGE, 4 * PAGE, 0), 2 * PAGE);
	EXPECT_ERR(pread(fd, p + 32 * PAGE, PAGE, 0), EFAULT);
}

TEST(mremap_grows_shrinks_and_moves)
{
	char *p = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE), *q;

	catch_faults();
	memset(p, 9, 2 * PAGE);
	q = ASSERT_OK(mremap(p, 2 * PAGE, 100 * PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(q[2 * PAGE - 1], 9);
	EXPECT_EQ(q[2 * PAGE], 0);
	q[99 * PAGE] = 4;
	EXPECT(mremap(q, 100 * PAGE, PAGE, 0) == q);
	EXPECT_FAULT(SIGSEGV, SEGV_MAPERR, q + PAGE, *(volatile char *)(q + PAGE));
	EXPECT_EQ(q[0], 9);
	char *place = map(10 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	EXPECT(mremap(q, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place + 4 * PAGE) ==
	       place + 4 * PAGE);
	EXPECT_EQ(place[4 * PAGE], 9);
	EXPECT_FAULT(SIGSEGV, SEGV_MAPERR, q, *(volatile char *)q);
	/* With a neighbour above, growing in place is impossible. */
	EXPECT_ERR(mremap(place, 4 * PAGE, 1ul << 46, 0), ENOMEM);
	EXPECT_ERR(mremap(place + 1, PAGE, PAGE, 0), EINVAL);
	EXPECT_ERR(mremap(place, PAGE, 0, 0), EINVAL);
	EXPECT_ERR(mremap(place, PAGE, PAGE, MREMAP_FIXED, place), EINVAL);
	EXPECT_ERR(mremap((void *)0x100000, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
}

TEST(mremap_moves_file_pages)
{
	int fd = make_file(4 * PAGE);
	char *p = ASSERT_OK(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE));
	char *q = ASSERT_OK(mremap(p, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE));

	EXPECT_EQ(q[0], 'B');
	EXPECT_EQ(q[2 * PAGE], 'D');
}

TEST(advice)
{
	char *p = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	memset(p, 5, 4 * PAGE);
	EXPECT_OK(madvise(p, 2 * PAGE, MADV_DONTNEED));
	EXPECT_EQ(p[0], 0);
	EXPECT_EQ(p[2 * PAGE], 5);
	EXPECT_OK(madvise(p, 4 * PAGE, MADV_NORMAL));
	EXPECT_OK(madvise(p, 4 * PAGE, MADV_RANDOM));
	EXPECT_OK(madvise(p, 4 * PAGE, MADV_SEQUENTIAL));
	EXPECT_OK(madvise(p, 4 * PAGE, MADV_WILLNEED));
	EXPECT_OK(madvise(p, 4 * PAGE, MADV_FREE));
	EXPECT_ERR(madvise(p, 4 * PAGE, 12345), EINVAL);
	EXPECT_ERR(madvise(p + 1, PAGE, MADV_NORMAL), EINVAL);
	EXPECT_OK(munmap(p + PAGE, PAGE));
	EXPECT_ERR(madvise(p, 4 * PAGE, MADV_DONTNEED), ENOMEM);
	int fd = make_file(PAGE);
	char *q = ASSERT_OK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));

	q[0] = 'z';
	EXPECT_OK(madvise(q, PAGE, MADV_DONTNEED));
	EXPECT_EQ(q[0], 'A');
}

TEST(dontfork_and_wipeonfork)
{
	char *p = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	p[0] = p[PAGE] = 6;
	EXPECT_OK(madvise(p, PAGE, MADV_WIPEONFORK));
	EXPECT_OK(madvise(p + PAGE, PAGE, MADV_DONTFORK));
	EXPECT_EXIT(CHILD({ EXPECT_EQ(p[0], 0); }), 0);
	EXPECT_KILLED(CHILD({ p[PAGE]++; }), SIGSEGV);
	EXPECT_EQ(p[0], 6);
}

TEST(brk_moves_the_heap_end)
{
	char *start = (char *)syscall(SYS_brk, 0);

	EXPECT_EQ(syscall(SYS_brk, start + 100 * PAGE), (long)start + 100 * PAGE);
	memset(start, 3, 100 * PAGE);
	EXPECT_EQ(syscall(SYS_brk, start + PAGE), (long)start + PAGE);
	EXPECT_EQ(start[0], 3);
	EXPECT_EQ(syscall(SYS_brk, start + 100 * PAGE), (long)start + 100 * PAGE);
	EXPECT_EQ(start[50 * PAGE], 0);
	/* What cannot be is answered with the present end. */
	EXPECT_EQ(syscall(SYS_brk, 1), (long)start + 100 * PAGE);
	EXPECT_EQ(syscall(SYS_brk, -1ul), (long)start + 100 * PAGE);
}

TEST(heap_limit)
{
	struct rlimit limit = { 1 << 20, 1 << 20 };
	char *now = sbrk(0);

	EXPECT_OK(setrlimit(RLIMIT_DATA, &limit));
	EXPECT_EQ(syscall(SYS_brk, now + (64 << 20)), (long)now);
}

TEST(address_space_limit)
{
	struct rlimit limit = { 512 << 20, 512 << 20 };

	EXPECT_OK(setrlimit(RLIMIT_AS, &limit));
	EXPECT_ERR(mmap(NULL, 1ul << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
	EXPECT_OK(mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

TEST(stack_grows_down)
{
	volatile char *p = (volatile char *)&p;

	/* 1 MiB below, at once. */
	*(p - (1 << 20)) = 3;
	EXPECT_EQ(*(p - (1 << 20)), 3);
	catch_faults();
}

TEST(mincore_tells_residence)
{
	char *p = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	unsigned char present[4];

	p[PAGE] = 1;
	EXPECT_OK(mincore(p, 4 * PAGE, present));
	EXPECT_EQ(present[0] & 1, 0);
	EXPECT_EQ(present[1] & 1, 1);
	EXPECT_ERR(mincore(p + 1, PAGE, present), EINVAL);
	EXPECT_ERR(mincore(p, 4 * PAGE, (unsigned char *)16), EFAULT);
	munmap(p, 4 * PAGE);
	EXPECT_ERR(mincore(p, 4 * PAGE, present), ENOMEM);
}

TEST(locked_memory)
{
	char *p = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	unsigned char present[4];

	EXPECT_OK(mlock(p, 2 * PAGE));
	EXPECT_OK(mincore(p, 4 * PAGE, present));
	EXPECT_EQ(present[0] & present[1] & 1, 1);
	EXPECT_OK(munlock(p, 2 * PAGE));
	EXPECT_OK(mlockall(MCL_CURRENT));
	EXPECT_OK(munlockall());
	EXPECT_ERR(mlockall(0x100), EINVAL);
	char *q = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	EXPECT_OK(mincore(q, 4 * PAGE, present));
	EXPECT_EQ(present[3] & 1, 1);
}

TEST(many_small_mappings)
{
	enum { COUNT = 2000 };
	static char *pages[COUNT];

	/* Alternate protections, so that neighbours cannot merge. */
	for (int i = 0; i < COUNT; i++) {
		pages[i] = map(PAGE, i & 1 ? PROT_READ : PROT_READ | PROT_WRITE, MAP_PRIVATE);
		if (!(i & 1))
			pages[i][0] = i;
	}
	for (int i = 0; i < COUNT; i++)
		ASSERT_EQ((unsigned char)pages[i][0], i & 1 ? 0 : i & 255);
	EXPECT_EXIT(CHILD({ EXPECT_EQ((unsigned char)pages[1998][0], 1998 & 255); }), 0);
	for (int i = 0; i < COUNT; i += 3)
		EXPECT_OK(munmap(pages[i], PAGE));
	EXPECT_EQ(pages[1][0], 0);
}

TEST(neighbours_merge)
{
	char *p = map(3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	char line[64];

	mprotect(p + PAGE, PAGE, PROT_READ);
	snprintf(line, sizeof(line), "%lx-%lx r--p", (long)p + PAGE, (long)p + 2 * PAGE);
	EXPECT(strstr(slurp("/proc/self/maps"), line));
	mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE);
	EXPECT(!strstr(slurp("/proc/self/maps"), line));
}

TEST(big_mapping_costs_nothing_until_touched)
{
	char *p = ASSERT_OK(mmap(NULL, 1ul << 36, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));

	for (unsigned long at = 0; at < 1ul << 36; at += 1ul << 30)
		p[at] = 1;
	EXPECT_OK(munmap(p, 1ul << 36));
}

TEST(reading_zero_pages_then_writing)
{
	char *p = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	char *q = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	EXPECT_EQ(*(volatile char *)p + *(volatile char *)q, 0);
	p[0] = 1;
	EXPECT_EQ(*(volatile char *)q, 0);
}

TEST(process_vm_access)
{
	char *p = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE), buffer[16] = "";

	strcpy(p, "theirs");
	pid_t pid = CHILD({
		strcpy(p, "hers");
		kill(getpid(), SIGSTOP);
	});
	int status;

	waitpid(pid, &status, WUNTRACED);
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	int fd = EXPECT_OK(open(path, O_RDWR));

	EXPECT_EQ(pread(fd, buffer, 5, (long)p), 5);
	EXPECT_STR(buffer, "hers");
	EXPECT_EQ(pread(fd, buffer, 5, 4096), -1);
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
}
