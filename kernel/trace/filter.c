/* SPDX-License-Identifier: MIT */
/*
 * Filters of events (kernel/trace_filter.h), in Linux's language (Documentation/trace/events.rst there, section 5):
 *
 *	filter		= conjunction { "||" conjunction }
 *	conjunction	= term { "&&" term }
 *	term		= "!" term | "(" filter ")" | FIELD OPERATOR VALUE
 *
 * Numbers take == != < <= > >= and & (a bit in common); texts, in quotation marks, take == != and ~ (a pattern with * ? []). Compiled to steps with
 * the operators behind what they are about. Nothing here sleeps, locks or allocates.
 */
#include <kernel/trace_filter.h>
#include <lib/ctype.h>
#include <lib/glob.h>
#include <lib/kernel.h>
#include <lib/parse.h>
#include <lib/string.h>

/* Each level leaves at most two results waiting, so that they fit into the 64 bits of matches()'s stack. */
#define DEPTH_MAX	30

#define TEXT_MAX	256	/* of a value, with its end, as on Linux */

const struct trace_field trace_common_fields[TRACE_NR_COMMON_FIELDS] = {
	{ "unsigned short", "common_type", 0, 2, 0, false },
	{ "unsigned char", "common_flags", 2, 1, 0, false },
	{ "unsigned char", "common_preempt_count", 3, 1, 0, false },
	{ "int", "common_pid", 4, 4, 0, true },
};

struct parser {
	const struct trace_event *event;
	char *text;
	unsigned int at, depth, nr;
	struct trace_filter_step *steps;
	struct trace_filter_error *error;
};

/* ---- reading ---- */

static bool is_wrong(struct parser *p, const char *what)
{
	p->error->at = p->at;
	p->error->what = what;
	return false;
}

static void skip_blanks(struct parser *p)
{
	while (isspace(p->text[p->at]))
		p->at++;
}

static bool take(struct parser *p, const char *token)
{
	skip_blanks(p);
	if (strncmp(p->text + p->at, token, strlen(token)))
		return false;
	p->at += strlen(token);
	return true;
}

static struct trace_filter_step *add_step(struct parser *p, enum trace_filter_op op)
{
	struct trace_filter_step *step = &p->steps[p->nr++];

	*step = (struct trace_filter_step){ .op = op };
	return step;
}

/* ---- fields ---- */

static bool is_name(const char *name, const char *text, size_t length)
{
	return !strncmp(name, text, length) && !name[length];
}

static const struct trace_field *find_field(const struct trace_field *fields, unsigned int nr,
					    const char *name, size_t length)
{
	for (unsigned int i = 0; i < nr; i++)
		if (is_name(fields[i].name, name, length))
			return &fields[i];
	return NULL;
}

static bool use_field(struct parser *p, struct trace_filter_step *step, const struct trace_field *f)
{
	step->offset = f->offset;
	step->size = f->size;
	step->is_signed = f->is_signed;
	if (!strcmp(f->type, "__data_loc char[]"))
		step->kind = TRACE_FILTER_STRING;
	else if (f->count && f->count != TRACE_FIELD_OPEN && !strcmp(f->type, "char"))
		step->kind = TRACE_FILTER_ARRAY;
	else if (f->count)
		return is_wrong(p, "a field that is neither a number nor a text");
	else
		step->kind = TRACE_FILTER_NUMBER;
	return true;
}

/* What the record does not hold. */
static bool use_other(struct parser *p, struct trace_filter_step *step, const char *name,
		      size_t length)
{
	if (is_name("cpu", name, length) || is_name("CPU", name, length))
		step->kind = TRACE_FILTER_CPU;
	else if (is_name("comm", name, length) || is_name("COMM", name, length))
		step->kind = TRACE_FILTER_COMM;
	else
		return is_wrong(p, length ? "no such field" : "a field is missing");
	return true;
}

static bool parse_field(struct parser *p, struct trace_filter_step *step)
{
	const struct trace_field *f;
	const char *name;
	size_t length = 0;

	skip_blanks(p);
	name = p->text + p->at;
	while (isalnum(name[length]) || name[length] == '_')
		length++;
	f = find_field(p->event->fields, p->event->nr_fields, name, length)
		    ?: find_field(trace_common_fields, TRACE_NR_COMMON_FIELDS, name, length);
	if (!(f ? use_field(p, step, f) : use_other(p, step, name, length)))
		return false;
	p->at += length;
	return true;
}

static bool is_text(const struct trace_filter_step *step)
{
	return step->kind == TRACE_FILTER_ARRAY || step->kind == TRACE_FILTER_STRING ||
	       step->kind == TRACE_FILTER_COMM;
}

/* ---- operators and values ---- */

static bool parse_operator(struct parser *p, struct trace_filter_step *step)
{
	/* Of two that begin alike the longer one is first. */
	static const char tokens[][3] = {
		[TRACE_FILTER_EQ] = "==",  [TRACE_FILTER_NE] = "!=", [TRACE_FILTER_LE] = "<=",
		[TRACE_FILTER_GE] = ">=",  [TRACE_FILTER_LT] = "<",  [TRACE_FILTER_GT] = ">",
		[TRACE_FILTER_BITS] = "&", [TRACE_FILTER_GLOB] = "~"
	};
	unsigned int op = TRACE_FILTER_EQ;

	while (op < ARRAY_SIZE(tokens) && !take(p, tokens[op]))
		op++;
	if (op == ARRAY_SIZE(tokens))
		return is_wrong(p, "an operator is missing");
	step->op = op;
	if (is_text(step)
		    ? op != TRACE_FILTER_EQ && op != TRACE_FILTER_NE && op != TRACE_FILTER_GLOB
		    : op == TRACE_FILTER_GLOB)
		return is_wrong(p, "not an operator for this field");
	return true;
}

static bool parse_text(struct parser *p, struct trace_filter_step *step)
{
	char *begin = p->text + p->at, *end;

	if (*begin != '"' && *begin != '\'')
		return is_wrong(p, "a text in quotation marks is missing");
	end = strchr(begin + 1, *begin);
	if (!end)
		return is_wrong(p, "the text has no end");
	if (end - begin > TEXT_MAX)
		return is_wrong(p, "the text is too long");
	*end = 0;
	step->text = begin + 1;
	p->at = end + 1 - p->text;
	return true;
}

/* A value is taken at the field's width, as a comparison in C would take it. */
static bool parse_number(struct parser *p, struct trace_filter_step *step)
{
	const char *from = p->text + p->at;
	bool is_signed = step->is_signed || step->kind == TRACE_FILTER_CPU;
	size_t length = *from == '-';
	char digits[32];
	s64 value = 0;

	while (isalnum(from[length]))
		length++;
	if (length >= sizeof(digits))
		return is_wrong(p, "not a number");
	memcpy(digits, from, length);
	digits[length] = 0;
	if (is_signed ? kstrtos64(digits, 0, &value) : kstrtou64(digits, 0, &step->value))
		return is_wrong(p, "not a number");
	if (is_signed)
		step->value = value;
	p->at += length;
	return true;
}

static bool parse_comparison(struct parser *p)
{
	struct trace_filter_step *step = add_step(p, TRACE_FILTER_EQ);

	if (!parse_field(p, step) || !parse_operator(p, step))
		return false;
	skip_blanks(p);
	return is_text(step) ? parse_text(p, step) : parse_number(p, step);
}

/* ---- the whole ---- */

static bool parse_filter(struct parser *p);

static bool parse_term(struct parser *p)
{
	bool negated = take(p, "!"), ok;

	if (!negated && !take(p, "("))
		return parse_comparison(p);
	if (++p->depth > DEPTH_MAX)
		return is_wrong(p, "too deep");
	ok = negated ? parse_term(p) : parse_filter(p);
	p->depth--;
	if (!ok)
		return false;
	if (negated)
		add_step(p, TRACE_FILTER_NOT);
	else if (!take(p, ")"))
		return is_wrong(p, "a closing parenthesis is missing");
	return true;
}

/* One part, or several with the token between them. */
static bool parse_chain(struct parser *p, bool (*part)(struct parser *p), const char *token,
			enum trace_filter_op op)
{
	if (!part(p))
		return false;
	while (take(p, token)) {
		if (!part(p))
			return false;
		add_step(p, op);
	}
	return true;
}

static bool parse_conjunction(struct parser *p)
{
	return parse_chain(p, parse_term, "&&", TRACE_FILTER_AND);
}

static bool parse_filter(struct parser *p)
{
	return parse_chain(p, parse_conjunction, "||", TRACE_FILTER_OR);
}

int trace_filter_compile(struct trace_filter_step *steps, char *text,
			 const struct trace_event *event, struct trace_filter_error *error)
{
	struct parser p = { .event = event, .text = text, .steps = steps, .error = error };

	if (!parse_filter(&p))
		return -EINVAL;
	skip_blanks(&p);
	if (text[p.at]) {
		is_wrong(&p, "&& or || is missing");
		return -EINVAL;
	}
	return p.nr;
}

/* ---- looking at a record ---- */

static u64 extend(u64 value, unsigned int size, bool is_signed)
{
	unsigned int shift = 64 - 8 * size;

	return is_signed ? (u64)((s64)(value << shift) >> shift) : value << shift >> shift;
}

static bool compare(enum trace_filter_op op, u64 a, u64 b, bool is_signed)
{
	bool less = is_signed ? (s64)a < (s64)b : a < b;

	switch (op) {
	case TRACE_FILTER_EQ: return a == b;
	case TRACE_FILTER_NE: return a != b;
	case TRACE_FILTER_LT: return less;
	case TRACE_FILTER_GE: return !less;
	case TRACE_FILTER_LE: return less || a == b;
	case TRACE_FILTER_GT: return !less && a != b;
	default: return a & b;
	}
}

static bool number_matches(const struct trace_filter_step *s, const void *record)
{
	u64 value = 0;

	memcpy(&value, (const char *)record + s->offset, s->size);
	return compare(s->op, extend(value, s->size, s->is_signed),
		       extend(s->value, s->size, s->is_signed), s->is_signed);
}

/* A pattern is looked for in texts that have an end. */
static bool text_matches(const struct trace_filter_step *s, const char *text, size_t max)
{
	size_t length = strnlen(text, max);

	if (s->op == TRACE_FILTER_GLOB)
		return length < max && glob_match(s->text, text);
	return (strlen(s->text) == length && !memcmp(s->text, text, length)) ==
	       (s->op == TRACE_FILTER_EQ);
}

static bool step_matches(const struct trace_filter_step *s, const void *record, unsigned int cpu,
			 const char *comm)
{
	u32 place;

	switch (s->kind) {
	case TRACE_FILTER_NUMBER: return number_matches(s, record);
	case TRACE_FILTER_ARRAY: return text_matches(s, (const char *)record + s->offset, s->size);
	case TRACE_FILTER_STRING:
		memcpy(&place, (const char *)record + s->offset, sizeof(place));
		if (!(place >> 16)) /* an absent text is an empty one */
			return text_matches(s, "", 1);
		return text_matches(s, (const char *)record + (place & 0xffff), place >> 16);
	case TRACE_FILTER_CPU: return compare(s->op, cpu, s->value, true);
	default: return text_matches(s, comm, TRACE_COMM_SIZE);
	}
}

bool trace_filter_matches(const struct trace_filter *filter, const void *record, unsigned int cpu,
			  const char *comm)
{
	u64 stack = 0; /* the last result is its lowest bit */

	for (unsigned int i = 0; i < filter->nr_steps; i++) {
		const struct trace_filter_step *s = &filter->steps[i];

		if (s->op == TRACE_FILTER_NOT)
			stack ^= 1;
		else if (s->op == TRACE_FILTER_AND)
			stack = stack >> 1 & (stack | ~1ull);
		else if (s->op == TRACE_FILTER_OR)
			stack = stack >> 1 | (stack & 1);
		else
			stack = stack << 1 | step_matches(s, record, cpu, comm);
	}
	return !filter->nr_steps || stack & 1;
}
