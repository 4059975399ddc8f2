/* SPDX-License-Identifier: MIT */
/* Firmware memory maps made sorted and disjoint. Pure: also built and tested on the host. */
#include "boot_private.h"

#define PAGE_BYTES	4096ull

static u64 entry_end(const struct boot_memory *entry)
{
	u64 end = entry->start + entry->size;

	return end < entry->start ? ~0ull : end;
}

static void sort_points(u64 *points, size_t nr)
{
	for (size_t i = 1; i < nr; i++) {
		u64 value = points[i];
		size_t j = i;

		for (; j && points[j - 1] > value; j--)
			points[j] = points[j - 1];
		points[j] = value;
	}
}

/* The type that holds from start to the next point, or 0 where no entry says anything. */
static u32 type_at(const struct boot_memory *raw, size_t nr, u64 start)
{
	u32 type = 0;

	for (size_t i = 0; i < nr; i++)
		if (raw[i].start <= start && start < entry_end(&raw[i]) && raw[i].type > type)
			type = raw[i].type;
	return type;
}

/* Appends an interval, joined to the one before where they touch and agree. */
static size_t append(struct boot_memory *out, size_t nr, u64 start, u64 end, u32 type)
{
	if (nr && out[nr - 1].type == type && out[nr - 1].start + out[nr - 1].size == start) {
		out[nr - 1].size += end - start;
		return nr;
	}
	out[nr] = (struct boot_memory){ .start = start, .size = end - start, .type = type };
	return nr + 1;
}

/* RAM in whole pages, below the limit; what is left of an entry may be nothing. */
static size_t trim_ram(struct boot_memory *map, size_t nr, u64 limit)
{
	size_t kept = 0;

	for (size_t i = 0; i < nr; i++) {
		struct boot_memory entry = map[i];

		if (entry.type == BOOT_MEMORY_RAM) {
			u64 start = (entry.start + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
			u64 end = entry_end(&entry);

			if (end > limit)
				end = limit;
			end &= ~(PAGE_BYTES - 1);
			if (start < entry.start || end <= start)
				continue;
			entry.start = start;
			entry.size = end - start;
		}
		map[kept++] = entry;
	}
	return kept;
}

size_t memory_map_normalise(const struct boot_memory *raw, size_t nr, u64 limit, u64 *points,
			    struct boot_memory *out)
{
	size_t nr_points = 0, nr_out = 0;

	for (size_t i = 0; i < nr; i++) {
		points[nr_points++] = raw[i].start;
		points[nr_points++] = entry_end(&raw[i]);
	}
	sort_points(points, nr_points);

	for (size_t i = 0; i + 1 < nr_points; i++) {
		u32 type;

		if (points[i] == points[i + 1])
			continue;
		type = type_at(raw, nr, points[i]);
		if (type)
			nr_out = append(out, nr_out, points[i], points[i + 1], type);
	}
	return trim_ram(out, nr_out, limit);
}
