/* SPDX-License-Identifier: MIT */
/* Crimes that the test module of the detectors asks for. */
#ifndef KTEST_CRIMES_H
#define KTEST_CRIMES_H

#include <lib/types.h>

void crime_refcount(void);
void crime_list(void);
void crime_list_twice(void);
void crime_rwsem_cycle(void);
void crime_same_class(void);
void crime_spin_rank(void);
void crime_sleep_in_atomic(void);
void crime_wx(void);
void crime_stack_end(void);
void crime_thread_exit(void);
void crime_timer_set_up_twice(void);
void crime_free_queued_work(void *memory, size_t size);

#endif
