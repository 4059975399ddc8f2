/* SPDX-License-Identifier: MIT */
/* Filters of trace events: what they let through, and what is none. Runs in the kernel and on the host. */
#include <kernel/ktest.h>
#include <kernel/trace_filter.h>
#include <lib/kernel.h>
#include <lib/string.h>

KTEST_SUITE("trace_filter");

struct record {
	struct trace_entry common;
	s32 level;
	u8 small;
	u32 where; /* of a text behind */
	u64 large;
	s64 change;
	char name[16];
	u64 list[2];
	u32 nowhere;
	char text[8];
};

static const struct trace_field fields[] = {
	{ "int", "level", offsetof(struct record, level), 4, 0, true },
	{ "u8", "small", offsetof(struct record, small), 1, 0, false },
	{ "__data_loc char[]", "text", offsetof(struct record, where), 4, 0, true },
	{ "u64", "large", offsetof(struct record, large), 8, 0, false },
	{ "long", "change", offsetof(struct record, change), 8, 0, true },
	{ "char", "name", offsetof(struct record, name), 16, 16, true },
	{ "__data_loc char[]", "none", offsetof(struct record, nowhere), 4, 0, true },
	{ "u64", "list", offsetof(struct record, list), 16, 2, false },
};
static const struct trace_event event = { .fields = fields, .nr_fields = ARRAY_SIZE(fields) };

static const struct record sample = {
	.common = { .type = 77, .pid = 4242 },
	.level = -3,
	.small = 200,
	.where = offsetof(struct record, text) | 6 << 16,
	.large = ~0ull,
	.change = -5,
	.name = "sleeper",
	.text = "hello",
};

#define TEXT_MAX	1024

static u64 room[(sizeof(struct trace_filter) + TEXT_MAX * sizeof(struct trace_filter_step)) / 8];

/* 1: passes, 0: does not, -1: no filter. */
static int look(const char *text, struct trace_filter_error *error)
{
	static char cut[TEXT_MAX];
	struct trace_filter *filter = (struct trace_filter *)room;
	int nr;

	strscpy(cut, text, sizeof(cut));
	nr = trace_filter_compile(filter->steps, cut, &event, error);
	if (nr < 0)
		return -1;
	filter->nr_steps = nr;
	return trace_filter_matches(filter, &sample, 2, "writer");
}

static const struct {
	const char *text;
	int result;
	unsigned int at;
} cases[] = {
	{ "level == -3", 1, 0 },
	{ "level==-3&&small==200", 1, 0 },
	{ "level < 0", 1, 0 },
	{ "level > -4 && level < -2 && level >= -3 && level <= -3 && level != 3", 1, 0 },
	{ "level <= -4 || level >= -2 || level < -3 || level > -3", 0, 0 },
	{ "small == 200 && small > 199 && small & 0x80", 1, 0 },
	{ "small & 7 && small", -1, 18 },
	{ "small == 456", 1, 0 }, /* at the field's width */
	{ "small & 7", 0, 0 },
	{ "large == 0xffffffffffffffff && large > 5", 1, 0 },
	{ "large < 0", 0, 0 },
	{ "change == -5 && change < 010", 1, 0 },
	{ "change <= -6", 0, 0 },
	{ "name == \"sleeper\"", 1, 0 },
	{ "name == 'sleep'", 0, 0 },
	{ "name != 'sleepers' && name ~ 's*r' && name ~ \"*[e]ep?r\"", 1, 0 },
	{ "name ~ 's*e'", 0, 0 },
	{ "text == 'hello' && text ~ '*ll*'", 1, 0 },
	{ "text != 'hello'", 0, 0 },
	{ "none == '' && none ~ '*' && none != 'x'", 1, 0 },
	{ "!(none == 'x')", 1, 0 },
	{ "common_pid == 4242 && common_type == 77", 1, 0 },
	{ "cpu == 2 && CPU > 1 && comm == 'writer' && COMM ~ 'w*'", 1, 0 },
	{ "cpu > -1", 1, 0 },
	{ "!(level == -3)", 0, 0 },
	{ "! level == 3", 1, 0 },
	{ "!(level == 3) && !(level == 4 || level == 5)", 1, 0 },
	{ "level == 1 && level == 2 || level == -3", 1, 0 },
	{ "level == -3 || level == 2 && level == 1", 1, 0 },
	{ "(level == -3 || level == 2) && level == 1", 0, 0 },
	{ "level == 1 || (level == -3 && (small == 1 || (small == 200 && change < 0)))", 1, 0 },
	{ "", -1, 0 },
	{ "level", -1, 5 },
	{ "level ==", -1, 8 },
	{ "level == x", -1, 9 },
	{ "level == 1x", -1, 9 },
	{ "large == -1", -1, 9 },
	{ "level == 99999999999999999999", -1, 9 },
	{ "level == 1111111111222222222233333333334444444444", -1, 9 },
	{ "level ~ 3", -1, 7 },
	{ "name < 'a'", -1, 6 },
	{ "name == sleeper", -1, 8 },
	{ "name == 'sleeper", -1, 8 },
	{ "nothing == 1", -1, 0 },
	{ "lev == 1", -1, 0 },
	{ "list == 1", -1, 0 },
	{ "level == 1 level == 2", -1, 11 },
	{ "level == 1 &&", -1, 13 },
	{ "level == 1 || ", -1, 14 },
	{ "(level == 1", -1, 11 },
	{ "level == 1)", -1, 10 },
	{ "level = 1", -1, 6 },
};

KTEST_CASE(what_passes_and_what_is_none)
{
	struct trace_filter_error error;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int result = look(cases[i].text, &error);

		if (result != cases[i].result || (result < 0 && error.at != cases[i].at))
			KTEST_FAIL("%s: %d at %u", cases[i].text, result, error.at);
	}
}

/* open, depth times, then what, then close as often. */
static int nested(unsigned int depth, const char *open, const char *what, const char *close)
{
	static char text[TEXT_MAX];
	struct trace_filter_error error;
	size_t used = 0;

	for (unsigned int i = 0; i < depth; i++)
		used += strscpy(text + used, open, sizeof(text) - used);
	used += strscpy(text + used, what, sizeof(text) - used);
	for (unsigned int i = 0; i < depth; i++)
		used += strscpy(text + used, close, sizeof(text) - used);
	return look(text, &error);
}

KTEST_CASE(depth_has_a_limit)
{
	KTEST_EXPECT_EQ(nested(30, "(", "level == -3", ")"), 1);
	KTEST_EXPECT_EQ(nested(30, "!", "level == -3", ""), 1);
	KTEST_EXPECT_EQ(nested(29, "!", "level == -3", ""), 0);
	KTEST_EXPECT_EQ(nested(31, "(", "level == -3", ")"), -1);
	KTEST_EXPECT_EQ(nested(31, "!", "level == -3", ""), -1);
}

KTEST_CASE(a_text_has_a_limit)
{
	struct trace_filter_error error;
	char text[280] = "name == '";

	memset(text + 9, 'x', 256);
	text[9 + 255] = '\'';
	text[9 + 256] = 0;
	KTEST_EXPECT_EQ(look(text, &error), 0);
	memset(text + 9, 'x', 256);
	text[9 + 256] = '\'';
	KTEST_EXPECT_EQ(look(text, &error), -1);
	KTEST_EXPECT_EQ(error.at, 8);
}

/* As much as can wait for its operator: two results at each level, and two at the innermost. */
KTEST_CASE(the_deepest_of_all)
{
	const char *open = "level == 1 || level == -3 && (";

	KTEST_EXPECT_EQ(nested(30, open, "small == 1 || level == -3 && small == 200", ")"), 1);
	KTEST_EXPECT_EQ(nested(30, open, "small == 1 || level == -3 && small == 201", ")"), 0);
	/* The outermost result is the one that lies deepest. */
	KTEST_EXPECT_EQ(nested(30, "level == -3 || level == 1 && (", "small == 1", ")"), 1);
}
