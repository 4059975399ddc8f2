/* SPDX-License-Identifier: MIT */
/*
 * Reads Multiboot2's boot information: a size, then tags of (type, size, data), each aligned to 8 bytes (Multiboot2
 * specification 2.0, section 3.6).
 */
#include "boot_private.h"
#include <lib/string.h>
#include <kernel/init.h>

enum multiboot2_tag_type {
	TAG_END = 0,
	TAG_COMMAND_LINE = 1,
	TAG_LOADER_NAME = 2,
	TAG_MODULE = 3,
	TAG_MEMORY_MAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_EFI64_SYSTEM_TABLE = 12,
	TAG_RSDP_OLD = 14,
	TAG_RSDP_NEW = 15,
};

struct tag {
	u32 type;
	u32 size;
};

struct tag_string {
	struct tag tag;
	char text[];
};

struct tag_module {
	struct tag tag;
	u32 start, end;
	char arguments[];
};

struct tag_memory_map {
	struct tag tag;
	u32 entry_size;
	u32 entry_version;
	u8 entries[];
};

struct memory_entry {
	u64 start, size;
	u32 type;
	u32 zero;
};

struct tag_framebuffer {
	struct tag tag;
	u64 address;
	u32 pitch, width, height;
	u8 bits_per_pixel;
	u8 type;
	u16 reserved;
	u8 red_position, red_size, green_position, green_size, blue_position, blue_size;
};

#define FRAMEBUFFER_RGB		1
#define FRAMEBUFFER_TEXT	2

struct tag_efi64 {
	struct tag tag;
	u64 system_table;
};

struct tag_rsdp {
	struct tag tag;
	u8 rsdp[];
};

static const struct tag __init *next_tag(const struct tag *tag)
{
	return (const void *)((const u8 *)tag + ((tag->size + 7) & ~7u));
}

static struct boot_memory __init multiboot2_memory(const struct boot_source *source, size_t index)
{
	const struct memory_entry *entry = (const void *)((const u8 *)source->memory_table +
							  index * source->memory_stride);

	return (struct boot_memory){ .start = entry->start,
				     .size = entry->size,
				     .type = entry->type };
}

static struct boot_module __init multiboot2_module(const struct boot_source *source, size_t index)
{
	const struct tag *tag = source->module_table;
	const struct tag_module *module;

	for (;; tag = next_tag(tag))
		if (tag->type == TAG_MODULE && index-- == 0)
			break;
	module = (const void *)tag;
	return (struct boot_module){
		.start = module->start,
		.size = module->end - module->start,
		.arguments = module->arguments,
	};
}

static void __init read_framebuffer(const struct tag_framebuffer *tag, struct boot_framebuffer *out)
{
	if (tag->type != FRAMEBUFFER_RGB && tag->type != FRAMEBUFFER_TEXT)
		return;
	*out = (struct boot_framebuffer){
		.type = tag->type == FRAMEBUFFER_RGB ? BOOT_FRAMEBUFFER_RGB : BOOT_FRAMEBUFFER_TEXT,
		.address = tag->address,
		.pitch = tag->pitch,
		.width = tag->width,
		.height = tag->height,
		.bits_per_pixel = tag->bits_per_pixel,
	};
	if (tag->type == FRAMEBUFFER_TEXT)
		return;
	out->red_position = tag->red_position;
	out->red_size = tag->red_size;
	out->green_position = tag->green_position;
	out->green_size = tag->green_size;
	out->blue_position = tag->blue_position;
	out->blue_size = tag->blue_size;
}

/* The tag holds a copy of the root pointer, inside the information block. */
static u64 __init rsdp_physical(const struct tag *tag)
{
	return (unsigned long)((const struct tag_rsdp *)tag)->rsdp - DIRECT_MAP_BASE;
}

static void __init read_tag(const struct tag *tag, struct boot_source *source)
{
	const struct tag_memory_map *map = (const void *)tag;

	switch (tag->type) {
	case TAG_COMMAND_LINE: source->command_line = ((const struct tag_string *)tag)->text; break;
	case TAG_LOADER_NAME: source->loader = ((const struct tag_string *)tag)->text; break;
	case TAG_MODULE: source->nr_modules++; break;
	case TAG_MEMORY_MAP:
		source->memory_table = map->entries;
		source->memory_stride = map->entry_size;
		source->nr_memory = (tag->size - sizeof(*map)) / map->entry_size;
		break;
	case TAG_FRAMEBUFFER: read_framebuffer((const void *)tag, &source->framebuffer); break;
	case TAG_EFI64_SYSTEM_TABLE:
		source->efi_system_table = ((const struct tag_efi64 *)tag)->system_table;
		break;
	case TAG_RSDP_OLD:
		if (!source->rsdp)
			source->rsdp = rsdp_physical(tag);
		break;
	case TAG_RSDP_NEW: source->rsdp = rsdp_physical(tag); break;
	}
}

void __init multiboot2_read(const void *info, struct boot_source *source)
{
	const struct tag *first = (const void *)((const u8 *)info + 8);

	source->loader = "Multiboot2";
	source->info.start = (unsigned long)info - DIRECT_MAP_BASE;
	source->info.size = *(const u32 *)info;
	source->memory = multiboot2_memory;
	source->module = multiboot2_module;
	source->module_table = first;
	for (const struct tag *tag = first; tag->type != TAG_END; tag = next_tag(tag))
		read_tag(tag, source);
}
