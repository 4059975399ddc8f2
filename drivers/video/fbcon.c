// SPDX-License-Identifier: MIT
/*
 * Text on a linear framebuffer of 24 or 32 bits per pixel. Only written, never read: video memory is slow to read.
 */
#include <arch/barrier.h>
#include <drivers/display.h>
#include <kernel/boot.h>
#include <kernel/log.h>
#include <lib/kernel.h>
#include <mm/slab.h>

struct framebuffer {
	struct text_display display;
	u8 *memory;
	u32 pitch;
	unsigned int bytes; /* per pixel: 3 or 4 */
	u32 pixel[256];	    /* palette in the framebuffer's format */
};

static struct framebuffer fb;

static u32 channel(u32 level, u8 position, u8 size)
{
	return (size < 8 ? level >> (8 - size) : level << (size - 8)) << position;
}

static void set_palette(const struct boot_framebuffer *info)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(fb.pixel); i++) {
		u32 rgb = palette_rgb(i);

		fb.pixel[i] = channel(rgb >> 16 & 0xff, info->red_position, info->red_size) |
			      channel(rgb >> 8 & 0xff, info->green_position, info->green_size) |
			      channel(rgb & 0xff, info->blue_position, info->blue_size);
	}
}

static void put_row32(u8 *to, u8 bits, u32 foreground, u32 background)
{
	volatile u32 *pixel = (volatile u32 *)to;

	for (unsigned int x = 0; x < FONT_WIDTH; x++, bits <<= 1)
		pixel[x] = bits & 0x80 ? foreground : background;
}

static void put_row24(u8 *to, u8 bits, u32 foreground, u32 background)
{
	volatile u8 *byte = to;

	for (unsigned int x = 0; x < FONT_WIDTH; x++, bits <<= 1) {
		u32 pixel = bits & 0x80 ? foreground : background;

		*byte++ = pixel;
		*byte++ = pixel >> 8;
		*byte++ = pixel >> 16;
	}
}

static void draw_cell(unsigned int x, unsigned int y, const struct text_cell *cell)
{
	const u8 *glyph = font_glyph(cell->character);
	u32 foreground = fb.pixel[cell->foreground], background = fb.pixel[cell->background];
	u8 *to = fb.memory + (size_t)y * FONT_HEIGHT * fb.pitch + (size_t)x * FONT_WIDTH * fb.bytes;

	if (cell->flags & CELL_CURSOR)
		swap(foreground, background);
	for (unsigned int row = 0; row < FONT_HEIGHT; row++, to += fb.pitch) {
		u8 bits = glyph[row];

		if (cell->flags & CELL_UNDERLINE && row == FONT_HEIGHT - 2)
			bits = 0xff;
		if (fb.bytes == 4)
			put_row32(to, bits, foreground, background);
		else
			put_row24(to, bits, foreground, background);
	}
}

static void draw(struct text_display *display, unsigned int x, unsigned int y,
		 const struct text_cell *cells, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		draw_cell(x + i, y, &cells[i]);
	wmb(); /* write-combined: make it visible */
}

struct text_display *fbcon_probe(void)
{
	const struct boot_framebuffer *info = &boot_info.framebuffer;

	if (info->type != BOOT_FRAMEBUFFER_RGB)
		return NULL;
	if (info->bits_per_pixel != 24 && info->bits_per_pixel != 32) {
		pr_warn("framebuffer: %u bits per pixel are not supported\n", info->bits_per_pixel);
		return NULL;
	}
	if (info->width < FONT_WIDTH || info->height < FONT_HEIGHT ||
	    info->pitch < info->width * (info->bits_per_pixel / 8))
		return NULL;
	fb.memory = (void __force *)ioremap_wc(info->address, (size_t)info->pitch * info->height);
	if (!fb.memory)
		return NULL;
	fb.pitch = info->pitch;
	fb.bytes = info->bits_per_pixel / 8;
	fb.display = (struct text_display){
		.name = "framebuffer",
		.columns = info->width / FONT_WIDTH,
		.rows = info->height / FONT_HEIGHT,
		.draw = draw,
	};
	set_palette(info);
	pr_info("framebuffer: %ux%u, %u bits per pixel, %ux%u characters\n", info->width,
		info->height, info->bits_per_pixel, fb.display.columns, fb.display.rows);
	return &fb.display;
}
