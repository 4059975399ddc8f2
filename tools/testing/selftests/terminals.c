/* SPDX-License-Identifier: MIT */
/* Pseudo-terminals: line editing, signals from keys, sizes, modes, sessions and job control. */
#include "harness.h"

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

static int master, slave;

static void open_pair(void)
{
	int n = 0, unlock = 0;
	char name[32];

	master = ASSERT_OK(open("/dev/ptmx", O_RDWR | O_NOCTTY));
	ASSERT_OK(ioctl(master, TIOCGPTN, &n));
	ASSERT_OK(ioctl(master, TIOCSPTLCK, &unlock));
	snprintf(name, sizeof(name), "/dev/pts/%d", n);
	slave = ASSERT_OK(open(name, O_RDWR | O_NOCTTY));
}

static void type(const char *keys)
{
	ASSERT_EQ(write(master, keys, strlen(keys)), strlen(keys));
}

/* What can be read now; waits at most MS for the first of it. */
static const char *read_text(int fd, int ms)
{
	static char text[8192];
	size_t length = 0;
	struct pollfd in = { .fd = fd, .events = POLLIN };

	while (length < sizeof(text) - 1 && poll(&in, 1, length ? 20 : ms) > 0) {
		ssize_t n = read(fd, text + length, sizeof(text) - 1 - length);

		if (n <= 0)
			break;
		length += n;
		if (fd == slave)
			break;
	}
	text[length] = '\0';
	return text;
}

static void change(tcflag_t iflag_off, tcflag_t lflag_off, tcflag_t oflag_off)
{
	struct termios t;

	ASSERT_OK(tcgetattr(slave, &t));
	t.c_iflag &= ~iflag_off;
	t.c_lflag &= ~lflag_off;
	t.c_oflag &= ~oflag_off;
	ASSERT_OK(tcsetattr(slave, TCSANOW, &t));
}

TEST(defaults)
{
	struct termios t;

	open_pair();
	ASSERT_OK(tcgetattr(slave, &t));
	EXPECT_EQ(t.c_lflag & (ICANON | ECHO | ISIG | IEXTEN), ICANON | ECHO | ISIG | IEXTEN);
	EXPECT_EQ(t.c_oflag & (OPOST | ONLCR), OPOST | ONLCR);
	EXPECT_EQ(t.c_iflag & ICRNL, ICRNL);
	EXPECT_EQ(t.c_cc[VINTR], 3);
	EXPECT_EQ(t.c_cc[VEOF], 4);
	EXPECT_EQ(t.c_cc[VERASE], 127);
	EXPECT_EQ(t.c_cc[VSUSP], 26);
	EXPECT_EQ(cfgetospeed(&t), B38400);
	EXPECT(isatty(slave));
	EXPECT(isatty(master));
	EXPECT_ERR(tcgetattr(open("/dev/null", O_RDWR), &t), ENOTTY);
	EXPECT(!isatty(open("/dev/null", O_RDWR)));
}

TEST(lines_are_delivered_whole)
{
	open_pair();
	fcntl(slave, F_SETFL, O_NONBLOCK);
	type("par");
	char c;

	EXPECT_ERR(read(slave, &c, 1), EAGAIN);
	type("tial\nnext\n");
	EXPECT_STR(read_text(slave, 1000), "partial\n");
	EXPECT_STR(read_text(slave, 1000), "next\n");
	/* A short read leaves the rest of the line. */
	char two[3] = "";

	type("abcd\n");
	EXPECT_EQ(read(slave, two, 2), 2);
	EXPECT_STR(two, "ab");
	EXPECT_STR(read_text(slave, 1000), "cd\n");
}

TEST(editing)
{
	open_pair();
	type("helpp\177lo\n"); /* erase */
	EXPECT_STR(read_text(slave, 1000), "helplo\n");
	type("rubbish\025good\n"); /* kill the line */
	EXPECT_STR(read_text(slave, 1000), "good\n");
	type("one two\027three\n"); /* erase the word */
	EXPECT_STR(read_text(slave, 1000), "one three\n");
	type("a\026\003b\n"); /* the next one literally */
	EXPECT_STR(read_text(slave, 1000), "a\003b\n");
	type("return\r"); /* CR becomes NL */
	EXPECT_STR(read_text(slave, 1000), "return\n");
	type("\177\177x\n"); /* nothing to erase */
	EXPECT_STR(read_text(slave, 1000), "x\n");
}

TEST(echo)
{
	open_pair();
	type("hi\177!\n");
	EXPECT_STR(read_text(master, 1000), "hi\b \b!\r\n");
	type("\003");
	EXPECT_STR(read_text(master, 1000), "^C");
	change(0, ECHO, 0);
	type("secret\n");
	EXPECT_STR(read_text(master, 50), "");
}

TEST(end_of_file)
{
	char c;

	open_pair();
	type("\004");
	EXPECT_EQ(read(slave, &c, 1), 0);
	type("ab\004");
	EXPECT_STR(read_text(slave, 1000), "ab");
	type("\004");
	EXPECT_EQ(read(slave, &c, 1), 0);
}

TEST(raw_mode)
{
	struct termios t;

	open_pair();
	ASSERT_OK(tcgetattr(slave, &t));
	cfmakeraw(&t);
	ASSERT_OK(tcsetattr(slave, TCSANOW, &t));
	type("\003\004\r\177x");
	EXPECT_STR(read_text(slave, 1000), "\003\004\r\177x");
	EXPECT_EQ(write(slave, "a\nb", 3), 3);
	EXPECT_STR(read_text(master, 1000), "a\nb");
}

TEST(minimum_and_time)
{
	struct termios t;
	char buffer[16];

	open_pair();
	ASSERT_OK(tcgetattr(slave, &t));
	cfmakeraw(&t);
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 0;
	ASSERT_OK(tcsetattr(slave, TCSANOW, &t));
	EXPECT_EQ(read(slave, buffer, 16), 0);
	t.c_cc[VTIME] = 1;
	ASSERT_OK(tcsetattr(slave, TCSANOW, &t));
	uint64_t start = now_ns();

	EXPECT_EQ(read(slave, buffer, 16), 0);
	EXPECT_GE(now_ns() - start, 90000000);
	t.c_cc[VMIN] = 3;
	t.c_cc[VTIME] = 0;
	ASSERT_OK(tcsetattr(slave, TCSANOW, &t));
	pid_t pid = CHILD({
		type("a");
		sleep_ms(20);
		type("b");
		sleep_ms(20);
		type("c");
	});

	EXPECT_EQ(read(slave, buffer, 16), 3);
	EXPECT_EXIT(pid, 0);
}

TEST(output_processing)
{
	open_pair();
	EXPECT_EQ(write(slave, "one\ntwo\n", 8), 8);
	EXPECT_STR(read_text(master, 1000), "one\r\ntwo\r\n");
	change(0, 0, ONLCR);
	EXPECT_EQ(write(slave, "x\n", 2), 2);
	EXPECT_STR(read_text(master, 1000), "x\n");
}

TEST(flow_control)
{
	open_pair();
	fcntl(slave, F_SETFL, O_NONBLOCK);
	type("\023"); /* stop */
	EXPECT(WAIT_UNTIL(write(slave, "x", 1) < 0 && errno == EAGAIN, 5000));
	struct pollfd out = { .fd = slave, .events = POLLOUT };

	EXPECT_EQ(poll(&out, 1, 0), 0);
	read_text(master, 50);
	type("\021"); /* start */
	EXPECT_EQ(poll(&out, 1, 5000), 1);
	EXPECT_EQ(write(slave, "!", 1), 1);
	EXPECT(strchr(read_text(master, 1000), '!'));
}

TEST(window_size)
{
	struct winsize size = { 0 }, set = { .ws_row = 40, .ws_col = 100 };

	open_pair();
	EXPECT_OK(ioctl(slave, TIOCGWINSZ, &size));
	EXPECT_EQ(size.ws_row + size.ws_col, 0);
	EXPECT_OK(ioctl(master, TIOCSWINSZ, &set));
	EXPECT_OK(ioctl(slave, TIOCGWINSZ, &size));
	EXPECT_EQ(size.ws_row, 40);
	EXPECT_EQ(size.ws_col, 100);
}

TEST(queues)
{
	int n;

	open_pair();
	type("five\n");
	EXPECT(WAIT_UNTIL(ioctl(slave, FIONREAD, &n) == 0 && n == 5, 5000));
	EXPECT_OK(tcflush(slave, TCIFLUSH));
	EXPECT_OK(ioctl(slave, FIONREAD, &n));
	EXPECT_EQ(n, 0);
	EXPECT_OK(tcdrain(slave));
	EXPECT_OK(ioctl(slave, TIOCOUTQ, &n));
	EXPECT_ERR(ioctl(slave, 0x54ff, &n), ENOTTY);
	EXPECT_ERR(ioctl(slave, TCGETS, 16), EFAULT);
}

TEST(closing_one_side)
{
	char c;
	struct pollfd in;

	open_pair();
	type("last words\n");
	close(master);
	in = (struct pollfd){ .fd = slave, .events = POLLIN };
	EXPECT_EQ(poll(&in, 1, 1000), 1);
	EXPECT(in.revents & POLLHUP);
	EXPECT_ERR(write(slave, "x", 1), EIO);
	EXPECT_LE(read(slave, &c, 1), 0);
	open_pair();
	EXPECT_EQ(write(slave, "end", 3), 3);
	close(slave);
	EXPECT_STR(read_text(master, 1000), "end");
	EXPECT_ERR(read(master, &c, 1), EIO);
	in = (struct pollfd){ .fd = master, .events = POLLIN };
	EXPECT_EQ(poll(&in, 1, 0), 1);
	EXPECT(in.revents & POLLHUP);
}

TEST(many_pairs)
{
	int pairs[50][2];

	for (int i = 0; i < 50; i++) {
		open_pair();
		pairs[i][0] = master;
		pairs[i][1] = slave;
	}
	for (int i = 0; i < 50; i++) {
		char text[16], want[16];

		master = pairs[i][0];
		slave = pairs[i][1];
		snprintf(text, sizeof(text), "n%d\n", i);
		snprintf(want, sizeof(want), "n%d\n", i);
		type(text);
		EXPECT_STR(read_text(slave, 1000), want);
	}
}

/* ---- sessions and job control ---- */

static volatile sig_atomic_t got;

static void note_signal(int sig)
{
	got = sig;
}

/* A child that leads a session with the slave as its terminal. */
#define LEADER(...) CHILD({									\
	close(master);										\
	setsid();										\
	ASSERT_OK(ioctl(slave, TIOCSCTTY, 0));							\
	__VA_ARGS__										\
})

static void expect_prompt(const char *word)
{
	char all[4096] = "";

	for (int i = 0; i < 100 && !strstr(all, word); i++)
		strncat(all, read_text(master, 100), sizeof(all) - strlen(all) - 1);
	if (!strstr(all, word)) {
		fail(__FILE__, __LINE__, "no \"%s\" on the terminal: %s", word, all);
		leave();
	}
}

TEST(keys_send_signals)
{
	static const struct {
		const char *key;
		int sig;
	} keys[] = { { "\003", SIGINT }, { "\034", SIGQUIT }, { "\032", SIGTSTP } };

	open_pair();
	for (int i = 0; i < 3; i++) {
		pid_t pid = LEADER({
			signal(keys[i].sig, note_signal);
			EXPECT_EQ(write(slave, "ready\n", 6), 6);
			EXPECT(WAIT_UNTIL(got == keys[i].sig, 10000));
		});

		expect_prompt("ready");
		type(keys[i].key);
		EXPECT_EXIT(pid, 0);
		close(master);
		close(slave);
		open_pair();
	}
}

TEST(signals_go_to_the_foreground_group)
{
	open_pair();
	pid_t leader = LEADER({
		signal(SIGTTOU, SIG_IGN);
		signal(SIGINT, note_signal);
		pid_t pid = CHILD({
			setpgid(0, 0);
			signal(SIGINT, SIG_DFL);
			pause();
		});
		setpgid(pid, pid);
		ASSERT_OK(tcsetpgrp(slave, pid));
		EXPECT_EQ(tcgetpgrp(slave), pid);
		EXPECT_EQ(tcgetsid(slave), getpid());
		EXPECT_EQ(write(slave, "ready\n", 6), 6);
		EXPECT_KILLED(pid, SIGINT);
		EXPECT_EQ(got, 0);
		EXPECT_OK(tcsetpgrp(slave, getpgrp()));
		EXPECT_ERR(tcsetpgrp(slave, 999999), ESRCH);
	});

	expect_prompt("ready");
	type("\003");
	EXPECT_EXIT(leader, 0);
}

TEST(background_reads_and_writes)
{
	open_pair();
	EXPECT_EXIT(LEADER({
			    int status;
			    struct termios t;
			    pid_t pid = CHILD({
				    char c;
				    setpgid(0, 0);
				    read(slave, &c, 1);
			    });
			    setpgid(pid, pid);
			    ASSERT_EQ(waitpid(pid, &status, WUNTRACED), pid);
			    EXPECT(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN);
			    kill(pid, SIGKILL);
			    EXPECT_KILLED(pid, SIGKILL);
			    /* Writing is allowed unless TOSTOP is set. */
			    pid = CHILD({
				    setpgid(0, 0);
				    EXPECT_EQ(write(slave, "x", 1), 1);
			    });
			    EXPECT_EXIT(pid, 0);
			    tcgetattr(slave, &t);
			    t.c_lflag |= TOSTOP;
			    tcsetattr(slave, TCSANOW, &t);
			    pid = CHILD({
				    setpgid(0, 0);
				    write(slave, "x", 1);
			    });
			    setpgid(pid, pid);
			    ASSERT_EQ(waitpid(pid, &status, WUNTRACED), pid);
			    EXPECT(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTOU);
			    kill(pid, SIGKILL);
			    EXPECT_KILLED(pid, SIGKILL);
			    /* With the signal ignored, a read fails and a write goes through. */
			    pid = CHILD({
				    char c;
				    signal(SIGTTIN, SIG_IGN);
				    signal(SIGTTOU, SIG_IGN);
				    setpgid(0, 0);
				    EXPECT_ERR(read(slave, &c, 1), EIO);
				    EXPECT_EQ(write(slave, "x", 1), 1);
			    });
			    EXPECT_EXIT(pid, 0);
		    }),
		    0);
}

TEST(resize_sends_sigwinch)
{
	struct winsize size = { .ws_row = 10, .ws_col = 20 };

	open_pair();
	pid_t pid = LEADER({
		signal(SIGWINCH, note_signal);
		EXPECT_EQ(write(slave, "ready\n", 6), 6);
		EXPECT(WAIT_UNTIL(got == SIGWINCH, 10000));
	});

	expect_prompt("ready");
	EXPECT_OK(ioctl(master, TIOCSWINSZ, &size));
	EXPECT_EXIT(pid, 0);
}

TEST(hang_up)
{
	open_pair();
	pid_t pid = LEADER({
		EXPECT_EQ(write(slave, "ready\n", 6), 6);
		for (;;)
			pause();
	});

	expect_prompt("ready");
	close(slave);
	close(master);
	EXPECT_KILLED(pid, SIGHUP);
}

TEST(end_of_a_session_hangs_up_the_foreground)
{
	int p[2], status;
	char c;

	open_pair();
	ASSERT_OK(pipe(p));
	pid_t leader = LEADER({
		CHILD({
			signal(SIGHUP, note_signal);
			EXPECT_EQ(write(p[1], "r", 1), 1);
			EXPECT(WAIT_UNTIL(got == SIGHUP, 10000));
			EXPECT_EQ(write(p[1], "h", 1), 1);
		});
		EXPECT_EQ(read(p[0], &c, 1), 1);
	});

	EXPECT_EXIT(leader, 0);
	EXPECT_EQ(read(p[0], &c, 1), 1);
	EXPECT_EQ(c, 'h');
	(void)status;
}

TEST(orphaned_stopped_group_is_woken)
{
	int p[2];
	char c = 0;

	ASSERT_OK(pipe(p));
	pid_t leader = CHILD({
		setsid();
		pid_t inner = CHILD({
			setpgid(0, 0);
			signal(SIGHUP, note_signal);
			raise(SIGSTOP);
			EXPECT(WAIT_UNTIL(got == SIGHUP, 10000));
			EXPECT_EQ(write(p[1], "w", 1), 1);
		});
		int status;
		ASSERT_EQ(waitpid(inner, &status, WUNTRACED), inner);
	});

	EXPECT_EXIT(leader, 0);
	struct pollfd in = { .fd = p[0], .events = POLLIN };

	EXPECT_EQ(poll(&in, 1, 10000), 1);
	EXPECT_EQ(read(p[0], &c, 1), 1);
	EXPECT_EQ(c, 'w');
}

TEST(controlling_terminal)
{
	open_pair();
	EXPECT_EXIT(LEADER({
			    int fd = EXPECT_OK(open("/dev/tty", O_RDWR));
			    EXPECT_EQ(write(fd, "via tty\n", 8), 8);
			    signal(SIGHUP, SIG_IGN);
			    EXPECT_OK(ioctl(fd, TIOCNOTTY));
			    EXPECT_ERR(open("/dev/tty", O_RDWR), ENXIO);
		    }),
		    0);
	expect_prompt("via tty");
	/* Another session cannot take it while it is in use. */
	pid_t pid = LEADER({
		EXPECT_EQ(write(slave, "has it\n", 7), 7);
		for (;;)
			pause();
	});

	expect_prompt("has it");
	EXPECT_EXIT(CHILD({
			    setsid();
			    EXPECT_ERR(ioctl(slave, TIOCSCTTY, 0), EPERM);
		    }),
		    0);
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
	/* Opening a terminal gives it to a leader without one, unless O_NOCTTY. */
	char name[32];

	close(slave);
	ASSERT(ttyname_r(master, name, sizeof(name)) == 0 ||
	       ptsname_r(master, name, sizeof(name)) == 0);
	ptsname_r(master, name, sizeof(name));
	EXPECT_EXIT(CHILD({
			    setsid();
			    EXPECT_OK(open(name, O_RDWR));
			    EXPECT_OK(open("/dev/tty", O_RDWR));
		    }),
		    0);
}

TEST(much_output)
{
	/* The writer is held back by the reader; nothing is lost. */
	open_pair();
	change(0, ECHO, OPOST);
	pid_t pid = CHILD({
		char block[100];
		for (int i = 0; i < 3000; i++) {
			memset(block, 'a' + i % 26, sizeof(block));
			ssize_t done = 0;
			while (done < 100) {
				ssize_t n = write(slave, block + done, 100 - done);
				ASSERT_GT(n, 0);
				done += n;
			}
		}
	});
	long total = 0;
	char buffer[777];

	while (total < 300000) {
		ssize_t n = read(master, buffer, sizeof(buffer));

		ASSERT_GT(n, 0);
		for (int i = 0; i < n; i++)
			ASSERT_EQ(buffer[i], 'a' + (total + i) / 100 % 26);
		total += n;
	}
	EXPECT_EXIT(pid, 0);
}
