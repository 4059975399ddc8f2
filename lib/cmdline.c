/* SPDX-License-Identifier: MIT */
/*
 * Command lines and mount options.
 */
#include <lib/ctype.h>
#include <lib/parse.h>
#include <lib/string.h>

/* Takes off the quote before `end`, where a text ends that began with a quote before `start`. */
static void cut_closing_quote(const char *start, char *end)
{
	if (end > start && end[-1] == '"')
		end[-1] = 0;
}

char *next_arg(char *args, char **param, char **value)
{
	char *start = skip_spaces(args);
	char *equals = NULL;
	char *end;
	bool whole_quoted = *start == '"';
	bool in_quotes = whole_quoted;

	if (whole_quoted)
		start++;
	for (end = start; *end && (in_quotes || !isspace((u8)*end)); end++) {
		if (*end == '"')
			in_quotes = !in_quotes;
		else if (*end == '=' && !equals)
			equals = end;
	}
	args = *end ? skip_spaces(end + 1) : end;
	*end = 0;
	*param = start;
	*value = NULL;
	if (equals) {
		*equals = 0;
		*value = equals + 1;
	}
	if (*value && **value == '"') {
		++*value;
		cut_closing_quote(*value, end);
	} else if (whole_quoted) {
		cut_closing_quote(equals ? *value : start, end);
	}
	return args;
}

static char dash_to_underscore(char c)
{
	return c == '-' ? '_' : c;
}

bool parameqn(const char *a, const char *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (dash_to_underscore(a[i]) != dash_to_underscore(b[i]))
			return false;
		if (!a[i])
			break;
	}
	return true;
}

bool parameq(const char *a, const char *b)
{
	return parameqn(a, b, (size_t)-1);
}

int parse_args(char *args, char **rest, void *context,
	       int (*handle)(const char *param, const char *value, void *context))
{
	*rest = NULL;
	args = skip_spaces(args);
	while (*args) {
		char *param, *value;
		int err;

		args = next_arg(args, &param, &value);
		if (!value && !strcmp(param, "--")) {
			*rest = args;
			return 0;
		}
		if (!value && !*param)
			continue;
		err = handle(param, value, context);
		if (err)
			return err;
	}
	return 0;
}

char *next_option(char **options, char **value)
{
	char *option;

	do {
		option = strsep(options, ",");
	} while (option && !*option);
	*value = NULL;
	if (option) {
		char *equals = strchr(option, '=');

		if (equals) {
			*equals = 0;
			*value = equals + 1;
		}
	}
	return option;
}

int match_option(const struct option_name *table, const char *name)
{
	for (; table->name; table++)
		if (!strcmp(table->name, name))
			return table->token;
	return -EINVAL;
}
