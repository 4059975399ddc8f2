/* SPDX-License-Identifier: MIT */
/* signalfd(2): reads the signals of whoever reads, in place of handlers. */
#include <fs/eventfd.h>
#include <fs/files.h>
#include <fs/poll.h>
#include <fs/seq_file.h>
#include <fs/uio.h>
#include <fs/vfs.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/fcntl.h>
#include <uapi/signal.h>

struct signalfd {
	sigset_t mask; /* one word: which signals it reads */
};

static const struct file_operations signalfd_fops;

static u32 signalfd_poll(struct file *file, struct poll_table *table)
{
	struct signalfd *s = file->private;
	struct process *p = current->process;

	poll_wait(file, &p->signalfd_wait, table);
	return (READ_ONCE(current->pending_set.sig[0]) | READ_ONCE(p->pending_set.sig[0])) &
			       READ_ONCE(s->mask.sig[0])
		       ? EPOLLIN
		       : 0;
}

static void fill(struct signalfd_siginfo *out, const siginfo_t *in)
{
	memset(out, 0, sizeof(*out));
	out->ssi_signo = in->si_signo;
	out->ssi_errno = in->si_errno;
	out->ssi_code = in->si_code;
	out->ssi_pid = in->si_pid;
	out->ssi_uid = in->si_uid;
	switch (in->si_signo) {
	case SIGCHLD:
		out->ssi_status = in->si_status;
		out->ssi_utime = in->si_utime;
		out->ssi_stime = in->si_stime;
		return;
	case SIGSEGV:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
	case SIGTRAP:
		if (in->si_code > 0) {
			out->ssi_pid = out->ssi_uid = 0;
			out->ssi_addr = (unsigned long)in->si_addr;
			return;
		}
		break;
	case SIGIO:
		if (in->si_code > 0 && in->si_code != SI_KERNEL) {
			out->ssi_pid = out->ssi_uid = 0;
			out->ssi_band = in->si_band;
			out->ssi_fd = in->si_fd;
			return;
		}
		break;
	}
	if (in->si_code == SI_TIMER) {
		out->ssi_pid = out->ssi_uid = 0;
		out->ssi_tid = in->si_tid;
		out->ssi_overrun = in->si_overrun;
	}
	if (in->si_code < 0) {
		out->ssi_ptr = (unsigned long)in->si_ptr;
		out->ssi_int = in->si_int;
	}
}

/* The next signal; 0: there is none. */
static int take(struct signalfd *s, siginfo_t *info)
{
	struct process *p = current->process;
	sigset_t unwanted = { .sig[0] = ~READ_ONCE(s->mask.sig[0]) };
	int sig;

	spin_lock_irq(&p->siglock);
	sig = dequeue_signal(&unwanted, (struct siginfo *)info);
	spin_unlock_irq(&p->siglock);
	return sig;
}

static int wait_and_take(struct signalfd *s, siginfo_t *info, bool nonblock)
{
	struct process *p = current->process;
	wait_queue_entry_t entry;
	int sig = take(s, info), error = 0;

	if (sig)
		return sig;
	if (nonblock)
		return -EAGAIN;
	init_wait_entry(&entry);
	for (;;) {
		error = prepare_to_wait_event(&p->signalfd_wait, &entry, THREAD_INTERRUPTIBLE);
		sig = take(s, info);
		if (sig || error)
			break;
		schedule();
	}
	finish_wait(&p->signalfd_wait, &entry);
	return sig ?: error;
}

static ssize_t signalfd_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct signalfd *s = file->private;
	bool nonblock = file->flags & O_NONBLOCK;
	ssize_t done = 0;

	if (to->count < sizeof(struct signalfd_siginfo))
		return -EINVAL;
	while (to->count >= sizeof(struct signalfd_siginfo)) {
		struct signalfd_siginfo out;
		siginfo_t info;
		int sig = wait_and_take(s, &info, nonblock);

		if (sig <= 0) {
			done = done ?: sig;
			break;
		}
		fill(&out, &info);
		if (copy_to_iter(&out, sizeof(out), to) != sizeof(out)) {
			done = done ?: -EFAULT;
			break;
		}
		done += sizeof(out);
		nonblock = true; /* the others only if they are there */
	}
	return done;
}

static void signalfd_release(struct inode *inode, struct file *file)
{
	kfree(file->private);
}

static void signalfd_fdinfo(struct seq_file *m, struct file *file)
{
	struct signalfd *s = file->private;

	seq_printf(m, "sigmask:\t%016lx\n", s->mask.sig[0]);
}

static const struct file_operations signalfd_fops = {
	.read_iter = signalfd_read,
	.poll = signalfd_poll,
	.release = signalfd_release,
	.show_fdinfo = signalfd_fdinfo,
	.llseek = noop_llseek,
};

static long change_mask(int nr, const sigset_t *mask)
{
	struct fd fd = fd_get(nr);

	if (!fd.file)
		return -EBADF;
	if (fd.file->ops != &signalfd_fops) {
		fd_put(fd);
		return -EINVAL;
	}
	WRITE_ONCE(((struct signalfd *)fd.file->private)->mask.sig[0], mask->sig[0]);
	wake_up_all(&current->process->signalfd_wait);
	fd_put(fd);
	return nr;
}

long do_signalfd(int nr, const sigset_t *user_mask, int flags)
{
	sigset_t mask = *user_mask;
	struct signalfd *s;
	int fd;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	sigset_del(&mask, SIGKILL);
	sigset_del(&mask, SIGSTOP);
	if (nr != -1)
		return change_mask(nr, &mask);
	s = kmalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->mask = mask;
	fd = anon_inode_fd("[signalfd]", &signalfd_fops, s,
			   O_RDWR | (flags & (O_NONBLOCK | O_CLOEXEC)));
	if (fd < 0)
		kfree(s);
	return fd;
}
