/* SPDX-License-Identifier: MIT */
/* Rows of processes, threads and modules. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "bench.h"

static void wait_for(pid_t pid)
{
	int status;

	MUST(waitpid(pid, &status, 0));
	if (status) {
		errno = ECHILD;
		row_fails("the child");
	}
}

static void run_fork(long n)
{
	while (n--) {
		pid_t pid = MUST(fork());

		if (pid == 0)
			_exit(0);
		wait_for(pid);
	}
}
ROW("fork and exit", .run = run_fork)

static void run_fork_exec(long n)
{
	while (n--) {
		pid_t pid = MUST(fork());

		if (pid == 0) {
			execl(self, self, "--exit", (char *)NULL);
			_exit(127);
		}
		wait_for(pid);
	}
}
ROW("fork, exec and exit", .run = run_fork_exec)

static void run_vfork_exec(long n)
{
	while (n--) {
		pid_t pid = MUST(vfork());

		if (pid == 0) {
			execl(self, self, "--exit", (char *)NULL);
			_exit(127);
		}
		wait_for(pid);
	}
}
ROW("vfork, exec and exit", .run = run_vfork_exec)

static void *nothing(void *unused) { return unused; }
static void run_thread(long n)
{
	while (n--) {
		pthread_t thread;

		MUST(-pthread_create(&thread, NULL, nothing, NULL));
		pthread_join(thread, NULL);
	}
}
ROW("clone of a thread", .run = run_thread)

static void run_shell(long n)
{
	while (n--) {
		pid_t pid = MUST(vfork());

		if (pid == 0) {
			execl("/bin/sh", "sh", "-c", "/bin/true; exit", (char *)NULL);
			_exit(127);
		}
		wait_for(pid);
	}
}
ROW("sh -c", .run = run_shell)

/* A module whose file and name two variables of the environment tell. */
static int module_fd;
static const char *module_name;
static int open_module(void)
{
	const char *path = getenv(argument ? "BENCH_TWIN" : "BENCH_MODULE");

	module_name = getenv(argument ? "BENCH_TWIN_NAME" : "BENCH_MODULE_NAME");
	if (!path || !module_name) {
		errno = ENOENT;
		return -1;
	}
	return module_fd = open(path, O_RDONLY);
}
static void run_insmod(long n)
{
	while (n--) {
		MUST(syscall(SYS_finit_module, module_fd, "", 0));
		MUST(syscall(SYS_delete_module, module_name, O_NONBLOCK));
	}
}
ROW("insmod and rmmod", .setup = open_module, .run = run_insmod, .waits = 1, .least = 8)
static void run_insmod_only(long n)
{
	while (n--) {
		MUST(syscall(SYS_finit_module, module_fd, "", 0));
		clock_stop();
		MUST(syscall(SYS_delete_module, module_name, O_NONBLOCK));
		clock_go();
	}
}
ROW("insmod, 64 KiB", .setup = open_module, .run = run_insmod_only, .argument = 1, .least = 8)
