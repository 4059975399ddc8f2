// SPDX-License-Identifier: MIT
/*
 * Addresses of functions: what the firmware gave them is read and kept; what has none (a device that was plugged in later) gets one from the
 * window of the bridge before it, or from the machine's at a root. A bridge whose window is closed gets one as large as is needed behind it;
 * one that is open keeps its size.
 */
#include "pci.h"

#include <kit/pci_host.h>

#define IO_GRAIN	0x1000
#define MEM_GRAIN	0x100000

/* --- reading --- */

static u32 bars_of(const struct pci_function *f)
{
	return f->header == PCI_HEADER_NORMAL ? 6 : f->header == PCI_HEADER_BRIDGE ? 2 : 1;
}

static u32 rom_of(const struct pci_function *f)
{
	return f->header == PCI_HEADER_NORMAL	? PCI_ROM
	       : f->header == PCI_HEADER_BRIDGE ? PCI_BRIDGE_ROM
						: 0;
}

/* What reads back of all ones; the register holds `value` again afterwards. */
static u32 probe_mask(const struct pci_function *f, u32 at, u32 ones, u32 value)
{
	u32 mask;

	pci_write(f, at, 4, ones);
	mask = pci_read(f, at, 4);
	pci_write(f, at, 4, value);
	return mask;
}

static void take(struct pci_resource *r, const struct pci_bar *bar)
{
	*r = (struct pci_resource){
		.start = bar->start,
		.length = bar->length,
		.ports = bar->ports,
		.prefetch = bar->prefetch,
		.wide = bar->wide,
		.assigned = bar->length && bar->start && !(bar->start & (bar->length - 1)),
	};
}

static void read_bars(struct pci_function *f)
{
	u32 nr = bars_of(f);

	for (u32 i = 0; i < nr; i++) {
		u32 at = PCI_BAR0 + i * 4, value = pci_read(f, at, 4),
		    mask = probe_mask(f, at, ~0u, value), high = 0, mask_high = 0;
		struct pci_bar bar;

		if (!(value & PCI_BAR_PORTS) && (value & PCI_BAR_TYPE) == PCI_BAR_64 &&
		    i + 1 < nr) {
			high = pci_read(f, at + 4, 4);
			mask_high = probe_mask(f, at + 4, ~0u, high);
		}
		pci_parse_bar(value, mask, high, mask_high, &bar);
		take(&f->resources[i], &bar);
		if (bar.wide)
			i++;
	}
}

static void read_rom(struct pci_function *f)
{
	u32 at = rom_of(f), value;
	struct pci_bar bar;

	if (!at)
		return;
	value = pci_read(f, at, 4);
	pci_parse_rom(value, probe_mask(f, at, PCI_ROM_MASK, value), &bar);
	take(&f->resources[RANGE_ROM], &bar);
	f->resources[RANGE_ROM].rom = bar.length;
}

/*
 * An IDE controller in compatibility mode answers where controllers have always been, whatever its registers say (PCI IDE Controller
 * Specification 1.0, 2.0); programming interface bits 0 and 2: this channel has moved.
 */
static void read_ide(struct pci_function *f)
{
	static const struct {
		u16 start, length, moved;
	} places[] = {
		{ 0x1f0, 8, 0x01 }, { 0x3f6, 1, 0x01 }, { 0x170, 8, 0x04 }, { 0x376, 1, 0x04 }
	};

	for (u32 i = 0; f->class_code >> 8 == PCI_CLASS_IDE && i < ARRAY_SIZE(places); i++)
		if (!(f->class_code & places[i].moved))
			f->resources[i] = (struct pci_resource){
				.start = places[i].start,
				.length = places[i].length,
				.ports = true,
				.assigned = true,
				.fixed = true,
			};
}

static u32 window_read(const void *device, u32 offset, u32 bytes)
{
	return pci_read(device, offset, bytes);
}

static void read_windows(struct pci_function *f)
{
	for (u32 kind = 0; kind < PCI_NR_WINDOWS; kind++)
		f->has_window[kind] = !pci_parse_window(window_read, f, kind, &f->windows[kind]);
}

/* Its decoders are off meanwhile: the ones would be addresses. Called alone (pci_host_alone). */
void pci_read_resources(struct pci_function *f)
{
	u32 command = pci_read(f, PCI_COMMAND, 2),
	    decoders = PCI_COMMAND_PORTS | PCI_COMMAND_MEMORY;

	if (command & decoders)
		pci_write(f, PCI_COMMAND, 2, command & ~decoders);
	read_bars(f);
	read_rom(f);
	if (command & decoders)
		pci_write(f, PCI_COMMAND, 2, command);
	read_ide(f);
	if (f->header == PCI_HEADER_BRIDGE)
		read_windows(f);
}

/* --- finding room --- */

struct search {
	u64 start, end; /* both included: where it may be */
	u64 at, length, align;
	bool ports, moved;
};

static bool is_open(const struct pci_function *f, u32 kind)
{
	return f->has_window[kind] && f->windows[kind].start <= f->windows[kind].end;
}

/* Something is from start to end: the search goes on behind it. */
static void avoid(struct search *s, u64 start, u64 end)
{
	if (start > s->at + (s->length - 1) || end < s->at)
		return;
	s->at = (end + s->align) & ~(s->align - 1);
	s->moved = true;
}

static void avoid_function(struct search *s, const struct pci_function *f)
{
	for (u32 i = 0; i < NR_RANGES; i++) {
		const struct pci_resource *r = &f->resources[i];

		if (r->assigned && r->ports == s->ports)
			avoid(s, r->start, r->start + r->length - 1);
	}
	for (u32 kind = 0; kind < PCI_NR_WINDOWS; kind++)
		if (is_open(f, kind) && (kind == PCI_WINDOW_IO) == s->ports)
			avoid(s, f->windows[kind].start, f->windows[kind].end);
}

static void avoid_bus(struct search *s, const struct pci_bus *bus)
{
	const struct pci_function *f;

	list_for_each_entry(f, &bus->functions, node)
		avoid_function(s, f);
}

/* The first gap in s->start to s->end on that bus; roots share the machine's addresses. */
static bool find_gap(struct search *s, const struct pci_bus *bus)
{
	s->at = (s->start + s->align - 1) & ~(s->align - 1);
	do {
		const struct pci_bus *root;

		if (s->at < s->start || s->at > s->end || s->length - 1 > s->end - s->at)
			return false;
		s->moved = false;
		if (bus->bridge) {
			avoid_bus(s, bus);
			continue;
		}
		list_for_each_entry(root, &root_buses, root_node)
			avoid_bus(s, root);
	} while (s->moved);
	return true;
}

static bool find_in_window(struct search *s, const struct pci_bus *bus, u32 kind)
{
	const struct pci_function *bridge = bus->bridge;

	if (!is_open(bridge, kind))
		return false;
	s->start = bridge->windows[kind].start;
	s->end = bridge->windows[kind].end;
	return find_gap(s, bus);
}

static bool find_at_root(struct search *s, const struct pci_bus *bus, bool wide)
{
	struct pci_host_window window = { .size = sizeof(window) };

	for (u32 i = 0; !pci_host_window(i, &window); i++) {
		if ((window.kind == PCI_WINDOW_PORTS) != s->ports ||
		    (window.end > 0xffffffff && !wide))
			continue;
		s->start = window.start;
		s->end = window.end;
		if (find_gap(s, bus))
			return true;
	}
	return false;
}

/* Room on a bus. prefetch: it may lie in a prefetchable window; wide: above 4 GiB. */
static bool find_room(struct search *s, const struct pci_bus *bus, bool prefetch, bool wide)
{
	if (!bus->bridge)
		return find_at_root(s, bus, wide);
	if (s->ports)
		return find_in_window(s, bus, PCI_WINDOW_IO);
	if (prefetch && wide && find_in_window(s, bus, PCI_WINDOW_PREFETCH))
		return true;
	if (find_in_window(s, bus, PCI_WINDOW_MEM))
		return true;
	/* Its room there is others', but better than none. */
	return prefetch && bus->bridge->windows[PCI_WINDOW_PREFETCH].end <= 0xffffffff &&
	       find_in_window(s, bus, PCI_WINDOW_PREFETCH);
}

/* --- windows of bridges --- */

static void write_window(struct pci_function *f, u32 kind)
{
	const struct pci_range *w = &f->windows[kind];
	u32 at = kind == PCI_WINDOW_MEM ? PCI_MEMORY_BASE : PCI_PREFETCH_BASE;

	if (kind == PCI_WINDOW_IO) {
		pci_write(f, PCI_IO_BASE, 1, w->start >> 8 & 0xf0);
		pci_write(f, PCI_IO_LIMIT, 1, w->end >> 8 & 0xf0);
		pci_write(f, PCI_IO_BASE_HIGH, 2, w->start >> 16);
		pci_write(f, PCI_IO_LIMIT_HIGH, 2, w->end >> 16);
		return;
	}
	pci_write(f, at, 2, w->start >> 16 & 0xfff0);
	pci_write(f, at + 2, 2, w->end >> 16 & 0xfff0);
	if (kind == PCI_WINDOW_PREFETCH) {
		pci_write(f, PCI_PREFETCH_BASE_HIGH, 4, w->start >> 32);
		pci_write(f, PCI_PREFETCH_LIMIT_HIGH, 4, w->end >> 32);
	}
}

static u32 kind_of(const struct pci_resource *r)
{
	return r->ports			? PCI_WINDOW_IO
	       : r->prefetch && r->wide ? PCI_WINDOW_PREFETCH
					: PCI_WINDOW_MEM;
}

static u64 round_up(u64 n, u64 to)
{
	return (n + to - 1) & ~(to - 1);
}

/*
 * How long a window behind a bridge has to be for what is still to be placed there, 0: nothing is; *align is the largest alignment in it. Everything is
 * as long as a multiple of its alignment, and placed the largest first: so all of it fits into the sum.
 */
static u64 needed_behind(const struct pci_bus *bus, u32 kind, u64 *align)
{
	const struct pci_function *f;
	u64 sum = 0;

	*align = kind == PCI_WINDOW_IO ? IO_GRAIN : MEM_GRAIN;

	list_for_each_entry(f, &bus->functions, node) {
		for (u32 i = 0; i < NR_RANGES; i++) {
			const struct pci_resource *r = &f->resources[i];

			if (!r->length || r->assigned || kind_of(r) != kind)
				continue;
			sum += r->length;
			if (r->length > *align)
				*align = r->length;
		}
		if (f->child && !is_open(f, kind)) {
			u64 inner_align;

			sum += needed_behind(f->child, kind, &inner_align);
			if (inner_align > *align)
				*align = inner_align;
		}
	}
	return round_up(sum, *align);
}

static void open_window(struct pci_function *f, u32 kind)
{
	struct search s = { .ports = kind == PCI_WINDOW_IO };

	s.length = needed_behind(f->child, kind, &s.align);
	if (!find_room(&s, f->bus, kind == PCI_WINDOW_PREFETCH, kind == PCI_WINDOW_PREFETCH)) {
		dev_print(LOG_LEVEL_WARNING, f->device, "no room for a window of %llu bytes",
			  s.length);
		return;
	}
	f->windows[kind] = (struct pci_range){ s.at, s.at + s.length - 1 };
	f->has_window[kind] = true;
	write_window(f, kind);
}

/* --- functions --- */

static void write_resource(struct pci_function *f, u32 index)
{
	const struct pci_resource *r = &f->resources[index];
	u32 at = index == RANGE_ROM ? rom_of(f) : PCI_BAR0 + index * 4;
	u32 command = pci_read(f, PCI_COMMAND, 2),
	    decoder = r->ports ? PCI_COMMAND_PORTS : PCI_COMMAND_MEMORY;

	if (command & decoder)
		pci_write(f, PCI_COMMAND, 2, command & ~decoder);
	pci_write(f, at, 4, (u32)r->start);
	if (r->wide)
		pci_write(f, at + 4, 4, r->start >> 32);
	if (command & decoder)
		pci_write(f, PCI_COMMAND, 2, command);
}

static void place(struct pci_function *f, u32 index)
{
	struct pci_resource *r = &f->resources[index];
	struct search s = { .length = r->length, .align = r->length, .ports = r->ports };

	if (!find_room(&s, f->bus, r->prefetch, r->wide)) {
		if (index != RANGE_ROM)
			dev_print(LOG_LEVEL_WARNING, f->device,
				  "no room for its range %u of %llu bytes", index, r->length);
		return;
	}
	r->start = s.at;
	r->assigned = true;
	write_resource(f, index);
}

/* The alignment of a window that is to be opened; 0: it is open, or nothing needs it. */
static u64 window_align(const struct pci_function *f, u32 kind)
{
	u64 align;

	return f->child && !is_open(f, kind) && needed_behind(f->child, kind, &align) ? align : 0;
}

/* The largest alignment below a limit of what has no address on the bus: ranges, and windows of bridges. 0: there is none. */
static u64 largest(const struct pci_bus *bus, u64 below)
{
	const struct pci_function *f;
	u64 best = 0, align;

	list_for_each_entry(f, &bus->functions, node) {
		for (u32 i = 0; i < NR_RANGES && !f->shown; i++)
			if (!f->resources[i].assigned && f->resources[i].length > best &&
			    f->resources[i].length < below)
				best = f->resources[i].length;
		for (u32 kind = 0; kind < PCI_NR_WINDOWS; kind++) {
			align = window_align(f, kind);
			if (align > best && align < below)
				best = align;
		}
	}
	return best;
}

static void place_aligned(struct pci_bus *bus, u64 align)
{
	struct pci_function *f;

	list_for_each_entry(f, &bus->functions, node) {
		for (u32 kind = 0; kind < PCI_NR_WINDOWS; kind++)
			if (window_align(f, kind) == align)
				open_window(f, kind);
		for (u32 i = 0; i < NR_RANGES && !f->shown; i++)
			if (f->resources[i].length == align && !f->resources[i].assigned)
				place(f, i);
	}
}

void pci_assign_bus(struct pci_bus *bus)
{
	struct pci_function *f;

	for (u64 align = largest(bus, ~0ull); align; align = largest(bus, align))
		place_aligned(bus, align);
	list_for_each_entry(f, &bus->functions, node)
		if (f->child)
			pci_assign_bus(f->child);
}

void pci_show_range(struct pci_function *f, u32 index)
{
	const struct pci_resource *r = &f->resources[index];
	struct bus_range range = {
		.size = sizeof(range),
		.kind = r->ports ? RANGE_PORTS : RANGE_MEMORY,
		.start = r->start,
		.length = r->assigned ? r->length : 0,
		.index = index,
		.bus_flags = r->shadow ? 0x2
				       : (r->ports ? 0x1 : 0) | (r->wide ? 0x4 : 0) |
						 (r->prefetch ? 0x8 : 0),
	};

	if (r->length && bus_device_set_range(f->device, &range))
		dev_print(LOG_LEVEL_ERR, f->device, "its range %u is not known to the core", index);
}
