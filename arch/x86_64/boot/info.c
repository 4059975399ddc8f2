/* SPDX-License-Identifier: MIT */
/*
 * From what the boot protocol's reader found to boot_info.
 *
 * The sizes depend on the machine, and no allocator exists: the arrays go into a block of RAM that is free by the map we are
 * about to copy, behind the image and clear of the modules and of the loader's own data. The block stays reserved.
 *
 * Two steps: boot_info_copy() takes everything over and returns a command line to be split; boot_info_finish() then makes the
 * final memory map, which mem= may have cut.
 */
#include "boot_private.h"
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/string.h>
#include <lib/parse.h>

#define PAGE_BYTES	4096ull
#define LOW_MEMORY_END	0xa0000ull	/* the video memory begins */
#define RSDP_BYTES	36

extern char __kernel_start[], __kernel_end[];

/* The block being filled, and the raw map in it that boot_info_finish() needs. */
static struct boot_range block __initdata;
static u64 block_used __initdata;
static struct boot_memory *raw_map __initdata;
static size_t nr_raw __initdata;
static u64 memory_limit __initdata = ~0ull;

static int __init set_memory_limit(const char *value)
{
	char *end;
	u64 limit = memparse(value, &end);

	if (!limit || *end)
		return -1;
	memory_limit = limit;
	return 0;
}
BOOT_PARAM("mem", set_memory_limit);

static void __init *block_take(size_t bytes)
{
	void *taken = early_address(block.start + block_used);

	block_used += (bytes + 15) & ~15ull;
	if (block_used > block.size)
		panic("boot: the block for boot data is too small");
	return taken;
}

static char __init *block_copy_string(const char *text)
{
	size_t bytes = strlen(text) + 1;

	return memcpy(block_take(bytes), text, bytes);
}

/* An upper bound of what copying takes, each item rounded up by block_take(). */
static u64 __init block_bytes(const struct boot_source *source)
{
	u64 bytes = 2 * strlen(source->command_line) + strlen(source->loader) + RSDP_BYTES;

	for (size_t i = 0; i < source->nr_modules; i++)
		bytes += strlen(source->module(source, i).arguments) + 1 + 16;
	bytes += source->nr_modules * (sizeof(struct boot_module) + sizeof(struct boot_range) +
				       sizeof(struct boot_memory));
	/* Raw entries, two points and at most two final entries for each. */
	bytes += source->nr_memory * (3 * sizeof(struct boot_memory) + 2 * sizeof(u64));
	bytes += 4 * sizeof(struct boot_range);
	bytes += 16 * 16;
	return (bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}

static bool __init overlaps(u64 start, u64 size, u64 other, u64 other_size)
{
	return start < other + other_size && other < start + size;
}

/* The end of something in use that overlaps start..start+size, or 0. */
static u64 __init end_of_busy(const struct boot_source *source, u64 start, u64 size)
{
	struct boot_range command_line = {
		(unsigned long)source->command_line - DIRECT_MAP_BASE,
		strlen(source->command_line) + 1,
	};

	if (overlaps(start, size, source->info.start, source->info.size))
		return source->info.start + source->info.size;
	if (overlaps(start, size, command_line.start, command_line.size))
		return command_line.start + command_line.size;
	for (size_t i = 0; i < source->nr_modules; i++) {
		struct boot_module module = source->module(source, i);

		if (overlaps(start, size, module.start, module.size))
			return module.start + module.size;
	}
	/* The PVH loader's tables, wherever they are. */
	if (source->memory_table &&
	    overlaps(start, size, (unsigned long)source->memory_table - DIRECT_MAP_BASE,
		     source->nr_memory * source->memory_stride))
		return (unsigned long)source->memory_table - DIRECT_MAP_BASE +
		       source->nr_memory * source->memory_stride;
	return 0;
}

/* The first free place at or above `from` in one entry of RAM, or 0. */
static u64 __init place_in(const struct boot_source *source, struct boot_memory entry, u64 from,
			   u64 size)
{
	u64 end = entry.start + entry.size;
	u64 start = entry.start > from ? entry.start : from;
	u64 busy_end;

	if (entry.type != BOOT_MEMORY_RAM)
		return 0;
	if (end > EARLY_MAP_SIZE)
		end = EARLY_MAP_SIZE;
	do {
		start = (start + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
		if (start + size > end)
			return 0;
		busy_end = end_of_busy(source, start, size);
		start = busy_end ? busy_end : start;
	} while (busy_end);
	return start;
}

static void __init block_place(const struct boot_source *source)
{
	/* lint: comparePointers: the linker's bounds of one area */
	u64 image_end = __kernel_end - kernel_map_base;

	block.size = block_bytes(source);
	for (size_t i = 0; i < source->nr_memory && !block.start; i++)
		block.start = place_in(source, source->memory(source, i), image_end, block.size);
	if (!block.start)
		panic("boot: no memory for boot data (%zu entries in the memory map)",
		      source->nr_memory);
}

static void __init copy_modules(const struct boot_source *source)
{
	struct boot_module *modules = block_take(source->nr_modules * sizeof(*modules));

	for (size_t i = 0; i < source->nr_modules; i++) {
		modules[i] = source->module(source, i);
		modules[i].arguments = block_copy_string(modules[i].arguments);
	}
	boot_info.modules = modules;
	boot_info.nr_modules = source->nr_modules;
}

/* A root pointer that is a copy in the loader's memory is copied once more. */
static u64 __init copy_rsdp(const struct boot_source *source)
{
	void *copy;

	if (!source->rsdp || !overlaps(source->rsdp, 1, source->info.start, source->info.size))
		return source->rsdp;
	copy = block_take(RSDP_BYTES);
	memcpy(copy, early_address(source->rsdp), RSDP_BYTES);
	return (unsigned long)copy - DIRECT_MAP_BASE;
}

char __init *boot_info_copy(const struct boot_source *source)
{
	block_place(source);
	boot_info.loader = block_copy_string(source->loader);
	boot_info.command_line = block_copy_string(source->command_line);
	copy_modules(source);
	boot_info.rsdp = copy_rsdp(source);
	boot_info.efi_system_table = source->efi_system_table;
	boot_info.framebuffer = source->framebuffer;

	nr_raw = source->nr_memory;
	raw_map = block_take(nr_raw * sizeof(*raw_map));
	for (size_t i = 0; i < nr_raw; i++)
		raw_map[i] = source->memory(source, i);
	return block_copy_string(source->command_line);
}

/* The highest page of RAM below the video memory, for the real-mode start code of the other CPUs. */
static u64 __init find_trampoline(void)
{
	u64 found = 0;

	for (size_t i = 0; i < boot_info.nr_memory; i++) {
		const struct boot_memory *entry = &boot_info.memory[i];
		u64 end = entry->start + entry->size;

		if (entry->type != BOOT_MEMORY_RAM || entry->start >= LOW_MEMORY_END)
			continue;
		if (end > LOW_MEMORY_END)
			end = LOW_MEMORY_END;
		if (end >= entry->start + PAGE_BYTES && end > PAGE_BYTES)
			found = end - PAGE_BYTES;
	}
	return found;
}

/* Keeps the list sorted; whole pages. */
static void __init reserve(struct boot_range *list, u64 start, u64 end)
{
	size_t i = boot_info.nr_reserved++;

	start &= ~(PAGE_BYTES - 1);
	end = (end + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	for (; i && list[i - 1].start > start; i--)
		list[i] = list[i - 1];
	list[i] = (struct boot_range){ .start = start, .size = end - start };
}

/* The first module that reaches beyond an address, or NULL. */
static const struct boot_module *__init module_beyond(u64 address)
{
	const struct boot_module *found = NULL;

	for (size_t i = 0; i < boot_info.nr_modules; i++) {
		const struct boot_module *module = &boot_info.modules[i];

		if (module->start + module->size > address &&
		    (!found || module->start < found->start))
			found = module;
	}
	return found;
}

/*
 * What mem= cut off stays RAM where modules lie in it: loaders put them at the end of memory, and they have yet to be read. Returns the
 * number of entries then.
 */
static size_t __init keep_modules(struct boot_memory *map, size_t nr)
{
	u64 at = memory_limit & ~(PAGE_BYTES - 1);
	const struct boot_module *module;

	while ((module = module_beyond(at))) {
		u64 start = module->start & ~(PAGE_BYTES - 1);
		u64 end = (module->start + module->size + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);

		if (start < at)
			start = at;
		map[nr++] = (struct boot_memory){ .start = start,
						  .size = end - start,
						  .type = BOOT_MEMORY_RAM };
		at = end;
	}
	return nr;
}

void __init boot_info_finish(void)
{
	struct boot_memory *map = block_take((2 * nr_raw + boot_info.nr_modules) * sizeof(*map));
	u64 *points = block_take(2 * nr_raw * sizeof(*points));
	struct boot_range *reserved = block_take((boot_info.nr_modules + 4) * sizeof(*reserved));

	boot_info.nr_memory = memory_map_normalise(raw_map, nr_raw, memory_limit, points, map);
	boot_info.nr_memory = keep_modules(map, boot_info.nr_memory);
	boot_info.memory = map;
	boot_info.trampoline = find_trampoline();

	/* The first page holds the real-mode vectors and the BIOS's data; it also keeps physical address 0 out of use. */
	reserve(reserved, 0, PAGE_BYTES);
	/* lint: comparePointers: the linker's bounds of one area */
	reserve(reserved, KERNEL_LOAD_PHYS, __kernel_end - kernel_map_base);
	reserve(reserved, block.start, block.start + block.size);
	if (boot_info.trampoline)
		reserve(reserved, boot_info.trampoline, boot_info.trampoline + PAGE_BYTES);
	for (size_t i = 0; i < boot_info.nr_modules; i++)
		reserve(reserved, boot_info.modules[i].start,
			boot_info.modules[i].start + boot_info.modules[i].size);
	boot_info.reserved = reserved;
}
