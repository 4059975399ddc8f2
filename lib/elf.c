/* SPDX-License-Identifier: MIT */
/*
 * ELF programs: see lib/elf.h. What is demanded is what mapping the file needs
 * to be well defined; oddities that Linux lets pass (unused headers with nonsense in them) pass.
 */
#include <lib/elf.h>
#include <lib/errno.h>
#include <lib/kernel.h>
#include <lib/string.h>

int elf_check_header(const void *buf, size_t size, struct elf_program *program)
{
	const Elf64_Ehdr *header = buf;

	memset(program, 0, sizeof(*program));
	if (size < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG))
		return -ENOEXEC;
	if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB)
		return -ENOEXEC;
	if (header->e_machine != EM_X86_64)
		return -ENOEXEC;
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return -ENOEXEC;
	if (header->e_phentsize != sizeof(Elf64_Phdr) || !header->e_phnum)
		return -ENOEXEC;
	program->is_dyn = header->e_type == ET_DYN;
	program->entry = header->e_entry;
	program->phdrs_offset = header->e_phoff;
	program->nr_phdrs = header->e_phnum;
	program->phdrs_size = program->nr_phdrs * sizeof(Elf64_Phdr);
	if (program->phdrs_size > ELF_PHDRS_MAX_BYTES)
		return -ENOEXEC;
	/* Read by a signed offset. */
	if (program->phdrs_offset > (u64)S64_MAX - program->phdrs_size)
		return -ENOEXEC;
	return 0;
}

/* A segment that is loaded; those before it end at program->end. */
static int check_load(const Elf64_Phdr *ph, u64 file_size, u64 limit, struct elf_program *program)
{
	u64 end, last;

	if (ph->p_filesz > ph->p_memsz)
		return -ENOEXEC;
	if ((ph->p_vaddr ^ ph->p_offset) & (ELF_PAGE_SIZE - 1))
		return -ENOEXEC;
	if (ph->p_offset > file_size || ph->p_filesz > file_size - ph->p_offset)
		return -ENOEXEC;
	if (ph->p_vaddr >= limit || ph->p_memsz > limit - ph->p_vaddr)
		return -ENOMEM;
	last = ph->p_vaddr + ph->p_memsz;
	end = ALIGN(last, ELF_PAGE_SIZE);
	if (end > limit)
		return -ENOMEM;
	/* In order of address and in pages of their own, as the ABI says. */
	if (program->end && ALIGN_DOWN(ph->p_vaddr, ELF_PAGE_SIZE) < program->end)
		return -ENOEXEC;
	if (!program->end)
		program->start = ALIGN_DOWN(ph->p_vaddr, ELF_PAGE_SIZE);
	program->end = end;
	program->brk = last;
	if (is_power_of_2(ph->p_align) && ph->p_align <= limit)
		program->align = max(program->align, ph->p_align);
	return 0;
}

static void note_load(const Elf64_Phdr *ph, struct elf_program *program)
{
	u64 file_end = ph->p_vaddr + ph->p_filesz;
	u64 phdrs_in = program->phdrs_offset - ph->p_offset;

	if (program->phdrs_offset >= ph->p_offset && phdrs_in < ph->p_filesz &&
	    program->phdrs_size <= ph->p_filesz - phdrs_in)
		program->phdrs_address = ph->p_vaddr + phdrs_in;
	if (ph->p_flags & PF_X) {
		if (!program->end_code)
			program->start_code = ph->p_vaddr;
		program->end_code = file_end;
	}
	program->start_data = ph->p_vaddr;
	program->end_data = file_end;
}

static int check_interp_header(const Elf64_Phdr *ph, u64 file_size, struct elf_program *program)
{
	if (program->interp_size)
		return 0; /* the first one counts */
	if (ph->p_filesz < 2 || ph->p_filesz > ELF_INTERP_MAX_BYTES)
		return -ENOEXEC;
	if (ph->p_offset > file_size || ph->p_filesz > file_size - ph->p_offset)
		return -ENOEXEC;
	program->interp_offset = ph->p_offset;
	program->interp_size = (u32)ph->p_filesz;
	return 0;
}

int elf_check_segments(const Elf64_Phdr *phdrs, u64 file_size, u64 limit,
		       struct elf_program *program)
{
	program->align = ELF_PAGE_SIZE;
	for (unsigned int i = 0; i < program->nr_phdrs; i++) {
		const Elf64_Phdr *ph = &phdrs[i];
		int err = 0;

		switch (ph->p_type) {
		case PT_LOAD:
			if (!ph->p_memsz)
				break;
			err = check_load(ph, file_size, limit, program);
			if (!err)
				note_load(ph, program);
			break;
		case PT_INTERP: err = check_interp_header(ph, file_size, program); break;
		case PT_GNU_STACK: program->exec_stack = ph->p_flags & PF_X; break;
		}
		if (err)
			return err;
	}
	/* The file's own entry point must be in what is loaded. */
	if (!program->end || program->entry < program->start || program->entry >= program->end)
		return -ENOEXEC;
	return 0;
}

int elf_check_interp(const char *path, size_t size)
{
	return size >= 2 && path[0] && !path[size - 1] ? 0 : -ENOEXEC;
}
