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
/* a thread of the core's own: nobody joins it */
void spawn_worker(void (*function)(void *data), void *data);
void preempt_off(void); /* sleeping is a crime; interrupts come */
void preempt_on(void);
/* something is there for programs, and its driver does not know yet */
void programs_first(void);
u64 now(void);
void pass_time(u64 ns);
void *thread_id(void);
u32 random_below(u32 n); /* by the seed; 0 without one */
void interrupts_off(void);
void interrupts_on(void);
bool interrupts_are_off(void);
void run_in_interrupt(void (*function)(void *data), void *data);
void sched_start(void);
void spawn(void (*function)(void *data), void *data);
/* no timer or work is pending there, no lock held */
void memory_goes(const void *start, size_t size);
/* takes away what module code would still be called for; how many */
u32 left_over_work(void);
void flush_work(void);

/* --- device.c --- */

struct resource {
	struct list_head node;
	struct device *device;
	const char *what;
	u32 index;
	u32 serial; /* which in order */
	void (*release)(struct resource *resource);
	/* before the driver's remove: programs reach it no more; may be NULL */
	void (*hide)(struct resource *resource);
	bool hidden;
};

struct irq;
struct device {
	struct list_head node;
	char name[64];
	void *drvdata;
	struct list_head resources;
	u32 next_serial;
	/* gone: the hardware; removed: nobody is bound to it any more */
	bool bound, gone, removed;
	int probe_error;
	const void *driver;
	void (*remove)(struct device *device);
	void *bus;						     /* pci.c's or bus.c's */
	bool (*decodes)(const struct device *device, bool is_ports); /* NULL: always */
	/* may it reach memory and send messages? NULL: always */
	bool (*masters)(const struct device *device);
	void (*released)(struct device *device); /* what its driver had is released */
	struct irq *irqs;
	u32 message_kind, nr_messages, max_messages[2];
	u32 dma_bits;
};

struct device *device_create(const char *name);
/* Takes it off the list of devices; its structure stays. */
void device_forget(struct device *device);
void resource_add(struct device *device, struct resource *resource, const char *what, u32 index,
		  void (*release)(struct resource *resource));
struct resource *resource_find(struct device *device, void (*release)(struct resource *resource),
			       u32 index);
void resource_drop(struct resource *resource); /* off the device's list; then released */
void release_all(struct device *device);
/* Calls probe and takes everything back if it fails. */
void device_bind(struct device *device, const void *driver,
		 int (*probe)(struct device *device, const void *driver),
		 void (*remove)(struct device *device));
void device_unbind(struct device *device);
void unbind_drivers(void);
extern struct list_head devices;
/*
 * Memory for a device by addresses that begin at `offset` in a page and cross no multiple of boundary (0: none); above 4 GiB where the device says
 * that it reaches there (wide). Owned by who lent it. Returns the address; take_back ends it.
 */
u64 lend_memory(struct device *device, void *start, size_t size, u32 offset, u64 boundary,
		bool wide);
void take_back_memory(struct device *device, u64 address);

/* Memory range number index as a program or the CPU reaches it; all ones when nobody answers. Its size, 0: there is none. */
u64 range_size(const struct device *device, u32 index);
u64 range_access(struct device *device, u32 index, u64 offset, u32 bytes, bool is_write, u64 value);
/* of dma_alloc's buffer; 0: it is none of the device's */
size_t dma_buffer_size(const struct device *device, const void *buffer);

/* --- memory.c --- */

size_t tracked_size(const void *p, const char *what); /* 0: no such piece */

u32 left_over_memory(void);
void *tracked_alloc(size_t size, const char *what, struct device *device);
void tracked_free(const void *p, const char *what);

/* --- firmware.c --- */

/* Of configuration space, through kit/firmware.h; NULL: nobody looks. */
extern void (*config_write_check)(u32 offset, u32 width, u32 value);

/* --- classes.c, block.c, filesystem.c, bus.c --- */

u32 left_over_classes(void);
void maps_memory_goes(const void *start); /* programs that see it keep what it was */
/* A class that is linked in says what the module has left of it (and takes it away), and ends what must not outlive its drivers. */
struct class { u32 (*left_over)(void); void (*before_exit)(void); struct class *next; };
void class_add(struct class *class);
void classes_before_exit(void);

/* --- attribute.c --- */

struct attribute;
/* Files of an object, on a device's list of resources or (device NULL) for good. */
int attributes_add(struct device *device, void *object, const struct attribute *attributes, u32 nr);

/* --- module.c --- */

void module_reset(void);
bool module_is_loaded(void);
void log_line(const char *prefix, u32 level, const char *format, va_list args);

#endif
