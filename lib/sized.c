// SPDX-License-Identifier: MIT
/* Structures that say their own size (lib/sized.h). */
#include <lib/sized.h>
#include <lib/string.h>

#define LARGEST	4096u /* no structure of the kit will ever be that large: it is no size */

static int check(const u8 *from, size_t size, size_t known, size_t smallest)
{
	if (size < smallest || size > LARGEST)
		return -EINVAL;
	for (size_t i = known; i < size; i++)
		if (from[i])
			return -E2BIG;
	return 0;
}

static void copy(u8 *to, size_t known, const u8 *from, size_t size)
{
	size_t both = size < known ? size : known;

	memcpy(to, from, both);
	memset(to + both, 0, known - both);
	*(u32 *)to = (u32)known;
}

int sized_copy(void *to, size_t known, const void *from, size_t smallest)
{
	size_t size = *(const u32 *)from;
	int error = check(from, size, known, smallest);

	if (!error)
		copy(to, known, from, size);
	return error;
}

int sized_copy_table(void *to, size_t known, const void *from, size_t nr, size_t smallest)
{
	const u8 *entry = from;
	size_t size = nr ? *(const u32 *)from : 0;
	int error = 0;

	for (size_t i = 0; !error && i < nr; i++, entry += size)
		error = *(const u32 *)entry == size ? check(entry, size, known, smallest) : -EINVAL;
	for (size_t i = 0; !error && i < nr; i++)
		copy((u8 *)to + i * known, known, (const u8 *)from + i * size, size);
	return error;
}
