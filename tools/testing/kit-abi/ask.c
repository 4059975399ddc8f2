/* SPDX-License-Identifier: MIT */
/* ask DEVICE: the second command of grown.c. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

int main(int argc, char **argv)
{
	int fd = open(argv[1], O_RDWR);

	printf("asked: %d\n", fd < 0 ? -1 : ioctl(fd, 0x4702, 41));
	return 0;
}
