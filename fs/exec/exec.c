// SPDX-License-Identifier: MIT
/* execve and execveat: the order of things. See exec.h. */
#include <arch/entry.h>
#include <arch/fpu.h>
#include <fs/files.h>
#include <kernel/process.h>
#include <kernel/trace_events.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>
#include <uapi/limits.h>
#include <uapi/personality.h>
#include <uapi/signal.h>
#include "exec.h"

int exec_read(struct file *file, void *buf, size_t size, loff_t pos)
{
	ssize_t n = kernel_read(file, buf, size, &pos);

	return n < 0 ? n : (size_t)n == size ? 0 : -EIO;
}

static int read_head(struct exec *x)
{
	loff_t pos = 0;
	ssize_t n;

	memset(x->head, 0, sizeof(x->head));
	n = kernel_read(x->main.file, x->head, sizeof(x->head), &pos);
	return n < 0 ? n : 0;
}

/* From the file that was named to the program that will run. */
static int find_program(struct exec *x)
{
	int err;

	for (unsigned int depth = 0;; depth++) {
		if (depth > EXEC_MAX_DEPTH)
			return -ELOOP;
		err = read_head(x);
		if (err)
			return err;
		if (x->head[0] != '#' || x->head[1] != '!')
			return 0;
		err = exec_script(x);
		if (err)
			return err;
	}
}

/* Everything that can be found wrong without changing anything. */
static int examine(struct exec *x, struct exec_strings argv, struct exec_strings envp)
{
	int err = find_program(x);

	if (!err)
		err = exec_prepare_creds(x);
	if (!err)
		err = exec_check_elf(x);
	if (!err)
		err = exec_collect_args(x, argv, envp);
	return err;
}

static void set_exe_file(struct exec *x)
{
	/* The space keeps the file, and keeps it from being written, as long as it lives. */
	x->space->exe_file = exec_file_get(x->main.file);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void new_identity(struct exec *x)
{
	struct process *p = current->process;
	const struct credentials *cred = x->cred;
	u8 dumpable = x->unreadable || cred->euid != cred->uid || cred->egid != cred->gid
			      ? DUMPABLE_NO
			      : DUMPABLE_USER;

	if (x->secure) {
		current->pdeath_signal = 0;
		p->personality &= ~PER_CLEAR_ON_SETID;
		/* A program with rights of its own gets a stack whose limit its caller did not choose. */
		if (p->limits[RLIMIT_STACK].rlim_cur > _STK_LIM)
			p->limits[RLIMIT_STACK].rlim_cur = _STK_LIM;
	}
	commit_creds(x->cred);
	x->cred = NULL;
	WRITE_ONCE(p->dumpable, dumpable);
}

/* No way back. */
static int replace_program(struct exec *x)
{
	struct address_space *space = x->space;
	unsigned long entry;
	s32 old_tid = current->tid;
	int err = process_become_single();

	if (err)
		return err;
	set_exe_file(x);
	process_leave_space();
	x->space = NULL;
	space_activate(space);
	if (fpu_thread_reset())
		return -ENOMEM;
	process_new_program(base_name(x->filename));
	trace_sched_process_exec(current, old_tid, x->filename);
	err = files_unshare();
	if (err)
		return err;
	files_close_on_exec();
	new_identity(x);
	err = exec_load_elf(x, &entry);
	if (err)
		return err;
	user_registers_reset(thread_frame(current), entry, x->sp);
	return 0;
}

static void free_exec(struct exec *x)
{
	exec_free_image(&x->main);
	exec_free_image(&x->interp);
	exec_free_args(&x->args);
	for (unsigned int i = 0; i < x->nr_prefix; i++)
		kfree(x->prefix[i]);
	if (x->space)
		space_put(x->space);
	if (x->cred)
		abort_creds(x->cred);
	kfree(x->owned_name);
	kfree(x);
}

/* setuid() may have gone over the limit of processes; the one who notices is the program it then wants to run. */
static int check_nproc(void)
{
	struct user_struct *user = current_user();

	if (!test_thread_flag(current, TF_NPROC_EXCEEDED))
		return 0;
	if (atomic_read(&user->nr_processes) > rlimit(RLIMIT_NPROC))
		return -EAGAIN;
	clear_thread_flag(current, TF_NPROC_EXCEEDED);
	return 0;
}

static int open_program(struct exec *x, int dfd, const char *name, int flags)
{
	struct file *file = open_exec_at(dfd, name, flags);

	if (IS_ERR(file))
		return PTR_ERR(file);
	x->main.file = file;
	x->filename = name;
	if (dfd != AT_FDCWD && name[0] != '/') {
		x->owned_name = name[0] ? kasprintf(GFP_KERNEL, "/dev/fd/%d/%s", dfd, name)
					: kasprintf(GFP_KERNEL, "/dev/fd/%d", dfd);
		if (!x->owned_name)
			return -ENOMEM;
		x->filename = x->owned_name;
		x->name_is_closed = fd_get_cloexec(dfd);
	}
	return 0;
}

static int do_exec(int dfd, const char *name, struct exec_strings argv, struct exec_strings envp,
		   int flags)
{
	struct exec *x;
	int err = check_nproc();

	if (err)
		return err;
	x = kzalloc(sizeof(*x), GFP_KERNEL);
	if (!x)
		return -ENOMEM;
	err = open_program(x, dfd, name, flags);
	if (!err)
		err = examine(x, argv, envp);
	if (!err)
		err = exec_make_space(x);
	if (!err) {
		err = replace_program(x);
		/* A SIGKILL that is on its way already says why; else this does. */
		if (err && !fatal_signal_pending(current))
			force_fatal_sig(SIGSEGV);
	}
	free_exec(x);
	return err;
}

static long exec_from_user(int dfd, const char __user *upath, const char __user *const __user *argv,
			   const char __user *const __user *envp, int flags)
{
	char *path = kmalloc(PATH_MAX, GFP_KERNEL);
	long n;

	if (!path)
		return -ENOMEM;
	n = strncpy_from_user(path, upath, PATH_MAX);
	if (n >= PATH_MAX)
		n = -ENAMETOOLONG;
	else if (!n && !(flags & AT_EMPTY_PATH))
		n = -ENOENT;
	if (n >= 0)
		/* lint: unknownEvaluationOrder: nothing here has side effects */
		n = do_exec(dfd, path, (struct exec_strings){ .u = argv },
			    (struct exec_strings){ .u = envp }, flags);
	kfree(path);
	return n;
}

long sys_execve(const char __user *path, const char __user *const __user *argv,
		const char __user *const __user *envp)
{
	return exec_from_user(AT_FDCWD, path, argv, envp, 0);
}

long sys_execveat(int dfd, const char __user *path, const char __user *const __user *argv,
		  const char __user *const __user *envp, int flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return exec_from_user(dfd, path, argv, envp, flags);
}

int kernel_execve(const char *name, const char *const *argv, const char *const *envp)
{
	return do_exec(AT_FDCWD, name, (struct exec_strings){ .kernel = true, .k = argv },
		       (struct exec_strings){ .kernel = true, .k = envp }, 0);
}
