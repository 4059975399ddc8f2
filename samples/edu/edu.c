// SPDX-License-Identifier: MIT
/*
 * edu: driver of QEMU's teaching device (docs/specs/edu.txt in QEMU), a folder to copy for drivers of PCI devices: registers, interrupts by
 * message or by line, DMA, a character device that waits without sleeping in the driver, mmap of registers and of a DMA buffer, removal while
 * programs use it.
 *
 * /dev/edu/ADDRESS has 4088 bytes of memory, which are in the device: a read starts a transfer and answers -EAGAIN until the interrupt has said
 * that it is done; a write is posted, the next access waits for it. Factorials are ioctls (edu.h).
 *
 * The device moves one block at a time, through one buffer (transfer_buffer). What belongs to whom:
 *
 *	lock	node, going, busy, running, started, ready, result, and of each file: state, position, length
 */
#include <kit/attribute.h>
#include <kit/char.h>
#include <kit/device.h>
#include <kit/dma.h>
#include <kit/errno.h>
#include <kit/irq.h>
#include <kit/lock.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/mmio.h>
#include <kit/module.h>
#include <kit/param.h>
#include <kit/pci.h>
#include <kit/time.h>

#include "edu.h"

MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("QEMU's teaching device");

static bool line;
module_param(line, bool, 0444);
MODULE_PARM_DESC(line, "interrupts by the line (INTx) also where messages would do");

#define REG_ID			0x00
#define ID_LOW			0xed		/* its lowest byte */
#define REG_INVERT		0x04
#define REG_FACTORIAL		0x08
#define REG_STATUS		0x20
#define STATUS_COMPUTING	0x01
#define STATUS_INTERRUPT	0x80		/* send one when it is computed */
#define REG_IRQ_STATUS		0x24
#define REG_IRQ_RAISE		0x60
#define REG_IRQ_ACK		0x64
#define IRQ_FACTORIAL		0x001
#define IRQ_DMA			0x100
#define REG_DMA_SOURCE		0x80
#define REG_DMA_TARGET		0x88
#define REG_DMA_COUNT		0x90
#define REG_DMA_COMMAND		0x98
#define DMA_START		0x1
#define DMA_TO_MEMORY		0x2		/* from the device */
#define DMA_INTERRUPT		0x4
#define DEVICE_BUFFER		0x40000		/* its memory, as it calls it */

#define DMA_BITS		28		/* addresses that it can send */
#define STOP_MS			2000

enum file_state { FILE_IDLE, FILE_READING, FILE_READ };

struct edu_file {
	u32 state;    /* lock: enum file_state */
	u64 position; /* lock: of the read */
	size_t length;
	u8 data[EDU_MEMORY_SIZE]; /* what was read */
};

struct edu {
	struct device *device;
	/* NULL: nobody waits; programs may have it before char_register has returned it */
	struct char_device *node;
	bool going; /* there will be no node again */
	void __iomem *registers;
	u8 *transfer_buffer;
	dma_addr_t transfer_address;
	spinlock_t lock;
	bool busy;		  /* a transfer runs */
	struct edu_file *running; /* who reads; NULL: a write, or the reader has gone */
	bool started, ready;	  /* a factorial */
	u32 result;
	atomic_t interrupts;
};

/* --- the device --- */

/* Caller holds lock, and the buffer holds what is to be written. */
static void start_transfer(struct edu *edu, bool to_memory, u64 position, size_t length)
{
	dma_addr_t inside = DEVICE_BUFFER + position;

	edu->busy = true;
	writeq(to_memory ? inside : edu->transfer_address, edu->registers + REG_DMA_SOURCE);
	writeq(to_memory ? edu->transfer_address : inside, edu->registers + REG_DMA_TARGET);
	writeq(length, edu->registers + REG_DMA_COUNT);
	writeq(DMA_START | DMA_INTERRUPT | (to_memory ? DMA_TO_MEMORY : 0),
	       edu->registers + REG_DMA_COMMAND);
}

/* Caller holds lock. */
static void finish_transfer(struct edu *edu)
{
	struct edu_file *reader = edu->running;

	edu->busy = false;
	edu->running = NULL;
	if (!reader)
		return;
	dma_rmb();
	memcpy(reader->data, edu->transfer_buffer, reader->length);
	reader->state = FILE_READ;
}

static u32 interrupt(void *data)
{
	struct edu *edu = data;
	u32 status = readl(edu->registers + REG_IRQ_STATUS), events = 0;
	u64 flags;

	if (!status || status == ~0u)
		return KIT_IRQ_NONE;
	writel(status, edu->registers + REG_IRQ_ACK);
	atomic_inc_return(&edu->interrupts);
	flags = spin_lock_save(&edu->lock);
	if (status & IRQ_DMA && edu->busy) {
		finish_transfer(edu);
		events |= CHAR_READABLE | CHAR_WRITABLE;
	}
	if (status & IRQ_FACTORIAL && edu->started) {
		edu->result = readl(edu->registers + REG_FACTORIAL);
		edu->ready = true;
		events |= CHAR_URGENT;
	}
	if (events && edu->node)
		char_ready(edu->node, events);
	spin_unlock_restore(&edu->lock, flags);
	return KIT_IRQ_HANDLED;
}

/* --- the character device --- */

static struct edu *edu_of(struct char_file *file)
{
	return char_data(char_file_device(file));
}

/* The first program may come before probe knows its node. */
static void know_node(struct edu *edu, struct char_device *node)
{
	u64 flags = spin_lock_save(&edu->lock);

	if (!edu->going)
		edu->node = node;
	spin_unlock_restore(&edu->lock, flags);
}

static int edu_open(struct char_file *file)
{
	struct edu_file *f = kzalloc(sizeof(*f));

	if (!f)
		return -ENOMEM;
	char_file_set_data(file, f);
	know_node(edu_of(file), char_file_device(file));
	return 0;
}

static void edu_close(struct char_file *file)
{
	struct edu_file *f = char_file_data(file);
	struct edu *edu = edu_of(file);
	u64 flags = spin_lock_save(&edu->lock);

	if (edu->running == f)
		edu->running = NULL;
	spin_unlock_restore(&edu->lock, flags);
	kfree(f);
}

/* Caller holds lock. The bytes that an earlier call began to read have come. */
static bool take_data(struct edu_file *f, void *buffer, size_t length, u64 position)
{
	if (f->state != FILE_READ || f->position != position || f->length < length)
		return false;
	memcpy(buffer, f->data, length);
	f->state = FILE_IDLE;
	return true;
}

static ssize_t edu_read(struct char_file *file, void *buffer, size_t length, u64 position)
{
	struct edu_file *f = char_file_data(file);
	struct edu *edu = edu_of(file);
	ssize_t result = -EAGAIN;
	u64 flags;

	if (position >= EDU_MEMORY_SIZE || !length)
		return 0;
	if (length > EDU_MEMORY_SIZE - position)
		length = EDU_MEMORY_SIZE - position;
	flags = spin_lock_save(&edu->lock);
	if (take_data(f, buffer, length, position)) {
		result = length;
	} else if (!edu->busy) {
		f->state = FILE_READING;
		f->position = position;
		f->length = length;
		edu->running = f;
		start_transfer(edu, true, position, length);
	}
	spin_unlock_restore(&edu->lock, flags);
	return result;
}

static ssize_t edu_write(struct char_file *file, const void *buffer, size_t length, u64 position)
{
	struct edu *edu = edu_of(file);
	ssize_t result = -EAGAIN;
	u64 flags;

	if (position >= EDU_MEMORY_SIZE)
		return -ENOSPC;
	if (length > EDU_MEMORY_SIZE - position)
		length = EDU_MEMORY_SIZE - position;
	if (!length)
		return 0;
	flags = spin_lock_save(&edu->lock);
	if (!edu->busy) {
		memcpy(edu->transfer_buffer, buffer, length);
		start_transfer(edu, false, position, length);
		result = length;
	}
	spin_unlock_restore(&edu->lock, flags);
	return result;
}

static u32 edu_poll(struct char_file *file)
{
	struct edu_file *f = char_file_data(file);
	struct edu *edu = edu_of(file);
	u32 events = 0;
	u64 flags = spin_lock_save(&edu->lock);

	if (f->state == FILE_READ)
		events |= CHAR_READABLE;
	if (!edu->busy)
		events |= CHAR_WRITABLE;
	if (edu->ready)
		events |= CHAR_URGENT;
	spin_unlock_restore(&edu->lock, flags);
	return events;
}

static int edu_map(struct char_file *file, struct char_mapping *mapping, u64 offset, u64 length)
{
	struct edu *edu = edu_of(file);

	if (offset < EDU_MAP_BUFFER)
		return char_map_range(mapping, 0, 0, 0, mmio_size(edu->device, 0), 0);
	return char_map_buffer(mapping, EDU_MAP_BUFFER, edu->transfer_buffer, EDU_MEMORY_SIZE,
			       CHAR_MAP_READ_ONLY);
}

static s64 run_invert(struct char_file *file, void *argument, u64 value)
{
	struct edu *edu = edu_of(file);
	u32 *number = argument;
	u64 flags = spin_lock_save(&edu->lock);

	writel(*number, edu->registers + REG_INVERT);
	*number = readl(edu->registers + REG_INVERT);
	spin_unlock_restore(&edu->lock, flags);
	return 0;
}

static s64 run_start(struct char_file *file, void *argument, u64 value)
{
	struct edu *edu = edu_of(file);
	u64 flags = spin_lock_save(&edu->lock);
	s64 result = 0;

	if (edu->started && !edu->ready) {
		result = -EBUSY;
	} else {
		edu->started = true;
		edu->ready = false;
		writel(STATUS_INTERRUPT, edu->registers + REG_STATUS);
		writel(*(u32 *)argument, edu->registers + REG_FACTORIAL);
	}
	spin_unlock_restore(&edu->lock, flags);
	return result;
}

static s64 run_result(struct char_file *file, void *argument, u64 value)
{
	struct edu *edu = edu_of(file);
	u64 flags = spin_lock_save(&edu->lock);
	s64 result = edu->ready ? 0 : edu->started ? -EAGAIN : -ENODATA;

	*(u32 *)argument = edu->result;
	if (!result)
		edu->started = edu->ready = false;
	spin_unlock_restore(&edu->lock, flags);
	return result;
}

static const struct char_command commands[] = {
	{ .size = sizeof(struct char_command),
	  .command = EDU_INVERT,
	  .bytes_in = 4,
	  .bytes_out = 4,
	  .run = run_invert },
	{ .size = sizeof(struct char_command),
	  .command = EDU_START,
	  .bytes_in = 4,
	  .run = run_start },
	{ .size = sizeof(struct char_command),
	  .command = EDU_RESULT,
	  .bytes_out = 4,
	  .run = run_result },
};

static const struct char_operations operations = {
	.size = sizeof(operations),
	.flags = CHAR_SEEKABLE,
	.open = edu_open,
	.close = edu_close,
	.read = edu_read,
	.write = edu_write,
	.poll = edu_poll,
	.commands = commands,
	.nr_commands = ARRAY_SIZE(commands),
	.map = edu_map,
};

/* --- /sys: how many interrupts there were; writing sends one --- */

static ssize_t interrupts_show(void *object, const struct attribute *attribute, char *buffer)
{
	struct edu *edu = dev_get_drvdata(object);

	return snprintf(buffer, ATTRIBUTE_TEXT_SIZE, "%d\n", atomic_read(&edu->interrupts));
}

static ssize_t interrupts_store(void *object, const struct attribute *attribute, const char *text,
				size_t length)
{
	struct edu *edu = dev_get_drvdata(object);

	writel(0x2, edu->registers + REG_IRQ_RAISE);
	return length;
}

static const struct attribute attributes[] = {
	{ .size = sizeof(struct attribute),
	  .mode = 0644,
	  .name = "interrupts",
	  .show = interrupts_show,
	  .store = interrupts_store },
};

/* --- coming and going --- */

static int set_up(struct edu *edu)
{
	struct device *device = edu->device;
	int error = pci_enable(device);

	if (error)
		return error;
	edu->registers = mmio_map(device, 0);
	if (IS_ERR(edu->registers))
		return PTR_ERR(edu->registers);
	if ((readl(edu->registers + REG_ID) & 0xff) != ID_LOW)
		return -ENODEV;
	error = dma_set_mask(device, DMA_BITS);
	if (error)
		return error;
	edu->transfer_buffer = dma_alloc(device, EDU_MEMORY_SIZE, &edu->transfer_address);
	if (!edu->transfer_buffer)
		return -ENOMEM;
	pci_set_master(device, true);
	/* What an earlier driver may have left. */
	writel(readl(edu->registers + REG_IRQ_STATUS), edu->registers + REG_IRQ_ACK);
	error = irq_vectors_alloc(device, 1, 1, line ? KIT_IRQ_LINE : KIT_IRQ_ANY);
	if (error < 0)
		return error;
	return irq_connect(device, 0, interrupt, edu);
}

static int edu_probe(struct device *device, const struct pci_id *id)
{
	struct edu *edu = dev_kzalloc(device, sizeof(*edu));
	struct char_params params = {
		.size = sizeof(params), .mode = 0600, .operations = &operations, .data = edu
	};
	struct char_device *node;
	char name[32];
	int error;

	if (!edu)
		return -ENOMEM;
	edu->device = device;
	dev_set_drvdata(device, edu);
	error = set_up(edu);
	if (error)
		return error;
	error = dev_add_attributes(device, attributes, ARRAY_SIZE(attributes));
	if (error)
		return error;
	snprintf(name, sizeof(name), "edu/%s", dev_name(device));
	params.name = name;
	node = char_register(THIS_MODULE, device, &params);
	if (IS_ERR(node))
		return PTR_ERR(node);
	know_node(edu, node);
	dev_print(LOG_LEVEL_INFO, device, "interrupts by %s",
		  irq_kind(device) == KIT_IRQ_LINE ? "line" : "message");
	return 0;
}

/* The handler has nobody to tell any more. */
static struct char_device *forget_node(struct edu *edu)
{
	u64 flags = spin_lock_save(&edu->lock);
	struct char_device *node = edu->node;

	edu->node = NULL;
	edu->going = true;
	spin_unlock_restore(&edu->lock, flags);
	return node;
}

/*
 * First programs go, so that nothing begins any more. What runs ends while its interrupt is still handled, since others may share the line; a
 * device that is left asserting it would flood them. Accesses to memory end before the core frees the buffer, and a factorial ends before
 * another driver comes: the device does not hear of a next one while it computes, and would give that driver this one's result.
 */
static void edu_remove(struct device *device)
{
	struct edu *edu = dev_get_drvdata(device);

	char_unregister(forget_node(edu));
	writel(0, edu->registers + REG_STATUS);
	for (u32 ms = 0; ms < STOP_MS && pci_is_present(device); ms += 10) {
		if (!(readq(edu->registers + REG_DMA_COMMAND) & DMA_START) &&
		    !(readl(edu->registers + REG_STATUS) & STATUS_COMPUTING))
			break;
		msleep(10);
	}
	writel(readl(edu->registers + REG_IRQ_STATUS), edu->registers + REG_IRQ_ACK);
	pci_set_master(device, false);
}

static const struct pci_id ids[] = { PCI_ID(0x1234, 0x11e8) };
MODULE_DEVICE_TABLE(pci, ids);

static const struct pci_driver driver = {
	.size = sizeof(driver),
	.nr_ids = ARRAY_SIZE(ids),
	.name = "edu",
	.ids = ids,
	.probe = edu_probe,
	.remove = edu_remove,
};
module_pci_driver(driver);
