/* SPDX-License-Identifier: MIT */
/* What the copies of uaccess.S are put together to. */
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/uaccess.h>

/* Is user memory all zero? 1, 0 or -EFAULT. */
static int user_is_zero(const u8 __user *p, size_t n)
{
	for (; n >= 8; n -= 8, p += 8) {
		u64 word;

		if (get_user(word, (const u64 __user *)p))
			return -EFAULT;
		/* lint: uninitvar: get_user() sets it */
		if (word)
			return 0;
	}
	for (; n; n--, p++) {
		u8 byte;

		if (get_user(byte, p))
			return -EFAULT;
		/* lint: uninitvar: get_user() sets it */
		if (byte)
			return 0;
	}
	return 1;
}

int copy_struct_from_user(void *to, size_t size, const void __user *from, size_t usize)
{
	size_t known = min(size, usize);

	if (usize > size) {
		int zero = user_is_zero((const u8 __user *)from + size, usize - size);

		if (zero <= 0)
			return zero ?: -E2BIG;
	}
	memset(to + known, 0, size - known);
	return copy_from_user(to, from, known) ? -EFAULT : 0;
}
