/* SPDX-License-Identifier: MIT */
/*
 * Virtual consoles: switching, modes, keyboard.
 */
#ifndef UAPI_VT_H
#define UAPI_VT_H

#include <uapi/types.h>

#define MIN_NR_CONSOLES	1
#define MAX_NR_CONSOLES	63

struct vt_mode {
	char mode;
	char waitv;
	short relsig;
	short acqsig;
	short frsig;
};

struct vt_stat {
	unsigned short v_active;
	unsigned short v_signal;
	unsigned short v_state;
};

struct vt_sizes {
	unsigned short v_rows;
	unsigned short v_cols;
	unsigned short v_scrollsize;
};

struct vt_consize {
	unsigned short v_rows;
	unsigned short v_cols;
	unsigned short v_vlin;
	unsigned short v_clin;
	unsigned short v_vcol;
	unsigned short v_ccol;
};

struct vt_event {
	unsigned int event;
	unsigned int oldev;
	unsigned int newev;
	unsigned int pad[4];
};

struct vt_setactivate {
	unsigned int console;
	struct vt_mode mode;
};

#define VT_OPENQRY		0x5600
#define VT_GETMODE		0x5601
#define VT_SETMODE		0x5602
#define VT_GETSTATE		0x5603
#define VT_SENDSIG		0x5604
#define VT_RELDISP		0x5605
#define VT_ACTIVATE		0x5606
#define VT_WAITACTIVE		0x5607
#define VT_DISALLOCATE		0x5608
#define VT_RESIZE		0x5609
#define VT_RESIZEX		0x560a
#define VT_LOCKSWITCH		0x560b
#define VT_UNLOCKSWITCH		0x560c
#define VT_GETHIFONTMASK	0x560d
#define VT_WAITEVENT		0x560e
#define VT_SETACTIVATE		0x560f
#define VT_AUTO			0
#define VT_PROCESS		1
#define VT_ACKACQ		2
#define VT_EVENT_SWITCH		0x1
#define VT_EVENT_BLANK		0x2
#define VT_EVENT_UNBLANK	0x4
#define VT_EVENT_RESIZE		0x8
#define VT_MAX_EVENT		0xf

/* Fonts, palette, sound, LEDs. */
#define GIO_FONT	0x4b60
#define PIO_FONT	0x4b61
#define GIO_FONTX	0x4b6b
#define PIO_FONTX	0x4b6c
#define PIO_FONTRESET	0x4b6d
#define GIO_CMAP	0x4b70
#define PIO_CMAP	0x4b71
#define KIOCSOUND	0x4b2f
#define KDMKTONE	0x4b30
#define KDGETLED	0x4b31
#define KDSETLED	0x4b32
#define KDGKBTYPE	0x4b33
#define LED_SCR		0x1
#define LED_NUM		0x2
#define LED_CAP		0x4
#define KB_84		0x1
#define KB_101		0x2
#define KB_OTHER	0x3
/* Text or graphics. */
#define KDADDIO		0x4b34
#define KDDELIO		0x4b35
#define KDENABIO	0x4b36
#define KDDISABIO	0x4b37
#define KDSETMODE	0x4b3a
#define KDGETMODE	0x4b3b
#define KD_TEXT		0x0
#define KD_GRAPHICS	0x1
#define KD_TEXT0	0x2
#define KD_TEXT1	0x3
#define KDMAPDISP	0x4b3c
#define KDUNMAPDISP	0x4b3d
/* Screen map and Unicode. */
#define GIO_SCRNMAP	0x4b40
#define PIO_SCRNMAP	0x4b41
#define GIO_UNISCRNMAP	0x4b69
#define PIO_UNISCRNMAP	0x4b6a
#define E_TABSZ		0x100
#define GIO_UNIMAP	0x4b66
#define PIO_UNIMAP	0x4b67
#define PIO_UNIMAPCLR	0x4b68
/* Keyboard. */
#define KDGKBMODE			0x4b44
#define KDSKBMODE			0x4b45
#define KDGKBMETA			0x4b62
#define KDSKBMETA			0x4b63
#define KDGKBLED			0x4b64
#define KDSKBLED			0x4b65
#define KDGKBENT			0x4b46
#define KDSKBENT			0x4b47
#define KDGKBSENT			0x4b48
#define KDSKBSENT			0x4b49
#define KDGKBDIACR			0x4b4a
#define KDSKBDIACR			0x4b4b
#define KDGKBDIACRUC			0x4bfa
#define KDSKBDIACRUC			0x4bfb
#define KDGETKEYCODE			0x4b4c
#define KDSETKEYCODE			0x4b4d
#define KDSIGACCEPT			0x4b4e
#define KDKBDREP			0x4b52
#define KDFONTOP			0x4b72
#define K_RAW				0x0
#define K_XLATE				0x1
#define K_MEDIUMRAW			0x2
#define K_UNICODE			0x3
#define K_OFF				0x4
#define K_METABIT			0x3
#define K_ESCPREFIX			0x4
#define K_SCROLLLOCK			0x1
#define K_NUMLOCK			0x2
#define K_CAPSLOCK			0x4
#define K_NORMTAB			0x0
#define K_SHIFTTAB			0x1
#define K_ALTTAB			0x2
#define K_ALTSHIFTTAB			0x3
#define KD_FONT_OP_SET			0
#define KD_FONT_OP_GET			1
#define KD_FONT_OP_SET_DEFAULT		2
#define KD_FONT_OP_COPY			3
#define KD_FONT_FLAG_DONT_RECALC	1

struct kbentry {
	unsigned char kb_table;
	unsigned char kb_index;
	unsigned short kb_value;
};

struct kbsentry {
	unsigned char kb_func;
	unsigned char kb_string[512];
};

struct kbdiacr {
	unsigned char diacr;
	unsigned char base;
	unsigned char result;
};

struct kbdiacrs {
	unsigned int kb_cnt;
	struct kbdiacr kbdiacr[256];
};

struct kbkeycode {
	unsigned int scancode;
	unsigned int keycode;
};

struct kbd_repeat {
	int delay; /* milliseconds */
	int period;
};

struct unipair {
	unsigned short unicode;
	unsigned short fontpos;
};

struct unimapdesc {
	unsigned short entry_ct;
	struct unipair *entries;
};

struct consolefontdesc {
	unsigned short charcount;
	unsigned short charheight;
	char *chardata;
};

struct console_font_op {
	unsigned int op;
	unsigned int flags;
	unsigned int width;
	unsigned int height;
	unsigned int charcount;
	unsigned char *data;
};

#endif
