/* SPDX-License-Identifier: MIT */
/*
 * Text displays (drivers/video): what the virtual terminals draw on. A cell is a character with two colours of the 256-colour palette
 * (0-15 the ANSI colours, 16-231 a 6x6x6 cube, 232-255 greys).
 *
 * All functions are called with vt_lock held and interrupts off, also while panicking; they never sleep.
 */
#ifndef DRIVERS_DISPLAY_H
#define DRIVERS_DISPLAY_H

#include <kit/types.h>

struct text_cell {
	u32 character; /* Unicode */
	u8 foreground, background;
	u8 flags; /* CELL_* */
	u8 unused;
};
#define CELL_UNDERLINE	0x01
#define CELL_CURSOR	0x02		/* set while drawing only: shown with colours exchanged */

struct text_display {
	const char *name;
	unsigned int columns, rows;
	/* Shows n cells from (x, y) on. */
	void (*draw)(struct text_display *display, unsigned int x, unsigned int y,
		     const struct text_cell *cells, unsigned int n);
	/* A hardware cursor; NULL: the cell under it is drawn with CELL_CURSOR. */
	void (*cursor)(struct text_display *display, unsigned int x, unsigned int y, bool visible);
};

/* The screen that this machine started with, NULL: none (or none of a kind that was configured). Boot only. */
struct text_display *display_probe(void);
struct text_display *fbcon_probe(void);
struct text_display *vgacon_probe(void);

/* 0xRRGGBB of a palette entry. */
u32 palette_rgb(u8 colour);
/* The nearest of the 16 ANSI colours. */
u8 palette_to_ansi(u8 colour);
/* The palette entry nearest to a colour. */
u8 palette_from_rgb(unsigned int red, unsigned int green, unsigned int blue);

/* The console font, taken at build time from Debian's console-setup-linux: 8 by 16. */
#define FONT_WIDTH	8u
#define FONT_HEIGHT	16u
const u8 *font_glyph(u32 character); /* FONT_HEIGHT rows, the leftmost pixel in the top bit */

#endif
