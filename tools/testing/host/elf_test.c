/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/elf.h>
#include <lib/elf_module.h>
#include <lib/errno.h>
#include <lib/kernel.h>
#include <lib/string.h>

KTEST_SUITE("elf");

#define LIMIT		0x7ffffffff000UL
#define FILE_SIZE	0x5000UL

static Elf64_Ehdr header;
static Elf64_Phdr phdrs[6];

/* A program as linkers make them: text, data with bss, interpreter, stack. */
static void make_program(void)
{
	header = (Elf64_Ehdr){
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = 0x1040,
		.e_phoff = 64,
		.e_ehsize = 64,
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 6,
	};
	memset(phdrs, 0, sizeof(phdrs));
	phdrs[0] = (Elf64_Phdr){ PT_PHDR, PF_R, 64, 64, 64, sizeof(phdrs), sizeof(phdrs), 8 };
	phdrs[1] = (Elf64_Phdr){ PT_INTERP, PF_R, 0x200, 0x200, 0x200, 28, 28, 1 };
	phdrs[2] = (Elf64_Phdr){ PT_LOAD, PF_R, 0, 0, 0, 0x800, 0x800, 0x1000 };
	phdrs[3] =
		(Elf64_Phdr){ PT_LOAD, PF_R | PF_X, 0x1000, 0x1000, 0x1000, 0x900, 0x900, 0x1000 };
	phdrs[4] = (Elf64_Phdr){ PT_LOAD, PF_R | PF_W, 0x2df0, 0x3df0,
				 0x3df0,  0x210,       0x3000, 0x200000 };
	phdrs[5] = (Elf64_Phdr){ PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16 };
}

static int check(struct elf_program *program)
{
	int err = elf_check_header(&header, sizeof(header), program);

	return err ? err : elf_check_segments(phdrs, FILE_SIZE, LIMIT, program);
}

KTEST_CASE(layout_of_a_program)
{
	struct elf_program p;

	make_program();
	KTEST_ASSERT_EQ(check(&p), 0);
	/* lint: uninitvar: check() sets it */
	KTEST_EXPECT(p.is_dyn && !p.exec_stack);
	KTEST_EXPECT_EQ(p.entry, 0x1040);
	KTEST_EXPECT_EQ(p.phdrs_size, sizeof(phdrs));
	KTEST_EXPECT_EQ(p.phdrs_address, 64);
	KTEST_EXPECT_EQ(p.start, 0);
	KTEST_EXPECT_EQ(p.end, 0x7000);
	KTEST_EXPECT_EQ(p.brk, 0x6df0);
	KTEST_EXPECT_EQ(p.align, 0x200000);
	KTEST_EXPECT_EQ(p.start_code, 0x1000);
	KTEST_EXPECT_EQ(p.end_code, 0x1900);
	KTEST_EXPECT_EQ(p.start_data, 0x3df0);
	KTEST_EXPECT_EQ(p.end_data, 0x4000);
	KTEST_EXPECT_EQ(p.interp_offset, 0x200);
	KTEST_EXPECT_EQ(p.interp_size, 28);
	phdrs[5].p_flags |= PF_X;
	KTEST_EXPECT(!check(&p) && p.exec_stack);
	phdrs[5].p_type = PT_NULL;
	KTEST_EXPECT(!check(&p) && !p.exec_stack);
	phdrs[2].p_offset = 0x1000;
	phdrs[2].p_filesz = phdrs[2].p_memsz = 0x100;
	KTEST_EXPECT(!check(&p) && !p.phdrs_address);
	KTEST_EXPECT_EQ(elf_check_interp("/lib64/ld", 10), 0);
	KTEST_EXPECT_EQ(elf_check_interp("/lib64/ld", 9), -ENOEXEC);
	KTEST_EXPECT_EQ(elf_check_interp("", 1), -ENOEXEC);
	KTEST_EXPECT_EQ(elf_check_interp("\0", 2), -ENOEXEC);
}

/* One change at a time to a sound program, and what it must give. */
#define EXPECT_AFTER(change, result) do {					\
	struct elf_program program_;						\
	make_program();								\
	change;									\
	KTEST_EXPECT_EQ(check(&program_), result);				\
} while (0)

KTEST_CASE(unsound_programs_are_refused)
{
	struct elf_program p;

	EXPECT_AFTER(header.e_ident[0] = 0, -ENOEXEC);
	EXPECT_AFTER(header.e_ident[EI_CLASS] = ELFCLASS32, -ENOEXEC);
	EXPECT_AFTER(header.e_ident[EI_DATA] = ELFDATA2MSB, -ENOEXEC);
	EXPECT_AFTER(header.e_machine = EM_386, -ENOEXEC);
	EXPECT_AFTER(header.e_type = ET_REL, -ENOEXEC);
	EXPECT_AFTER(header.e_type = ET_CORE, -ENOEXEC);
	EXPECT_AFTER(header.e_phentsize = 32, -ENOEXEC);
	EXPECT_AFTER(header.e_phnum = 0, -ENOEXEC);
	EXPECT_AFTER(header.e_phnum = 0xffff, -ENOEXEC);
	EXPECT_AFTER(header.e_phoff = ~0UL - 8, -ENOEXEC);
	EXPECT_AFTER(header.e_entry = 0x9000, -ENOEXEC);
	EXPECT_AFTER(phdrs[4].p_filesz = 0x4000, -ENOEXEC);
	EXPECT_AFTER(phdrs[4].p_offset = 0x2df1, -ENOEXEC);
	EXPECT_AFTER(phdrs[4].p_offset = 0x5df0, -ENOEXEC);
	EXPECT_AFTER(phdrs[4].p_offset = 0x4df0; phdrs[4].p_filesz = 0x211, -ENOEXEC);
	EXPECT_AFTER(phdrs[4].p_offset = ~0UL - 0x20f, -ENOEXEC);
	EXPECT_AFTER(phdrs[4].p_vaddr = 0x1df0, -ENOEXEC);
	EXPECT_AFTER(phdrs[4].p_vaddr = 0x8000000000000df0, -ENOMEM);
	EXPECT_AFTER(phdrs[4].p_memsz = LIMIT, -ENOMEM);
	EXPECT_AFTER(phdrs[4].p_memsz = ~0UL, -ENOMEM);
	EXPECT_AFTER(phdrs[1].p_filesz = 1, -ENOEXEC);
	EXPECT_AFTER(phdrs[1].p_filesz = 5000, -ENOEXEC);
	EXPECT_AFTER(phdrs[1].p_offset = FILE_SIZE - 5, -ENOEXEC);
	EXPECT_AFTER(phdrs[1].p_offset = ~0UL, -ENOEXEC);
	EXPECT_AFTER(phdrs[2].p_type = phdrs[3].p_type = phdrs[4].p_type = PT_NULL, -ENOEXEC);
	/* What passes all the same. */
	EXPECT_AFTER(phdrs[4].p_align = 12345, 0);
	EXPECT_AFTER(phdrs[0].p_offset = ~0UL, 0);
	EXPECT_AFTER(phdrs[4].p_memsz = phdrs[4].p_filesz = 0; phdrs[4].p_vaddr = ~0UL, 0);
	EXPECT_AFTER(header.e_type = ET_EXEC, 0);
	EXPECT_AFTER(phdrs[0] = phdrs[1]; phdrs[1].p_filesz = 0, 0);
	make_program();
	KTEST_EXPECT_EQ(elf_check_header(&header, sizeof(header) - 1, &p), -ENOEXEC);
}

/* --- modules --- */

struct module_file {
	Elf64_Ehdr header;
	u8 text[64];
	Elf64_Sym symbols[4];
	Elf64_Rela relocations[3];
	char names[32];
	Elf64_Shdr sections[6];
} __aligned(8);

static struct module_file file;

static void make_module(void)
{
	static const char names[] = "\0.text\0.bss\0sym\0.x";

	memset(&file, 0, sizeof(file));
	file.header = (Elf64_Ehdr){
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_REL,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_shoff = offsetof(struct module_file, sections),
		.e_ehsize = 64,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 6,
		.e_shstrndx = 5,
	};
	memcpy(file.names, names, sizeof(names));
	file.sections[1] = (Elf64_Shdr){ 1,
					 SHT_PROGBITS,
					 SHF_ALLOC | SHF_EXECINSTR,
					 0,
					 offsetof(struct module_file, text),
					 sizeof(file.text),
					 0,
					 0,
					 16,
					 0 };
	file.sections[2] = (Elf64_Shdr){ 7,    SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 0, 0, 4096, 0, 0,
					 4096, 0 };
	file.sections[3] = (Elf64_Shdr){ 0,
					 SHT_SYMTAB,
					 0,
					 0,
					 offsetof(struct module_file, symbols),
					 sizeof(file.symbols),
					 5,
					 1,
					 8,
					 sizeof(Elf64_Sym) };
	file.sections[4] = (Elf64_Shdr){ 0,
					 SHT_RELA,
					 0,
					 0,
					 offsetof(struct module_file, relocations),
					 sizeof(file.relocations),
					 3,
					 1,
					 8,
					 sizeof(Elf64_Rela) };
	file.sections[5] = (Elf64_Shdr){
		0, SHT_STRTAB, 0, 0, offsetof(struct module_file, names), sizeof(file.names),
		0, 0,	       1, 0
	};
	file.symbols[1] = (Elf64_Sym){ .st_name = 12, .st_shndx = 1, .st_value = 8 };
	file.symbols[2] = (Elf64_Sym){ .st_name = 12, .st_shndx = SHN_UNDEF };
	file.symbols[3] = (Elf64_Sym){ .st_name = 12, .st_shndx = SHN_ABS, .st_value = ~0UL };
	file.relocations[0] = (Elf64_Rela){ 0, (2UL << 32) | R_X86_64_PC32, -4 };
	file.relocations[1] = (Elf64_Rela){ 56, (1UL << 32) | R_X86_64_64, 0 };
	file.relocations[2] = (Elf64_Rela){ 1 << 20, R_X86_64_NONE, 0 };
}

KTEST_CASE(a_sound_module)
{
	struct elf_module m;

	make_module();
	KTEST_ASSERT_EQ(elf_module_open(&m, &file, sizeof(file)), 0);
	/* lint: uninitvar: elf_module_open() sets it */
	KTEST_EXPECT_EQ(m.nr_sections, 6);
	KTEST_EXPECT_EQ(m.nr_symbols, 4);
	KTEST_EXPECT_EQ(m.symbol_table, 3);
	KTEST_EXPECT_EQ(elf_module_section(&m, ".bss"), 2);
	KTEST_EXPECT_EQ(elf_module_section(&m, ".none"), 0);
	KTEST_EXPECT(!strcmp(elf_section_name(&m, 1), ".text"));
	KTEST_EXPECT(!strcmp(m.names + m.symbols[1].st_name, "sym"));
	for (size_t size = 0; size < sizeof(file); size++) {
		u64 *copy = host_alloc(size);

		memcpy(copy, &file, size);
		KTEST_EXPECT_EQ(elf_module_open(&m, copy, size), -ENOEXEC);
		KTEST_EXPECT(m.reason && *m.reason);
		host_free(copy);
	}
}

#define REFUSED_AFTER(change) do {						\
	struct elf_module m_;							\
	make_module();								\
	change;									\
	KTEST_EXPECT_EQ(elf_module_open(&m_, &file, sizeof(file)), -ENOEXEC);	\
	KTEST_EXPECT(m_.reason != NULL);					\
} while (0)

KTEST_CASE(unsound_modules_are_refused)
{
	REFUSED_AFTER(file.header.e_ident[1] = 0);
	REFUSED_AFTER(file.header.e_ident[EI_CLASS] = 1);
	REFUSED_AFTER(file.header.e_version = 2);
	REFUSED_AFTER(file.header.e_machine = EM_386);
	REFUSED_AFTER(file.header.e_type = ET_DYN);
	REFUSED_AFTER(file.header.e_shentsize = 32);
	REFUSED_AFTER(file.header.e_ehsize = 32);
	REFUSED_AFTER(file.header.e_shnum = 0);
	REFUSED_AFTER(file.header.e_shnum = 7);
	REFUSED_AFTER(file.header.e_shnum = 0xff00);
	REFUSED_AFTER(file.header.e_shoff += 4);
	REFUSED_AFTER(file.header.e_shoff = ~0UL - 7);
	REFUSED_AFTER(file.header.e_shstrndx = 6);
	REFUSED_AFTER(file.header.e_shstrndx = 1);
	REFUSED_AFTER(file.sections[0].sh_type = SHT_PROGBITS);
	REFUSED_AFTER(file.sections[1].sh_type = SHT_NULL);
	REFUSED_AFTER(file.sections[1].sh_addralign = 3);
	REFUSED_AFTER(file.sections[1].sh_addralign = 1UL << 40);
	REFUSED_AFTER(file.sections[1].sh_offset = ~0UL - 3);
	REFUSED_AFTER(file.sections[1].sh_size = ~0UL);
	REFUSED_AFTER(file.sections[1].sh_offset = 0);
	REFUSED_AFTER(file.sections[1].sh_offset = file.header.e_shoff);
	REFUSED_AFTER(file.sections[1].sh_size += 8);
	REFUSED_AFTER(file.sections[1].sh_flags |= SHF_WRITE);
	REFUSED_AFTER(file.sections[2].sh_size = 1UL << 40);
	REFUSED_AFTER(file.sections[2].sh_name = 1000);
	REFUSED_AFTER(file.names[31] = 'x');
	REFUSED_AFTER(file.sections[3].sh_type = SHT_PROGBITS);
	REFUSED_AFTER(file.sections[2].sh_type = SHT_SYMTAB; file.sections[2].sh_size = 0);
	REFUSED_AFTER(file.sections[3].sh_entsize = 16);
	REFUSED_AFTER(file.sections[3].sh_size -= 1);
	REFUSED_AFTER(file.sections[3].sh_size = 0);
	REFUSED_AFTER(file.sections[3].sh_link = 1);
	REFUSED_AFTER(file.sections[3].sh_link = 99);
	REFUSED_AFTER(file.symbols[1].st_name = 32);
	REFUSED_AFTER(file.symbols[1].st_shndx = SHN_COMMON);
	REFUSED_AFTER(file.symbols[1].st_shndx = 6);
	REFUSED_AFTER(file.symbols[1].st_value = 65);
	REFUSED_AFTER(file.sections[4].sh_type = SHT_REL);
	REFUSED_AFTER(file.sections[4].sh_entsize = 16);
	REFUSED_AFTER(file.sections[4].sh_size -= 8);
	REFUSED_AFTER(file.sections[4].sh_link = 1);
	REFUSED_AFTER(file.sections[4].sh_info = 6);
	REFUSED_AFTER(file.sections[4].sh_info = 0);
	REFUSED_AFTER(file.sections[4].sh_info = 2);
	REFUSED_AFTER(file.relocations[0].r_info = (4UL << 32) | R_X86_64_PC32);
	REFUSED_AFTER(file.relocations[0].r_info = (2UL << 32) | R_X86_64_GOTPCREL);
	REFUSED_AFTER(file.relocations[0].r_offset = 61);
	REFUSED_AFTER(file.relocations[1].r_offset = ~0UL - 3);
}

KTEST_CASE(relocations)
{
	u8 place[12];
	u64 at = 0xffffffffa0000000;

	memset(place, 0xee, sizeof(place));
	KTEST_EXPECT_EQ(elf_relocate(place + 1, at, R_X86_64_64, 0x1122334455667788), 0);
	KTEST_EXPECT(!memcmp(place, "\xee\x88\x77\x66\x55\x44\x33\x22\x11\xee\xee\xee", 12));
	KTEST_EXPECT_EQ(elf_relocate(place, at, R_X86_64_PC64, at + 5), 0);
	KTEST_EXPECT(!memcmp(place, "\5\0\0\0\0\0\0\0", 8));
	KTEST_EXPECT_EQ(elf_relocate(place, at, R_X86_64_32, 0xffffffff), 0);
	KTEST_EXPECT_EQ(elf_relocate(place, at, R_X86_64_32, 0x100000000), -ERANGE);
	KTEST_EXPECT_EQ(elf_relocate(place, at, R_X86_64_32, at), -ERANGE);
	KTEST_EXPECT_EQ(elf_relocate(place, at, R_X86_64_32S, at), 0);
	KTEST_EXPECT_EQ(elf_relocate(place, at, R_X86_64_32S, 0x80000000), -ERANGE);
	KTEST_EXPECT_EQ(elf_relocate(place, at, R_X86_64_PC32, at + 0x7fffffff), 0);
	KTEST_EXPECT_EQ(elf_relocate(place, at, R_X86_64_PC32, at + 0x80000000), -ERANGE);
	KTEST_EXPECT_EQ(elf_relocate(place, at, R_X86_64_PLT32, at - 0x80000000), 0);
	KTEST_EXPECT(!memcmp(place, "\0\0\0\x80", 4));
	KTEST_EXPECT_EQ(elf_relocate(place, at, R_X86_64_PLT32, at - 0x80000001), -ERANGE);
	KTEST_EXPECT_EQ(elf_relocate(place, at, R_X86_64_GOTPCREL, at), -ENOEXEC);
	KTEST_EXPECT_EQ(elf_relocation_size(R_X86_64_GOTPCREL), 0);
	KTEST_EXPECT_EQ(elf_relocation_size(R_X86_64_PC64), 8);
	KTEST_EXPECT_EQ(elf_relocation_size(R_X86_64_32S), 4);
}
