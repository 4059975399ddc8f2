/* SPDX-License-Identifier: MIT */
/*
 * Kit: processors, for drivers that have a queue for each.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_CPU_H
#define KIT_CPU_H

#include <kit/abi.h>
#include <kit/types.h>

/* CPUs are numbered from 0 to one less. Does not change. Any context. Since 0.1. */
u32 cpu_count(void) KIT_SYMBOL(cpu_count);
/* Where the caller runs; a hint, since it may be moved at once. Any context. Since 0.1. */
u32 cpu_current(void) KIT_SYMBOL(cpu_current);

KIT_HEADER_PLAIN(cpu, 0);

#endif
