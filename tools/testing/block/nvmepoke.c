/* SPDX-License-Identifier: MIT */
/*
 * Does to an NVMe controller, behind its driver's back, what goes wrong with hardware: nvmepoke DEVICE-FOLDER ACTION
 *
 *	mask N, unmask N	message N of MSI-X does not come (a lost interrupt)
 *	disable			the controller forgets everything (as after a reset of its own)
 *	fatal			it says that it is broken (CSTS.CFS)
 *	stick N DISK		queue N does not move any more: its completion queue is full, says the doorbell. Where it stands is found by
 *				reading one block after each guess; that read ends when the driver has done something about it, which
 *				the log tells: how long a read takes proves nothing
 *	blind			its registers do not answer any more, as if it had been pulled out
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint8_t config[256];
static volatile uint8_t *bar;

static volatile uint32_t *at(uint32_t offset) { return (volatile uint32_t *)(bar + offset); }

#define ENTRIES		128	/* of a queue */

/* Reads on in the log: have both been said by now, one behind the other? */
static int has_said(int log, const char *first, const char *second)
{
	static int found;
	char record[1024];
	ssize_t n;

	while ((n = read(log, record, sizeof(record) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		record[n > 0 ? n : 0] = '\0';
		if (found < 2 && strstr(record, found ? second : first))
			found++;
	}
	return found == 2;
}

static int stick(uint32_t queue, const char *disk)
{
	static uint8_t block[4096] __attribute__((aligned(4096)));
	uint32_t stride = 4u << (*at(4) & 0xf);
	int fd = open(disk, O_RDONLY | O_DIRECT), log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	char aborted[32];
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(queue - 1, &cpus);
	if (fd < 0 || log < 0 || lseek(log, 0, SEEK_END) < 0 ||
	    sched_setaffinity(0, sizeof(cpus), &cpus))
		return perror(disk), 1;
	snprintf(aborted, sizeof(aborted), "of queue %u is aborted", queue);
	/* Each read moves the queue by one, so each guess moves by two. */
	for (uint32_t i = 0; i < 2 * ENTRIES; i++) {
		*at(0x1000 + (2 * queue + 1) * stride) = 2 * i % ENTRIES;
		if (pread(fd, block, sizeof(block), 0) != sizeof(block))
			return perror(disk), 1;
		if (has_said(log, aborted, "reset (status 0x1)"))
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
