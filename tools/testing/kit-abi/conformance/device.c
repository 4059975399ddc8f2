// SPDX-License-Identifier: MIT
/*
 * Conformance: the headers device, ioport, input; irq, of a line. The device is the keyboard's controller, which must be free: two ports of one byte each, lines 1
 * and 12. Its probe is tried with a driver that refuses before the one that stays; use.c takes it away from that and gives it back.
 */
#include "conform.h"

#include <kit/device.h>
#include <kit/errno.h>
#include <kit/input.h>
#include <kit/ioport.h>
#include <kit/irq.h>
#include <kit/memory.h>
#include <kit/time.h>
#include <kit/wait.h>
#include <uapi/input-event-codes.h>

#define STATUS_OUTPUT		0x01	/* a byte is there */
#define STATUS_INPUT		0x02	/* it is not ready for a byte */
#define COMMAND_READ_CONFIG	0x20
#define COMMAND_WRITE_CONFIG	0x60
#define COMMAND_FAKE_KEY	0xd2	/* the next byte comes back as if it were a key's */
#define CONFIG_KEY_INTERRUPT	0x01
#define PATTERN			0x77

struct state {
	struct ioport *data, *command;
	struct input_device *input;
	u8 config;
	volatile u8 key;
	struct completion keyed;
	atomic_t interrupts, leds;
	u64 mark; /* stays until the memory is freed */
};

static struct {
	char letters[16];
	u32 nr;
} order; /* of what ran when the device was let go */

void device_note(char letter)
{
	if (order.nr < sizeof(order.letters) - 1)
		order.letters[order.nr++] = letter;
}

static void note_action(void *data)
{
	device_note(*(const char *)data);
}

/* Memory that was got before the action is there still. */
static void note_memory(void *data)
{
	const struct state *s = data;

	device_note(s->mark == PATTERN ? 'm' : '?');
}

static void forget_order(void)
{
	memset(&order, 0, sizeof(order));
}

/* --- a probe that fails --- */

static int probes;

static int refusing_probe(struct device *device)
{
	struct state *s = dev_kzalloc(device, sizeof(*s));

	probes++;
	EXPECT(!strcmp(dev_name(device), "i8042"));
	EXPECT(!dev_get_drvdata(device));
	if (!EXPECT(s && (uintptr_t)s % 16 == 0 && !s->mark))
		return -ENOMEM;
	s->mark = PATTERN;
	dev_set_drvdata(device, s);
	EXPECT(dev_get_drvdata(device) == s);
	EXPECT(dev_add_action(device, note_memory, s) == 0);
	EXPECT(dev_add_action(device, note_action, "b") == 0);
	EXPECT(!IS_ERR(ioport_claim(device, 0)));
	EXPECT(PTR_ERR(ioport_claim(device, 0)) == -EBUSY);
	EXPECT(PTR_ERR(ioport_claim(device, 9)) == -ENXIO);
	EXPECT(dev_add_action(device, note_action, "c") == 0);
	return probes == 1 ? -EPERM : -ENODEV;
}

static const char *const match[] = { "something else", "i8042", NULL };
static const struct platform_driver refusing = {
	.size = sizeof(refusing), .name = "conform-refuses", .match = match, .probe = refusing_probe
};

static void failed_probe_case(void)
{
	forget_order();
	EXPECT(platform_driver_register(THIS_MODULE, &refusing) == 0);
	EXPECT(probes == 1);
	EXPECT(!strcmp(order.letters, "cbm"));
}

struct younger_driver {
	struct platform_driver driver;
	struct conform_tail tail;
};

static void driver_errors_case(void)
{
	static const char *const nobody[] = { "nobody", NULL };
	static const struct platform_driver
		nameless = { .size = sizeof(nameless), .match = match, .probe = refusing_probe },
		matchless = { .size = sizeof(matchless), .name = "x", .probe = refusing_probe },
		probeless = { .size = sizeof(probeless), .name = "x", .match = match },
		sizeless = { .name = "x", .match = match, .probe = refusing_probe };
	static const struct younger_driver unused = { { .size = sizeof(unused),
							.name = "conform-younger",
							.match = nobody,
							.probe = refusing_probe },
						      { { 0 } } },
					   used = { { .size = sizeof(used),
						      .name = "x",
						      .match = nobody,
						      .probe = refusing_probe },
						    CONFORM_USED };

	EXPECT(platform_driver_register(THIS_MODULE, &nameless) == -EINVAL);
	EXPECT(platform_driver_register(THIS_MODULE, &matchless) == -EINVAL);
	EXPECT(platform_driver_register(THIS_MODULE, &probeless) == -EINVAL);
	EXPECT(platform_driver_register(THIS_MODULE, &sizeless) == -EINVAL);
	EXPECT(platform_driver_register(THIS_MODULE, &unused.driver) == 0);
	EXPECT(platform_driver_register(THIS_MODULE, &used.driver) == -E2BIG);
	EXPECT(platform_driver_register(THIS_MODULE, &refusing) == -EEXIST);
}

/* --- the driver that stays --- */

static struct device *bound;
static struct state *state; /* of it */

static bool ready(u8 mask, u8 value)
{
	for (u32 i = 0; i < 1000; i++) {
		if ((ioport_read8(state->command, 0) & mask) == value)
			return true;
		udelay(100);
	}
	return false;
}

static void send(struct ioport *port, u8 byte)
{
	EXPECT(ready(STATUS_INPUT, 0));
	ioport_write8(port, 0, byte);
}

static void ioport_case(void)
{
	while (ioport_read8(state->command, 0) & STATUS_OUTPUT)
		ioport_read8(state->data, 0);
	EXPECT(ioport_size(state->data) == 1 && ioport_size(state->command) == 1);
	send(state->command, COMMAND_READ_CONFIG);
	EXPECT(ready(STATUS_OUTPUT, STATUS_OUTPUT));
	state->config = ioport_read8(state->data, 0);
	EXPECT(!(ioport_read8(state->command, 0) & STATUS_OUTPUT)); /* it was read */
	EXPECT(ioport_read8(state->data, 1) == 0xff && ioport_read8(state->data, ~0u) == 0xff);
	EXPECT(ioport_read16(state->data, 0) == 0xffff);
	EXPECT(ioport_read32(state->command, 0) == 0xffffffff);
	ioport_write8(state->command, 1, COMMAND_READ_CONFIG);
	ioport_write16(state->command, 0, COMMAND_READ_CONFIG);
	ioport_write32(state->command, 0, COMMAND_READ_CONFIG);
	msleep(2);
	EXPECT(!(ioport_read8(state->command, 0) & STATUS_OUTPUT)); /* none of them went there */
}

static u32 key_interrupt(void *data)
{
	struct state *s = data;

	if (!(ioport_read8(s->command, 0) & STATUS_OUTPUT))
		return KIT_IRQ_NONE;
	s->key = ioport_read8(s->data, 0);
	atomic_inc_return(&s->interrupts);
	complete(&s->keyed);
	return KIT_IRQ_HANDLED;
}

static u32 no_interrupt(void *data)
{
	return KIT_IRQ_NONE;
}

static void fake_key(u8 key)
{
	send(state->command, COMMAND_FAKE_KEY);
	send(state->data, key);
}

static void line_case(void)
{
	EXPECT(irq_kind(bound) == KIT_IRQ_LINE);
	EXPECT(irq_connect(bound, 9, no_interrupt, NULL) == -ENXIO);
	send(state->command, COMMAND_WRITE_CONFIG);
	send(state->data, state->config | CONFIG_KEY_INTERRUPT);
	EXPECT(irq_connect(bound, 0, key_interrupt, state) == 0);
	EXPECT(irq_connect(bound, 0, no_interrupt, NULL) == -EBUSY);
	for (u8 key = 1; key <= 3; key++) {
		fake_key(key);
		EXPECT(completion_wait(&state->keyed, LONG_MS) == 0);
		EXPECT(state->key == key);
	}
	irq_mask(bound, 0);
	irq_mask(bound, 0);
	fake_key(4);
	irq_unmask(bound, 0);
	EXPECT(completion_wait(&state->keyed, 10) == -ETIMEDOUT);
	irq_unmask(bound, 0); /* what came meanwhile comes afterwards */
	EXPECT(completion_wait(&state->keyed, LONG_MS) == 0);
	EXPECT(state->key == 4 && atomic_read(&state->interrupts) == 4);
	irq_disconnect(bound, 0);
	fake_key(5);
	EXPECT(completion_wait(&state->keyed, 10) == -ETIMEDOUT);
	ioport_read8(state->data, 0);
	EXPECT(irq_connect(bound, 0, key_interrupt, state) == 0); /* until the device is let go */
}

static void light(struct input_device *input, u32 type, u32 code, s32 value)
{
	EXPECT(type == EV_LED && code == LED_CAPSL && value == 1);
	EXPECT(input_data(input) == state);
	atomic_inc_return(&state->leds);
}

static const struct input_capability capabilities[] = {
	{ EV_KEY, KEY_A },
	{ EV_KEY, KEY_B },
	{ EV_REL, REL_X },
	{ EV_LED, LED_CAPSL },
};

static void input_case(void)
{
	static const struct input_capability unknown = { EV_KEY, 0xffff };
	struct input_params params = {
		.size = sizeof(params),
		.bus = 0x11,
		.vendor = 1,
		.product = 2,
		.version = 3,
		.name = "conform input",
		.capabilities = capabilities,
		.nr_capabilities = ARRAY_SIZE(capabilities),
		.event = light,
		.data = state,
		.autorepeat = true,
	};
	struct input_params wrong = params;
	struct {
		struct input_params params;
		struct conform_tail tail;
	} younger = { params, CONFORM_USED };

	wrong.name = NULL;
	EXPECT(PTR_ERR(input_register(bound, &wrong)) == -EINVAL);
	wrong = params;
	wrong.capabilities = &unknown;
	wrong.nr_capabilities = 1;
	EXPECT(PTR_ERR(input_register(bound, &wrong)) == -EINVAL);
	younger.params.size = sizeof(younger);
	EXPECT(PTR_ERR(input_register(bound, &younger.params)) == -E2BIG);
	state->input = input_register(bound, &params);
	if (EXPECT(!IS_ERR(state->input)))
		EXPECT(input_data(state->input) == state);
}

/* Reports that use.c reads: see there. */
s64 device_input(u64 step)
{
	struct input_device *input = state ? state->input : NULL;

	if (!input)
		return -ENODEV;
	switch (step) {
	case 0:
		input_report(input, EV_KEY, KEY_A, 1);
		input_report(input, EV_KEY, KEY_A, 1); /* no change */
		input_report(input, EV_KEY, KEY_C, 1); /* not among the capabilities */
		input_report(input, EV_REL, REL_X, -3);
		break; /* the report is not at its end */
	case 1:
		input_sync(input);
		input_sync(input); /* nothing in it */
		break;
	case 2:
		input_report(input, EV_KEY, KEY_A, 0);
		input_sync(input);
		break;
	case 3:
		input_report(input, EV_KEY, KEY_B, 1); /* it is held when the device goes */
		input_sync(input);
		break;
	default: return atomic_read(&state->leds);
	}
	return 0;
}

static const struct conform_case bound_cases[] = {
	{ "I/O ports: sizes, accesses; nothing is reached beyond the end", ioport_case },
	{ "interrupts of a line: connected, masked, disconnected", line_case },
	{ "input devices: made, or refused", input_case },
};

static int probe(struct device *device)
{
	struct state *s = dev_kzalloc(device, sizeof(*s));

	EXPECT(!dev_get_drvdata(device));
	if (!s)
		return -ENOMEM;
	s->mark = PATTERN;
	dev_set_drvdata(device, s);
	EXPECT(dev_add_action(device, note_memory, s) == 0);
	s->data = ioport_claim(device, 0);
	s->command = ioport_claim(device, 1);
	EXPECT(dev_add_action(device, note_action, "p") == 0);
	if (!EXPECT(!IS_ERR(s->data) && !IS_ERR(s->command)))
		return -EIO;
	state = s;
	bound = device;
	conform_end("a device whose probe failed is as before, and a driver has what it wants");
	conform_run(bound_cases, ARRAY_SIZE(bound_cases));
	EXPECT(char_device_node(device) == 0);
	EXPECT(dev_add_action(device, note_action, "n") == 0);
	dev_print(LOG_LEVEL_INFO, device, "is bound");
	return 0;
}

static void remove(struct device *device)
{
	EXPECT(dev_get_drvdata(device) == state && state->mark == PATTERN);
	forget_order();
	device_note('r');
	state = NULL;
	bound = NULL;
}

static const struct platform_driver driver = {
	.size = sizeof(driver), .name = "conform", .match = match, .probe = probe, .remove = remove
};

static void unbound_case(void)
{
	EXPECT(!bound && !strcmp(order.letters, "rncpm"));
}

static const struct conform_case unbound_cases[] = {
	{ "a device is let go: remove, then what its driver got, the last first", unbound_case },
};

static const struct conform_case early_cases[] = {
	{ "a probe that fails: what it got is released, the last first", failed_probe_case },
	{ "platform_driver_register: its errors", driver_errors_case },
};

/* The device has been taken away. */
void device_unbound(void)
{
	conform_run(unbound_cases, ARRAY_SIZE(unbound_cases));
}

int device_run(void)
{
	conform_run(early_cases, ARRAY_SIZE(early_cases));
	return platform_driver_register(THIS_MODULE, &driver);
}

void device_end(void)
{
	conform_end("callbacks of the platform device and of its interrupt and input device");
}
