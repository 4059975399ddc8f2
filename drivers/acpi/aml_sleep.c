/* SPDX-License-Identifier: MIT */
/* See aml_sleep.h; the encodings are those of ACPI 6.4, chapter 20. */
#include "aml_sleep.h"
#include <lib/compiler.h>
#include <lib/string.h>

enum aml_opcode {
	AML_ZERO = 0x00,
	AML_ONE = 0x01,
	AML_ALIAS = 0x06,
	AML_NAME = 0x08,
	AML_BYTE = 0x0a,
	AML_WORD = 0x0b,
	AML_DWORD = 0x0c,
	AML_STRING = 0x0d,
	AML_QWORD = 0x0e,
	AML_SCOPE = 0x10,
	AML_BUFFER = 0x11,
	AML_PACKAGE = 0x12,
	AML_VAR_PACKAGE = 0x13,
	AML_METHOD = 0x14,
	AML_EXTERNAL = 0x15,
	AML_DUAL_NAME = 0x2e,
	AML_MULTI_NAME = 0x2f,
	AML_EXTENDED = 0x5b,
	AML_ROOT = '\\',
	AML_PARENT = '^',
	AML_IF = 0xa0,
	AML_ELSE = 0xa1,
	AML_WHILE = 0xa2,
	AML_NOOP = 0xa3,
	AML_ONES = 0xff,
};

/* Behind AML_EXTENDED. */
enum aml_extended_opcode {
	AML_MUTEX = 0x01,
	AML_EVENT = 0x02,
	AML_REVISION = 0x30,
	AML_REGION = 0x80,
	AML_FIELD = 0x81,
	AML_DEVICE = 0x82,
	AML_PROCESSOR = 0x83,
	AML_POWER_RESOURCE = 0x84,
	AML_THERMAL_ZONE = 0x85,
	AML_INDEX_FIELD = 0x86,
	AML_BANK_FIELD = 0x87,
};

#define MAX_DEPTH	8	/* scopes within scopes */

struct reader {
	const u8 *at, *end;
	bool failed;
};

static u8 read_byte(struct reader *r)
{
	if (r->at >= r->end) {
		r->failed = true;
		return 0;
	}
	return *r->at++;
}

static void skip(struct reader *r, size_t bytes)
{
	if ((size_t)(r->end - r->at) < bytes) {
		r->failed = true;
		r->at = r->end;
		return;
	}
	r->at += bytes;
}

/* PkgLength: counted from its own first byte. Returns a reader of what it spans and moves behind it. */
static struct reader take_package(struct reader *r)
{
	struct reader inside = { .at = r->at, .end = r->end };
	u8 lead = read_byte(r);
	unsigned int more = lead >> 6;
	size_t length = more ? lead & 0x0f : lead & 0x3f;
	size_t header = 1 + more;

	for (unsigned int i = 0; i < more; i++)
		length |= (size_t)read_byte(r) << (4 + 8 * i);
	if (r->failed || length < header || length > (size_t)(inside.end - inside.at)) {
		r->failed = true;
		inside.failed = true;
		return inside;
	}
	inside.end = inside.at + length;
	inside.at += header;
	r->at = inside.end;
	return inside;
}

/* NameString, without its root and parent prefixes, which change nothing at the root. */
struct name {
	const u8 *last; /* segment; NULL for a null name */
	unsigned int nr_segments;
};

static struct name take_name(struct reader *r)
{
	struct name name = { 0 };

	while (r->at < r->end && (*r->at == AML_ROOT || *r->at == AML_PARENT))
		r->at++;
	if (r->at >= r->end) {
		r->failed = true;
		return name;
	}
	switch (*r->at) {
	case 0: r->at++; return name;
	case AML_DUAL_NAME:
		r->at++;
		name.nr_segments = 2;
		break;
	case AML_MULTI_NAME:
		r->at++;
		name.nr_segments = read_byte(r);
		break;
	default: name.nr_segments = 1;
	}
	skip(r, 4ul * name.nr_segments);
	if (!r->failed && name.nr_segments)
		name.last = r->at - 4;
	return name;
}

static bool is_name_start(u8 byte)
{
	return (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == AML_ROOT ||
	       byte == AML_PARENT || byte == AML_DUAL_NAME || byte == AML_MULTI_NAME;
}

static u64 take_number(struct reader *r, unsigned int bytes)
{
	u64 value = 0;

	for (unsigned int i = 0; i < bytes; i++)
		value |= (u64)read_byte(r) << (8 * i);
	return value;
}

/* An integer constant, or failure. */
static u64 take_integer(struct reader *r)
{
	switch (read_byte(r)) {
	case AML_ZERO: return 0;
	case AML_ONE: return 1;
	case AML_ONES: return ~0ull;
	case AML_BYTE: return take_number(r, 1);
	case AML_WORD: return take_number(r, 2);
	case AML_DWORD: return take_number(r, 4);
	case AML_QWORD: return take_number(r, 8);
	}
	r->failed = true;
	return 0;
}

/* Steps over a constant: a number, a string, a buffer, a package or a reference. Anything else would have to be evaluated. */
static void skip_data(struct reader *r)
{
	u8 op = r->at < r->end ? *r->at : 0;

	if (is_name_start(op)) {
		take_name(r);
		return;
	}
	switch (op) {
	case AML_STRING:
		while (read_byte(r) && !r->failed)
			;
		break;
	case AML_BUFFER:
	case AML_PACKAGE:
	case AML_VAR_PACKAGE:
		r->at++;
		take_package(r);
		break;
	case AML_EXTENDED:
		r->at++;
		if (read_byte(r) != AML_REVISION)
			r->failed = true;
		break;
	default: take_integer(r);
	}
}

static bool take_sleep_package(struct reader *r, struct aml_sleep_state *state)
{
	struct reader package;
	u64 a, b = 0;
	u8 count;

	if (read_byte(r) != AML_PACKAGE)
		return false;
	package = take_package(r);
	count = read_byte(&package);
	a = take_integer(&package);
	/* One element with both values in it is also seen: firmware that follows the earliest drafts. */
	if (count >= 2)
		b = take_integer(&package);
	else
		b = a >> 8 & 0xff;
	if (package.failed || !count || (a & 0xff) > 7 || (b & 0xff) > 7)
		return false;
	state->type_a = a & 0xff;
	state->type_b = b & 0xff;
	return true;
}

struct search {
	const char *name;
	struct aml_sleep_state *state;
	bool found;
};

static void walk(struct reader *r, struct search *search, unsigned int depth);

/* The definition of an object right under the root, which is where the walk is. */
static void walk_name(struct reader *r, struct search *search)
{
	struct name name = take_name(r);

	if (!r->failed && name.nr_segments == 1 && !memcmp(name.last, search->name, 4))
		search->found = take_sleep_package(r, search->state);
	else
		skip_data(r);
}

static void walk_scope(struct reader *r, struct search *search, unsigned int depth)
{
	struct reader inside = take_package(r);
	struct name name = take_name(&inside);

	/* Other scopes cannot hold it, unless by an absolute name, which compilers do not emit there. */
	if (!inside.failed && name.nr_segments == 0 && depth < MAX_DEPTH)
		walk(&inside, search, depth + 1);
}

static void skip_extended(struct reader *r)
{
	switch (read_byte(r)) {
	case AML_MUTEX:
		take_name(r);
		skip(r, 1);
		break;
	case AML_EVENT: take_name(r); break;
	case AML_REGION:
		take_name(r);
		skip(r, 1);
		skip_data(r);
		skip_data(r);
		break;
	case AML_FIELD:
	case AML_DEVICE:
	case AML_PROCESSOR:
	case AML_POWER_RESOURCE:
	case AML_THERMAL_ZONE:
	case AML_INDEX_FIELD:
	case AML_BANK_FIELD: take_package(r); break;
	default: r->failed = true;
	}
}

/* The objects of the root, one after the other. */
static void walk(struct reader *r, struct search *search, unsigned int depth)
{
	while (r->at < r->end && !r->failed && !search->found) {
		switch (read_byte(r)) {
		case AML_NAME: walk_name(r, search); break;
		case AML_SCOPE: walk_scope(r, search, depth); break;
		case AML_METHOD:
		case AML_IF:
		case AML_ELSE:
		case AML_WHILE: take_package(r); break;
		case AML_ALIAS:
			take_name(r);
			take_name(r);
			break;
		case AML_EXTERNAL:
			take_name(r);
			skip(r, 2);
			break;
		case AML_NOOP: break;
		case AML_EXTENDED: skip_extended(r); break;
		default: r->failed = true;
		}
	}
}

bool aml_find_sleep_state(const u8 *aml, size_t length, const char *name,
			  struct aml_sleep_state *state)
{
	struct reader r = { .at = aml, .end = aml + length };
	struct search search = { .name = name, .state = state };

	walk(&r, &search, 0);
	return search.found;
}
