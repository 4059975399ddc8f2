// SPDX-License-Identifier: MIT
/* The 256 colours that terminals know. */
#include <drivers/display.h>
#include <lib/kernel.h>

static const u32 ansi[16] = {
	0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa,
	0x555555, 0xff5555, 0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
};

static const u8 cube[6] = { 0, 95, 135, 175, 215, 255 };

u32 palette_rgb(u8 colour)
{
	unsigned int n = colour;

	if (n < 16)
		return ansi[n];
	if (n >= 232)
		return (8 + 10 * (n - 232)) * 0x010101u;
	n -= 16;
	return (u32)cube[n / 36] << 16 | (u32)cube[n / 6 % 6] << 8 | cube[n % 6];
}

static unsigned int distance(u32 a, u32 b)
{
	unsigned int sum = 0;

	for (int shift = 0; shift < 24; shift += 8) {
		int d = (int)(a >> shift & 0xff) - (int)(b >> shift & 0xff);

		sum += d * d;
	}
	return sum;
}

u8 palette_to_ansi(u8 colour)
{
	u32 rgb = palette_rgb(colour);
	u8 best = 0;

	if (colour < 16)
		return colour;
	for (u8 i = 1; i < 16; i++)
		if (distance(rgb, ansi[i]) < distance(rgb, ansi[best]))
			best = i;
	return best;
}

static unsigned int cube_step(unsigned int level)
{
	return level < 48 ? 0 : level < 115 ? 1 : (level - 35) / 40;
}

u8 palette_from_rgb(unsigned int red, unsigned int green, unsigned int blue)
{
	return 16 + 36 * cube_step(min(red, 255u)) + 6 * cube_step(min(green, 255u)) +
	       cube_step(min(blue, 255u));
}
