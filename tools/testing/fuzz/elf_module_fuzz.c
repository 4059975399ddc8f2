/* SPDX-License-Identifier: MIT */
/* A file as the module loader gets it: everything that passed is walked, and relocated in a copy. */
#include <lib/elf_module.h>
#include "fuzz.h"

static u64 walk_names(const struct elf_module *m)
{
	u64 sum = 0;

	for (unsigned int i = 0; i < m->nr_sections; i++)
		sum += strlen(elf_section_name(m, i));
	for (unsigned int i = 0; i < m->nr_symbols; i++)
		sum += strlen(m->names + m->symbols[i].st_name);
	return sum + elf_module_section(m, ".modinfo");
}

static void relocate(const struct elf_module *m, unsigned int section)
{
	const Elf64_Shdr *s = &m->sections[section], *target = &m->sections[s->sh_info];
	const Elf64_Rela *rela = (const Elf64_Rela *)(m->image + s->sh_offset);
	u8 *copy;

	if (!(target->sh_flags & SHF_ALLOC))
		return;
	PROMISE(target->sh_type != SHT_NOBITS);
	copy = fuzz_copy(m->image + target->sh_offset,
			 target->sh_type == SHT_NULL ? 0 : target->sh_size);
	for (u64 n = 0; n < s->sh_size / sizeof(*rela); n++) {
		unsigned int type = ELF64_R_TYPE(rela[n].r_info);
		const Elf64_Sym *sym = &m->symbols[ELF64_R_SYM(rela[n].r_info)];
		u64 address = 0xffffffffa0000000 + rela[n].r_offset;

		if (type == R_X86_64_NONE)
			continue;
		PROMISE(elf_relocation_size(type));
		elf_relocate(copy + rela[n].r_offset, address, type,
			     0xffffffffa0001000 + sym->st_value + rela[n].r_addend);
	}
	fuzz_free(copy);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u8 *image = fuzz_copy(data, size);
	struct elf_module m;
	u8 place[8];

	if (!elf_module_open(&m, image, size)) {
		walk_names(&m);
		for (unsigned int i = 1; i < m.nr_sections; i++)
			if (m.sections[i].sh_type == SHT_RELA)
				relocate(&m, i);
	} else {
		PROMISE(m.reason && *m.reason);
	}
	if (size >= 17)
		elf_relocate(place, *(u64 *)image, image[16], ((u64 *)image)[1]);
	fuzz_free(image);
	return 0;
}
