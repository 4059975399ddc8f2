// SPDX-License-Identifier: MIT
/*
 * node-test MODULE.ko DEVICE: the module comes and goes; whoever is told by a uevent that its device is there finds its node in /dev. Silent
 * when that holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 300

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

/* It goes when the listener has looked. */
static int come_and_go(const char *path, int looked)
{
	char name[64], byte;
	const char *slash = strrchr(path, '/');

	snprintf(name, sizeof(name), "%.*s", (int)strlen(slash + 1) - 3, slash + 1);
	for (int i = 0; i < ROUNDS; i++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (syscall(SYS_finit_module, fd, "", 0))
			return fail("loading");
		close(fd);
		if (read(looked, &byte, 1) != 1 || syscall(SYS_delete_module, name, O_NONBLOCK))
			return fail("unloading");
	}
	return 0;
}

int main(int argc, char **argv)
{
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	struct timeval limit = { .tv_sec = 20 };
	int told = 0, missing = 0, status, room = 8 << 20;
	char text[8192], device[80], node[80];
	int looked[2];
	pid_t child;

	setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (argc != 3 || pipe(looked) || bind(s, (struct sockaddr *)&address, sizeof(address)))
		return fail("listening");
	snprintf(device, sizeof(device), "/%s", argv[2]);
	snprintf(node, sizeof(node), "/dev/%s", argv[2]);
	child = fork();
	if (!child)
		_exit(come_and_go(argv[1], looked[0]));
	while (told < ROUNDS) {
		ssize_t n = recv(s, text, sizeof(text) - 1, 0);

		if (n <= 0)
			return fail("waiting for an event");
		text[n] = '\0';
		if (strncmp(text, "add@/devices/", 13) || strlen(text) < strlen(device) ||
		    strcmp(text + strlen(text) - strlen(device), device))
			continue;
		told++;
		missing += access(node, F_OK) != 0;
		if (write(looked[1], "", 1) != 1)
			return fail("telling");
	}
	if (waitpid(child, &status, 0) != child || status)
		return fail("the module's life");
	if (missing)
		printf("%d of %d events came before the node\n", missing, told);
	return missing != 0;
}
