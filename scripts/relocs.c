/* SPDX-License-Identifier: MIT */
/*
 * relocs: write the table by which boot moves the image (arch/x86_64/boot/kaslr.c) into a linked
 * vmlinux.
 *
 *     relocs VMLINUX
 *
 * The link kept its relocations (ld -q). Places that hold an address of the image, or a sum with
 * one, are listed by their physical address: how many of 64 bits, how many of 32 bits with sign, then
 * the places, all as u32. What holds a physical address (32 bits without sign, or in a note) or a
 * distance stays as it is. So C must not subtract KERNEL_MAP_BASE from a symbol: __pa() does it right.
 * The room was reserved at the symbol image_relocations; if another size is needed, rounded up to 4 KiB,
 * it is printed and the exit status is 3, as with scripts/kallsyms.
 */
#include "image.h"

#define IMAGE_BASE 0xffffffff80000000ull /* KERNEL_MAP_BASE */
#define IMAGE_END 0xffffffffa0000000ull	 /* MODULES_START */

struct places {
	uint32_t *place;
	size_t nr, room;
};

static struct places wide, narrow;

static void add(struct places *places, uint64_t address)
{
	if (places->nr == places->room) {
		places->room = places->room ? 2 * places->room : 1024;
		places->place = realloc(places->place, places->room * sizeof(*places->place));
		if (!places->place)
			die("out of memory");
	}
	places->place[places->nr++] = address - IMAGE_BASE;
}

static int in_image(uint64_t value)
{
	return value >= IMAGE_BASE && value < IMAGE_END;
}

/* Whatever the compiler made of it, an address plus or minus something else moves with the image. */
static int moves(const Elf64_Rela *rela, const Elf64_Sym *symbols)
{
	const Elf64_Sym *symbol = &symbols[ELF64_R_SYM(rela->r_info)];

	return symbol->st_shndx != SHN_UNDEF && in_image(symbol->st_value);
}

/* The linker has put the value in already. */
static void look_at(const Elf64_Rela *rela, const char *at, const Elf64_Sym *symbols)
{
	int32_t value;

	switch (ELF64_R_TYPE(rela->r_info)) {
	case R_X86_64_64:
		if (moves(rela, symbols))
			add(&wide, rela->r_offset);
		break;
	case R_X86_64_32S:
		if (moves(rela, symbols))
			add(&narrow, rela->r_offset);
		break;
	case R_X86_64_32:
		memcpy(&value, at, sizeof(value));
		if (value < 0)
			die("%#lx: an address of the image in 32 bits without sign",
			    rela->r_offset);
		break;
	case R_X86_64_NONE:
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
	case R_X86_64_PC64: break;
	default: die("%#lx: a relocation of a type that is not known here", rela->r_offset);
	}
}

static void collect(void)
{
	for (size_t i = 0; i < ehdr->e_shnum; i++) {
		const Elf64_Shdr *target = &sections[sections[i].sh_info];
		const Elf64_Rela *rela = (Elf64_Rela *)(image + sections[i].sh_offset);
		const Elf64_Sym *symbols;

		/* Notes hold the physical address for the boot loader. */
		if (sections[i].sh_type != SHT_RELA || !(target->sh_flags & SHF_ALLOC) ||
		    target->sh_type == SHT_NOTE)
			continue;
		symbols = (Elf64_Sym *)(image + sections[sections[i].sh_link].sh_offset);
		for (size_t k = 0; k < sections[i].sh_size / sizeof(*rela); k++)
			look_at(&rela[k],
				image + target->sh_offset + (rela[k].r_offset - target->sh_addr),
				symbols);
	}
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static char *put(char *to, const struct places *places)
{
	qsort(places->place, places->nr, sizeof(*places->place), compare);
	memcpy(to, places->place, places->nr * sizeof(*places->place));
	return to + places->nr * sizeof(*places->place);
}

int main(int argc, char **argv)
{
	const Elf64_Sym *room;
	size_t size;
	char *to;

	if (argc != 2) {
		fprintf(stderr, "usage: relocs VMLINUX\n");
		return 2;
	}
	map_image(argv[1]);
	collect();
	size = room_for((2 + wide.nr + narrow.nr) * sizeof(uint32_t));
	room = find_symbol("image_relocations");
	if (room->st_size != size) {
		printf("%zu\n", size);
		return NEED_RELINK;
	}
	to = contents_of(room);
	memcpy(to, (uint32_t[]){ wide.nr, narrow.nr }, 2 * sizeof(uint32_t));
	put(put(to + 2 * sizeof(uint32_t), &wide), &narrow);
	return 0;
}
