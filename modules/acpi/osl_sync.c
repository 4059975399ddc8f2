// SPDX-License-Identifier: MIT
/*
 * ACPICA's view of the system: locks, semaphores, threads, time.
 *
 * A semaphore hands its units to the first who waits, in the order of their coming. Who gave up leaves the list under the lock; who was served
 * has been taken off it. A waiter always takes the lock once more before it goes, so that nobody is still inside its completion.
 */
#include "acpica/acpica.h"
#include "driver.h"

#include <kit/list.h>
#include <kit/lock.h>
#include <kit/time.h>
#include <kit/wait.h>

#define NS_PER_TICK	100	/* of acpi_os_get_timer */
#define US_PER_STALL	1000

struct osl_semaphore {
	spinlock_t lock;
	u32 units; /* lock */
	u32 max_units;
	struct list_head waiters; /* lock: struct waiter */
};

struct waiter {
	struct list_head node; /* the semaphore's lock; empty: served */
	u32 units;
	struct completion served;
};

acpi_status acpi_os_create_lock(acpi_spinlock *lock)
{
	*lock = acpi_os_allocate(sizeof(spinlock_t));
	return *lock ? AE_OK : AE_NO_MEMORY;
}

void acpi_os_delete_lock(acpi_spinlock lock)
{
	acpi_os_free(lock);
}

acpi_cpu_flags acpi_os_acquire_lock(acpi_spinlock lock)
{
	return spin_lock_save(lock);
}

void acpi_os_release_lock(acpi_spinlock lock, acpi_cpu_flags flags)
{
	spin_unlock_restore(lock, flags);
}

acpi_status acpi_os_create_semaphore(u32 max_units, u32 units, acpi_semaphore *semaphore)
{
	struct osl_semaphore *s = acpi_os_allocate(sizeof(*s));

	if (!s)
		return AE_NO_MEMORY;
	s->max_units = max_units;
	s->units = units;
	INIT_LIST_HEAD(&s->waiters);
	*semaphore = s;
	return AE_OK;
}

acpi_status acpi_os_delete_semaphore(acpi_semaphore semaphore)
{
	if (!semaphore)
		return AE_BAD_PARAMETER;
	acpi_os_free(semaphore);
	return AE_OK;
}

/* True when the units could be had at once; else w stands in the queue. */
static bool take_or_queue(struct osl_semaphore *s, struct waiter *w, bool queue)
{
	u64 flags = spin_lock_save(&s->lock);
	bool taken = list_empty(&s->waiters) && s->units >= w->units;

	if (taken)
		s->units -= w->units;
	else if (queue)
		list_add_tail(&w->node, &s->waiters);
	spin_unlock_restore(&s->lock, flags);
	return taken;
}

/* Out of the queue; true when it had been served. */
static bool leave(struct osl_semaphore *s, struct waiter *w)
{
	u64 flags = spin_lock_save(&s->lock);
	bool served = list_empty(&w->node);

	list_del_init(&w->node);
	spin_unlock_restore(&s->lock, flags);
	return served;
}

acpi_status acpi_os_wait_semaphore(acpi_semaphore s, u32 units, u16 timeout_ms)
{
	struct waiter w = { .units = units };
	bool for_ever = timeout_ms == ACPI_WAIT_FOREVER;

	if (!s || !units)
		return AE_BAD_PARAMETER;
	INIT_LIST_HEAD(&w.node);
	if (take_or_queue(s, &w, timeout_ms != 0))
		return AE_OK;
	if (!timeout_ms)
		return AE_TIME;
	while (completion_wait(&w.served, for_ever ? 60000 : timeout_ms) && for_ever)
		;
	return leave(s, &w) ? AE_OK : AE_TIME;
}

acpi_status acpi_os_signal_semaphore(acpi_semaphore s, u32 units)
{
	struct waiter *w;
	u64 flags;

	if (!s || !units)
		return AE_BAD_PARAMETER;
	flags = spin_lock_save(&s->lock);
	if (units > s->max_units - s->units) {
		spin_unlock_restore(&s->lock, flags);
		return AE_LIMIT;
	}
	s->units += units;
	while ((w = list_first_entry_or_null(&s->waiters, struct waiter, node)) &&
	       w->units <= s->units) {
		s->units -= w->units;
		list_del_init(&w->node);
		complete(&w->served);
	}
	spin_unlock_restore(&s->lock, flags);
	return AE_OK;
}

acpi_thread_id acpi_os_get_thread_id(void)
{
	return firmware_thread_id();
}

void acpi_os_sleep(u64 ms)
{
	msleep(ms);
}

void acpi_os_stall(u32 us)
{
	for (; us > US_PER_STALL; us -= US_PER_STALL)
		udelay(US_PER_STALL);
	udelay(us);
}

u64 acpi_os_get_timer(void)
{
	return ktime_get_ns() / NS_PER_TICK;
}

/*
 * Its locks, if ACPICA did not come far enough to delete them. It keeps the addresses of some that it has deleted, and would
 * delete those once more when its next start fails.
 */
void osl_delete_locks(bool were_deleted)
{
	if (!were_deleted)
		acpi_ut_mutex_terminate();
	acpi_gbl_gpe_lock = NULL;
	acpi_gbl_hardware_lock = NULL;
	acpi_gbl_reference_count_lock = NULL;
	acpi_gbl_osi_mutex = NULL;
}
