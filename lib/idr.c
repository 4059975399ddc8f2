/* SPDX-License-Identifier: MIT */
/*
 * Identifiers on top of the xarray.
 */
#include <lib/idr.h>

static int alloc_between(struct idr *idr, void *ptr, u32 first, u32 last, gfp_t gfp)
{
	u32 id;
	int err;

	if (first > last)
		return -ENOSPC;
	err = xa_alloc(&idr->xa, &id, ptr, XA_LIMIT(first, last), gfp);
	if (err)
		return err == -EBUSY ? -ENOSPC : err;
	return (int)id;
}

static u32 last_id(int end)
{
	return end > 0 ? (u32)end - 1 : INT_MAX;
}

int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	return start < 0 ? -EINVAL : alloc_between(idr, ptr, (u32)start, last_id(end), gfp);
}

int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	u32 last = last_id(end);
	u32 from;
	int id;

	if (start < 0)
		return -EINVAL;
	from = max((u32)start, (u32)idr->next);
	id = alloc_between(idr, ptr, from, last, gfp);
	if (id == -ENOSPC && from > (u32)start)
		id = alloc_between(idr, ptr, (u32)start, min(from - 1, last), gfp);
	if (id >= 0)
		idr->next = (unsigned int)id + 1;
	return id;
}

void *idr_replace(struct idr *idr, void *ptr, unsigned long id)
{
	unsigned long next;

	if (!ptr)
		return ERR_PTR(-EINVAL);
	/* A free place is one that a search for free ones from there finds. */
	if (!xa_find_free(&idr->xa, id, id, &next))
		return ERR_PTR(-ENOENT);
	/* Taken: nothing is allocated. */
	return xa_store(&idr->xa, id, ptr, 0);
}

int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp)
{
	u32 id;
	int err;

	if (min > max || max > INT_MAX)
		max = INT_MAX;
	if (min > max)
		return -ENOSPC;
	err = xa_alloc(&ida->xa, &id, xa_mk_value(0), XA_LIMIT(min, max), gfp);
	if (err)
		return err == -EBUSY ? -ENOSPC : err;
	return (int)id;
}
