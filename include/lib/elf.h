/* SPDX-License-Identifier: MIT */
/*
 * ELF programs and interpreters (ET_EXEC, ET_DYN), for exec. The file is
 * hostile until both checks have passed:
 *
 *	read the first bytes;		elf_check_header(buf, n, &program)
 *	read program.phdrs_size bytes from program.phdrs_offset;
 *					elf_check_segments(phdrs, file_size, limit, &program)
 *	map each segment of type PT_LOAD that has p_memsz != 0
 *
 * Modules (ET_REL) are in lib/elf_module.h.
 */
#ifndef LIB_ELF_H
#define LIB_ELF_H

#include <lib/types.h>
#include <uapi/elf.h>

struct elf_program {
	/* By elf_check_header. */
	bool is_dyn;	  /* may be loaded at any address that `align` divides */
	u64 entry;	  /* as linked */
	u64 phdrs_offset; /* of the program headers, in the file */
	unsigned int nr_phdrs;
	size_t phdrs_size; /* at most ELF_PHDRS_MAX_BYTES */

	/* By elf_check_segments: addresses are as linked, page-aligned where they say so. */
	u64 start, end; /* of all loaded segments, page-aligned */
	/* largest alignment wanted, a power of two, at least a page */
	u64 align;
	u64 phdrs_address; /* where the program headers will be, 0: in no segment */
	u64 start_code, end_code;
	u64 start_data, end_data;
	u64 brk;	   /* behind the last byte of the last segment, bss included */
	u64 interp_offset; /* the interpreter's path in the file */
	u32 interp_size;   /* with the zero that must end it; 0: there is none */
	/* PT_GNU_STACK says so; without one it is not, as on Linux */
	bool exec_stack;
};

#define ELF_PAGE_SIZE		4096UL
#define ELF_PHDRS_MAX_BYTES	65536UL
#define ELF_INTERP_MAX_BYTES	4096U

/* 0 or -ENOEXEC. At least sizeof(Elf64_Ehdr) bytes are needed. */
int elf_check_header(const void *buf, size_t size, struct elf_program *program);
/*
 * `phdrs` holds phdrs_size bytes, aligned to 8. 0; -ENOEXEC; -ENOMEM when a segment reaches
 * beyond `limit`, the end of user space.
 */
int elf_check_segments(const Elf64_Phdr *phdrs, u64 file_size, u64 limit,
		       struct elf_program *program);
/* The path of the interpreter, as read from the file: 0 if it is a string, -ENOEXEC. */
int elf_check_interp(const char *path, size_t size);

#endif
