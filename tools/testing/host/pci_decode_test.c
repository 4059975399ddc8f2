/* SPDX-License-Identifier: MIT */
/* modules/pci/decode.c against devices that lie: loops, pointers to nowhere, masks that are no sizes, bridges with wild numbers. */
#include <kernel/ktest.h>
#include <lib/string.h>

#include "../../../modules/pci/decode.h"

KTEST_SUITE("pci_decode");

#define SPACE	4096
#define HEAD	0x34

struct fake {
	u8 bytes[SPACE];
	u32 reads;
};

static u32 fake_read(const void *device, u32 offset, u32 bytes)
{
	struct fake *f = (struct fake *)device;
	u32 value = 0;

	f->reads++;
	if (offset % bytes || offset > SPACE - bytes)
		return bytes == 4 ? ~0u : (1u << bytes * 8) - 1;
	memcpy(&value, f->bytes + offset, bytes);
	return value;
}

static void put(struct fake *f, u32 offset, u32 id, u32 next)
{
	f->bytes[offset] = id;
	f->bytes[offset + 1] = next;
}

static void put_extended(struct fake *f, u32 offset, u32 id, u32 next)
{
	u32 header = id | 1u << 16 | next << 20;

	memcpy(f->bytes + offset, &header, 4);
}

KTEST_CASE(capabilities_are_found_in_order)
{
	static struct fake f;

	f = (struct fake){ 0 };
	f.bytes[HEAD] = 0x40;
	put(&f, 0x40, 0x05, 0x50);
	put(&f, 0x50, 0x09, 0x83); /* the low two bits are reserved */
	put(&f, 0x80, 0x09, 0);
	KTEST_EXPECT_EQ(pci_parse_capability(fake_read, &f, HEAD, 0x05, 0), 0x40);
	KTEST_EXPECT_EQ(pci_parse_capability(fake_read, &f, HEAD, 0x09, 0), 0x50);
	KTEST_EXPECT_EQ(pci_parse_capability(fake_read, &f, HEAD, 0x09, 0x50), 0x80);
	KTEST_EXPECT_EQ(pci_parse_capability(fake_read, &f, HEAD, 0x09, 0x80), 0);
	KTEST_EXPECT_EQ(pci_parse_capability(fake_read, &f, HEAD, 0x11, 0), 0);
}

KTEST_CASE(lists_that_loop_end)
{
	static struct fake f;

	f = (struct fake){ 0 };
	f.bytes[HEAD] = 0x40;
	put(&f, 0x40, 0x01, 0x40);
	KTEST_EXPECT_EQ(pci_parse_capability(fake_read, &f, HEAD, 0x05, 0), 0);
	put(&f, 0x40, 0x01, 0x60);
	put(&f, 0x60, 0x02, 0x40);
	KTEST_EXPECT_EQ(pci_parse_capability(fake_read, &f, HEAD, 0x05, 0), 0);
	put(&f, 0x60, 0x02, 0x10); /* into the header */
	KTEST_EXPECT_EQ(pci_parse_capability(fake_read, &f, HEAD, 0, 0), 0);
	put_extended(&f, 0x100, 1, 0x100);
	KTEST_EXPECT_EQ(pci_parse_extended(fake_read, &f, SPACE, 2, 0), 0);
	put_extended(&f, 0x100, 1, 0x200);
	put_extended(&f, 0x200, 2, 0x100);
	KTEST_EXPECT_EQ(pci_parse_extended(fake_read, &f, SPACE, 2, 0), 0x200);
	KTEST_EXPECT_EQ(pci_parse_extended(fake_read, &f, SPACE, 3, 0), 0);
	put_extended(&f, 0x100, 1, 0x40); /* below them */
	KTEST_EXPECT_EQ(pci_parse_extended(fake_read, &f, SPACE, 2, 0), 0);
	put_extended(&f, 0x100, 1, 0xffc); /* the last place there is */
	put_extended(&f, 0xffc, 4, 0);
	KTEST_EXPECT_EQ(pci_parse_extended(fake_read, &f, SPACE, 4, 0), 0xffc);
}

KTEST_CASE(a_device_that_has_gone_has_nothing)
{
	static struct fake f;

	memset(f.bytes, 0xff, sizeof(f.bytes));
	for (u32 id = 0; id < 256; id++)
		KTEST_EXPECT_EQ(pci_parse_capability(fake_read, &f, HEAD, id, 0), 0);
	KTEST_EXPECT_EQ(pci_parse_extended(fake_read, &f, SPACE, 0xffff, 0), 0);
}

KTEST_CASE(address_registers)
{
	struct pci_bar bar;

	pci_parse_bar(0xfea00000, 0xfff00000, 0, 0, &bar);
	KTEST_EXPECT(bar.start == 0xfea00000 && bar.length == 0x100000 && !bar.ports && !bar.wide &&
		     !bar.prefetch);
	pci_parse_bar(0xe001, 0xffffffc1, 0, 0, &bar);
	KTEST_EXPECT(bar.start == 0xe000 && bar.length == 64 && bar.ports);
	pci_parse_bar(0xe001, 0x0000ffc1, 0, 0, &bar); /* 16 bits decoded */
	KTEST_EXPECT(bar.length == 64 && bar.ports);
	pci_parse_bar(0x0000000c, 0x0000000c, 0x80, 0xffffff80, &bar);
	KTEST_EXPECT(bar.start == 0x8000000000 && bar.length == 0x8000000000 && bar.wide &&
		     bar.prefetch);
	pci_parse_bar(0xfeb70004, 0xffffc004, 0, 0xffffffff, &bar);
	KTEST_EXPECT(bar.start == 0xfeb70000 && bar.length == 0x4000 && bar.wide);
	pci_parse_bar(0, 0, 0, 0, &bar);
	KTEST_EXPECT(!bar.length);
	pci_parse_bar(~0u, ~0u, ~0u, ~0u, &bar);
	KTEST_EXPECT(!bar.length);
	pci_parse_bar(0, 0xf0f00000, 0, 0, &bar); /* holes: no size */
	KTEST_EXPECT(!bar.length);
	pci_parse_rom(0xfeb00000, 0xfffc0001, &bar);
	KTEST_EXPECT(bar.start == 0xfeb00000 && bar.length == 0x40000);
}

KTEST_CASE(windows_of_bridges)
{
	static struct fake f;
	struct pci_range w;

	f = (struct fake){ 0 };
	KTEST_EXPECT(pci_parse_window(fake_read, &f, PCI_WINDOW_IO, &w) < 0);
	KTEST_EXPECT(pci_parse_window(fake_read, &f, PCI_WINDOW_MEM, &w) < 0);
	KTEST_EXPECT(pci_parse_window(fake_read, &f, PCI_WINDOW_PREFETCH, &w) < 0);
	memcpy(f.bytes + 0x1c, "\xd1\xd1", 2);
	memcpy(f.bytes + 0x20, "\x80\xfe\x90\xfe", 4);
	memcpy(f.bytes + 0x24, "\x01\x00\xf1\xff\x08\x00\x00\x00\x08\x00\x00\x00", 12);
	KTEST_EXPECT(!pci_parse_window(fake_read, &f, PCI_WINDOW_IO, &w) && w.start == 0xd000 &&
		     w.end == 0xdfff);
	KTEST_EXPECT(!pci_parse_window(fake_read, &f, PCI_WINDOW_MEM, &w) &&
		     w.start == 0xfe800000 && w.end == 0xfe9fffff);
	KTEST_EXPECT(!pci_parse_window(fake_read, &f, PCI_WINDOW_PREFETCH, &w) &&
		     w.start == 0x800000000 && w.end == 0x8ffffffff);
}

KTEST_CASE(bus_numbers)
{
	KTEST_EXPECT(pci_bus_numbers_are_sound(0, 255, 0, 1, 5));
	KTEST_EXPECT(!pci_bus_numbers_are_sound(0, 255, 0, 0, 0)); /* never set */
	KTEST_EXPECT(!pci_bus_numbers_are_sound(2, 5, 0, 3, 5));   /* another parent's */
	KTEST_EXPECT(!pci_bus_numbers_are_sound(2, 5, 2, 2, 5));   /* itself */
	KTEST_EXPECT(!pci_bus_numbers_are_sound(2, 5, 2, 3, 6));   /* beyond */
	KTEST_EXPECT(!pci_bus_numbers_are_sound(2, 5, 2, 4, 3));
}

static bool is_size(u64 length)
{
	return !(length & (length - 1));
}

/* Whatever stands there: answers are in range, sizes are powers of two, and the number of reads has a limit. */
KTEST_CASE(random_devices)
{
	static struct fake f;

	for (int round = 0; round < 20000; round++) {
		bool dense = host_random() & 1;
		struct pci_range w;
		struct pci_bar bar;
		u32 at, id = host_random() & 0xff;

		for (u32 i = 0; i < SPACE; i += 8) {
			u64 word = host_random();

			/* Dense: links lead to other links most of the time. */
			if (dense)
				word = (word & 0x00fcffff00fcffff) | 0x1010000000000000;
			memcpy(f.bytes + i, &word, 8);
		}
		f.reads = 0;
		at = pci_parse_capability(fake_read, &f, HEAD, id, 0);
		KTEST_EXPECT(!at || (at >= 0x40 && at < 0x100 && !(at & 3) && f.bytes[at] == id));
		at = pci_parse_capability(fake_read, &f, HEAD, id, at);
		KTEST_EXPECT(!at || (at >= 0x40 && at < 0x100));
		at = pci_parse_extended(fake_read, &f, SPACE, id, 0);
		KTEST_EXPECT(!at || (at >= 0x100 && at <= SPACE - 4 && !(at & 3)));
		KTEST_EXPECT(f.reads < 1000);
		for (u32 kind = 0; kind < PCI_NR_WINDOWS; kind++)
			KTEST_EXPECT(pci_parse_window(fake_read, &f, kind, &w) <= 0);
		pci_parse_bar(host_random(), host_random(), host_random(), host_random(), &bar);
		KTEST_EXPECT(is_size(bar.length));
		pci_parse_rom(host_random(), host_random(), &bar);
		KTEST_EXPECT(is_size(bar.length) && (!bar.length || bar.length >= 0x800));
	}
}
