/* SPDX-License-Identifier: MIT */
/*
 * Where the image goes in virtual memory: nobody shall know beforehand (KASLR).
 *
 * entry.S calls kaslr_choose() on the early page tables, with the image still where it was linked;
 * it maps the image again as much higher as the answer says, adds that to each address which the
 * image holds (the table that scripts/relocs wrote), and goes on there. Nothing may have been
 * stored by then: whatever holds an address of the image and is not in the table would be wrong.
 *
 * In physical memory the image stays where the boot loader put it, so the early code is not moved.
 * Modules and vmalloc begin at random places too (mm/map/area.c).
 */
#include "boot_private.h"
#include <arch/boot.h>
#include <arch/cpu.h>
#include <kernel/init.h>
#include <lib/kernel.h>
#include <lib/string.h>

#define STEP     0x200000ul /* a page of the early tables */
#define NO_KASLR "nokaslr"

extern char __kernel_end[];

u64 kaslr_choose(u32 protocol, u32 info);

static bool __init has_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	const char *at = text;

	while ((at = strstr(at, word))) {
		bool begins = at == text || at[-1] == ' ';

		at += length;
		if (begins && (!*at || *at == ' '))
			return true;
	}
	return false;
}

static u64 __init random(void)
{
	u64 value;

	if (!(cpuid(1, 0).ecx & BIT(30)) || !cpu_random_now(&value))
		value = rdtsc();
	/* The counter's low bits are the ones that nobody can foresee: into the high ones. */
	value *= 0x9e3779b97f4a7c15ull;
	return value >> 32;
}

/* Clear of the image as it is mapped now, and of the modules. 0: it stays. */
u64 __init kaslr_choose(u32 protocol, u32 info)
{
	struct boot_source source = { .command_line = "" };
	u64 first = ALIGN((unsigned long)__kernel_end - KERNEL_MAP_BASE, STEP) / STEP;
	u64 last = (MODULES_START - KERNEL_MAP_BASE) / STEP - first;

	if (protocol == BOOT_BY_MULTIBOOT2)
		multiboot2_read(early_address(info), &source);
	else
		pvh_read(early_address(info), &source);
	if (has_word(source.command_line, NO_KASLR) || last <= first)
		return 0;
	return (first + random() % (last - first + 1)) * STEP;
}
