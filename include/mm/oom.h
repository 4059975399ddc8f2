/* SPDX-License-Identifier: MIT */
/*
 * Out of memory (mm/cache/oom.c): when reclaim finds nothing more, the process that holds most memory, weighed by its oom_score_adj,
 * is killed. One victim at a time: while it is on its way out, others wait.
 */
#ifndef MM_OOM_H
#define MM_OOM_H

#include <mm/gfp.h>

struct process;

/* True: something was or is being killed, trying again makes sense. May sleep. */
bool out_of_memory(gfp_t gfp, unsigned int order);
/* 0 to 2000: /proc/PID/oom_score. The caller holds a reference. */
unsigned long oom_badness(struct process *p);

#endif
