/* SPDX-License-Identifier: MIT */
/* Puts the instructions that fit the processor into the text, which is still writable when this runs. */
#include <arch/alternative.h>
#include <arch/cpu.h>
#include <kernel/init.h>
#include <lib/string.h>

struct alternative {
	s32 site;
	s32 replacement;
	u16 feature;
	u8 site_length;
	u8 length;
} __packed;

extern const struct alternative __altinstructions_start[], __altinstructions_end[];

void __init alternatives_apply(void)
{
	for (const struct alternative *a = __altinstructions_start; a < __altinstructions_end; a++) {
		u8 *site = (u8 *)&a->site + a->site;

		if (!cpu_has(a->feature))
			continue;
		memcpy(site, (const u8 *)&a->replacement + a->replacement, a->length);
		memset(site + a->length, 0x90, a->site_length - a->length);
	}
	/* A serialising instruction: what was fetched of the old text is thrown away. */
	cpuid(0, 0);
}
