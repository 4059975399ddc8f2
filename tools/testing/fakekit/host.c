/* SPDX-License-Identifier: MIT */
/* The host's side: see host.h. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <sanitizer/common_interface_defs.h>
#include "host.h"

#define STACK_BYTES	(256ul << 10)
#define LIMIT_S		30	/* of processor time: a busy machine takes as many seconds as it likes */

/* What the module leaves behind is counted by the fake kit itself. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0:abort_on_error=0:exitcode=99"; }
const char *__ubsan_default_options(void) { return "print_stacktrace=1:halt_on_error=1:exitcode=99"; }

void *host_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p) {
		perror("fakekit");
		_exit(98);
	}
	return p;
}

void host_free(void *p) { free(p); }
char *host_copy_text(const char *text) { return strdup(text); }
int host_format(char *to, size_t size, const char *format, va_list args) { return vsnprintf(to, size, format, args); }
const char *host_variable(const char *name) { return getenv(name); }
long host_number(const char *text) { return strtol(text, NULL, 0); }

void host_print(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
}

/* Of a program that counts its lines (make coverage), which does so at exit() only. */
__attribute__((weak)) void __gcov_dump(void);

void host_exit(int status)
{
	fflush(stdout);
	if (__gcov_dump)
		__gcov_dump();
	_exit(status);
}

struct host_fiber {
	ucontext_t context;
	void *stack;
	size_t size;
	void (*function)(void *argument);
	void *argument;
	void *fake_stack; /* the address sanitizer's */
};

struct host_fiber *host_fiber_self(void)
{
	struct host_fiber *fiber = host_alloc(sizeof(*fiber));
	pthread_attr_t attr;

	pthread_getattr_np(pthread_self(), &attr);
	pthread_attr_getstack(&attr, &fiber->stack, &fiber->size);
	pthread_attr_destroy(&attr);
	return fiber;
}

static void enter(unsigned int low, unsigned int high)
{
	struct host_fiber *fiber = (struct host_fiber *)((uintptr_t)low | (uintptr_t)high << 32);

	__sanitizer_finish_switch_fiber(NULL, NULL, NULL);
	fiber->function(fiber->argument);
	abort();
}

struct host_fiber *host_fiber_create(void (*function)(void *argument), void *argument)
{
	struct host_fiber *fiber = host_alloc(sizeof(*fiber));

	fiber->size = STACK_BYTES;
	fiber->stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (fiber->stack == MAP_FAILED)
		abort();
	fiber->function = function;
	fiber->argument = argument;
	getcontext(&fiber->context);
	fiber->context.uc_stack.ss_sp = fiber->stack;
	fiber->context.uc_stack.ss_size = fiber->size;
	makecontext(&fiber->context, (void (*)(void))enter, 2, (unsigned int)(uintptr_t)fiber,
		    (unsigned int)((uintptr_t)fiber >> 32));
	return fiber;
}

void host_fiber_switch(struct host_fiber *from, struct host_fiber *to)
{
	__sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->size);
	swapcontext(&from->context, &to->context);
	__sanitizer_finish_switch_fiber(from->fake_stack, NULL, NULL);
}

void host_fiber_free(struct host_fiber *fiber)
{
	munmap(fiber->stack, fiber->size);
	free(fiber);
}

int host_run(int (*function)(void *argument), void *argument)
{
	const struct itimerval limit = { .it_value.tv_sec = LIMIT_S };
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(1, 2);
		setitimer(ITIMER_PROF, &limit, NULL);
		host_exit(function(argument));
	}
	if (waitpid(pid, &status, 0) < 0)
		return 97;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
