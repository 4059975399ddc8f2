/* SPDX-License-Identifier: MIT */
/* The kernel's signal set: one bit a signal, signal n is bit n - 1, as in Linux's ABI (64 signals). */
#ifndef KERNEL_SIGSET_H
#define KERNEL_SIGSET_H

#include <kit/types.h>

#ifndef UAPI_HAVE_SIGSET
#define UAPI_HAVE_SIGSET
typedef struct { unsigned long sig[1]; } sigset_t;
#endif

#define sigmask(sig)	(1ul << ((sig) - 1))

static inline bool sigset_has(const sigset_t *set, int sig) { return set->sig[0] & sigmask(sig); }
static inline void sigset_add(sigset_t *set, int sig) { set->sig[0] |= sigmask(sig); }
static inline void sigset_del(sigset_t *set, int sig) { set->sig[0] &= ~sigmask(sig); }
static inline void sigset_clear(sigset_t *set) { set->sig[0] = 0; }
static inline void sigset_fill(sigset_t *set) { set->sig[0] = ~0ul; }
static inline bool sigset_is_empty(const sigset_t *set) { return !set->sig[0]; }

#endif
