/* SPDX-License-Identifier: MIT */
/*
 * Kit: memory. All of it is the core's, in whole bytes, aligned to 16, and NULL when there is none left.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_MEMORY_H
#define KIT_MEMORY_H

#include <kit/abi.h>
#include <kit/types.h>

struct device;

/* Zeroed. May sleep and reclaim, within the thread's no-I/O scope. The caller kfree()s it. Since 0.1. */
void *kzalloc(size_t size) KIT_SYMBOL(kzalloc) __must_check;
/* Zeroed. Never sleeps: any context but NMI. Since 0.1. */
void *kzalloc_atomic(size_t size) KIT_SYMBOL(kzalloc_atomic) __must_check;
/* NULL is nothing. Never sleeps. Since 0.1. */
void kfree(const void *p) KIT_SYMBOL(kfree);
/* Zeroed; for large buffers: contiguous for the CPU, not for a device. May sleep. Freed by vfree. Since 0.1. */
void *vzalloc(size_t size) KIT_SYMBOL(vzalloc) __must_check;
void vfree(const void *p) KIT_SYMBOL(vfree);
/* A copy, owned by the caller. May sleep. Since 0.1. */
void *kmemdup(const void *p, size_t size) KIT_SYMBOL(kmemdup) __must_check;
/* Zeroed and the device's: freed after a failed probe or remove. May sleep. Since 0.1. */
void *dev_kzalloc(struct device *device, size_t size) KIT_SYMBOL(dev_kzalloc) __must_check;

/* The compiler may call these by itself; they are ordinary C. Any context. Since 0.1. */
void *memcpy(void *to, const void *from, size_t n) KIT_PLAIN_SYMBOL(memcpy);
void *memmove(void *to, const void *from, size_t n) KIT_PLAIN_SYMBOL(memmove);
void *memset(void *p, int c, size_t n) KIT_PLAIN_SYMBOL(memset);
int memcmp(const void *a, const void *b, size_t n) KIT_PLAIN_SYMBOL(memcmp);
size_t strlen(const char *s) KIT_PLAIN_SYMBOL(strlen);
size_t strnlen(const char *s, size_t max) KIT_PLAIN_SYMBOL(strnlen);
int strcmp(const char *a, const char *b) KIT_PLAIN_SYMBOL(strcmp);
int strncmp(const char *a, const char *b, size_t n) KIT_PLAIN_SYMBOL(strncmp);
/* Copies with a zero at the end always; the length, or -E2BIG when it was cut. Any context. Since 0.1. */
ssize_t strscpy(char *to, const char *from, size_t size) KIT_PLAIN_SYMBOL(strscpy);

KIT_HEADER_PLAIN(memory, 0);

#endif
