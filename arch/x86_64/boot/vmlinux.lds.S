/* SPDX-License-Identifier: MIT */
/*
 * The image, loaded at 1 MiB and linked at KERNEL_MAP_BASE + its physical address.
 *
 * Every change of protection starts a page, so that mm can map text executable, constants read-only and data writable, and
 * nothing both. Code comes before constants, constants before the symbol table, so that adding the symbol table in
 * the second link moves no function. Two ranges go back to the page allocator when boot is done: __init_text_start to
 * __init_text_end and __init_data_start to __init_data_end.
 */
#include <arch/layout.h>

OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
ENTRY(boot_entry_multiboot2)

PHDRS
{
	text PT_LOAD FLAGS(5);
	init_text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	init_data PT_LOAD FLAGS(6);
	data PT_LOAD FLAGS(6);
	note PT_NOTE FLAGS(4);
}

#define PHYSICAL(section)	AT(ADDR(section) - KERNEL_MAP_BASE)
#define PAGE			4096

SECTIONS
{
	. = KERNEL_MAP_BASE + KERNEL_LOAD_PHYS;
	__kernel_start = .;

	.text : PHYSICAL(.text) {
		/* Of a section, so that it moves with the image (kaslr.c). */
		kernel_map_base = . - KERNEL_LOAD_PHYS;
		__text_start = .;
		KEEP(*(.boot.header))
		. = ALIGN(64);
		__entry_text_start = .;
		*(.entry.text)
		__entry_text_end = .;
		/* Sleeping itself is not what a thread waits for (kernel/sched/look.c). */
		__sched_text_start = .;
		*kernel/sched/?*.o(.text .text.*)
		*kernel/sync/sleep/?*.o(.text .text.*)
		*kernel/time/sleep.o(.text .text.*)
		__sched_text_end = .;
		*(.text.hot .text.hot.*)
		*(.text .text.[_0-9A-Za-z]*)
		*(.text.unlikely .text.unlikely.* .text.cold)
		__text_end = .;
		. = ALIGN(PAGE);
	} :text =0xcccccccc

	.init.text : PHYSICAL(.init.text) {
		__init_text_start = .;
		*(.init.boot.text)
		*(.init.text .init.text.*)
		*(.exit.text)
		*(.altinstr_replacement)
		. = ALIGN(PAGE);
		__init_text_end = .;
	} :init_text =0xcccccccc

	.rodata : PHYSICAL(.rodata) {
		__rodata_start = .;
		/* struct kit_export, sorted by symbol; those of built-in modules are found through their descriptors */
		. = ALIGN(8);
		__kit_exports_start = .;
		KEEP(*(SORT_BY_NAME(.rodata.kit_exports.*)))
		__kit_exports_end = .;
		*(.rodata .rodata.[!k]* .rodata.k[!t]*)
	} :rodata

/*
 * Tables that many files add to: entries in section .rodata.ktab_NAME, aligned to 8, lie between __NAME_start and __NAME_end. A new
 * table is a new line here.
 */
#define TABLE(name)					\
	. = ALIGN(8);					\
	__##name##_start = .;				\
	KEEP(*(.rodata.ktab_##name))			\
	__##name##_end = .;

	.rodata.tables : PHYSICAL(.rodata.tables) {
		TABLE(boot_param)
		TABLE(kit_modules)
		TABLE(static_branches)
		TABLE(trace_events)
		/* Tables that bring their own first and last entries, .rodata.ktab_NAME.0 and .9. */
		. = ALIGN(8);
		KEEP(*(SORT_BY_NAME(.rodata.ktab_*.[0-9])))
		. = ALIGN(8);
		__ex_table_start = .;
		KEEP(*(__ex_table))
		__ex_table_end = .;
#ifdef CONFIG_GCOV_KERNEL
		. = ALIGN(8);
		__gcov_info_start = .;
		KEEP(*(.gcov_info))
		__gcov_info_end = .;
#endif
		. = ALIGN(8);
		__bug_table_start = .;
		KEEP(*(__bug_table))
		__bug_table_end = .;
	} :rodata

	.notes : PHYSICAL(.notes) {
		__notes_start = .;
		KEEP(*(.note.pvh))
		KEEP(*(.note.gnu.build-id))
		__notes_end = .;
	} :rodata :note

	/* Last of the constants: only what follows it moves when it is filled. */
	.kallsyms : PHYSICAL(.kallsyms) {
		. = ALIGN(8);
		KEEP(*(.kallsyms))
		. = ALIGN(PAGE);
		__rodata_end = .;
	} :rodata

	.init.data : PHYSICAL(.init.data) {
		__init_data_start = .;
		*(.init.rodata .init.rodata.*)
		*(.init.data .init.data.*)
		. = ALIGN(8);
		__altinstructions_start = .;
		KEEP(*(.altinstructions))
		__altinstructions_end = .;
#ifdef CONFIG_CONSTRUCTORS
		. = ALIGN(8);
		__ctors_start = .;
		KEEP(*(SORT(.init_array.*)))
		KEEP(*(.init_array))
		__ctors_end = .;
#endif
	} :init_data

	.init.bss (NOLOAD) : PHYSICAL(.init.bss) {
		*(.init.bss .init.bss.*)
		/* Room for a pristine copy of the per-CPU image, from which each further CPU's area is made. */
		. = ALIGN(64);
		__per_cpu_pristine = .;
		. += __per_cpu_end - __per_cpu_start;
		. = ALIGN(PAGE);
		__init_data_end = .;
	} :init_data

	.data : PHYSICAL(.data) {
		__data_start = .;
		/* Written during boot only; mm makes these pages read-only when boot is done. */
		__ro_after_init_start = .;
		*(.data..ro_after_init)
		. = ALIGN(PAGE);
		__ro_after_init_end = .;
		*(.data..page_aligned)
		*(.data..cacheline_aligned)
		*(.data..read_mostly)
		*(.data .data.[_0-9A-Za-z]*)
	} :data

	.data..percpu : PHYSICAL(.data..percpu) {
		. = ALIGN(64);
		__per_cpu_start = .;
		*(.data..percpu..first)
		. = ALIGN(64);
		*(.data..percpu..aligned)
		. = ALIGN(64);
		*(.data..percpu)
		. = ALIGN(64);
		__per_cpu_end = .;
		__data_end = .;
	} :data

	.bss (NOLOAD) : PHYSICAL(.bss) {
		. = ALIGN(PAGE);
		__bss_start = .;
		*(.bss..page_aligned)
		*(.bss .bss.*)
		*(COMMON)
		. = ALIGN(PAGE);
		__bss_end = .;
	} :data

	__kernel_end = .;

	.comment 0 : { *(.comment) }
	.debug_aranges 0 : { *(.debug_aranges) }
	.debug_info 0 : { *(.debug_info) }
	.debug_abbrev 0 : { *(.debug_abbrev) }
	.debug_line 0 : { *(.debug_line) }
	.debug_frame 0 : { *(.debug_frame) }
	.debug_str 0 : { *(.debug_str) }
	.debug_loc 0 : { *(.debug_loc) }
	.debug_ranges 0 : { *(.debug_ranges) }
	.debug_macro 0 : { *(.debug_macro) }
	.debug_addr 0 : { *(.debug_addr) }
	.debug_line_str 0 : { *(.debug_line_str) }
	.debug_loclists 0 : { *(.debug_loclists) }
	.debug_rnglists 0 : { *(.debug_rnglists) }
	.debug_str_offsets 0 : { *(.debug_str_offsets) }
	.debug_names 0 : { *(.debug_names) }
	.symtab 0 : { *(.symtab) }
	.strtab 0 : { *(.strtab) }
	.shstrtab 0 : { *(.shstrtab) }

	/DISCARD/ : {
		*(.note.gnu.property)
		*(.note.GNU-stack)
		*(.eh_frame)
		*(.eh_frame_hdr)
		*(.discard .discard.*)
		*(.modinfo)
#ifdef CONFIG_CONSTRUCTORS
		*(.fini_array .fini_array.*)
#endif
	}
}

ASSERT(__kernel_end - KERNEL_MAP_BASE <= 0x20000000, "the image reaches into the module area")
