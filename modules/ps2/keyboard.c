// SPDX-License-Identifier: MIT
/*
 * Keyboard: scan codes of set 1 (the controller translates) become key events. The codes of evdev below 89 are those scan codes; the
 * others and the extended ones have a table.
 */
#include "ps2.h"

#define ANSWER_MS	500

static const struct {
	u8 scan, key;
} high_codes[] = {
	{ 0x54, KEY_SYSRQ },
	{ 0x56, KEY_102ND },
	{ 0x57, KEY_F11 },
	{ 0x58, KEY_F12 },
	{ 0x70, KEY_KATAKANAHIRAGANA },
	{ 0x73, KEY_RO },
	{ 0x79, KEY_HENKAN },
	{ 0x7b, KEY_MUHENKAN },
	{ 0x7d, KEY_YEN },
};

static const struct {
	u8 scan, key;
} extended_codes[] = {
	{ 0x10, KEY_PREVIOUSSONG }, { 0x19, KEY_NEXTSONG },   { 0x1c, KEY_KPENTER },
	{ 0x1d, KEY_RIGHTCTRL },    { 0x20, KEY_MUTE },	      { 0x22, KEY_PLAYPAUSE },
	{ 0x24, KEY_STOPCD },	    { 0x2e, KEY_VOLUMEDOWN }, { 0x30, KEY_VOLUMEUP },
	{ 0x35, KEY_KPSLASH },	    { 0x37, KEY_SYSRQ },      { 0x38, KEY_RIGHTALT },
	{ 0x46, KEY_PAUSE },	    { 0x47, KEY_HOME },	      { 0x48, KEY_UP },
	{ 0x49, KEY_PAGEUP },	    { 0x4b, KEY_LEFT },	      { 0x4d, KEY_RIGHT },
	{ 0x4f, KEY_END },	    { 0x50, KEY_DOWN },	      { 0x51, KEY_PAGEDOWN },
	{ 0x52, KEY_INSERT },	    { 0x53, KEY_DELETE },     { 0x5b, KEY_LEFTMETA },
	{ 0x5c, KEY_RIGHTMETA },    { 0x5d, KEY_COMPOSE },    { 0x5e, KEY_POWER },
	{ 0x5f, KEY_SLEEP },	    { 0x63, KEY_WAKEUP },
};

#define LAST_PLAIN	0x53	/* up to here a scan code is its own key code */
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static u16 plain_key(u8 scan)
{
	if (scan && scan <= LAST_PLAIN)
		return scan;
	for (u32 i = 0; i < COUNT(high_codes); i++)
		if (high_codes[i].scan == scan)
			return high_codes[i].key;
	return KEY_RESERVED;
}

static u16 extended_key(u8 scan)
{
	for (u32 i = 0; i < COUNT(extended_codes); i++)
		if (extended_codes[i].scan == scan)
			return extended_codes[i].key;
	return KEY_RESERVED; /* also the shifts that keyboards fake around arrows */
}

static void report(struct ps2_port *port, u16 key, bool pressed)
{
	if (key == KEY_RESERVED)
		return;
	input_report(port->input, EV_KEY, key, pressed);
	input_sync(port->input);
}

/* Pause sends e1 1d 45 e1 9d c5 and nothing when it goes up. */
static void pause_byte(struct ps2_port *port)
{
	if (--port->pause_left)
		return;
	report(port, KEY_PAUSE, true);
	report(port, KEY_PAUSE, false);
}

static void receive(struct ps2_port *port, u8 byte)
{
	bool pressed = !(byte & SCAN_RELEASE);
	u8 scan = byte & ~SCAN_RELEASE, prefix = port->prefix;

	if (port->pause_left) {
		pause_byte(port);
		return;
	}
	port->prefix = 0;
	if (byte == SCAN_EXTENDED)
		port->prefix = SCAN_EXTENDED;
	else if (byte == SCAN_PAUSE)
		port->pause_left = 5;
	else
		report(port, prefix == SCAN_EXTENDED ? extended_key(scan) : plain_key(scan),
		       pressed);
}

static void led_work(struct work *work)
{
	struct ps2_port *port = (struct ps2_port *)((u8 *)work -
						    offsetof(struct ps2_port, led_work));

	if (ps2_command(port, DEVICE_SET_LEDS, NULL, 0, ANSWER_MS) ||
	    ps2_command(port, (u8)atomic_read(&port->leds), NULL, 0, ANSWER_MS))
		dev_dbg(port->controller->device, "keyboard takes no LED command\n");
}

/* The input core sets a LED: bit 0 scroll lock, 1 num lock, 2 caps lock for the device. */
static void led_event(struct input_device *input, u32 type, u32 code, s32 value)
{
	static const u8 bits[] = { [LED_NUML] = 2, [LED_CAPSL] = 4, [LED_SCROLLL] = 1 };
	struct ps2_port *port = input_data(input);
	s32 leds = atomic_read(&port->leds);

	if (type != EV_LED || code >= COUNT(bits))
		return;
	atomic_set(&port->leds, value ? leds | bits[code] : leds & ~bits[code]);
	work_schedule(&port->led_work);
}

static u32 capabilities(struct input_capability *to)
{
	u32 n = 0;

	for (u16 scan = 1; scan <= LAST_PLAIN; scan++)
		to[n++] = (struct input_capability){ EV_KEY, scan };
	for (u32 i = 0; i < COUNT(high_codes); i++)
		to[n++] = (struct input_capability){ EV_KEY, high_codes[i].key };
	for (u32 i = 0; i < COUNT(extended_codes); i++)
		to[n++] = (struct input_capability){ EV_KEY, extended_codes[i].key };
	for (u16 led = LED_NUML; led <= LED_SCROLLL; led++)
		to[n++] = (struct input_capability){ EV_LED, led };
	return n;
}

int ps2_keyboard_start(struct ps2_port *port)
{
	static struct input_capability
		caps[LAST_PLAIN + COUNT(high_codes) + COUNT(extended_codes) + 3];
	struct input_params params = {
		.size = sizeof(params),
		.bus = BUS_I8042,
		.vendor = 1,
		.product = 1,
		.version = 0xab41,
		.name = "AT Translated Set 2 keyboard",
		.phys = "isa0060/serio0/input0",
		.capabilities = caps,
		.event = led_event,
		.data = port,
		.autorepeat = true,
	};
	struct input_device *input;

	params.nr_capabilities = capabilities(caps);
	work_setup(&port->led_work, led_work);
	if (ps2_command(port, DEVICE_ENABLE, NULL, 0, ANSWER_MS))
		return -ENODEV;
	input = input_register(port->controller->device, &params);
	if (IS_ERR(input))
		return PTR_ERR(input);
	port->receive = receive;
	port->input = input;
	return 0;
}
