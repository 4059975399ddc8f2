// SPDX-License-Identifier: MIT
/*
 * VGA text mode: 80x25 cells at 0xb8000, a byte of code page 437 and a byte of colours each; the cursor by the CRT controller's registers
 * 0x0a, 0x0e and 0x0f (IBM VGA, "CRT Controller Registers").
 */
#include <arch/io.h>
#include <drivers/display.h>
#include <kernel/boot.h>
#include <lib/kernel.h>
#include <mm/slab.h>

#define VGA_TEXT	0xb8000u
#define CRTC_INDEX	0x3d4
#define CRTC_DATA	0x3d5
#define CRTC_CURSOR_START 0x0a
#define CRTC_CURSOR_HIGH 0x0e
#define CRTC_CURSOR_LOW	0x0f
#define CURSOR_OFF	0x20

static volatile u16 *screen;

/* The upper half of code page 437. */
static const u16 cp437[128] = {
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8,
	0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2,
	0x00fb, 0x00f9, 0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1,
	0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd,
	0x00bc, 0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562,
	0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534,
	0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560,
	0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b,
	0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393,
	0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6,
	0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248, 0x00b0,
	0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};

static u8 to_cp437(u32 character)
{
	if (character >= 0x20 && character < 0x7f)
		return character;
	for (unsigned int i = 0; i < ARRAY_SIZE(cp437); i++)
		if (cp437[i] == character)
			return 0x80 + i;
	return '?';
}

/* VGA counts blue as 1 and red as 4, ANSI the other way round. */
static u8 to_vga(u8 colour)
{
	u8 c = palette_to_ansi(colour);

	return (c & 0x0a) | (c & 1) << 2 | (c & 4) >> 2;
}

static void draw(struct text_display *display, unsigned int x, unsigned int y,
		 const struct text_cell *cells, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		screen[y * display->columns + x + i] = to_cp437(cells[i].character) |
						       to_vga(cells[i].foreground) << 8 |
						       (to_vga(cells[i].background) & 7) << 12;
}

static void crtc_write(u8 reg, u8 value)
{
	outb(reg, CRTC_INDEX);
	outb(value, CRTC_DATA);
}

static void cursor(struct text_display *display, unsigned int x, unsigned int y, bool visible)
{
	unsigned int at = y * display->columns + x;

	crtc_write(CRTC_CURSOR_START, visible ? 14 : CURSOR_OFF);
	if (!visible)
		return;
	crtc_write(CRTC_CURSOR_HIGH, at >> 8);
	crtc_write(CRTC_CURSOR_LOW, at & 0xff);
}

static struct text_display vga = { .name = "VGA text", .columns = 80, .rows = 25, .draw = draw, .cursor = cursor };

/* A BIOS leaves text mode on; UEFI has none. PVH starts without firmware's video set-up: then the mode is still the reset state. */
struct text_display *vgacon_probe(void)
{
	if (boot_info.efi_system_table || boot_info.framebuffer.type == BOOT_FRAMEBUFFER_RGB)
		return NULL;
	screen = (void __force *)ioremap(VGA_TEXT, vga.columns * vga.rows * sizeof(u16));
	return screen ? &vga : NULL;
}
