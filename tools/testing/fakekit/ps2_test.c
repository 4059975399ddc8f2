/* SPDX-License-Identifier: MIT */
/*
 * drivers: modules/ps2
 *
 * The model is an 8042 with a keyboard and a wheel mouse. It answers a command byte after a while, by interrupt.
 */
#include <kit/errno.h>
#include <kit/memory.h>
#include <uapi/input.h>
#include "../../../modules/ps2/ps2_regs.h"
#include "fakekit.h"

#define ANSWER_NS	300000ull

static struct {
	struct device *device;
	u8 queue[64], from_aux[64];
	u32 first, nr;
	u8 config, expects; /* the controller command whose argument comes next */
	bool mute, has_mouse, aux_off;
	u8 last_leds, expects_leds;
	u8 rates[3], mouse_id, mouse_expects_rate;
	u32 resends; /* so many commands are answered by "again" */
} kbc;

static void arrived(void *unused)
{
	bool aux = kbc.nr && kbc.from_aux[kbc.first % 64];

	if (kbc.nr)
		fake_irq(kbc.device, aux ? 1 : 0);
}

static void put_byte(u8 byte, bool aux, u64 after)
{
	u32 at = (kbc.first + kbc.nr++) % 64;

	kbc.queue[at] = byte;
	kbc.from_aux[at] = aux;
	if (after)
		fake_after(after, arrived, NULL);
}

static u32 port_data_read(void *data, u32 offset, u32 bytes)
{
	u8 byte;

	if (!kbc.nr)
		return 0;
	byte = kbc.queue[kbc.first++ % 64];
	kbc.nr--;
	return byte;
}

static void to_keyboard(u8 byte)
{
	if (kbc.resends) {
		kbc.resends--;
		put_byte(ANSWER_RESEND, false, ANSWER_NS);
		return;
	}
	if (kbc.expects_leds) {
		kbc.last_leds = byte;
		kbc.expects_leds = false;
	} else if (byte == DEVICE_SET_LEDS) {
		kbc.expects_leds = true;
	}
	put_byte(ANSWER_ACK, false, ANSWER_NS);
}

static void to_mouse(u8 byte)
{
	put_byte(ANSWER_ACK, true, ANSWER_NS);
	if (kbc.mouse_expects_rate) {
		memmove(kbc.rates, kbc.rates + 1, 2);
		kbc.rates[2] = byte;
		if (kbc.rates[0] == 200 && kbc.rates[1] == 100 && kbc.rates[2] == 80)
			kbc.mouse_id = MOUSE_ID_WHEEL;
		kbc.mouse_expects_rate = false;
	} else if (byte == DEVICE_SET_RATE) {
		kbc.mouse_expects_rate = true;
	} else if (byte == DEVICE_IDENTIFY) {
		put_byte(kbc.mouse_id, true, 2 * ANSWER_NS);
	} else if (byte == DEVICE_RESET) {
		put_byte(ANSWER_TEST_PASSED, true, 2 * ANSWER_NS);
		put_byte(0, true, 3 * ANSWER_NS);
	}
}

static void port_data_write(void *data, u32 offset, u32 bytes, u32 value)
{
	u8 command = kbc.expects;

	kbc.expects = 0;
	if (kbc.mute)
		return;
	if (command == COMMAND_WRITE_CONFIG)
		kbc.config = (u8)value;
	else if (command == COMMAND_WRITE_AUX)
		to_mouse((u8)value);
	else
		to_keyboard((u8)value);
}

static u32 port_status(void *data, u32 offset, u32 bytes)
{
	if (!kbc.nr)
		return 0;
	return STATUS_OUTPUT_FULL | (kbc.from_aux[kbc.first % 64] ? STATUS_AUX : 0);
}

static void port_command(void *data, u32 offset, u32 bytes, u32 value)
{
	if (kbc.mute)
		return;
	switch (value) {
	case COMMAND_TEST: put_byte(TEST_PASSED, false, 0); break;
	case COMMAND_TEST_KEYBOARD: put_byte(0, false, 0); break;
	case COMMAND_TEST_AUX: put_byte(kbc.has_mouse ? 0 : 0xff, false, 0); break;
	case COMMAND_READ_CONFIG: put_byte(kbc.config, false, 0); break;
	case COMMAND_WRITE_CONFIG:
	case COMMAND_WRITE_AUX: kbc.expects = (u8)value; break;
	}
}

static void make_machine(void)
{
	kbc.has_mouse = true;
	kbc.config = CONFIG_KEYBOARD_OFF | CONFIG_AUX_OFF;
	kbc.device = fake_platform_device("i8042");
	fake_ports(kbc.device, 0, 1, port_data_read, port_data_write, NULL);
	fake_ports(kbc.device, 1, 1, port_status, port_command, NULL);
}

static void expect_event(u32 index, u16 type, u16 code, s32 value)
{
	struct fake_event e = { 0 };

	EXPECT(fake_event(index, &e));
	EXPECT_EQ(e.type, type);
	EXPECT_EQ(e.code, code);
	EXPECT_EQ(e.value, value);
}

static void send(u8 byte, bool aux)
{
	put_byte(byte, aux, 1);
	fake_sleep(1000000);
}

FAKE_TEST(keyboard_and_wheel_mouse_are_found)
{
	make_machine();
	EXPECT_EQ(fake_load(), 0);
	EXPECT(fake_is_bound(kbc.device));
	EXPECT_EQ(fake_nr_inputs(), 2);
	EXPECT_EQ(strcmp(fake_input_name(1), "ImPS/2 Generic Wheel Mouse"), 0);
	EXPECT_EQ(kbc.config, CONFIG_KEYBOARD_IRQ | CONFIG_AUX_IRQ | CONFIG_TRANSLATE);
}

FAKE_TEST(keys)
{
	make_machine();
	EXPECT_EQ(fake_load(), 0);
	send(0x1e, false);
	expect_event(0, EV_KEY, KEY_A, 1);
	expect_event(0, EV_SYN, 0, 0);
	send(0x9e, false);
	expect_event(0, EV_KEY, KEY_A, 0);
	expect_event(0, EV_SYN, 0, 0);
	send(SCAN_EXTENDED, false);
	send(0x48, false);
	expect_event(0, EV_KEY, KEY_UP, 1);
	expect_event(0, EV_SYN, 0, 0);
	for (u32 i = 0; i < 6; i++)
		send((const u8[]){ 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5 }[i], false);
	expect_event(0, EV_KEY, KEY_PAUSE, 1);
}

FAKE_TEST(mouse_moves_and_lost_bytes)
{
	make_machine();
	EXPECT_EQ(fake_load(), 0);
	for (u32 i = 0; i < 4; i++)
		send((const u8[]){ MOUSE_ALWAYS | MOUSE_LEFT | MOUSE_Y_NEGATIVE, 5, 0xfe, 0xff }[i],
		     true);
	expect_event(1, EV_KEY, BTN_LEFT, 1);
	expect_event(1, EV_REL, REL_X, 5);
	expect_event(1, EV_REL, REL_Y, 2);
	expect_event(1, EV_REL, REL_WHEEL, 1);
	expect_event(1, EV_SYN, 0, 0);
	/* Half a report, then silence: the next one counts from its first byte. */
	send(MOUSE_ALWAYS, true);
	send(9, true);
	fake_sleep(1000000000);
	for (u32 i = 0; i < 4; i++)
		send((const u8[]){ MOUSE_ALWAYS, 3, 0, 0 }[i], true);
	expect_event(1, EV_KEY, BTN_LEFT, 0);
	expect_event(1, EV_REL, REL_X, 3);
}

FAKE_TEST(leds_are_set_and_asked_for_again)
{
	make_machine();
	EXPECT_EQ(fake_load(), 0);
	kbc.resends = 2;
	fake_input_set(0, EV_LED, LED_CAPSL, 1);
	fake_sleep(100000000);
	EXPECT_EQ(kbc.last_leds, 4);
	EXPECT_EQ(kbc.resends, 0);
}

FAKE_TEST(unplugged_while_a_command_waits)
{
	make_machine();
	EXPECT_EQ(fake_load(), 0);
	kbc.mute = true;
	fake_input_set(0, EV_LED, LED_CAPSL, 1);
	fake_sleep(1000000);
	fake_device_remove(kbc.device);
	EXPECT(!fake_is_bound(kbc.device));
	EXPECT_EQ(fake_nr_inputs(), 0);
}

FAKE_TEST(a_dead_controller_is_no_device)
{
	make_machine();
	kbc.mute = true;
	EXPECT_EQ(fake_load(), 0);
	EXPECT_EQ(fake_probe_error(kbc.device), -ENODEV);
	EXPECT_EQ(fake_nr_inputs(), 0);
}

/* Without a keyboard or a mouse it works all the same; without anything else the probe fails with the call's own error. */
FAULT_TEST(every_call_of_the_kit_may_fail)
{
	const char *fault;
	int error;

	make_machine();
	error = fake_load();
	fault = fake_fault();
	if (!fault) {
		EXPECT_EQ(fake_nr_inputs(), 2);
	} else if (!strcmp(fault, "platform_driver_register")) {
		EXPECT_EQ(error, -ENOMEM);
	} else if (!strcmp(fault, "input_register")) {
		EXPECT_EQ(fake_nr_inputs(), 1);
	} else {
		EXPECT_EQ(fake_probe_error(kbc.device), -ENOMEM);
		EXPECT(!fake_is_bound(kbc.device));
		EXPECT_EQ(fake_nr_inputs(), 0);
	}
}
