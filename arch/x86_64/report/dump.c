/* SPDX-License-Identifier: MIT */
/* Registers and code bytes for reports. */
#include <arch/cpu.h>
#include <arch/extable.h>
#include <arch/safe_read.h>
#include <arch/trap_frame.h>
#include <kernel/backtrace.h>
#include <kernel/log.h>
#include <lib/printf.h>

#define KERNEL_HALF	0xffff800000000000ul

static bool read_byte(u8 *to, const u8 *from)
{
	int ok = 1;

	asm volatile("1: movb (%2), %%al\n"
		     "movb %%al, (%1)\n"
		     "2:\n"
		     ".pushsection .text.unlikely, \"ax\"\n"
		     "3: xorl %0, %0\n"
		     "jmp 2b\n"
		     ".popsection\n" EXTABLE(1b, 3b)
		     : "+r"(ok)
		     : "r"(to), "r"(from)
		     : "rax", "memory");
	return ok;
}

size_t safe_read(void *to, const void *from, size_t size)
{
	size_t done = 0;

	while (done < size && (unsigned long)from + done >= KERNEL_HALF &&
	       read_byte((u8 *)to + done, (const u8 *)from + done))
		done++;
	return done;
}

#define CODE_BEFORE	24
#define CODE_BYTES	40

/* The byte at rip in brackets, as disassembling scripts expect it. */
static void show_code(const char *level, unsigned long rip)
{
	char line[CODE_BYTES * 5 + 8];
	size_t length = 0;

	for (unsigned long address = rip - CODE_BEFORE; address != rip - CODE_BEFORE + CODE_BYTES;
	     address++) {
		u8 byte;

		if (!safe_read(&byte, (void *)address, 1))
			length += scnprintf(line + length, sizeof(line) - length, " ??");
		else
			/* lint: clang-analyzer-core.CallAndMessage: safe_read() fills it, by asm */
			length += scnprintf(line + length, sizeof(line) - length,
					    address == rip ? " <%02x>" : " %02x", byte);
	}
	printk("%sCode:%s\n", level, line);
}

void show_register_values(const char *level, const struct trap_frame *f, unsigned long address)
{
	if (frame_is_user(f))
		printk("%sRIP: %04llx:0x%llx\n", level, f->cs, f->rip);
	else
		printk("%sRIP: %04llx:%pS\n", level, f->cs, (void *)f->rip);
	printk("%sRSP: %04llx:%016llx EFLAGS: %08llx\n", level, f->ss, f->rsp, f->rflags);
	printk("%sRAX: %016llx RBX: %016llx RCX: %016llx\n", level, f->rax, f->rbx, f->rcx);
	printk("%sRDX: %016llx RSI: %016llx RDI: %016llx\n", level, f->rdx, f->rsi, f->rdi);
	printk("%sRBP: %016llx R08: %016llx R09: %016llx\n", level, f->rbp, f->r8, f->r9);
	printk("%sR10: %016llx R11: %016llx R12: %016llx\n", level, f->r10, f->r11, f->r12);
	printk("%sR13: %016llx R14: %016llx R15: %016llx\n", level, f->r13, f->r14, f->r15);
	printk("%sCR0: %016lx CR2: %016lx CR3: %016lx CR4: %08lx GS: %016llx\n", level, read_cr0(),
	       address ? address : read_cr2(), read_cr3(), read_cr4(), rdmsr(MSR_GS_BASE));
}

void show_registers(const char *level, const struct trap_frame *f, unsigned long address)
{
	show_register_values(level, f, address);
	if (!frame_is_user(f))
		show_code(level, f->rip);
}
