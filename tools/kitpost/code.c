// SPDX-License-Identifier: MIT
/*
 * The instructions of a module: general registers only, no privileges, no %fs and %gs, nothing below %rsp, indirect branches through thunks.
 *
 * A section is decoded from its start to its end, as compilers lay code out. For stores below %rsp by way of the frame pointer the depth of
 * a function's frame is followed: pushes and subtractions from %rsp behind `mov %rsp, %rbp`. Where a function moves %rsp by an amount that is
 * not known here, its stores are not judged.
 */
#include "kitpost.h"

#include <stdlib.h>
#include <string.h>

#include <Zydis/Zydis.h>

struct place {
	const struct object *object;
	unsigned int section;
	uint64_t offset;
	ZydisDecodedInstruction instruction;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

struct frame {
	int has_pointer; /* %rbp stands for the frame */
	int is_known;	 /* %rsp has moved by known amounts only */
	int64_t depth;	 /* bytes between %rbp and the lowest %rsp so far */
};

/* The function around a place, for messages. */
static const char *function_around(const struct place *p)
{
	const struct object *o = p->object;
	const Elf64_Sym *best = NULL;

	for (size_t i = 1; i < o->nr_symbols; i++) {
		const Elf64_Sym *sym = &o->symbols[i];

		if (sym->st_shndx == p->section && ELF64_ST_TYPE(sym->st_info) == STT_FUNC &&
		    sym->st_value <= p->offset && (!best || sym->st_value >= best->st_value))
			best = sym;
	}
	return best ? o->names + best->st_name : section_name(o, p->section);
}

static void refuse(const struct place *p, const char *what)
{
	static ZydisFormatter formatter;
	static int is_ready;
	char words[128];

	if (!is_ready) {
		ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_ATT);
		is_ready = 1;
	}
	if (!ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&formatter, &p->instruction, p->operands,
							  p->instruction.operand_count_visible,
							  words, sizeof(words), p->offset, NULL)))
		strcpy(words, "?");
	complain("%s: %s+0x%llx in %s: %s: %s", p->object->path,
		 section_name(p->object, p->section), (unsigned long long)p->offset,
		 function_around(p), words, what);
}

static int is_vector(ZydisRegister reg)
{
	switch (ZydisRegisterGetClass(reg)) {
	case ZYDIS_REGCLASS_X87:
	case ZYDIS_REGCLASS_MMX:
	case ZYDIS_REGCLASS_XMM:
	case ZYDIS_REGCLASS_YMM:
	case ZYDIS_REGCLASS_ZMM:
	case ZYDIS_REGCLASS_TMM:
	case ZYDIS_REGCLASS_MASK: return 1;
	default:
		return reg == ZYDIS_REGISTER_X87CONTROL || reg == ZYDIS_REGISTER_X87STATUS ||
		       reg == ZYDIS_REGISTER_X87TAG || reg == ZYDIS_REGISTER_MXCSR;
	}
}

static void check_registers(const struct place *p)
{
	int is_segment = 0, is_control = 0, is_wide = 0;

	for (int i = 0; i < p->instruction.operand_count; i++) {
		const ZydisDecodedOperand *operand = &p->operands[i];
		ZydisRegisterClass class;

		if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    (operand->mem.segment == ZYDIS_REGISTER_FS ||
		     operand->mem.segment == ZYDIS_REGISTER_GS))
			is_segment = 1;
		if (operand->type != ZYDIS_OPERAND_TYPE_REGISTER)
			continue;
		class = ZydisRegisterGetClass(operand->reg.value);
		is_wide |= is_vector(operand->reg.value);
		is_segment |= class == ZYDIS_REGCLASS_SEGMENT;
		is_control |= class == ZYDIS_REGCLASS_CONTROL || class == ZYDIS_REGCLASS_DEBUG ||
			      class == ZYDIS_REGCLASS_TABLE;
	}
	is_segment |= p->instruction.attributes &
				      (ZYDIS_ATTRIB_HAS_SEGMENT_FS | ZYDIS_ATTRIB_HAS_SEGMENT_GS)
			      ? 1
			      : 0;
	is_wide |= p->instruction.meta.isa_ext == ZYDIS_ISA_EXT_X87 ||
		   p->instruction.meta.isa_ext == ZYDIS_ISA_EXT_XSAVE;
	if (is_wide)
		refuse(p,
		       "floating-point or vector registers: they are the programs' (build with -mgeneral-regs-only)");
	if (is_segment)
		refuse(p, "a segment register: %fs and %gs are the kernel's and the programs'");
	if (is_control)
		refuse(p, "a privileged register: modules leave the processor's state alone");
}

/* Not privileged by the book, but theirs who set the processor up: the kit has functions where a driver needs the effect. */
static int is_machine_instruction(ZydisMnemonic mnemonic)
{
	static const ZydisMnemonic mnemonics[] = {
		ZYDIS_MNEMONIC_CLI,	 ZYDIS_MNEMONIC_STI,	  ZYDIS_MNEMONIC_IN,
		ZYDIS_MNEMONIC_OUT,	 ZYDIS_MNEMONIC_INSB,	  ZYDIS_MNEMONIC_INSW,
		ZYDIS_MNEMONIC_INSD,	 ZYDIS_MNEMONIC_OUTSB,	  ZYDIS_MNEMONIC_OUTSW,
		ZYDIS_MNEMONIC_OUTSD,	 ZYDIS_MNEMONIC_PUSHFQ,	  ZYDIS_MNEMONIC_POPFQ,
		ZYDIS_MNEMONIC_PUSHF,	 ZYDIS_MNEMONIC_POPF,	  ZYDIS_MNEMONIC_SIDT,
		ZYDIS_MNEMONIC_SGDT,	 ZYDIS_MNEMONIC_SLDT,	  ZYDIS_MNEMONIC_STR,
		ZYDIS_MNEMONIC_SMSW,	 ZYDIS_MNEMONIC_INT,	  ZYDIS_MNEMONIC_INT1,
		ZYDIS_MNEMONIC_SYSCALL,	 ZYDIS_MNEMONIC_SYSENTER, ZYDIS_MNEMONIC_IRET,
		ZYDIS_MNEMONIC_IRETD,	 ZYDIS_MNEMONIC_IRETQ,	  ZYDIS_MNEMONIC_STAC,
		ZYDIS_MNEMONIC_CLAC,	 ZYDIS_MNEMONIC_RDFSBASE, ZYDIS_MNEMONIC_RDGSBASE,
		ZYDIS_MNEMONIC_WRFSBASE, ZYDIS_MNEMONIC_WRGSBASE, ZYDIS_MNEMONIC_RDPKRU,
		ZYDIS_MNEMONIC_WRPKRU,	 ZYDIS_MNEMONIC_SENDUIPI, ZYDIS_MNEMONIC_VMCALL,
		ZYDIS_MNEMONIC_VMMCALL,
	};

	for (size_t i = 0; i < sizeof(mnemonics) / sizeof(mnemonics[0]); i++)
		if (mnemonics[i] == mnemonic)
			return 1;
	return 0;
}

static void check_privileges(const struct place *p)
{
	if (p->instruction.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED ||
	    is_machine_instruction(p->instruction.mnemonic))
		refuse(p,
		       "a privileged instruction: it could not live in a driver domain; the kit has functions for what drivers need");
}

static void check_branch(const struct place *p)
{
	int is_branch = p->instruction.mnemonic == ZYDIS_MNEMONIC_CALL ||
			p->instruction.mnemonic == ZYDIS_MNEMONIC_JMP;

	if (!is_branch)
		return;
	if (p->instruction.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
		refuse(p, "a far branch");
	else if (p->operands[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE)
		refuse(p,
		       "an indirect branch without a thunk (build with -mindirect-branch=thunk-extern -mindirect-branch-register, or "
		       "clang's -mretpoline-external-thunk)");
}

/* --- the stack --- */

static int is_reg(const ZydisDecodedOperand *operand, ZydisRegister reg)
{
	return operand->type == ZYDIS_OPERAND_TYPE_REGISTER && operand->reg.value == reg;
}

static void follow_frame(const struct place *p, struct frame *frame)
{
	const ZydisDecodedOperand *to = &p->operands[0], *from = &p->operands[1];

	switch (p->instruction.mnemonic) {
	case ZYDIS_MNEMONIC_MOV:
		if (is_reg(to, ZYDIS_REGISTER_RBP) && is_reg(from, ZYDIS_REGISTER_RSP))
			*frame = (struct frame){ .has_pointer = 1, .is_known = 1 };
		else if (is_reg(to, ZYDIS_REGISTER_RSP))
			frame->is_known = 0;
		break;
	case ZYDIS_MNEMONIC_PUSH: frame->depth += 8; break;
	case ZYDIS_MNEMONIC_SUB:
		/* gcc gives 128 bytes back by subtracting -128. */
		if (is_reg(to, ZYDIS_REGISTER_RSP) && from->type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
			frame->depth += from->imm.value.s > 0 ? from->imm.value.s : 0;
		else if (is_reg(to, ZYDIS_REGISTER_RSP))
			frame->is_known = 0;
		break;
	case ZYDIS_MNEMONIC_ADD:
		/* clang, and gcc, subtract 128 by adding -128. */
		if (is_reg(to, ZYDIS_REGISTER_RSP) && from->type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
		    from->imm.value.s < 0)
			frame->depth -= from->imm.value.s;
		break;
	case ZYDIS_MNEMONIC_AND:
	case ZYDIS_MNEMONIC_XOR:
	case ZYDIS_MNEMONIC_LEA:
	case ZYDIS_MNEMONIC_XCHG:
		if (is_reg(to, ZYDIS_REGISTER_RSP) || is_reg(to, ZYDIS_REGISTER_RBP))
			frame->is_known = 0;
		break;
	default: break;
	}
}

static void check_stores(const struct place *p, const struct frame *frame)
{
	for (int i = 0; i < p->instruction.operand_count_visible; i++) {
		const ZydisDecodedOperand *operand = &p->operands[i];
		int64_t displacement = operand->mem.disp.has_displacement ? operand->mem.disp.value
									  : 0;

		if (operand->type != ZYDIS_OPERAND_TYPE_MEMORY ||
		    !(operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) ||
		    operand->mem.index != ZYDIS_REGISTER_NONE || displacement >= 0)
			continue;
		if (operand->mem.base == ZYDIS_REGISTER_RSP ||
		    (operand->mem.base == ZYDIS_REGISTER_RBP && frame->has_pointer &&
		     frame->is_known && displacement < -frame->depth))
			refuse(p,
			       "a store below %rsp, where interrupts write (build with -mno-red-zone)");
	}
}

/* --- sections --- */

static int is_function_start(const struct object *o, unsigned int section, uint64_t offset)
{
	for (size_t i = 1; i < o->nr_symbols; i++)
		if (o->symbols[i].st_shndx == section && o->symbols[i].st_value == offset &&
		    ELF64_ST_TYPE(o->symbols[i].st_info) == STT_FUNC)
			return 1;
	return 0;
}

static void check_section(const struct object *o, unsigned int section, const ZydisDecoder *decoder)
{
	const Elf64_Shdr *s = &o->sections[section];
	struct place p = { .object = o, .section = section };
	struct frame frame = { 0 };

	while (p.offset < s->sh_size) {
		if (is_function_start(o, section, p.offset))
			frame = (struct frame){ 0 };
		if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(decoder, o->data + s->sh_offset + p.offset,
							 s->sh_size - p.offset, &p.instruction,
							 p.operands))) {
			complain("%s: %s+0x%llx in %s: no instruction", o->path,
				 section_name(o, section), (unsigned long long)p.offset,
				 function_around(&p));
			return;
		}
		check_privileges(&p);
		check_registers(&p);
		check_branch(&p);
		follow_frame(&p, &frame);
		check_stores(&p, &frame);
		p.offset += p.instruction.length;
	}
}

void check_code(const struct object *o)
{
	ZydisDecoder decoder;

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	for (unsigned int i = 1; i < o->nr_sections; i++)
		if (o->sections[i].sh_type == SHT_PROGBITS &&
		    (o->sections[i].sh_flags & SHF_ALLOC) &&
		    (o->sections[i].sh_flags & SHF_EXECINSTR))
			check_section(o, i, &decoder);
}
