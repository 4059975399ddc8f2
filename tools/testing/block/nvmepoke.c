/* SPDX-License-Identifier: MIT */
/*
 * Does to an NVMe controller, behind its driver's back, what goes wrong with hardware: nvmepoke DEVICE-FOLDER ACTION
 *
 *	mask N, unmask N	message N of MSI-X does not come (a lost interrupt)
 *	disable			the controller forgets everything (as after a reset of its own)
 *	fatal			it says that it is broken (CSTS.CFS)
 *	stick N DISK		queue N does not move any more: its completion queue is full, says the doorbell. Where it stands is found by
 *				reading one block after each guess; that read ends when the driver has done something about it
 *	blind			its registers do not answer any more, as if it had been pulled out
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static uint8_t config[256];
static volatile uint8_t *bar;

static volatile uint32_t *at(uint32_t offset) { return (volatile uint32_t *)(bar + offset); }

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

#define ENTRIES		128	/* of a queue */
#define STUCK_MS	250	/* longer than any read takes, shorter than the driver's time-out */

static int stick(uint32_t queue, const char *disk)
{
	static uint8_t block[4096] __attribute__((aligned(4096)));
	uint32_t stride = 4u << (*at(4) & 0xf);
	int fd = open(disk, O_RDONLY | O_DIRECT);
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(queue - 1, &cpus);
	if (fd < 0 || sched_setaffinity(0, sizeof(cpus), &cpus))
		return perror(disk), 1;
	/* Each read moves the queue by one, so each guess moves by two. */
	for (uint32_t i = 0; i < 2 * ENTRIES; i++) {
		uint64_t before = now_ms();

		*at(0x1000 + (2 * queue + 1) * stride) = 2 * i % ENTRIES;
		if (pread(fd, block, sizeof(block), 0) != sizeof(block))
			return perror(disk), 1;
		if (now_ms() - before > STUCK_MS)
			return 0;
	}
	return 1;
}

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
		*at(0x24) = 0; /* admin queues of no size: it cannot start */
		*at(0x14) = 6u << 16 | 4u << 20 | 1;
		usleep(10000);
		return !(*at(0x1c) & 2);
	} else if (!strcmp(argv[2], "stick") && argc > 4) {
		return stick(n, argv[4]);
	} else if (!strcmp(argv[2], "blind")) {
		uint16_t none = 0;

		snprintf(path, sizeof(path), "%s/config", argv[1]);
		fd = open(path, O_WRONLY);
		return fd < 0 || pwrite(fd, &none, 2, 4) != 2;
	} else {
		return 2;
	}
	return 0;
}
