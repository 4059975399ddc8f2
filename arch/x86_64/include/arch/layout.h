/* SPDX-License-Identifier: MIT */
/*
 * The kernel's half of the address space, from low to high. The book's memory chapter draws it.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#ifdef __ASSEMBLER__
#define LAYOUT_UL(x)	x
#else
#define LAYOUT_UL(x)	x##ul
#endif

#define DIRECT_MAP_BASE		LAYOUT_UL(0xffff888000000000)	/* all of physical memory, in order */
#define VMALLOC_START		LAYOUT_UL(0xffffc90000000000)
#define VMALLOC_END		LAYOUT_UL(0xffffe90000000000)
#define VMEMMAP_BASE		LAYOUT_UL(0xffffea0000000000)	/* the array of struct page */
#define KERNEL_MAP_BASE		LAYOUT_UL(0xffffffff80000000)	/* the image: this + its physical address */
#define KERNEL_MAP_SIZE		LAYOUT_UL(0x20000000)	/* within which KASLR moves it */
#define KERNEL_LOAD_PHYS	LAYOUT_UL(0x100000)
#define MODULES_START		LAYOUT_UL(0xffffffffa0000000)
#define MODULES_END		LAYOUT_UL(0xffffffffff000000)
#define FIXMAP_BASE		LAYOUT_UL(0xffffffffff000000)

/* KASAN's shadow: a byte for each 8 bytes of the upper half, at KASAN_SHADOW_OFFSET + address / 8. */
#define KASAN_SHADOW_START	LAYOUT_UL(0xffffec0000000000)
#define KASAN_SHADOW_END	LAYOUT_UL(0xfffffc0000000000)
#define KASAN_SHADOW_OFFSET	LAYOUT_UL(0xdffffc0000000000)
#define KASAN_SHADOW_SHIFT	3

#ifndef __ASSEMBLER__
/* KERNEL_MAP_BASE is where the image was linked; kernel_map_base is where it is. */
extern char kernel_map_base[];

/* The distance. By an instruction of its own: the compiler would compute it now, from the address at the link. */
static inline unsigned long kernel_map_offset(void)
{
	unsigned long base;

	asm("movq $kernel_map_base, %0" : "=r"(base));
	return base - KERNEL_MAP_BASE;
}
#endif

/* What the early page tables map at 0, and at DIRECT_MAP_BASE, until mm builds the real ones. */
#define EARLY_MAP_SIZE		LAYOUT_UL(0x100000000)

#endif
