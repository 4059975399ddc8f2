/* SPDX-License-Identifier: MIT */
/* Sorting and searching exception tables. */
#include <arch/extable.h>
#include <arch/traps.h>
#include <lib/sort.h>

extern struct extable_entry __ex_table_start[], __ex_table_end[];

unsigned long (*extable_find_in_modules)(unsigned long address);

static int compare(const void *a, const void *b)
{
	s32 x = ((const struct extable_entry *)a)->instruction,
	    y = ((const struct extable_entry *)b)->instruction;

	return x < y ? -1 : x > y;
}

void extable_sort(struct extable_entry *start, struct extable_entry *end)
{
	for (struct extable_entry *entry = start; entry < end; entry++) {
		entry->instruction += (char *)&entry->instruction - (char *)start;
		entry->fixup += (char *)&entry->fixup - (char *)start;
	}
	sort(start, end - start, sizeof(*start), compare);
}

unsigned long extable_find(const struct extable_entry *start, const struct extable_entry *end,
			   unsigned long address)
{
	unsigned long base = (unsigned long)start;
	size_t low = 0, high = end - start;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		unsigned long instruction = base + (long)start[middle].instruction;

		if (instruction == address)
			return base + (long)start[middle].fixup;
		if (instruction < address)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

void extable_init(void)
{
	extable_sort(__ex_table_start, __ex_table_end);
}

bool fixup_exception(struct trap_frame *frame)
{
	unsigned long fixup = extable_find(__ex_table_start, __ex_table_end, frame->rip);

	if (!fixup && extable_find_in_modules)
		fixup = extable_find_in_modules(frame->rip);
	if (fixup)
		frame->rip = fixup;
	return fixup;
}
