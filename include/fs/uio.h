/* SPDX-License-Identifier: MIT */
/*
 * struct iov_iter: where bytes come from or go to: user segments, one user buffer, kernel segments. The copy functions advance it
 * and return the bytes done; less than asked means a fault.
 */
#ifndef FS_UIO_H
#define FS_UIO_H

#include <kit/types.h>

struct page;
struct iovec;

enum iter_kind { ITER_UBUF, ITER_IOVEC, ITER_KVEC };
struct kvec { void *base; size_t len; };

struct iov_iter {
	u8 kind;
	bool source;   /* data come from it (write) */
	size_t offset; /* in the present segment */
	size_t count;  /* bytes left */
	union {
		void __user *ubuf;
		const struct iovec *iov;
		const struct kvec *kvec;
	};
	unsigned long nr_segments;
};

void iov_iter_ubuf(struct iov_iter *i, bool source, void __user *buf, size_t count);
void iov_iter_kvec(struct iov_iter *i, bool source, const struct kvec *kvec, unsigned long nr,
		   size_t count);
void iov_iter_init(struct iov_iter *i, bool source, const struct iovec *iov, unsigned long nr,
		   size_t count);
size_t copy_to_iter(const void *from, size_t bytes, struct iov_iter *i);
size_t copy_from_iter(void *to, size_t bytes, struct iov_iter *i);
size_t copy_page_to_iter(struct page *page, size_t offset, size_t bytes, struct iov_iter *i);
size_t copy_page_from_iter(struct page *page, size_t offset, size_t bytes, struct iov_iter *i);
/* With page faults off: for copies under a page lock. */
size_t copy_page_from_iter_atomic(struct page *page, size_t offset, size_t bytes,
				  struct iov_iter *i);
/* Brings the first bytes of a source in, so that an atomic copy will progress; bytes that could NOT be. */
size_t fault_in_iov_iter_readable(struct iov_iter *i, size_t bytes);
size_t iov_iter_zero(size_t bytes, struct iov_iter *i);
void iov_iter_advance(struct iov_iter *i, size_t bytes);
void iov_iter_revert(struct iov_iter *i, size_t bytes);
void iov_iter_truncate(struct iov_iter *i, size_t count);
/* Fetches and checks a vector from user space. *iov: the caller's small array on entry; kmalloc'ed or NULL on exit (always kfree it). */
ssize_t import_iovec(bool source, const struct iovec __user *uvec, unsigned int nr,
		     unsigned int fast_nr, struct iovec **iov, struct iov_iter *i);

#endif
