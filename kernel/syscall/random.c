// SPDX-License-Identifier: MIT
/* getrandom. */
#include <kernel/process.h>
#include <kernel/random.h>
#include <kernel/sched.h>
#include <kernel/syscalls.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <uapi/random.h>

long sys_getrandom(char __user *buf, size_t count, unsigned int flags)
{
	u8 block[256];
	size_t done = 0;
	int err;

	if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	if ((flags & (GRND_INSECURE | GRND_RANDOM)) == (GRND_INSECURE | GRND_RANDOM))
		return -EINVAL;
	if (!random_is_ready() && !(flags & GRND_INSECURE)) {
		if (flags & GRND_NONBLOCK)
			return -EAGAIN;
		err = wait_for_random_ready();
		if (err)
			return err;
	}
	count = min_t(size_t, count, INT_MAX & ~(PAGE_SIZE - 1));
	while (done < count) {
		size_t part = min(count - done, sizeof(block));

		get_random_bytes(block, part);
		if (copy_to_user(buf + done, block, part)) {
			if (!done)
				done = -EFAULT;
			break;
		}
		done += part;
		/* A long one can be interrupted, once it has something to show. */
		if (done < count && !(done % PAGE_SIZE)) {
			if (signal_pending(current))
				break;
			cond_resched();
		}
	}
	memzero_explicit(block, sizeof(block));
	return done;
}
