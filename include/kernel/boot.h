/* SPDX-License-Identifier: MIT */
/*
 * What the boot loader told us, in one form whichever protocol it spoke.
 *
 * Everything here is copied out of the loader's memory before the first allocation; only the modules (initramfs images)
 * and the frame buffer stay where they are. Filled by arch/x86_64/boot, constant afterwards. The arrays lie in memory
 * that is in the list of reserved ranges, for as long as the kernel runs.
 */
#ifndef KERNEL_BOOT_H
#define KERNEL_BOOT_H

#include <kit/types.h>

/* Numbered as the firmware's E820 call numbers them. */
enum boot_memory_type {
	BOOT_MEMORY_RAM = 1,
	BOOT_MEMORY_RESERVED = 2,
	BOOT_MEMORY_ACPI_TABLES = 3,
	BOOT_MEMORY_ACPI_NVS = 4,
	BOOT_MEMORY_BAD = 5,
};

struct boot_memory {
	u64 start;
	u64 size;
	u32 type; /* enum boot_memory_type; others are to be taken as reserved */
};

struct boot_range {
	u64 start;
	u64 size;
};

struct boot_module {
	u64 start;
	u64 size;
	const char *arguments;
};

enum boot_framebuffer_type {
	BOOT_FRAMEBUFFER_NONE,
	BOOT_FRAMEBUFFER_RGB,
	BOOT_FRAMEBUFFER_TEXT, /* EGA text: width and height count characters */
};

struct boot_framebuffer {
	enum boot_framebuffer_type type;
	u64 address; /* physical */
	u32 pitch;   /* bytes per row */
	u32 width, height;
	u8 bits_per_pixel;
	u8 red_position, red_size;
	u8 green_position, green_size;
	u8 blue_position, blue_size;
};

struct boot_info {
	const char *loader; /* name of protocol and loader, for the log */
	const char *command_line;

	const struct boot_memory *memory; /* sorted, no overlaps; RAM is whole pages */
	size_t nr_memory;

	/* Page-aligned parts of RAM that are in use: the image, the modules, this structure's arrays, the first page. Sorted. */
	const struct boot_range *reserved;
	size_t nr_reserved;

	const struct boot_module *modules; /* initramfs images, to be unpacked in this order */
	size_t nr_modules;

	struct boot_framebuffer framebuffer;
	/* physical address of ACPI's root pointer, or 0: look for it */
	u64 rsdp;
	u64 efi_system_table; /* physical, or 0: started by a BIOS */

	/* One page of RAM below 1 MiB, inside the reserved ranges: real-mode code that starts further CPUs. 0 if none. */
	u64 trampoline;
};

extern struct boot_info boot_info;

#endif
