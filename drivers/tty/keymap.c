// SPDX-License-Identifier: MIT
/*
 * Keymaps: what a key means, for each combination of modifiers (bit 0 Shift, 1 AltGr, 2 Ctrl, 3 Alt). A keymap is an array of symbols, the
 * type in the high byte, the value in the low one, as in uapi/keyboard.h. It begins as a US layout; programs change it (loadkmap, loadkeys;
 * ioctl KDSKBENT).
 */
#include "keymap.h"
#include "vt.h"

#include <drivers/input.h>
#include <lib/errno.h>
#include <lib/kernel.h>
#include <mm/slab.h>

#define NR_MAP_KEYS	256u
#define LETTER(c)	((KT_LETTER << 8) | (c))

static u16 *maps[NR_MAPS]; /* keyboard_lock; NULL: no such map */

/* ---- The built-in layout: US ---- */

static const char us_plain[] = "\0\0331234567890-=\177\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./";
static const char us_shift[] = "\0\033!@#$%^&*()_+\177\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?";

static const struct {
	u8 key;
	u16 symbol;
} us_special[] = {
	{ KEY_ENTER, K_ENTER },
	{ KEY_KPENTER, K_PENTER },
	{ KEY_LEFTCTRL, K_CTRL },
	{ KEY_RIGHTCTRL, K_CTRL },
	{ KEY_LEFTSHIFT, K_SHIFT },
	{ KEY_RIGHTSHIFT, K_SHIFT },
	{ KEY_LEFTALT, K_ALT },
	{ KEY_RIGHTALT, K_ALTGR },
	{ KEY_CAPSLOCK, K_CAPS },
	{ KEY_NUMLOCK, K_NUM },
	{ KEY_SCROLLLOCK, K_HOLD },
	{ KEY_F1, K_F1 },
	{ KEY_F2, K_F2 },
	{ KEY_F3, K_F3 },
	{ KEY_F4, K_F4 },
	{ KEY_F5, K_F5 },
	{ KEY_F6, K_F6 },
	{ KEY_F7, K_F7 },
	{ KEY_F8, K_F8 },
	{ KEY_F9, K_F9 },
	{ KEY_F10, K_F10 },
	{ KEY_F11, K_F11 },
	{ KEY_F12, K_F12 },
	{ KEY_HOME, K_FIND },
	{ KEY_INSERT, K_INSERT },
	{ KEY_DELETE, K_REMOVE },
	{ KEY_END, K_SELECT },
	{ KEY_PAGEUP, K_PGUP },
	{ KEY_PAGEDOWN, K_PGDN },
	{ KEY_PAUSE, K_PAUSE },
	{ KEY_UP, K_UP },
	{ KEY_DOWN, K_DOWN },
	{ KEY_LEFT, K_LEFT },
	{ KEY_RIGHT, K_RIGHT },
	{ KEY_KP0, K_P0 },
	{ KEY_KP1, K_P1 },
	{ KEY_KP2, K_P2 },
	{ KEY_KP3, K_P3 },
	{ KEY_KP4, K_P4 },
	{ KEY_KP5, K_P5 },
	{ KEY_KP6, K_P6 },
	{ KEY_KP7, K_P7 },
	{ KEY_KP8, K_P8 },
	{ KEY_KP9, K_P9 },
	{ KEY_KPPLUS, K_PPLUS },
	{ KEY_KPMINUS, K_PMINUS },
	{ KEY_KPASTERISK, K_PSTAR },
	{ KEY_KPSLASH, K_PSLASH },
	{ KEY_KPDOT, K_PDOT },
};

static u16 character_symbol(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? LETTER(c) : (u8)c;
}

static u16 control_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 1;
	switch (c) {
	case '[': return 27;
	case '\\': return 28;
	case ']': return 29;
	case '6': return 30;
	case '-':
	case '/': return 31;
	case '2':
	case '`':
	case ' ': return 0;
	case '\177': return 8;
	default: return K_HOLE;
	}
}

static u16 special_symbol(unsigned int map, u16 symbol)
{
	unsigned int value = SYMBOL_VALUE(symbol);
	bool function_key = SYMBOL_TYPE(symbol) == KT_FN && value < 12;

	if ((map == 8 || map == 12) && function_key)
		return KT_CONS << 8 | value; /* Alt+F1: terminal 1 */
	if (map == 1 && function_key)
		return symbol + 12; /* F13 to F24 */
	if (map == 1 && symbol == K_PGUP)
		return K_SCROLLBACK;
	if (map == 1 && symbol == K_PGDN)
		return K_SCROLLFORW;
	if (map == 8 && symbol == K_LEFT)
		return K_DECRCONSOLE;
	if (map == 8 && symbol == K_RIGHT)
		return K_INCRCONSOLE;
	if (map == 12 && (symbol == K_REMOVE || symbol == K_PDOT))
		return K_BOOT;
	if (map == 8 && SYMBOL_TYPE(symbol) == KT_PAD && value < 10)
		return K_ASC0 + value;
	return symbol;
}

static u16 us_symbol(unsigned int map, unsigned int key)
{
	char plain = key < sizeof(us_plain) - 1 ? us_plain[key] : key == KEY_SPACE ? ' ' : 0;
	char shifted = key < sizeof(us_shift) - 1 ? us_shift[key] : plain;
	u16 control;

	for (size_t i = 0; i < ARRAY_SIZE(us_special); i++)
		if (us_special[i].key == key)
			return special_symbol(map, us_special[i].symbol);
	if (!plain)
		return K_HOLE;
	switch (map) {
	case 0:
	case 2: return character_symbol(plain);
	case 1:
	case 3: return character_symbol(shifted);
	case 4:
	case 5: control = shifted == '?' && map == 5 ? 127 : control_of(plain); return control;
	case 8:
	case 9: return KT_META << 8 | (u8)(map == 8 ? plain : shifted);
	case 12:
		control = control_of(plain);
		return control == K_HOLE ? K_HOLE : KT_META << 8 | control;
	default: return K_HOLE;
	}
}

static u16 *new_map(void)
{
	u16 *map = kmalloc_array(NR_MAP_KEYS, sizeof(u16), GFP_KERNEL);

	for (unsigned int key = 0; map && key < NR_MAP_KEYS; key++)
		map[key] = K_HOLE;
	return map;
}

void keymap_load_us(void)
{
	static const u8 used[] = { 0, 1, 2, 4, 5, 8, 9, 12 };

	for (size_t i = 0; i < ARRAY_SIZE(used); i++) {
		maps[used[i]] = new_map();
		for (unsigned int key = 0; maps[used[i]] && key < 128; key++)
			maps[used[i]][key] = us_symbol(used[i], key);
	}
}

bool keymap_exists(unsigned int map)
{
	return maps[map];
}

u16 keymap_symbol(unsigned int map, unsigned int key)
{
	return key < NR_MAP_KEYS && maps[map] ? maps[map][key] : K_HOLE;
}

int keyboard_get_entry(unsigned int table, unsigned int key, u16 *value)
{
	if (key >= NR_MAP_KEYS)
		return -EINVAL;
	spin_lock_irq(&keyboard_lock);
	*value = table < NR_MAPS && maps[table] ? maps[table][key] : key ? K_HOLE : K_NOSUCHMAP;
	spin_unlock_irq(&keyboard_lock);
	return 0;
}

int keyboard_set_entry(unsigned int table, unsigned int key, u16 value)
{
	u16 *map, *old = NULL;

	if (key >= NR_MAP_KEYS || table >= NR_MAPS)
		return -EINVAL;
	map = new_map();
	if (!map)
		return -ENOMEM;
	spin_lock_irq(&keyboard_lock);
	if (!key && value == K_NOSUCHMAP) {
		if (table) {
			old = maps[table];
			maps[table] = NULL;
		}
	} else {
		if (!maps[table]) {
			maps[table] = map;
			map = NULL;
		}
		maps[table][key] = value;
	}
	spin_unlock_irq(&keyboard_lock);
	kfree(map);
	kfree(old);
	return 0;
}
