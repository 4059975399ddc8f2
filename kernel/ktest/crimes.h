/* SPDX-License-Identifier: MIT */
/* Crimes that the test module of the detectors asks for, which includes this, too: nothing of the core in it. */
#ifndef KTEST_CRIMES_H
#define KTEST_CRIMES_H

void crime_none(void);
void crime_refcount(void);
void crime_refcount_overflow(void);
void crime_refcount_from_zero(void);
void crime_spin_not_held(void);
void crime_spin_twice(void);
void crime_spin_let_go(void);
void crime_mutex_not_held(void);
void crime_rwsem_not_held(void);
void crime_mutex_twice(void);
void crime_unchecked_slab(void);
void crime_unchecked_page(void);
void crime_unchecked_vmalloc(void);
void crime_list(void);
void crime_list_twice(void);
void crime_rwsem_cycle(void);
void crime_same_class(void);
void crime_spin_rank(void);
void crime_spin_rank_of_module(void);
void crime_sleep_in_atomic(void);
void crime_wx(void);
void crime_stack_end(void);
void crime_panic_faults(void);
void crime_stack_deep(void);
void crime_thread_exit(void);
void crime_timer_set_up_twice(void);
void crime_free_queued_work(void *memory, unsigned long size);

/* sleep_crimes.c */
void crime_none_sleeps(void);
void crime_sleep_kmalloc(void);
void crime_sleep_pages(void);
void crime_sleep_copy_to_user(void);
void crime_sleep_get_user(void);
void crime_sleep_wait_event(void);
void crime_sleep_irqs_off(void);

/* rcu_crimes.c: spin hangs with interrupts off. */
void crime_rcu_asleep(void (*spin)(void));
void crime_rcu_under_spin(void (*spin)(void));

#endif
