// SPDX-License-Identifier: MIT
/* process_vm_readv and process_vm_writev: memory of another process, through a page of the kernel's. */
#include <fs/uio.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/syscalls.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <mm/uaccess.h>
#include <uapi/uio.h>

#define FEW	8

/* One remote piece; bytes done, fewer at a fault, which then ends the call. */
static size_t copy_piece(struct address_space *s, const struct iovec *remote,
			 struct iov_iter *local, char *page, bool write)
{
	unsigned long address = (unsigned long)remote->iov_base;
	size_t left = min(remote->iov_len, local->count), done = 0;

	while (done < left) {
		size_t part = min(left - done, PAGE_SIZE - (address + done) % PAGE_SIZE), n;

		if (write) {
			part = copy_from_iter(page, part, local);
			n = part ? space_access(s, address + done, page, part, true) : 0;
			if (n < part)
				iov_iter_revert(local, part - n);
		} else {
			part = space_access(s, address + done, page, part, false);
			n = part ? copy_to_iter(page, part, local) : 0;
		}
		done += n;
		if (!n || n < part || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done;
}

static ssize_t copy_all(struct address_space *s, const struct iovec *remote, unsigned long nr,
			struct iov_iter *local, bool write)
{
	char *page = (char *)__get_free_page(GFP_KERNEL);
	ssize_t total = 0;

	if (!page)
		return -ENOMEM;
	for (unsigned long i = 0; i < nr && local->count; i++) {
		size_t wanted = min(remote[i].iov_len, local->count),
		       done = copy_piece(s, &remote[i], local, page, write);

		total += done;
		if (done < wanted) {
			if (!total)
				total = -EFAULT;
			break;
		}
	}
	free_page(page);
	return total;
}

/* Whose memory; ERR_PTR. With a user reference. */
static struct address_space *target_space(int pid)
{
	struct address_space *s = NULL;
	struct thread *t = find_get_thread(pid);
	int err = -ESRCH;

	if (t) {
		err = thread_may_access(t, ACCESS_ATTACH | ACCESS_REALCREDS);
		s = err ? NULL : get_thread_space(t);
		put_thread(t);
	}
	return s ?: ERR_PTR(err ?: -ESRCH);
}

static long transfer(int pid, const struct iovec __user *ulocal, unsigned long nr_local,
		     const struct iovec __user *uremote, unsigned long nr_remote,
		     unsigned long flags, bool write)
{
	struct iovec few_local[FEW], few_remote[FEW], *local = few_local, *remote = few_remote;
	struct iov_iter iter, unused;
	struct address_space *s;
	ssize_t result;

	if (flags)
		return -EINVAL;
	result = import_iovec(write, ulocal, nr_local, FEW, &local, &iter);
	if (result <= 0) {
		kfree(local);
		return result;
	}
	/* Checked like the caller's own: addresses of user memory, a sum that is no error. */
	result = import_iovec(write, uremote, nr_remote, FEW, &remote, &unused);
	if (result > 0) {
		s = target_space(pid);
		result = PTR_ERR_OR_ZERO(s);
		if (!result) {
			result = copy_all(s, remote ?: few_remote, nr_remote, &iter, write);
			space_put(s);
		}
	}
	kfree(local);
	kfree(remote);
	return result;
}

long sys_process_vm_readv(int pid, const struct iovec __user *local, unsigned long nr_local,
			  const struct iovec __user *remote, unsigned long nr_remote,
			  unsigned long flags)
{
	return transfer(pid, local, nr_local, remote, nr_remote, flags, false);
}

long sys_process_vm_writev(int pid, const struct iovec __user *local, unsigned long nr_local,
			   const struct iovec __user *remote, unsigned long nr_remote,
			   unsigned long flags)
{
	return transfer(pid, local, nr_local, remote, nr_remote, flags, true);
}
