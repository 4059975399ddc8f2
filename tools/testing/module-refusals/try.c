/* SPDX-License-Identifier: MIT */
/*
 * try LIST: loads the files of a list, a line each: FILE, flags, arguments, with tabs between. Prints FILE, errno and
 * the reason that last_error gives, and whether anything has changed in /proc/modules.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char before[1 << 16], after[1 << 16];

static void take(const char *path, char *to)
{
	int fd = open(path, O_RDONLY);
	ssize_t n, length = 0;

	while (fd >= 0 && (n = read(fd, to + length, (1 << 16) - 1 - length)) > 0)
		length += n;
	to[length] = '\0';
	close(fd);
}

/* The last line that is not indented. */
static const char *reason(void)
{
	static char text[1 << 16];
	char *last = text;

	take("/sys/kernel/kit/last_error", text);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (*line != '\t')
			last = line;
	return last;
}

int main(int argc, char **argv)
{
	FILE *list = fopen(argv[1], "r");
	char line[512];

	while (list && fgets(line, sizeof(line), list)) {
		char *rest = line, *file = strsep(&rest, "\t"), *flags = strsep(&rest, "\t"),
		     *arguments = strsep(&rest, "\n");
		int fd = open(file, O_RDONLY), error;

		take("/proc/modules", before);
		error = syscall(SYS_finit_module, fd, arguments, atoi(flags)) ? errno : 0;
		take("/proc/modules", after);
		syscall(SYS_delete_module, "victim", O_NONBLOCK);
		printf("%s\t%d\t%s\t%s\n", file, error,
		       error && strcmp(before, after) ? "left" : "clean", reason());
		close(fd);
	}
	return !list || argc < 2;
}
