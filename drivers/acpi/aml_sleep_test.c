/* SPDX-License-Identifier: MIT */
/* Decoding \_S5 out of AML; also on the host, where the sanitizers watch the reader's bounds. */
#include <kernel/ktest.h>
#include <lib/string.h>
#include "aml_sleep.h"

KTEST_SUITE("aml_sleep");

static bool find(const u8 *aml, size_t length, struct aml_sleep_state *state)
{
	return aml_find_sleep_state(aml, length, "_S5_", state);
}

/*
 * Scope (\) { Name (_S4, Package (2) { 1, 1 })  Name (_S5, Package (4) { 5, 7, 0, 0 }) } behind one of each kind of object that
 * must be stepped over.
 */
/* An object of AML a line. */
/* clang-format off */
static const u8 sample[] = {
	/* External (\EXT0, MethodObj, 0) */
	0x15, '\\', 'E', 'X', 'T', '0', 8, 0,
	/* Name (NUM0, 0x04030201) */
	0x08, 'N', 'U', 'M', '0', 0x0c, 1, 2, 3, 4,
	0x08, 'S', 'T', 'R', '0', 0x0d, '_', 'S', '5', '_', 0,		/* Name (STR0, "_S5_") */
	/* Name (BUF0, Buffer (4) {...}) */
	0x08, 'B', 'U', 'F', '0', 0x11, 0x07, 0x0a, 0x04, 0x08, '_', 'S', '5',
	/* OperationRegion (REG0, SystemIO, 0x600, 16) */
	0x5b, 0x80, 'R', 'E', 'G', '0', 0x01, 0x0b, 0x00, 0x06, 0x0a, 0x10,
	/* Field (REG0, ...) { FLD0, 8 } */
	0x5b, 0x81, 0x0b, 'R', 'E', 'G', '0', 0x01, 'F', 'L', 'D', '0', 0x08,
	0x5b, 0x01, 'M', 'T', 'X', '0', 0x00,				/* Mutex (MTX0, 0) */
	0x5b, 0x02, 'E', 'V', 'T', '0',					/* Event (EVT0) */
	0x06, 'N', 'U', 'M', '0', 'N', 'U', 'M', '1',			/* Alias (NUM0, NUM1) */
	/* Method (_S5M) {...} */
	0x14, 0x0b, '_', 'S', '5', 'M', 0x00, 0xa4, 0x0a, 1, 0xa3, 0xa3,
	/* Device (DEV0) {...}: not looked into */
	0x5b, 0x82, 0x08, 'D', 'E', 'V', '0', 0x5b, 0x02, 0xff,
	0x10, 0x23, '\\', 0x00,						/* Scope (\) */
	0x08, '_', 'S', '4', '_', 0x12, 0x06, 0x02, 0x0a, 0x01, 0x0a, 0x01,
	0x08, '_', 'S', '5', '_', 0x12, 0x08, 0x04, 0x0a, 0x05, 0x0a, 0x07, 0x00, 0x00,
};
/* clang-format on */

KTEST_CASE(finds_it_behind_all_kinds_of_objects)
{
	struct aml_sleep_state state = { 0 };
	u8 fixed[sizeof(sample)];
	size_t scope = sizeof(sample) - 30;

	/* The scope's length, counted here so that the sample can be edited. */
	memcpy(fixed, sample, sizeof(sample));
	KTEST_ASSERT_EQ(fixed[scope], 0x10);
	fixed[scope + 1] = sizeof(sample) - scope - 1;
	KTEST_ASSERT(find(fixed, sizeof(fixed), &state));
	KTEST_EXPECT_EQ(state.type_a, 5);
	KTEST_EXPECT_EQ(state.type_b, 7);
	KTEST_ASSERT(aml_find_sleep_state(fixed, sizeof(fixed), "_S4_", &state));
	KTEST_EXPECT_EQ(state.type_a, 1);
	KTEST_EXPECT(!aml_find_sleep_state(fixed, sizeof(fixed), "_S3_", &state));
}

KTEST_CASE(at_the_top_with_a_root_prefix)
{
	static const u8 aml[] = { 0x08, '\\', '_',  'S',  '5',	'_', 0x12,
				  0x06, 0x04, 0x00, 0x01, 0x00, 0x00 };
	struct aml_sleep_state state = { 0 };

	KTEST_ASSERT(find(aml, sizeof(aml), &state));
	KTEST_EXPECT_EQ(state.type_a, 0);
	KTEST_EXPECT_EQ(state.type_b, 1);
}

/* The bytes of the package stand in a buffer and in a device's scope: no place where it counts. */
KTEST_CASE(is_no_scan_for_bytes)
{
	/* clang-format off */
	static const u8 in_buffer[] = {
		0x08, 'B', 'U', 'F', '0', 0x11, 0x11, 0x0a, 0x0e,
		0x08, '_', 'S', '5', '_', 0x12, 0x08, 0x04, 0x0a, 0x05, 0x0a, 0x07, 0x00, 0x00,
	};
	static const u8 in_device[] = {
		0x5b, 0x82, 0x13, 'D', 'E', 'V', '0',
		0x08, '_', 'S', '5', '_', 0x12, 0x08, 0x04, 0x0a, 0x05, 0x0a, 0x07, 0x00, 0x00,
	};

	/* clang-format on */ struct aml_sleep_state state;

	KTEST_EXPECT(!find(in_buffer, sizeof(in_buffer), &state));
	KTEST_EXPECT(!find(in_device, sizeof(in_device), &state));
}

KTEST_CASE(what_must_be_evaluated_is_refused)
{
	/* clang-format off */
	static const u8 method_call[] = { 0x08, '_', 'S', '5', '_', 'M', 'A', 'K', 'E' };
	static const u8 element_is_name[] = { 0x08, '_', 'S', '5', '_', 0x12, 0x07, 0x01, 'V', 'A', 'L', '0' };
	static const u8 too_large[] = { 0x08, '_', 'S', '5', '_', 0x12, 0x06, 0x02, 0x0a, 0x08, 0x0a, 0x01 };
	static const u8 empty[] = { 0x08, '_', 'S', '5', '_', 0x12, 0x02, 0x00 };
	/* clang-format on */
	struct aml_sleep_state state;

	KTEST_EXPECT(!find(method_call, sizeof(method_call), &state));
	KTEST_EXPECT(!find(element_is_name, sizeof(element_is_name), &state));
	KTEST_EXPECT(!find(too_large, sizeof(too_large), &state));
	KTEST_EXPECT(!find(empty, sizeof(empty), &state));
}

/* Every truncation, and thousands of random changes: an answer, and nothing read outside. */
KTEST_CASE(damaged_tables_do_no_harm)
{
	struct aml_sleep_state state;
	u8 changed[sizeof(sample)];
	u32 seed = 7;

	for (size_t length = 0; length < sizeof(sample); length++)
		find(sample, length, &state);
	for (int round = 0; round < 20000; round++) {
		memcpy(changed, sample, sizeof(sample));
		for (int i = 0; i < 4; i++) {
			seed = seed * 1664525 + 1013904223;
			changed[(seed >> 8) % sizeof(sample)] = seed >> 24;
		}
		find(changed, sizeof(changed), &state);
	}
}
