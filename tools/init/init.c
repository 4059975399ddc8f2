/* SPDX-License-Identifier: MIT */
/*
 * The first process of the default user land, for Mortise and for the Linux
 * reference alike. It mounts the pseudo file systems, loads modules for the
 * devices that are present, and then does one of two things:
 *
 *  - without parameters: a login shell with job control on every console,
 *    started again whenever it ends;
 *  - with vm.command on the kernel's command line: run one command for
 *    scripts/vm and report on the second serial port (see below).
 *
 * Parameters, read from /proc/cmdline:
 *   vm.command       run a command for scripts/vm
 *   vm.winsize=RxC   size of the terminal behind ttyS0
 *   vm.term=NAME     its type (TERM)
 *   vm.nomodules     load no modules
 *   vm.nobutton      leave the power button to others
 *   vm.leaks         behind the command, look for memory that nothing points to
 *
 * The protocol on /dev/ttyS1, raw bytes:
 *
 *   guest: "READY\n"
 *   host:  "RUN <length>\n" and <length> bytes: NUL-terminated strings, the
 *          first a random word (the nonce), the others the argument vector
 *   guest: frames: nonce, one letter, 8 hex digits of length, payload, "\n".
 *          O and E carry standard output and standard error, X ends the run
 *          with "exit N" or "signal N".
 *   host:  one byte, if the guest is to switch itself off; else it just ends QEMU
 *
 * A command may write to ttyS1 as it likes: without the nonce, which only the
 * host and this process know, it cannot make a frame.
 *
 * Signals to process 1 are those of busybox: USR1 halts, USR2 powers off,
 * TERM reboots. The power button powers off.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static char cmdline[65536];
static int wake_pipe[2] = { -1, -1 };
static volatile sig_atomic_t shutdown_signal;

/* ---- messages ---- */

static void say(const char *format, ...)
{
	char line[512];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (length > (int)sizeof(line) - 1)
		length = sizeof(line) - 1;
	if (length > 0 && write(2, line, length) < 0)
		return;
}

/* ---- the kernel's command line ---- */

static void read_cmdline(void)
{
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return;
	n = read(fd, cmdline, sizeof(cmdline) - 1);
	cmdline[n > 0 ? n : 0] = '\0';
	close(fd);
}

/* The value of NAME=value, "" for a bare NAME, NULL if absent. The result is overwritten. */
static const char *parameter(const char *name)
{
	static char value[256];
	size_t length = strlen(name), n;
	const char *p = cmdline;

	for (; *p; p += strcspn(p, " \n")) {
		p += strspn(p, " \n");
		if (strncmp(p, name, length))
			continue;
		if (p[length] == '=') {
			n = strcspn(p + length + 1, " \n");
			snprintf(value, sizeof(value), "%.*s", (int)n, p + length + 1);
			return value;
		}
		if (!p[length] || p[length] == ' ' || p[length] == '\n')
			return "";
	}
	return NULL;
}

/* ---- file systems ---- */

static const struct mount_row {
	const char *type, *target, *options;
	unsigned long flags;
	mode_t mode;
} mounts[] = {
	{ "proc", "/proc", "", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0555 },
	{ "sysfs", "/sys", "", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0555 },
	{ "tracefs", "/sys/kernel/tracing", "", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0700 },
	{ "devtmpfs", "/dev", "mode=0755", MS_NOSUID, 0755 },
	{ "devpts", "/dev/pts", "gid=5,mode=620,ptmxmode=666", MS_NOSUID | MS_NOEXEC, 0755 },
	{ "tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV, 01777 },
	{ "mqueue", "/dev/mqueue", "", MS_NOSUID | MS_NODEV | MS_NOEXEC, 01777 },
	{ "tmpfs", "/run", "mode=0755", MS_NOSUID | MS_NODEV, 0755 },
	{ "tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV, 01777 },
};

static void ensure_link(const char *target, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		(void)!symlink(target, path);
}

static void mount_all(void)
{
	const struct mount_row *m;

	for (m = mounts; m < mounts + sizeof(mounts) / sizeof(mounts[0]); m++) {
		mkdir(m->target, m->mode);
		if (mount(m->type, m->target, m->type, m->flags, m->options) == 0)
			continue;
		/* A kernel may lack these by configuration. */
		if (errno == ENODEV && (!strcmp(m->type, "mqueue") || !strcmp(m->type, "devpts") ||
					!strcmp(m->type, "tracefs")))
			continue;
		say("init: mount %s on %s: %s\n", m->type, m->target, strerror(errno));
	}
	ensure_link("/proc/self/fd", "/dev/fd");
	ensure_link("/proc/self/fd/0", "/dev/stdin");
	ensure_link("/proc/self/fd/1", "/dev/stdout");
	ensure_link("/proc/self/fd/2", "/dev/stderr");
	mkdir("/run/lock", 01777);
}

static void set_hostname(void)
{
	struct utsname u;
	char word[128] = "";
	int fd = open("/proc/version", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, word, sizeof(word) - 1);
	char *p;

	if (fd >= 0)
		close(fd);
	if (n <= 0 && uname(&u) == 0)
		snprintf(word, sizeof(word), "%s", u.sysname);
	for (p = word; *p && *p != ' ' && *p != '\n'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	if (sethostname(word, p - word) < 0)
		say("init: sethostname: %s\n", strerror(errno));
}

/* ---- processes ---- */

static void on_signal(int sig)
{
	int saved = errno;

	if (sig != SIGCHLD)
		shutdown_signal = sig;
	(void)!write(wake_pipe[1], "", 1);
	errno = saved;
}

static void install_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		say("init: pipe: %s\n", strerror(errno));
	sigaction(SIGCHLD, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	reboot(RB_DISABLE_CAD);
}

/* In a child: forget what process 1 did to its signals. */
static void default_signals(void)
{
	signal(SIGCHLD, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGUSR2, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

__attribute__((noreturn)) static void shut_down(int how)
{
	sync();
	reboot(how);
	say("init: the kernel did not stop the machine: %s\n", strerror(errno));
	for (;;)
		pause();
}

static void check_shutdown(void)
{
	if (!shutdown_signal)
		return;
	kill(-1, SIGTERM);
	usleep(100000);
	kill(-1, SIGKILL);
	shut_down(shutdown_signal == SIGTERM   ? RB_AUTOBOOT
		  : shutdown_signal == SIGUSR1 ? RB_HALT_SYSTEM
					       : RB_POWER_OFF);
}

static void drain_wake_pipe(void)
{
	char sink[64];

	while (read(wake_pipe[0], sink, sizeof(sink)) > 0)
		;
}

/* ---- modules ---- */

struct strings {
	char **item;
	size_t count, room;
};

static void strings_free(struct strings *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->item[i]);
	/* lint: analyzer-malloc-leak: the loop has freed what it does not see freed */
	free(s->item);
}

static void strings_add(struct strings *s, const char *text)
{
	if (s->count + 2 > s->room) {
		s->room = s->room ? s->room * 2 : 64;
		s->item = realloc(s->item, s->room * sizeof(*s->item));
		if (!s->item)
			abort();
	}
	s->item[s->count++] = strdup(text);
	s->item[s->count] = NULL;
}

static void add_modalias(struct strings *aliases, int dir)
{
	char text[4096];
	int fd = openat(dir, "modalias", O_RDONLY | O_CLOEXEC);
	ssize_t n;
	size_t i;

	if (fd < 0)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	for (i = 0; i < aliases->count; i++)
		if (!strcmp(aliases->item[i], text))
			return;
	strings_add(aliases, text);
}

/* Walk the device tree; symbolic links are not followed, so it ends. */
static void collect_aliases(struct strings *aliases, int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((d = readdir(dir))) {
		if (d->d_type == DT_DIR && d->d_name[0] != '.')
			collect_aliases(aliases, fd, d->d_name);
		else if (!strcmp(d->d_name, "modalias"))
			add_modalias(aliases, fd);
	}
	closedir(dir);
}

static int run(char **argv)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		default_signals();
		execvp(argv[0], argv);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid < 0 ? -1 : status;
}

/* /etc/modules names modules for devices that are not found at once, one a line. */
static void add_listed_modules(struct strings *words)
{
	FILE *f = fopen("/etc/modules", "re");
	char line[128];

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line)
			strings_add(words, line);
	}
	if (f)
		fclose(f);
}

/* Those that are new since the last round, behind modprobe's own words. */
static void probe_from(const struct strings *words, size_t first)
{
	struct strings command = { 0 };
	size_t i;

	strings_add(&command, "/sbin/modprobe");
	strings_add(&command, "-abq");
	strings_add(&command, "--");
	for (i = first; i < words->count; i++)
		strings_add(&command, words->item[i]);
	run(command.item);
	strings_free(&command);
}

/* In rounds: a bus that was loaded brings devices of its own. */
static void load_modules(void)
{
	struct strings words = { 0 };
	struct utsname u;
	char path[256];
	size_t before;

	if (parameter("vm.nomodules") || uname(&u) < 0)
		return;
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.alias.bin", u.release);
	if (access(path, R_OK) < 0)
		return;
	add_listed_modules(&words);
	before = 0;
	collect_aliases(&words, AT_FDCWD, "/sys/devices");
	while (words.count > before) {
		probe_from(&words, before);
		before = words.count;
		collect_aliases(&words, AT_FDCWD, "/sys/devices");
	}
	strings_free(&words);
}

/* ---- the power button ---- */

static int power_button = -1;

static bool is_power_button(int fd)
{
	unsigned char keys[KEY_MAX / 8 + 1] = { 0 };
	char name[64] = "";

	return ioctl(fd, EVIOCGNAME(sizeof(name) - 1), name) >= 0 &&
	       !strcmp(name, "Power Button") &&
	       ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(keys)), keys) >= 0 &&
	       keys[KEY_POWER / 8] & 1 << KEY_POWER % 8;
}

static void find_power_button(void)
{
	DIR *dir = opendir("/dev/input");
	struct dirent *d;
	int fd;

	while (dir && power_button < 0 && (d = readdir(dir))) {
		if (strncmp(d->d_name, "event", 5))
			continue;
		fd = openat(dirfd(dir), d->d_name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 && is_power_button(fd))
			power_button = fd;
		else if (fd >= 0)
			close(fd);
	}
	if (dir)
		closedir(dir);
}

static void read_power_button(void)
{
	struct input_event event;
	ssize_t n;

	while ((n = read(power_button, &event, sizeof(event))) == sizeof(event)) {
		if (event.type != EV_KEY || event.code != KEY_POWER || event.value != 1)
			continue;
		say("init: the power button was pressed\n");
		shutdown_signal = SIGUSR2;
	}
	if (n < 0 && errno == EAGAIN)
		return;
	close(power_button); /* its module went */
	power_button = -1;
}

/* ---- one command for scripts/vm ---- */

static int report = -1;
static const char *nonce;

static void write_all(int fd, const void *data, size_t length)
{
	const char *p = data;

	while (length) {
		ssize_t n = write(fd, p, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			struct pollfd out = { .fd = fd, .events = POLLOUT };

			poll(&out, 1, 1000);
			continue;
		}
		if (n <= 0) {
			say("init: ttyS1: %s\n", strerror(errno));
			shut_down(RB_POWER_OFF);
		}
		p += n;
		length -= n;
	}
}

static void send_frame(char kind, const char *data, size_t length)
{
	char frame[64 + 4096 + 1];
	int head = snprintf(frame, 64, "%s%c%08zx", nonce, kind, length);

	memcpy(frame + head, data, length);
	frame[head + length] = '\n';
	write_all(report, frame, head + length + 1);
}

static int open_report(void)
{
	struct termios t;
	int fd = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (tcgetattr(fd, &t) == 0) {
		cfmakeraw(&t);
		t.c_cflag |= CLOCAL | CREAD;
		tcsetattr(fd, TCSANOW, &t);
	}
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
}

/* Read exactly LENGTH bytes of the host's request. */
static void read_request(char *buffer, size_t length)
{
	while (length) {
		ssize_t n = read(report, buffer, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			say("init: reading ttyS1: %s\n", n ? strerror(errno) : "end of file");
			shut_down(RB_POWER_OFF);
		}
		buffer += n;
		length -= n;
	}
}

/* Wait for the request; set the nonce and hand back the argument vector. */
static void receive_command(struct strings *words)
{
	char head[32], *body, *p;
	size_t i = 0, length;

	write_all(report, "READY\n", 6);
	do {
		read_request(head + i, 1);
	} while (head[i++] != '\n' && i < sizeof(head) - 1);
	head[i] = '\0';
	if (sscanf(head, "RUN %zu", &length) != 1) {
		say("init: bad request on ttyS1: %s\n", head);
		shut_down(RB_POWER_OFF);
	}
	body = malloc(length + 1);
	if (!body)
		abort();
	read_request(body, length);
	body[length] = '\0';
	nonce = body;
	for (p = body + strlen(body) + 1; p < body + length; p += strlen(p) + 1)
		strings_add(words, p);
	if (!words->item) {
		say("init: no command on ttyS1\n");
		shut_down(RB_POWER_OFF);
	}
}

static pid_t start_command(char **argv, int out, int err)
{
	pid_t pid = fork();
	int null;

	if (pid)
		return pid;
	default_signals();
	setsid();
	null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(out, 1);
	dup2(err, 2);
	if (null > 2)
		close(null);
	execvp(argv[0], argv);
	say("%s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Pass on what the pipe holds; close it at its end. */
static void relay(int *fd, char kind)
{
	char data[4096];
	ssize_t n = read(*fd, data, sizeof(data));

	if (n > 0) {
		send_frame(kind, data, n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		close(*fd);
		*fd = -1;
	}
}

static bool has_input(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return fd >= 0 && poll(&p, 1, 0) > 0;
}

/* Relay output until the command itself has ended (its children may live on). */
static int relay_until_exit(pid_t child, int out, int err)
{
	int status = 0, reaped;
	bool ended = false;
	pid_t pid;

	while (!ended) {
		struct pollfd p[4] = {
			{ .fd = out, .events = POLLIN },
			{ .fd = err, .events = POLLIN },
			{ .fd = wake_pipe[0], .events = POLLIN },
			{ .fd = power_button, .events = POLLIN },
		};

		poll(p, 4, -1);
		if (p[0].revents)
			relay(&out, 'O');
		if (p[1].revents)
			relay(&err, 'E');
		if (p[2].revents)
			drain_wake_pipe();
		if (p[3].revents)
			read_power_button();
		check_shutdown();
		while ((pid = waitpid(-1, &reaped, WNOHANG)) > 0) {
			if (pid == child) {
				status = reaped;
				ended = true;
			}
		}
	}
	while (has_input(out))
		relay(&out, 'O');
	while (has_input(err))
		relay(&err, 'E');
	return status;
}

/*
 * A kernel that can do so says in its log what it has found: nobody else is at work any more. Others lack the file, and
 * with it the scan.
 */
static void scan_for_leaks(void)
{
	static const char path[] = "/sys/kernel/debug/kmemleak", word[] = "scan all";
	int fd;

	if (access(path, F_OK) < 0 && mount("debugfs", "/sys/kernel/debug", "debugfs",
					    MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return;
	if (fd < 0 || write(fd, word, strlen(word)) < 0)
		say("init: no leak scan: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void run_command(void)
{
	int out[2], err[2], status, length;
	struct strings words = { 0 };
	char text[32];
	pid_t child;

	report = open_report();
	if (report < 0) {
		say("init: /dev/ttyS1: %s\n", strerror(errno));
		shut_down(RB_POWER_OFF);
	}
	receive_command(&words);
	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		abort();
	child = start_command(words.item, out[1], err[1]);
	strings_free(&words);
	close(out[1]);
	close(err[1]);
	status = child < 0 ? 126 << 8 : relay_until_exit(child, out[0], err[0]);
	if (parameter("vm.leaks"))
		scan_for_leaks();
	sync();
	if (WIFSIGNALED(status))
		length = snprintf(text, sizeof(text), "signal %d", WTERMSIG(status));
	else
		length = snprintf(text, sizeof(text), "exit %d", WEXITSTATUS(status));
	send_frame('X', text, length);
	tcdrain(report);
	(void)!read(report, text, 1);
	shut_down(RB_POWER_OFF);
}

/* ---- a shell on each console ---- */

struct console {
	char name[32];
	pid_t pid;
	time_t started;
};

static struct console *consoles;
static size_t nr_consoles;

static void add_console(const char *name)
{
	char path[64];
	size_t i;

	if (!strcmp(name, "tty0"))
		name = "tty1";
	for (i = 0; i < nr_consoles; i++)
		if (!strcmp(consoles[i].name, name))
			return;
	snprintf(path, sizeof(path), "/dev/%s", name);
	if (access(path, R_OK | W_OK) < 0)
		return;
	consoles = realloc(consoles, (nr_consoles + 1) * sizeof(*consoles));
	if (!consoles)
		abort();
	memset(&consoles[nr_consoles], 0, sizeof(*consoles));
	snprintf(consoles[nr_consoles++].name, sizeof(consoles->name), "%s", name);
}

/* Consoles as the command line names them: console=NAME or console=NAME,SPEED. */
static void add_named_consoles(void)
{
	const char *p = cmdline;
	char name[32];

	while ((p = strstr(p, "console="))) {
		bool whole = p == cmdline || p[-1] == ' ';

		p += strlen("console=");
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(p, ", \n"), p);
		if (whole)
			add_console(name);
	}
}

/* The kernel's active consoles, and the first virtual terminal if there is one. */
static void find_consoles(void)
{
	char text[256] = "", *word, *rest = text;
	int fd = open("/sys/class/tty/console/active", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	while ((word = strsep(&rest, " \n")))
		if (*word)
			add_console(word);
	if (!nr_consoles)
		add_named_consoles();
	if (!nr_consoles)
		add_console("ttyS0");
	add_console("tty1");
	if (!nr_consoles)
		add_console("console");
}

static void set_terminal(const struct console *c)
{
	bool serial = !strncmp(c->name, "ttyS0", 5);
	const char *value = serial ? parameter("vm.winsize") : NULL;
	unsigned int rows, columns;

	if (value && sscanf(value, "%ux%u", &rows, &columns) == 2) {
		struct winsize size = { .ws_row = rows, .ws_col = columns };

		ioctl(0, TIOCSWINSZ, &size);
	}
	value = serial ? parameter("vm.term") : NULL;
	setenv("TERM", value && *value ? value : serial ? "vt102" : "linux", 1);
}

static void start_shell(struct console *c)
{
	char path[64];
	int fd;

	c->started = time(NULL);
	c->pid = fork();
	if (c->pid)
		return;
	default_signals();
	setsid();
	snprintf(path, sizeof(path), "/dev/%s", c->name);
	fd = open(path, O_RDWR);
	if (fd < 0) {
		say("init: %s: %s\n", path, strerror(errno));
		_exit(1);
	}
	ioctl(fd, TIOCSCTTY, 1);
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	if (fd > 2)
		close(fd);
	set_terminal(c);
	if (chdir("/root") < 0)
		(void)!chdir("/");
	execl("/bin/sh", "-sh", (char *)NULL);
	say("init: /bin/sh: %s\n", strerror(errno));
	_exit(1);
}

static void child_ended(pid_t pid)
{
	size_t i;

	for (i = 0; i < nr_consoles; i++)
		if (consoles[i].pid == pid)
			consoles[i].pid = 0;
}

static void run_shells(void)
{
	find_consoles();
	for (;;) {
		int timeout = -1;
		pid_t pid;
		size_t i;

		for (i = 0; i < nr_consoles; i++) {
			if (consoles[i].pid > 0)
				continue;
			/* A shell that cannot run is tried once a second. */
			if (time(NULL) - consoles[i].started < 1)
				timeout = 500;
			else
				start_shell(&consoles[i]);
		}
		struct pollfd p[2] = {
			{ .fd = wake_pipe[0], .events = POLLIN },
			{ .fd = power_button, .events = POLLIN },
		};

		poll(p, 2, timeout);
		drain_wake_pipe();
		if (p[1].revents)
			read_power_button();
		check_shutdown();
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			child_ended(pid);
	}
}

/* Standard descriptors: the kernel opens /dev/console if it can. */
static void open_standard(void)
{
	int fd = open("/dev/console", O_RDWR);

	while (fd >= 0 && fd < 2)
		fd = dup(fd);
	if (fd > 2)
		close(fd);
}

int main(void)
{
	if (getpid() != 1) {
		say("init: this is for process 1\n");
		return 1;
	}
	say("init: user space is up\n");
	umask(022);
	mount_all();
	if (fcntl(2, F_GETFD) < 0)
		open_standard();
	clearenv();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("SHELL", "/bin/sh", 1);
	setenv("TERM", "linux", 1);
	install_signals();
	read_cmdline();
	set_hostname();
	load_modules();
	if (!parameter("vm.nobutton"))
		find_power_button();
	if (parameter("vm.command"))
		run_command();
	run_shells();
}
