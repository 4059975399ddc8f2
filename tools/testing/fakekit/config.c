/* SPDX-License-Identifier: MIT */
/* Configuration space of PCI functions: see fake_pci.h. */
#include <kit/memory.h>
#include "fake_pci.h"
#include "internal.h"
#include "../../../modules/pci/pci_regs.h"

#define SPACE		4096u
#define FIRST_CAPABILITY 0x40

struct fake_function {
	struct list_head node, functions; /* among its neighbours; behind it */
	struct fake_function *bridge;
	struct fake_pci pci;
	u32 devfn, resets, next_capability, last_capability;
	bool gone;
	u8 space[SPACE], writable[SPACE], initial[SPACE];
};

static LIST_HEAD(root_functions);

static void put(u8 *bytes, u32 offset, u32 n, u32 value) { memcpy(bytes + offset, &value, n); }

static u32 get(const u8 *bytes, u32 offset, u32 n)
{
	u32 value = 0;

	memcpy(&value, bytes + offset, n);
	return value;
}

void fake_config_set(struct fake_function *f, u32 offset, u32 bytes, u32 value) { put(f->space, offset, bytes, value); }

/* --- making one --- */

static u32 add_capability(struct fake_function *f, u32 id, u32 bytes)
{
	u32 at = f->next_capability;

	put(f->space, at, 1, id);
	if (f->last_capability)
		put(f->space, f->last_capability + 1, 1, at);
	else
		put(f->space, PCI_CAPABILITIES, 1, at);
	put(f->space, PCI_STATUS, 2, PCI_STATUS_CAPABILITIES);
	f->last_capability = at;
	f->next_capability = (at + bytes + 3) & ~3u;
	return at;
}

static void make_bars(struct fake_function *f)
{
	for (u32 i = 0; i < (f->pci.is_bridge ? 2 : 6); i++) {
		u64 size = f->pci.bars[i].size, mask = ~(size - 1);
		u32 kind = f->pci.bars[i].kind, at = PCI_BAR0 + i * 4;

		if (!size)
			continue;
		if (kind & FAKE_BAR_PORTS) {
			put(f->space, at, 4, PCI_BAR_PORTS);
			put(f->writable, at, 4, (u32)mask & 0xfffc);
			continue;
		}
		put(f->space, at, 4,
		    (kind & FAKE_BAR_64 ? PCI_BAR_64 : 0) |
			    (kind & FAKE_BAR_PREFETCH ? PCI_BAR_PREFETCH : 0));
		put(f->writable, at, 4, (u32)mask & PCI_BAR_MEMORY_MASK);
		if (kind & FAKE_BAR_64)
			put(f->writable, at + 4, 4, (u32)(mask >> 32));
	}
	if (f->pci.rom)
		put(f->writable, f->pci.is_bridge ? PCI_BRIDGE_ROM : PCI_ROM, 4,
		    ~(f->pci.rom - 1) | PCI_ROM_ENABLE);
}

static void make_bridge(struct fake_function *f)
{
	put(f->writable, PCI_PRIMARY_BUS, 4, 0xffffff);
	put(f->writable, PCI_IO_BASE, 2, 0xf0f0);
	put(f->writable, PCI_MEMORY_BASE, 4, 0xfff0fff0);
	put(f->writable, PCI_PREFETCH_BASE, 4, 0xfff0fff0);
	put(f->space, PCI_PREFETCH_BASE, 4, 0x00010001);
	put(f->writable, PCI_PREFETCH_BASE_HIGH, 4, ~0u);
	put(f->writable, PCI_PREFETCH_LIMIT_HIGH, 4, ~0u);
	put(f->writable, PCI_BRIDGE_CONTROL, 2, 0xffff);
	/* Closed: they end in front of where they start. */
	put(f->space, PCI_IO_BASE, 2, 0x00f0);
	put(f->space, PCI_MEMORY_BASE, 4, 0x0000fff0);
	put(f->space, PCI_PREFETCH_BASE, 4, 0x0001fff1);
}

static void make_capabilities(struct fake_function *f)
{
	u32 at;

	if (f->pci.has_power) {
		at = add_capability(f, PCI_CAP_POWER, 8);
		put(f->space, at + PCI_POWER_CONTROL, 2,
		    f->pci.power_keeps ? PCI_POWER_NO_RESET : 0);
		put(f->writable, at + PCI_POWER_CONTROL, 2, PCI_POWER_STATE);
	}
	if (f->pci.nr_msi) {
		at = add_capability(f, PCI_CAP_MSI, 24);
		put(f->writable, at + 2, 2, 1);
		memset(f->writable + at + 4, 0xff, 12);
	}
	if (f->pci.nr_msix) {
		at = add_capability(f, PCI_CAP_MSIX, 12);
		put(f->space, at + 2, 2, f->pci.nr_msix - 1);
		put(f->writable, at + 2, 2, 0xc000);
	}
	if (f->pci.express || f->pci.express_port) {
		at = add_capability(f, PCI_CAP_EXPRESS, 0x3c);
		put(f->space, at + PCI_EXPRESS_FLAGS, 2,
		    2 | (f->pci.express_port ? PCI_EXPRESS_ROOT_PORT << 4 : 0));
		put(f->space, at + PCI_EXPRESS_CAP, 4, f->pci.has_flr ? PCI_EXPRESS_CAP_FLR : 0);
		put(f->writable, at + PCI_EXPRESS_CONTROL, 2, 0x7fff);
	}
}

struct fake_function *fake_function_add(struct fake_function *bridge, u32 devfn,
					const struct fake_pci *pci)
{
	struct fake_function *f = host_alloc(sizeof(*f));

	f->pci = *pci;
	f->devfn = devfn;
	f->bridge = bridge;
	INIT_LIST_HEAD(&f->functions);
	f->next_capability = FIRST_CAPABILITY;
	put(f->space, PCI_VENDOR, 2, pci->vendor);
	put(f->space, PCI_DEVICE, 2, pci->device);
	put(f->space, PCI_REVISION, 4, pci->class_code << 8 | pci->revision);
	put(f->space, PCI_HEADER, 1,
	    (pci->is_bridge ? PCI_HEADER_BRIDGE : 0) | (pci->multi ? PCI_HEADER_MULTI : 0));
	put(f->space, PCI_INTERRUPT_LINE, 1, pci->line);
	put(f->space, PCI_INTERRUPT_PIN, 1, pci->pin);
	put(f->writable, PCI_INTERRUPT_LINE, 1, 0xff);
	put(f->writable, PCI_COMMAND, 2, 0x0547);
	put(f->writable, PCI_CACHE_LINE, 1, 0xff);
	make_bars(f);
	if (pci->is_bridge) {
		make_bridge(f);
	} else {
		put(f->space, PCI_SUBSYSTEM_VENDOR, 2, pci->subsystem_vendor);
		put(f->space, PCI_SUBSYSTEM, 2, pci->subsystem);
	}
	make_capabilities(f);
	memcpy(f->initial, f->space, SPACE);
	list_add_tail(&f->node, bridge ? &bridge->functions : &root_functions);
	return f;
}

/* The structure stays: tests may ask what became of it. */
void fake_function_pull(struct fake_function *f)
{
	struct fake_function *behind;

	list_for_each_entry(behind, &f->functions, node)
		behind->gone = true;
	if (!f->gone)
		list_del(&f->node);
	f->gone = true;
}

/* --- accesses --- */

u32 fake_config_read(const struct fake_function *f, u32 offset, u32 bytes)
{
	if (!f || f->gone || offset + bytes > SPACE ||
	    (offset >= PCI_EXTENDED_START && !f->pci.express && !f->pci.express_port))
		return bytes == 4 ? ~0u : (1u << bytes * 8) - 1;
	return get(f->space, offset, bytes);
}

static void reset(struct fake_function *f)
{
	memcpy(f->space, f->initial, SPACE);
	f->resets++;
}

static void reset_behind(struct fake_function *bridge)
{
	struct fake_function *f;

	list_for_each_entry(f, &bridge->functions, node) {
		reset(f);
		reset_behind(f);
	}
}

static void check_write(const struct fake_function *f, u32 offset, u32 bytes, u32 value)
{
	u32 last = f->pci.is_bridge ? PCI_BAR0 + 8 : PCI_BAR0 + 24,
	    command = get(f->space, PCI_COMMAND, 2);
	u32 kind;

	if (offset % bytes)
		complain("configuration space is written at %#x, %u bytes", offset, bytes);
	if (offset < PCI_BAR0 || offset >= last || get(f->space, offset, bytes) == value)
		return;
	kind = f->pci.bars[(offset - PCI_BAR0) / 4].kind;
	if (command & (kind & FAKE_BAR_PORTS ? PCI_COMMAND_PORTS : PCI_COMMAND_MEMORY))
		complain("a base address register (%#x) is written while it decodes", offset);
}

static void side_effects(struct fake_function *f, u32 offset, u32 before, u32 value)
{
	u32 express = fake_capability(f, PCI_CAP_EXPRESS),
	    power = fake_capability(f, PCI_CAP_POWER);

	if (express && offset == express + PCI_EXPRESS_CONTROL && value & PCI_EXPRESS_CONTROL_FLR &&
	    f->pci.has_flr)
		reset(f);
	else if (power && offset == power + PCI_POWER_CONTROL && !f->pci.power_keeps &&
		 (before & 3) == 3 && !(value & 3))
		reset(f);
	else if (f->pci.is_bridge && offset == PCI_BRIDGE_CONTROL &&
		 value & ~before & PCI_BRIDGE_RESET)
		reset_behind(f);
}

void fake_config_write(struct fake_function *f, u32 offset, u32 bytes, u32 value)
{
	u32 before;

	if (!f || f->gone || offset + bytes > SPACE)
		return;
	check_write(f, offset, bytes, value);
	before = get(f->space, offset, bytes);
	for (u32 i = 0; i < bytes; i++) {
		u8 mask = f->writable[offset + i];

		f->space[offset + i] = (u8)((f->space[offset + i] & ~mask) |
					    (value >> i * 8 & mask));
	}
	side_effects(f, offset, before, value);
}

u32 fake_capability(const struct fake_function *f, u32 id)
{
	u32 at = get(f->space, PCI_CAPABILITIES, 1);

	while (at && get(f->space, at, 1) != id)
		at = get(f->space, at + 1, 1);
	return at;
}

u32 fake_function_resets(const struct fake_function *f) { return f->resets; }

/* --- what decodes what --- */

static bool bridge_window(const struct fake_function *f, u32 index, u64 *start, u64 *end)
{
	u32 at = index == 6 ? PCI_MEMORY_BASE : PCI_PREFETCH_BASE;

	if (index == 8) {
		*start = (get(f->space, PCI_IO_BASE, 1) & 0xf0) << 8;
		*end = (get(f->space, PCI_IO_LIMIT, 1) & 0xf0) << 8 | 0xfff;
		return *start <= *end;
	}
	*start = (u64)(get(f->space, at, 2) & 0xfff0) << 16;
	*end = (u64)(get(f->space, at + 2, 2) & 0xfff0) << 16 | 0xfffff;
	if (index == 7) {
		*start |= (u64)get(f->space, PCI_PREFETCH_BASE_HIGH, 4) << 32;
		*end |= (u64)get(f->space, PCI_PREFETCH_LIMIT_HIGH, 4) << 32;
	}
	return *start <= *end;
}

u64 fake_bar_size(const struct fake_function *f, u32 index) { return index < 6 ? f->pci.bars[index].size : 0; }

bool fake_decodes(const struct fake_function *f, u32 index, u64 *start, u64 *end)
{
	u32 at = PCI_BAR0 + index * 4, kind;

	if (f->gone)
		return false;
	if (index >= 6)
		return f->pci.is_bridge && bridge_window(f, index, start, end);
	if (!f->pci.bars[index].size)
		return false;
	kind = f->pci.bars[index].kind;
	*start = get(f->space, at, 4) &
		 (kind & FAKE_BAR_PORTS ? PCI_BAR_PORTS_MASK : PCI_BAR_MEMORY_MASK);
	if (kind & FAKE_BAR_64)
		*start |= (u64)get(f->space, at + 4, 4) << 32;
	*end = *start + f->pci.bars[index].size - 1;
	return *start != 0;
}

/* --- buses --- */

static struct fake_function *find(struct list_head *functions, u32 here, u32 bus, u32 devfn)
{
	struct fake_function *f;

	list_for_each_entry(f, functions, node) {
		u32 secondary = get(f->space, PCI_SECONDARY_BUS, 1),
		    last = get(f->space, PCI_SUBORDINATE_BUS, 1);

		if (here == bus) {
			if (f->devfn == devfn)
				return f;
		} else if (f->pci.is_bridge && secondary && secondary <= bus && bus <= last) {
			return find(&f->functions, secondary, bus, devfn);
		}
	}
	return NULL;
}

struct fake_function *fake_function_at(u32 bus, u32 devfn) { return find(&root_functions, 0, bus, devfn); }
