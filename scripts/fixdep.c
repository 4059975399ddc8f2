/* SPDX-License-Identifier: MIT */
/*
 * fixdep: turn a compiler's dependency file into what make needs for an exact rebuild.
 *
 *     fixdep DEPFILE TARGET OUT COMMAND >TARGET.cmd
 *
 * The printed makefile fragment holds the command (so that a changed one rebuilds) and the files
 * that were read. Every kernel file reads autoconf.h, which changes with any option. It is left out;
 * in its place stands, for each word CONFIG_X met in the files read, OUTinclude/config/X, which
 * scripts/kconfig.py touches when X changes. So an option rebuilds only what names it.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct set {
	char **slot;
	size_t nr, size;
};

static const char *out_dir;

__attribute__((noreturn)) static void die(const char *what, const char *name)
{
	fprintf(stderr, "fixdep: %s: ", what);
	perror(name);
	exit(1);
}

static void *checked(void *p)
{
	if (!p)
		die("memory", "");
	return p;
}

static size_t hash(const char *s, size_t len)
{
	size_t h = 5381;

	while (len--)
		h = h * 33 + (unsigned char)*s++;
	return h;
}

static char **set_slot(struct set *set, const char *s, size_t len)
{
	size_t i = hash(s, len) & (set->size - 1);

	while (set->slot[i] && (strncmp(set->slot[i], s, len) || set->slot[i][len]))
		i = (i + 1) & (set->size - 1);
	return &set->slot[i];
}

static void set_grow(struct set *set)
{
	struct set bigger = { .size = set->size ? set->size * 2 : 256 };

	bigger.slot = checked(calloc(bigger.size, sizeof(char *)));
	for (size_t i = 0; i < set->size; i++)
		if (set->slot[i])
			*set_slot(&bigger, set->slot[i], strlen(set->slot[i])) = set->slot[i];
	bigger.nr = set->nr;
	free(set->slot);
	*set = bigger;
}

static void set_free(struct set *set)
{
	for (size_t i = 0; i < set->size; i++)
		free(set->slot[i]);
	free(set->slot);
}

/* Returns nonzero when the word was not there before. */
static int set_add(struct set *set, const char *s, size_t len)
{
	char **slot;

	if (set->nr * 2 >= set->size)
		set_grow(set);
	slot = set_slot(set, s, len);
	if (*slot)
		return 0;
	*slot = checked(strndup(s, len));
	set->nr++;
	return 1;
}

static char *read_file(const char *name)
{
	FILE *f = fopen(name, "rb");
	size_t len = 0, room = 1 << 16;
	char *text;

	if (!f)
		die("open", name);
	text = checked(malloc(room));
	for (;;) {
		len += fread(text + len, 1, room - len - 1, f);
		if (ferror(f))
			die("read", name);
		if (len < room - 1)
			break;
		text = checked(realloc(text, room *= 2));
	}
	fclose(f);
	text[len] = 0;
	return text;
}

static int is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static void note_options(struct set *options, const char *text)
{
	static const char prefix[] = "CONFIG_";
	const char *p = text;

	while ((p = strstr(p, prefix))) {
		const char *name = p + sizeof(prefix) - 1, *end = name;

		while (is_word(*end))
			end++;
		if ((p == text || !is_word(p[-1])) && end > name) {
			size_t len = end - name;

			/* IS_MODULE() reads CONFIG_X_MODULE, whose option is X. */
			if (len > 7 && !strncmp(end - 7, "_MODULE", 7))
				len -= 7;
			if (set_add(options, name, len))
				printf(" \\\n  $(wildcard %sinclude/config/%.*s)", out_dir,
				       (int)len, name);
		}
		p = end;
	}
}

static int ends_with(const char *s, size_t len, const char *tail)
{
	size_t n = strlen(tail);

	return len >= n && !memcmp(s + len - n, tail, n);
}

/* The words behind the first colon are the files; a backslash before a newline is layout. */
static void print_files(char *deps)
{
	struct set files = { 0 }, options = { 0 };
	char *p = strstr(deps, ": ");

	p = p ? p + 1 : deps + strlen(deps);
	while (*p) {
		char *end, saved, *text;

		while (isspace((unsigned char)*p) || (*p == '\\' && p[1] == '\n'))
			p++;
		for (end = p; *end && !isspace((unsigned char)*end); end++)
			;
		if (end == p)
			break;
		/* -MP's empty rules for the headers follow the first rule. */
		if (end[-1] == ':')
			break;
		saved = *end;
		*end = 0;
		if (!ends_with(p, end - p, "include/generated/autoconf.h") &&
		    set_add(&files, p, end - p)) {
			printf(" \\\n  %s", p);
			text = read_file(p);
			note_options(&options, text);
			free(text);
		}
		*end = saved;
		p = end;
	}
	set_free(&files);
	set_free(&options);
}

/* As make reads it back: $ and # have a meaning there. */
static void print_command(const char *s)
{
	for (; *s; s++) {
		if (*s == '$')
			putchar('$');
		else if (*s == '#')
			putchar('\\');
		putchar(*s);
	}
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: fixdep DEPFILE TARGET OUT COMMAND\n");
		return 2;
	}
	out_dir = argv[3];
	printf("saved-%s := ", argv[2]);
	print_command(argv[4]);
	printf("\n\ndeps-%s :=", argv[2]);
	print_files(read_file(argv[1]));
	printf("\n\n%s: $(deps-%s)\n$(deps-%s):\n", argv[2], argv[2], argv[2]);
	if (fflush(stdout) || ferror(stdout))
		die("write", argv[2]);
	return 0;
}
