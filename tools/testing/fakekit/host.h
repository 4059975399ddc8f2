/* SPDX-License-Identifier: MIT */
/*
 * What the fake kit needs of the host. host.c alone is compiled with the C library's headers, everything else with the kit's, so that a
 * driver's source meets exactly what it meets in the kernel.
 */
#ifndef FAKEKIT_HOST_H
#define FAKEKIT_HOST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

void *host_alloc(size_t size); /* zeroed, never NULL; freed by host_free */
void host_free(void *p);
char *host_copy_text(const char *text);
int host_format(char *to, size_t size, const char *format, va_list args);
void host_print(const char *text);
void host_exit(int status) __attribute__((noreturn)); /* without the leak check */
const char *host_variable(const char *name);	      /* of the environment; NULL: not set */
long host_number(const char *text);

/* A stack of its own that runs function(argument), which never returns. */
struct host_fiber;
struct host_fiber *host_fiber_self(void); /* for the stack the program began on */
struct host_fiber *host_fiber_create(void (*function)(void *argument), void *argument);
void host_fiber_switch(struct host_fiber *from, struct host_fiber *to);
void host_fiber_free(struct host_fiber *fiber);

/* Runs function(argument) in a process of its own with a time limit: its exit status, or 128 + the signal that ended it. */
int host_run(int (*function)(void *argument), void *argument);

#endif
