/* SPDX-License-Identifier: MIT */
/*
 * Which timers are armed and which work items are queued (CONFIG_DEBUG_OBJECTS), so that memory
 * which is freed, or initialised anew, with such a thing in it is found at that moment and not when
 * the timer goes off in whatever lies there then. Any context but NMI; nothing is allocated.
 */
#ifndef KERNEL_OBJECT_DEBUG_H
#define KERNEL_OBJECT_DEBUG_H

#include <lib/types.h>

enum object_kind { OBJECT_TIMER, OBJECT_WORK };

#ifdef CONFIG_DEBUG_OBJECTS
void object_armed(const void *object, enum object_kind kind, const void *function);
void object_disarmed(const void *object);
bool object_initialised(
	const void *object); /* true: it is armed, which is reported: leave it as it is */
bool objects_freed(const void *start,
		   size_t size); /* true: something there is armed, which is reported */
#else
static inline void object_armed(const void *object, enum object_kind kind, const void *function)
{
}
static inline void object_disarmed(const void *object)
{
}
static inline bool object_initialised(const void *object)
{
	return false;
}
static inline bool objects_freed(const void *start, size_t size)
{
	return false;
}
#endif

#endif
