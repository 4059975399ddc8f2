/* SPDX-License-Identifier: MIT */
/*
 * Between the protocol readers (multiboot2.c, pvh.c) and the code that turns what they find into boot_info (info.c).
 *
 * A reader leaves everything in the loader's memory, through the early map (below 4 GiB); info.c copies it.
 */
#ifndef BOOT_PRIVATE_H
#define BOOT_PRIVATE_H

#include <kernel/boot.h>
#include <arch/layout.h>

struct boot_source {
	const char *loader;
	const char *command_line;
	struct boot_range info; /* the protocol's own block */

	size_t nr_memory;
	struct boot_memory (*memory)(const struct boot_source *source, size_t index);
	const void *memory_table;
	size_t memory_stride;

	size_t nr_modules;
	struct boot_module (*module)(const struct boot_source *source, size_t index);
	const void *module_table;

	struct boot_framebuffer framebuffer;
	u64 rsdp;
	u64 efi_system_table;
};

void multiboot2_read(const void *info, struct boot_source *source);
void pvh_read(const void *info, struct boot_source *source);

char *boot_info_copy(const struct boot_source *source);
void boot_info_finish(void);

/* An address that the early page tables map, for a physical address below 4 GiB. */
static inline void *early_address(u64 physical)
{
	return (void *)(DIRECT_MAP_BASE + physical);
}

/*
 * Memory maps as firmware gives them: in any order, overlapping, with holes. memory_map_normalise() writes at most
 * 2 * nr entries to out, sorted and disjoint. Where entries overlap, the one with the higher type wins (usable RAM is the
 * lowest). RAM is cut to whole pages and at limit. points is scratch space for 2 * nr numbers. Returns the entries written.
 */
size_t memory_map_normalise(const struct boot_memory *raw, size_t nr, u64 limit, u64 *points,
			    struct boot_memory *out);

#endif
