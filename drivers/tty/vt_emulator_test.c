/* SPDX-License-Identifier: MIT */
/* The terminal's emulator on a screen of its own, 20 by 5: no display and no tty belong to it. */
#include "vt.h"

#include <kernel/ktest.h>
#include <lib/string.h>
#include <mm/slab.h>

KTEST_SUITE("vt_emulator");

#define COLUMNS	20u
#define ROWS	5u

static struct vt *make(void)
{
	struct vt *vt = kzalloc(sizeof(*vt), GFP_KERNEL);

	if (!KTEST_EXPECT(vt))
		return NULL;
	vt->columns = COLUMNS;
	vt->rows = ROWS;
	vt->nr_lines = ROWS + 10;
	vt->cells = kcalloc(vt->nr_lines * COLUMNS, sizeof(struct text_cell), GFP_KERNEL);
	if (!KTEST_EXPECT(vt->cells)) {
		kfree(vt);
		return NULL;
	}
	vt_reset(vt);
	return vt;
}

static void put(struct vt *vt, const char *text)
{
	while (*text)
		vt_put_byte(vt, *text++);
}

static void drop(struct vt *vt)
{
	kfree(vt->cells);
	kfree(vt);
}

/* The row begins with this text, and is blank behind it. */
static bool row_is(struct vt *vt, unsigned int y, const char *text)
{
	const struct text_cell *line = vt_line(vt, y);
	size_t length = strlen(text);

	for (unsigned int x = 0; x < COLUMNS; x++)
		if (line[x].character != (x < length ? (u8)text[x] : ' '))
			return false;
	return true;
}

static bool cursor_is(const struct vt *vt, unsigned int x, unsigned int y)
{
	return vt->x == x && vt->y == y;
}

KTEST_CASE(lines_wrap_late_and_scroll)
{
	struct vt *vt = make();

	if (!vt)
		return;
	put(vt, "12345678901234567890");
	KTEST_EXPECT(cursor_is(vt, COLUMNS - 1, 0));
	put(vt, "x\r\n3\r\n4\r\n5\r\n6");
	KTEST_EXPECT(row_is(vt, 0, "x"));
	KTEST_EXPECT(row_is(vt, ROWS - 1, "6"));
	KTEST_EXPECT_EQ(vt->history, 1);
	drop(vt);
}

KTEST_CASE(cursor_movement_stays_on_the_screen)
{
	struct vt *vt = make();

	if (!vt)
		return;
	put(vt, "\033[3;4H");
	KTEST_EXPECT(cursor_is(vt, 3, 2));
	put(vt, "\033[99A\033[99D");
	KTEST_EXPECT(cursor_is(vt, 0, 0));
	put(vt, "\033[99999999999B\033[99999999999C");
	KTEST_EXPECT(cursor_is(vt, COLUMNS - 1, ROWS - 1));
	put(vt, "\r\t");
	KTEST_EXPECT(cursor_is(vt, 8, ROWS - 1));
	put(vt, "\033[6n");
	KTEST_EXPECT(vt->answer_length == 6 && !memcmp(vt->answer, "\033[5;9R", 6));
	drop(vt);
}

KTEST_CASE(erasing_inserting_and_deleting)
{
	struct vt *vt = make();

	if (!vt)
		return;
	put(vt, "abcdef\033[4D\033[2P");
	KTEST_EXPECT(row_is(vt, 0, "abef"));
	put(vt, "\033[@");
	KTEST_EXPECT(row_is(vt, 0, "ab ef"));
	put(vt, "\033[K");
	KTEST_EXPECT(row_is(vt, 0, "ab"));
	put(vt, "\r\n2\r\n3\033[2;1H\033[L");
	KTEST_EXPECT(row_is(vt, 1, "") && row_is(vt, 2, "2") && row_is(vt, 3, "3"));
	put(vt, "\033[2M");
	KTEST_EXPECT(row_is(vt, 1, "3") && row_is(vt, 2, ""));
	put(vt, "\033[2J");
	KTEST_EXPECT(row_is(vt, 0, "") && row_is(vt, 1, ""));
	drop(vt);
}

KTEST_CASE(regions_scroll_alone)
{
	struct vt *vt = make();

	if (!vt)
		return;
	put(vt, "1\r\n2\r\n3\r\n4\r\n5\033[2;4r\033[4;1H\n");
	KTEST_EXPECT(row_is(vt, 0, "1") && row_is(vt, 1, "3") && row_is(vt, 2, "4") &&
		     row_is(vt, 3, "") && row_is(vt, 4, "5"));
	put(vt, "\033[2;1H\033M");
	KTEST_EXPECT(row_is(vt, 1, "") && row_is(vt, 2, "3") && row_is(vt, 3, "4"));
	put(vt, "\033[4;2r"); /* no region */
	KTEST_EXPECT(vt->top == 1 && vt->bottom == 4);
	drop(vt);
}

KTEST_CASE(colours_and_styles)
{
	struct vt *vt = make();

	if (!vt)
		return;
	put(vt, "\033[31;44ma\033[1mb\033[0;7mc\033[0;38;5;208md\033[4me\033[38;5mf");
	KTEST_EXPECT(vt_line(vt, 0)[0].foreground == 1 && vt_line(vt, 0)[0].background == 4);
	KTEST_EXPECT_EQ(vt_line(vt, 0)[1].foreground, 9);
	KTEST_EXPECT(vt_line(vt, 0)[2].foreground == 0 && vt_line(vt, 0)[2].background == 7);
	KTEST_EXPECT_EQ(vt_line(vt, 0)[3].foreground, 208);
	KTEST_EXPECT(vt_line(vt, 0)[4].flags & CELL_UNDERLINE);
	KTEST_EXPECT(row_is(vt, 0, "abcdef"));
	drop(vt);
}

KTEST_CASE(utf8_good_and_bad)
{
	struct vt *vt = make();

	if (!vt)
		return;
	put(vt, "\303\244\342\202\254\360\237\230\200");
	KTEST_EXPECT(vt_line(vt, 0)[0].character == 0xe4 && vt_line(vt, 0)[1].character == 0x20ac);
	KTEST_EXPECT_EQ(vt_line(vt, 0)[2].character, 0x1f600);
	/* broken off, overlong, a surrogate, no start */
	put(vt, "\r\303x\300\200\355\240\200\377");
	KTEST_EXPECT(vt_line(vt, 0)[0].character == 0xfffd && vt_line(vt, 0)[1].character == 'x');
	for (unsigned int x = 2; x < 5; x++)
		KTEST_EXPECT_EQ(vt_line(vt, 0)[x].character, 0xfffd);
	drop(vt);
}

/* Whatever comes, the cursor stays on the screen and the emulator in its memory. */
KTEST_CASE(noise)
{
	static const char alphabet[] =
		"\033\033\033[[[[;;?0123456789ABCDHJKLMPSTXhlmrnc@\n\r\t\b\016\017x\303(0)%#8]P";
	struct vt *vt = make();
	u32 seed = 1;

	if (!vt)
		return;
	for (unsigned int i = 0; i < 100000; i++) {
		seed = seed * 1103515245 + 12345;
		vt_put_byte(vt, alphabet[(seed >> 16) % (sizeof(alphabet) - 1)]);
		vt->answer_length = 0;
		if (vt->x >= COLUMNS || vt->y >= ROWS || vt->top >= vt->bottom ||
		    vt->bottom > ROWS) {
			KTEST_FAIL("after %u bytes: cursor %u,%u, region %u to %u", i, vt->x, vt->y,
				   vt->top, vt->bottom);
			break;
		}
	}
	drop(vt);
}

/* What the code of the screen prints while it has the screen, a report of a fault in it above all, must not wait for the screen. */
KTEST_CASE(a_message_of_the_screens_own_code)
{
	unsigned long flags;

	if (!READ_ONCE(vt_foreground)) {
		ktest_skip("no screen");
		return;
	}
	vt_lock_screen(&flags);
	vt_console_write(NULL, "lost\n", 5);
	vt_unlock_screen(flags);
}
