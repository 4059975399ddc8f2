/* SPDX-License-Identifier: MIT */
/* A file as exec gets it: header, program headers, interpreter. */
#include <lib/elf.h>
#include "fuzz.h"

#define LIMIT	0x7ffffffff000UL

/* What exec relies on once the checks have passed. */
static void check_promises(const struct elf_program *p, const Elf64_Phdr *phdrs, u64 file_size)
{
	u64 end = 0;

	PROMISE(p->start < p->end && p->end <= LIMIT);
	PROMISE(!(p->start % ELF_PAGE_SIZE) && !(p->end % ELF_PAGE_SIZE));
	PROMISE(p->align >= ELF_PAGE_SIZE && is_power_of_2(p->align));
	PROMISE(p->entry >= p->start && p->entry < p->end);
	PROMISE(p->brk > p->start && p->brk <= p->end);
	PROMISE(p->interp_size <= ELF_INTERP_MAX_BYTES &&
		p->interp_offset + p->interp_size <= file_size);
	for (unsigned int i = 0; i < p->nr_phdrs; i++) {
		const Elf64_Phdr *ph = &phdrs[i];

		if (ph->p_type != PT_LOAD || !ph->p_memsz)
			continue;
		PROMISE(ph->p_vaddr / ELF_PAGE_SIZE >= end / ELF_PAGE_SIZE);
		PROMISE(ph->p_vaddr >= p->start && ph->p_vaddr + ph->p_memsz <= p->end);
		PROMISE(ph->p_filesz <= ph->p_memsz && ph->p_offset + ph->p_filesz <= file_size);
		PROMISE(ph->p_vaddr % ELF_PAGE_SIZE == ph->p_offset % ELF_PAGE_SIZE);
		end = ALIGN(ph->p_vaddr + ph->p_memsz, ELF_PAGE_SIZE);
	}
	if (p->phdrs_address)
		PROMISE(p->phdrs_address >= p->start && p->phdrs_address + p->phdrs_size <= p->end);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	size_t first = min(size, (size_t)256);
	u8 *start = fuzz_copy(data, first);
	struct elf_program program;
	Elf64_Phdr *phdrs;

	if (elf_check_header(start, first, &program))
		goto free_start;
	PROMISE(program.nr_phdrs && program.phdrs_size <= ELF_PHDRS_MAX_BYTES);
	if (program.phdrs_offset > size || program.phdrs_size > size - program.phdrs_offset)
		goto free_start;
	phdrs = fuzz_copy(data + program.phdrs_offset, program.phdrs_size);
	if (!elf_check_segments(phdrs, size, LIMIT, &program)) {
		check_promises(&program, phdrs, size);
		if (program.interp_size) {
			char *path = fuzz_copy(data + program.interp_offset, program.interp_size);

			if (!elf_check_interp(path, program.interp_size))
				PROMISE(strlen(path) < program.interp_size);
			fuzz_free(path);
		}
	}
	fuzz_free(phdrs);
free_start:
	fuzz_free(start);
	return 0;
}
