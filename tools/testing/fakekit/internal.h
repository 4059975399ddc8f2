/* SPDX-License-Identifier: MIT */
/* What the parts of the fake kit share. */
#ifndef FAKEKIT_INTERNAL_H
#define FAKEKIT_INTERNAL_H

#include <kit/errno.h>
#include <kit/list.h>
#include <kit/types.h>
#include "fakekit.h"
#include "host.h"

struct module { u32 unused; };

/* --- harness.c --- */

/* A broken contract: the test has failed, and its process ends when the harm is done for good. */
void complain(const char *format, ...) __printf(1, 2);
/* A call that may fail: true if it shall now. */
bool fault(const char *call);
void note(const char *format, ...) __printf(1, 2);

/* --- sched.c --- */

/* Every call of the kit begins with one: time passes, interrupts come. may_sleep is checked against the context. */
void enter_call(const char *call, bool may_sleep);
bool is_atomic(void);
/* Sleeps until wake(channel) or the time; false: the time came first. deadline 0: none. */
bool sleep_on(const void *channel, u64 deadline);
void wake(const void *channel, bool all);
u64 now(void);
void pass_time(u64 ns);
void *thread_id(void);
void interrupts_off(void);
void interrupts_on(void);
bool interrupts_are_off(void);
void run_in_interrupt(void (*function)(void *data), void *data);
void sched_start(void);
void spawn(void (*function)(void *data), void *data);
void memory_goes(const void *start, size_t size);	/* no timer or work is pending there, no lock held */
u32 left_over_work(void);		/* takes away what module code would still be called for; how many */
void flush_work(void);

/* --- device.c --- */

struct resource {
	struct list_head node;
	struct device *device;
	const char *what;
	u32 index;
	u32 serial;			/* which in order */
	void (*release)(struct resource *resource);
};

struct irq;
struct device {
	struct list_head node;
	char name[64];
	void *drvdata;
	struct list_head resources;
	u32 next_serial;
	bool bound, gone;
	int probe_error;
	const void *driver;
	void (*remove)(struct device *device);
	void *bus;			/* pci.c's */
	struct irq *irqs;
	u32 message_kind, nr_messages, max_messages[2];
	u32 dma_bits;
};

struct device *device_create(const char *name);
void resource_add(struct device *device, struct resource *resource, const char *what, u32 index,
		  void (*release)(struct resource *resource));
struct resource *resource_find(struct device *device, void (*release)(struct resource *resource), u32 index);
void resource_drop(struct resource *resource);	/* off the device's list; then released */
void release_all(struct device *device);
/* Calls probe and takes everything back if it fails. */
void device_bind(struct device *device, const void *driver, int (*probe)(struct device *device, const void *driver),
		 void (*remove)(struct device *device));
void device_unbind(struct device *device);
void unbind_drivers(void);
extern struct list_head devices;

/* --- memory.c --- */

u32 left_over_memory(void);
void *tracked_alloc(size_t size, const char *what, struct device *device);
void tracked_free(const void *p, const char *what);

/* --- classes.c --- */

u32 left_over_classes(void);

/* --- module.c --- */

void module_reset(void);
bool module_is_loaded(void);
void log_line(const char *prefix, u32 level, const char *format, va_list args);

#endif
