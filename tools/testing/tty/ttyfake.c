// SPDX-License-Identifier: MIT
/*
 * A serial port without hardware, for what QEMU's cannot do: modem lines that change, errors, a device that takes nothing. Programs drive it by
 * /dev/ttyfake: a read tells its state, a write of one letter and hexadecimal numbers does something:
 *
 *	L LINES		lines that are in (TTY_LINE_*)		F COUNT		so many bytes 'x' come
 *	R HOW BYTE	a byte comes				H		the other side hangs up
 */
#include <kit/char.h>
#include <kit/log.h>
#include <kit/module.h>
#include <kit/tty.h>

MODULE_LICENSE("MIT");

static struct tty_port *port;
static struct char_device *control;
static u32 lines_in, lines_out, taken, baud, data_bits;
static bool is_open, throttled, breaking;

static int fake_open(struct tty_port *p) { is_open = true; return 0; }
static void fake_close(struct tty_port *p) { is_open = false; }
static void fake_set_modem(struct tty_port *p, u32 lines) { lines_out = lines; }
static u32 fake_get_modem(struct tty_port *p) { return lines_in; }
static void fake_set_break(struct tty_port *p, bool on) { breaking = on; }
static void fake_throttle(struct tty_port *p, bool on) { throttled = on; }

static void fake_set_line(struct tty_port *p, struct tty_settings *settings)
{
	settings->data_bits = 8; /* all it can */
	baud = settings->baud;
	data_bits = settings->data_bits;
}

static void fake_transmit(struct tty_port *p)
{
	u8 bytes[64];
	u32 n;

	while ((n = tty_port_take(p, bytes, sizeof(bytes))))
		taken += n;
}

static const struct tty_port_operations operations = {
	.size = sizeof(operations),
	.open = fake_open,
	.close = fake_close,
	.set_line = fake_set_line,
	.transmit = fake_transmit,
	.set_modem = fake_set_modem,
	.get_modem = fake_get_modem,
	.set_break = fake_set_break,
	.throttle = fake_throttle,
};

static ssize_t control_read(struct char_file *file, void *buffer, size_t length, u64 position)
{
	char text[128];
	u32 n = snprintf(text, sizeof(text),
			 "out %x taken %u open %u throttled %u break %u baud %u\n", lines_out,
			 taken, is_open, throttled, breaking, baud);

	if (n > length)
		return -EINVAL;
	for (u32 i = 0; i < n; i++)
		((char *)buffer)[i] = text[i];
	return n;
}

static const char *number(const char *text, u32 *value)
{
	for (*value = 0; *text == ' '; text++)
		;
	for (; (*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'f'); text++)
		*value = *value << 4 | (u32)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
	return text;
}

static ssize_t control_write(struct char_file *file, const void *buffer, size_t length,
			     u64 position)
{
	static const u8 x = 'x';
	char text[32] = "";
	u32 a, b;
	u8 byte;

	for (size_t i = 0; i < length && i + 1 < sizeof(text); i++)
		text[i] = ((const char *)buffer)[i];
	number(number(text + 1, &a), &b);
	byte = (u8)b;
	switch (text[0]) {
	case 'L':
		lines_in = a;
		tty_port_modem_changed(port, a);
		break;
	case 'R': tty_port_receive(port, &byte, 1, a); break;
	case 'F':
		while (a--)
			tty_port_receive(port, &x, 1, TTY_BYTE_GOOD);
		break;
	case 'H': tty_port_hangup(port); break;
	default: return -EINVAL;
	}
	return length;
}

static const struct char_operations control_operations = {
	.size = sizeof(control_operations),
	.read = control_read,
	.write = control_write,
};

/* What is no port is refused, and what a younger kit could have is looked at. */
static bool refusals_are_right(struct tty_port_params params)
{
	static const struct tty_port_operations none = { .size = sizeof(none) };
	struct {
		struct tty_port_params params;
		u64 more;
	} young = { .params = params, .more = 1 };

	young.params.size = sizeof(young);
	if (PTR_ERR(tty_port_register(THIS_MODULE, NULL, &young.params)) != -E2BIG)
		return false;
	params.operations = &none;
	if (PTR_ERR(tty_port_register(THIS_MODULE, NULL, &params)) != -EINVAL)
		return false;
	params.size = 8;
	return PTR_ERR(tty_port_register(THIS_MODULE, NULL, &params)) == -EINVAL;
}

static int __init ttyfake_init(void)
{
	struct tty_port_params params = { .size = sizeof(params),
					  .max_baud = 57600,
					  .stem = "ttyFAKE",
					  .operations = &operations };
	struct char_params control_params = { .size = sizeof(control_params),
					      .mode = 0600,
					      .name = "ttyfake",
					      .operations = &control_operations };

	if (!refusals_are_right(params))
		return -EPROTO;
	port = tty_port_register(THIS_MODULE, NULL, &params);
	if (IS_ERR(port))
		return PTR_ERR(port);
	control = char_register(THIS_MODULE, NULL, &control_params);
	return IS_ERR(control) ? PTR_ERR(control) : 0;
}

static void ttyfake_exit(void)
{
	char_unregister(control);
}

module_init(ttyfake_init);
module_exit(ttyfake_exit);
