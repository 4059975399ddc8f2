// SPDX-License-Identifier: MIT
/*
 * Mouse: reports of three bytes, or four with a wheel. A wheel mouse shows itself after the sample rates 200, 100, 80 in a row
 * (the IntelliMouse's knock). A report whose bytes lie far apart in time has lost one: it begins anew.
 */
#include "ps2.h"

#define ANSWER_MS	500
#define RESET_MS	1500	/* the self-test takes up to a second */
#define RESYNC_NS	500000000ull

static void report(struct ps2_port *port)
{
	const u8 *r = port->report;
	s32 x = r[0] & MOUSE_X_NEGATIVE ? (s32)r[1] - 256 : r[1];
	s32 y = r[0] & MOUSE_Y_NEGATIVE ? (s32)r[2] - 256 : r[2];

	input_report(port->input, EV_KEY, BTN_LEFT, !!(r[0] & MOUSE_LEFT));
	input_report(port->input, EV_KEY, BTN_RIGHT, !!(r[0] & MOUSE_RIGHT));
	input_report(port->input, EV_KEY, BTN_MIDDLE, !!(r[0] & MOUSE_MIDDLE));
	if (!(r[0] & MOUSE_OVERFLOW)) {
		input_report(port->input, EV_REL, REL_X, x);
		/* the device counts up, the screen down */
		input_report(port->input, EV_REL, REL_Y, -y);
	}
	if (port->report_size == 4)
		input_report(port->input, EV_REL, REL_WHEEL, -(s8)r[3]);
	input_sync(port->input);
}

static void receive(struct ps2_port *port, u8 byte)
{
	u64 now = ktime_get_ns();

	if (port->nr_bytes && now - port->last_byte_ns > RESYNC_NS)
		port->nr_bytes = 0;
	port->last_byte_ns = now;
	if (!port->nr_bytes && !(byte & MOUSE_ALWAYS))
		return; /* not a first byte */
	port->report[port->nr_bytes++] = byte;
	if (port->nr_bytes < port->report_size)
		return;
	port->nr_bytes = 0;
	report(port);
}

static int set_rate(struct ps2_port *port, u8 rate)
{
	int error = ps2_command(port, DEVICE_SET_RATE, NULL, 0, ANSWER_MS);

	return error ? error : ps2_command(port, rate, NULL, 0, ANSWER_MS);
}

static int find_wheel(struct ps2_port *port)
{
	u8 id = 0;
	int error;

	error = set_rate(port, 200);
	if (!error)
		error = set_rate(port, 100);
	if (!error)
		error = set_rate(port, 80);
	if (!error)
		error = ps2_command(port, DEVICE_IDENTIFY, &id, 1, ANSWER_MS);
	port->report_size = !error && id == MOUSE_ID_WHEEL ? 4 : 3;
	return error ? error : set_rate(port, 100);
}

int ps2_mouse_start(struct ps2_port *port)
{
	static const struct input_capability caps[] = {
		{ EV_KEY, BTN_LEFT }, { EV_KEY, BTN_RIGHT }, { EV_KEY, BTN_MIDDLE },
		{ EV_REL, REL_X },    { EV_REL, REL_Y },     { EV_REL, REL_WHEEL },
	};
	struct input_params params = {
		.size = sizeof(params),
		.bus = BUS_I8042,
		.vendor = 2,
		.product = 1,
		.phys = "isa0060/serio1/input0",
		.capabilities = caps,
		.data = port,
	};
	struct input_device *input;
	u8 answer[2];
	int error;

	error = ps2_command(port, DEVICE_RESET, answer, 2, RESET_MS);
	if (error || answer[0] != ANSWER_TEST_PASSED)
		return -ENODEV;
	error = find_wheel(port);
	if (error)
		return error;
	params.name = port->report_size == 4 ? "ImPS/2 Generic Wheel Mouse" : "PS/2 Generic Mouse";
	params.product = port->report_size == 4 ? 5 : 1;
	params.nr_capabilities = port->report_size == 4 ? 6 : 5;
	input = input_register(port->controller->device, &params);
	if (IS_ERR(input))
		return PTR_ERR(input);
	port->receive = receive;
	port->input = input;
	return ps2_command(port, DEVICE_ENABLE, NULL, 0, ANSWER_MS);
}
