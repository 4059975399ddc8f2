/* SPDX-License-Identifier: MIT */
/* What the test program is when a test executes it again: "@name arguments". */
#include "harness.h"

#include <sys/auxv.h>
#include <sys/prctl.h>

int run_helper(int argc, char **argv);

/* @args: print the arguments and the environment. */
static int helper_args(int argc, char **argv)
{
	extern char **environ;

	for (int i = 0; i < argc; i++)
		printf("arg %s\n", argv[i]);
	for (char **e = environ; *e; e++)
		printf("env %s\n", *e);
	return 0;
}

/* @exit N */
static int helper_exit(int argc, char **argv)
{
	return argc > 1 ? atoi(argv[1]) : 0;
}

/* @fds: print which descriptors are open. */
static int helper_fds(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	printf("\n");
	return 0;
}

/* @signals: print ignored, handled, blocked and pending signals of this new program. */
static int helper_signals(int argc, char **argv)
{
	sigset_t blocked, pending;

	(void)argc;
	(void)argv;
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	sigpending(&pending);
	for (int sig = 1; sig <= 64; sig++) {
		struct sigaction sa;

		if (sigaction(sig, NULL, &sa) < 0)
			continue;
		if (sa.sa_handler == SIG_IGN)
			printf("ignored %d\n", sig);
		else if (sa.sa_handler != SIG_DFL)
			printf("handled %d\n", sig);
		if (sigismember(&blocked, sig))
			printf("blocked %d\n", sig);
		if (sigismember(&pending, sig))
			printf("pending %d\n", sig);
	}
	return 0;
}

/* @auxv: print the auxiliary vector as the C library sees it. */
static int helper_auxv(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("pagesz %lu\nuid %lu\nsecure %lu\nclktck %lu\nphnum %lu\nphent %lu\n",
	       getauxval(AT_PAGESZ), getauxval(AT_UID), getauxval(AT_SECURE), getauxval(AT_CLKTCK),
	       getauxval(AT_PHNUM), getauxval(AT_PHENT));
	printf("execfn %s\nplatform %s\n", (char *)getauxval(AT_EXECFN),
	       (char *)getauxval(AT_PLATFORM));
	unsigned char *random = (unsigned char *)getauxval(AT_RANDOM);

	printf("random ");
	for (int i = 0; i < 16; i++)
		printf("%02x", random[i]);
	printf("\n");
	return 0;
}

/* @ids: pid, thread name and credentials. */
static int helper_ids(int argc, char **argv)
{
	char name[17] = "";

	(void)argc;
	(void)argv;
	prctl(PR_GET_NAME, name);
	printf("pid %d\nname %s\nuid %d euid %d gid %d egid %d\n", getpid(), name, getuid(),
	       geteuid(), getgid(), getegid());
	return 0;
}

/* @sleep SECONDS */
static int helper_sleep(int argc, char **argv)
{
	sleep_ms(argc > 1 ? atoi(argv[1]) * 1000 : 1000);
	return 0;
}

/* @mxcsr: succeed if the SSE control register has its initial value. */
static int helper_mxcsr(int argc, char **argv)
{
	uint32_t csr;

	(void)argc;
	(void)argv;
	__asm__ volatile("stmxcsr %0" : "=m"(csr));
	return (csr & 0xffc0) != 0x1f80;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} helpers[] = {
	{ "@args", helper_args },	{ "@exit", helper_exit },   { "@fds", helper_fds },
	{ "@signals", helper_signals }, { "@auxv", helper_auxv },   { "@ids", helper_ids },
	{ "@sleep", helper_sleep },	{ "@mxcsr", helper_mxcsr },
};

int run_helper(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++)
		if (!strcmp(helpers[i].name, argv[0]))
			return helpers[i].run(argc, argv);
	fprintf(stderr, "no helper %s\n", argv[0]);
	return 1;
}
