// SPDX-License-Identifier: MIT
/* The console font: from a character to its glyph. ASCII has a table of its own, made on first use. */
#include <drivers/display.h>
#include <lib/kernel.h>

#include <generated/console_font.h>

static const u8 *search(u32 character)
{
	size_t low = 0, high = ARRAY_SIZE(font_map);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (font_map[middle].character == character)
			return font_bits[font_map[middle].glyph];
		if (font_map[middle].character < character)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const u8 *font_glyph(u32 character)
{
	static const u8 *ascii[128];
	const u8 *glyph;

	if (character < ARRAY_SIZE(ascii) && ascii[character])
		return ascii[character];
	glyph = search(character);
	if (!glyph)
		glyph = search(0xfffd);
	if (!glyph)
		glyph = search('?');
	if (character < ARRAY_SIZE(ascii))
		ascii[character] = glyph;
	return glyph;
}
