/* SPDX-License-Identifier: MIT */
/*
 * Load on a block device, every byte checked.
 *
 *	blocktest load DEVICE PROCESSES ROUNDS [direct|cached|mixed]	each process in a part of its own
 *	blocktest until DEVICE PROCESSES		until it fails; 0 when all ended with EIO or ENXIO. Descriptor 3 is closed
 *							when each process has done its first transfer
 *	blocktest rules DEVICE				what calls answer at the edges
 *
 * A block of 4096 bytes holds its number, its generation and a pattern made of both. 1 and a line that says why if something is wrong.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK	4096u
#define MOST	64u		/* blocks a transfer */
#define STARTING	3	/* the descriptor that is open until all are under way */

static unsigned int seed;

static unsigned int roll(unsigned int n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 8) % n;
}

static void fill(uint64_t *block, uint64_t number, uint64_t generation)
{
	for (unsigned int i = 0; i < BLOCK / 8; i++)
		block[i] = i == 0   ? number
			   : i == 1 ? generation
				    : number * 0x9e3779b97f4a7c15ull + generation * 31 + i;
}

static int check(const uint64_t *block, uint64_t number, uint64_t generation)
{
	uint64_t want[BLOCK / 8];

	fill(want, number, generation);
	if (!generation || !memcmp(want, block, BLOCK))
		return 0;
	printf("block %llu: want generation %llu, found number %llu generation %llu\n",
	       (unsigned long long)number, (unsigned long long)generation,
	       (unsigned long long)block[0], (unsigned long long)block[1]);
	return 1;
}

struct part {
	int cached, direct;
	uint64_t first, nr;
	uint32_t *generations;
	char *buffer;
	const char *mode;
	int until;
};

static int pick(const struct part *p)
{
	if (!strcmp(p->mode, "cached"))
		return p->cached;
	if (!strcmp(p->mode, "direct"))
		return p->direct;
	return roll(2) ? p->cached : p->direct;
}

/* One transfer; in several pieces of memory at times. */
static int step(struct part *p, int write)
{
	unsigned int n = 1 + roll(MOST), at, pieces;
	uint64_t first;
	struct iovec iov[4];
	ssize_t moved;
	int fd = pick(p);

	if (n > p->nr)
		n = p->nr;
	at = roll(p->nr - n + 1);
	first = p->first + at;
	for (unsigned int i = 0; write && i < n; i++)
		fill((uint64_t *)(p->buffer + i * BLOCK), first + i, ++p->generations[at + i]);
	pieces = n >= 4 ? 1 + roll(4) : 1;
	for (unsigned int i = 0; i < pieces; i++) {
		iov[i].iov_base = p->buffer + i * (n / pieces) * BLOCK;
		iov[i].iov_len = (i + 1 < pieces ? n / pieces : n - i * (n / pieces)) * BLOCK;
	}
	moved = write ? pwritev(fd, iov, pieces, first * BLOCK)
		      : preadv(fd, iov, pieces, first * BLOCK);
	if (moved != (ssize_t)n * BLOCK) {
		if (moved < 0 && (errno == EIO || errno == ENXIO))
			return 2;
		if (moved > 0 && p->until) /* the pieces before the removal */
			return 0;
		printf("%s of %u blocks: %zd %s\n", write ? "write" : "read", n, moved,
		       strerror(errno));
		return 1;
	}
	for (unsigned int i = 0; !write && i < n; i++)
		if (check((uint64_t *)(p->buffer + i * BLOCK), first + i, p->generations[at + i]))
			return 1;
	return 0;
}

static int child(const char *device, struct part *p, unsigned int rounds)
{
	int result = 0;

	p->cached = open(device, O_RDWR);
	p->direct = open(device, O_RDWR | O_DIRECT);
	p->generations = calloc(p->nr, sizeof(uint32_t));
	if (p->cached < 0 || p->direct < 0 ||
	    posix_memalign((void **)&p->buffer, BLOCK, MOST * BLOCK)) {
		printf("open: %s\n", strerror(errno));
		return 1;
	}
	for (unsigned int i = 0; (!rounds || i < rounds) && !result; i++) {
		result = step(p, roll(2));
		if (!rounds && !i)
			close(STARTING);
		if (!result && roll(64) == 0 && fdatasync(p->cached) && errno != EIO)
			result = 1;
	}
	/* all once more, by the other way */
	for (uint64_t i = 0; rounds && i < p->nr && !result; i++) {
		if (pread(i & 1 ? p->direct : p->cached, p->buffer, BLOCK,
			  (p->first + i) * BLOCK) != BLOCK)
			result = 1;
		else
			result = check((uint64_t *)p->buffer, p->first + i, p->generations[i]);
	}
	return result;
}

static int load(const char *device, unsigned int processes, unsigned int rounds, const char *mode)
{
	int fd = open(device, O_RDONLY), status, result = 0;
	uint64_t bytes = 0;

	if (fd >= 0 && ioctl(fd, BLKGETSIZE64, &bytes))
		bytes = lseek(fd, 0, SEEK_END); /* a file will do */
	if (fd < 0 || !bytes) {
		printf("%s: %s\n", device, strerror(errno));
		return 1;
	}
	for (unsigned int i = 0; i < processes; i++) {
		struct part p = { .nr = bytes / BLOCK / processes, .mode = mode, .until = !rounds };

		p.first = i * p.nr;
		if (p.nr > 512)
			p.nr = 512;
		seed = i * 7919 + rounds;
		if (!fork()) {
			int r = child(device, &p, rounds);

			fflush(stdout);
			_exit(r);
		}
	}
	if (!rounds)
		close(STARTING);
	while (wait(&status) > 0) {
		int code = WIFEXITED(status) ? WEXITSTATUS(status) : 99;

		if (code != (rounds ? 0 : 2)) {
			printf("a process ended with %d\n", code);
			result = 1;
		}
	}
	return result;
}

static int failures;

#define EXPECT(condition) do {									\
	if (!(condition)) {									\
		printf("line %d: not true: %s (errno %s)\n", __LINE__, #condition, strerror(errno));	\
		failures++;									\
	}											\
} while (0)

/* Which of the first pages of the device are in the cache, a bit each. */
static unsigned int cached(int fd, unsigned int nr)
{
	unsigned char there[32] = { 0 };
	unsigned int mask = 0;
	char *map = mmap(NULL, nr * BLOCK, PROT_READ, MAP_SHARED, fd, 0);

	EXPECT(map != MAP_FAILED && !mincore(map, nr * BLOCK, there));
	for (unsigned int i = 0; i < nr; i++)
		mask |= (there[i] & 1u) << i;
	munmap(map, nr * BLOCK);
	return mask;
}

/* Drops all from START on until just these of the first pages are left: one that is being written has to be asked for again. */
static void drop_until(int fd, off_t start, unsigned int left)
{
	for (unsigned int tries = 0; tries < 1000; tries++) {
		EXPECT(!posix_fadvise(fd, start, 0, POSIX_FADV_DONTNEED));
		if (cached(fd, 8) == left)
			return;
		usleep(10000);
	}
	EXPECT(cached(fd, 8) == left);
}

/* Hints about the cache: what is dropped, what is kept, what is brought in. */
static void advice(int fd)
{
	static char buffer[8 * BLOCK] __attribute__((aligned(4096)));

	EXPECT(!fsync(fd));
	drop_until(fd, 0, 0);
	EXPECT(pread(fd, buffer, 8 * BLOCK, 0) == 8 * BLOCK && cached(fd, 8) == 0xff);
	EXPECT(!posix_fadvise(fd, BLOCK, BLOCK, POSIX_FADV_DONTNEED) && cached(fd, 8) == 0xfd);
	/* Parts of pages at both ends, and less than a page. */
	EXPECT(!posix_fadvise(fd, 2 * BLOCK + 1, 2 * BLOCK, POSIX_FADV_DONTNEED));
	EXPECT(cached(fd, 8) == 0xf5);
	EXPECT(!posix_fadvise(fd, 5 * BLOCK, BLOCK - 1, POSIX_FADV_DONTNEED));
	EXPECT(cached(fd, 8) == 0xf5);
	/* What is dirty is written, and goes when that is done; nobody asks for it here. */
	memset(buffer, 0x61, BLOCK);
	EXPECT(pwrite(fd, buffer, BLOCK, 6 * BLOCK) == BLOCK);
	drop_until(fd, 5 * BLOCK, 0x15);
	/* The pages between are brought in; nobody waits for them, and reading does. */
	EXPECT(!posix_fadvise(fd, BLOCK, BLOCK, POSIX_FADV_WILLNEED));
	EXPECT(!readahead(fd, 6 * BLOCK, 2 * BLOCK));
	for (unsigned int tries = 0; cached(fd, 8) != 0xd7 && tries < 1000; tries++)
		usleep(10000);
	EXPECT(cached(fd, 8) == 0xd7);
	EXPECT(pread(fd, buffer, BLOCK, 6 * BLOCK) == BLOCK && buffer[7] == 0x61);
	EXPECT(posix_fadvise(fd, 0, -1, POSIX_FADV_DONTNEED) == EINVAL);
	EXPECT(posix_fadvise(fd, 0, 0, 6) == EINVAL);
	EXPECT(!posix_fadvise(fd, -1, BLOCK, POSIX_FADV_DONTNEED) && cached(fd, 8) == 0xd7);
	EXPECT(readahead(fd, 0, -1) == -1 && errno == EINVAL);
}

static int rules(const char *device)
{
	static char buffer[3 * BLOCK] __attribute__((aligned(4096)));
	int fd = open(device, O_RDWR), direct = open(device, O_RDWR | O_DIRECT), other, size = 0;
	uint64_t bytes = 0, range[2];
	unsigned long sectors = 0;
	char *map;

	EXPECT(fd >= 0 && direct >= 0);
	EXPECT(!ioctl(fd, BLKGETSIZE64, &bytes) && bytes);
	EXPECT(!ioctl(fd, BLKGETSIZE, &sectors) && sectors * 512 == bytes);
	EXPECT(!ioctl(fd, BLKSSZGET, &size) && size >= 512);
	EXPECT(lseek(fd, 0, SEEK_END) == (off_t)bytes);
	EXPECT(pread(fd, buffer, 100, bytes) == 0);
	EXPECT(pread(fd, buffer, 200, bytes - 100) == 100);
	EXPECT(pwrite(fd, buffer, 1, bytes) == -1 && errno == ENOSPC);
	EXPECT(pwrite(fd, buffer, 200, bytes - 100) == 100);
	EXPECT(pwrite(direct, buffer, 100, 0) == -1 && errno == EINVAL);
	EXPECT(pread(direct, buffer, size, 1) == -1 && errno == EINVAL);
	EXPECT(pread(direct, buffer + 3, size, 0) == -1 && errno == EINVAL);
	EXPECT(pread(direct, buffer, 2 * BLOCK, bytes - BLOCK) == BLOCK);
	EXPECT(ftruncate(fd, 0) == -1 && errno == EINVAL);
	/* Cached, direct and mapped agree. */
	memset(buffer, 0x5a, BLOCK);
	EXPECT(pwrite(fd, buffer, BLOCK, BLOCK) == BLOCK);
	memset(buffer, 0, BLOCK);
	EXPECT(pread(direct, buffer, BLOCK, BLOCK) == BLOCK && buffer[17] == 0x5a);
	map = mmap(NULL, 4 * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	EXPECT(map != MAP_FAILED && map[BLOCK + 9] == 0x5a);
	map[BLOCK + 9] = 0x77;
	EXPECT(!msync(map, 4 * BLOCK, MS_SYNC));
	EXPECT(pread(direct, buffer, BLOCK, BLOCK) == BLOCK && buffer[9] == 0x77 &&
	       buffer[10] == 0x5a);
	memset(buffer, 0x33, BLOCK);
	EXPECT(pwrite(direct, buffer, BLOCK, BLOCK) == BLOCK);
	EXPECT(map[BLOCK + 9] == 0x33);
	/* A part of a page. */
	EXPECT(pwrite(fd, "xyz", 3, BLOCK + 100) == 3 && !fsync(fd));
	EXPECT(pread(direct, buffer, BLOCK, BLOCK) == BLOCK &&
	       !memcmp(buffer + 99, "\x33xyz\x33", 5));
	/* Discarded and zeroed ranges. */
	range[0] = BLOCK;
	range[1] = BLOCK;
	EXPECT(!ioctl(fd, BLKZEROOUT, range));
	EXPECT(pread(fd, buffer, BLOCK, BLOCK) == BLOCK && !buffer[99] && map[BLOCK + 9] == 0);
	range[0] = 1;
	EXPECT(ioctl(fd, BLKZEROOUT, range) == -1 && errno == EINVAL);
	range[0] = bytes;
	EXPECT(ioctl(fd, BLKDISCARD, range) == -1 && errno == EINVAL);
	EXPECT(ioctl(fd, 0x12ff, range) == -1 && errno == ENOTTY);
	munmap(map, 4 * BLOCK);
	advice(fd);
	/* One alone. */
	close(direct);
	other = open(device, O_RDWR | O_EXCL);
	EXPECT(other >= 0);
	EXPECT(open(device, O_RDONLY | O_EXCL) == -1 && errno == EBUSY);
	direct = open(device, O_RDONLY);
	EXPECT(direct >= 0);
	close(direct);
	close(other);
	other = open(device, O_RDONLY | O_EXCL);
	EXPECT(other >= 0);
	EXPECT(write(other, buffer, 1) == -1 && errno == EBADF);
	close(other);
	size = 1;
	EXPECT(!ioctl(fd, BLKROSET, &size));
	EXPECT(pwrite(fd, buffer, BLOCK, 0) == -1 && errno == EPERM);
	size = 0;
	EXPECT(!ioctl(fd, BLKROSET, &size));
	EXPECT(pwrite(fd, buffer, BLOCK, 0) == BLOCK);
	close(fd);
	return failures != 0;
}

int main(int argc, char **argv)
{
	if (argc >= 5 && !strcmp(argv[1], "load"))
		return load(argv[2], atoi(argv[3]), atoi(argv[4]), argc > 5 ? argv[5] : "mixed");
	if (argc == 4 && !strcmp(argv[1], "until"))
		return load(argv[2], atoi(argv[3]), 0, "direct");
	if (argc == 3 && !strcmp(argv[1], "rules"))
		return rules(argv[2]);
	return 2;
}
