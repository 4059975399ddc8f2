// SPDX-License-Identifier: MIT
/*
 * conform_pci: what the headers pci, mmio, ioport, irq and dma promise, on two devices of QEMU: edu (registers, messages or a line, DMA with 28 address bits) and
 * pci-serial (a 16550: 8 ports). use.c takes the devices away and gives them back.
 */
#include "conform.h"

#include "user.h"

#include <kit/char.h>
#include <kit/cpu.h>
#include <kit/device.h>
#include <kit/dma.h>
#include <kit/errno.h>
#include <kit/ioport.h>
#include <kit/irq.h>
#include <kit/memory.h>
#include <kit/mmio.h>
#include <kit/pci.h>
#include <kit/time.h>
#include <kit/wait.h>

MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("Is the kit as its stable headers say? The part for PCI devices");

#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8
#define EDU_SIZE	0x100000
#define REG_ID		0x00
#define EDU_ID		0x010000ed
#define REG_INVERT	0x04
#define REG_IRQ_STATUS	0x24
#define REG_IRQ_RAISE	0x60
#define REG_IRQ_ACK	0x64
#define REG_DMA_SOURCE	0x80
#define REG_DMA_TARGET	0x88
#define REG_DMA_COUNT	0x90
#define REG_DMA_COMMAND	0x98
#define DMA_START	0x1
#define DMA_TO_MEMORY	0x2
#define DEVICE_BUFFER	0x40000
#define DMA_BITS	28

#define CONFIG_COMMAND		0x04
#define COMMAND_MEMORY		0x2
#define COMMAND_MASTER		0x4
#define CONFIG_LINE		0x3c
#define CAPABILITY_MSI		0x05

#define UART_SCRATCH	7

static struct device *edu;
static void __iomem *registers;
static u16 first_command; /* as the firmware left it; only the first probe sees that */
static u32 edu_probes, removes, resets;

/* --- pci --- */

static void info_case(void)
{
	struct {
		struct pci_info info;
		struct conform_tail tail;
	} younger = { .info.size = sizeof(younger), .tail = CONFORM_USED };
	struct pci_info info = { .size = sizeof(info) }, none = { 0 };

	EXPECT(pci_get_info(edu, &info) == 0);
	EXPECT(info.vendor == EDU_VENDOR && info.device == EDU_DEVICE);
	EXPECT(info.class_code >> 16 == 0 && info.pin == 1);
	EXPECT(pci_get_info(edu, &younger.info) == 0);
	EXPECT(younger.info.vendor == EDU_VENDOR && !younger.tail.bytes[sizeof(younger.tail) - 1]);
	EXPECT(pci_get_info(edu, &none) == -EINVAL);
	EXPECT(pci_is_present(edu));
}

static void config_case(void)
{
	u32 word = pci_config_read32(edu, CONFIG_LINE), msi;
	u8 line = (u8)word;

	EXPECT(pci_config_read32(edu, 0) == (EDU_VENDOR | EDU_DEVICE << 16));
	EXPECT(pci_config_read16(edu, 2) == EDU_DEVICE &&
	       pci_config_read8(edu, 1) == EDU_VENDOR >> 8);
	pci_config_write8(edu, CONFIG_LINE, 0x11);
	EXPECT(pci_config_read8(edu, CONFIG_LINE) == 0x11);
	pci_config_write16(edu, CONFIG_LINE, 0x22);
	EXPECT(pci_config_read8(edu, CONFIG_LINE) == 0x22);
	pci_config_write32(edu, CONFIG_LINE, (word & ~0xffu) | 0x33);
	EXPECT(pci_config_read32(edu, CONFIG_LINE) == ((word & ~0xffu) | 0x33));
	pci_config_write8(edu, CONFIG_LINE, line);
	EXPECT(pci_config_read32(edu, 4096) == ~0u && pci_config_read8(edu, 5000) == 0xff);
	msi = pci_find_capability(edu, CAPABILITY_MSI, 0);
	EXPECT(msi >= 0x40 && pci_config_read8(edu, msi) == CAPABILITY_MSI);
	EXPECT(!pci_find_capability(edu, CAPABILITY_MSI, msi));
	EXPECT(!pci_find_capability(edu, 0x7f, 0));
	EXPECT(!pci_find_extended_capability(edu, 0x7fff, 0));
}

static void enable_case(void)
{
	EXPECT(pci_enable(edu) == 0);
	EXPECT(pci_config_read16(edu, CONFIG_COMMAND) & COMMAND_MEMORY);
	pci_set_master(edu, true);
	EXPECT(pci_config_read16(edu, CONFIG_COMMAND) & COMMAND_MASTER);
	pci_set_master(edu, false);
	EXPECT(!(pci_config_read16(edu, CONFIG_COMMAND) & COMMAND_MASTER));
	pci_set_master(edu, true);
}

static void reset_case(void)
{
	u32 bar = pci_config_read32(edu, 0x10);
	u16 command = pci_config_read16(edu, CONFIG_COMMAND);
	int result = pci_reset(edu);

	EXPECT(result == 0 || result == -ENOTTY);
	EXPECT(pci_config_read32(edu, 0x10) == bar);
	EXPECT(pci_config_read16(edu, CONFIG_COMMAND) == command);
}

static void driver_errors_case(void)
{
	static const struct pci_id nobody = PCI_ID(0x4711, 1);
	static const struct pci_driver nameless = { .size = sizeof(nameless),
						    .ids = &nobody,
						    .nr_ids = 1 };
	static const struct {
		struct pci_driver driver;
		struct conform_tail tail;
	} younger = { { .size = sizeof(younger), .name = "x", .ids = &nobody, .nr_ids = 1 },
		      CONFORM_USED };

	EXPECT(pci_driver_register(THIS_MODULE, &nameless) == -EINVAL);
	EXPECT(pci_driver_register(THIS_MODULE, &younger.driver) == -E2BIG);
}

/* --- mmio --- */

static void mmio_case(void)
{
	void __iomem *part;

	EXPECT(mmio_size(edu, 0) == EDU_SIZE && mmio_size(edu, 5) == 0);
	EXPECT(PTR_ERR(mmio_map(edu, 5)) == -ENXIO);
	EXPECT(PTR_ERR(mmio_map_part(edu, 5, 0, 4)) == -ENXIO);
	EXPECT(PTR_ERR(mmio_map_part(edu, 0, EDU_SIZE - 4, 8)) == -EINVAL);
	EXPECT(PTR_ERR(mmio_map_part(edu, 0, ~0ull, 8)) == -EINVAL);
	if (!EXPECT(!IS_ERR(registers)))
		return;
	EXPECT(readl(registers + REG_ID) == EDU_ID);
	writel(0x12345678, registers + REG_INVERT);
	EXPECT(readl(registers + REG_INVERT) == ~0x12345678u);
	writeq(0x0000000123456789ull, registers + REG_DMA_SOURCE);
	EXPECT(readq(registers + REG_DMA_SOURCE) == 0x0000000123456789ull);
	part = mmio_map_part(edu, 0, REG_INVERT, 4); /* from no page's start */
	if (!EXPECT(!IS_ERR(part)))
		return;
	EXPECT(readl(part) == ~0x12345678u);
	mmio_unmap(edu, part);
	EXPECT(readl(registers + REG_ID) == EDU_ID); /* the other one stays */
}

/* --- irq --- */

static atomic_t calls, inside;
static struct completion called;
static volatile u32 called_on, slow_us, leave_unacknowledged;

static u32 interrupt(void *data)
{
	u32 status = readl(registers + REG_IRQ_STATUS);

	if (!status)
		return KIT_IRQ_NONE;
	EXPECT(data == &calls);
	EXPECT(atomic_inc_return(&inside) == 1);
	called_on = cpu_current();
	for (u32 us = 0; us < slow_us; us += 100)
		udelay(100);
	if (leave_unacknowledged)
		leave_unacknowledged--;
	else
		writel(status, registers + REG_IRQ_ACK);
	atomic_inc_return(&calls);
	atomic_dec_return(&inside);
	complete(&called);
	return KIT_IRQ_HANDLED;
}

static void raise(void)
{
	writel(1, registers + REG_IRQ_RAISE);
}

static bool comes(void)
{
	return completion_wait(&called, LONG_MS) == 0;
}

/* Until the handler runs, on another CPU if there is one; or has run. */
static void raise_slow(void)
{
	s32 before = atomic_read(&calls);

	EXPECT(irq_set_cpu(edu, 0, (cpu_current() + 1) % cpu_count()) == 0);
	raise();
	for (u32 i = 0;
	     i < 1000 * LONG_MS && !atomic_read(&inside) && atomic_read(&calls) == before; i++)
		udelay(1);
	EXPECT(atomic_read(&inside) || atomic_read(&calls) > before);
}

/* Of a connected interrupt of either kind. */
static void try_interrupt(void)
{
	u64 none = 0, first = 1;

	atomic_set(&calls, 0);
	reinit_completion(&called);
	EXPECT(irq_connect(edu, 1, interrupt, &calls) == -ENXIO);
	EXPECT(irq_connect(edu, 0, interrupt, &calls) == 0);
	EXPECT(irq_connect(edu, 0, interrupt, &calls) == -EBUSY);
	EXPECT(irq_vectors_alloc(edu, 1, 1, KIT_IRQ_ANY) == -EBUSY);
	for (int i = 1; i <= 5; i++) {
		raise();
		EXPECT(comes() && atomic_read(&calls) == i);
	}
	for (u32 cpu = 0; cpu < cpu_count(); cpu++) {
		EXPECT(irq_set_cpu(edu, 0, cpu) == 0);
		raise();
		EXPECT(comes() && called_on == cpu);
	}
	EXPECT(irq_set_cpu(edu, 0, cpu_count()) == -EINVAL && irq_set_cpu(edu, 9, 0) == -ENXIO);
	EXPECT(irq_set_cpus(edu, 0, &none, 64) == -EINVAL &&
	       irq_set_cpus(edu, 9, &first, 1) == -ENXIO);
	EXPECT(irq_set_cpus(edu, 0, &first, 1) == 0);
	raise();
	EXPECT(comes() && called_on == 0);
	irq_mask(edu, 0);
	irq_mask(edu, 0);
	raise();
	irq_unmask(edu, 0);
	EXPECT(completion_wait(&called, 10) == -ETIMEDOUT);
	irq_unmask(edu, 0);
	EXPECT(comes());
	slow_us = 3000;
	raise_slow();
	irq_drain(edu, 0);
	EXPECT(!atomic_read(&inside));
	raise_slow();
	irq_mask(edu, 0);
	EXPECT(!atomic_read(&inside));
	irq_unmask(edu, 0);
	raise_slow();
	irq_disconnect(edu, 0);
	EXPECT(!atomic_read(&inside));
	slow_us = 0;
	raise(); /* nobody is there */
	reinit_completion(&called);
	EXPECT(completion_wait(&called, 10) == -ETIMEDOUT);
	writel(~0u, registers + REG_IRQ_ACK);
}

static void vectors_case(void)
{
	EXPECT(irq_kind(edu) == KIT_IRQ_LINE);
	EXPECT(irq_vectors_alloc(edu, 0, 1, KIT_IRQ_ANY) == -EINVAL);
	EXPECT(irq_vectors_alloc(edu, 2, 1, KIT_IRQ_ANY) == -EINVAL);
	EXPECT(irq_vectors_alloc(edu, 2, 2, KIT_IRQ_LINE) == -ENXIO);
	EXPECT(irq_vectors_alloc(edu, 1, 1, KIT_IRQ_MSIX) == -ENXIO);
	EXPECT(irq_vectors_alloc(edu, 64, 64, KIT_IRQ_ANY) == -ENXIO);
	EXPECT(irq_vectors_alloc(edu, 1, 4, KIT_IRQ_ANY) == 1);
	EXPECT(irq_kind(edu) == KIT_IRQ_MSI);
	EXPECT(irq_vectors_alloc(edu, 1, 1, KIT_IRQ_ANY) == -EBUSY);
	try_interrupt();
	EXPECT(irq_connect(edu, 0, interrupt, &calls) == 0); /* is disconnected by: */
	irq_vectors_free(edu);
	EXPECT(irq_kind(edu) == KIT_IRQ_LINE);
}

static void line_case(void)
{
	EXPECT(irq_vectors_alloc(edu, 1, 1, KIT_IRQ_LINE) == 1);
	EXPECT(irq_kind(edu) == KIT_IRQ_LINE);
	try_interrupt();
	/* A level that stays calls again, and the line is not masked for good. */
	atomic_set(&calls, 0);
	EXPECT(irq_connect(edu, 0, interrupt, &calls) == 0);
	leave_unacknowledged = 3;
	raise();
	for (u32 i = 0; i < 4; i++)
		EXPECT(comes());
	EXPECT(atomic_read(&calls) == 4);
	raise();
	EXPECT(comes() && atomic_read(&calls) == 5);
}

/* --- dma --- */

static bool transfer(dma_addr_t from, dma_addr_t to, u32 size, bool to_memory)
{
	writeq(from, registers + REG_DMA_SOURCE);
	writeq(to, registers + REG_DMA_TARGET);
	writeq(size, registers + REG_DMA_COUNT);
	writeq(DMA_START | (to_memory ? DMA_TO_MEMORY : 0), registers + REG_DMA_COMMAND);
	for (u32 ms = 0; ms < LONG_MS; ms++) {
		if (!(readq(registers + REG_DMA_COMMAND) & DMA_START))
			return true;
		msleep(1);
	}
	return false;
}

static void dma_alloc_case(void)
{
	static const size_t buffer_sizes[] = { 1, 4096, 5000, 64 << 10, 1 << 20 };
	dma_addr_t address = 0, other;

	EXPECT(dma_set_mask(edu, 23) == -EINVAL && dma_set_mask(edu, 65) == -EINVAL);
	EXPECT(dma_set_mask(edu, DMA_BITS) == 0);
	for (u32 round = 0; round < 2; round++) {
		for (u32 i = 0; i < ARRAY_SIZE(buffer_sizes); i++) {
			size_t size = buffer_sizes[i], align = 4096;
			u8 *p = dma_alloc(edu, size, &address);
			bool zero = true;

			if (!EXPECT(p))
				return;
			while (align < size)
				align *= 2;
			EXPECT((uintptr_t)p % align == 0 && address % align == 0);
			EXPECT(address + size <= BIT(DMA_BITS));
			for (size_t at = 0; at < size; at++)
				zero &= !p[at];
			EXPECT(zero);
			memset(p, 0xa5, size);
			dma_free(edu, p);
		}
	}
	EXPECT(!dma_alloc(edu, (4 << 20) + 1, &other));
}

static void coherent_case(void)
{
	dma_addr_t address;
	u32 *p = dma_alloc(edu, 4096, &address);

	if (!EXPECT(p))
		return;
	for (u32 i = 0; i < 256; i++)
		p[i] = i * 2654435761u;
	dma_wmb();
	EXPECT(transfer(address, DEVICE_BUFFER, 1024, false));
	EXPECT(transfer(DEVICE_BUFFER, address + 2048, 1024, true));
	dma_rmb();
	EXPECT(!memcmp(p, p + 512, 1024));
	dma_free(edu, p);
}

static void map_case(void)
{
	static u8 of_module[64];
	u8 *p = kzalloc(8192), *large = vzalloc(4096);
	dma_addr_t address = 0;

	if (!EXPECT(p && large))
		return;
	EXPECT(dma_map(edu, p, 0, DMA_TO_DEVICE, &address) == -EINVAL);
	EXPECT(dma_map(edu, large, 64, DMA_TO_DEVICE, &address) == -EINVAL);
	EXPECT(dma_map(edu, of_module, 64, DMA_TO_DEVICE, &address) == -EINVAL);
	for (u32 i = 0; i < 1024; i++)
		p[100 + i] = (u8)(i * 7 + 1);
	EXPECT(dma_map(edu, p + 100, 1024, DMA_TO_DEVICE, &address) == 0);
	EXPECT(address + 1024 <= BIT(DMA_BITS));
	EXPECT(transfer(address, DEVICE_BUFFER, 1024, false));
	p[100] = 99; /* the device sees it when it is told */
	dma_sync_for_device(edu, address, 1, DMA_TO_DEVICE);
	EXPECT(transfer(address, DEVICE_BUFFER, 1, false));
	dma_unmap(edu, address, 1024, DMA_TO_DEVICE);
	EXPECT(dma_map(edu, p + 4000, 1024, DMA_FROM_DEVICE, &address) == 0);
	EXPECT(transfer(DEVICE_BUFFER, address, 1024, true));
	dma_sync_for_cpu(edu, address + 512, 512, DMA_FROM_DEVICE);
	EXPECT(!memcmp(p + 4512, p + 612, 512));
	dma_sync_for_device(edu, address + 512, 512, DMA_FROM_DEVICE);
	dma_unmap(edu, address, 1024, DMA_FROM_DEVICE);
	EXPECT(!memcmp(p + 4000, p + 100, 1024));
	EXPECT(!p[3999] && !p[5024]);
	EXPECT(dma_map(edu, p + 4000, 64, DMA_BOTH_WAYS, &address) == 0);
	EXPECT(transfer(DEVICE_BUFFER + 64, address, 32, true));
	dma_unmap(edu, address, 64, DMA_BOTH_WAYS);
	EXPECT(!memcmp(p + 4000, p + 164, 32) && !memcmp(p + 4032, p + 132, 32));
	vfree(large);
	kfree(p);
}

static void pool_case(void)
{
	enum { SIZE = 96, ALIGN = 32, BOUNDARY = 256, NR = 100 };
	struct dma_pool *pool = dma_pool_create(edu, SIZE, ALIGN, BOUNDARY);
	static u8 *blocks[NR];
	static dma_addr_t addresses[NR];

	EXPECT(PTR_ERR(dma_pool_create(edu, 0, 8, 0)) == -EINVAL);
	EXPECT(PTR_ERR(dma_pool_create(edu, 64, 24, 0)) == -EINVAL);
	EXPECT(PTR_ERR(dma_pool_create(edu, 64, 8, 32)) == -EINVAL);
	if (!EXPECT(!IS_ERR(pool)))
		return;
	EXPECT(dma_pool_fill(pool, NR) == 0);
	for (u32 i = 0; i < NR; i++) {
		blocks[i] = dma_pool_alloc(pool, &addresses[i]);
		if (!EXPECT(blocks[i]))
			return;
		EXPECT(addresses[i] % ALIGN == 0 && addresses[i] + SIZE <= BIT(DMA_BITS));
		EXPECT(addresses[i] / BOUNDARY == (addresses[i] + SIZE - 1) / BOUNDARY);
		memset(blocks[i], (int)i + 1, SIZE);
	}
	EXPECT(transfer(addresses[3], DEVICE_BUFFER, SIZE, false));
	EXPECT(transfer(DEVICE_BUFFER, addresses[5], SIZE, true));
	EXPECT(!memcmp(blocks[3], blocks[5], SIZE));
	for (u32 i = 0; i < NR; i++)
		EXPECT(blocks[i][0] == (i == 5 ? 4 : i + 1) && blocks[i][SIZE - 1] == blocks[i][0]);
	for (u32 i = 0; i < NR; i += 2)
		dma_pool_free(pool, blocks[i]);
}

/* --- what programs see by mmap --- */

static void *shown;

static int map(struct char_file *file, struct char_mapping *mapping, u64 offset, u64 length)
{
	if (offset >= CONFORM_PCI_PART)
		return char_map_range(mapping, CONFORM_PCI_PART, 0, 8, 4096, 0);
	if (offset >= CONFORM_PCI_NONE)
		return char_map_range(mapping, CONFORM_PCI_NONE, 5, 0, 4096, 0);
	if (offset >= CONFORM_PCI_COMBINES)
		return char_map_range(mapping, CONFORM_PCI_COMBINES, 0, 0, 4096,
				      CHAR_MAP_COMBINES | CHAR_MAP_READ_ONLY);
	if (offset >= CONFORM_PCI_BUFFER)
		return char_map_buffer(mapping, CONFORM_PCI_BUFFER, shown, 4096, 0);
	return char_map_range(mapping, CONFORM_PCI_REGISTERS, 0, 0, EDU_SIZE, 0);
}

static const struct char_operations map_operations = { .size = sizeof(map_operations), .map = map };

static void show(struct device *device)
{
	struct char_params params = { .size = sizeof(params),
				      .mode = 0600,
				      .name = "conform-pci",
				      .operations = &map_operations };
	dma_addr_t address;

	shown = dma_alloc(device, 4096, &address);
	if (EXPECT(shown)) {
		*(u32 *)shown = CONFORM_MAP_WORD;
		EXPECT(!IS_ERR(char_register(THIS_MODULE, device, &params)));
	}
}

/* --- coming and going --- */

static const struct conform_case edu_cases[] = {
	{ "pci_get_info", info_case },
	{ "configuration space, capabilities", config_case },
	{ "pci_enable, pci_set_master", enable_case },
	{ "registers: mapped, in part, read and written", mmio_case },
	{ "messages: given, connected, placed, masked, drained, disconnected", vectors_case },
	{ "the line likewise; a level that stays calls again", line_case },
	{ "dma_alloc: zeroed, aligned, within the mask", dma_alloc_case },
	{ "what the CPU writes there the device reads, and the other way round", coherent_case },
	{ "dma_map: memory is lent and comes back", map_case },
	{ "DMA pools: aligned, within boundaries, none in another", pool_case },
	{ "pci_reset leaves the configuration", reset_case },
	{ "pci_driver_register: its errors", driver_errors_case },
};

static void note_removed(void *data)
{
	EXPECT(removes == edu_probes); /* its driver's remove came first */
}

static int edu_probe(struct device *device)
{
	u16 command = pci_config_read16(device, CONFIG_COMMAND);

	edu = device;
	if (!edu_probes++)
		first_command = command;
	EXPECT(command == first_command);
	EXPECT(dev_add_action(device, note_removed, NULL) == 0);
	conform_end("a PCI device comes as the firmware left it");
	EXPECT(pci_enable(device) == 0);
	registers = mmio_map(device, 0);
	conform_run(edu_cases, edu_probes == 1 ? ARRAY_SIZE(edu_cases) : 6);
	show(device);
	return 0;
}

static void ports_case(struct device *device)
{
	struct ioport *ports = ioport_claim(device, 0);

	EXPECT(PTR_ERR(ioport_claim(device, 1)) == -ENXIO);
	if (!EXPECT(!IS_ERR(ports)))
		return;
	EXPECT(ioport_size(ports) == 8);
	ioport_write8(ports, UART_SCRATCH, 0x5a);
	EXPECT(ioport_read8(ports, UART_SCRATCH) == 0x5a);
	EXPECT(ioport_read16(ports, UART_SCRATCH - 1) >> 8 == 0x5a);
	EXPECT(ioport_read32(ports, UART_SCRATCH - 3) >> 24 == 0x5a);
	ioport_write16(ports, UART_SCRATCH - 1, 0x6b00);
	EXPECT(ioport_read8(ports, UART_SCRATCH) == 0x6b);
	ioport_write32(ports, UART_SCRATCH - 3, 0x7c000000);
	EXPECT(ioport_read8(ports, UART_SCRATCH) == 0x7c);
	EXPECT(ioport_read16(ports, UART_SCRATCH) == 0xffff); /* half of it lies behind the end */
	ioport_write16(ports, UART_SCRATCH, 0);
	EXPECT(ioport_read8(ports, UART_SCRATCH) == 0x7c);
}

static int probe(struct device *device, const struct pci_id *id)
{
	EXPECT(!dev_get_drvdata(device));
	dev_set_drvdata(device, device);
	if (id->value == 1)
		return edu_probe(device);
	EXPECT(id->value == 2);
	EXPECT(pci_enable(device) == 0);
	ports_case(device);
	conform_end("I/O ports of 1, 2 and 4 bytes");
	return 0;
}

static void remove(struct device *device)
{
	EXPECT(dev_get_drvdata(device) == device);
	removes += device == edu;
}

static void reset_prepare(struct device *device)
{
	EXPECT(device == edu && resets++ % 2 == 0);
}

static void reset_done(struct device *device)
{
	EXPECT(device == edu && resets++ % 2 == 1);
	conform_end("a reset that somebody asks for: the driver is told before and after");
}

static const struct pci_id ids[] = {
	{ .size = sizeof(struct pci_id),
	  .vendor = EDU_VENDOR,
	  .device = EDU_DEVICE,
	  .subsystem_vendor = PCI_ANY_ID,
	  .subsystem_device = PCI_ANY_ID,
	  .value = 1 },
	{ .size = sizeof(struct pci_id),
	  .vendor = 0x1b36,
	  .device = 0x0002,
	  .subsystem_vendor = PCI_ANY_ID,
	  .subsystem_device = PCI_ANY_ID,
	  .value = 2 },
};

static const struct pci_driver driver = {
	.size = sizeof(driver),
	.nr_ids = ARRAY_SIZE(ids),
	.name = "conform_pci",
	.ids = ids,
	.probe = probe,
	.remove = remove,
	.reset_prepare = reset_prepare,
	.reset_done = reset_done,
};

module_pci_driver(driver);
