// SPDX-License-Identifier: MIT
/*
 * ACPICA's view of the system: its interrupt, and functions that are to run soon in a thread. The interrupt stays connected until the device
 * lets go; ACPICA's handler comes and goes under the lock.
 */
#include "driver.h"

#include <kit/irq.h>
#include <kit/lock.h>
#include <kit/memory.h>
#include <kit/wait.h>
#include <kit/work.h>

struct deferred {
	struct work work;
	acpi_osd_exec_callback function;
	void *context;
};

static spinlock_t work_lock;
static u32 nr_deferred;		    /* work_lock */
static struct completion *all_done; /* work_lock: somebody waits for nr_deferred to be 0 */

static spinlock_t handler_lock;
static acpi_osd_handler handler; /* handler_lock */
static void *handler_context;	 /* handler_lock */
static bool connected;

static void count(s32 change)
{
	u64 flags = spin_lock_save(&work_lock);

	nr_deferred += change;
	if (!nr_deferred && all_done)
		complete_all(all_done);
	spin_unlock_restore(&work_lock, flags);
}

static void run(struct work *work)
{
	struct deferred *d = container_of(work, struct deferred, work);
	acpi_osd_exec_callback function = d->function;
	void *context = d->context;

	kfree(d);
	function(context);
	count(-1);
}

/* Comes from the interrupt handler too. */
acpi_status acpi_os_execute(acpi_execute_type type, acpi_osd_exec_callback function, void *context)
{
	struct deferred *d;

	if (!function)
		return AE_BAD_PARAMETER;
	d = kzalloc_atomic(sizeof(*d));
	if (!d) {
		osl_failed(-ENOMEM);
		return AE_NO_MEMORY;
	}
	d->function = function;
	d->context = context;
	work_setup(&d->work, run);
	count(1);
	work_schedule(&d->work);
	return AE_OK;
}

void acpi_os_wait_events_complete(void)
{
	struct completion done = { 0 };
	u64 flags;
	bool wait;

	if (connected)
		irq_drain(acpi_device, 0);
	flags = spin_lock_save(&work_lock);
	wait = nr_deferred;
	if (wait)
		all_done = &done;
	spin_unlock_restore(&work_lock, flags);
	while (wait && completion_wait(&done, 60000))
		dev_warn(acpi_device, "a method has been running for a minute");
	flags = spin_lock_save(&work_lock);
	all_done = NULL;
	spin_unlock_restore(&work_lock, flags);
}

static u32 interrupt(void *data)
{
	u64 flags = spin_lock_save(&handler_lock);
	u32 answer = handler ? handler(handler_context) : ACPI_INTERRUPT_NOT_HANDLED;

	spin_unlock_restore(&handler_lock, flags);
	return answer == ACPI_INTERRUPT_HANDLED ? KIT_IRQ_HANDLED : KIT_IRQ_NONE;
}

/* The core knows which line the FADT names: number is not needed. */
acpi_status acpi_os_install_interrupt_handler(u32 number, acpi_osd_handler routine, void *context)
{
	u64 flags = spin_lock_save(&handler_lock);
	bool taken = handler;
	int error;

	if (!taken) {
		handler = routine;
		handler_context = context;
	}
	spin_unlock_restore(&handler_lock, flags);
	if (taken)
		return AE_ALREADY_EXISTS;
	if (connected)
		return AE_OK;
	error = irq_connect(acpi_device, 0, interrupt, NULL);
	connected = !error;
	if (error) {
		osl_failed(error);
		dev_err(acpi_device, "interrupt %u: error %d", number, error);
	}
	return error ? AE_NOT_ACQUIRED : AE_OK;
}

acpi_status acpi_os_remove_interrupt_handler(u32 number, acpi_osd_handler routine)
{
	u64 flags = spin_lock_save(&handler_lock);

	handler = NULL;
	spin_unlock_restore(&handler_lock, flags);
	if (connected)
		irq_drain(acpi_device, 0);
	return AE_OK;
}

acpi_status acpi_os_initialize(void)
{
	return AE_OK;
}

acpi_status acpi_os_terminate(void)
{
	return AE_OK;
}

void osl_quiesce(void)
{
	acpi_os_remove_interrupt_handler(0, NULL);
	acpi_os_wait_events_complete();
}

/* The device lets the interrupt go after this. */
void osl_finish(bool was_started)
{
	acpi_os_wait_events_complete();
	connected = false;
	osl_delete_locks(was_started);
	osl_free_all();
}
