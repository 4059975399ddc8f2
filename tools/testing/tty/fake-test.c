/* SPDX-License-Identifier: MIT */
/* The port of ttyfake.ko as programs see it: carrier, flow control by lines, errors, hang-up. Says what is wrong and returns 1. */
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DTR = 0x2, RTS = 0x4, CTS = 0x20, DCD = 0x40, RING = 0x80 };

static int failures, control;

#define EXPECT(condition) do {									\
	if (!(condition)) {									\
		printf("line %d: not true: %s (errno %s)\n", __LINE__, #condition, strerror(errno));	\
		failures++;									\
	}											\
} while (0)

struct state { unsigned int out, taken, open, throttled, breaking, baud; };

static struct state state(void)
{
	struct state s = { 0 };
	char text[128] = "";

	if (read(control, text, sizeof(text) - 1) <= 0 ||
	    sscanf(text, "out %x taken %u open %u throttled %u break %u baud %u", &s.out, &s.taken,
		   &s.open, &s.throttled, &s.breaking, &s.baud) != 6)
		failures++;
	return s;
}

static void tell(const char *text)
{
	EXPECT(write(control, text, strlen(text)) == (ssize_t)strlen(text));
}

static void set(int fd, unsigned int cflag, unsigned int iflag)
{
	struct termios2 t;

	ioctl(fd, TCGETS2, &t);
	t.c_iflag = iflag;
	t.c_oflag = t.c_lflag = 0;
	t.c_cflag = B9600 | CS8 | CREAD | HUPCL | cflag;
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 20;
	EXPECT(!ioctl(fd, TCSETS2, &t));
}

/* Within ten seconds. */
#define SOON(condition) do {									\
	for (int i_ = 0; i_ < 1000 && !(condition); i_++)					\
		usleep(10000);									\
	EXPECT(condition);									\
} while (0)

/* Whether it waits in a system call, or soon does. */
static bool sleeps(pid_t pid)
{
	char path[32], text[256] = "", *state;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		failures++;
	close(fd);
	state = strrchr(text, ')');
	return state && state[2] == 'S';
}

/* The child's next word, within so many milliseconds; 0: it says none. */
static char word(int fd, int ms)
{
	char c = 0;

	return poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, ms) == 1 &&
			       read(fd, &c, 1) == 1
		       ? c
		       : 0;
}

/* Opens, then reads: tells before and behind the open. */
static int reader(int words)
{
	char c;
	int fd;

	(void)!write(words, "b", 1);
	fd = open("/dev/ttyFAKE0", O_RDWR | O_NOCTTY);
	(void)!write(words, "o", 1);
	return fd < 0 ? 1 : read(fd, &c, 1) != 0 ? 2 : 0;
}

static void carrier(int fd)
{
	int status, words[2];
	struct termios2 t;
	pid_t pid;

	set(fd, 0, 0); /* not local: it wants a carrier */
	ioctl(fd, TCGETS2, &t);
	t.c_cc[VMIN] = 1; /* nothing but a hang-up ends a read */
	t.c_cc[VTIME] = 0;
	EXPECT(!ioctl(fd, TCSETS2, &t));
	EXPECT(!pipe(words));
	pid = fork();
	if (!pid)
		_exit(reader(words[1]));
	EXPECT(word(words[0], -1) == 'b' && word(words[0], 300) == 0);
	tell("L 60"); /* there it is, with CTS: the child reads */
	EXPECT(word(words[0], -1) == 'o');
	SOON(sleeps(pid));
	tell("L 20"); /* lost: everybody is cut off */
	EXPECT(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	SOON(write(fd, "x", 1) < 0 && errno == EIO);
	SOON(!state().open);
	close(words[0]);
	close(words[1]);
}

static void flow_by_lines(int fd)
{
	char text[3000];
	unsigned int taken, left = 2 * 0xf00;
	int queued = 0;
	ssize_t n;

	memset(text, 'w', sizeof(text));
	tell("L 60");
	set(fd, CRTSCTS | CLOCAL, 0);
	EXPECT((state().out & (DTR | RTS)) == (DTR | RTS));
	tell("L 40");
	taken = state().taken;
	EXPECT(write(fd, text, sizeof(text)) == sizeof(text));
	usleep(200000);
	EXPECT(state().taken == taken);
	tell("L 60");
	SOON(state().taken == taken + sizeof(text));
	/* what the line discipline takes, and then more than three quarters of the ring */
	tell("F f00");
	SOON(!ioctl(fd, FIONREAD, &queued) && queued == 0xf00);
	tell("F f00");
	SOON(state().throttled && !(state().out & RTS));
	while (left && (n = read(fd, text, sizeof(text))) > 0)
		left -= n;
	EXPECT(!left);
	SOON(!state().throttled && state().out & RTS);
}

static void errors(int fd)
{
	struct serial_icounter_struct before, after;
	unsigned char got[8];
	ssize_t n = 1;
	size_t has = 0;

	set(fd, CLOCAL, PARMRK | INPCK);
	EXPECT(!ioctl(fd, TIOCGICOUNT, &before));
	tell("R 2 41");
	while (has < 3 &&
	       (n = read(fd, got + has, sizeof(got) - has)) > 0) /* they come one by one */
		has += n;
	EXPECT(has == 3 && got[0] == 0xff && got[1] == 0 && got[2] == 0x41);
	set(fd, CLOCAL, 0);
	tell("F 8000"); /* nobody reads: what finds no room is lost, and counted */
	EXPECT(!ioctl(fd, TIOCGICOUNT, &after));
	EXPECT(after.parity == before.parity + 1 && after.rx == before.rx + 1 + 0x8000);
	EXPECT(after.buf_overrun - before.buf_overrun > 0x4000);
	EXPECT(!ioctl(fd, TCFLSH, TCIFLUSH));
}

static void what_it_cannot(int fd)
{
	struct termios2 t;

	set(fd, CLOCAL, 0);
	ioctl(fd, TCGETS2, &t);
	t.c_cflag = (t.c_cflag & ~(CBAUD | CSIZE)) | B115200 | CS7;
	EXPECT(!ioctl(fd, TCSETS2, &t) && !ioctl(fd, TCGETS2, &t));
	EXPECT((t.c_cflag & CSIZE) == CS8 && (t.c_cflag & CBAUD) == B57600 &&
	       state().baud == 57600);
	EXPECT(!ioctl(fd, TIOCSBRK) && state().breaking);
}

static void ring(int fd)
{
	int status, words[2] = { -1, -1 };
	pid_t pid;

	EXPECT(!pipe(words));
	pid = fork();

	if (!pid) {
		(void)!write(words[1], "b", 1);
		_exit(ioctl(fd, TIOCMIWAIT, RING) != 0);
	}
	EXPECT(word(words[0], -1) == 'b');
	SOON(sleeps(pid)); /* what rings before is not waited for */
	tell("L e0");
	tell("L 60");
	EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
	close(words[0]);
	close(words[1]);
}

static int open_line(void)
{
	int fd = open("/dev/ttyFAKE0", O_RDWR | O_NOCTTY | O_NONBLOCK);

	EXPECT(fd >= 0);
	fcntl(fd, F_SETFL, 0);
	return fd;
}

int main(void)
{
	int fd;

	alarm(120); /* what a child waits for may not come */
	control = open("/dev/ttyfake", O_RDWR);
	fd = open_line();
	carrier(fd);
	close(fd);
	fd = open_line();
	flow_by_lines(fd);
	errors(fd);
	what_it_cannot(fd);
	ring(fd);
	tell("H");
	SOON(write(fd, "x", 1) < 0 && errno == EIO);
	SOON(!state().open && !state().breaking && !(state().out & (DTR | RTS)));
	close(fd);
	return failures != 0;
}
