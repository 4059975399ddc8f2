/* SPDX-License-Identifier: MIT */
/*
 * drivers: modules/pci
 *
 * The functions are configuration spaces in slots and behind bridges (fake_pci.h). After each test what decodes what is checked: nothing
 * overlaps, and everything behind a bridge lies in its windows.
 */
#include <kit/bus.h>
#include <kit/errno.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/pci.h>
#include <kit/pci_host.h>
#include "../../../modules/pci/pci_regs.h"
#include "fake_pci.h"
#include "fakekit.h"
#include "host.h"

#define MOST	64u

static struct { struct fake_function *f, *bridge; } all[MOST];
static u32 nr;

static struct fake_function *plug(struct fake_function *bridge, u32 slot, struct fake_pci pci)
{
	struct fake_function *f;

	pci.vendor = pci.vendor ? pci.vendor : 0x1234;
	pci.class_code = pci.class_code ? pci.class_code : pci.is_bridge ? 0x060400 : 0x020000;
	f = fake_function_add(bridge, slot << 3, &pci);
	all[nr].f = f;
	all[nr++].bridge = bridge;
	return f;
}

static struct fake_function *plug_bridge(struct fake_function *bridge, u32 slot)
{
	return plug(bridge, slot, (struct fake_pci){ .device = 0xb, .is_bridge = true });
}

static void windows(void)
{
	fake_host_window(PCI_WINDOW_PORTS, 0x1000, 0xffff);
	fake_host_window(PCI_WINDOW_MEMORY, 0xc0000000, 0xfebfffff);
	fake_host_window(PCI_WINDOW_MEMORY, 0x800000000, 0xfffffffff);
}

/* --- the layout --- */

static bool is_on(const struct fake_function *f, u32 index, u64 *start, u64 *end, bool *ports)
{
	if (!fake_decodes(f, index, start, end))
		return false;
	*ports = index == 8 || (index < 6 && fake_config_read(f, PCI_BAR0 + index * 4, 4) & 1);
	return true;
}

static bool lies_in_a_window(const struct fake_function *bridge, u64 start, u64 end, bool ports)
{
	u64 first, last;

	for (u32 i = ports ? 8 : 6; i < (ports ? 9u : 8u); i++)
		if (fake_decodes(bridge, i, &first, &last) && start >= first && end <= last)
			return true;
	return false;
}

static void check_pair(u32 a, u32 i, u64 start, u64 end, bool ports)
{
	u64 s, e;
	bool p;

	for (u32 b = 0; b < nr; b++)
		for (u32 j = 0; j < 9; j++)
			if ((a != b || i != j) && all[a].bridge == all[b].bridge &&
			    is_on(all[b].f, j, &s, &e, &p) && p == ports && s <= end && start <= e)
				fake_fail(
					__FILE__, __LINE__,
					"function %u range %u (%#llx) and function %u range %u (%#llx) overlap",
					a, i, (unsigned long long)start, b, j,
					(unsigned long long)s);
}

static void check_layout(void)
{
	u64 start, end;
	bool ports;

	for (u32 a = 0; a < nr; a++) {
		for (u32 i = 0; i < 9; i++) {
			if (!is_on(all[a].f, i, &start, &end, &ports))
				continue;
			check_pair(a, i, start, end, ports);
			if (all[a].bridge && !lies_in_a_window(all[a].bridge, start, end, ports))
				fake_fail(
					__FILE__, __LINE__,
					"function %u range %u (%#llx) is behind no window of its bridge",
					a, i, (unsigned long long)start);
		}
	}
}

static bool has_address(const struct fake_function *f, u32 bar)
{
	u64 start, end;

	return fake_decodes(f, bar, &start, &end);
}

/* --- a driver --- */

static u32 probes, removes;
static int probe_error;
static bool maps;

static int probe(struct device *device, const struct pci_id *id)
{
	probes++;
	if (maps) {
		int error = pci_enable(device);

		if (error)
			return error;
		pci_set_master(device, true);
	}
	return probe_error;
}

static void driver_remove(struct device *device) { removes++; }

static const struct pci_id ids[] = { PCI_ID(0x1234, 0x0001) };
static const struct pci_driver driver = {
	.size = sizeof(driver),
	.nr_ids = 1,
	.name = "test",
	.ids = ids,
	.probe = probe,
	.remove = driver_remove,
};

static const struct fake_pci card = {
	.device = 1,
	.pin = 1,
	.nr_msi = 1,
	.has_power = true,
	.express = true,
	.has_flr = true,
	.bars = { { 0x4000, FAKE_BAR_32 },
		  { 0x100, FAKE_BAR_PORTS },
		  { 1 << 20, FAKE_BAR_64 | FAKE_BAR_PREFETCH } },
};

static void load(void)
{
	EXPECT_EQ(fake_load(), 0);
}

/* --- tests --- */

FAKE_TEST(what_the_firmware_set_up_stays)
{
	struct fake_function *f = plug(NULL, 3, card);
	u32 kind, before;
	u64 start, length;

	windows();
	fake_config_write(f, PCI_BAR0, 4, 0xe0000000);
	fake_config_write(f, PCI_BAR0 + 4, 4, 0x2000);
	fake_config_write(f, PCI_BAR0 + 8, 4, 0xe0100000);
	fake_config_write(f, PCI_COMMAND, 2, 7);
	before = fake_config_read(f, PCI_COMMAND, 2);
	load();
	EXPECT_EQ(fake_bus_devices(), 1);
	EXPECT(fake_bus_range(fake_bus_device("0000:00:03.0"), 0, &kind, &start, &length));
	EXPECT_EQ(start, 0xe0000000);
	EXPECT_EQ(length, 0x4000);
	EXPECT_EQ(kind, RANGE_MEMORY);
	EXPECT(fake_bus_range(fake_bus_device("0000:00:03.0"), 1, &kind, &start, &length));
	EXPECT_EQ(kind, RANGE_PORTS);
	EXPECT(fake_bus_range(fake_bus_device("0000:00:03.0"), 2, &kind, &start, &length));
	EXPECT_EQ(length, 1 << 20);
	EXPECT_EQ(fake_config_read(f, PCI_COMMAND, 2), before);
	EXPECT_EQ(fake_config_read(f, PCI_BAR0, 4), 0xe0000000);
	check_layout();
}

FAKE_TEST(what_has_no_address_gets_one)
{
	windows();
	for (u32 slot = 1; slot < 12; slot++) {
		struct fake_pci pci = card;

		pci.bars[0].size = 0x1000u << slot % 5;
		plug(NULL, slot, pci);
	}
	load();
	EXPECT_EQ(fake_bus_devices(), 11);
	for (u32 i = 0; i < nr; i++)
		EXPECT(has_address(all[i].f, 0) && has_address(all[i].f, 1) &&
		       has_address(all[i].f, 2));
	check_layout();
}

FAKE_TEST(a_tree_of_bridges)
{
	struct fake_function *outer = plug_bridge(NULL, 1), *inner = plug_bridge(outer, 2),
			     *other = plug_bridge(NULL, 2);

	windows();
	plug(outer, 5, card);
	plug(inner, 0, card);
	plug(inner, 1, card);
	plug(other, 0, card);
	plug(NULL, 3, card);
	load();
	EXPECT_EQ(fake_bus_devices(), 8);
	EXPECT(fake_bus_device("0000:01:05.0") && fake_bus_device("0000:02:00.0") &&
	       fake_bus_device("0000:02:01.0") && fake_bus_device("0000:03:00.0"));
	EXPECT_EQ(fake_config_read(outer, PCI_SUBORDINATE_BUS, 1), 2);
	for (u32 i = 0; i < nr; i++)
		EXPECT(all[i].f == outer || all[i].f == inner || all[i].f == other ||
		       has_address(all[i].f, 0));
	check_layout();
}

FAKE_TEST(bus_numbers_of_the_firmware_stay)
{
	struct fake_function *bridge = plug_bridge(NULL, 1);

	windows();
	plug(bridge, 0, card);
	fake_config_write(bridge, PCI_PRIMARY_BUS, 1, 0);
	fake_config_write(bridge, PCI_SECONDARY_BUS, 1, 7);
	fake_config_write(bridge, PCI_SUBORDINATE_BUS, 1, 9);
	load();
	EXPECT(fake_bus_device("0000:07:00.0"));
	EXPECT_EQ(fake_config_read(bridge, PCI_SUBORDINATE_BUS, 1), 9);
}

/* Two bridges that the firmware, or a fault, gave the same number. */
FAKE_TEST(bus_numbers_that_make_no_sense)
{
	struct fake_function *a = plug_bridge(NULL, 1), *b = plug_bridge(NULL, 2);

	windows();
	plug(a, 0, card);
	plug(b, 0, card);
	fake_config_write(a, PCI_PRIMARY_BUS, 4, 0x00ff0100);
	fake_config_write(b, PCI_PRIMARY_BUS, 4, 0x00010105);
	load();
	EXPECT_EQ(fake_bus_devices(), 3 + 1 * (fake_bus_devices() > 3));
	check_layout();
}

FAKE_TEST(several_functions)
{
	struct fake_pci pci = card;

	windows();
	pci.multi = true;
	plug(NULL, 4, pci);
	pci.vendor = 0x1234;
	fake_function_add(NULL, 4 << 3 | 5, &pci);
	pci.multi = false;
	fake_function_add(NULL, 5 << 3, &pci);
	/* function 0 says that there are no others */
	fake_function_add(NULL, 5 << 3 | 1, &pci);
	load();
	EXPECT(fake_bus_device("0000:00:04.5"));
	EXPECT(!fake_bus_device("0000:00:05.1"));
	EXPECT_EQ(fake_bus_devices(), 3);
}

FAKE_TEST(no_room)
{
	struct fake_function *big;

	fake_host_window(PCI_WINDOW_MEMORY, 0xc0000000, 0xc00fffff);
	big = plug(NULL, 1, (struct fake_pci){ .device = 1, .bars = { { 1 << 24, FAKE_BAR_32 } } });
	plug(NULL, 2, (struct fake_pci){ .device = 2, .bars = { { 1 << 16, FAKE_BAR_32 } } });
	maps = true;
	load();
	EXPECT(fake_logged("no room for its range 0"));
	EXPECT_EQ(fake_bus_driver(&driver), 0);
	EXPECT_EQ(probes, 1);
	EXPECT_EQ(fake_probe_error(fake_bus_device("0000:00:01.0")), -ENXIO);
	EXPECT(!has_address(big, 0) && has_address(all[1].f, 0));
	check_layout();
}

FAKE_TEST(drivers)
{
	struct fake_function *f = plug(NULL, 1, card);

	windows();
	maps = true;
	load();
	EXPECT_EQ(fake_bus_driver(&driver), 0);
	EXPECT_EQ(probes, 1);
	EXPECT(fake_config_read(f, PCI_COMMAND, 2) & PCI_COMMAND_MASTER);
	EXPECT(fake_config_read(f, PCI_COMMAND, 2) & PCI_COMMAND_PORTS);
	fake_unload();
	EXPECT_EQ(removes, 1);
	/* As it was found. */
	EXPECT_EQ(fake_config_read(f, PCI_COMMAND, 2) & 7, 0);
}

FAKE_TEST(a_probe_that_fails)
{
	struct fake_function *f = plug(NULL, 1, card);

	windows();
	maps = true;
	probe_error = -ENOMEM;
	load();
	fake_bus_driver(&driver);
	EXPECT(!fake_bus_driver_of(fake_bus_device("0000:00:01.0")));
	EXPECT_EQ(fake_config_read(f, PCI_COMMAND, 2) & 7, 0);
}

FAKE_TEST(driver_override)
{
	plug(NULL, 1, card);
	windows();
	load();
	EXPECT_EQ(fake_attribute_store(fake_bus_device("0000:00:01.0"), "driver_override",
				       "another\n"),
		  8);
	fake_bus_driver(&driver);
	EXPECT_EQ(probes, 0);
	EXPECT_EQ(fake_attribute_store(fake_bus_device("0000:00:01.0"), "driver_override", "\n"),
		  1);
	bus_device_probe(fake_bus_device("0000:00:01.0"));
	EXPECT_EQ(probes, 1);
}

/* --- coming and going --- */

FAKE_TEST(removed_and_found_again)
{
	struct fake_function *bridge = plug_bridge(NULL, 1);

	windows();
	plug(bridge, 0, card);
	plug(NULL, 2, card);
	maps = true;
	load();
	fake_bus_driver(&driver);
	EXPECT_EQ(probes, 2);
	for (u32 i = 0; i < 5; i++) {
		EXPECT_EQ(fake_attribute_store(fake_bus_device("0000:00:01.0"), "remove", "1"), 1);
		EXPECT_EQ(fake_bus_devices(), 1);
		EXPECT_EQ(removes, i + 1);
		EXPECT_EQ(fake_attribute_store(NULL, "rescan", "1"), 1);
		EXPECT_EQ(fake_bus_devices(), 3);
		EXPECT_EQ(probes, 3 + i);
		check_layout();
	}
}

FAKE_TEST(plugged_in_later)
{
	struct fake_function *bridge = plug_bridge(NULL, 1), *f;

	windows();
	plug(bridge, 0, card);
	maps = true;
	load();
	fake_bus_driver(&driver);
	plug(NULL, 9, card);
	f = plug(bridge, 4, (struct fake_pci){ .device = 1, .bars = { { 0x1000, FAKE_BAR_32 } } });
	EXPECT_EQ(fake_attribute_store(NULL, "rescan", "1"), 1);
	EXPECT_EQ(fake_bus_devices(), 4);
	EXPECT_EQ(probes, 3);
	EXPECT(has_address(f, 0));
	check_layout();
	EXPECT_EQ(fake_attribute_store(NULL, "rescan", "nonsense"), -EINVAL);
}

FAKE_TEST(pulled_out)
{
	struct fake_function *bridge = plug_bridge(NULL, 1), *f;
	u8 bytes[64];

	windows();
	f = plug(bridge, 0, card);
	maps = true;
	load();
	fake_bus_driver(&driver);
	fake_function_pull(f);
	EXPECT(!pci_is_present(fake_bus_device("0000:01:00.0")));
	EXPECT_EQ(fake_attribute_read(fake_bus_device("0000:01:00.0"), "config", bytes, 0, 64), 64);
	EXPECT_EQ(bytes[0], 0xff);
	EXPECT_EQ(pci_enable(fake_bus_device("0000:01:00.0")), -EIO);
	EXPECT_EQ(pci_reset(fake_bus_device("0000:01:00.0")) < 0, true);
	EXPECT_EQ(fake_attribute_store(NULL, "rescan", "1"), 1);
	EXPECT_EQ(fake_attribute_store(fake_bus_device("0000:01:00.0"), "remove", "1"), 1);
	EXPECT_EQ(removes, 1);
	EXPECT_EQ(fake_bus_devices(), 1);
	/* Another card in that slot. */
	plug(bridge, 0, (struct fake_pci){ .device = 2, .bars = { { 1 << 16, FAKE_BAR_32 } } });
	EXPECT_EQ(fake_attribute_store(NULL, "rescan", "1"), 1);
	EXPECT_EQ(fake_bus_devices(), 2);
	check_layout();
}

FAKE_TEST(a_bridge_is_pulled_out_with_all_behind_it)
{
	struct fake_function *bridge = plug_bridge(NULL, 1), *inner = plug_bridge(bridge, 0);

	windows();
	plug(inner, 0, card);
	load();
	EXPECT_EQ(fake_bus_devices(), 3);
	fake_function_pull(bridge);
	EXPECT_EQ(fake_attribute_store(fake_bus_device("0000:00:01.0"), "remove", "1"), 1);
	EXPECT_EQ(fake_bus_devices(), 0);
}

/* --- interrupts --- */

static int route(u32 bus, u32 device, u32 pin)
{
	return bus ? -ENOENT : (int)(16 + (device + pin) % 4);
}

FAKE_TEST(lines_by_tables)
{
	struct fake_function *bridge = plug_bridge(NULL, 5), *inner = plug_bridge(bridge, 2);

	windows();
	plug(NULL, 3, card);
	plug(inner, 6, card);
	fake_host_router(route);
	load();
	fake_bus_driver(&driver);
	EXPECT_EQ(fake_host_line_of(fake_bus_device("0000:00:03.0")), 19);
	/* Rotated by its slot, and by that of the bridge in between: (0 + 6 + 2) % 4 at slot 5. */
	EXPECT_EQ(fake_host_line_of(fake_bus_device("0000:02:06.0")), 16 + (5 + 0) % 4);
}

FAKE_TEST(lines_of_the_firmware)
{
	struct fake_pci pci = card;

	windows();
	pci.line = 11;
	plug(NULL, 3, pci);
	pci.line = 255;
	plug(NULL, 4, pci);
	load();
	fake_bus_driver(&driver);
	EXPECT_EQ(fake_host_line_of(fake_bus_device("0000:00:03.0")), 11);
	EXPECT(fake_host_line_of(fake_bus_device("0000:00:04.0")) < 0);
}

/* --- capabilities and resets --- */

FAKE_TEST(capabilities)
{
	struct fake_function *f = plug(NULL, 1, card);
	struct device *d;

	windows();
	load();
	d = fake_bus_device("0000:00:01.0");
	EXPECT_EQ(pci_find_capability(d, PCI_CAP_POWER, 0), fake_capability(f, PCI_CAP_POWER));
	EXPECT_EQ(pci_find_capability(d, PCI_CAP_EXPRESS, 0), fake_capability(f, PCI_CAP_EXPRESS));
	EXPECT_EQ(pci_find_capability(d, PCI_CAP_MSIX, 0), 0);
	EXPECT_EQ(pci_find_capability(d, PCI_CAP_POWER, fake_capability(f, PCI_CAP_POWER)), 0);
	/* A list that runs in a circle. */
	fake_config_set(f, fake_capability(f, PCI_CAP_EXPRESS) + 1, 1,
			fake_capability(f, PCI_CAP_POWER));
	EXPECT_EQ(pci_find_capability(d, PCI_CAP_MSIX, 0), 0);
}

static void resets(struct fake_pci pci, bool behind_a_bridge, int error)
{
	struct fake_function *bridge = behind_a_bridge ? plug_bridge(NULL, 1) : NULL,
			     *f = plug(bridge, 2, pci);
	struct device *d;
	u32 bar, command;

	windows();
	maps = true;
	load();
	fake_bus_driver(&driver);
	d = fake_bus_device(bridge ? "0000:01:02.0" : "0000:00:02.0");
	bar = fake_config_read(f, PCI_BAR0, 4);
	command = fake_config_read(f, PCI_COMMAND, 2);
	EXPECT_EQ(pci_reset(d), error);
	EXPECT_EQ(fake_function_resets(f), !error);
	EXPECT_EQ(fake_config_read(f, PCI_BAR0, 4), bar);
	EXPECT_EQ(fake_config_read(f, PCI_COMMAND, 2), command);
	check_layout();
}

FAKE_TEST(reset_by_itself) { resets(card, false, 0); }
FAKE_TEST(reset_by_power)
{
	struct fake_pci pci = card;

	pci.has_flr = false;
	resets(pci, false, 0);
}
FAKE_TEST(reset_by_the_bus)
{
	struct fake_pci pci = card;

	pci.has_flr = pci.has_power = false;
	resets(pci, true, 0);
}
FAKE_TEST(no_reset)
{
	struct fake_pci pci = card;

	pci.has_flr = pci.has_power = false;
	resets(pci, false, -ENOTTY);
}

/* --- faults, and any topology --- */

FAULT_TEST(every_call_may_fail)
{
	struct fake_function *bridge = plug_bridge(NULL, 1);

	windows();
	plug(bridge, 0, card);
	plug(NULL, 2, card);
	if (fake_load()) {
		EXPECT(fake_fault() != NULL);
		return;
	}
	if (fake_bus_driver(&driver))
		EXPECT(fake_fault() != NULL);
	fake_attribute_store(NULL, "rescan", "1");
	EXPECT(fake_bus_devices() == 3 || fake_fault());
	if (fake_bus_device("0000:00:01.0"))
		fake_attribute_store(fake_bus_device("0000:00:01.0"), "remove", "1");
	fake_attribute_store(NULL, "rescan", "1");
	EXPECT(fake_bus_devices() == 3 || fake_fault());
	check_layout();
}

static u32 state;
static u32 draw(u32 below)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

static struct fake_pci any_card(void)
{
	struct fake_pci pci = { .device = 1,
				.pin = (u8)draw(5),
				.has_power = draw(2),
				.express = draw(2),
				.nr_msix = draw(4) };

	for (u32 i = 0; i < 6; i++) {
		u32 kind = draw(5);

		if (kind == 0)
			continue;
		pci.bars[i].kind = kind == 1   ? FAKE_BAR_PORTS
				   : kind == 2 ? FAKE_BAR_32
				   : kind == 3 ? FAKE_BAR_PREFETCH
					       : FAKE_BAR_64 | (draw(2) * 2);
		pci.bars[i].size = kind == 1 ? 16u << draw(4) : 4096u << draw(9);
		if (pci.bars[i].kind & FAKE_BAR_64 && ++i == 6)
			pci.bars[5].size = 0;
	}
	return pci;
}

static void any_topology(u32 seed)
{
	struct fake_function *bridges[12] = { NULL };
	u32 nr_bridges = 1;

	/* Another order of threads sees other topologies. */
	state = seed + (host_variable("FAKE_SEED")
				? 1000000u * (u32)host_number(host_variable("FAKE_SEED"))
				: 0);
	windows();
	for (u32 i = 0; i < 24; i++) {
		struct fake_function *bridge = bridges[draw(nr_bridges)];
		u32 slot = i + 1;

		if (nr_bridges < ARRAY_SIZE(bridges) && draw(3) == 0)
			bridges[nr_bridges++] = plug_bridge(bridge, slot);
		else
			plug(bridge, slot, any_card());
	}
	load();
	EXPECT_EQ(fake_bus_devices(), 24);
	for (u32 a = 0; a < nr; a++)
		for (u32 i = 0; i < 6; i++)
			if (fake_config_read(all[a].f, PCI_HEADER, 1) == 0 &&
			    !has_address(all[a].f, i) && fake_bar_size(all[a].f, i))
				fake_fail(__FILE__, __LINE__,
					  "function %u has no address for range %u", a, i);
	check_layout();
	/* Any of them goes, and comes again. */
	for (u32 round = 0; round < 6; round++) {
		char name[16];
		u32 bus = draw(4), slot = 1 + draw(24);

		snprintf(name, sizeof(name), "0000:%02x:%02x.0", bus, slot);
		if (fake_bus_device(name))
			EXPECT_EQ(fake_attribute_store(fake_bus_device(name), "remove", "1"), 1);
		EXPECT_EQ(fake_attribute_store(NULL, "rescan", "1"), 1);
		EXPECT_EQ(fake_bus_devices(), 24);
		check_layout();
	}
}

FAKE_TEST(topology_1) { any_topology(1); }
FAKE_TEST(topology_2) { any_topology(22); }
FAKE_TEST(topology_3) { any_topology(333); }
FAKE_TEST(topology_4) { any_topology(4444); }
FAKE_TEST(topology_5) { any_topology(55555); }
FAKE_TEST(topology_6) { any_topology(666666); }
