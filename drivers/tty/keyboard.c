// SPDX-License-Identifier: MIT
/*
 * The keyboard of the virtual terminals: key events become bytes by keymaps (keymap.c).
 *
 * Locking: keyboard_lock (LOCK_RANK_KEYBOARD, interrupts off) guards all of this file and the keymaps; events come with a device's lock held
 * (LOCK_RANK_CLASS). What is sent goes to the terminal that is in the foreground at that moment.
 */
#include "internal.h"
#include "keymap.h"
#include "vt.h"

#include <drivers/input.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/sysrq.h>
#include <lib/kernel.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <uapi/capability.h>
#include <uapi/keyboard.h>
#include <uapi/vt.h>

DEFINE_SPINLOCK(keyboard_lock, LOCK_RANK_KEYBOARD);

static u8 shift_down[8]; /* how many keys of each modifier are held */
static bool caps_lock, num_lock;
/* SysRq is held since Alt was; a letter has come meanwhile */
static bool sysrq_alt, sysrq_held, sysrq_used;
/* Alt with digits of the keypad: a character by its number */
static unsigned int alt_number;
static bool alt_number_begun;

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
		"\033[[A",  "\033[[B",	"\033[[C",  "\033[[D",	"\033[[E",  "\033[17~",
		"\033[18~", "\033[19~", "\033[20~", "\033[21~", "\033[23~", "\033[24~",
		"\033[25~", "\033[26~", "\033[28~", "\033[29~", "\033[31~", "\033[32~",
		"\033[33~", "\033[34~", "\033[1~",  "\033[2~",	"\033[3~",  "\033[4~",
		"\033[5~",  "\033[6~",	"\033[M",   "",		"",	    "\033[P",
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
	case K_ENTER: send("\r", 1); break;
	case K_CAPS:
		caps_lock = !caps_lock;
		keyboard_update_leds();
		break;
	case K_NUM:
	case K_BARENUMLOCK:
		num_lock = !num_lock;
		keyboard_update_leds();
		break;
	case K_SCROLLBACK: vt_scroll_view(vt_foreground->rows / 2); break;
	case K_SCROLLFORW: vt_scroll_view(-(int)vt_foreground->rows / 2); break;
	case K_DECRCONSOLE: switch_by(-1); break;
	case K_INCRCONSOLE: switch_by(1); break;
	case K_BOOT: schedule_work(&salute); break;
	}
}

static void symbol_pressed(u16 symbol)
{
	unsigned int value = SYMBOL_VALUE(symbol);
	char meta[2] = { 27, (char)value };

	switch (SYMBOL_TYPE(symbol)) {
	case KT_LATIN:
	case KT_LETTER: send_character(value); break;
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

	symbol = keymap_symbol(map, key);
	if (SYMBOL_TYPE(symbol) == KT_LETTER && caps_lock && keymap_exists(map ^ 1))
		symbol = keymap_symbol(map ^ 1, key);
	return symbol;
}

/* The modifier is what the plain map says, so that its release is seen whatever else is held. */
static bool is_modifier(unsigned int key, unsigned int *which)
{
	u16 symbol = keymap_symbol(0, key);

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
		return; /* locks and switches do not repeat */
	symbol_pressed(symbol);
}

/* What is written on the keys of a US keyboard, by number: SysRq's letters are there on every keyboard, as on Linux. */
static char letter_on(unsigned int key)
{
	static const char letters[] = "  1234567890    qwertyuiop    asdfghjkl     zxcvbnm";

	return key < sizeof(letters) - 1 && letters[key] != ' ' ? letters[key] : '?';
}

/*
 * Alt and SysRq held, then a letter: the kernel's, whatever the terminal is set to. True: it is nothing for the terminal. SysRq that
 * was let go without a letter was PrintScreen, and comes then.
 */
static bool is_sysrq(unsigned int key, int value)
{
	if (key == KEY_LEFTALT || key == KEY_RIGHTALT) {
		sysrq_alt = value != 0;
		sysrq_held = sysrq_held && value;
		return false;
	}
	if (key == KEY_SYSRQ && !value && sysrq_held) {
		sysrq_held = false;
		if (!sysrq_used)
			key_event(key, 1);
		return sysrq_used;
	}
	if (key == KEY_SYSRQ && value == 1 && sysrq_alt) {
		sysrq_held = true;
		sysrq_used = false;
		return true;
	}
	if (!sysrq_held || !value)
		return false;
	sysrq_used = true;
	if (value == 1 && key != KEY_SYSRQ)
		sysrq_request(letter_on(key));
	return true;
}

static void event(struct input_device *input, unsigned int type, unsigned int code, int value)
{
	unsigned long flags;

	if (type != EV_KEY || code >= BTN_MISC)
		return;
	spin_lock_irqsave(&keyboard_lock, flags);
	if (vt_foreground && !is_sysrq(code, value))
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
	keymap_load_us();
	input_register_handler(&handler);
}
