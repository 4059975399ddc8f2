/* SPDX-License-Identifier: MIT */
/* Copies in fresh memory, and memory that may come from vmalloc. */
#include "slab.h"
#include <lib/kernel.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/kasan.h>

/*
 * A kernel that watches the ends of objects makes a new one for every size: so the end lies where it
 * was asked for, and who goes on using the old one is found out.
 */
static bool may_stay(size_t old, size_t size)
{
	return slab_debug_space() || kasan_slab_space() ? size == old : size <= old;
}

void *krealloc(const void *object, size_t size, gfp_t gfp)
{
	size_t old = ksize(object);
	void *new;

	if (object && may_stay(old, size))
		return (void *)object;
	new = kmalloc(size, gfp);
	if (!new)
		return NULL;
	if (object)
		memcpy(new, object, min(old, size));
	kfree(object);
	return new;
}

void *kmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *copy = kmalloc(len, gfp);

	return copy ? memcpy(copy, src, len) : NULL;
}

char *kstrndup(const char *s, size_t max, gfp_t gfp)
{
	size_t len;
	char *copy;

	if (!s)
		return NULL;
	len = strnlen(s, max);
	copy = kmalloc(len + 1, gfp);
	if (!copy)
		return NULL;
	memcpy(copy, s, len);
	copy[len] = 0;
	return copy;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	return kstrndup(s, ~0ul, gfp);
}

char *kvasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	va_list again;
	int len;
	char *text;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	text = kmalloc(len + 1, gfp);
	if (text)
		vsnprintf(text, len + 1, fmt, args);
	return text;
}

char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = kvasprintf(gfp, fmt, args);
	va_end(args);
	return text;
}

void *kvmalloc(size_t size, gfp_t gfp)
{
	void *p = NULL;

	/* Contiguous pages are quicker to use, large blocks of them hard to find. */
	if (size <= 8 * PAGE_SIZE)
		p = kmalloc(size, size > PAGE_SIZE ? gfp | __GFP_NOWARN | __GFP_NORETRY : gfp);
	if (p || size <= PAGE_SIZE)
		return p;
	return gfp & __GFP_ZERO ? vzalloc(size) : vmalloc(size);
}

void kvfree(const void *p)
{
	if (is_vmalloc_addr(p))
		vfree(p);
	else
		kfree(p);
}
