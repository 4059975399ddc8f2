/* SPDX-License-Identifier: MIT */
/* ask DEVICE: the last command of grown.c, and that with nested buffers, whose lengths it adds. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

int main(int argc, char **argv)
{
	int fd = open(argv[1], O_RDWR);

	char bytes[16];
	struct {
		unsigned long long one, other;
		unsigned int bytes, pairs;
	} argument = { (unsigned long)bytes, (unsigned long)bytes, 4, 5 };

	printf("asked: %d\n", fd < 0 ? -1 : ioctl(fd, 0x4702, 41));
	printf("nested: %d\n", fd < 0 ? -1 : ioctl(fd, 0x4703, &argument));
	return 0;
}
