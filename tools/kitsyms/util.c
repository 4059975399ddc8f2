/* SPDX-License-Identifier: MIT */
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void say(const char *format, va_list args)
{
	fprintf(stderr, "%s: ", program_name);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(1);
}

void *checked(void *p)
{
	if (!p)
		die("out of memory");
	return p;
}

char *text(const char *format, ...)
{
	va_list args;
	char *s;

	va_start(args, format);
	if (vasprintf(&s, format, args) < 0)
		s = NULL;
	va_end(args);
	return checked(s);
}

char *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	size_t length = 0, room = 1 << 16, got;
	char *data;

	if (!f)
		return NULL;
	data = checked(malloc(room));
	while ((got = fread(data + length, 1, room - length - 1, f))) {
		length += got;
		if (length == room - 1)
			data = checked(realloc(data, room *= 2));
	}
	if (ferror(f))
		die("%s: cannot read", path);
	fclose(f);
	data[length] = 0;
	if (size)
		*size = length;
	return data;
}

void write_if_changed(const char *path, const char *content)
{
	char *old = read_file(path, NULL);
	FILE *f;

	if (!old || strcmp(old, content)) {
		f = fopen(path, "w");
		if (!f || fputs(content, f) < 0 || fclose(f))
			die("%s: cannot write", path);
	}
	free(old);
}
