/* SPDX-License-Identifier: MIT */
/*
 * Errors in pointers: ERR_PTR, PTR_ERR and IS_ERR are the kit's (kit/errno.h).
 */
#ifndef LIB_ERR_H
#define LIB_ERR_H

#include <lib/compiler.h>
#include <kit/errno.h>
#include <lib/errno.h>

#define IS_ERR_VALUE(x)	unlikely((unsigned long)(x) >= (unsigned long)-MAX_ERRNO)

static inline bool __must_check IS_ERR_OR_NULL(const void *ptr)
{
	return unlikely(!ptr) || IS_ERR_VALUE(ptr);
}

/* An error as the address of registers. */
#define IOMEM_ERR_PTR(error)	((void __iomem __force *)ERR_PTR(error))

/* The same error as a pointer of another type. */
static inline void *__must_check ERR_CAST(const void *ptr)
{
	return (void *)ptr;
}

static inline int __must_check PTR_ERR_OR_ZERO(const void *ptr)
{
	return IS_ERR(ptr) ? (int)PTR_ERR(ptr) : 0;
}

#endif
