/* SPDX-License-Identifier: MIT */
/*
 * polled FILE: does poll() wake when the first record comes? A child writes a mark while this waits, on the same CPU:
 * run it pinned to FILE's. Of trace_pipe_raw it reads a part, too: the rest is readable. Then of one more record: splice
 * does not take it, since it makes no page; a read that may wait does.
 */
#define _GNU_SOURCE
#include <errno.h>
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

static int one_record(const char *name)
{
	int fd = open(name, O_RDONLY), ends[2];
	char page[4096];

	if (pipe(ends) || mark())
		return 1;
	puts(splice(fd, NULL, ends[1], NULL, sizeof(page), SPLICE_F_NONBLOCK) == -1 &&
			     errno == EAGAIN
		     ? "spared"
		     : "spliced");
	fflush(stdout);
	alarm(20);
	puts(read(fd, page, sizeof(page)) == sizeof(page) ? "read" : "not read");
	return 0;
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
	return strstr(argv[1], "raw") ? one_record(argv[1]) : 0;
}
