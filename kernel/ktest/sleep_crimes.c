/* SPDX-License-Identifier: MIT */
/*
 * As crimes.c: what may sleep, done where nothing may. None of it sleeps this time: it is the
 * detector that must know.
 */
#include <kernel/sched.h>
#include <kernel/spinlock.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <kit/module.h>
#include <mm/gfp.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include "crimes.h"

static DEFINE_SPINLOCK(held, LOCK_RANK_KIT);

void crime_sleep_kmalloc(void)
{
	spin_lock(&held);
	kfree(kmalloc(64, GFP_KERNEL));
	spin_unlock(&held);
}

void crime_sleep_pages(void)
{
	spin_lock(&held);
	free_page(__get_free_page(GFP_KERNEL));
	spin_unlock(&held);
}

/* A word of the program's stack is written as it was; it is there, so that nothing is lost. */
static u64 __user *word_of_program(u64 *value)
{
	u64 __user *word = (u64 __user *)(current->space->start_stack & ~7ul);

	return copy_from_user(value, word, sizeof(*value)) ? NULL : word;
}

void crime_sleep_copy_to_user(void)
{
	u64 value, __user *word = word_of_program(&value);

	spin_lock(&held);
	if (word && copy_to_user(word, &value, sizeof(value)))
		word = NULL;
	spin_unlock(&held);
}

void crime_sleep_get_user(void)
{
	u64 value, __user *word = word_of_program(&value);

	preempt_disable();
	if (word && get_user(value, word))
		word = NULL;
	preempt_enable();
}

void crime_sleep_wait_event(void)
{
	static DECLARE_WAIT_QUEUE_HEAD(queue);

	spin_lock(&held);
	wait_event(&queue, spin_is_locked(&held));
	spin_unlock(&held);
}

/* Interrupts are on when it returns, whatever they were. */
void crime_sleep_irqs_off(void)
{
	local_irq_disable();
	msleep(1);
	local_irq_enable();
}

/* All of it in the forms that do not sleep. */
void crime_none_sleeps(void)
{
	u64 value, __user *word = word_of_program(&value);

	spin_lock(&held);
	kfree(kmalloc(64, GFP_ATOMIC));
	free_page(__get_free_page(GFP_NOWAIT));
	pagefault_disable();
	if (word && (get_user(value, word) || copy_to_user(word, &value, sizeof(value))))
		word = NULL;
	pagefault_enable();
	spin_unlock(&held);
}

EXPORT_INTERNAL(crime_none_sleeps);
EXPORT_INTERNAL(crime_sleep_copy_to_user);
EXPORT_INTERNAL(crime_sleep_get_user);
EXPORT_INTERNAL(crime_sleep_irqs_off);
EXPORT_INTERNAL(crime_sleep_kmalloc);
EXPORT_INTERNAL(crime_sleep_pages);
EXPORT_INTERNAL(crime_sleep_wait_event);
