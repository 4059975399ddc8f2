// SPDX-License-Identifier: MIT
/*
 * KCOV's interface, as fuzzers use it: TAP. Runs in a guest whose kernel has it; Debian's Linux has
 * not.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define KCOV_INIT_TRACE _IOR('c', 1, unsigned long)
#define KCOV_ENABLE     _IO('c', 100)
#define KCOV_DISABLE    _IO('c', 101)
#define KCOV_TRACE_PC   0
#define KCOV_TRACE_CMP  1
#define WORDS           (16 << 10)

static int number, failed;

static void __attribute__((format(printf, 2, 3))) result(int ok, const char *format, ...)
{
	va_list args;

	failed |= !ok;
	printf("%sok %d - kcov: ", ok ? "" : "not ", ++number);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

static void refused(int status, int error, const char *what)
{
	result(status == -1 && errno == error, "%s is refused with %s", what, strerror(error));
}

static int kcov_open(void)
{
	return open("/sys/kernel/debug/kcov", O_RDWR);
}

static uint64_t *kcov_map(int fd)
{
	return mmap(NULL, WORDS * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

/* How many of the addresses lie in a function of this name. */
static unsigned long count_in(const uint64_t *cover, const char *function)
{
	unsigned long start = 0, end = 0, address, count = 0;
	char name[256], type;
	FILE *f = fopen("/proc/kallsyms", "r");

	while (f && fscanf(f, "%lx %c %255s%*[^\n]", &address, &type, name) == 3) {
		if (start && !end && address > start)
			end = address;
		if (!strcmp(name, function))
			start = address;
	}
	if (f)
		fclose(f);
	for (uint64_t i = 1; i <= cover[0]; i++)
		count += start && cover[i] >= start && cover[i] < end;
	return count;
}

static void *read_elsewhere(void *unused)
{
	char c;

	return (void *)(long)read(-1, &c, 1);
}

/* Between the two looks at the last word no call is made. */
static void map_while_on(int fd, uint64_t *cover)
{
	uint64_t *again = kcov_map(fd);
	int same = 0;

	if (again != MAP_FAILED) {
		cover[WORDS - 1] = 0x5a17;
		same = *(volatile uint64_t *)&again[WORDS - 1] == 0x5a17;
		munmap(again, WORDS * sizeof(uint64_t));
	}
	result(same, "a second mapping, while it is on");
}

static void map_odd_size(void)
{
	int fd = kcov_open();

	refused(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0, EINVAL,
		"a mapping before there is an area");
	ioctl(fd, KCOV_INIT_TRACE, 1000ul);
	refused(mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0, EINVAL,
		"a mapping of an area that does not end with a page");
	close(fd);
}

static void records(int fd, uint64_t *cover)
{
	int other = kcov_open();
	pthread_t thread;
	uint64_t before;
	char c;

	result(!ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC), "on");
	map_while_on(fd, cover);
	cover[0] = 0;
	read(-1, &c, 1);
	before = cover[0];
	result(before > 3 && before < 1000, "read() runs %lu blocks", (unsigned long)before);
	result(count_in(cover, "sys_read") > 0, "one of them is of sys_read");
	refused(ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC), EINVAL, "on a second time");
	result(other >= 0 && !ioctl(other, KCOV_INIT_TRACE, (unsigned long)WORDS), "another file");
	refused(ioctl(other, KCOV_ENABLE, KCOV_TRACE_PC), EBUSY, "on in two files");
	close(other);
	cover[0] = 0;
	result(!fork() ? (read(-1, &c, 1), _exit(ioctl(fd, KCOV_DISABLE, 0) == -1 ? 7 : 8), 0) : 1,
	       "a child");
	int status = 0;

	wait(&status);
	result(WIFEXITED(status) && WEXITSTATUS(status) == 7,
	       "has none of it, and cannot switch it off");
	if (pthread_create(&thread, NULL, read_elsewhere, NULL) || pthread_join(thread, NULL))
		result(0, "a thread");
	refused(ioctl(fd, KCOV_DISABLE, 1), EINVAL, "off with an argument");
	result(!ioctl(fd, KCOV_DISABLE, 0), "off");
	cover[0] = 0;
	read(-1, &c, 1);
	result(!cover[0], "nothing is noted then");
	refused(ioctl(fd, KCOV_DISABLE, 0), EINVAL, "off a second time");
}

/* A full area takes no more. */
static void overflow(int fd, uint64_t *cover)
{
	char c;

	ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
	cover[0] = 0;
	for (int i = 0; i < 20000 && cover[0] < WORDS - 1; i++)
		read(-1, &c, 1);
	read(-1, &c, 1);
	result(cover[0] == WORDS - 1, "a full area stays as it is");
	cover[0] = ~0ull;
	read(-1, &c, 1);
	result(cover[0] == ~0ull, "a count that cannot be is left alone");
	ioctl(fd, KCOV_DISABLE, 0);
}

static void comparisons(int fd, uint64_t *cover)
{
	int found = 0, constant = 0;

	result(!ioctl(fd, KCOV_ENABLE, KCOV_TRACE_CMP), "on, with comparisons");
	cover[0] = 0;
	lseek(1, 0, 0x5a17);
	ioctl(fd, KCOV_DISABLE, 0);
	for (uint64_t i = 0; i < cover[0]; i++) {
		const uint64_t *record = cover + 1 + i * 4;

		found |= record[1] == 0x5a17 || record[2] == 0x5a17;
		constant |= record[0] & 1;
	}
	result(found, "the program's value stands among %lu comparisons", (unsigned long)cover[0]);
	result(constant, "some are with constants");
}

static void end_with_thread(void)
{
	int fd = kcov_open(), status = 0;

	ioctl(fd, KCOV_INIT_TRACE, WORDS);
	if (!fork())
		_exit(ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC) ? 1 : 0);
	wait(&status);
	result(!status && !ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC),
	       "the end of its thread switches it off");
	close(fd);
}

int main(void)
{
	uint64_t *cover;
	int fd;

	mount("none", "/sys/kernel/debug", "debugfs", 0, NULL);
	fd = kcov_open();
	result(fd >= 0, "the file is there");
	if (fd < 0) {
		printf("1..%d\n", number);
		return failed;
	}
	refused(ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC), EINVAL, "on before there is an area");
	refused(ioctl(fd, KCOV_INIT_TRACE, 1ul), EINVAL, "an area of one word");
	result(!ioctl(fd, KCOV_INIT_TRACE, (unsigned long)WORDS), "an area");
	refused(ioctl(fd, KCOV_INIT_TRACE, (unsigned long)WORDS), EBUSY, "another area");
	refused(ioctl(fd, _IO('c', 55), 0), ENOTTY, "a command that is none");
	refused(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0, EINVAL,
		"a mapping of another size");
	map_odd_size();
	cover = kcov_map(fd);
	result(cover != MAP_FAILED, "a mapping");
	refused(ioctl(fd, KCOV_ENABLE, 9), EINVAL, "an unknown kind");
	records(fd, cover);
	overflow(fd, cover);
	comparisons(fd, cover);
	close(fd);
	cover[1] = 1;
	result(cover[1] == 1, "the mapping outlives the descriptor");
	munmap(cover, WORDS * sizeof(uint64_t));
	end_with_thread();
	printf("1..%d\n", number);
	return failed;
}
