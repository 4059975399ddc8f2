/* SPDX-License-Identifier: MIT */
/*
 * Page-table entries of x86-64, four levels of 512 entries each (Intel SDM volume 3, "4-Level Paging").
 *
 * An entry is a u64 at every level, named after its level where it matters: pgd (512 GiB each), pud (1 GiB), pmd (2 MiB), pte
 * (4 KiB). Nothing here changes CPU state but the few functions that say so.
 *
 * Software bits: PTE_SPECIAL marks a user entry that holds no reference of a struct page (device memory, the zero page);
 * PTE_PROT_NONE an entry of a page that may not be touched, which is kept though the CPU sees nothing.
 */
#ifndef ARCH_PGTABLE_H
#define ARCH_PGTABLE_H

#include <kit/types.h>
#include <arch/layout.h>
#include <lib/compiler.h>

#define PTE_PRESENT	BIT_ULL(0)
#define PTE_WRITE	BIT_ULL(1)
#define PTE_USER	BIT_ULL(2)
#define PTE_PWT		BIT_ULL(3)
#define PTE_PCD		BIT_ULL(4)
#define PTE_ACCESSED	BIT_ULL(5)
#define PTE_DIRTY	BIT_ULL(6)
#define PTE_LARGE	BIT_ULL(7)	/* in a pud or pmd: maps 1 GiB or 2 MiB */
#define PTE_GLOBAL	BIT_ULL(8)
#define PTE_SPECIAL	BIT_ULL(9)	/* software */
#define PTE_PROT_NONE	BIT_ULL(10)	/* software: not present, because nothing may be done with the page */
#define PTE_NX		BIT_ULL(63)
#define PTE_ADDRESS	0x000ffffffffff000ull

/* Cache modes: index into the PAT as cpu_setup_control() programs it. */
#define PTE_CACHE_WB	0ull
#define PTE_CACHE_WC	PTE_PWT
#define PTE_CACHE_UC_	PTE_PCD			/* uncached, but MTRRs may make it write-combining */
#define PTE_CACHE_UC	(PTE_PCD | PTE_PWT)
#define PTE_CACHE_MASK	(PTE_PCD | PTE_PWT)

/* Protections of kernel mappings. Global: the same in every address space. */
#define PROT_KERNEL_BASE	(PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | PTE_GLOBAL)
#define PROT_KERNEL_RW		(PROT_KERNEL_BASE | PTE_WRITE | PTE_NX)
#define PROT_KERNEL_RO		(PROT_KERNEL_BASE | PTE_NX)
#define PROT_KERNEL_RX		PROT_KERNEL_BASE
#define PROT_TABLE_KERNEL	(PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY)
#define PROT_TABLE_USER		(PROT_TABLE_KERNEL | PTE_USER)

#define PGD_SHIFT	39
#define PUD_SHIFT	30
#define PMD_SHIFT	21
#define PGD_SIZE	(1ul << PGD_SHIFT)
#define PUD_SIZE	(1ul << PUD_SHIFT)
#define PMD_SIZE	(1ul << PMD_SHIFT)
#define PTRS_PER_TABLE	512

#define pgd_index(addr)	(((unsigned long)(addr) >> PGD_SHIFT) & 511)
#define pud_index(addr)	(((unsigned long)(addr) >> PUD_SHIFT) & 511)
#define pmd_index(addr)	(((unsigned long)(addr) >> PMD_SHIFT) & 511)
#define pte_index(addr)	(((unsigned long)(addr) >> 12) & 511)

/* Page-fault error code. */
#define PF_PRESENT	0x01	/* protection, not absence */
#define PF_WRITE	0x02
#define PF_USER		0x04
#define PF_RESERVED	0x08
#define PF_EXEC		0x10
#define PF_KEY		0x20

static __always_inline u64 entry_read(const u64 *entry)
{
	return READ_ONCE(*entry);
}

static __always_inline void entry_set(u64 *entry, u64 value)
{
	WRITE_ONCE(*entry, value);
}

/* Clears; the CPU may set accessed and dirty bits of a live entry at any time, so the old value comes from an exchange. */
static __always_inline u64 entry_take(u64 *entry)
{
	return __atomic_exchange_n(entry, 0, __ATOMIC_SEQ_CST);
}

static __always_inline u64 entry_phys(u64 value)
{
	return value & PTE_ADDRESS;
}

static __always_inline bool entry_present(u64 value)
{
	return value & PTE_PRESENT;
}

static __always_inline bool entry_large(u64 value)
{
	return value & PTE_LARGE;
}

/* The table that a non-leaf entry points to. */
static __always_inline u64 *entry_table(u64 value)
{
	return (u64 *)(DIRECT_MAP_BASE + (value & PTE_ADDRESS));
}

/* the top level of the kernel's own tables; its upper half is shared by all spaces */
extern u64 kernel_pgd[];
/* mask of bits that this CPU knows: without NX, PTE_NX is gone from it */
extern u64 pte_supported;

#endif
