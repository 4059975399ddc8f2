/* SPDX-License-Identifier: MIT */
/*
 * drivers: modules/acpi
 * with: acpi_model.c
 * asl: acpi_dsdt
 * needs: acpica iasl
 * stride: 5
 *
 * The layer between ACPICA and the kit, with ACPICA itself and the machine of acpi_model.h: routing of interrupts, the power button, power off, and
 * what becomes of it all when a call of the kit fails.
 */
#include <kit/errno.h>
#include <kit/firmware.h>
#include <kit/memory.h>
#include <uapi/input.h>
#include "acpi_model.h"
#include "fake_firmware.h"
#include "fake_pci.h"
#include "fakekit.h"

#define MS	1000000ull

static bool start(void)
{
	acpi_model_create();
	return EXPECT_EQ(fake_load(), 0) && EXPECT(fake_is_bound(acpi_model.device));
}

/* --- routing --- */

static int route(u32 segment, u32 bus, u32 device, u32 pin, struct firmware_line *line)
{
	*line = (struct firmware_line){ .size = sizeof(*line) };
	return firmware_route(segment, bus, device, pin, line);
}

static void leads_to(u32 segment, u32 bus, u32 device, u32 pin, u32 gsi)
{
	struct firmware_line line;

	EXPECT_EQ(route(segment, bus, device, pin, &line), 0);
	EXPECT_EQ(line.gsi, gsi);
}

static void check_wired(void)
{
	struct firmware_line line;

	leads_to(0, 0, 1, 0, 20);
	leads_to(0, 0, 1, 3, 23);
	leads_to(1, 0x40, 1, 0, 40);
	EXPECT_EQ(route(0, 0, 1, 0, &line), 0);
	EXPECT(line.level && line.active_low);
}

FAKE_TEST(wires)
{
	struct firmware_line line;

	if (!start())
		return;
	check_wired();
	EXPECT_EQ(route(0, 0, 1, 1, &line), -ENOENT);
	EXPECT_EQ(route(0, 0, 9, 0, &line), -ENOENT);
	EXPECT_EQ(route(0, 7, 1, 0, &line), -ENOENT);
	EXPECT_EQ(route(2, 0, 1, 0, &line), -ENOENT);
	EXPECT_EQ(acpi_model.told[TOLD_PIC], 1);
}

static void check_links(void)
{
	struct firmware_line line;

	/* It is connected, and stays so. */
	leads_to(0, 0, 2, 0, 10);
	EXPECT_EQ(acpi_model.told[TOLD_SRS_A], 0);
	/* The first place where it may lead: interrupt 5 is bit 5 of the mask. */
	EXPECT_EQ(route(0, 0, 2, 1, &line), 0);
	EXPECT(line.gsi == 5 && !line.level && !line.active_low);
	EXPECT_EQ(acpi_model.told[TOLD_SRS_B], 1 << 5);
	/* Where it leads it may not lead. */
	EXPECT_EQ(route(0, 0, 2, 2, &line), 0);
	EXPECT(line.gsi == 40 && line.level && !line.active_low);
	EXPECT_EQ(acpi_model.told[TOLD_SRS_E], 40);
	EXPECT_EQ(route(0, 0, 2, 3, &line), -ENOENT);
}

FAKE_TEST(links)
{
	if (!start())
		return;
	check_links();
	/* They are set once. */
	acpi_model.told[TOLD_SRS_B] = acpi_model.told[TOLD_SRS_E] = 0;
	leads_to(0, 0, 2, 1, 5);
	leads_to(0, 0, 2, 2, 40);
	EXPECT(!acpi_model.told[TOLD_SRS_B] && !acpi_model.told[TOLD_SRS_E]);
}

static void make_bridge(u32 secondary)
{
	static const struct fake_pci bridge = {
		.vendor = 0x1b36, .device = 1, .class_code = 0x060400, .is_bridge = true
	};
	struct fake_function *f = fake_function_add(NULL, 3 << 3, &bridge);

	fake_config_set(f, 0x19, 1, secondary);
	fake_config_set(f, 0x1a, 1, secondary);
}

FAKE_TEST(behind_a_bridge)
{
	struct firmware_line line;

	make_bridge(2);
	if (!start())
		return;
	leads_to(0, 2, 4, 1, 30);
	EXPECT_EQ(route(0, 2, 4, 0, &line), -ENOENT);
	EXPECT_EQ(route(0, 3, 4, 1, &line), -ENOENT);
	/* The bus is numbered anew. */
	fake_config_set(fake_function_at(0, 3 << 3), 0x19, 1, 3);
	leads_to(0, 3, 4, 1, 30);
}

/* Methods sleep; all of them ask at once, and in the middle of it the driver goes. */
static u32 answered;

static void ask(void *data)
{
	struct firmware_line line;
	int error;

	while (!(error = route(0, 2, 4, 1, &line))) {
		EXPECT_EQ(line.gsi, 30);
		answered++;
		fake_sleep(MS);
	}
	EXPECT_EQ(error, -ENODEV);
}

FAKE_TEST(unbound_while_all_ask)
{
	make_bridge(2);
	if (!start())
		return;
	for (u32 i = 0; i < 4; i++)
		fake_thread(ask, NULL);
	fake_sleep(90 * MS);
	fake_unbind(acpi_model.device);
	fake_join();
	EXPECT(answered >= 3 && answered == acpi_model.told[TOLD_RUNS]);
}

/* It is not known then, which is not the same as that nothing is there. */
FAKE_TEST(no_memory_for_an_answer)
{
	struct firmware_line line;
	u32 n = 0;
	int error;

	make_bridge(2);
	if (!start())
		return;
	do {
		fake_fail_call(++n);
		error = route(0, 2, 4, 1, &line);
		EXPECT(error == -ENOMEM || !error);
	} while (error);
	EXPECT(n > 20);
	EXPECT_EQ(line.gsi, 30);
	fake_fail_call(0);
	check_wired();
}

/* --- the power button --- */

static void expect_press(bool comes)
{
	static const struct fake_event wanted[] = {
		{ EV_KEY, KEY_POWER, 1 }, { 0, 0, 0 }, { EV_KEY, KEY_POWER, 0 }, { 0, 0, 0 }
	};
	struct fake_event e;

	fake_settle();
	for (u32 i = 0; comes && i < ARRAY_SIZE(wanted); i++)
		EXPECT(fake_event(0, &e) && e.type == wanted[i].type && e.code == wanted[i].code &&
		       e.value == wanted[i].value);
	EXPECT(!fake_event(0, &e));
}

FAKE_TEST(the_fixed_button)
{
	if (!start())
		return;
	EXPECT_EQ(fake_nr_inputs(), 1);
	for (u32 i = 0; i < 3; i++) {
		acpi_model_press();
		expect_press(true);
		EXPECT(!acpi_model.status);
	}
	EXPECT_EQ(fake_irq_handled(acpi_model.device, 0), 3);
	fake_unbind(acpi_model.device);
	EXPECT(!acpi_model.enabled && !acpi_model.gpe_enabled[0] && !acpi_model.is_acpi_mode);
	EXPECT_EQ(fake_nr_inputs(), 0);
}

FAKE_TEST(the_button_of_a_device)
{
	acpi_model.button_is_no_fixed_one = true;
	if (!start())
		return;
	EXPECT(!(acpi_model.enabled & MODEL_POWER_BUTTON));
	acpi_model_press();
	expect_press(false);
	/* By level, then by edge with a word that is no press; both are heard again. */
	for (u32 i = 0; i < 3; i++) {
		acpi_model_gpe(2);
		expect_press(true);
		acpi_model_gpe(3);
		expect_press(false);
		EXPECT(!acpi_model.gpe_status[0]);
	}
	/* Nobody has a method for it. */
	acpi_model_gpe(5);
	expect_press(false);
}

/* The event's method has not run yet when the driver goes. */
FAKE_TEST(unbound_while_an_event_is_under_way)
{
	if (!start())
		return;
	acpi_model_gpe(2);
	fake_unbind(acpi_model.device);
	fake_settle();
	EXPECT_EQ(fake_nr_inputs(), 0);
}

FAKE_TEST(bound_again)
{
	if (!start())
		return;
	for (u32 i = 0; i < 3; i++) {
		fake_unload();
		EXPECT(!acpi_model.is_acpi_mode);
		EXPECT_EQ(fake_load(), 0);
		check_wired();
		acpi_model_press();
		expect_press(true);
	}
}

/* --- power off --- */

#define SLEEP_ENABLE	(1u << 13)
#define TYPE_A		(5u << 10)

FAKE_TEST(power_off)
{
	if (!start())
		return;
	EXPECT_EQ(fake_machine_off(), -EIO); /* that it came back */
	EXPECT(acpi_model.is_off);
	EXPECT_EQ(acpi_model.told[TOLD_PTS], 5);
	/* The type first, then the switch. */
	EXPECT_EQ(acpi_model.control[0] & (SLEEP_ENABLE | 7 << 10), SLEEP_ENABLE | TYPE_A);
	EXPECT_EQ(acpi_model.control[1] & (SLEEP_ENABLE | 7 << 10), TYPE_A);
	/* A machine that is off hears nothing more; the end of the test is no event of its. */
	acpi_model.is_off = false;
	fake_unbind(acpi_model.device);
	EXPECT_EQ(acpi_model.memory[0], 0x600d);
}

/* The core has another way: it has to be told. */
FAKE_TEST(it_stays_on)
{
	u64 before;

	acpi_model.stays_on = true;
	if (!start())
		return;
	before = fake_now();
	EXPECT_EQ(fake_machine_off(), -EIO);
	EXPECT(fake_now() - before < 20000 * MS);
}

/* --- it does not come up --- */

static void does_not_probe(int error)
{
	acpi_model_create();
	fake_load();
	EXPECT_EQ(fake_probe_error(acpi_model.device), error);
	EXPECT(!fake_is_bound(acpi_model.device) && !acpi_model.is_acpi_mode);
	EXPECT_EQ(fake_nr_inputs(), 0);
	EXPECT_EQ(fake_machine_off(), -ENODEV);
}

FAKE_TEST(no_tables)
{
	acpi_model.no_rsdp = true;
	does_not_probe(-ENOENT);
}

FAKE_TEST(no_dsdt)
{
	acpi_model.no_dsdt = true;
	does_not_probe(-ENOENT);
}

FAKE_TEST(a_list_of_tables_that_is_damaged)
{
	acpi_model.damaged_list = true;
	does_not_probe(-EIO);
}

FAKE_TEST(the_firmware_does_not_let_go)
{
	acpi_model.stays_in_legacy = true;
	does_not_probe(-EIO);
}

/* Memory, mappings, the interrupt, what is registered: it comes up whole, or says so and leaves nothing. Then once more, without a fault. */
FAULT_TEST(every_call_of_probe_may_fail)
{
	make_bridge(2);
	acpi_model_create();
	if (fake_load()) {
		EXPECT(fake_fault() != NULL);
		return;
	}
	if (!fake_is_bound(acpi_model.device)) {
		EXPECT(fake_fault() != NULL);
		EXPECT_EQ(fake_probe_error(acpi_model.device), -ENOMEM);
		EXPECT(!acpi_model.is_acpi_mode && !acpi_model.enabled &&
		       !acpi_model.gpe_enabled[0]);
		fake_unload();
		EXPECT_EQ(fake_load(), 0);
		if (!EXPECT(fake_is_bound(acpi_model.device)))
			return;
	}
	fake_fail_call(0);
	check_wired();
	check_links();
	leads_to(0, 2, 4, 1, 30);
	acpi_model_press();
	expect_press(true);
	acpi_model_gpe(2);
	expect_press(true);
	fake_machine_off();
	EXPECT(acpi_model.is_off);
	acpi_model.is_off = false;
}
