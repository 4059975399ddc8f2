/* SPDX-License-Identifier: MIT */
/*
 * polled FILE: does poll() wake when the first record comes? A child writes a mark while this waits, on the same CPU:
 * run it pinned to FILE's. Of trace_pipe_raw it reads a part, too: the rest is readable.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int mark(void)
{
	int fd = open("trace_marker", O_WRONLY);

	usleep(100000); /* an earlier mark would hide that nobody is woken, but fail nothing */
	return write(fd, "mark", 4) != 4;
}

int main(int argc, char **argv)
{
	struct pollfd file = { .fd = open(argv[1], O_RDONLY | O_NONBLOCK), .events = POLLIN };
	char part[100];

	if (!fork())
		return mark();
	puts(poll(&file, 1, 20000) == 1 ? "woken" : "not woken");
	if (strstr(argv[1], "raw"))
		puts(read(file.fd, part, sizeof(part)) == sizeof(part) && poll(&file, 1, 0) == 1
			     ? "rest"
			     : "no rest");
	return 0;
}
