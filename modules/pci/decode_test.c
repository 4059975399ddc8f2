// SPDX-License-Identifier: MIT
/* Tests of decode.c: what devices say that lie, loop or have gone. links: decode.c */
#include <kit/memory.h>
#include <kit/test.h>

#include "decode.h"
#include "pci_regs.h"

MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("tests of the PCI bus");

static u32 read_space(const void *device, u32 offset, u32 bytes)
{
	const u8 *space = device;
	u32 value = 0;

	for (u32 i = 0; i < bytes; i++)
		value |= (u32)space[offset + i] << (8 * i);
	return value;
}

static u32 read_gone(const void *device, u32 offset, u32 bytes)
{
	return bytes == 4 ? ~0u : (1u << (8 * bytes)) - 1;
}

static void finds_capabilities(struct kit_test *test)
{
	u8 *space = test_zalloc(test, 256);

	TEST_ASSERT(test, space);
	space[0x34] = 0x40;
	memcpy(space + 0x40, (const u8[]){ 0x01, 0x50 }, 2);
	memcpy(space + 0x50, (const u8[]){ 0x05, 0x60 }, 2);
	memcpy(space + 0x60, (const u8[]){ 0x01, 0x00 }, 2);
	TEST_EXPECT_EQ(test, pci_parse_capability(read_space, space, 0x34, 0x05, 0), 0x50);
	TEST_EXPECT_EQ(test, pci_parse_capability(read_space, space, 0x34, 0x01, 0), 0x40);
	TEST_EXPECT_EQ(test, pci_parse_capability(read_space, space, 0x34, 0x01, 0x40), 0x60);
	TEST_EXPECT_EQ(test, pci_parse_capability(read_space, space, 0x34, 0x10, 0), 0);
}

static void ends_on_loops_and_headers(struct kit_test *test)
{
	u8 *space = test_zalloc(test, 256);

	TEST_ASSERT(test, space);
	space[0x34] = 0x40;
	memcpy(space + 0x40, (const u8[]){ 0x01, 0x40 }, 2);
	TEST_EXPECT_EQ(test, pci_parse_capability(read_space, space, 0x34, 0x05, 0), 0);
	space[0x41] = 0x10;
	TEST_EXPECT_EQ(test, pci_parse_capability(read_space, space, 0x34, 0x05, 0), 0);
	TEST_EXPECT_EQ(test, pci_parse_capability(read_gone, space, 0x34, 0x05, 0), 0);
	TEST_EXPECT_EQ(test, pci_parse_extended(read_gone, space, 4096, 1, 0), 0);
}

static void reads_ranges(struct kit_test *test)
{
	struct pci_bar bar;

	pci_parse_bar(0xfebf0000, 0xffff0000, 0, 0, &bar);
	TEST_EXPECT_EQ(test, bar.start, 0xfebf0000);
	TEST_EXPECT_EQ(test, bar.length, 0x10000);
	TEST_EXPECT(test, !bar.ports && !bar.wide);
	pci_parse_bar(0xc041, 0xffffffe1, 0, 0, &bar);
	TEST_EXPECT(test, bar.ports);
	TEST_EXPECT_EQ(test, bar.length, 0x20);
	pci_parse_bar(0x0000000c, 0xffffc00c, 0x8, 0xffffffff, &bar);
	TEST_EXPECT(test, bar.wide && bar.prefetch);
	TEST_EXPECT_EQ(test, bar.start, 0x800000000);
	TEST_EXPECT_EQ(test, bar.length, 0x4000);
	pci_parse_bar(0, 0xff00ff00, 0, 0, &bar);
	TEST_EXPECT_EQ(test, bar.length, 0);
}

static void doubts_bus_numbers(struct kit_test *test)
{
	TEST_EXPECT(test, pci_bus_numbers_are_sound(0, 255, 0, 1, 3));
	TEST_EXPECT(test, !pci_bus_numbers_are_sound(0, 255, 1, 1, 3));
	TEST_EXPECT(test, !pci_bus_numbers_are_sound(2, 255, 2, 2, 3));
	TEST_EXPECT(test, !pci_bus_numbers_are_sound(0, 2, 0, 1, 3));
	TEST_EXPECT(test, !pci_bus_numbers_are_sound(0, 255, 0, 3, 1));
}

static const struct test_case cases[] = {
	TEST_CASE(finds_capabilities),
	TEST_CASE(ends_on_loops_and_headers),
	TEST_CASE(reads_ranges),
	TEST_CASE(doubts_bus_numbers),
};
module_test_suite("pci-decode", cases);
