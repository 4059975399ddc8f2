/* SPDX-License-Identifier: MIT */
/*
 * drivers: samples/edu
 *
 * The model is QEMU's teaching device: identification, inversion, factorials in a thread of its own, DMA with its 4096 bytes.
 */
#include <kit/char.h>
#include <kit/errno.h>
#include <kit/irq.h>
#include <kit/memory.h>
#include "../../../samples/edu/edu.h"
#include "fake_pci.h"
#include "fakekit.h"

#define MS		1000000ull
#define BUFFER		0x40000u
#define NODE		"edu/0000:00:04.0"

static struct {
	struct device *device;
	u32 inverted, factorial, status, irq_status;
	u64 source, target, count, command;
	u8 memory[4096];
	bool lose_dma, by_line, mute;
	u32 interrupts;
} edu;

static u8 data[4096], other[4096];

/* A line stays asserted until it is acknowledged. */
static void assert_line(void *unused)
{
	if (edu.irq_status && fake_irq(edu.device, 0))
		edu.interrupts++;
}

static void raise(u32 bits)
{
	edu.irq_status |= bits;
	if (!edu.mute)
		assert_line(NULL);
}

static void transfer(void *unused)
{
	u64 memory = edu.command & 2 ? edu.target : edu.source,
	    inside = (edu.command & 2 ? edu.source : edu.target) - BUFFER;
	u8 *p;

	if (!(edu.command & 1))
		return;
	edu.command &= ~1ull;
	p = fake_dma(edu.device, memory, edu.count);
	if (!p || !EXPECT(inside + edu.count <= sizeof(edu.memory)) || !EXPECT(memory < 1ull << 28))
		return;
	memcpy(edu.command & 2 ? p : edu.memory + inside, edu.command & 2 ? edu.memory + inside : p,
	       edu.count);
	if (edu.command & 4)
		raise(0x100);
}

static void computed(void *unused)
{
	u32 n = edu.factorial, product = 1;

	while (n > 1)
		product *= n--;
	edu.factorial = product;
	edu.status &= ~1u;
	if (edu.status & 0x80)
		raise(1);
}

static u64 read_register(void *unused, u64 offset, u32 bytes)
{
	switch (offset) {
	case 0x00: return 0x010000ed;
	case 0x04: return ~edu.inverted & 0xffffffff;
	case 0x08: return edu.factorial;
	case 0x20: return edu.status;
	case 0x24: return edu.irq_status;
	case 0x98: return edu.command;
	}
	return ~0ull;
}

static void write_register(void *unused, u64 offset, u32 bytes, u64 value)
{
	switch (offset) {
	case 0x04: edu.inverted = (u32)value; break;
	case 0x08:
		EXPECT(!(edu.status & 1));
		edu.factorial = (u32)value;
		edu.status |= 1;
		fake_after(50000, computed, NULL);
		break;
	case 0x20: edu.status = (edu.status & ~0x80u) | (value & 0x80); break;
	case 0x60: raise((u32)value); break;
	case 0x64: edu.irq_status &= ~(u32)value; break;
	case 0x80: edu.source = value; break;
	case 0x88: edu.target = value; break;
	case 0x90: edu.count = value; break;
	case 0x98:
		EXPECT(!(edu.command & 1));
		edu.command = value;
		if (!edu.lose_dma)
			fake_after(100000, transfer, NULL);
		break;
	default: EXPECT_EQ(offset, 0);
	}
}

static void make_edu(u32 messages)
{
	struct fake_pci pci = {
		.vendor = 0x1234,
		.device = 0x11e8,
		.class_code = 0x00ff00,
		.pin = 1,
		.nr_msi = messages,
		.bars = { { 1 << 20, FAKE_BAR_32 } },
	};

	edu.device = fake_pci_device("0000:00:04.0", &pci);
	fake_mmio(edu.device, 0, 1 << 20, read_register, write_register, NULL);
}

static struct fake_file *start(void)
{
	int error;

	if (!edu.device)
		make_edu(1);
	if (!EXPECT_EQ(fake_load(), 0) || !EXPECT_EQ(fake_probe_error(edu.device), 0))
		return NULL;
	return fake_open(NODE, 3, &error);
}

static void check_data(struct fake_file *f, u32 seed)
{
	for (u32 i = 0; i < 64; i++)
		data[i] = (u8)(seed * 7 + i);
	EXPECT_EQ(fake_write(f, data, 64), 64);
	EXPECT_EQ(fake_read(f, other, 64), 64); /* the file's position is behind what was written */
	EXPECT_EQ(memcmp(edu.memory, data, 64), 0);
}

FAKE_TEST(memory_by_message)
{
	struct fake_file *f = start();

	check_data(f, 1);
	fake_close(f);
	EXPECT(fake_logged("by message"));
}

FAKE_TEST(memory_by_line)
{
	struct fake_file *f;

	make_edu(0);
	f = start();
	check_data(f, 2);
	fake_close(f);
	EXPECT(fake_logged("by line"));
}

FAKE_TEST(the_end_of_the_memory)
{
	struct fake_file *f = start();

	EXPECT_EQ(fake_write(f, data, sizeof(data)), EDU_MEMORY_SIZE);
	EXPECT_EQ(fake_write(f, data, 1), -ENOSPC);
	EXPECT_EQ(fake_read(f, data, 10), 0);
	fake_close(f);
}

FAKE_TEST(numbers)
{
	struct fake_file *f = start();
	u32 n = 5;

	EXPECT_EQ(fake_ioctl(f, EDU_RESULT, &n), -ENODATA);
	EXPECT_EQ(fake_ioctl(f, EDU_INVERT, &n), 0);
	EXPECT_EQ(n, ~5u);
	n = 10;
	EXPECT_EQ(fake_ioctl(f, EDU_START, &n), 0);
	EXPECT_EQ(fake_ioctl(f, EDU_START, &n), -EBUSY);
	EXPECT_EQ(fake_ioctl(f, EDU_RESULT, &n), -EAGAIN);
	EXPECT(!(fake_poll(f) & CHAR_URGENT));
	fake_sleep(MS);
	EXPECT(fake_poll(f) & CHAR_URGENT);
	EXPECT_EQ(fake_ioctl(f, EDU_RESULT, &n), 0);
	EXPECT_EQ(n, 3628800);
	EXPECT_EQ(fake_ioctl(f, EDU_RESULT, &n), -ENODATA);
	EXPECT_EQ(fake_ioctl(f, 12345, &n), -ENOTTY);
	fake_close(f);
}

FAKE_TEST(registers_and_buffer_by_mmap)
{
	struct fake_file *f = start();
	struct fake_mapping *registers, *buffer;
	int error;
	u64 value;

	registers = fake_mmap(f, 0, EDU_REGISTERS_SIZE, 3, &error);
	EXPECT(fake_mapped_read(registers, 0, 4, &value) && value == 0x010000ed);
	EXPECT(fake_mapped_write(registers, 4, 4, 5));
	EXPECT(fake_mapped_read(registers, 4, 4, &value) && value == (u32)~5u);
	EXPECT(!fake_mapped_combines(registers));
	EXPECT(!fake_mmap(f, 0, EDU_REGISTERS_SIZE + 4096, 1, &error));
	EXPECT_EQ(error, -EINVAL);
	EXPECT(!fake_mmap(f, EDU_MAP_BUFFER, 4096, 3, &error));
	EXPECT_EQ(error, -EACCES);
	EXPECT(!fake_mmap(f, EDU_MAP_BUFFER, 8192, 1, &error));
	EXPECT_EQ(error, -ENXIO);
	buffer = fake_mmap(f, EDU_MAP_BUFFER, 4096, 1, &error);
	data[8] = 15;
	EXPECT_EQ(fake_write(f, data, 64), 64);
	EXPECT(fake_mapped_read(buffer, 8, 1, &value) && value == 15);
	fake_close(f);
	fake_unbind(edu.device);
	EXPECT(!fake_mapped_read(registers, 0, 4, &value));
	EXPECT(!fake_mapped_read(buffer, 0, 4, &value));
	fake_munmap(buffer);
	fake_munmap(registers);
}

FAKE_TEST(files_of_sys)
{
	char text[4096];
	struct fake_file *f = start();

	EXPECT_EQ(fake_attribute_show(edu.device, "interrupts", text), 2);
	EXPECT_EQ(fake_attribute_store(edu.device, "interrupts", "1"), 1);
	fake_attribute_show(edu.device, "interrupts", text);
	EXPECT_EQ(strcmp(text, "1\n"), 0);
	fake_close(f);
	fake_unbind(edu.device);
	EXPECT_EQ(fake_attribute_show(edu.device, "interrupts", text), -ENOENT);
}

FAKE_TEST(another_device_of_that_number)
{
	struct fake_pci pci = {
		.vendor = 0x1234, .device = 0x11e8, .pin = 1, .bars = { { 4096, FAKE_BAR_32 } }
	};

	edu.device = fake_pci_device("0000:00:04.0", &pci);
	fake_mmio(edu.device, 0, 4096, NULL, NULL, NULL);
	fake_load();
	EXPECT_EQ(fake_probe_error(edu.device), -ENODEV);
}

/* Programs use the node as soon as it is there, which is before probe has ended: each of them must be woken. */
static void early(void *unused)
{
	struct fake_file *f;
	int error;

	while (!(f = fake_open(NODE, 3, &error)))
		fake_sleep(100);
	EXPECT_EQ(fake_read(f, other, 64), 64);
	fake_close(f);
}

FAKE_TEST(used_before_probe_has_ended)
{
	make_edu(1);
	fake_slow_registration(10 * MS);
	fake_thread(early, NULL);
	fake_thread(early, NULL);
	fake_load();
	fake_join();
}

struct user { u32 number, rounds; ssize_t error; };
static struct user users[6];

static void use(void *argument)
{
	struct user *u = argument;
	struct fake_file *f;
	int error;
	u8 byte = (u8)u->number;

	f = fake_open(NODE, 3, &error);
	if (!f)
		return;
	for (u32 i = 0; i < u->rounds && !u->error; i++) {
		ssize_t n = i & 1 ? fake_read(f, &byte, 1) : fake_write(f, &byte, 1);

		u->error = n == 1 ? 0 : n;
	}
	fake_close(f);
}

static void start_users(u32 rounds)
{
	for (u32 i = 0; i < ARRAY_SIZE(users); i++) {
		users[i] = (struct user){ .number = i, .rounds = rounds };
		fake_thread(use, &users[i]);
	}
}

FAKE_TEST(many_programs)
{
	fake_close(start());
	start_users(50);
	fake_join();
	for (u32 i = 0; i < ARRAY_SIZE(users); i++)
		EXPECT_EQ(users[i].error, 0);
}

FAKE_TEST(a_reader_that_closes_before_the_data_come)
{
	struct fake_file *f = start(), *g;
	int error;

	fake_close(f);
	f = fake_open(NODE, 1 | 4, &error);
	EXPECT_EQ(fake_read(f, data, 16), -EAGAIN);
	fake_close(f);
	g = fake_open(NODE, 3, &error);
	EXPECT_EQ(fake_read(g, data, 16), 16);
	fake_close(g);
}

FAKE_TEST(unbound_under_load)
{
	fake_close(start());
	start_users(1000000);
	fake_sleep(5 * MS);
	fake_unbind(edu.device);
	fake_join();
	for (u32 i = 0; i < ARRAY_SIZE(users); i++)
		EXPECT_EQ(users[i].error, -ENODEV);
	EXPECT(!fake_pci_is_master(edu.device));
	EXPECT_EQ(edu.irq_status, 0);
}

FAKE_TEST(pulled_out_under_load)
{
	fake_close(start());
	start_users(1000000);
	fake_sleep(5 * MS);
	fake_device_remove(edu.device);
	fake_join();
	for (u32 i = 0; i < ARRAY_SIZE(users); i++)
		EXPECT_EQ(users[i].error, -ENODEV);
}

/* Its line is asserted, or a factorial is being computed, when the driver goes: whoever shares the line must not be flooded. */
FAKE_TEST(unbound_while_it_computes)
{
	struct fake_file *f;
	u32 n = 6;

	make_edu(0);
	f = start();
	EXPECT_EQ(fake_ioctl(f, EDU_START, &n), 0);
	fake_close(f);
	fake_unbind(edu.device);
	EXPECT(!(edu.status & 1)); /* it would not hear of the next driver's */
	fake_sleep(MS);
	EXPECT_EQ(edu.irq_status, 0);
	/* And again. */
	fake_pci_plug(edu.device);
	f = fake_open(NODE, 3, &(int){ 0 });
	check_data(f, 3);
	fake_close(f);
}

FAKE_TEST(a_transfer_that_never_ends)
{
	struct fake_file *f = start();

	edu.lose_dma = true;
	EXPECT_EQ(fake_write(f, data, 64), 64);
	fake_close(f);
	fake_unload();
	EXPECT(!fake_pci_is_master(edu.device));
}

FAULT_TEST(every_call_may_fail)
{
	struct fake_file *f;
	int error;

	make_edu(1);
	fake_load();
	if (!fake_is_bound(edu.device)) {
		EXPECT(fake_fault() != NULL);
		return;
	}
	f = fake_open(NODE, 3, &error);
	if (!f) {
		EXPECT(fake_fault() != NULL);
		return;
	}
	check_data(f, 1);
	fake_close(f);
}
