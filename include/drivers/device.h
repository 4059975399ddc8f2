/* SPDX-License-Identifier: MIT */
/*
 * The device model (drivers/core): devices, buses, drivers, classes, and the resources that a device owns.
 *
 * A bus matches devices with drivers; a device is bound to at most one driver. What a driver gets through its device is kept as a list of
 * resources and let go in reverse order after a failed probe and after remove. Those through which programs reach the driver are hidden before
 * remove, so that it finds nobody inside.
 *
 * Locking: bus->lock (mutex) guards the bus's lists of devices and drivers; device->lock (mutex) is held over probe and remove and guards
 * driver and drvdata; owner->lock (spinlock, LOCK_RANK_DEVICE) guards a list of resources. Order: bus->lock, device->lock, owner->lock.
 *
 * Marks: I immutable, B bus->lock, L device->lock.
 */
#ifndef DRIVERS_DEVICE_H
#define DRIVERS_DEVICE_H

#include <kit/bus.h>
#include <kit/list.h>
#include <fs/sysfs.h>
#include <fs/vfs.h>
#include <kernel/mutex.h>
#include <kernel/refcount.h>
#include <kernel/spinlock.h>

struct bus_type;
struct device_driver;
struct module;
struct thread;

/* What a device answers to: ports, memory, and the lines of devices on the board, counted by kind. */
enum device_range_kind { RANGE_LINE = 3 };	/* further ones as kit/bus.h numbers them */
struct device_range {
	u32 kind, index;
	u64 start, length;
	u32 bus_flags;
};

/* How a bus gives its devices interrupts. */
struct device_irqs {
	/* The line number index; -ENXIO: none. flags: IRQF_SHARED. */
	int (*line)(struct device *device, u32 index, unsigned long *flags);
	/* How many messages of a kind (KIT_IRQ_MSI, KIT_IRQ_MSIX) it can send. */
	u32 (*count)(struct device *device, u32 kind);
	/* Makes nr lines for them; 0 or a negative errno. And takes them away: nothing is connected any more. */
	int (*alloc)(struct device *device, u32 kind, u32 nr, u32 *irqs);
	void (*free)(struct device *device, u32 kind, u32 nr, const u32 *irqs);
};

/* What belongs to a device or a module. */
struct resource_owner {
	spinlock_t lock;	    /* LOCK_RANK_DEVICE */
	struct list_head resources; /* lock; the newest first */
	/* lock: whose hide() runs: it stays on the list so long; and the thread that runs it */
	struct owned_resource *hiding;
	const struct thread *hider;
};

struct owned_resource {
	struct list_head node; /* owner->lock */
	/* may sleep; frees the structure it is embedded in */
	void (*release)(struct owned_resource *resource);
	/*
	 * Before the driver's remove: when it returns, the driver is not called through this any more (but to close, by release); what the driver calls is harmless until release.
	 * May sleep. NULL: it calls nobody, or its driver decides.
	 */
	void (*hide)(struct owned_resource *resource);
	bool hidden;	  /* owner->lock: hide has been called */
	const char *what; /* for the log: "interrupt"; good as long as it is on the list */
};

void resource_owner_init(struct resource_owner *owner);
void resource_add(struct resource_owner *owner, struct owned_resource *resource);
/*
 * True: it is the caller's, who releases it. False: somebody else does or has, or this is called by its hide(). Waits for a hide() that
 * another thread runs; the resource may have been freed after that: only its address is looked at. May sleep.
 */
bool resource_remove(struct resource_owner *owner, struct owned_resource *resource);
/* The newest that fits, out of the list: the caller releases it. NULL: none. And: is there one? fits does not sleep. */
struct owned_resource *resource_take(struct resource_owner *owner,
				     bool (*fits)(const struct owned_resource *, const void *),
				     const void *key);
bool resource_find(struct resource_owner *owner,
		   bool (*fits)(const struct owned_resource *, const void *), const void *key);
void resource_release_all(struct resource_owner *owner);
void resource_hide_all(struct resource_owner *owner); /* those that can be, the newest first */
unsigned int resource_count(struct resource_owner *owner);
/* The same, and what they are, "a, b", the newest first, as much of it as buf has room for; size is not 0. */
unsigned int resource_names(struct resource_owner *owner, char *buf, size_t size);

struct device {
	refcount_t refs;
	char *name;		    /* I */
	struct device *parent;	    /* I: with a reference */
	const struct bus_type *bus; /* I: NULL for class devices */
	sysfs_dir_t *dir;	    /* I until device_remove */
	/* I: where its folder stands without a parent; NULL: /sys/devices */
	sysfs_dir_t *sysfs_parent;
	struct mutex lock;
	const struct device_driver *driver; /* L */
	void *drvdata;			    /* L; drivers read it without */
	struct resource_owner resources;
	struct list_head bus_node;   /* B */
	bool removed;		     /* L: no driver is bound any more */
	struct device_range *ranges; /* set while no driver is bound; core's memory */
	unsigned int nr_ranges;	     /* I */
	/* I once a driver is bound; NULL: RANGE_LINE among the ranges */
	const struct device_irqs *irqs;
	struct irq_vectors *vectors; /* L: the messages that its driver has allocated */
	/* L: the highest address that it drives; read by drivers' calls */
	u64 dma_mask;
	spinlock_t dma_lock;	     /* LOCK_RANK_LEAF, with interrupts off */
	struct list_head dma_copies; /* dma_lock: mappings of memory that it does not reach */
	struct pci_function *pci;    /* I: drivers/pci; NULL: no PCI device */
	/* I: the last act of device_remove; may be NULL */
	void (*on_remove)(struct device *device);
	dev_t_kernel devt; /* I: 0: no node */
	/* I: its name below /dev, if that is not the device's; the owner's */
	const char *node;
	const struct device_class *class; /* I: NULL for bus devices */
	/* I: lines KEY=value\n of its own; the length; may be NULL */
	int (*uevent_vars)(struct device *device, char *buf, size_t size);
	void (*release)(struct device *device); /* I: last reference gone; frees */
};

struct device_driver {
	const char *name;
	struct module *owner;		/* NULL: part of the image */
	struct list_head bus_node;	/* B */
	sysfs_dir_t *dir;		/* B */
	const void *table;		/* the bus's or kit's table */
	struct owned_resource resource; /* of the owner */
	const struct bus_type *bus;
	/* B: it binds nothing any more; read under device->lock, too */
	bool going;
	unsigned int
		users; /* B: device_probe has it in its hands; driver_unregister waits for them */
};

struct bus_type {
	const char *name;
	bool (*match)(const struct device *device, const struct device_driver *driver);
	int (*probe)(struct device *device, const struct device_driver *driver);
	void (*remove)(struct device *device, const struct device_driver *driver);
	/* "platform:i8042"; the length, or -ENOSYS for none. */
	int (*modalias)(const struct device *device, char *buf, size_t size);
	/* Lines KEY=value for the uevent; may be NULL. */
	int (*uevent)(const struct device *device, char *buf, size_t size);
	int (*add_files)(struct device *device); /* its folder is there; may be NULL */
	/* all that the driver had got is released; may be NULL */
	void (*released)(struct device *device);
	/* device_add does not look for a driver: device_probe does */
	bool adds_without_probe;
	struct bus_private *private; /* made by bus_register */
};

struct device_class {
	const char *name;
	struct list_head node;
	sysfs_dir_t *dir;
	sysfs_dir_t *numbers; /* /sys/dev/char or block: its devices by number */
	unsigned int users;   /* classes made by name go with their last device */
};

int bus_type_register(struct bus_type *bus);	       /* 0, -ENOMEM, -EEXIST */
void bus_type_unregister(struct bus_type *bus);	       /* no devices and drivers are left */
sysfs_dir_t *bus_type_dir(const struct bus_type *bus); /* /sys/bus/NAME */
/* The device of that name with a reference, or NULL. */
struct device *bus_find_device(const struct bus_type *bus, const char *name);
/* The newest device of the bus with a reference; NULL: there is none. */
struct device *bus_last_device(const struct bus_type *bus);

/* Fills in what every device has; name as printf. -ENOMEM. */
int device_init(struct device *device, struct device *parent, const char *name_fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Shows it in /sys and looks for a driver. The caller's reference stays. 0, -EEXIST, -ENOMEM. */
int device_add(struct device *device);
/* Unbinds the driver, lets all resources go, takes it out of /sys. The memory stays until the last put. */
void device_remove(struct device *device);
struct device *get_device(struct device *device);
void put_device(struct device *device);

void device_probe(struct device *device); /* looks for a driver */
/* Calls function with device->lock held, so that nobody binds or unbinds; -ENODEV: it is going. */
int device_hold(struct device *device,
		int (*function)(struct device *device, const struct device_driver *driver,
				void *data),
		void *data);

/* 0, -EEXIST, -ENOMEM; probes what is there */
int driver_register(struct device_driver *driver);
void driver_unregister(struct device_driver *driver); /* unbinds its devices */
void driver_probe(struct device_driver *driver);      /* tries it on the devices without one */

/* Classes: what programs look for by kind. A class is there while it has devices. ERR_PTR(-ENOMEM). */
struct device_class *class_get(const char *name);
void class_put(struct device_class *class);

/* A uevent: "add", "remove", "change", "bind", "unbind". May sleep. */
void device_uevent(struct device *device, const char *action);
/*
 * The same for what is no device: path below /sys, subsystem, and more lines KEY=value, each ended by a newline ("": none). Goes to uevent_hook and,
 * if there is one, the program of /proc/sys/kernel/hotplug.
 */
void uevent_send(const char *action, const char *path, const char *subsystem, const char *lines);
/*
 * What a program writes to a `uevent` file: "ACTION", or "ACTION UUID KEY=value ...". answer sends the event, with the lines that say who asked.
 * count, or -EINVAL.
 */
ssize_t uevent_ask(void *object, const char *text, size_t count,
		   void (*answer)(void *object, const char *action, const char *lines));
/* boot: /sys/kernel/uevent_seqnum, /proc/sys/kernel/hotplug */
void uevent_init(void);
/* Gets every uevent: "ACTION@PATH" and the lines, each ended by a zero. */
extern void (*uevent_hook)(const char *text, size_t length);

/* Platform devices: resources are those of the board. */
enum platform_resource_type { PLATFORM_IOPORT, PLATFORM_IRQ };
struct platform_resource {
	enum platform_resource_type type;
	u64 start;
	u32 size;
};
struct platform_device {
	struct device device;
};
struct platform_device *platform_device_create(struct device *parent, const char *name,
					       const struct platform_resource *resources,
					       unsigned int nr);
struct device *platform_root_device(void); /* /sys/devices/platform */
extern struct bus_type platform_bus;

/* Range number index of a kind with something in it; NULL: there is none. */
const struct device_range *device_range(const struct device *device, u32 kind, u32 index);

void device_dma_init(struct device *device); /* dma.c */
/* of a buffer that dma_alloc() gave, whole pages; 0: it is none of the device's */
size_t device_dma_size(struct device *device, const void *buffer);
/* what the driver left mapped; the mask as it was */
void device_dma_release(struct device *device);

void char_core_init(void);  /* drivers/char */
void input_core_init(void); /* drivers/input */

void device_core_init(void);	/* the folders of /sys, the platform bus */
void pci_host_init(void);	/* drivers/pci */
void legacy_devices_init(void); /* what every PC has: the keyboard controller ... */

#endif
