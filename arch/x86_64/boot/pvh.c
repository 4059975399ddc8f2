/* SPDX-License-Identifier: MIT */
/*
 * Reads the start-of-day structure of the PVH boot protocol, as `qemu -kernel` passes it (Xen's public start_info.h,
 * version 1).
 */
#include "boot_private.h"
#include <kernel/init.h>

#define PVH_MAGIC	0x336ec578

struct pvh_start_info {
	u32 magic;
	u32 version;
	u32 flags;
	u32 nr_modules;
	u64 module_list;
	u64 command_line;
	u64 rsdp;
	/* From version 1 on. */
	u64 memory_map;
	u32 nr_memory;
	u32 reserved;
};

struct pvh_module {
	u64 start, size;
	u64 command_line;
	u64 reserved;
};

struct pvh_memory {
	u64 start, size;
	u32 type;
	u32 reserved;
};

static struct boot_memory __init pvh_memory(const struct boot_source *source, size_t index)
{
	const struct pvh_memory *entry = (const struct pvh_memory *)source->memory_table + index;

	return (struct boot_memory){ .start = entry->start,
				     .size = entry->size,
				     .type = entry->type };
}

static struct boot_module __init pvh_module(const struct boot_source *source, size_t index)
{
	const struct pvh_module *entry = (const struct pvh_module *)source->module_table + index;

	return (struct boot_module){
		.start = entry->start,
		.size = entry->size,
		.arguments = entry->command_line ? early_address(entry->command_line) : "",
	};
}

void __init pvh_read(const void *info, struct boot_source *source)
{
	const struct pvh_start_info *start = info;

	source->loader = "PVH";
	source->info.start = (unsigned long)info - DIRECT_MAP_BASE;
	source->info.size = sizeof(*start);
	if (start->magic != PVH_MAGIC)
		return;
	if (start->command_line)
		source->command_line = early_address(start->command_line);
	source->rsdp = start->rsdp;
	source->nr_modules = start->nr_modules;
	source->module = pvh_module;
	source->module_table = early_address(start->module_list);
	if (start->version >= 1) {
		source->nr_memory = start->nr_memory;
		source->memory = pvh_memory;
		source->memory_stride = sizeof(struct pvh_memory);
		source->memory_table = early_address(start->memory_map);
	}
}
