// SPDX-License-Identifier: MIT
/* map FILE BYTE: does the first byte of what FILE maps have that value? Read as a register, 4 bytes at once. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	int fd = argc == 3 ? open(argv[1], O_RDWR) : -1;
	volatile unsigned int *registers = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
						0);

	if (fd < 0 || registers == MAP_FAILED) {
		perror(argv[1]);
		return 2;
	}
	return (registers[0] & 0xff) != strtoul(argv[2], NULL, 0);
}
