/* SPDX-License-Identifier: MIT */
/*
 * In the guest: finds the keyboard, lets it repeat no key that is held (a guest that is not run for a while sees a key held for that long), says "ready" and
 * copies the events to the standard error as they come.
 */
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int is_keyboard(int fd)
{
	char name[64] = "";

	return ioctl(fd, EVIOCGNAME(sizeof(name) - 1), name) >= 0 && strstr(name, "keyboard");
}

static int find(void)
{
	for (unsigned int i = 0;; i = (i + 1) % 32) {
		char path[32];
		int fd;

		snprintf(path, sizeof(path), "/dev/input/event%u", i);
		fd = open(path, O_RDONLY);
		if (fd >= 0 && is_keyboard(fd))
			return fd;
		if (fd >= 0)
			close(fd);
	}
}

int main(void)
{
	unsigned int never[2] = { 3600000, 3600000 }; /* delay and period, in ms */
	struct input_event event;
	int fd = find();

	if (ioctl(fd, EVIOCSREP, never))
		return perror("EVIOCSREP"), 1;
	puts("ready");
	fflush(stdout);
	while (read(fd, &event, sizeof(event)) == sizeof(event))
		if (write(2, &event, sizeof(event)) != sizeof(event))
			return 1;
	return perror("keyboard"), 1;
}
