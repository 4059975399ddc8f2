/* SPDX-License-Identifier: MIT */
/*
 * Boot parameters, and the marks for code and data that are only needed while booting (__init and friends, lib/compiler.h).
 *
 * __init memory is given back when main.c has run its list; using it later is a fault. __ro_after_init data is made
 * read-only at the same moment.
 */
#ifndef KERNEL_INIT_H
#define KERNEL_INIT_H

#include <lib/compiler.h>

/*
 * BOOT_PARAM("name", set) has set(value) called for `name=value` on the command line, once for each time it stands there and
 * in that order; value is "" for a bare `name`. All are called before memory management and the other CPUs run, so they
 * only record what they are told. A negative return is reported as a bad value. The value stays valid for ever.
 */
struct boot_param {
	const char *name;
	int (*set)(const char *value);
};

#define BOOT_PARAM(text, function)							\
	static const struct boot_param __PASTE(boot_param_, __LINE__)			\
	__used __section(".rodata.ktab_boot_param") __aligned(8) = { text, function }

/*
 * The words of the command line. boot_params_parse() splits `line` in place, takes quotes away, keeps it for ever and calls the
 * handlers. '-' and '_' are the same in names.
 */
void boot_params_parse(char *line);

/* The splitting alone: words with a zero behind each; where they end. */
char *boot_line_split(char *line);

/* The word after `word`, NULL for the first one; NULL at the end. */
const char *boot_params_word(const char *word);
/* What follows "name=" in word, "" if the word is the bare name, or NULL if it is another one. */
const char *boot_param_value(const char *word, const char *name);

enum boot_word {
	BOOT_WORD_KNOWN,       /* a handler has it */
	BOOT_WORD_MODULE,      /* module.parameter=value */
	BOOT_WORD_ENVIRONMENT, /* name=value: for init's environment */
	BOOT_WORD_ARGUMENT,    /* for init's arguments; everything after "--" is one */
	BOOT_WORD_SEPARATOR,   /* "--" */
};

enum boot_word boot_word_class(const char *word);

#endif
