// SPDX-License-Identifier: MIT
/* wait4 and waitid. */
#include <fs/pidfd.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <lib/err.h>
#include <mm/uaccess.h>
#include <uapi/signal.h>
#include <uapi/wait.h>

long sys_wait4(int pid, int __user *status, int options, struct rusage __user *usage)
{
	struct wait_request request = { .which = P_ALL, .options = options | WEXITED };
	long result;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
		return -EINVAL;
	if (pid == INT_MIN)
		return -ESRCH;
	if (pid > 0) {
		request.which = P_PID;
		request.pid = find_get_pid(pid);
	} else if (pid != -1) {
		request.which = P_PGID;
		request.pid = pid ? find_get_pid(-pid) : current_pgrp();
	}
	/* A number that names nothing names no child either. */
	result = request.which != P_ALL && !request.pid ? -ECHILD : process_wait(&request);
	put_pid(request.pid);
	if (result <= 0)
		return result;
	if (status && put_user(request.code, status))
		return -EFAULT;
	if (usage && copy_to_user(usage, &request.usage, sizeof(*usage)))
		return -EFAULT;
	return request.child;
}

static int find_whom(struct wait_request *request, int pid, bool *nonblocking)
{
	switch (request->which) {
	case P_ALL: return 0;
	case P_PID:
		if (pid <= 0)
			return -EINVAL;
		request->pid = find_get_pid(pid);
		return 0;
	case P_PGID:
		if (pid < 0)
			return -EINVAL;
		request->pid = pid ? find_get_pid(pid) : current_pgrp();
		return 0;
	case P_PIDFD:
		if (pid < 0)
			return -EINVAL;
		request->which = P_PID;
		request->pid = pidfd_get_pid(pid, nonblocking);
		if (!IS_ERR(request->pid))
			return 0;
		pid = PTR_ERR(request->pid);
		request->pid = NULL;
		return pid;
	}
	return -EINVAL;
}

static int put_result(struct siginfo __user *uinfo, const struct wait_request *request, bool found)
{
	struct siginfo info = {};

	if (found) {
		info.si_signo = SIGCHLD;
		info.si_code = request->cause;
		info.si_pid = request->child;
		info.si_uid = request->uid;
		info.si_status = request->status;
	}
	/* Field by field, as Linux does it: programs may have left something in the rest. */
	if (put_user(info.si_signo, &uinfo->si_signo) ||
	    put_user(info.si_errno, &uinfo->si_errno) || put_user(info.si_code, &uinfo->si_code) ||
	    put_user(info.si_pid, &uinfo->si_pid) || put_user(info.si_uid, &uinfo->si_uid) ||
	    put_user(info.si_status, &uinfo->si_status))
		return -EFAULT;
	return 0;
}

long sys_waitid(int which, int pid, struct siginfo __user *info, int options,
		struct rusage __user *usage)
{
	struct wait_request request = { .which = which, .options = options };
	bool nonblocking = false;
	long result;

	if (options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD |
			__WCLONE | __WALL) ||
	    !(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	result = find_whom(&request, pid, &nonblocking);
	if (result)
		return result;
	if (nonblocking)
		request.options |= WNOHANG;
	result = request.which != P_ALL && !request.pid ? -ECHILD : process_wait(&request);
	put_pid(request.pid);
	if (!result && nonblocking && !(options & WNOHANG))
		result = -EAGAIN;
	if (result < 0)
		return result;
	if (result > 0 && usage && copy_to_user(usage, &request.usage, sizeof(*usage)))
		return -EFAULT;
	return info ? put_result(info, &request, result > 0) : 0;
}
