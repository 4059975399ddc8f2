/* SPDX-License-Identifier: MIT */
/* Program start: static, dynamic and script files, and what survives it. */
#include "harness.h"

#include <elf.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define SELF "/proc/self/exe"

static char output[65536];

/* Run a program in a child; its standard output goes to `output`. Returns the wait status. */
static int run(const char *path, char *const argv[], char *const envp[])
{
	int p[2], status;
	size_t length = 0;
	ssize_t n;

	ASSERT_OK(pipe2(p, O_CLOEXEC));
	pid_t pid = CHILD({
		dup2(p[1], 1);
		execve(path, argv, envp);
		printf("execve: %s\n", errno_name(errno));
		fflush(stdout);
		_exit(111);
	});

	close(p[1]);
	while ((n = read(p[0], output + length, sizeof(output) - 1 - length)) > 0)
		length += n;
	output[length] = '\0';
	close(p[0]);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	return status;
}

static bool has_line(const char *line)
{
	size_t length = strlen(line);

	for (const char *p = output; (p = strstr(p, line)); p++)
		if ((p == output || p[-1] == '\n') && (p[length] == '\n' || !p[length]))
			return true;
	return false;
}

#define EXPECT_LINE(line) do {									\
	if (!has_line(line))									\
		fail(__FILE__, __LINE__, "no line \"%s\" in: %s", line, output);		\
} while (0)

static char *no_environment[] = { NULL };

/* Copy the test program itself. */
static void copy_self(const char *path)
{
	int in = ASSERT_OK(open(SELF, O_RDONLY)),
	    out = ASSERT_OK(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755));
	char buffer[65536];
	ssize_t n;

	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		ASSERT_EQ(write(out, buffer, n), n);
	close(in);
	close(out);
}

TEST(arguments_and_environment_arrive)
{
	char *argv[] = { "name", "@args", "", "two words", NULL };
	char *envp[] = { "A=1", "EMPTY=", NULL };

	EXPECT_EQ(run(SELF, argv, envp), 0);
	EXPECT_LINE("arg @args");
	EXPECT_LINE("arg ");
	EXPECT_LINE("arg two words");
	EXPECT_LINE("env A=1");
	EXPECT_LINE("env EMPTY=");
}

TEST(long_argument_lists)
{
	enum { COUNT = 2000 };
	char *argv[COUNT + 3];

	argv[0] = "x";
	argv[1] = "@exit";
	argv[2] = "17";
	for (int i = 3; i < COUNT + 2; i++)
		argv[i] = "an argument of some length, for the kernel to copy";
	argv[COUNT + 2] = NULL;
	int status = run(SELF, argv, no_environment);

	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 17);
}

TEST(too_long_arguments_are_refused)
{
	char *big = malloc(200000);
	char *argv[] = { "x", big, NULL };

	/* One string of at most 128 KiB. */
	memset(big, 'a', 200000);
	big[199999] = '\0';
	EXPECT_ERR(execve(SELF, argv, no_environment), E2BIG);
}

TEST(auxiliary_vector)
{
	char *argv[] = { "x", "@auxv", NULL };

	EXPECT_EQ(run(SELF, argv, no_environment), 0);
	EXPECT_LINE("pagesz 4096");
	EXPECT_LINE("uid 0");
	EXPECT_LINE("secure 0");
	EXPECT_LINE("clktck 100");
	EXPECT_LINE("phent 56");
	EXPECT_LINE("execfn /proc/self/exe");
	EXPECT_LINE("platform x86_64");
	char first[80];

	snprintf(first, sizeof(first), "%s", strstr(output, "random "));
	EXPECT_EQ(run(SELF, argv, no_environment), 0);
	EXPECT(!strstr(output, first));
}

TEST(dynamic_program_runs)
{
	char *argv[] = { "/bin/kmod", "--version", NULL };

	if (access("/bin/kmod", X_OK) < 0)
		skip("no dynamic program here");
	EXPECT_EQ(run("/bin/kmod", argv, no_environment), 0);
	EXPECT(strstr(output, "kmod version"));
}

TEST(script_gets_interpreter_and_arguments)
{
	char self[256] = "", text[400];

	ASSERT_GT(readlink(SELF, self, sizeof(self) - 1), 0);
	snprintf(text, sizeof(text), "#! %s @args\nnothing", self);
	spew("script", text);
	chmod("script", 0755);
	char *argv[] = { "ignored", "one", "two", NULL };

	EXPECT_EQ(run("./script", argv, no_environment), 0);
	EXPECT_STR(output, "arg @args\narg ./script\narg one\narg two\n");
}

TEST(script_option_is_one_argument)
{
	spew("script", "#!/bin/sh -e   \nexit 5\n");
	chmod("script", 0755);
	char *argv[] = { "script", NULL };

	EXPECT_EQ(WEXITSTATUS(run("./script", argv, no_environment)), 5);
}

TEST(script_of_a_script)
{
	char folder[256], text[300];

	ASSERT(getcwd(folder, sizeof(folder)));
	spew("inner", "#!/bin/sh\necho inner $1 $2\n");
	chmod("inner", 0755);
	snprintf(text, sizeof(text), "#!%s/inner\n", folder);
	spew("outer", text);
	chmod("outer", 0755);
	char *argv[] = { "outer", "x", NULL };

	EXPECT_EQ(run("./outer", argv, no_environment), 0);
	EXPECT_LINE("inner ./outer x");
}

TEST(script_loop_ends)
{
	char folder[256], text[300];

	ASSERT(getcwd(folder, sizeof(folder)));
	snprintf(text, sizeof(text), "#!%s/loop\n", folder);
	spew("loop", text);
	chmod("loop", 0755);
	char *argv[] = { "loop", NULL };

	EXPECT_ERR(execve("./loop", argv, no_environment), ELOOP);
}

TEST(script_errors)
{
	char *argv[] = { "script", NULL };

	spew("script", "#!/no/such/interpreter\n");
	chmod("script", 0755);
	EXPECT_ERR(execve("./script", argv, no_environment), ENOENT);
	spew("script", "#!\n");
	EXPECT_ERR(execve("./script", argv, no_environment), ENOEXEC);
	spew("script", "#!/etc/passwd\n");
	EXPECT_ERR(execve("./script", argv, no_environment), EACCES);
}

TEST(refusals)
{
	char *argv[] = { "x", NULL };

	EXPECT_ERR(execve("missing", argv, no_environment), ENOENT);
	EXPECT_ERR(execve("", argv, no_environment), ENOENT);
	EXPECT_ERR(execve("/tmp", argv, no_environment), EACCES);
	spew("plain", "just text\n");
	EXPECT_ERR(execve("./plain", argv, no_environment), EACCES);
	EXPECT_ERR(execve("./plain/x", argv, no_environment), ENOTDIR);
	chmod("plain", 0755);
	EXPECT_ERR(execve("./plain", argv, no_environment), ENOEXEC);
	spew("plain", "");
	EXPECT_ERR(execve("./plain", argv, no_environment), ENOEXEC);
	EXPECT_ERR(execve((char *)16, argv, no_environment), EFAULT);
	EXPECT_ERR(execve(SELF, (char **)16, no_environment), EFAULT);
	char *wild[] = { "x", (char *)16, NULL };

	EXPECT_ERR(execve(SELF, wild, no_environment), EFAULT);
	ASSERT_OK(mkfifo("fifo", 0777));
	EXPECT_ERR(execve("./fifo", argv, no_environment), EACCES);
	ASSERT_OK(symlink("self", "self"));
	EXPECT_ERR(execve("./self", argv, no_environment), ELOOP);
}

/* Change a copy of ourselves and see the errno of running it. */
static int exec_damaged(size_t offset, const void *bytes, size_t length)
{
	int status;

	copy_self("damaged");
	int fd = ASSERT_OK(open("damaged", O_WRONLY));

	ASSERT_EQ(pwrite(fd, bytes, length, offset), length);
	close(fd);
	pid_t pid = CHILD({
		char *argv[] = { "x", "@exit", "0", NULL };
		execve("./damaged", argv, no_environment);
		_exit(errno);
	});

	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(damaged_elf_headers)
{
	uint16_t half;
	uint64_t wide;

	EXPECT_EQ(exec_damaged(0, "\177ELF", 4), 0);
	EXPECT_EQ(exec_damaged(0, "\177ELG", 4), ENOEXEC);
	half = ET_REL;
	EXPECT_EQ(exec_damaged(offsetof(Elf64_Ehdr, e_type), &half, 2), ENOEXEC);
	half = EM_AARCH64;
	EXPECT_EQ(exec_damaged(offsetof(Elf64_Ehdr, e_machine), &half, 2), ENOEXEC);
	half = 0;
	EXPECT_EQ(exec_damaged(offsetof(Elf64_Ehdr, e_phnum), &half, 2), ENOEXEC);
	half = 7;
	EXPECT_EQ(exec_damaged(offsetof(Elf64_Ehdr, e_phentsize), &half, 2), ENOEXEC);
	wide = ~0ull;
	EXPECT_NE(exec_damaged(offsetof(Elf64_Ehdr, e_phoff), &wide, 8), 0);
}

TEST(truncated_elf)
{
	struct stat st;

	ASSERT_OK(stat(SELF, &st));
	for (off_t size = 0; size <= 128; size += 16) {
		copy_self("short");
		ASSERT_OK(truncate("short", size));
		pid_t pid = CHILD({
			char *argv[] = { "x", "@exit", "0", NULL };
			execve("./short", argv, no_environment);
			EXPECT(errno == ENOEXEC || errno == EIO || errno == EINVAL);
		});
		EXPECT_EXIT(pid, 0);
	}
	/* With the headers there but not the pages, it may start and must then die. */
	copy_self("short");
	ASSERT_OK(truncate("short", 4096));
	char *argv[] = { "x", "@exit", "0", NULL };
	int status = run("./short", argv, no_environment);

	EXPECT(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
}

TEST(close_on_exec)
{
	int kept = ASSERT_OK(open("/dev/null", O_RDONLY));
	int closed = ASSERT_OK(open("/dev/null", O_RDONLY | O_CLOEXEC));
	char *argv[] = { "x", "@fds", NULL };
	char want_kept[16], not_wanted[16];

	kept = ASSERT_OK(fcntl(kept, F_DUPFD, 40));
	closed = ASSERT_OK(fcntl(closed, F_DUPFD_CLOEXEC, 50));
	EXPECT_EQ(run(SELF, argv, no_environment), 0);
	snprintf(want_kept, sizeof(want_kept), " %d ", kept);
	snprintf(not_wanted, sizeof(not_wanted), " %d ", closed);
	EXPECT(strstr(output, want_kept));
	EXPECT(!strstr(output, not_wanted));
}

static void handler(int sig)
{
	(void)sig;
}

TEST(signal_state_across_exec)
{
	sigset_t set;
	char *argv[] = { "x", "@signals", NULL };

	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, handler);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	EXPECT_EQ(run(SELF, argv, no_environment), 0);
	EXPECT_LINE("ignored 10");
	EXPECT(!strstr(output, "handled"));
	EXPECT_LINE("blocked 15");
	EXPECT_LINE("blocked 14");
	/* A pending signal stays pending in the new program. */
	pid_t pid = CHILD({
		raise(SIGTERM);
		int fd = open("out", O_WRONLY | O_CREAT, 0600);
		dup2(fd, 1);
		execve(SELF, argv, no_environment);
	});
	EXPECT_EXIT(pid, 0);
	EXPECT(strstr(slurp("out"), "pending 15"));
}

static void *exec_from_thread(void *arg)
{
	execve(SELF, arg, no_environment);
	_exit(1);
}

TEST(exec_from_a_thread_keeps_the_pid)
{
	int p[2];
	char *argv[] = { "x", "@ids", NULL }, text[256], want[32];

	ASSERT_OK(pipe(p));
	pid_t pid = CHILD({
		pthread_t t;
		dup2(p[1], 1);
		pthread_create(&t, NULL, exec_from_thread, argv);
		for (;;)
			pause();
	});

	close(p[1]);
	ssize_t n = read(p[0], text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	EXPECT_EXIT(pid, 0);
	snprintf(want, sizeof(want), "pid %d\n", pid);
	EXPECT(strstr(text, want));
}

TEST(name_is_the_file_name)
{
	char *argv[] = { "something else", "@ids", NULL };

	copy_self("a-name-of-more-than-fifteen");
	EXPECT_EQ(run("./a-name-of-more-than-fifteen", argv, no_environment), 0);
	EXPECT_LINE("name a-name-of-more-");
}

TEST(set_user_id)
{
	char *argv[] = { "x", "@ids", NULL };

	/* Not in /tmp, which is mounted nosuid; there the bits must have no effect. */
	copy_self("/selftest-suid");
	EXPECT_OK(chown("/selftest-suid", 4321, 4322));
	EXPECT_OK(chmod("/selftest-suid", 06755));
	EXPECT_EQ(run("/selftest-suid", argv, no_environment), 0);
	EXPECT_LINE("uid 0 euid 4321 gid 0 egid 4322");
	unlink("/selftest-suid");
	copy_self("suid");
	EXPECT_OK(chown("suid", 4321, 4322));
	EXPECT_OK(chmod("suid", 06755));
	EXPECT_EQ(run("./suid", argv, no_environment), 0);
	EXPECT_LINE("uid 0 euid 0 gid 0 egid 0");
}

TEST(busy_text_cannot_be_written)
{
	int p[2];
	char c, *argv[] = { "x", NULL };

	copy_self("busy");
	ASSERT_OK(pipe2(p, O_CLOEXEC));
	pid_t pid = CHILD({ execl("./busy", "x", "@sleep", "20", NULL); });

	close(p[1]);
	EXPECT_EQ(read(p[0], &c, 1), 0); /* the exec has closed the other end */
	EXPECT_ERR(open("busy", O_WRONLY), ETXTBSY);
	EXPECT_ERR(truncate("busy", 0), ETXTBSY);
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
	int fd = EXPECT_OK(open("busy", O_WRONLY));

	EXPECT_ERR(execve("./busy", argv, no_environment), ETXTBSY);
	close(fd);
}

TEST(exec_by_descriptor)
{
	char *argv[] = { "x", "@exit", "3", NULL };
	int fd = ASSERT_OK(open(SELF, O_RDONLY | O_CLOEXEC));

	EXPECT_EXIT(CHILD({ fexecve(fd, argv, no_environment); }), 3);
	int folder = ASSERT_OK(open("/proc/self", O_RDONLY | O_DIRECTORY));

	EXPECT_EXIT(CHILD({ syscall(SYS_execveat, folder, "exe", argv, no_environment, 0); }), 3);
	EXPECT_ERR(syscall(SYS_execveat, folder, "exe", argv, no_environment, AT_SYMLINK_NOFOLLOW),
		   ELOOP);
	EXPECT_ERR(syscall(SYS_execveat, 999, "exe", argv, no_environment, 0), EBADF);
	EXPECT_ERR(syscall(SYS_execveat, folder, "exe", argv, no_environment, 0x40000000), EINVAL);
}

TEST(failed_exec_changes_nothing)
{
	char *argv[] = { "x", NULL };
	int fd = ASSERT_OK(open("/dev/null", O_RDONLY | O_CLOEXEC));

	signal(SIGUSR2, handler);
	EXPECT_ERR(execve("/etc/passwd", argv, no_environment), EACCES);
	struct sigaction sa;

	sigaction(SIGUSR2, NULL, &sa);
	EXPECT(sa.sa_handler == handler);
	EXPECT_OK(fcntl(fd, F_GETFD));
}

TEST(memory_locks_and_mappings_are_gone)
{
	/* A mapping at a fixed place must not be there in the new program. */
	void *place = (void *)0x700000000000;
	char *argv[] = { "sh", "-c", "cat /proc/self/maps", NULL };

	ASSERT_OK(mmap(place, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	EXPECT_EQ(run("/bin/sh", argv, no_environment), 0);
	EXPECT(strstr(output, "[stack]"));
	EXPECT(!strstr(output, "700000000000"));
}

TEST(empty_argument_vector)
{
	char *argv[] = { NULL };
	int status = run("/bin/true", argv, no_environment);

	/* Linux puts an empty string in argv[0]; busybox then finds no applet. */
	EXPECT(WIFEXITED(status));
}

TEST(stack_holds_what_the_limit_allows)
{
	struct rlimit limit;

	ASSERT_OK(getrlimit(RLIMIT_STACK, &limit));
	EXPECT_EXIT(CHILD({
			    volatile char frame[6 << 20];
			    for (size_t i = 0; i < sizeof(frame); i += 4096)
				    frame[i] = 1;
			    EXPECT_EQ(frame[4096], 1);
		    }),
		    0);
}
