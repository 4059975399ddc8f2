/* SPDX-License-Identifier: MIT */
/* Text of records: what the print functions of events use (kernel/trace.h). */
#include <kernel/trace.h>
#include <lib/kernel.h>
#include <lib/printf.h>
#include <lib/string.h>

void trace_printf(struct trace_text *text, const char *fmt, ...)
{
	size_t room = text->size - text->used;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text->buf + text->used, room, fmt, args);
	va_end(args);
	if (n > 0)
		text->used += min((size_t)n, room ? room - 1 : 0);
}

static char *next_name(struct trace_text *text)
{
	text->scratch ^= 1;
	return text->names[text->scratch];
}

const char *trace_symbol(struct trace_text *text, unsigned long value, const struct trace_symbol *s,
			 size_t nr)
{
	char *name;

	for (size_t i = 0; i < nr; i++)
		if (s[i].value == value)
			return s[i].name;
	name = next_name(text);
	snprintf(name, sizeof(text->names[0]), "0x%lx", value);
	return name;
}

const char *trace_flags(struct trace_text *text, unsigned long value, const char *delimiter,
			const struct trace_symbol *s, size_t nr)
{
	char *name = next_name(text);
	size_t size = sizeof(text->names[0]), used = 0;

	name[0] = 0;
	for (size_t i = 0; i < nr && used < size; i++) {
		if (!s[i].value || (value & s[i].value) != s[i].value)
			continue;
		value &= ~s[i].value;
		used += snprintf(name + used, size - used, "%s%s", used ? delimiter : "",
				 s[i].name);
	}
	if (value && used < size)
		snprintf(name + used, size - used, "%s0x%lx", used ? delimiter : "", value);
	return name;
}
