// SPDX-License-Identifier: MIT
/*
 * The 8042 controller. While it is set up its interrupts are off and its few answers are waited for with a limit, since there is
 * no other way; from then on everything comes by interrupt.
 */
#include <kit/module.h>

#include "ps2.h"

#define CONTROLLER_WAIT_US	50000u	/* a controller answers within a few milliseconds */
#define STEP_US			20u

static bool wait_status(struct ps2_controller *c, u8 mask, u8 value)
{
	for (u32 us = 0; us < CONTROLLER_WAIT_US; us += STEP_US) {
		if ((ioport_read8(c->command, 0) & mask) == value)
			return true;
		udelay(STEP_US);
	}
	return false;
}

static int controller_command(struct ps2_controller *c, u8 command)
{
	if (!wait_status(c, STATUS_INPUT_FULL, 0))
		return -ETIMEDOUT;
	ioport_write8(c->command, 0, command);
	return 0;
}

static int controller_write(struct ps2_controller *c, u8 command, u8 byte)
{
	int error = controller_command(c, command);

	if (error)
		return error;
	if (!wait_status(c, STATUS_INPUT_FULL, 0))
		return -ETIMEDOUT;
	ioport_write8(c->data, 0, byte);
	return 0;
}

/* The answer (0 to 255), or a negative errno. */
static int controller_ask(struct ps2_controller *c, u8 command)
{
	int error = controller_command(c, command);

	if (error)
		return error;
	if (!wait_status(c, STATUS_OUTPUT_FULL, STATUS_OUTPUT_FULL))
		return -ETIMEDOUT;
	return ioport_read8(c->data, 0);
}

int ps2_send(struct ps2_port *port, u8 byte)
{
	struct ps2_controller *c = port->controller;

	if (port->aux)
		return controller_write(c, COMMAND_WRITE_AUX, byte);
	if (!wait_status(c, STATUS_INPUT_FULL, 0))
		return -ETIMEDOUT;
	ioport_write8(c->data, 0, byte);
	return 0;
}

/* Takes one byte out; false when there is none. */
static bool take(struct ps2_controller *c, u8 *status, u8 *byte)
{
	u64 flags = spin_lock_save(&c->lock);
	bool any;

	*status = ioport_read8(c->command, 0);
	any = *status & STATUS_OUTPUT_FULL;
	if (any)
		*byte = ioport_read8(c->data, 0);
	spin_unlock_restore(&c->lock, flags);
	return any;
}

/* Each of the two lines: a byte of its own port, whatever else lies there first. */
static u32 interrupt(void *data)
{
	struct ps2_controller *c = data;
	u32 result = KIT_IRQ_NONE;
	u8 status, byte = 0;

	while (take(c, &status, &byte)) {
		result = KIT_IRQ_HANDLED;
		if (!(status & (STATUS_TIMEOUT | STATUS_PARITY)))
			ps2_received(status & STATUS_AUX ? &c->mouse : &c->keyboard, byte);
	}
	return result;
}

static void drain(struct ps2_controller *c)
{
	u8 status, byte = 0;

	for (int i = 0; i < 16 && take(c, &status, &byte); i++)
		udelay(STEP_US);
}

/* Both devices off, what they had sent thrown away, the controller tested. */
static int reset(struct ps2_controller *c)
{
	int answer;

	if (controller_command(c, COMMAND_DISABLE_KEYBOARD) ||
	    controller_command(c, COMMAND_DISABLE_AUX))
		return -ENODEV;
	drain(c);
	answer = controller_ask(c, COMMAND_TEST);
	if (answer != TEST_PASSED) {
		dev_info(c->device, "no controller answers (%d)\n", answer);
		return -ENODEV;
	}
	return 0;
}

static int set_config(struct ps2_controller *c, u8 set, u8 clear)
{
	int config = controller_ask(c, COMMAND_READ_CONFIG);

	if (config < 0)
		return config;
	return controller_write(c, COMMAND_WRITE_CONFIG, (config | set) & ~clear);
}

static void start_devices(struct ps2_controller *c, bool has_keyboard, bool has_mouse)
{
	if (has_keyboard && ps2_keyboard_start(&c->keyboard))
		dev_warn(c->device, "no keyboard\n");
	if (has_mouse && ps2_mouse_start(&c->mouse))
		dev_info(c->device, "no mouse\n");
}

static int probe(struct device *device)
{
	struct ps2_controller *c = dev_kzalloc(device, sizeof(*c));
	bool has_keyboard, has_mouse;
	int error;

	if (!c)
		return -ENOMEM;
	c->device = device;
	c->keyboard.controller = c->mouse.controller = c;
	c->mouse.aux = true;
	c->data = ioport_claim(device, 0);
	c->command = ioport_claim(device, 1);
	if (IS_ERR(c->data) || IS_ERR(c->command))
		return IS_ERR(c->data) ? PTR_ERR(c->data) : PTR_ERR(c->command);
	dev_set_drvdata(device, c);

	error = reset(c);
	if (error)
		return error;
	has_keyboard = controller_ask(c, COMMAND_TEST_KEYBOARD) == 0;
	has_mouse = controller_ask(c, COMMAND_TEST_AUX) == 0;
	if (!has_keyboard && !has_mouse)
		return -ENODEV;
	error = irq_connect(device, 0, interrupt, c);
	if (!error)
		error = irq_connect(device, 1, interrupt, c);
	if (!error)
		error = set_config(c, CONFIG_KEYBOARD_IRQ | CONFIG_AUX_IRQ | CONFIG_TRANSLATE,
				   CONFIG_KEYBOARD_OFF | CONFIG_AUX_OFF);
	if (error)
		return error;
	start_devices(c, has_keyboard, has_mouse);
	return 0;
}

/* No more interrupts; the firmware's keyboard goes on as it was. */
static void remove(struct device *device)
{
	struct ps2_controller *c = dev_get_drvdata(device);
	u64 flags;

	work_cancel(&c->keyboard.led_work);
	flags = spin_lock_save(&c->lock);
	controller_command(c, COMMAND_DISABLE_KEYBOARD);
	controller_command(c, COMMAND_DISABLE_AUX);
	spin_unlock_restore(&c->lock, flags);
}

static const char *const match[] = { "i8042", NULL };

static const struct platform_driver driver = {
	.size = sizeof(driver),
	.name = "ps2",
	.match = match,
	.probe = probe,
	.remove = remove,
};

static int __init ps2_init(void)
{
	return platform_driver_register(THIS_MODULE, &driver);
}

static void ps2_exit(void)
{
}

module_init(ps2_init);
module_exit(ps2_exit);
MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Mortise authors");
MODULE_DESCRIPTION("PS/2 keyboard and mouse");
MODULE_VERSION("1.0");
MODULE_ALIAS("platform:i8042");
