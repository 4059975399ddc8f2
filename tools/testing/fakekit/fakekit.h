/* SPDX-License-Identifier: MIT */
/*
 * The kit on the host: a driver's own .c files are linked with it into a test under the address and undefined-behaviour sanitizers. The test
 * plays the hardware and the programs:
 *
 *	FAKE_TEST(a_key_arrives)		one process, from a fresh module
 *	{
 *		struct device *d = fake_platform_device("i8042");
 *
 *		fake_ports(d, 0, 1, port_read, port_write, &model);
 *		EXPECT_EQ(fake_load(), 0);
 *		EXPECT(fake_is_bound(d));
 *		fake_irq(d, 0);
 *	}
 *
 *	FAULT_TEST(every_call_may_fail) { ... }	the same again and again: at run n the n-th call of the kit that may fail does, until a run
 *						in which none was left to fail
 *
 * When a test ends the module is unloaded if it still is there, and it is an error if anything of it is left: memory, mappings, interrupts,
 * timers, work, a class device, a held lock; or if a device's things were not released in reverse order.
 *
 * Time is virtual: it stands still while code runs, but for what the kit's calls take (FAKE_CALL_NS), and jumps ahead when all threads sleep. So
 * a test of a time-out of a minute takes no time. Threads are run one at a time in an order that is always the same; FAKE_SEED=N
 * chooses another one, and also switches at calls in between. An interrupt is delivered at once, or when the code lets interrupts in again.
 *
 * What breaks the kit's contracts is an error of its own: sleeping with a spinlock held or in an interrupt, taking a lock that the interrupted
 * code holds, a lock freed while held or work while queued, use of what has been released, ports outside a range.
 */
#ifndef FAKEKIT_H
#define FAKEKIT_H

#include <kit/types.h>

struct device;
struct fake_file;

#define FAKE_CALL_NS	200	/* what a call of the kit takes */

/* --- tests --- */

struct fake_test {
	const char *name;
	void (*run)(void);
	bool with_faults;
	struct fake_test *next;
};

void fake_test_add(struct fake_test *test);
#define FAKE_TEST_(test_name, faults)							\
	static void fake_run_##test_name(void);						\
	static struct fake_test fake_test_##test_name = { #test_name, fake_run_##test_name, faults, NULL };	\
	static void __attribute__((constructor)) fake_add_##test_name(void) { fake_test_add(&fake_test_##test_name); }	\
	static void fake_run_##test_name(void)
#define FAKE_TEST(test_name)	FAKE_TEST_(test_name, false)
#define FAULT_TEST(test_name)	FAKE_TEST_(test_name, true)

void fake_fail(const char *file, int line, const char *format, ...) __printf(3, 4);
#define EXPECT(condition) ({								\
	bool ok_ = !!(condition);							\
	if (!ok_)									\
		fake_fail(__FILE__, __LINE__, "expected %s", #condition);		\
	ok_; })
#define EXPECT_EQ(a, b) ({								\
	long a_ = (long)(a), b_ = (long)(b);						\
	if (a_ != b_)									\
		fake_fail(__FILE__, __LINE__, "%s is %ld (%#lx), expected %s = %ld (%#lx)", #a, a_, a_, #b, b_, b_);	\
	a_ == b_; })

/* In a FAULT_TEST: the call that failed in this run, "irq_connect"; NULL if none has yet. */
const char *fake_fault(void);
/* Without a FAULT_TEST: the n-th call from now on that may fail does; 0: none. */
void fake_fail_call(u32 n);
/* The test wants this complaint of the fake kit (a part of its text): it is an error if it does not come. */
void fake_expect_complaint(const char *part);

/* --- the module --- */

int fake_load(void); /* init: 0 or its error */
/* exit; then the core takes what is left, which is an error unless the test expects it */
void fake_unload(void);
/* As on insmod's command line, before fake_load; the name's error or 0. */
int fake_param(const char *name, const char *value);
bool fake_logged(const char *part); /* has the module logged a line with this part? */

/* --- time and threads --- */

u64 fake_now(void);
void fake_sleep(u64 ns); /* the test's thread waits */
/* The next call of that name ("mutex_lock") that a thread makes begins so much later: others come in between. */
void fake_put_off(const char *call, u64 ns);
/* All that can run without time passing has run. */
void fake_settle(void);
/* function(data) at a time from now, in interrupt context: what hardware does by itself. */
void fake_after(u64 ns, void (*function)(void *data), void *data);
/* A thread beside the test's: a program. It ends by returning; fake_join waits for all of them. */
void fake_thread(void (*function)(void *data), void *data);
void fake_join(void);
/* From now on char_register and block_register return so long after programs can use what they made. */
void fake_slow_registration(u64 ns);

/* --- devices --- */

struct device *fake_platform_device(const char *name);
/* unplugged: the driver's remove, and all is released */
void fake_device_remove(struct device *device);
/* pulled out: reads give all ones; nobody has been told yet */
void fake_unplug(struct device *device);
/* by /sys or rmmod: the device is still there while the driver goes */
void fake_unbind(struct device *device);
void fake_cpus(u32 nr); /* how many the machine has; 2 at first */
bool fake_is_bound(const struct device *device);
int fake_probe_error(const struct device *device); /* of the last probe; 1: none was */
/* A range of ports; offset counts from its start. */
void fake_ports(struct device *device, u32 index, u32 size,
		u32 (*read)(void *data, u32 offset, u32 bytes),
		void (*write)(void *data, u32 offset, u32 bytes, u32 value), void *data);
/* Registers in memory; without functions it is plain memory, which fake_mmio_memory gives. */
void fake_mmio(struct device *device, u32 index, u64 size,
	       u64 (*read)(void *data, u64 offset, u32 bytes),
	       void (*write)(void *data, u64 offset, u32 bytes, u64 value), void *data);
void *fake_mmio_memory(struct device *device, u32 index);
/* The device asserts its interrupt number index. False: nobody is connected, or it is masked for good (an error where a message was sent). */
bool fake_irq(struct device *device, u32 index);
u32 fake_irq_handled(const struct device *device, u32 index); /* how often it was HANDLED */
/* How many messages the device can send, by kind (KIT_IRQ_MSI, KIT_IRQ_MSIX); at first none. */
void fake_irq_messages(struct device *device, u32 kind, u32 nr);
/* The device reads or writes memory by its own address, as a bus master: NULL and a complaint if that is not lent to it. */
void *fake_dma(struct device *device, u64 address, size_t size);

/* --- programs at character devices --- */

/* flags: 1 reading, 2 writing, 4 O_NONBLOCK */
struct fake_file *fake_open(const char *name, u32 flags, int *error);
ssize_t fake_read(struct fake_file *file, void *buffer, size_t length); /* waits as read(2) does */
ssize_t fake_write(struct fake_file *file, const void *buffer, size_t length);
s64 fake_ioctl(struct fake_file *file, u32 command, void *argument);
u32 fake_poll(struct fake_file *file);
void fake_close(struct fake_file *file);

/*
 * mmap of length bytes from offset on, whole pages, shared. access: 1 reading, 2 writing. NULL with *error: the driver's answer, -EACCES, -ENODEV. It lasts until
 * fake_munmap, whether the file is closed or not.
 */
struct fake_mapping *fake_mmap(struct fake_file *file, u64 offset, u64 length, u32 access,
			       int *error);
void fake_munmap(struct fake_mapping *mapping);
/* The program touches 1, 2, 4 or 8 bytes; false: SIGBUS, the device is gone. */
bool fake_mapped_read(struct fake_mapping *mapping, u64 at, u32 bytes, u64 *value);
bool fake_mapped_write(struct fake_mapping *mapping, u64 at, u32 bytes, u64 value);
bool fake_mapped_combines(const struct fake_mapping *mapping); /* CHAR_MAP_COMBINES */

/* --- input devices --- */

u32 fake_nr_inputs(void);
struct fake_event { u16 type, code; s32 value; };
/* Takes the next event of input device number index; false: there is none. */
bool fake_event(u32 index, struct fake_event *event);
const char *fake_input_name(u32 index);
void fake_input_set(u32 index, u32 type, u32 code, s32 value); /* a program sets a LED */

#endif
