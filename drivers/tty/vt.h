/* SPDX-License-Identifier: MIT */
/*
 * Virtual terminals: what vt.c (screens and switching), vt_emulator.c (control sequences), vt_ioctl.c and keyboard.c share.
 *
 * vt_lock (LOCK_RANK_CONSOLE, interrupts off) guards every screen, the display and the keyboard's state. It is taken for short pieces
 * of output; in a panic the one CPU left goes on without it.
 */
#ifndef DRIVERS_TTY_VT_H
#define DRIVERS_TTY_VT_H

#include <drivers/display.h>
#include <drivers/tty.h>

#define VT_MAX		63u	/* the numbers that the ABI has: minors 1 to 63 */
#define VT_HISTORY	200u	/* lines that have left the screen and can be scrolled back to */
#define VT_MAX_PARAMETERS 16

/* How the next characters look. */
struct vt_style {
	u8 foreground, background;
	bool bold, underline, reverse, dim;
	u8 charset;	  /* 0 or 1: which of G0, G1 is in use */
	bool graphics[2]; /* G0, G1: the DEC line drawing set */
};

enum vt_state {
	VT_TEXT,
	VT_ESCAPE,
	VT_CSI,
	VT_CSI_IGNORE,
	VT_OSC,
	VT_OSC_ESCAPE,
	VT_HASH,
	VT_SET_G0,
	VT_SET_G1,
	VT_CHARSET,
	VT_PALETTE,
};

/* One virtual terminal; all fields vt_lock, but for tty (immutable). */
struct vt {
	struct tty *tty;
	unsigned int number; /* 1 to VT_MAX */
	unsigned int columns, rows;
	/* A ring of rows + VT_HISTORY lines; screen row y is line (origin + y) of it. */
	struct text_cell *cells;
	unsigned int nr_lines, origin, history;
	unsigned int scrolled_back; /* lines that the view is above the screen */
	unsigned int x, y;
	/* the last column is filled: the next character starts a line */
	bool wrap_pending;
	unsigned int top, bottom; /* scroll region, bottom excluded */
	struct vt_style style, saved_style;
	unsigned int saved_x, saved_y;
	bool autowrap, origin_mode, insert, newline_mode, cursor_visible, application_cursor,
		keypad_application;
	bool display_controls, bracketed_paste;
	unsigned long tabs[8]; /* columns up to 512 */
	/* Control sequences */
	enum vt_state state;
	unsigned int parameters[VT_MAX_PARAMETERS], nr_parameters;
	char private_mark; /* '?', '>' ... of the sequence */
	u32 utf8_character;
	unsigned int utf8_left;
	u32 utf8_least;
	char answer[32]; /* to be sent as if typed */
	unsigned int answer_length;
	bool bell;
	/* ioctl */
	int mode;	   /* KD_TEXT, KD_GRAPHICS */
	int keyboard_mode; /* K_XLATE ... */
	u8 leds, lock_flags;
};

extern spinlock_t vt_lock;
void vt_lock_screen(unsigned long *flags) __acquires(&vt_lock);
void vt_unlock_screen(unsigned long flags) __releases(&vt_lock);
/* changed under vt_lock, readers READ_ONCE (terminals are never freed); NULL: no screen */
extern struct vt *vt_foreground;

static inline struct text_cell *vt_line(const struct vt *vt, unsigned int y)
{
	return vt->cells + (size_t)((vt->origin + y) % vt->nr_lines) * vt->columns;
}

/* vt_emulator.c: output to the cells; nothing is drawn. */
void vt_reset(struct vt *vt);
void vt_put_byte(struct vt *vt, u8 byte);
void vt_put_character(struct vt *vt, u32 character);

/* vt.c */
struct vt *vt_get(unsigned int number);	  /* made if need be; ERR_PTR. Sleeps */
struct vt *vt_find(unsigned int number);  /* vt_lock; NULL: never used */
void vt_switch_soon(unsigned int number); /* any context: makes it first, if need be */
struct console;
void vt_console_write(struct console *console, const char *text, size_t length); /* any context */
void vt_scroll_view(int lines); /* takes vt_lock; positive: back */
void vt_refresh(void);		/* takes vt_lock: draws what has changed */
unsigned int vt_nr_used(void);
bool vt_is_open(unsigned int number);
int vt_wait_active(unsigned int number);

/* vt_ioctl.c */
long vt_ioctl(struct tty *tty, struct file *file, unsigned int command, unsigned long arg);

/* keymap.c, keyboard.c */
void keyboard_init(void);
int keyboard_get_entry(unsigned int table, unsigned int key, u16 *value);
int keyboard_set_entry(unsigned int table, unsigned int key, u16 value);
u8 keyboard_shift_state(void);
void keyboard_update_leds(void); /* not under vt_lock */

#endif
