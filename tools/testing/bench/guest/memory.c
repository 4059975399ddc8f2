/* SPDX-License-Identifier: MIT */
/* Rows of address spaces, faults and copies. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "bench.h"

#define PAGE 4096l
#define NR_PAGES 256l		/* what a round of a row of faults touches */
#define MIB (1l << 20)

static int fd;
static volatile char *area;
static char *from, *to;

static volatile char *map(int protection, int flags, int file)
{
	void *at = mmap(NULL, NR_PAGES * PAGE, protection, flags, file, 0);

	if (at == MAP_FAILED)
		row_fails("mmap");
	return at;
}

static void unmap(void) { MUST(munmap((void *)area, NR_PAGES * PAGE)); }
static void read_pages(void)
{
	for (long i = 0; i < NR_PAGES; i++)
		(void)area[i * PAGE];
}
static void write_pages(void)
{
	for (long i = 0; i < NR_PAGES; i++)
		area[i * PAGE] = (char)i;
}

static void run_mmap(long n)
{
	while (n--) {
		void *at = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0);

		if (at == MAP_FAILED)
			row_fails("mmap");
		MUST(munmap(at, 65536));
	}
}
ROW("mmap and munmap", .run = run_mmap)

static int make_mib(void) { return fd = make_file("mib", MIB); }
static void run_mmap_file(long n)
{
	while (n--) {
		area = map(PROT_READ, MAP_SHARED, fd);
		(void)area[0];
		unmap();
	}
}
ROW("mmap of a file, touch, munmap", .setup = make_mib, .run = run_mmap_file)

static int map_anonymous(void)
{
	area = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	write_pages();
	return 0;
}
static void run_mprotect(long n)
{
	while (n--) {
		MUST(mprotect((void *)(area + 16 * PAGE), 16 * PAGE, PROT_READ));
		MUST(mprotect((void *)(area + 16 * PAGE), 16 * PAGE, PROT_READ | PROT_WRITE));
	}
}
ROW("mprotect, twice", .setup = map_anonymous, .run = run_mprotect)

static void run_discard(long n)
{
	while (n--) {
		write_pages();
		MUST(madvise((void *)area, NR_PAGES * PAGE, MADV_DONTNEED));
	}
}
ROW("touch and discard a page", .setup = map_anonymous, .run = run_discard, .per = NR_PAGES)

static void run_anonymous(long n)
{
	while (n--) {
		clock_stop();
		area = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		clock_go();
		write_pages();
		clock_stop();
		unmap();
		clock_go();
	}
}
ROW("page fault, anonymous", .run = run_anonymous, .per = NR_PAGES)

static void run_private(long n)
{
	while (n--) {
		clock_stop();
		area = map(PROT_READ, MAP_PRIVATE, fd);
		clock_go();
		read_pages();
		clock_stop();
		unmap();
		clock_go();
	}
}
ROW("page fault, private file", .setup = make_mib, .run = run_private, .per = NR_PAGES)

static void run_private_write(long n)
{
	while (n--) {
		clock_stop();
		area = map(PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
		clock_go();
		write_pages();
		clock_stop();
		unmap();
		clock_go();
	}
}
ROW("page fault, private file written", .setup = make_mib, .run = run_private_write,
    .per = NR_PAGES)

static void run_shared(long n)
{
	while (n--) {
		clock_stop();
		area = map(PROT_READ | PROT_WRITE, MAP_SHARED, fd);
		clock_go();
		write_pages();
		clock_stop();
		unmap();
		clock_go();
	}
}
ROW("page fault, shared file", .setup = make_mib, .run = run_shared, .per = NR_PAGES)

/* A child holds the pages; the parent's writes copy them. */
static void run_cow(long n)
{
	int hold[2];
	char c;

	while (n--) {
		pid_t pid;

		clock_stop();
		MUST(pipe(hold));
		pid = MUST(fork());
		if (pid == 0) {
			close(hold[1]);
			_exit(read(hold[0], &c, 1) != 0);
		}
		close(hold[0]);
		clock_go();
		write_pages();
		clock_stop();
		close(hold[1]);
		MUST(waitpid(pid, NULL, 0));
		clock_go();
	}
}
ROW("page fault, copy on write", .setup = map_anonymous, .run = run_cow, .per = NR_PAGES)

static void run_brk(long n)
{
	while (n--) {
		char *at = sbrk(2 * PAGE);

		if (at == (void *)-1)
			row_fails("sbrk");
		at[PAGE] = 1;
		if (sbrk(-2 * PAGE) == (void *)-1)
			row_fails("sbrk");
	}
}
ROW("brk up, touch, down", .run = run_brk)

static void run_mremap(long n)
{
	while (n--) {
		void *at = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		*(char *)at = 1;
		at = mremap(at, 16 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
		if (at == MAP_FAILED)
			row_fails("mremap");
		MUST(munmap(at, 64 * PAGE));
	}
}
ROW("mremap", .run = run_mremap)

/* A MiB at a time. */

static void run_read_file(long n)
{
	static char block[65536];

	while (n--)
		for (long at = 0; at < MIB; at += sizeof(block))
			MUST(pread(fd, block, sizeof(block), at));
}
ROW("cached file read, 1 MiB", .setup = make_mib, .run = run_read_file, .bulk = 1)

static void run_write_file(long n)
{
	static char block[65536];

	while (n--)
		for (long at = 0; at < MIB; at += sizeof(block))
			MUST(pwrite(fd, block, sizeof(block), at));
}
ROW("cached file write, 1 MiB", .setup = make_mib, .run = run_write_file, .bulk = 1)

static void run_mmap_read(long n)
{
	while (n--) {
		area = map(PROT_READ, MAP_SHARED, fd);
		for (long i = 0; i < MIB; i += 8)
			(void)*(volatile long *)(area + i);
		unmap();
	}
}
ROW("mmap read, 1 MiB", .setup = make_mib, .run = run_mmap_read, .bulk = 1)

/*
 * The emulator has a TLB of its own, whose size follows what was in it when it was flushed last. A copy of 512 pages takes a
 * fifth longer with the small one that an idle time leaves than with one that holds them all, on any kernel. So that rows do not tell what ran
 * before them: much is touched and flushed a few times.
 */
static void grow_emulated_tlb(void)
{
	for (int i = 0; i < 16; i++) {
		volatile char *pages = mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (pages == MAP_FAILED)
			row_fails("mmap");
		for (long at = 0; at < 8 * MIB; at += PAGE)
			pages[at] = 1;
		MUST(munmap((void *)pages, 8 * MIB));
	}
}

static int make_buffers(void)
{
	from = malloc(MIB);
	to = malloc(MIB);
	memset(from, 1, MIB);
	memset(to, 2, MIB);
	grow_emulated_tlb();
	return 0;
}
static void run_copy(long n)
{
	while (n--) {
		memcpy(to, from, MIB);
		__asm__ volatile("" : : "r"(to) : "memory");
	}
}
ROW("memory copy, 1 MiB", .setup = make_buffers, .run = run_copy, .bulk = 1)
