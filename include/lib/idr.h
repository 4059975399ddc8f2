/* SPDX-License-Identifier: MIT */
/*
 * Small integers for objects: process, timer, queue identifiers. The lowest
 * free one, or the next one round a circle. Locking as for the xarray under it.
 */
#ifndef LIB_IDR_H
#define LIB_IDR_H

#include <lib/xarray.h>

struct idr {
	struct xarray xa;
	unsigned int next; /* where idr_alloc_cyclic goes on */
};

#define IDR_INIT	{ XARRAY_INIT, 0 }
#define DEFINE_IDR(name)	struct idr name = IDR_INIT

static inline void idr_init(struct idr *idr)
{
	xa_init(&idr->xa);
	idr->next = 0;
}

/* ptr may be NULL: taken, found by idr_find only after idr_replace. */
/* An identifier from start to end - 1 (end <= 0: no upper limit), -ENOSPC or -ENOMEM. */
int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp);
int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp);

static inline void *idr_find(const struct idr *idr, unsigned long id)
{
	return xa_load(&idr->xa, id);
}

static inline void *idr_remove(struct idr *idr, unsigned long id)
{
	return xa_erase(&idr->xa, id);
}

/* The old pointer, or ERR_PTR(-ENOENT). */
void *idr_replace(struct idr *idr, void *ptr, unsigned long id);

static inline void *idr_get_next(const struct idr *idr, int *id)
{
	unsigned long index = (unsigned int)*id;
	void *entry = xa_find(&idr->xa, &index, INT_MAX, XA_PRESENT);

	if (entry)
		*id = (int)index;
	return entry;
}

static inline bool idr_is_empty(const struct idr *idr)
{
	return xa_empty(&idr->xa);
}

static inline void idr_destroy(struct idr *idr)
{
	xa_destroy(&idr->xa);
}

#define idr_for_each_entry(idr, entry, id)                                     \
	for (id = 0; ((entry) = idr_get_next(idr, &(id))) != NULL; id++)

/* Identifiers without objects. */
struct ida {
	struct xarray xa;
};

#define IDA_INIT	{ XARRAY_INIT }
#define DEFINE_IDA(name)	struct ida name = IDA_INIT

static inline void ida_init(struct ida *ida)
{
	xa_init(&ida->xa);
}

/* From min to max, both included; -ENOSPC or -ENOMEM. */
int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp);
#define ida_alloc(ida, gfp)		ida_alloc_range(ida, 0, INT_MAX, gfp)
#define ida_alloc_min(ida, min, gfp)	ida_alloc_range(ida, min, INT_MAX, gfp)
#define ida_alloc_max(ida, max, gfp)	ida_alloc_range(ida, 0, max, gfp)

static inline void ida_free(struct ida *ida, unsigned int id)
{
	xa_erase(&ida->xa, id);
}

static inline void ida_destroy(struct ida *ida)
{
	xa_destroy(&ida->xa);
}

#endif
