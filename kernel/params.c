/* SPDX-License-Identifier: MIT */
/* The boot command line: words, handlers, and what is left for modules and init. */
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/string.h>

extern const struct boot_param __boot_param_start[], __boot_param_end[];

/* The split line: words, each with a zero behind it. */
static const char *words __ro_after_init, *words_end __ro_after_init;
static const char *separator __ro_after_init; /* the word "--" */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Moves one word from *from to *to, without its quotes, and ends it. */
static void take_word(const char **from, char **to)
{
	bool quoted = false;

	for (; **from && (quoted || !is_space(**from)); (*from)++) {
		if (**from == '"')
			quoted = !quoted;
		else
			*(*to)++ = **from;
	}
	/* The place after the word has been read already, whatever stands there. */
	if (**from)
		(*from)++;
	*(*to)++ = 0;
}

char *boot_line_split(char *line)
{
	const char *from = line;
	char *to = line;

	for (;;) {
		while (is_space(*from))
			from++;
		if (!*from)
			break;
		take_word(&from, &to);
	}
	return to;
}

const char *boot_params_word(const char *word)
{
	word = word ? word + strlen(word) + 1 : words;
	return word < words_end ? word : NULL;
}

static char fold(char c)
{
	return c == '-' ? '_' : c;
}

const char *boot_param_value(const char *word, const char *name)
{
	for (; *name; word++, name++)
		if (fold(*word) != fold(*name))
			return NULL;
	if (*word == '=')
		return word + 1;
	return *word ? NULL : word;
}

static const struct boot_param *find_param(const char *word, const char **value)
{
	/* lint: comparePointers: the linker's bounds of one area */
	for (const struct boot_param *param = __boot_param_start; param < __boot_param_end;
	     param++) {
		*value = boot_param_value(word, param->name);
		if (*value)
			return param;
	}
	return NULL;
}

/* A dot in the name, before any "=". */
static bool is_for_module(const char *word)
{
	for (; *word && *word != '='; word++)
		if (*word == '.')
			return true;
	return false;
}

enum boot_word boot_word_class(const char *word)
{
	const char *value;

	if (separator && word > separator)
		return BOOT_WORD_ARGUMENT;
	if (word == separator)
		return BOOT_WORD_SEPARATOR;
	if (find_param(word, &value))
		return BOOT_WORD_KNOWN;
	if (is_for_module(word))
		return BOOT_WORD_MODULE;
	return strchr(word, '=') ? BOOT_WORD_ENVIRONMENT : BOOT_WORD_ARGUMENT;
}

void boot_params_parse(char *line)
{
	const char *word = NULL;

	words = line;
	words_end = boot_line_split(line);
	while (!separator && (word = boot_params_word(word))) {
		const char *value;
		const struct boot_param *param = find_param(word, &value);

		if (!strcmp(word, "--"))
			separator = word;
		else if (param && param->set(value) < 0)
			pr_warn("boot parameter '%s': bad value, ignored\n", word);
	}
}
