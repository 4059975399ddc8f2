/* SPDX-License-Identifier: MIT */
/*
 * struct iov_iter. The copy functions go through the segments with one loop (iterate), which hands each contiguous piece to a step
 * function; a step returns how many bytes of its piece it did NOT do.
 */
#include <fs/uio.h>
#include <kit/errno.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/uio.h>

#define MAX_RW_COUNT	(INT_MAX & PAGE_MASK)

void iov_iter_ubuf(struct iov_iter *i, bool source, void __user *buf, size_t count)
{
	*i = (struct iov_iter){
		.kind = ITER_UBUF, .source = source, .count = count, .ubuf = buf, .nr_segments = 1
	};
}

void iov_iter_kvec(struct iov_iter *i, bool source, const struct kvec *kvec, unsigned long nr,
		   size_t count)
{
	*i = (struct iov_iter){
		.kind = ITER_KVEC, .source = source, .count = count, .kvec = kvec, .nr_segments = nr
	};
}

void iov_iter_init(struct iov_iter *i, bool source, const struct iovec *iov, unsigned long nr,
		   size_t count)
{
	*i = (struct iov_iter){
		.kind = ITER_IOVEC, .source = source, .count = count, .iov = iov, .nr_segments = nr
	};
}

/* --- the loop --- */

/* base: the piece; done: bytes before it. What is left undone is returned. */
typedef size_t (*user_step_t)(void __user *base, size_t len, size_t done, void *arg);
typedef size_t (*kernel_step_t)(void *base, size_t len, size_t done, void *arg);

/* The structure is the programs' own, so its pointer has no mark. */
static inline char __user *iovec_base(const struct iovec *v)
{
	return (char __force __user *)v->iov_base;
}

static inline size_t iterate(struct iov_iter *i, size_t bytes, user_step_t user,
			     kernel_step_t kernel, void *arg)
{
	size_t done = 0;

	bytes = min(bytes, i->count);
	if (likely(i->kind == ITER_UBUF)) {
		if (bytes)
			done = bytes - user((char __user *)i->ubuf + i->offset, bytes, 0, arg);
		i->offset += done;
		i->count -= done;
		return done;
	}
	while (done < bytes) {
		bool is_user = i->kind == ITER_IOVEC;
		size_t seg = is_user ? i->iov->iov_len : i->kvec->len;
		size_t len = min(seg - i->offset, bytes - done), left = 0;

		if (len) {
			if (is_user)
				left = user(iovec_base(i->iov) + i->offset, len, done, arg);
			else
				left = kernel((char *)i->kvec->base + i->offset, len, done, arg);
		}
		done += len - left;
		i->offset += len - left;
		if (left)
			break;
		if (i->offset == seg) {
			i->offset = 0;
			i->nr_segments--;
			if (is_user)
				i->iov++;
			else
				i->kvec++;
		}
	}
	i->count -= done;
	return done;
}

static size_t to_user(void __user *base, size_t len, size_t done, void *arg)
{
	return copy_to_user(base, (char *)arg + done, len);
}

static size_t to_kernel(void *base, size_t len, size_t done, void *arg)
{
	memcpy(base, (char *)arg + done, len);
	return 0;
}

static size_t from_user(void __user *base, size_t len, size_t done, void *arg)
{
	return copy_from_user((char *)arg + done, base, len);
}

static size_t from_kernel(void *base, size_t len, size_t done, void *arg)
{
	memcpy((char *)arg + done, base, len);
	return 0;
}

static size_t zero_user(void __user *base, size_t len, size_t done, void *arg)
{
	return clear_user(base, len);
}

static size_t zero_kernel(void *base, size_t len, size_t done, void *arg)
{
	memset(base, 0, len);
	return 0;
}

static size_t skip_user(void __user *base, size_t len, size_t done, void *arg)
{
	return 0;
}

static size_t skip_kernel(void *base, size_t len, size_t done, void *arg)
{
	return 0;
}

size_t copy_to_iter(const void *from, size_t bytes, struct iov_iter *i)
{
	return iterate(i, bytes, to_user, to_kernel, (void *)from);
}

size_t copy_from_iter(void *to, size_t bytes, struct iov_iter *i)
{
	return iterate(i, bytes, from_user, from_kernel, to);
}

size_t iov_iter_zero(size_t bytes, struct iov_iter *i)
{
	return iterate(i, bytes, zero_user, zero_kernel, NULL);
}

void iov_iter_advance(struct iov_iter *i, size_t bytes)
{
	iterate(i, bytes, skip_user, skip_kernel, NULL);
}

size_t copy_page_to_iter(struct page *page, size_t offset, size_t bytes, struct iov_iter *i)
{
	return copy_to_iter((char *)page_address(page) + offset, bytes, i);
}

size_t copy_page_from_iter(struct page *page, size_t offset, size_t bytes, struct iov_iter *i)
{
	return copy_from_iter((char *)page_address(page) + offset, bytes, i);
}

size_t copy_page_from_iter_atomic(struct page *page, size_t offset, size_t bytes,
				  struct iov_iter *i)
{
	size_t done;

	pagefault_disable();
	done = copy_from_iter((char *)page_address(page) + offset, bytes, i);
	pagefault_enable();
	return done;
}

void iov_iter_revert(struct iov_iter *i, size_t bytes)
{
	i->count += bytes;
	if (i->kind == ITER_UBUF || bytes <= i->offset) {
		i->offset -= bytes;
		return;
	}
	bytes -= i->offset;
	for (;;) {
		size_t seg;

		i->nr_segments++;
		seg = i->kind == ITER_IOVEC ? (--i->iov)->iov_len : (--i->kvec)->len;
		if (bytes <= seg) {
			i->offset = seg - bytes;
			return;
		}
		bytes -= seg;
	}
}

void iov_iter_truncate(struct iov_iter *i, size_t count)
{
	if (i->count > count)
		i->count = count;
}

/* Touches one byte of each page; bytes from the first one that cannot be read on. */
static size_t fault_in_range(const char __user *from, size_t len)
{
	unsigned long start = (unsigned long)from, end = start + len, p = start;
	u8 c;

	might_fault();
	while (p < end) {
		if (__get_user_1(&c, (const void __user *)p))
			return end - p;
		p = (p & PAGE_MASK) + PAGE_SIZE;
	}
	return 0;
}

size_t fault_in_iov_iter_readable(struct iov_iter *i, size_t bytes)
{
	const struct iovec *iov;
	size_t offset = i->offset;

	bytes = min(bytes, i->count);
	if (i->kind == ITER_KVEC)
		return 0;
	if (i->kind == ITER_UBUF)
		return fault_in_range((char __user *)i->ubuf + offset, bytes);
	for (iov = i->iov; bytes; iov++, offset = 0) {
		size_t len = min(bytes, iov->iov_len - offset), left;

		left = len ? fault_in_range(iovec_base(iov) + offset, len) : 0;
		bytes -= len - left;
		if (left)
			return bytes;
	}
	return 0;
}

/* --- from user space --- */

ssize_t import_iovec(bool source, const struct iovec __user *uvec, unsigned int nr,
		     unsigned int fast_nr, struct iovec **iovp, struct iov_iter *i)
{
	struct iovec *iov = *iovp;
	size_t total = 0;
	ssize_t error;

	*iovp = NULL;
	if (nr > UIO_MAXIOV)
		return -EINVAL;
	if (nr > fast_nr) {
		iov = kmalloc_array(nr, sizeof(*iov), GFP_KERNEL);
		if (!iov)
			return -ENOMEM;
		*iovp = iov;
	}
	error = -EFAULT;
	if (copy_from_user(iov, uvec, nr * sizeof(*iov)))
		goto fail;
	for (unsigned int k = 0; k < nr; k++) {
		size_t len = iov[k].iov_len;

		error = -EINVAL;
		if ((ssize_t)len < 0)
			goto fail;
		error = -EFAULT;
		if (!access_ok(iovec_base(&iov[k]), len))
			goto fail;
		if (len > MAX_RW_COUNT - total)
			iov[k].iov_len = len = MAX_RW_COUNT - total;
		total += len;
	}
	if (nr == 1) {
		iov_iter_ubuf(i, source, iovec_base(iov), total);
		kfree(*iovp);
		*iovp = NULL;
	} else {
		iov_iter_init(i, source, iov, nr, total);
	}
	return total;
fail:
	kfree(*iovp);
	*iovp = NULL;
	return error;
}
