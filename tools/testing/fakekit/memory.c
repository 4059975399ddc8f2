/* SPDX-License-Identifier: MIT */
/* The kit's memory: each piece is a piece of the host's, so that the address sanitizer watches it, and is on a list with who has it. */
#include <kit/memory.h>
#include "internal.h"

struct piece {
	struct list_head node;
	void *start;
	size_t size;
	const char *what;
};

struct owned_piece {
	struct resource resource;
	void *start;
};

static LIST_HEAD(pieces);

void *tracked_alloc(size_t size, const char *what, struct device *device)
{
	struct piece *p = host_alloc(sizeof(*p));

	*p = (struct piece){ .start = host_alloc(size), .size = size, .what = what };
	list_add_tail(&p->node, &pieces);
	return p->start;
}

void tracked_free(const void *start, const char *what)
{
	struct piece *p;

	list_for_each_entry(p, &pieces, node) {
		if (p->start != start)
			continue;
		if (p->what != what)
			complain("%s memory is freed as %s memory", p->what, what);
		memory_goes(p->start, p->size);
		maps_memory_goes(p->start);
		list_del(&p->node);
		host_free(p->start);
		host_free(p);
		return;
	}
	complain("%p is freed, which is not (any more) %s memory", start, what);
}

size_t tracked_size(const void *start, const char *what)
{
	struct piece *p;

	list_for_each_entry(p, &pieces, node)
		if (p->start == start && !strcmp(p->what, what))
			return p->size;
	return 0;
}

u32 left_over_memory(void)
{
	struct piece *p;
	u32 n = 0;

	list_for_each_entry(p, &pieces, node) {
		note("left over: %zu bytes of %s memory", p->size, p->what);
		n++;
	}
	return n;
}

void *kzalloc(size_t size)
{
	enter_call("kzalloc", true);
	return fault("kzalloc") ? NULL : tracked_alloc(size, "kzalloc", NULL);
}

void *kzalloc_atomic(size_t size)
{
	enter_call("kzalloc_atomic", false);
	return fault("kzalloc_atomic") ? NULL : tracked_alloc(size, "kzalloc", NULL);
}

void kfree(const void *p)
{
	enter_call("kfree", false);
	if (p)
		tracked_free(p, "kzalloc");
}

void *vzalloc(size_t size)
{
	enter_call("vzalloc", true);
	return fault("vzalloc") ? NULL : tracked_alloc(size, "vzalloc", NULL);
}

void vfree(const void *p)
{
	enter_call("vfree", true);
	if (p)
		tracked_free(p, "vzalloc");
}

void *kmemdup(const void *p, size_t size)
{
	void *copy;

	enter_call("kmemdup", true);
	if (fault("kmemdup"))
		return NULL;
	copy = tracked_alloc(size, "kzalloc", NULL);
	memcpy(copy, p, size);
	return copy;
}

static void owned_release(struct resource *resource)
{
	struct owned_piece *o = container_of(resource, struct owned_piece, resource);

	tracked_free(o->start, "dev_kzalloc");
	host_free(o);
}

void *dev_kzalloc(struct device *device, size_t size)
{
	struct owned_piece *o;

	enter_call("dev_kzalloc", true);
	if (fault("dev_kzalloc"))
		return NULL;
	o = host_alloc(sizeof(*o));
	o->start = tracked_alloc(size, "dev_kzalloc", device);
	resource_add(device, &o->resource, "memory", 0, owned_release);
	return o->start;
}

ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t n = strnlen(from, size);

	if (!size)
		return -E2BIG;
	if (n == size) {
		memcpy(to, from, size - 1);
		to[size - 1] = 0;
		return -E2BIG;
	}
	memcpy(to, from, n + 1);
	return (ssize_t)n;
}
