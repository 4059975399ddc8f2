/* SPDX-License-Identifier: MIT */
/*
 * Does to an NVMe controller, behind its driver's back, what goes wrong with hardware: nvmepoke DEVICE-FOLDER ACTION
 *
 *	mask N, unmask N	message N of MSI-X does not come (a lost interrupt)
 *	disable			the controller forgets everything (as after a reset of its own)
 *	fatal			it says that it is broken (CSTS.CFS)
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint8_t config[256];
static volatile uint8_t *bar;

static volatile uint32_t *at(uint32_t offset) { return (volatile uint32_t *)(bar + offset); }

static uint32_t msix_table(void)
{
	for (uint8_t p = config[0x34]; p; p = config[p + 1])
		if (config[p] == 0x11)
			return *(uint32_t *)(config + p + 4) & ~7u;
	return 0;
}

int main(int argc, char **argv)
{
	char path[256];
	uint32_t n = argc > 3 ? atoi(argv[3]) : 0;
	int fd;

	if (argc < 3)
		return 2;
	snprintf(path, sizeof(path), "%s/config", argv[1]);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, config, sizeof(config)) < 64)
		return perror(path), 1;
	snprintf(path, sizeof(path), "%s/resource0", argv[1]);
	fd = open(path, O_RDWR);
	bar = mmap(NULL, 0x4000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || bar == MAP_FAILED)
		return perror(path), 1;
	if (!strcmp(argv[2], "mask") || !strcmp(argv[2], "unmask")) {
		*at(msix_table() + 16 * n + 12) = argv[2][0] == 'm';
	} else if (!strcmp(argv[2], "disable")) {
		*at(0x14) &= ~1u;
	} else if (!strcmp(argv[2], "fatal")) {
		*at(0x14) = 0;
		*at(0x24) = 0;		/* admin queues of no size: it cannot start */
		*at(0x14) = 6u << 16 | 4u << 20 | 1;
		usleep(10000);
		return !(*at(0x1c) & 2);
	} else {
		return 2;
	}
	return 0;
}
