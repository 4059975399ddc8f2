// SPDX-License-Identifier: MIT
/*
 * The terminal that TERM=linux describes: control characters and sequences (ECMA-48, and what console_codes(4) of Linux adds), UTF-8.
 * Works on cells only; vt_lock held throughout.
 */
#include "vt.h"

#include <lib/kernel.h>
#include <lib/printf.h>
#include <lib/string.h>

#define DEFAULT_FOREGROUND	7
#define DEFAULT_BACKGROUND	0

/* ---- Cells ---- */

static struct text_cell blank(const struct vt *vt)
{
	return (struct text_cell){ .character = ' ',
				   .foreground = vt->style.foreground,
				   .background = vt->style.background };
}

static void clear_cells(struct vt *vt, unsigned int y, unsigned int from, unsigned int to)
{
	struct text_cell *line = vt_line(vt, y), empty = blank(vt);

	while (from < to)
		line[from++] = empty;
}

static void clear_lines(struct vt *vt, unsigned int from, unsigned int to)
{
	for (; from < to; from++)
		clear_cells(vt, from, 0, vt->columns);
}

static void copy_line(struct vt *vt, unsigned int to, unsigned int from)
{
	memcpy(vt_line(vt, to), vt_line(vt, from), vt->columns * sizeof(struct text_cell));
}

/* The whole screen moves by turning the ring: the lines that leave become history. */
static void scroll_up(struct vt *vt, unsigned int top, unsigned int bottom, unsigned int n)
{
	n = min(n, bottom - top);
	if (!top && bottom == vt->rows) {
		vt->origin = (vt->origin + n) % vt->nr_lines;
		vt->history = min(vt->history + n, vt->nr_lines - vt->rows);
	} else {
		for (unsigned int y = top; y + n < bottom; y++)
			copy_line(vt, y, y + n);
	}
	clear_lines(vt, bottom - n, bottom);
}

static void scroll_down(struct vt *vt, unsigned int top, unsigned int bottom, unsigned int n)
{
	n = min(n, bottom - top);
	for (unsigned int y = bottom; y-- > top + n;)
		copy_line(vt, y, y - n);
	clear_lines(vt, top, top + n);
}

/* ---- Cursor ---- */

static void move_to(struct vt *vt, unsigned int x, unsigned int y)
{
	vt->x = min(x, vt->columns - 1);
	vt->y = min(y, vt->rows - 1);
	vt->wrap_pending = false;
}

/* As the program counts: from 1, and from the region's top in origin mode. */
static void position(struct vt *vt, unsigned int row, unsigned int column)
{
	unsigned int y = max(row, 1u) - 1;

	if (vt->origin_mode)
		y = min(y + vt->top, vt->bottom - 1);
	move_to(vt, max(column, 1u) - 1, y);
}

static void line_feed(struct vt *vt)
{
	if (vt->y + 1 == vt->bottom)
		scroll_up(vt, vt->top, vt->bottom, 1);
	else if (vt->y + 1 < vt->rows)
		vt->y++;
	vt->wrap_pending = false;
}

static void reverse_line_feed(struct vt *vt)
{
	if (vt->y == vt->top)
		scroll_down(vt, vt->top, vt->bottom, 1);
	else if (vt->y)
		vt->y--;
	vt->wrap_pending = false;
}

static void move_vertically(struct vt *vt, int n)
{
	int low = vt->y >= vt->top ? (int)vt->top : 0;
	int high = vt->y < vt->bottom ? (int)vt->bottom - 1 : (int)vt->rows - 1;

	move_to(vt, vt->x, clamp((int)vt->y + n, low, high));
}

static bool is_tab(const struct vt *vt, unsigned int x)
{
	return x / 64 < ARRAY_SIZE(vt->tabs) && vt->tabs[x / 64] >> x % 64 & 1;
}

static void set_tab(struct vt *vt, unsigned int x, bool on)
{
	if (x / 64 >= ARRAY_SIZE(vt->tabs))
		return;
	if (on)
		vt->tabs[x / 64] |= 1ul << x % 64;
	else
		vt->tabs[x / 64] &= ~(1ul << x % 64);
}

static void tab(struct vt *vt)
{
	do
		vt->x++;
	while (vt->x < vt->columns && !is_tab(vt, vt->x));
	move_to(vt, vt->x, vt->y);
}

static void default_tabs(struct vt *vt)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(vt->tabs); i++)
		vt->tabs[i] = 0x0101010101010101ul;
}

/* ---- Characters ---- */

static const u16 line_drawing[] = {
	/* from '`' to '~' in the DEC special graphics set */
	0x25c6, 0x2592, 0x2409, 0x240c, 0x240d, 0x240a, 0x00b0, 0x00b1, 0x2424, 0x240b, 0x2518,
	0x2510, 0x250c, 0x2514, 0x253c, 0x23ba, 0x23bb, 0x2500, 0x23bc, 0x23bd, 0x251c, 0x2524,
	0x2534, 0x252c, 0x2502, 0x2264, 0x2265, 0x03c0, 0x2260, 0x00a3, 0x00b7,
};

static struct text_cell styled(const struct vt *vt, u32 character)
{
	const struct vt_style *s = &vt->style;
	struct text_cell cell = { .character = character,
				  .foreground = s->foreground,
				  .background = s->background };

	if (s->bold && cell.foreground < 8)
		cell.foreground += 8;
	if (s->dim)
		cell.foreground = 8;
	if (s->underline)
		cell.flags |= CELL_UNDERLINE;
	if (s->reverse)
		swap(cell.foreground, cell.background);
	return cell;
}

/* Combining marks and other characters without a width of their own are left out: a cell holds one character. */
static bool is_zero_width(u32 c)
{
	return (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x20d0 && c <= 0x20ff) || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff;
}

void vt_put_character(struct vt *vt, u32 character)
{
	struct text_cell *line;

	if (vt->style.graphics[vt->style.charset] && character >= '`' && character <= '~')
		character = line_drawing[character - '`'];
	if (is_zero_width(character))
		return;
	if (vt->wrap_pending && vt->autowrap) {
		vt->x = 0;
		line_feed(vt);
	}
	line = vt_line(vt, vt->y);
	if (vt->insert)
		memmove(line + vt->x + 1, line + vt->x, (vt->columns - vt->x - 1) * sizeof(*line));
	line[vt->x] = styled(vt, character);
	if (vt->x + 1 < vt->columns)
		vt->x++;
	else
		vt->wrap_pending = true;
}

/* ---- Control sequences ---- */

static unsigned int parameter(const struct vt *vt, unsigned int n, unsigned int missing)
{
	return n < vt->nr_parameters && vt->parameters[n] ? vt->parameters[n] : missing;
}

static void erase_display(struct vt *vt)
{
	switch (parameter(vt, 0, 0)) {
	case 0:
		clear_cells(vt, vt->y, vt->x, vt->columns);
		clear_lines(vt, vt->y + 1, vt->rows);
		break;
	case 1:
		clear_lines(vt, 0, vt->y);
		clear_cells(vt, vt->y, 0, vt->x + 1);
		break;
	case 3: vt->history = 0; fallthrough;
	case 2: clear_lines(vt, 0, vt->rows); break;
	}
	vt->wrap_pending = false;
}

static void erase_line(struct vt *vt)
{
	unsigned int how = parameter(vt, 0, 0);

	clear_cells(vt, vt->y, how == 0 ? vt->x : 0, how == 1 ? vt->x + 1 : vt->columns);
	vt->wrap_pending = false;
}

static void insert_cells(struct vt *vt, unsigned int n)
{
	struct text_cell *line = vt_line(vt, vt->y);

	n = min(n, vt->columns - vt->x);
	memmove(line + vt->x + n, line + vt->x, (vt->columns - vt->x - n) * sizeof(*line));
	clear_cells(vt, vt->y, vt->x, vt->x + n);
}

static void delete_cells(struct vt *vt, unsigned int n)
{
	struct text_cell *line = vt_line(vt, vt->y);

	n = min(n, vt->columns - vt->x);
	memmove(line + vt->x, line + vt->x + n, (vt->columns - vt->x - n) * sizeof(*line));
	clear_cells(vt, vt->y, vt->columns - n, vt->columns);
}

static bool in_region(const struct vt *vt)
{
	return vt->y >= vt->top && vt->y < vt->bottom;
}

/* 38;5;N and 38;2;R;G;B; returns how many parameters that took. */
static unsigned int extended_colour(struct vt *vt, unsigned int at, u8 *colour)
{
	if (parameter(vt, at + 1, 0) == 5 && at + 2 < vt->nr_parameters) {
		*colour = vt->parameters[at + 2];
		return 2;
	}
	if (parameter(vt, at + 1, 0) == 2 && at + 4 < vt->nr_parameters) {
		*colour = palette_from_rgb(vt->parameters[at + 2], vt->parameters[at + 3],
					   vt->parameters[at + 4]);
		return 4;
	}
	return 0;
}

static void default_style(struct vt_style *s)
{
	s->foreground = DEFAULT_FOREGROUND;
	s->background = DEFAULT_BACKGROUND;
	s->bold = s->underline = s->reverse = s->dim = false;
}

static void set_attribute(struct vt *vt, unsigned int *at)
{
	struct vt_style *s = &vt->style;
	unsigned int n = vt->parameters[*at];

	switch (n) {
	case 0: default_style(s); break;
	case 1:
		s->bold = true;
		s->dim = false;
		break;
	case 2:
		s->dim = true;
		s->bold = false;
		break;
	case 4: s->underline = true; break;
	case 7: s->reverse = true; break;
	case 21: s->underline = true; break;
	case 22: s->bold = s->dim = false; break;
	case 24: s->underline = false; break;
	case 27: s->reverse = false; break;
	case 30 ... 37: s->foreground = n - 30; break;
	case 38: *at += extended_colour(vt, *at, &s->foreground); break;
	case 39: s->foreground = DEFAULT_FOREGROUND; break;
	case 40 ... 47: s->background = n - 40; break;
	case 48: *at += extended_colour(vt, *at, &s->background); break;
	case 49: s->background = DEFAULT_BACKGROUND; break;
	case 90 ... 97: s->foreground = n - 90 + 8; break;
	case 100 ... 107: s->background = n - 100 + 8; break;
	}
}

static void set_attributes(struct vt *vt)
{
	for (unsigned int i = 0; i < vt->nr_parameters; i++)
		set_attribute(vt, &i);
}

static void set_private_mode(struct vt *vt, unsigned int mode, bool on)
{
	switch (mode) {
	case 1: vt->application_cursor = on; break;
	case 6:
		vt->origin_mode = on;
		position(vt, 1, 1);
		break;
	case 7: vt->autowrap = on; break;
	case 25: vt->cursor_visible = on; break;
	case 2004: vt->bracketed_paste = on; break;
	}
}

static void set_mode(struct vt *vt, unsigned int mode, bool on)
{
	switch (mode) {
	case 3: vt->display_controls = on; break;
	case 4: vt->insert = on; break;
	case 20: vt->newline_mode = on; break;
	}
}

static void set_modes(struct vt *vt, bool on)
{
	for (unsigned int i = 0; i < vt->nr_parameters; i++) {
		if (vt->private_mark == '?')
			set_private_mode(vt, vt->parameters[i], on);
		else if (!vt->private_mark)
			set_mode(vt, vt->parameters[i], on);
	}
}

static void set_region(struct vt *vt)
{
	unsigned int top = parameter(vt, 0, 1), bottom = parameter(vt, 1, vt->rows);

	if (top >= bottom || bottom > vt->rows)
		return;
	vt->top = top - 1;
	vt->bottom = bottom;
	position(vt, 1, 1);
}

static void answer(struct vt *vt, const char *text)
{
	size_t length = strlen(text);

	if (vt->answer_length + length > sizeof(vt->answer))
		return;
	memcpy(vt->answer + vt->answer_length, text, length);
	vt->answer_length += length;
}

static void report_status(struct vt *vt)
{
	char text[24];

	if (parameter(vt, 0, 0) == 5) {
		answer(vt, "\033[0n");
	} else if (parameter(vt, 0, 0) == 6) {
		snprintf(text, sizeof(text), "\033[%u;%uR",
			 vt->y + 1 - (vt->origin_mode ? vt->top : 0), vt->x + 1);
		answer(vt, text);
	}
}

static void save_cursor(struct vt *vt)
{
	vt->saved_x = vt->x;
	vt->saved_y = vt->y;
	vt->saved_style = vt->style;
}

static void restore_cursor(struct vt *vt)
{
	vt->style = vt->saved_style;
	move_to(vt, vt->saved_x, vt->saved_y);
}

static void csi_cursor(struct vt *vt, u8 c)
{
	unsigned int n = min(parameter(vt, 0, 1), 10000u);

	switch (c) {
	case 'A': move_vertically(vt, -(int)n); break;
	case 'B':
	case 'e': move_vertically(vt, n); break;
	case 'C':
	case 'a': move_to(vt, vt->x + n, vt->y); break;
	case 'D': move_to(vt, vt->x > n ? vt->x - n : 0, vt->y); break;
	case 'E':
		move_vertically(vt, n);
		vt->x = 0;
		break;
	case 'F':
		move_vertically(vt, -(int)n);
		vt->x = 0;
		break;
	case 'G':
	case '`': move_to(vt, n - 1, vt->y); break;
	case 'd': position(vt, n, vt->x + 1); break;
	case 'H':
	case 'f': position(vt, n, parameter(vt, 1, 1)); break;
	}
}

static void csi_edit(struct vt *vt, u8 c)
{
	unsigned int n = min(parameter(vt, 0, 1), 10000u);

	switch (c) {
	case 'J': erase_display(vt); break;
	case 'K': erase_line(vt); break;
	case 'L':
		if (in_region(vt))
			scroll_down(vt, vt->y, vt->bottom, n);
		break;
	case 'M':
		if (in_region(vt))
			scroll_up(vt, vt->y, vt->bottom, n);
		break;
	case 'P': delete_cells(vt, n); break;
	case 'S': scroll_up(vt, vt->top, vt->bottom, n); break;
	case 'T': scroll_down(vt, vt->top, vt->bottom, n); break;
	case 'X': clear_cells(vt, vt->y, vt->x, min(vt->x + n, vt->columns)); break;
	case '@': insert_cells(vt, n); break;
	}
}

static void csi_other(struct vt *vt, u8 c)
{
	switch (c) {
	case 'c':
		if (!vt->private_mark && !parameter(vt, 0, 0))
			answer(vt, "\033[?6c"); /* a VT102 */
		break;
	case 'g':
		if (parameter(vt, 0, 0) == 0)
			set_tab(vt, vt->x, false);
		else if (parameter(vt, 0, 0) == 3)
			memset(vt->tabs, 0, sizeof(vt->tabs));
		break;
	case 'h': set_modes(vt, true); break;
	case 'l': set_modes(vt, false); break;
	case 'm': set_attributes(vt); break;
	case 'n': report_status(vt); break;
	case 'r': set_region(vt); break;
	case 's': save_cursor(vt); break;
	case 'u': restore_cursor(vt); break;
	}
}

static void csi_end(struct vt *vt, u8 c)
{
	vt->state = VT_TEXT;
	vt->nr_parameters = min(vt->nr_parameters + 1, (unsigned int)VT_MAX_PARAMETERS);
	if (vt->private_mark && !strchr("hlnc", c))
		return;
	if (strchr("ABCDEFGHade`f", c))
		csi_cursor(vt, c);
	else if (strchr("JKLMPSTX@", c))
		csi_edit(vt, c);
	else
		csi_other(vt, c);
}

static void csi_begin(struct vt *vt)
{
	vt->state = VT_CSI;
	vt->nr_parameters = 0;
	vt->private_mark = 0;
	memset(vt->parameters, 0, sizeof(vt->parameters));
}

static void csi_byte(struct vt *vt, u8 c)
{
	unsigned int *p = &vt->parameters[min(vt->nr_parameters, VT_MAX_PARAMETERS - 1u)];

	if (c >= '0' && c <= '9') {
		*p = min(*p * 10 + (c - '0'), 65535u);
	} else if (c == ';' || c == ':') {
		vt->nr_parameters++;
	} else if (c >= '<' && c <= '?') {
		vt->private_mark = c;
	} else if (c == '[') {
		vt->state = VT_CSI_IGNORE; /* a function key that was echoed */
	} else if (c >= 0x40 && c < 0x7f) {
		csi_end(vt, c);
	}
}

void vt_reset(struct vt *vt)
{
	vt->top = 0;
	vt->bottom = vt->rows;
	vt->autowrap = vt->cursor_visible = true;
	vt->origin_mode = vt->insert = vt->newline_mode = vt->application_cursor =
		vt->keypad_application = false;
	vt->display_controls = vt->bracketed_paste = false;
	vt->style = (struct vt_style){ 0 };
	default_style(&vt->style);
	default_tabs(vt);
	vt->state = VT_TEXT;
	vt->utf8_left = 0;
	clear_lines(vt, 0, vt->rows);
	move_to(vt, 0, 0);
	save_cursor(vt);
}

static void escape_byte(struct vt *vt, u8 c)
{
	vt->state = VT_TEXT;
	switch (c) {
	case '[': csi_begin(vt); break;
	case ']':
		vt->state = VT_OSC;
		vt->nr_parameters = 0;
		break;
	case '(': vt->state = VT_SET_G0; break;
	case ')': vt->state = VT_SET_G1; break;
	case '%': vt->state = VT_CHARSET; break;
	case '#': vt->state = VT_HASH; break;
	case '7': save_cursor(vt); break;
	case '8': restore_cursor(vt); break;
	case 'D': line_feed(vt); break;
	case 'E':
		vt->x = 0;
		line_feed(vt);
		break;
	case 'H': set_tab(vt, vt->x, true); break;
	case 'M': reverse_line_feed(vt); break;
	case 'Z': answer(vt, "\033[?6c"); break;
	case 'c': vt_reset(vt); break;
	case '>': vt->keypad_application = false; break;
	case '=': vt->keypad_application = true; break;
	}
}

/* Control characters act in the midst of sequences too. True when c was one. */
static bool control_byte(struct vt *vt, u8 c)
{
	switch (c) {
	case 0:
	case 0x7f: return true;
	case '\a':
		if (vt->state == VT_OSC)
			vt->state = VT_TEXT;
		else
			vt->bell = true;
		return true;
	case '\b': move_to(vt, vt->x ? vt->x - 1 : 0, vt->y); return true;
	case '\t': tab(vt); return true;
	case '\n':
	case '\v':
	case '\f':
		line_feed(vt);
		if (vt->newline_mode)
			vt->x = 0;
		return true;
	case '\r': move_to(vt, 0, vt->y); return true;
	case 14: vt->style.charset = 1; return true;
	case 15: vt->style.charset = 0; return true;
	case 24:
	case 26: vt->state = VT_TEXT; return true;
	case 27: vt->state = vt->state == VT_OSC ? VT_OSC_ESCAPE : VT_ESCAPE; return true;
	default: return c < 0x20;
	}
}

static void utf8_start(struct vt *vt, u8 c)
{
	if ((c & 0xe0) == 0xc0) {
		vt->utf8_character = c & 0x1f;
		vt->utf8_left = 1;
		vt->utf8_least = 0x80;
	} else if ((c & 0xf0) == 0xe0) {
		vt->utf8_character = c & 0x0f;
		vt->utf8_left = 2;
		vt->utf8_least = 0x800;
	} else if ((c & 0xf8) == 0xf0) {
		vt->utf8_character = c & 0x07;
		vt->utf8_left = 3;
		vt->utf8_least = 0x10000;
	} else {
		vt_put_character(vt, 0xfffd);
	}
}

static void utf8_byte(struct vt *vt, u8 c)
{
	if (vt->utf8_left && (c & 0xc0) == 0x80) {
		vt->utf8_character = vt->utf8_character << 6 | (c & 0x3f);
		if (--vt->utf8_left)
			return;
		if (vt->utf8_character < vt->utf8_least || vt->utf8_character > 0x10ffff ||
		    (vt->utf8_character >= 0xd800 && vt->utf8_character < 0xe000))
			vt->utf8_character = 0xfffd;
		vt_put_character(vt, vt->utf8_character);
		return;
	}
	if (vt->utf8_left) { /* broken off */
		vt->utf8_left = 0;
		vt_put_character(vt, 0xfffd);
	}
	if (c < 0x80)
		vt_put_character(vt, c);
	else
		utf8_start(vt, c);
}

static void screen_alignment(struct vt *vt)
{
	for (unsigned int y = 0; y < vt->rows; y++)
		for (unsigned int x = 0; x < vt->columns; x++)
			vt_line(vt, y)[x] = styled(vt, 'E');
}

void vt_put_byte(struct vt *vt, u8 c)
{
	if (vt->state == VT_TEXT && c >= 0x20 && c != 0x7f) {
		utf8_byte(vt, c);
		return;
	}
	if ((c < 0x20 || c == 0x7f) && control_byte(vt, c))
		return;
	switch (vt->state) {
	case VT_ESCAPE: escape_byte(vt, c); break;
	case VT_CSI: csi_byte(vt, c); break;
	case VT_OSC:
		if (vt->nr_parameters++)
			break;
		if (c == 'P' || c == 'R') /* Linux's palette: no string terminator follows */
			vt->state = c == 'P' ? VT_PALETTE : VT_TEXT;
		if (c == 'P')
			vt->nr_parameters = 0;
		break;
	case VT_PALETTE:
		if (++vt->nr_parameters == 7)
			vt->state = VT_TEXT;
		break;
	case VT_SET_G0:
	case VT_SET_G1:
		vt->style.graphics[vt->state == VT_SET_G1] = c == '0';
		vt->state = VT_TEXT;
		break;
	case VT_HASH:
		if (c == '8')
			screen_alignment(vt);
		vt->state = VT_TEXT;
		break;
	default: /* one byte that ends what is ignored */ vt->state = VT_TEXT;
	}
}
