// SPDX-License-Identifier: MIT
/*
 * The keyboard of the virtual terminals: key events become bytes by keymaps that programs can change (loadkmap, loadkeys; ioctl
 * KDSKBENT). A keymap is an array of symbols (type in the high byte, value in the low one, as uapi/keyboard.h) for one combination of
 * modifiers: bit 0 Shift, 1 AltGr, 2 Ctrl, 3 Alt.
 *
 * Locking: keyboard_lock (LOCK_RANK_KEYBOARD, interrupts off) guards all of this file; events come with a device's lock held
 * (LOCK_RANK_CLASS). What is sent goes to the terminal that is in the foreground at that moment.
 */
#include "internal.h"
#include "vt.h"

#include <drivers/input.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <lib/kernel.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/capability.h>
#include <uapi/keyboard.h>
#include <uapi/vt.h>

#define NR_MAP_KEYS	256u
#define NR_MAPS		16u
#define SYMBOL_TYPE(s)	((s) >> 8)
#define SYMBOL_VALUE(s)	((s) & 0xff)
#define LETTER(c)	((KT_LETTER << 8) | (c))

static DEFINE_SPINLOCK(keyboard_lock, LOCK_RANK_KEYBOARD);
static u16 *maps[NR_MAPS];		/* NULL: no such map */
static u8 shift_down[8];		/* how many keys of each modifier are held */
static bool caps_lock, num_lock;
static unsigned int alt_number;		/* Alt with digits of the keypad: a character by its number */
static bool alt_number_begun;

/* ---- The built-in layout: US ---- */

static const char us_plain[] = "\0\0331234567890-=\177\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./";
static const char us_shift[] = "\0\033!@#$%^&*()_+\177\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?";

static const struct { u8 key; u16 symbol; } us_special[] = {
	{ KEY_ENTER, K_ENTER }, { KEY_KPENTER, K_PENTER }, { KEY_LEFTCTRL, K_CTRL }, { KEY_RIGHTCTRL, K_CTRL },
	{ KEY_LEFTSHIFT, K_SHIFT }, { KEY_RIGHTSHIFT, K_SHIFT }, { KEY_LEFTALT, K_ALT }, { KEY_RIGHTALT, K_ALTGR },
	{ KEY_CAPSLOCK, K_CAPS }, { KEY_NUMLOCK, K_NUM }, { KEY_SCROLLLOCK, K_HOLD },
	{ KEY_F1, K_F1 }, { KEY_F2, K_F2 }, { KEY_F3, K_F3 }, { KEY_F4, K_F4 }, { KEY_F5, K_F5 }, { KEY_F6, K_F6 },
	{ KEY_F7, K_F7 }, { KEY_F8, K_F8 }, { KEY_F9, K_F9 }, { KEY_F10, K_F10 }, { KEY_F11, K_F11 }, { KEY_F12, K_F12 },
	{ KEY_HOME, K_FIND }, { KEY_INSERT, K_INSERT }, { KEY_DELETE, K_REMOVE }, { KEY_END, K_SELECT },
	{ KEY_PAGEUP, K_PGUP }, { KEY_PAGEDOWN, K_PGDN }, { KEY_PAUSE, K_PAUSE },
	{ KEY_UP, K_UP }, { KEY_DOWN, K_DOWN }, { KEY_LEFT, K_LEFT }, { KEY_RIGHT, K_RIGHT },
	{ KEY_KP0, K_P0 }, { KEY_KP1, K_P1 }, { KEY_KP2, K_P2 }, { KEY_KP3, K_P3 }, { KEY_KP4, K_P4 }, { KEY_KP5, K_P5 },
	{ KEY_KP6, K_P6 }, { KEY_KP7, K_P7 }, { KEY_KP8, K_P8 }, { KEY_KP9, K_P9 }, { KEY_KPPLUS, K_PPLUS },
	{ KEY_KPMINUS, K_PMINUS }, { KEY_KPASTERISK, K_PSTAR }, { KEY_KPSLASH, K_PSLASH }, { KEY_KPDOT, K_PDOT },
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
	case '-': case '/': return 31;
	case '2': case '`': case ' ': return 0;
	case '\177': return 8;
	default: return K_HOLE;
	}
}

static u16 special_symbol(unsigned int map, u16 symbol)
{
	unsigned int value = SYMBOL_VALUE(symbol);
	bool function_key = SYMBOL_TYPE(symbol) == KT_FN && value < 12;

	if ((map == 8 || map == 12) && function_key)
		return KT_CONS << 8 | value;		/* Alt+F1: terminal 1 */
	if (map == 1 && function_key)
		return symbol + 12;			/* F13 to F24 */
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
	case 0: case 2:
		return character_symbol(plain);
	case 1: case 3:
		return character_symbol(shifted);
	case 4: case 5:
		control = shifted == '?' && map == 5 ? 127 : control_of(plain);
		return control;
	case 8: case 9:
		return KT_META << 8 | (u8)(map == 8 ? plain : shifted);
	case 12:
		control = control_of(plain);
		return control == K_HOLE ? K_HOLE : KT_META << 8 | control;
	default:
		return K_HOLE;
	}
}

static u16 *new_map(void)
{
	u16 *map = kmalloc_array(NR_MAP_KEYS, sizeof(u16), GFP_KERNEL);

	for (unsigned int key = 0; map && key < NR_MAP_KEYS; key++)
		map[key] = K_HOLE;
	return map;
}

static void load_us(void)
{
	static const u8 used[] = { 0, 1, 2, 4, 5, 8, 9, 12 };

	for (size_t i = 0; i < ARRAY_SIZE(used); i++) {
		maps[used[i]] = new_map();
		for (unsigned int key = 0; maps[used[i]] && key < 128; key++)
			maps[used[i]][key] = us_symbol(used[i], key);
	}
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

/* ---- Bytes to the terminal ---- */

static void send(const char *bytes, size_t length)
{
	tty_insert(vt_foreground->tty, (const u8 *)bytes, length, TTY_NORMAL);
}

static void send_string(const char *s)
{
	send(s, strlen(s));
}

static void send_character(u32 c)
{
	char utf8[4];
	size_t n = 0;

	if (c < 0x80 || vt_foreground->keyboard_mode != K_UNICODE) {
		utf8[n++] = c;
	} else if (c < 0x800) {
		utf8[n++] = 0xc0 | c >> 6;
		utf8[n++] = 0x80 | (c & 0x3f);
	} else {
		utf8[n++] = 0xe0 | c >> 12;
		utf8[n++] = 0x80 | (c >> 6 & 0x3f);
		utf8[n++] = 0x80 | (c & 0x3f);
	}
	send(utf8, n);
}

static void function_key(unsigned int value)
{
	static const char *const strings[] = {
		"\033[[A", "\033[[B", "\033[[C", "\033[[D", "\033[[E", "\033[17~", "\033[18~", "\033[19~", "\033[20~", "\033[21~",
		"\033[23~", "\033[24~", "\033[25~", "\033[26~", "\033[28~", "\033[29~", "\033[31~", "\033[32~", "\033[33~", "\033[34~",
		"\033[1~", "\033[2~", "\033[3~", "\033[4~", "\033[5~", "\033[6~", "\033[M", "", "", "\033[P",
	};

	if (value < ARRAY_SIZE(strings))
		send_string(strings[value]);
}

static void cursor_key(unsigned int value)
{
	char text[4] = { 27, vt_foreground->application_cursor ? 'O' : '[', "BDCA"[value & 3], 0 };

	send_string(text);
}

static void keypad_key(unsigned int value)
{
	static const char numbers[] = "0123456789+-*/\r,.";
	static const u8 functions[10] = { 21, 23, 0xff, 25, 0xff, 0xff, 0xff, 20, 0xff, 24 };
	static const u8 cursors[10] = { 0xff, 0xff, 0, 0xff, 1, 0xff, 2, 0xff, 3, 0xff };

	if (!num_lock && value < 10) {
		if (cursors[value] != 0xff)
			cursor_key(cursors[value]);
		else if (functions[value] != 0xff)
			function_key(functions[value]);
	} else if (!num_lock && value == SYMBOL_VALUE(K_PDOT)) {
		function_key(SYMBOL_VALUE(K_REMOVE));
	} else if (value < sizeof(numbers) - 1) {
		send(&numbers[value], 1);
	}
}

static void switch_by(int step)
{
	unsigned int number = vt_foreground->number;

	do
		number = (number - 1 + VT_MAX + step) % VT_MAX + 1;
	while (!vt_find(number));
	vt_switch_soon(number);
}

/* Ctrl+Alt+Del: init decides, as after reboot(LINUX_REBOOT_CMD_CAD_OFF). */
static void three_finger_salute(struct work_struct *work)
{
	if (init_process)
		send_signal_process(init_process, SIGINT, SEND_SIG_PRIV);
}
static DECLARE_WORK(salute, three_finger_salute);

static void special(unsigned int value)
{
	switch (K_HOLE | value) {
	case K_ENTER:
		send("\r", 1);
		break;
	case K_CAPS:
		caps_lock = !caps_lock;
		keyboard_update_leds();
		break;
	case K_NUM:
	case K_BARENUMLOCK:
		num_lock = !num_lock;
		keyboard_update_leds();
		break;
	case K_SCROLLBACK:
		vt_scroll_view(vt_foreground->rows / 2);
		break;
	case K_SCROLLFORW:
		vt_scroll_view(-(int)vt_foreground->rows / 2);
		break;
	case K_DECRCONSOLE:
		switch_by(-1);
		break;
	case K_INCRCONSOLE:
		switch_by(1);
		break;
	case K_BOOT:
		schedule_work(&salute);
		break;
	}
}

static void symbol_pressed(u16 symbol)
{
	unsigned int value = SYMBOL_VALUE(symbol);
	char meta[2] = { 27, (char)value };

	switch (SYMBOL_TYPE(symbol)) {
	case KT_LATIN: case KT_LETTER: send_character(value); break;
	case KT_META: send(meta, 2); break;
	case KT_FN: function_key(value); break;
	case KT_SPEC: special(value); break;
	case KT_PAD: keypad_key(value); break;
	case KT_CUR: cursor_key(value); break;
	case KT_CONS: vt_switch_soon(value + 1); break;
	case KT_ASCII:
		alt_number = alt_number * 10 + value;
		alt_number_begun = true;
		break;
	}
}

/* ---- Keys ---- */

static unsigned int current_map(void)
{
	unsigned int map = 0;

	for (unsigned int i = 0; i < 4; i++)
		if (shift_down[i])
			map |= 1u << i;
	return map;
}

u8 keyboard_shift_state(void)
{
	return current_map();
}

static void modifier(unsigned int which, int value)
{
	if (value == 2 || which >= ARRAY_SIZE(shift_down))
		return;
	if (value)
		shift_down[which]++;
	else if (shift_down[which])
		shift_down[which]--;
	if (which == SYMBOL_VALUE(K_ALT) && !value && alt_number_begun) {
		send_character(alt_number);
		alt_number = 0;
		alt_number_begun = false;
	}
}

static u16 find_symbol(unsigned int key)
{
	unsigned int map = current_map();
	u16 symbol;

	if (key >= NR_MAP_KEYS || !maps[map])
		return K_HOLE;
	symbol = maps[map][key];
	if (SYMBOL_TYPE(symbol) == KT_LETTER && caps_lock && maps[map ^ 1])
		symbol = maps[map ^ 1][key];
	return symbol;
}

/* The modifier is what the plain map says, so that its release is seen whatever else is held. */
static bool is_modifier(unsigned int key, unsigned int *which)
{
	u16 symbol = key < NR_MAP_KEYS && maps[0] ? maps[0][key] : K_HOLE;

	*which = SYMBOL_VALUE(symbol);
	return SYMBOL_TYPE(symbol) == KT_SHIFT;
}

static void raw_key(unsigned int key, int value)
{
	char byte = (key & 0x7f) | (value ? 0 : 0x80);

	if (key < 128)
		send(&byte, 1);
}

static void key_event(unsigned int key, int value)
{
	unsigned int which;
	u16 symbol;

	if (vt_foreground->keyboard_mode == K_RAW || vt_foreground->keyboard_mode == K_MEDIUMRAW) {
		raw_key(key, value);
		return;
	}
	if (is_modifier(key, &which)) {
		modifier(which, value);
		return;
	}
	if (!value || vt_foreground->keyboard_mode == K_OFF)
		return;
	symbol = find_symbol(key);
	if (value == 2 && SYMBOL_TYPE(symbol) == KT_SPEC && symbol != K_ENTER)
		return;			/* locks and switches do not repeat */
	symbol_pressed(symbol);
}

static void event(struct input_device *input, unsigned int type, unsigned int code, int value)
{
	unsigned long flags;

	if (type != EV_KEY || code >= BTN_MISC)
		return;
	spin_lock_irqsave(&keyboard_lock, flags);
	if (vt_foreground)
		key_event(code, value);
	spin_unlock_irqrestore(&keyboard_lock, flags);
}

static struct input_handler handler = { .event = event };

/* ---- LEDs: set from a work item, since a device's own lock comes before ours. KDSETLED's win over the locks'. ---- */

static void set_leds_of(struct input_device *input, void *arg)
{
	unsigned int leds = *(unsigned int *)arg;

	input_send(input, EV_LED, LED_SCROLLL, leds & 1);
	input_send(input, EV_LED, LED_NUML, leds >> 1 & 1);
	input_send(input, EV_LED, LED_CAPSL, leds >> 2 & 1);
}

static void led_work(struct work_struct *work)
{
	struct vt *vt = READ_ONCE(vt_foreground);
	unsigned int leds = (READ_ONCE(num_lock) ? 2 : 0) | (READ_ONCE(caps_lock) ? 4 : 0);

	WRITE_ONCE(vt->lock_flags, leds);
	leds |= READ_ONCE(vt->leds);
	input_for_each(set_leds_of, &leds);
}
static DECLARE_WORK(leds_item, led_work);

void keyboard_update_leds(void)
{
	schedule_work(&leds_item);
}

void keyboard_init(void)
{
	load_us();
	input_register_handler(&handler);
}
