/* SPDX-License-Identifier: MIT */
/*
 * How boot loaders find the kernel: the Multiboot2 header (GRUB, on BIOS and UEFI) and the PVH note (`qemu -kernel`).
 *
 * The header has to lie in the first 32 KiB of the file, so the linker script puts this section first. There is no
 * Multiboot1 header: QEMU would take it and then refuse the 64-bit image.
 */
#include <arch/layout.h>

#define MULTIBOOT2_MAGIC	0xe85250d6
#define MULTIBOOT2_I386		0
#define TAG_END			0
#define TAG_FRAMEBUFFER		5
#define TAG_MODULE_ALIGN	6
#define TAG_OPTIONAL		1

	.section .boot.header, "a"
	.balign 8
multiboot2_header:
	.long	MULTIBOOT2_MAGIC
	.long	MULTIBOOT2_I386
	.long	multiboot2_header_end - multiboot2_header
	.long	-(MULTIBOOT2_MAGIC + MULTIBOOT2_I386 + (multiboot2_header_end - multiboot2_header))

	/* A linear frame buffer is welcome; without one we live with text mode. gfxpayload in grub.cfg overrides the size. */
	.balign 8
framebuffer_tag:
	.short	TAG_FRAMEBUFFER
	.short	TAG_OPTIONAL
	.long	framebuffer_tag_end - framebuffer_tag
	.long	1024
	.long	768
	.long	32
framebuffer_tag_end:

	/* Page-aligned modules, so that the initramfs's pages can be given back whole. */
	.balign 8
	.short	TAG_MODULE_ALIGN
	.short	0
	.long	8

	.balign 8
	.short	TAG_END
	.short	0
	.long	8
multiboot2_header_end:

/* XEN_ELFNOTE_PHYS32_ENTRY: the physical address that is entered in 32-bit mode with a start-info block in %ebx. */
#define PHYS32_ENTRY	18

	.section .note.pvh, "a", @note
	.balign 4
	.long	4
	.long	8
	.long	PHYS32_ENTRY
	.asciz	"Xen"
	.quad	boot_entry_pvh - KERNEL_MAP_BASE

	.section .note.GNU-stack, "", @progbits
