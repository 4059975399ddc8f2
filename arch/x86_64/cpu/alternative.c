/* SPDX-License-Identifier: MIT */
/* Puts the instructions that fit the processor into the text, which is still writable when this runs. */
#include <arch/alternative.h>
#include <arch/cpu.h>
#include <kernel/init.h>
#include <lib/string.h>

#define CALL_RELATIVE	0xe8
#define JUMP_RELATIVE	0xe9
#define BRANCH_LENGTH	5

struct alternative {
	s32 site;
	s32 replacement;
	u16 feature;
	u8 site_length;
	u8 length;
} __packed;

extern const struct alternative __altinstructions_start[], __altinstructions_end[];

/* A replacement that is one call or jump goes to where it went from its own place. */
static void __init move_branch(u8 *site, const u8 *from)
{
	s32 distance;

	memcpy(&distance, from + 1, sizeof(distance));
	distance += from - site;
	memcpy(site + 1, &distance, sizeof(distance));
}

void __init alternatives_apply(void)
{
	/* lint: comparePointers: the linker's bounds of one area */
	for (const struct alternative *a = __altinstructions_start; a < __altinstructions_end;
	     a++) {
		const u8 *from = (const u8 *)&a->replacement + a->replacement;
		u8 *site = (u8 *)&a->site + a->site;

		if (!cpu_has(a->feature))
			continue;
		if (a->length > a->site_length)
			__builtin_trap();
		memcpy(site, from, a->length);
		if (a->length == BRANCH_LENGTH &&
		    (*from == CALL_RELATIVE || *from == JUMP_RELATIVE))
			move_branch(site, from);
		memset(site + a->length, 0x90, a->site_length - a->length);
	}
	/* A serialising instruction: what was fetched of the old text is thrown away. */
	cpuid(0, 0);
}
