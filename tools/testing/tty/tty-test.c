/* SPDX-License-Identifier: MIT */
/*
 * A serial line as programs see it: settings, bytes both ways, breaks, flow control, modem lines, hang-up. The other end is peer.py.
 *
 *	tty-test LINE ECHO		the tests: LINE has the peer that takes orders, ECHO one that sends back what it gets
 *	tty-test load PORT FILE		writes and reads until FILE exists or the port is cut off
 */
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef TIOCM_OUT2
#define TIOCM_OUT2	0x4000
#endif
#ifndef TIOCM_LOOP
#define TIOCM_LOOP	0x8000
#endif

static int failures, number, line_fd, echo_fd;
static char reason[256];

#define EXPECT(condition) do {								\
	if (!(condition)) {								\
		snprintf(reason, sizeof(reason), "line %d: %s (errno %s)", __LINE__, #condition, strerror(errno));	\
		return false;								\
	}										\
} while (0)

static void report(bool ok, const char *name)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++number, name);
	if (!ok)
		printf("# %s\n", reason);
	fflush(stdout);
	failures += !ok;
}

/* ---- Helpers ---- */

static struct termios2 get(int fd)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t))
		memset(&t, 0, sizeof(t));
	return t;
}

static bool set(int fd, const struct termios2 *t)
{
	return !ioctl(fd, TCSETSW2, t);
}

/* Bytes as they are; at once, or after VTIME tenths of a second. */
static bool raw(int fd)
{
	struct termios2 t = get(fd);

	t.c_iflag = t.c_oflag = t.c_lflag = 0;
	t.c_cflag = B115200 | CS8 | CREAD | CLOCAL | HUPCL;
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 100;
	return set(fd, &t) && !ioctl(fd, TCFLSH, TCIOFLUSH);
}

static bool put(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n) {
		ssize_t done = write(fd, p, n);

		if (done <= 0)
			return false;
		p += done;
		n -= done;
	}
	return true;
}

static size_t take(int fd, void *data, size_t n)
{
	size_t got = 0;
	ssize_t done;

	while (got < n && (done = read(fd, (char *)data + got, n - got)) > 0)
		got += done;
	return got;
}

static size_t take_line(char *text, size_t size)
{
	size_t n = 0;

	while (n + 1 < size && take(line_fd, text + n, 1) == 1)
		if (text[n++] == '\n')
			break;
	text[n] = 0;
	return n;
}

static bool order(const char *text)
{
	return put(line_fd, text, strlen(text));
}

static unsigned int crc32(const unsigned char *p, size_t n)
{
	unsigned int crc = ~0u;

	while (n--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static int lines(void)
{
	int bits = 0;

	return ioctl(line_fd, TIOCMGET, &bits) ? -1 : bits;
}

static struct serial_icounter_struct counts(void)
{
	struct serial_icounter_struct c = { 0 };

	ioctl(line_fd, TIOCGICOUNT, &c);
	return c;
}

/* ---- Tests ---- */

static bool starts_as_9600_8n1(void)
{
	struct termios2 t = get(line_fd);

	EXPECT(t.c_cflag == (B9600 | CS8 | CREAD | HUPCL | CLOCAL));
	EXPECT(t.c_ispeed == 9600 && t.c_ospeed == 9600);
	return true;
}

static bool keeps_speeds(void)
{
	static const struct {
		unsigned int code, rate;
	} speeds[] = {
		{ B50, 50 },	   { B300, 300 },     { B1200, 1200 },	   { B9600, 9600 },
		{ B38400, 38400 }, { B57600, 57600 }, { B115200, 115200 },
	};
	struct termios2 t = get(line_fd), now;

	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
		t.c_cflag = (t.c_cflag & ~CBAUD) | speeds[i].code;
		EXPECT(set(line_fd, &t));
		now = get(line_fd);
		EXPECT((now.c_cflag & CBAUD) == speeds[i].code && now.c_ospeed == speeds[i].rate);
	}
	t.c_cflag = (t.c_cflag & ~CBAUD) | BOTHER;
	t.c_ospeed = t.c_ispeed = 28800;
	EXPECT(set(line_fd, &t));
	EXPECT(get(line_fd).c_ospeed == 28800);
	return true;
}

static bool refuses_what_it_cannot(void)
{
	struct termios2 t = get(line_fd);

	t.c_cflag = (t.c_cflag & ~CBAUD) | B115200;
	EXPECT(set(line_fd, &t));
	t.c_cflag = (t.c_cflag & ~CBAUD) | B4000000;
	EXPECT(set(line_fd, &t));
	EXPECT(get(line_fd).c_ospeed == 115200);
	return true;
}

static bool keeps_formats(void)
{
	static const unsigned int formats[] = {
		CS7 | PARENB,	       CS7 | PARENB | PARODD, CS8 | CSTOPB,  CS5,
		CS6 | PARENB | CSTOPB, CS8 | PARENB | CMSPAR, CS8 | CRTSCTS, CS8,
	};
	struct termios2 t = get(line_fd);

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		t.c_cflag = B115200 | CREAD | CLOCAL | HUPCL | formats[i];
		EXPECT(set(line_fd, &t));
		EXPECT(get(line_fd).c_cflag == t.c_cflag);
	}
	return true;
}

static bool sends(void)
{
	enum { SIZE = 60000 };
	static unsigned char data[SIZE];
	char answer[32];

	for (size_t i = 0; i < SIZE; i++)
		data[i] = i * 13 + (i >> 7);
	EXPECT(raw(line_fd));
	EXPECT(order("CRC 60000\n"));
	EXPECT(put(line_fd, data, SIZE));
	EXPECT(take_line(answer, sizeof(answer)) == 9);
	EXPECT(strtoul(answer, NULL, 16) == crc32(data, SIZE));
	return true;
}

static bool receives(void)
{
	unsigned char data[1024];

	EXPECT(raw(line_fd));
	for (int round = 0; round < 40; round++) {
		EXPECT(order("SEND 1024\n"));
		EXPECT(take(line_fd, data, sizeof(data)) == sizeof(data));
		for (size_t i = 0; i < sizeof(data); i++)
			EXPECT(data[i] == (unsigned char)(i * 7 + (i >> 8)));
	}
	return true;
}

static bool counts_bytes(void)
{
	struct serial_icounter_struct before = counts(), after;
	unsigned char data[1024];

	EXPECT(order("SEND 1024\n"));
	EXPECT(take(line_fd, data, sizeof(data)) == sizeof(data));
	after = counts();
	EXPECT(after.rx - before.rx == 1024 && after.tx - before.tx == 10);
	EXPECT(!(after.frame | after.parity | after.overrun | after.buf_overrun));
	return true;
}

static bool both_ports_at_once(void)
{
	char text[256], back[256], block[64];
	unsigned char data[1024];

	memset(text, 'e', sizeof(text));
	EXPECT(raw(echo_fd));
	for (int round = 0; round < 20; round++) {
		EXPECT(order("SEND 1024\n"));
		for (size_t i = 0; i < sizeof(text); i += sizeof(block))
			EXPECT(put(echo_fd, text + i, sizeof(block)));
		EXPECT(take(line_fd, data, sizeof(data)) == sizeof(data));
		EXPECT(take(echo_fd, back, sizeof(back)) == sizeof(back) &&
		       !memcmp(text, back, sizeof(back)));
	}
	return true;
}

static bool canonical_lines(void)
{
	struct termios2 t = get(echo_fd);
	char text[64];
	int n;

	t.c_iflag = ICRNL;
	t.c_oflag = 0;
	t.c_lflag = ICANON;
	EXPECT(set(echo_fd, &t));
	EXPECT(put(echo_fd, "one\rtw", 6));
	n = read(echo_fd, text, sizeof(text));
	EXPECT(n == 4 && !memcmp(text, "one\n", 4));
	EXPECT(put(echo_fd, "o\r", 2));
	n = read(echo_fd, text, sizeof(text));
	EXPECT(n == 4 && !memcmp(text, "two\n", 4));
	return true;
}

static bool marks_a_break(void)
{
	struct termios2 t;
	unsigned char data[3];
	int before = counts().brk;

	EXPECT(raw(line_fd));
	t = get(line_fd);
	t.c_iflag = PARMRK;
	EXPECT(set(line_fd, &t));
	EXPECT(order("BREAK\n"));
	EXPECT(take(line_fd, data, 3) == 3);
	EXPECT(data[0] == 0xff && data[1] == 0 && data[2] == 0);
	EXPECT(counts().brk == before + 1);
	return true;
}

static bool drains(void)
{
	char text[1000];
	int queued = -1;

	memset(text, '\n', sizeof(text));
	EXPECT(raw(echo_fd));
	EXPECT(put(echo_fd, text, sizeof(text)));
	EXPECT(!ioctl(echo_fd, TCSBRK, 1));
	EXPECT(!ioctl(echo_fd, TIOCOUTQ, &queued) && queued == 0);
	EXPECT(take(echo_fd, text, sizeof(text)) == sizeof(text));
	return true;
}

static bool sends_a_break(void)
{
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	EXPECT(!ioctl(echo_fd, TCSBRK, 0));
	clock_gettime(CLOCK_MONOTONIC, &to);
	EXPECT((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 >= 240);
	return true;
}

static bool is_stopped_by_xoff(void)
{
	char text[32], data[2000], c = 0;
	struct termios2 t;
	int early = -1, total = -1;

	EXPECT(raw(line_fd));
	t = get(line_fd);
	t.c_iflag = IXON;
	EXPECT(set(line_fd, &t));
	memset(data, 'f', sizeof(data));
	EXPECT(order("FLOW 2000\n"));
	EXPECT(take(line_fd, &c, 1) == 1 &&
	       c == '!'); /* it came behind XOFF: what is written now stays here */
	EXPECT(put(line_fd, data, sizeof(data)));
	EXPECT(take_line(text, sizeof(text)) && sscanf(text, "%d %d", &early, &total) == 2);
	EXPECT(early == 0 && total == 2000);
	return true;
}

enum { PIECE = 64, MOST = 60000, READ_BUFFER = 4095 };

static struct {
	unsigned int tx, rx;		/* before it */
	unsigned int nr_asked, nr_read; /* pieces, bytes */
} fill;

static bool xoff_is_out(void)
{
	return (unsigned int)counts().tx - fill.tx == fill.nr_asked + 1;
}

static bool piece_has_come(void)
{
	return (unsigned int)counts().rx - fill.rx == fill.nr_asked * PIECE;
}

/* As much of it as the read buffer takes. */
static bool piece_was_looked_at(void)
{
	unsigned int left = fill.nr_asked * PIECE - fill.nr_read;
	int level = -1;

	return !ioctl(line_fd, FIONREAD, &level) &&
	       (unsigned int)level == (left < READ_BUFFER ? left : READ_BUFFER);
}

/* Or XOFF is out. */
static bool wait_until(bool (*condition)(void))
{
	for (int i = 0; i < 60000; i++) {
		if (condition() || xoff_is_out())
			return true;
		usleep(1000);
	}
	return false;
}

/* Where the read buffer is full, a byte that is read makes the tty look at the rest. */
static bool ask_for_piece(void)
{
	char c;

	fill.nr_asked++;
	EXPECT(order("."));
	EXPECT(wait_until(piece_has_come));
	if (!xoff_is_out() && fill.nr_asked * PIECE - fill.nr_read > READ_BUFFER) {
		EXPECT(take(line_fd, &c, 1) == 1 && c == 'x');
		fill.nr_read++;
	}
	EXPECT(wait_until(piece_was_looked_at));
	return true;
}

/*
 * A piece is asked for when the one before has been looked at: so the sender is never further ahead than there is room for behind XOFF, however
 * slow a CPU is. XOFF shows in the bytes that were sent: it is the one that asked for nothing. What is asked for behind it does not come.
 */
static bool stops_the_other_side(void)
{
	struct termios2 t;
	char c = 0, text[32];
	unsigned int told = 0;

	EXPECT(raw(line_fd));
	t = get(line_fd);
	t.c_iflag = IXOFF;
	EXPECT(set(line_fd, &t));
	EXPECT(order("FILL\n") && !ioctl(line_fd, TCSBRK, 1));
	fill.tx = counts().tx;
	fill.rx = counts().rx;
	while (!xoff_is_out()) {
		EXPECT(fill.nr_asked * PIECE < MOST);
		if (!ask_for_piece())
			return false;
	}
	while (take(line_fd, &c, 1) == 1 && c == 'x')
		fill.nr_read++;
	text[0] = c;
	EXPECT(take_line(text + 1, sizeof(text) - 1) && sscanf(text, "SENT %u", &told) == 1);
	EXPECT(told == fill.nr_read && told >= (fill.nr_asked - 1) * PIECE);
	return true;
}

static bool has_modem_lines(void)
{
	int dtr = TIOCM_DTR, loop = TIOCM_LOOP;

	EXPECT(raw(line_fd));
	EXPECT((lines() & ~TIOCM_OUT2) ==
	       (TIOCM_DTR | TIOCM_RTS | TIOCM_CAR | TIOCM_CTS | TIOCM_DSR));
	EXPECT(!ioctl(line_fd, TIOCMBIC, &dtr));
	EXPECT(!(lines() & TIOCM_DTR));
	EXPECT(!ioctl(line_fd, TIOCMBIS, &loop));
	EXPECT(lines() & TIOCM_LOOP && !(lines() & TIOCM_DSR) && lines() & TIOCM_CTS);
	EXPECT(!ioctl(line_fd, TIOCMBIS, &dtr));
	EXPECT(lines() & TIOCM_DSR);
	EXPECT(!ioctl(line_fd, TIOCMBIC, &loop));
	return true;
}

static bool speed_0_lowers_them(void)
{
	struct termios2 t = get(line_fd);

	t.c_cflag &= ~CBAUD;
	EXPECT(set(line_fd, &t));
	EXPECT(!(lines() & (TIOCM_DTR | TIOCM_RTS)));
	t.c_cflag |= B115200;
	EXPECT(set(line_fd, &t));
	EXPECT((lines() & (TIOCM_DTR | TIOCM_RTS)) == (TIOCM_DTR | TIOCM_RTS));
	return true;
}

static volatile sig_atomic_t hung_up;

static void on_hangup(int signal)
{
	hung_up = 1;
}

/* In a session of its own whose terminal is the line: a hang-up by root cuts it off. 0: as it should be. */
static int session(const char *path)
{
	char c;
	int fd, other;

	signal(SIGHUP, on_hangup);
	if (setsid() < 0)
		return 1;
	fd = open(path, O_RDWR);
	other = open(path, O_RDWR | O_NOCTTY);
	if (fd < 0 || other < 0 || ioctl(other, TIOCSCTTY, 0))
		return 2;
	if (ioctl(other, TIOCVHANGUP))
		return 3;
	if (!hung_up)
		return 4;
	if (read(fd, &c, 1) != 0 || write(fd, "x", 1) >= 0 || errno != EIO)
		return 5;
	if (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0) != 1)
		return 6;
	return open("/dev/tty", O_RDWR) >= 0 ? 7 : 0;
}

static bool hangs_up(const char *path)
{
	unsigned int cflag = get(echo_fd).c_cflag;
	int status, fd;
	pid_t pid;

	close(echo_fd);
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(session(path));
	waitpid(pid, &status, 0);
	errno = WEXITSTATUS(status);
	EXPECT(WIFEXITED(status) && !WEXITSTATUS(status));
	fd = echo_fd = open(path, O_RDWR | O_NOCTTY);
	EXPECT(fd >= 0 && get(fd).c_cflag == cflag); /* a serial line keeps its settings */
	return true;
}

static bool alone(const char *path)
{
	int fd;

	EXPECT(!ioctl(echo_fd, TIOCEXCL));
	fflush(stdout);
	if (!fork()) {
		if (setuid(1000))
			_exit(1);
		fd = open(path, O_RDWR | O_NOCTTY);
		_exit(fd >= 0 || (errno != EBUSY && errno != EACCES));
	}
	EXPECT(wait(&fd) > 0 && fd == 0);
	EXPECT(!ioctl(echo_fd, TIOCNXCL));
	return true;
}

/* ---- Load ---- */

enum { LOAD_BLOCK = 512, LOAD_AHEAD = 2048 };

/*
 * Says when the first bytes are back. No more are on their way than find room here: the next who opens the port gets what this one has left, and
 * behind it, what he has sent himself.
 */
static int load(const char *path, const char *stop)
{
	char data[LOAD_BLOCK], back[LOAD_BLOCK];
	int fd = open(path, O_RDWR | O_NOCTTY), cut = 0;
	size_t ahead = 0;
	bool up = false;
	ssize_t n;

	if (fd < 0 || !raw(fd))
		return 1;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	memset(data, 'l', sizeof(data));
	while (access(stop, F_OK) && !cut) {
		bool may_write = ahead + sizeof(data) <= LOAD_AHEAD;
		struct pollfd p = { .fd = fd, .events = may_write ? POLLIN | POLLOUT : POLLIN };

		poll(&p, 1, 100);
		if (p.revents & (POLLHUP | POLLERR))
			cut = 1;
		n = may_write ? write(fd, data, sizeof(data)) : 0;
		if (n > 0)
			ahead += n;
		else if (n < 0 && errno != EAGAIN)
			cut = 1;
		n = read(fd, back, sizeof(back));
		if (n > 0)
			ahead -= (size_t)n < ahead ? (size_t)n : ahead;
		if (n > 0 && !up) {
			printf("up\n");
			fflush(stdout);
			up = true;
		}
	}
	printf("%s\n", cut ? "cut off" : "stopped");
	return 0;
}

#define RUN(test)	report(test(), #test)

int main(int argc, char **argv)
{
	if (argc == 4)
		return load(argv[2], argv[3]);
	line_fd = open(argv[1], O_RDWR | O_NOCTTY);
	echo_fd = open(argv[2], O_RDWR | O_NOCTTY);
	if (line_fd < 0 || echo_fd < 0) {
		printf("not ok 1 %s and %s can be opened\n# %s\n", argv[1], argv[2],
		       strerror(errno));
		return 1;
	}
	RUN(starts_as_9600_8n1);
	RUN(keeps_speeds);
	RUN(refuses_what_it_cannot);
	RUN(keeps_formats);
	RUN(sends);
	RUN(receives);
	RUN(counts_bytes);
	RUN(both_ports_at_once);
	RUN(canonical_lines);
	RUN(marks_a_break);
	RUN(drains);
	RUN(sends_a_break);
	RUN(is_stopped_by_xoff);
	RUN(stops_the_other_side);
	RUN(has_modem_lines);
	RUN(speed_0_lowers_them);
	report(hangs_up(argv[2]), "hangs_up");
	report(alone(argv[2]), "alone");
	return failures != 0;
}
