// SPDX-License-Identifier: MIT
/* pidfd: a descriptor that names a process, and goes on naming it when its number has passed to another. Readable once it has ended. */
#include <fs/files.h>
#include <fs/pidfd.h>
#include <fs/poll.h>
#include <fs/seq_file.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <lib/err.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>
#include <uapi/poll.h>

static struct pid *pid_of(const struct file *file)
{
	return file->private;
}

static bool has_ended(struct pid *pid)
{
	struct process *p;
	bool ended;

	rcu_read_lock();
	p = rcu_dereference(pid->process);
	ended = !p || READ_ONCE(p->exit_state);
	rcu_read_unlock();
	return ended;
}

static u32 pidfd_poll(struct file *file, struct poll_table *table)
{
	struct pid *pid = pid_of(file);

	poll_wait(file, &pid->poll_wait, table);
	return has_ended(pid) ? EPOLLIN | EPOLLRDNORM : 0;
}

static void pidfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	s32 nr = has_ended(pid_of(file)) ? -1 : pid_of(file)->nr;

	seq_printf(m, "Pid:\t%d\nNSpid:\t%d\n", nr, nr);
}

static void pidfd_release(struct inode *inode, struct file *file)
{
	put_pid(pid_of(file));
}

static const struct file_operations pidfd_operations = {
	.llseek = noop_llseek,
	.poll = pidfd_poll,
	.show_fdinfo = pidfd_show_fdinfo,
	.release = pidfd_release,
};

struct file *pidfd_file(struct pid *pid, unsigned int o_flags)
{
	struct file *file = anon_inode_file("[pidfd]", &pidfd_operations, pid, O_RDWR | o_flags);

	if (!IS_ERR(file))
		get_pid(pid);
	return file;
}

struct pid *pidfd_get_pid(int nr, bool *nonblocking)
{
	struct fd fd = fd_get(nr);
	struct pid *pid = ERR_PTR(-EBADF);

	if (fd.file && fd.file->ops == &pidfd_operations) {
		pid = get_pid(pid_of(fd.file));
		if (nonblocking)
			*nonblocking = fd.file->flags & O_NONBLOCK;
	}
	fd_put(fd);
	return pid;
}

long sys_pidfd_open(int nr, unsigned int flags)
{
	struct file *file;
	struct pid *pid;
	int fd;

	if (flags & ~O_NONBLOCK || nr <= 0)
		return -EINVAL;
	pid = find_get_pid(nr);
	if (!pid)
		return -ESRCH;
	fd = READ_ONCE(pid->process) ? get_unused_fd_flags(O_CLOEXEC) : -EINVAL;
	if (fd >= 0) {
		file = pidfd_file(pid, flags);
		if (IS_ERR(file)) {
			put_unused_fd(fd);
			fd = PTR_ERR(file);
		} else {
			fd_install(fd, file);
		}
	}
	put_pid(pid);
	return fd;
}

static int fill_info(struct siginfo *info, int sig, struct siginfo __user *uinfo, struct pid *pid)
{
	int err;

	if (!uinfo) {
		*info = (struct siginfo){ .si_signo = sig, .si_code = SI_USER };
		info->si_pid = current->process->pid->nr;
		info->si_uid = current_uid();
		return 0;
	}
	err = copy_siginfo_from_user(info, uinfo);
	if (err)
		return err;
	if (info->si_signo != sig)
		return -EINVAL;
	return pid != current->process->pid && (info->si_code >= 0 || info->si_code == SI_TKILL)
		       ? -EPERM
		       : 0;
}

static int send(struct pid *pid, int sig, struct siginfo *info)
{
	struct process *p;
	int err;

	rcu_read_lock();
	p = rcu_dereference(pid->process);
	err = !p ? -ESRCH : sig < 0 || sig > SIGRTMAX ? -EINVAL : signal_permission(p, sig);
	if (!err && sig)
		err = send_signal_process(p, sig, info);
	rcu_read_unlock();
	return err;
}

long sys_pidfd_send_signal(int pidfd, int sig, struct siginfo __user *uinfo, unsigned int flags)
{
	struct siginfo info;
	struct pid *pid;
	int err;

	if (flags)
		return -EINVAL;
	pid = pidfd_get_pid(pidfd, NULL);
	if (IS_ERR(pid))
		return PTR_ERR(pid);
	err = fill_info(&info, sig, uinfo, pid);
	if (!err)
		err = send(pid, sig, &info);
	put_pid(pid);
	return err;
}

static int copy_fd(struct thread *t, int nr)
{
	struct file *file;
	int fd;

	if (thread_may_access(t, ACCESS_ATTACH | ACCESS_REALCREDS))
		return -EPERM;
	file = fget_thread(t, nr);
	if (!file)
		return -EBADF;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		fput(file);
	else
		fd_install(fd, file);
	return fd;
}

long sys_pidfd_getfd(int pidfd, int nr, unsigned int flags)
{
	struct thread *t;
	struct pid *pid;
	int fd = -ESRCH;

	if (flags)
		return -EINVAL;
	pid = pidfd_get_pid(pidfd, NULL);
	if (IS_ERR(pid))
		return PTR_ERR(pid);
	t = find_get_thread(pid->nr);
	if (t && rcu_access_pointer(pid->thread) == t)
		fd = copy_fd(t, nr);
	if (t)
		put_thread(t);
	put_pid(pid);
	return fd;
}
