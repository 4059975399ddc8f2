// SPDX-License-Identifier: MIT
/* fork, vfork, clone, clone3, and the identifiers that threads keep for them. */
#include <fs/exec.h>
#include <fs/files.h>
#include <fs/pidfd.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <lib/err.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>
#include <uapi/limits.h>
#include <uapi/sched.h>
#include <uapi/signal.h>

/* The descriptor is made before the child is seen by anybody, and installed when nothing can fail any more. */
static long clone_with_pidfd(struct thread *child, struct clone_request *request, int __user *pidfd)
{
	struct file *file;
	long tid;
	int fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		clone_abort(child);
		return fd;
	}
	file = pidfd_file(child->pid, 0);
	if (IS_ERR(file) || put_user(fd, pidfd)) {
		if (!IS_ERR(file))
			fput(file);
		put_unused_fd(fd);
		clone_abort(child);
		return IS_ERR(file) ? PTR_ERR(file) : -EFAULT;
	}
	/* A second reference: commit may end with the child gone before we get to install it. */
	tid = clone_commit(child, request);
	if (tid < 0) {
		fput(file);
		put_unused_fd(fd);
		return tid;
	}
	fd_install(fd, file);
	return tid;
}

static long do_clone(struct clone_request *request, int __user *pidfd)
{
	struct thread *child;

	/* clone() has one word for both answers. */
	if (request->flags & CLONE_PIDFD && request->flags & CLONE_PARENT_SETTID &&
	    pidfd == request->parent_tid)
		return -EINVAL;
	child = clone_prepare(request);
	if (IS_ERR(child))
		return PTR_ERR(child);
	if (request->flags & CLONE_PIDFD)
		return clone_with_pidfd(child, request, pidfd);
	return clone_commit(child, request);
}

long sys_fork(void)
{
	struct clone_request request = { .exit_signal = SIGCHLD };

	return do_clone(&request, NULL);
}

long sys_vfork(void)
{
	struct clone_request request = { .flags = CLONE_VFORK | CLONE_VM, .exit_signal = SIGCHLD };

	return do_clone(&request, NULL);
}

long sys_clone(unsigned long flags, unsigned long stack, int __user *parent_tid,
	       int __user *child_tid, unsigned long tls)
{
	struct clone_request request = {
		.flags = (u32)flags & ~CSIGNAL,
		.exit_signal = flags & CSIGNAL,
		.child_tid = child_tid,
		.parent_tid = parent_tid,
		.stack = stack,
		.tls = tls,
	};

	return do_clone(&request, parent_tid);
}

static int read_clone_args(struct clone_args *args, struct clone_args __user *from, size_t size)
{
	int err;

	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	err = copy_struct_from_user(args, sizeof(*args), from, size);
	if (err)
		return err;
	if (args->set_tid_size > 32 || !args->set_tid != !args->set_tid_size)
		return -EINVAL;
	if (args->exit_signal & ~(u64)CSIGNAL || args->exit_signal > SIGRTMAX)
		return -EINVAL;
	if (args->flags & CLONE_INTO_CGROUP &&
	    (args->cgroup > INT_MAX || size < CLONE_ARGS_SIZE_VER2))
		return -EINVAL;
	return 0;
}

/* What clone() cannot say wrong: its flags are 32 bits, its stack has no size. */
static int check_clone3(const struct clone_args *args)
{
	if (args->flags & ~(u64)(0xffffffffu | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP))
		return -EINVAL;
	if (args->flags & (CLONE_DETACHED | (CSIGNAL & ~CLONE_NEWTIME)))
		return -EINVAL;
	if ((args->flags & (CLONE_SIGHAND | CLONE_CLEAR_SIGHAND)) ==
	    (CLONE_SIGHAND | CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if (args->flags & (CLONE_THREAD | CLONE_PARENT) && args->exit_signal)
		return -EINVAL;
	if (!args->stack != !args->stack_size)
		return -EINVAL;
	if (args->stack && !access_ok(u64_to_user_ptr(args->stack), args->stack_size))
		return -EINVAL;
	return 0;
}

long sys_clone3(struct clone_args __user *uargs, size_t size)
{
	struct clone_args args;
	struct clone_request request;
	int err = read_clone_args(&args, uargs, size);

	if (!err)
		err = check_clone3(&args);
	if (err)
		return err;
	request = (struct clone_request){
		.flags = args.flags,
		.exit_signal = args.exit_signal,
		.child_tid = u64_to_user_ptr(args.child_tid),
		.parent_tid = u64_to_user_ptr(args.parent_tid),
		.stack = args.stack + args.stack_size,
		.tls = args.tls,
	};
	/* One namespace of numbers, so one number to choose. */
	if (args.set_tid_size > 1)
		return -EINVAL;
	if (args.set_tid) {
		if (get_user(request.wanted_tid, (s32 __user *)u64_to_user_ptr(args.set_tid)))
			return -EFAULT;
		if (request.wanted_tid < 1 || request.wanted_tid >= pid_max)
			return -EINVAL;
	}
	return do_clone(&request, u64_to_user_ptr(args.pidfd));
}

long sys_set_tid_address(int __user *tid)
{
	current->clear_child_tid = (u32 __user *)tid;
	return current->tid;
}

long sys_exit(int code)
{
	do_exit((code & 0xff) << 8);
}

long sys_exit_group(int code)
{
	do_group_exit((code & 0xff) << 8);
}

/* Without namespaces, what can be unshared is files and the fs context; threads of one process share the rest for ever. */
long sys_unshare(unsigned long flags)
{
	if (flags & ~(unsigned long)(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_THREAD |
				     CLONE_SIGHAND | CLONE_VM | CLONE_NEWNS))
		return -EINVAL;
	if (flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM) && current->process->nr_threads > 1)
		return -EINVAL;
	if (flags & (CLONE_FS | CLONE_NEWNS)) {
		int err = fs_context_unshare(flags & CLONE_NEWNS);

		if (err)
			return err;
	}
	return flags & CLONE_FILES ? files_unshare() : 0;
}
