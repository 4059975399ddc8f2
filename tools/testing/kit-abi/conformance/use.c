/* SPDX-License-Identifier: MIT */
/*
 * use FOLDER: loads the modules conform and conform_pci from there, says what they found, and checks what only a program can see: parameters, character and input
 * devices, devices that come and go. Prints "ok - ..." and "not ok - ...", and "# end" at the end. pci.ko is loaded, and nobody drives the keyboard's controller.
 */
#define _GNU_SOURCE
#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/input.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LONG_MS		20000
#define PARAMETERS	"number=-5 flag off=n small=255 large=18446744073709551615 text=one words=seven77 list=1,2,3"
#define DRIVER		"/sys/bus/platform/drivers/conform/"

static const char *folder;
static int kmsg, control; /* /dev/kmsg, /dev/conform */
static int wrong;	  /* expectations of the case that did not hold */

static bool expect(bool holds, const char *what, int line)
{
	if (!holds) {
		wrong++;
		printf("# use.c:%d: %s (%s)\n", line, what, strerrorname_np(errno));
	}
	return holds;
}

#define EXPECT(condition)	expect(condition, #condition, __LINE__)
/* A call that fails, with that errno. */
#define FAILS(error, call)	expect(({ errno = 0; (call) == -1; }) && errno == (error), #call " is " #error, __LINE__)

static void end(const char *name)
{
	printf("%sok - %s\n", wrong ? "not " : "", name);
	wrong = 0;
	fflush(stdout);
}

/* --- modules, and what they say --- */

static int load(const char *name, const char *parameters)
{
	char path[300];
	int fd, result;

	snprintf(path, sizeof(path), "%s/%s.ko", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	result = fd < 0 ? -1 : (int)syscall(SYS_finit_module, fd, parameters, 0);
	if (fd >= 0)
		close(fd);
	return result;
}

static int unload(const char *name)
{
	return (int)syscall(SYS_delete_module, name, O_NONBLOCK);
}

/* Lines of the log that are to be there once. */
static struct {
	int level;
	const char *text;
	int seen;
} lines[] = {
	{ 3, "conform: level three 3", 0 },
	{ 7, "conform: level seven", 0 },
	{ 5, "of no device", 0 },
	{ 6, "conform i8042: is bound", 0 },
};
#define NR_LINES	(int)(sizeof(lines) / sizeof(lines[0]))

static bool ends_with(const char *s, const char *end)
{
	size_t length = strlen(s), wanted = strlen(end);

	return length >= wanted && !strcmp(s + length - wanted, end);
}

/* The results among the log's new lines are printed; of the others those that have the text are counted. */
static int hear(const char *text)
{
	char record[1024], *said;
	int found = 0;
	ssize_t n;

	while ((n = read(kmsg, record, sizeof(record) - 1)) > 0) {
		record[n] = '\0';
		said = strchr(record, ';');
		if (!said)
			continue;
		*strchrnul(said, '\n') = '\0';
		found += text && strstr(said, text);
		for (int i = 0; i < NR_LINES; i++)
			lines[i].seen += (atoi(record) & 7) == lines[i].level &&
					 ends_with(said + 1, lines[i].text);
		if (!strncmp(++said, "conform", 7) && (said = strchr(said, ' ')) &&
		    (!strncmp(said, " ok - ", 6) || !strncmp(said, " not ok - ", 10) ||
		     !strncmp(said, " # ", 3)))
			printf("%s\n", said + 1);
	}
	fflush(stdout);
	return found;
}

static ssize_t put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error;
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return n;
}

static bool holds(const char *path, const char *text)
{
	char found[100] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool same = fd >= 0 && read(fd, found, sizeof(found) - 1) >= 0 && !strcmp(found, text);

	if (fd >= 0)
		close(fd);
	return same;
}

#define PARAMETER	"/sys/module/conform/parameters/"

static void parameters(void)
{
	FAILS(EINVAL, load("conform", "number=x"));
	FAILS(EINVAL, load("conform", "flag=maybe"));
	FAILS(ERANGE, load("conform", "small=256"));
	FAILS(ERANGE, load("conform", "number=2147483648"));
	FAILS(ENOSPC, load("conform", "words=eight888"));
	FAILS(EINVAL, load("conform", "list=1,2,3,4,5"));
	FAILS(ENOENT, access("/sys/module/conform", F_OK));
	end("a module with a bad parameter is not loaded");
	EXPECT(load("conform", PARAMETERS) == 0);
	hear(NULL);
	EXPECT(holds(PARAMETER "number", "-5\n") && holds(PARAMETER "untouched", "7\n"));
	EXPECT(holds(PARAMETER "flag", "Y\n") && holds(PARAMETER "text", "one\n"));
	EXPECT(holds(PARAMETER "words", "seven77\n") && holds(PARAMETER "list", "1,2,3\n"));
	EXPECT(put(PARAMETER "number", "9\n") == 2 && holds(PARAMETER "number", "9\n"));
	EXPECT(put(PARAMETER "text", "another") == 7 && holds(PARAMETER "text", "another\n"));
	FAILS(EINVAL, put(PARAMETER "number", "ten"));
	EXPECT(holds(PARAMETER "number", "9\n"));
	FAILS(ENOENT, access(PARAMETER "large", F_OK));
	end("parameters in /sys: read, written, hidden");
}

static void messages(void)
{
	for (int i = 0; i < NR_LINES; i++)
		EXPECT(lines[i].seen == 1);
	end("messages: one line each, with its level, and who says it");
}

/* --- character devices --- */

static struct conform_counts counts(void)
{
	struct conform_counts c = { 0 };

	EXPECT(ioctl(control, CONFORM_COUNTS, &c) == 0);
	return c;
}

static short events_of(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

static void commands(void)
{
	unsigned long long numbers[2] = { 40, 2 };

	EXPECT(ioctl(control, CONFORM_PLUS_ONE, 41L) == 42);
	EXPECT(ioctl(control, CONFORM_SUM, numbers) == 0 && numbers[0] == 42 && numbers[1] == 2);
	FAILS(EFAULT, ioctl(control, CONFORM_SUM, 8L));
	FAILS(ENOLINK, ioctl(control, CONFORM_FAIL, 0L));
	FAILS(ENOTTY, ioctl(control, CONFORM_UNKNOWN, 0L));
	FAILS(EINVAL, read(control, numbers, 1));
	FAILS(EINVAL, write(control, numbers, 1));
	end("ioctl: numbers, buffers in and out, errors");
}

static void nested(void)
{
	unsigned char pairs[2 * CONFORM_NESTED_MOST], both[CONFORM_NESTED_FIXED];
	const struct conform_nested whole = { (unsigned long)pairs, CONFORM_NESTED_MOST,
					      (unsigned long)both, 3, 0 };
	struct conform_nested n = whole;

	memset(pairs, 2, sizeof(pairs));
	memset(both, 5, sizeof(both));
	EXPECT(ioctl(control, CONFORM_NESTED, &n) == 0 && n.nr == 4 * CONFORM_NESTED_MOST);
	EXPECT(n.from == whole.from && n.both == whole.both);
	EXPECT(both[0] == 6 && both[2] == 6 && both[3] == 5);
	n = whole;
	n.nr = 0; /* then the address may be any */
	n.from = 8;
	EXPECT(ioctl(control, CONFORM_NESTED, &n) == 0 && n.nr == 0 && both[0] == 7);
	n = whole;
	n.nr++;
	FAILS(EINVAL, ioctl(control, CONFORM_NESTED, &n));
	n.nr = 1ull << 63;
	FAILS(EINVAL, ioctl(control, CONFORM_NESTED, &n));
	n = whole;
	n.from = 8;
	FAILS(EFAULT, ioctl(control, CONFORM_NESTED, &n));
	n = whole;
	n.both = 8;
	FAILS(EFAULT, ioctl(control, CONFORM_NESTED, &n));
	n = whole;
	n.result = -ENOLINK; /* nothing is copied out */
	FAILS(ENOLINK, ioctl(control, CONFORM_NESTED, &n));
	EXPECT(n.nr == CONFORM_NESTED_MOST && both[0] == 7);
	n = whole;
	n.result = 42;
	EXPECT(ioctl(control, CONFORM_NESTED, &n) == 42 && both[0] == 8);
	end("ioctl: nested buffers in, out, of fixed and of given length");
}

static void *show(int fd, off_t offset, int prot, int flags) { return mmap(NULL, 4096, prot, flags, fd, offset); }

static void maps(void)
{
	int fd = open("/dev/conform-map", O_RDWR | O_CLOEXEC);
	volatile unsigned int *shared = show(fd, CONFORM_MAP_BUFFER, PROT_READ | PROT_WRITE,
					     MAP_SHARED),
			      *own, *last;

	if (!EXPECT(fd >= 0 && shared != MAP_FAILED))
		return end("mmap of a buffer");
	own = show(fd, CONFORM_MAP_READ_ONLY, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	last = show(fd, CONFORM_MAP_READ_ONLY + CONFORM_MAP_SIZE - 4096, PROT_READ, MAP_SHARED);
	EXPECT(shared[0] == CONFORM_MAP_WORD && own[0] == CONFORM_MAP_WORD && last[0] == 0);
	own[0] = 1;
	shared[1] = 2;
	EXPECT(shared[0] == CONFORM_MAP_WORD && own[0] == 1);
	FAILS(EACCES,
	      show(fd, CONFORM_MAP_READ_ONLY, PROT_READ | PROT_WRITE, MAP_SHARED) == MAP_FAILED
		      ? -1
		      : 0);
	FAILS(EACCES, mprotect((void *)last, 4096, PROT_READ | PROT_WRITE));
	FAILS(EPERM, show(fd, CONFORM_MAP_BUFFER, PROT_READ | PROT_EXEC, MAP_SHARED) == MAP_FAILED
			     ? -1
			     : 0);
	FAILS(EACCES, mprotect((void *)shared, 4096, PROT_READ | PROT_EXEC));
	FAILS(EFAULT, mremap((void *)shared, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
	FAILS(ENXIO,
	      show(fd, CONFORM_MAP_BUFFER + CONFORM_MAP_SIZE, PROT_READ, MAP_SHARED) == MAP_FAILED
		      ? -1
		      : 0);
	FAILS(EINVAL, show(fd, CONFORM_MAP_NONE, PROT_READ, MAP_SHARED) == MAP_FAILED ? -1 : 0);
	FAILS(ENXIO, show(fd, CONFORM_MAP_RANGE, PROT_READ, MAP_SHARED) == MAP_FAILED ? -1 : 0);
	FAILS(EDOM, show(fd, CONFORM_MAP_OWN, PROT_READ, MAP_SHARED) == MAP_FAILED ? -1 : 0);
	FAILS(ENODEV, show(control, 0, PROT_READ, MAP_SHARED) == MAP_FAILED ? -1 : 0);
	close(fd);
	EXPECT(shared[1] == 2);
	FAILS(EWOULDBLOCK, unload("conform"));
	munmap((void *)shared, 4096);
	munmap((void *)own, 4096);
	munmap((void *)last, 4096);
	end("mmap: a buffer, shared and private, its rights and ends; a mapping holds the module");
}

static sigjmp_buf out_of_it;
static void on_bus(int signal) { siglongjmp(out_of_it, signal); }

/* True: touching it is SIGBUS. */
static bool is_gone(const volatile unsigned int *p)
{
	struct sigaction action = { .sa_handler = on_bus }, before;
	bool gone = true;

	sigaction(SIGBUS, &action, &before);
	if (!sigsetjmp(out_of_it, 1)) {
		(void)p[0];
		gone = false;
	}
	sigaction(SIGBUS, &before, NULL);
	return gone;
}

/* name: the device's in /sys. It goes while its registers and its buffer are seen. */
static void maps_of_pci(const char *unbind, const char *name)
{
	int fd = open("/dev/conform-pci", O_RDWR | O_CLOEXEC);
	volatile unsigned int *registers = show(fd, CONFORM_PCI_REGISTERS, PROT_READ | PROT_WRITE,
						MAP_SHARED),
			      *buffer = show(fd, CONFORM_PCI_BUFFER, PROT_READ, MAP_SHARED),
			      *combines = show(fd, CONFORM_PCI_COMBINES, PROT_READ, MAP_SHARED);

	if (!EXPECT(fd >= 0 && registers != MAP_FAILED && buffer != MAP_FAILED &&
		    combines != MAP_FAILED))
		return;
	EXPECT(registers[0] == 0x010000ed && combines[0] == 0x010000ed &&
	       buffer[0] == CONFORM_MAP_WORD);
	registers[1] = 5;
	EXPECT(registers[1] == ~5u);
	FAILS(EINVAL,
	      show(fd, CONFORM_PCI_REGISTERS, PROT_READ | PROT_WRITE, MAP_PRIVATE) == MAP_FAILED
		      ? -1
		      : 0);
	FAILS(EACCES, mprotect((void *)combines, 4096, PROT_READ | PROT_WRITE));
	FAILS(ENXIO, show(fd, CONFORM_PCI_NONE, PROT_READ, MAP_SHARED) == MAP_FAILED ? -1 : 0);
	FAILS(EINVAL, show(fd, CONFORM_PCI_PART, PROT_READ, MAP_SHARED) == MAP_FAILED ? -1 : 0);
	EXPECT(put(unbind, name) == (ssize_t)strlen(name));
	EXPECT(is_gone(registers) && is_gone(buffer) && is_gone(combines));
	FAILS(ENODEV, show(fd, CONFORM_PCI_BUFFER, PROT_READ, MAP_SHARED) == MAP_FAILED ? -1 : 0);
	munmap((void *)registers, 4096);
	munmap((void *)buffer, 4096);
	munmap((void *)combines, 4096);
	close(fd);
	end("mmap: registers and a DMA buffer, which go with the device");
}

static void bare(void)
{
	int fd = open("/dev/conform-bare", O_RDWR);
	struct stat st;

	EXPECT(events_of(fd) == (POLLIN | POLLOUT));
	FAILS(EINVAL, read(fd, &st, 1));
	FAILS(EINVAL, write(fd, &st, 1));
	FAILS(ENOTTY, ioctl(fd, CONFORM_PLUS_ONE, 1L));
	EXPECT(stat("/dev/conform-dir/below", &st) == 0 && S_ISCHR(st.st_mode) &&
	       (st.st_mode & 0777) == 0640);
	EXPECT(access("/sys/class/misc/conform-bare", F_OK) == 0);
	FAILS(ENOENT, access("/dev/conform-x", F_OK));
	FAILS(EAGAIN, unload("conform"));
	close(fd);
	end("a device without operations; nodes; open files hold the module");
}

static void place(void)
{
	int fd = open("/dev/conform-place", O_RDWR);
	char text[16] = "";

	FAILS(EBUSY, open("/dev/conform-place", O_RDONLY));
	EXPECT(pwrite(fd, "there", 5, 10) == 5 && pread(fd, text, 5, 10) == 5 &&
	       !memcmp(text, "there", 5));
	EXPECT(lseek(fd, 12, SEEK_SET) == 12 && read(fd, text, 2) == 2 && !memcmp(text, "er", 2));
	EXPECT(lseek(fd, 0, SEEK_CUR) == 14);
	EXPECT(pwrite(fd, "0123456789", 10, CONFORM_PLACE - 4) == 4);
	EXPECT(pread(fd, text, 9, CONFORM_PLACE - 4) == 4 &&
	       pread(fd, text, 9, CONFORM_PLACE) == 0);
	FAILS(ENOSPC, pwrite(fd, "x", 1, CONFORM_PLACE));
	close(fd);
	fd = open("/dev/conform-place", O_RDONLY);
	EXPECT(fd >= 0);
	close(fd);
	end("CHAR_SEEKABLE: positions; CHAR_EXCLUSIVE: one file at a time");
}

/* A call in a process of its own, which waits; ends with the result, at most 100, or 100 more than the errno. */
static pid_t in_child(ssize_t (*call)(int fd), int fd)
{
	pid_t child = fork();

	if (!child) {
		ssize_t n = call(fd);

		_exit(n < 0 ? 100 + errno : (int)n);
	}
	return child;
}

static int result_of(pid_t child)
{
	int status = 0;

	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Until the child sleeps; nothing of what it does before its call waits. */
static bool is_asleep(pid_t child)
{
	char path[32], text[256];

	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	for (int ms = 0; ms < LONG_MS; ms++, usleep(1000)) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
		const char *state;

		if (fd >= 0)
			close(fd);
		text[n > 0 ? n : 0] = '\0';
		state = strrchr(text, ')');
		if (state && !strncmp(state, ") S", 3))
			return true;
	}
	return false;
}

static ssize_t read_five(int fd)
{
	char text[5];

	return read(fd, text, sizeof(text));
}

static ssize_t write_eight(int fd) { return write(fd, "eightbyt", 8); }

static ssize_t poll_in(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, LONG_MS) == 1 ? p.revents : 0;
}

static ssize_t ask_interrupted(int fd) { return ioctl(fd, CONFORM_INTERRUPTED, 0L); }

/* Until the driver was asked, or the child is through; false when neither comes. */
static bool is_asked(unsigned int (*asked)(void))
{
	for (int ms = 0; ms < LONG_MS; ms++, usleep(1000))
		if (asked())
			return true;
	return false;
}

static unsigned int reads(void) { return counts().reads; }
static unsigned int last_reads(void)
{
	struct conform_counts c = counts();

	EXPECT(c.reads == c.last_reads);
	return c.reads;
}
static unsigned int polls(void) { return counts().polls; }

static void waiting(void)
{
	int fd = open("/dev/conform-stream", O_RDWR),
	    quick = open("/dev/conform-stream", O_RDWR | O_NONBLOCK);
	char text[16];
	pid_t child;

	FAILS(EAGAIN, read(quick, text, 1));
	FAILS(ESPIPE, lseek(fd, 0, SEEK_CUR));
	EXPECT(events_of(quick) == POLLOUT);
	counts();
	child = in_child(read_five, fd);
	EXPECT(is_asked(reads));
	EXPECT(write(quick, "five!", 5) == 5);
	EXPECT(result_of(child) == 5);
	child = in_child(poll_in, fd);
	EXPECT(is_asked(polls));
	EXPECT(write(quick, "some", 4) == 4);
	EXPECT(result_of(child) == POLLIN);
	EXPECT(events_of(quick) == (POLLIN | POLLOUT));
	EXPECT(write(quick, "12345678", 8) == 4);
	FAILS(EAGAIN, write(quick, "x", 1));
	EXPECT(events_of(quick) == POLLIN);
	child = in_child(write_eight, fd); /* waits for room, and takes what there is */
	EXPECT(is_asleep(child));
	EXPECT(read(quick, text, 16) == 8 && !memcmp(text, "some1234", 8));
	EXPECT(result_of(child) == 8);
	EXPECT(read(quick, text, 3) == 3 && read(quick, text + 3, 13) == 5 &&
	       !memcmp(text, "eightbyt", 8));
	close(quick);
	close(fd);
	end("-EAGAIN: the core waits, or says so; poll");
}

static void ready(void)
{
	int first, last;
	struct conform_counts c;
	pid_t children[2];

	counts();
	first = open("/dev/conform-stream", O_RDWR);
	last = open("/dev/conform-stream", O_RDWR);
	FAILS(EXDEV, open("/dev/conform-stream", O_WRONLY)); /* what its open says */
	children[0] = in_child(read_five, first);
	EXPECT(is_asked(reads));
	children[1] = in_child(read_five, last);
	EXPECT(is_asked(reads));
	EXPECT(is_asleep(children[0]) && is_asleep(children[1]));
	counts();
	EXPECT(ioctl(control, CONFORM_READY_LAST, 0L) == 0);
	EXPECT(is_asked(last_reads));
	EXPECT(is_asleep(children[1]));
	EXPECT(counts().reads == 0); /* and not the other one */
	EXPECT(ioctl(control, CONFORM_READY, 0L) == 0);
	c = counts();
	for (int ms = 0; ms < LONG_MS && c.reads < 2; ms++, usleep(1000))
		c.reads += counts().reads;
	EXPECT(c.reads == 2);
	kill(children[0], SIGKILL); /* a signal ends the wait */
	kill(children[1], SIGKILL);
	EXPECT(result_of(children[0]) == -1 && result_of(children[1]) == -1);
	counts();
	close(first);
	EXPECT(counts().closes == 1);
	close(last);
	c = counts();
	EXPECT(c.closes == 1 && c.opens == 0);
	end("char_file_ready: one file; char_ready: all; open refuses; close once");
}

struct reader {
	int fd;
	size_t length;
};

static void *read_meet(void *arg)
{
	struct reader *r = arg;
	char text[4];

	EXPECT(read(r->fd, text, r->length) == (ssize_t)r->length);
	return NULL;
}

static struct conform_counts two_readers(int a, int b, size_t length)
{
	struct reader readers[2] = { { a, length }, { b, length } };
	pthread_t threads[2];

	counts();
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, read_meet, &readers[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return counts();
}

static void meeting(void)
{
	int a = open("/dev/conform-meet", O_RDWR), b = open("/dev/conform-meet", O_RDWR);
	struct conform_counts c = two_readers(a, a, CONFORM_ALONE);

	EXPECT(c.one_file == 1 && c.most == 1);
	c = two_readers(a, b, CONFORM_BESIDE);
	EXPECT(c.one_file == 1 && c.most == 2);
	close(a);
	close(b);
	end("calls for one file are serialised, those for different files run in parallel");
}

static void nothing(int signal)
{
}

static ssize_t interrupted(int fd)
{
	struct sigaction action = { .sa_handler = nothing };
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	return ask_interrupted(fd);
}

static void interrupt(void)
{
	EXPECT(result_of(in_child(interrupted, control)) == 100 + EINTR);
	end("mutex_lock_interruptible: -EINTR when a signal comes");
}

/* --- input --- */

static int open_input(void)
{
	glob_t found;
	int fd = -1;

	if (!glob("/dev/input/event*", 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc && fd < 0; i++) {
			char name[64] = "";

			fd = open(found.gl_pathv[i], O_RDWR | O_NONBLOCK | O_CLOEXEC);
			if (fd >= 0 && (ioctl(fd, EVIOCGNAME(sizeof(name)), name) < 0 ||
					strcmp(name, "conform input"))) {
				close(fd);
				fd = -1;
			}
		}
	globfree(&found);
	return fd;
}

static bool comes(int fd, int type, int code, int value)
{
	struct input_event e;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, LONG_MS) == 1 && read(fd, &e, sizeof(e)) == sizeof(e) &&
	       e.type == type && e.code == code && e.value == value;
}

static void input(int fd)
{
	struct input_event led = { .type = EV_LED, .code = LED_CAPSL, .value = 1 }, e;
	unsigned int slow[2] = { 3600000, 5 }, quick[2] = { 10, 5 };
	struct input_id id = { 0 };
	bool is_repeated = false;

	EXPECT(ioctl(fd, EVIOCGID, &id) == 0 && id.bustype == 0x11 && id.vendor == 1 &&
	       id.product == 2 && id.version == 3);
	EXPECT(ioctl(fd, EVIOCSREP, slow) == 0);
	EXPECT(ioctl(control, CONFORM_INPUT, 0L) == 0);
	FAILS(EAGAIN, read(fd, &e, sizeof(e))); /* the report is not at its end */
	EXPECT(ioctl(control, CONFORM_INPUT, 1L) == 0);
	EXPECT(comes(fd, EV_KEY, KEY_A, 1) && comes(fd, EV_REL, REL_X, -3) &&
	       comes(fd, EV_SYN, SYN_REPORT, 0));
	FAILS(EAGAIN, read(fd, &e, sizeof(e)));
	EXPECT(ioctl(control, CONFORM_INPUT, 2L) == 0);
	EXPECT(comes(fd, EV_KEY, KEY_A, 0) && comes(fd, EV_SYN, SYN_REPORT, 0));
	FAILS(EAGAIN, read(fd, &e, sizeof(e)));
	EXPECT(write(fd, &led, sizeof(led)) == sizeof(led));
	EXPECT(ioctl(control, CONFORM_INPUT, 9L) == 1);
	EXPECT(comes(fd, EV_LED, LED_CAPSL, 1) && comes(fd, EV_SYN, SYN_REPORT, 0));
	EXPECT(ioctl(fd, EVIOCSREP, quick) == 0);
	EXPECT(ioctl(control, CONFORM_INPUT, 3L) == 0);
	EXPECT(comes(fd, EV_KEY, KEY_B, 1));
	for (int i = 0; i < 3 && !is_repeated; i++) /* it is held */
		is_repeated = comes(fd, EV_KEY, KEY_B, 2);
	EXPECT(is_repeated);
	end("input: reports whole and in order, without what is no change; a program's events; autorepeat");
}

/* --- devices that go --- */

static void unbind(int input_fd)
{
	int fd = open("/dev/conform-device", O_RDWR);
	struct input_event e;
	pid_t child = in_child(read_five, fd);
	char text[4];

	EXPECT(is_asleep(child));
	EXPECT(put(DRIVER "unbind", "i8042") == 5);
	EXPECT(result_of(child) == 100 + ENODEV); /* who waits is told */
	FAILS(ENODEV, read(fd, text, 1));
	FAILS(ENODEV, write(fd, text, 1));
	FAILS(ENODEV, ioctl(fd, 1, 0L));
	FAILS(ENOENT, access("/dev/conform-device", F_OK));
	close(fd);
	while (read(input_fd, &e, sizeof(e)) > 0)
		;
	EXPECT(errno == ENODEV);
	close(input_fd);
	EXPECT(open_input() == -1);
	EXPECT(ioctl(control, CONFORM_UNBOUND, 0L) == 0);
	hear(NULL);
	end("what belongs to a device goes with it: programs get ENODEV");
	EXPECT(put(DRIVER "bind", "i8042") == 5);
	hear(NULL);
	input_fd = open_input();
	EXPECT(input_fd >= 0);
	close(input_fd);
	end("the device comes back");
}

static void pci(void)
{
	static const char driver[] = "/sys/bus/pci/drivers/conform_pci/";
	char path[300], vendor[300], name[64] = "";
	glob_t found;

	EXPECT(load("conform_pci", "") == 0);
	hear(NULL);
	snprintf(path, sizeof(path), "%s0000*", driver);
	if (EXPECT(!glob(path, 0, NULL, &found) && found.gl_pathc == 2)) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			snprintf(name, sizeof(name), "%s", strrchr(found.gl_pathv[i], '/') + 1);
			snprintf(path, sizeof(path), "%sunbind", driver);
			snprintf(vendor, sizeof(vendor), "/sys/bus/pci/devices/%s/vendor", name);
			if (holds(vendor, "0x1234\n"))
				maps_of_pci(path, name);
			else
				EXPECT(put(path, name) == (ssize_t)strlen(name));
			snprintf(path, sizeof(path), "%sbind", driver);
			EXPECT(put(path, name) == (ssize_t)strlen(name));
			snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset", name);
			if (!access(path, F_OK))
				EXPECT(put(path, "1") == 1);
		}
	}
	EXPECT(unload("conform_pci") == 0);
	hear(NULL);
	end("the PCI driver comes and goes");
}

int main(int argc, char **argv)
{
	int input_fd;

	folder = argv[1];
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	lseek(kmsg, 0, SEEK_END);
	parameters();
	messages();
	control = open("/dev/conform", O_RDWR | O_CLOEXEC);
	if (control < 0) {
		printf("not ok - /dev/conform: %s\n", strerrorname_np(errno));
		return 1;
	}
	commands();
	nested();
	maps();
	bare();
	place();
	waiting();
	ready();
	meeting();
	interrupt();
	input_fd = open_input();
	EXPECT(input_fd >= 0);
	input(input_fd);
	unbind(input_fd);
	close(control);
	EXPECT(unload("conform") == 0);
	EXPECT(hear("left behind") == 0);
	FAILS(ENOENT, access("/dev/conform", F_OK));
	FAILS(ENOENT, access(DRIVER, F_OK));
	end("the module goes, with all that was its");
	pci();
	puts("# end");
	return 0;
}
