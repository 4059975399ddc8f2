// SPDX-License-Identifier: MIT
/*
 * The strings of a new program. They are collected in the kernel first, so that a bad pointer or too many of them is an error like any
 * other, and then written to the new stack a page at a time.
 */
#include <kernel/process.h>
#include <kernel/sched.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <mm/uaccess.h>
#include <uapi/limits.h>
#include "exec.h"

#define MAX_STRING	(32 * PAGE_SIZE)	/* one argument */
#define MAX_STRINGS	0x7fffffff

/* --- the pages --- */

static int add_page(struct exec_args *args)
{
	u8 **pages;

	if (args->nr_pages == args->room) {
		pages = krealloc(args->pages, (args->room ? 2 * args->room : 8) * sizeof(*pages),
				 GFP_KERNEL);
		if (!pages)
			return -ENOMEM;
		args->pages = pages;
		args->room = args->room ? 2 * args->room : 8;
	}
	args->pages[args->nr_pages] = (u8 *)__get_free_page(GFP_KERNEL);
	if (!args->pages[args->nr_pages])
		return -ENOMEM;
	args->nr_pages++;
	return 0;
}

/* Where the byte lies that is `distance` below the top (1: the topmost). */
static u8 *place(const struct exec_args *args, unsigned long distance)
{
	return args->pages[(distance - 1) / PAGE_SIZE] + PAGE_SIZE - 1 - (distance - 1) % PAGE_SIZE;
}

static int copy_in(void *to, const void *from, size_t n, bool kernel)
{
	if (kernel) {
		memcpy(to, from, n);
		return 0;
	}
	return copy_from_user(to, (const void __user *)from, n) ? -EFAULT : 0;
}

/* Puts n bytes below what is there, in pieces from the end, as pages hold them. */
static int push(struct exec_args *args, const char *from, size_t n, bool kernel)
{
	int err = 0;

	if (n > args->limit - args->used)
		return -E2BIG;
	while (n && !err) {
		size_t part = min(n, PAGE_SIZE - args->used % PAGE_SIZE);

		if (args->used == args->nr_pages * PAGE_SIZE)
			err = add_page(args);
		if (err)
			break;
		n -= part;
		err = copy_in(place(args, args->used + part), from + n, part, kernel);
		args->used += part;
	}
	return err;
}

void exec_free_args(struct exec_args *args)
{
	for (unsigned int i = 0; i < args->nr_pages; i++)
		free_page(args->pages[i]);
	kfree(args->pages);
	args->pages = NULL;
	args->nr_pages = 0;
}

/* --- the strings --- */

static const char *string_at(const struct exec_strings *strings, unsigned int i)
{
	unsigned long pointer;

	if (strings->kernel)
		return strings->k[i];
	if (get_user(pointer, (const unsigned long __user *)&strings->u[i]))
		return ERR_PTR(-EFAULT);
	return (const char *)pointer;
}

static long count(const struct exec_strings *strings)
{
	unsigned int i = 0;

	if (!strings->u)
		return 0;
	for (;;) {
		const char *s = string_at(strings, i);

		if (!s)
			return i;
		if (IS_ERR(s))
			return PTR_ERR(s);
		if (i++ >= MAX_STRINGS)
			return -E2BIG;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}

static int push_string(struct exec_args *args, const char *s, bool kernel)
{
	long size = kernel ? (long)strlen(s) + 1 : strnlen_user((const char __user *)s, MAX_STRING);

	if (!size)
		return -EFAULT;
	if (size > (long)MAX_STRING)
		return -E2BIG;
	return push(args, s, size, kernel);
}

static int push_strings(struct exec_args *args, const struct exec_strings *strings,
			unsigned int first, unsigned int n)
{
	while (n-- > first) {
		const char *s = string_at(strings, n);
		int err;

		if (!s || IS_ERR(s))
			return -EFAULT;
		err = push_string(args, s, strings->kernel);
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/* A quarter of the stack's limit, at least 32 pages, at most 6 MiB, for strings and the pointers to them. */
static int set_limit(struct exec_args *args)
{
	unsigned long limit = min_t(unsigned long, _STK_LIM / 4 * 3, rlimit(RLIMIT_STACK) / 4);
	unsigned long pointers = (max(args->argc, 1u) + args->envc) * sizeof(void *);

	limit = max_t(unsigned long, limit, ARG_MAX);
	if (limit <= pointers)
		return -E2BIG;
	args->limit = limit - pointers;
	return 0;
}

static int push_argv(struct exec *x, const struct exec_strings *argv, unsigned int n)
{
	unsigned int skip = x->skip_argv0 && n;
	int err = push_strings(&x->args, argv, skip, n);

	x->args.argc = n - skip;
	for (unsigned int i = 0; i < x->nr_prefix && !err; i++) {
		err = push_string(&x->args, x->prefix[i], true);
		x->args.argc++;
	}
	/* A program may trust that there is an argv[0]. */
	if (!err && !x->args.argc) {
		err = push_string(&x->args, "", true);
		x->args.argc++;
	}
	return err;
}

int exec_collect_args(struct exec *x, struct exec_strings argv, struct exec_strings envp)
{
	static const u64 zero;
	struct exec_args *args = &x->args;
	long argc = count(&argv), envc;
	int err;

	if (argc < 0)
		return argc;
	envc = count(&envp);
	if (envc < 0)
		return envc;
	args->argc = argc;
	args->envc = envc;
	err = set_limit(args);
	if (!err)
		err = push(args, (const char *)&zero, sizeof(zero), true);
	if (!err)
		err = push_string(args, x->filename, true);
	args->name_end = args->used;
	if (!err)
		err = push_strings(args, &envp, 0, envc);
	args->env_end = args->used;
	if (!err)
		err = push_argv(x, &argv, argc);
	args->argv_end = args->used;
	return err;
}

int exec_write_args(struct exec_args *args, struct address_space *space, unsigned long top)
{
	for (unsigned int i = 0; i < args->nr_pages; i++) {
		size_t n = min(PAGE_SIZE, args->used - i * PAGE_SIZE);
		unsigned long address = top - i * PAGE_SIZE - n;

		/* The new stack is there; what can be missing is memory for it. */
		if (space_access(space, address, args->pages[i] + PAGE_SIZE - n, n, true) != n)
			return -ENOMEM;
	}
	return 0;
}

void exec_string_addresses(const struct exec_args *args, unsigned long top, unsigned long distance,
			   unsigned int n, unsigned long *to)
{
	while (n--) {
		*to++ = top - distance;
		/* To the end of this string, a page's part at a time. */
		for (;;) {
			size_t part = (distance - 1) % PAGE_SIZE + 1;
			const u8 *s = place(args, distance), *end = memchr(s, 0, part);

			if (end) {
				distance -= end - s + 1;
				break;
			}
			distance -= part;
		}
	}
}
