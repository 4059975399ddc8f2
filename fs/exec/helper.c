// SPDX-License-Identifier: MIT
/*
 * Programs that the kernel starts: init, and helpers such as modprobe. A process is made whose first steps are in the kernel; it has no
 * memory until it has found a program to run.
 */
#include <kernel/log.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <lib/err.h>
#include <kernel/workqueue.h>
#include <mm/slab.h>
#include <uapi/sched.h>
#include "helper.h"

/* What a process that the kernel starts is to do, on its way through clone. */
struct start {
	int (*run)(void *arg); /* 0: a program stands ready; else the exit code */
	void *arg;
};

static void start_process(void)
{
	struct thread *t = current;
	struct start start = *(struct start *)t->kthread_arg;
	int result;

	kfree(t->kthread_arg);
	t->kthread_arg = NULL;
	result = start.run(start.arg);
	if (result)
		do_group_exit(result);
}

/* Runs in a kernel thread: a process's own children are clone's. */
static long spawn_here(const char *name, struct start *start, struct exit_report *report)
{
	struct clone_request request = {
		.flags = CLONE_UNTRACED,
		.exit_signal = SIGCHLD,
		.kernel_entry = start_process,
		.name = name,
		.exit_report = report,
	};
	struct thread *child = clone_prepare(&request);

	if (IS_ERR(child)) {
		kfree(start);
		return PTR_ERR(child);
	}
	child->kthread_arg = start;
	return clone_commit(child, &request);
}

struct worker_call {
	struct work_struct work;
	long (*func)(void *arg);
	void *arg;
	long result;
	struct completion done;
};

static void worker_call(struct work_struct *work)
{
	struct worker_call *call = container_of(work, struct worker_call, work);

	call->result = call->func(call->arg);
	complete(&call->done);
}

static long call_in_worker(long (*func)(void *arg), void *arg)
{
	struct worker_call call = { .func = func, .arg = arg };

	INIT_WORK(&call.work, worker_call);
	init_completion(&call.done);
	queue_work(system_unbound_wq, &call.work);
	wait_for_completion(&call.done);
	return call.result;
}

struct spawn_request {
	const char *name;
	struct start *start;
	struct exit_report *report;
};

static long spawn_on_behalf(void *arg)
{
	struct spawn_request *request = arg;

	return spawn_here(request->name, request->start, request->report);
}

long process_spawn(const char *name, int (*run)(void *arg), void *arg, struct exit_report *report)
{
	struct start *start = kmalloc(sizeof(*start), GFP_KERNEL);
	struct spawn_request request = { name, start, report };

	if (!start)
		return -ENOMEM;
	*start = (struct start){ run, arg };
	if (!current->process)
		return spawn_here(name, start, report);
	/* A helper must not inherit anything of the process that happens to need it. */
	return call_in_worker(spawn_on_behalf, &request);
}

struct helper {
	const char *path;
	char **argv, **envp;
	struct exit_report report;
	int exec_error;
};

static int run_helper(void *arg)
{
	struct helper *helper = arg;
	int err = kernel_execve(helper->path, (const char *const *)helper->argv,
				(const char *const *)helper->envp);

	helper->exec_error = err;
	return err ? 1 << 8 : 0;
}

static int run_detached(const char *path, char **argv, char **envp);

int call_usermodehelper(const char *path, char **argv, char **envp, bool wait)
{
	struct helper helper = { .path = path, .argv = argv, .envp = envp };
	long pid;

	if (!wait)
		return run_detached(path, argv, envp);
	init_completion(&helper.report.done);
	pid = process_spawn("helper", run_helper, &helper, &helper.report);
	if (pid < 0)
		return pid;
	wait_for_completion(&helper.report.done);
	return helper.exec_error ?: helper.report.code;
}

/* --- without waiting: a copy of everything --- */

struct detached {
	struct helper helper;
	char *strings[]; /* argv, NULL, envp, NULL; each allocated */
};

static void free_detached(struct detached *d, unsigned int nr)
{
	while (nr--)
		kfree(d->strings[nr]);
	kfree(d->helper.path);
	kfree(d);
}

static int run_copy(void *arg)
{
	struct detached *d = arg;
	unsigned int nr = 0, ends = 0;
	int result = run_helper(&d->helper);

	while (ends < 2)
		ends += !d->strings[nr++];
	free_detached(d, nr);
	return result;
}

static unsigned int count_strings(char **list)
{
	unsigned int nr = 0;

	while (list && list[nr])
		nr++;
	return nr;
}

static int run_detached(const char *path, char **argv, char **envp)
{
	unsigned int argc = count_strings(argv), envc = count_strings(envp);
	struct detached *d = kzalloc(sizeof(*d) + (argc + envc + 2) * sizeof(char *), GFP_KERNEL);
	long pid;

	if (!d)
		return -ENOMEM;
	d->helper.path = kstrdup(path, GFP_KERNEL);
	d->helper.argv = d->strings;
	d->helper.envp = d->strings + argc + 1;
	for (unsigned int i = 0; i < argc; i++)
		d->helper.argv[i] = kstrdup(argv[i], GFP_KERNEL);
	for (unsigned int i = 0; i < envc; i++)
		d->helper.envp[i] = kstrdup(envp[i], GFP_KERNEL);
	if (!d->helper.path || count_strings(d->helper.argv) != argc ||
	    count_strings(d->helper.envp) != envc) {
		free_detached(d, argc + envc + 2);
		return -ENOMEM;
	}
	pid = process_spawn("helper", run_copy, d, NULL);
	if (pid < 0)
		free_detached(d, argc + envc + 2);
	return pid < 0 ? pid : 0;
}
