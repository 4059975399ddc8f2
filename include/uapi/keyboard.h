/* SPDX-License-Identifier: MIT */
/*
 * Entries of keyboard tables: a type in the high byte, a value in the low one.
 */
#ifndef UAPI_KEYBOARD_H
#define UAPI_KEYBOARD_H

#define K(type, value)	(((type) << 8) | (value))
#define KTYP(x)		((x) >> 8)
#define KVAL(x)		((x) & 0xff)

/* Modifiers: a table is chosen by the set of those pressed. */
#define KG_SHIFT		0
#define KG_CTRL			2
#define KG_ALT			3
#define KG_ALTGR		1
#define KG_SHIFTL		4
#define KG_KANASHIFT		4
#define KG_SHIFTR		5
#define KG_CTRLL		6
#define KG_CTRLR		7
#define KG_CAPSSHIFT		8
#define NR_SHIFT		9
#define NR_KEYS			256
#define MAX_NR_KEYMAPS		256
#define MAX_NR_OF_USER_KEYMAPS	256
#define MAX_NR_FUNC		256

/* Types. */
#define KT_LATIN	0
#define KT_FN		1
#define KT_SPEC		2
#define KT_PAD		3
#define KT_DEAD		4
#define KT_CONS		5
#define KT_CUR		6
#define KT_SHIFT	7
#define KT_META		8
#define KT_ASCII	9
#define KT_LOCK		10
#define KT_LETTER	11
#define KT_SLOCK	12
#define KT_DEAD2	13
#define KT_BRL		14

/* Function keys: strings. */
#define K_F1		0x100
#define K_F2		0x101
#define K_F3		0x102
#define K_F4		0x103
#define K_F5		0x104
#define K_F6		0x105
#define K_F7		0x106
#define K_F8		0x107
#define K_F9		0x108
#define K_F10		0x109
#define K_F11		0x10a
#define K_F12		0x10b
#define K_F13		0x10c
#define K_F14		0x10d
#define K_F15		0x10e
#define K_F16		0x10f
#define K_F17		0x110
#define K_F18		0x111
#define K_F19		0x112
#define K_F20		0x113
#define K_FIND		0x114
#define K_INSERT	0x115
#define K_REMOVE	0x116
#define K_SELECT	0x117
#define K_PGUP		0x118
#define K_PGDN		0x119
#define K_MACRO		0x11a
#define K_HELP		0x11b
#define K_DO		0x11c
#define K_PAUSE		0x11d
#define K_UNDO		0x1ff
/* Actions. */
#define K_HOLE		0x200
#define K_ENTER		0x201
#define K_SH_REGS	0x202
#define K_SH_MEM	0x203
#define K_SH_STAT	0x204
#define K_BREAK		0x205
#define K_CONS		0x206
#define K_CAPS		0x207
#define K_NUM		0x208
#define K_HOLD		0x209
#define K_SCROLLFORW	0x20a
#define K_SCROLLBACK	0x20b
#define K_BOOT		0x20c
#define K_CAPSON	0x20d
#define K_COMPOSE	0x20e
#define K_SAK		0x20f
#define K_DECRCONSOLE	0x210
#define K_INCRCONSOLE	0x211
#define K_SPAWNCONSOLE	0x212
#define K_BARENUMLOCK	0x213
#define K_ALLOCATED	0x27e
#define K_NOSUCHMAP	0x27f
/* Number block. */
#define K_P0		0x300
#define K_P1		0x301
#define K_P2		0x302
#define K_P3		0x303
#define K_P4		0x304
#define K_P5		0x305
#define K_P6		0x306
#define K_P7		0x307
#define K_P8		0x308
#define K_P9		0x309
#define K_PPLUS		0x30a
#define K_PMINUS	0x30b
#define K_PSTAR		0x30c
#define K_PSLASH	0x30d
#define K_PENTER	0x30e
#define K_PCOMMA	0x30f
#define K_PDOT		0x310
#define K_PPLUSMINUS	0x311
#define K_PPARENL	0x312
#define K_PPARENR	0x313
#define NR_PAD		0x14
/* Accents that wait for a letter. */
#define K_DGRAVE	0x400
#define K_DACUTE	0x401
#define K_DCIRCM	0x402
#define K_DTILDE	0x403
#define K_DDIERE	0x404
#define K_DCEDIL	0x405
#define K_DMACRON	0x406
#define K_DBREVE	0x407
#define K_DABDOT	0x408
#define K_DABRING	0x409
#define K_DDBACUTE	0x40a
#define K_DCARON	0x40b
#define K_DOGONEK	0x40c
#define K_DIOTA		0x40d
#define K_DVOICED	0x40e
#define K_DSEMVOICED	0x40f
#define K_DBEDOT	0x410
#define K_DHOOK		0x411
#define K_DHORN		0x412
#define K_DSTROKE	0x413
#define K_DABCOMMA	0x414
#define K_DABREVCOMMA	0x415
#define K_DDBGRAVE	0x416
#define K_DINVBREVE	0x417
#define K_DBECOMMA	0x418
#define K_DCURRENCY	0x419
#define K_DGREEK	0x41a
#define NR_DEAD		0x1b
/* Cursor keys. */
#define K_DOWN	0x600
#define K_LEFT	0x601
#define K_RIGHT	0x602
#define K_UP	0x603
/* Modifiers, digits by Alt, locks. */
#define K_SHIFT			0x700
#define K_CTRL			0x702
#define K_ALT			0x703
#define K_ALTGR			0x701
#define K_SHIFTL		0x704
#define K_SHIFTR		0x705
#define K_CTRLL			0x706
#define K_CTRLR			0x707
#define K_CAPSSHIFT		0x708
#define K_ASC0			0x900
#define K_ASC1			0x901
#define K_ASC2			0x902
#define K_ASC3			0x903
#define K_ASC4			0x904
#define K_ASC5			0x905
#define K_ASC6			0x906
#define K_ASC7			0x907
#define K_ASC8			0x908
#define K_ASC9			0x909
#define K_HEX0			0x90a
#define K_HEX1			0x90b
#define K_HEX2			0x90c
#define K_HEX3			0x90d
#define K_HEX4			0x90e
#define K_HEX5			0x90f
#define K_HEX6			0x910
#define K_HEX7			0x911
#define K_HEX8			0x912
#define K_HEX9			0x913
#define K_HEXa			0x914
#define K_HEXb			0x915
#define K_HEXc			0x916
#define K_HEXd			0x917
#define K_HEXe			0x918
#define K_HEXf			0x919
#define NR_ASCII		0x1a
#define K_SHIFTLOCK		0xa00
#define K_CTRLLOCK		0xa02
#define K_ALTLOCK		0xa03
#define K_ALTGRLOCK		0xa01
#define K_SHIFTLLOCK		0xa04
#define K_SHIFTRLOCK		0xa05
#define K_CTRLLLOCK		0xa06
#define K_CTRLRLOCK		0xa07
#define K_CAPSSHIFTLOCK		0xa08
#define K_SHIFT_SLOCK		0xc00
#define K_CTRL_SLOCK		0xc02
#define K_ALT_SLOCK		0xc03
#define K_ALTGR_SLOCK		0xc01
#define K_SHIFTL_SLOCK		0xc04
#define K_SHIFTR_SLOCK		0xc05
#define K_CTRLL_SLOCK		0xc06
#define K_CTRLR_SLOCK		0xc07
#define K_CAPSSHIFT_SLOCK	0xc08
#define NR_LOCK			0x9

#endif
