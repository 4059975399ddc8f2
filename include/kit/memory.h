/* SPDX-License-Identifier: MIT */
/*
 * Kit: memory. All of it is the core's, in whole bytes, aligned to 16, and NULL when there is none left.
 *
 * Unless a comment says otherwise: any context; never sleeps.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_MEMORY_H
#define KIT_MEMORY_H

#include <kit/abi.h>
#include <kit/types.h>

struct device;

/* Zeroed memory; the caller kfree()s it. NULL: there is none left. May sleep and reclaim, within the thread's no-I/O scope. Since 0.1. */
void *kzalloc(size_t size) KIT_SYMBOL(kzalloc) __must_check;
/* As kzalloc, for any context but NMI: never sleeps. The caller kfree()s it. NULL: there is none at once. Since 0.1. */
void *kzalloc_atomic(size_t size) KIT_SYMBOL(kzalloc_atomic) __must_check;
/* Frees what kzalloc, kzalloc_atomic or kmemdup gave; NULL is nothing. Any context but NMI. Since 0.1. */
void kfree(const void *p) KIT_SYMBOL(kfree);
/* Zeroed memory for large buffers: contiguous for the CPU, not for a device. The caller vfree()s it. NULL: there is none. May sleep. Since 0.1. */
void *vzalloc(size_t size) KIT_SYMBOL(vzalloc) __must_check;
/* Frees what vzalloc gave; NULL is nothing. May sleep. Since 0.1. */
void vfree(const void *p) KIT_SYMBOL(vfree);
/* A copy of size bytes, which the caller kfree()s. NULL: no memory. May sleep. Since 0.1. */
void *kmemdup(const void *p, size_t size) KIT_SYMBOL(kmemdup) __must_check;
/* Zeroed memory, the device's: freed after a failed probe or remove. NULL: there is none left. May sleep. Since 0.1. */
void *dev_kzalloc(struct device *device, size_t size) KIT_SYMBOL(dev_kzalloc) __must_check;

/* --- ordinary C, which the compiler may call by itself --- */

/* Copies between buffers that do not overlap; returns to. Cannot fail; buffers stay whose they were. Since 0.1. */
void *memcpy(void *to, const void *from, size_t n) KIT_PLAIN_SYMBOL(memcpy);
/* Copies, also between buffers that overlap; returns to. Cannot fail; buffers stay whose they were. Since 0.1. */
void *memmove(void *to, const void *from, size_t n) KIT_PLAIN_SYMBOL(memmove);
/* Fills with the byte c; returns p. Cannot fail; buffers stay whose they were. Since 0.1. */
void *memset(void *p, int c, size_t n) KIT_PLAIN_SYMBOL(memset);
/* Negative, 0 or positive as a is below, equal, above. Cannot fail; buffers stay whose they were. Since 0.1. */
int memcmp(const void *a, const void *b, size_t n) KIT_PLAIN_SYMBOL(memcmp);
/* Bytes before the zero. Cannot fail; buffers stay whose they were. Since 0.1. */
size_t strlen(const char *s) KIT_PLAIN_SYMBOL(strlen);
/* The same, but at most max, and no byte behind is read. Cannot fail; buffers stay whose they were. Since 0.1. */
size_t strnlen(const char *s, size_t max) KIT_PLAIN_SYMBOL(strnlen);
/* Compares texts, as memcmp does bytes. Cannot fail; buffers stay whose they were. Since 0.1. */
int strcmp(const char *a, const char *b) KIT_PLAIN_SYMBOL(strcmp);
/* Compares their first n bytes. Cannot fail; buffers stay whose they were. Since 0.1. */
int strncmp(const char *a, const char *b, size_t n) KIT_PLAIN_SYMBOL(strncmp);
/* Copies with a zero at the end always; the length, or -E2BIG when it was cut. Any context. Since 0.1. */
ssize_t strscpy(char *to, const char *from, size_t size) KIT_PLAIN_SYMBOL(strscpy);

KIT_HEADER_PLAIN(memory, 0);

#endif
