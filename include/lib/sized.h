/* SPDX-License-Identifier: MIT */
/*
 * Structures that cross the kit's boundary: they begin with `u32 size`, their own, and grow at the end alone. So one that comes from outside may have been
 * made of older headers, and be smaller, or of younger ones, and be larger. Nobody uses it where it lies: it is copied first, into what this
 * kernel knows, with zeroes, which always mean the usual, where the older one has nothing.
 *
 *	SIZED_COPY(to, from, last)	one structure; 0, -EINVAL: smaller than it ever was, which is up to the field `last`, the last one that kit 0.9
 *					had; -E2BIG: it uses what this kernel does not know. to->size is what this kernel knows.
 *	SIZED_COPY_TABLE(to, from, nr, last)	nr of them, which lie one behind the other; -EINVAL, too, when their sizes differ
 *
 * `last` never changes, however much is added behind it.
 */
#ifndef LIB_SIZED_H
#define LIB_SIZED_H

#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/types.h>

int __must_check sized_copy(void *to, size_t known, const void *from, size_t smallest);
int __must_check sized_copy_table(void *to, size_t known, const void *from, size_t nr,
				  size_t smallest);

/* The pointers are of one type. */
#define SIZED_COPY(to, from, last) \
	sized_copy((to), sizeof(*(to)), 1 ? (from) : (to), offsetofend(__typeof__(*(to)), last))
#define SIZED_COPY_TABLE(to, from, nr, last)                             \
	sized_copy_table((to), sizeof(*(to)), 1 ? (from) : (to), (nr), \
			 offsetofend(__typeof__(*(to)), last))

#endif
