// SPDX-License-Identifier: MIT
/* One use of each module. What is not there just now is no failure: the module comes and goes meanwhile. */
#define _GNU_SOURCE
#include "cycles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/input.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first file of that pattern; NULL: there is none. */
static const char *first(const char *pattern)
{
	static char path[256];
	glob_t found;
	bool is_there = !glob(pattern, GLOB_NOSORT, NULL, &found);

	if (is_there)
		snprintf(path, sizeof(path), "%s", found.gl_pathv[0]);
	globfree(&found);
	return is_there ? path : NULL;
}

static int open_first(const char *pattern, int flags)
{
	const char *path = first(pattern);

	return path ? open(path, flags | O_CLOEXEC) : -1;
}

/* What has no device of its own. */
static bool use_refcnt(const char *module)
{
	char path[256], text[64];
	int fd;
	bool good;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", module);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	good = read(fd, text, sizeof(text)) > 0;
	close(fd);
	return good;
}

static bool use_hello(int self)
{
	int fd = open("/sys/module/hello/parameters/whom", O_RDWR | O_CLOEXEC);
	char text[32];
	bool good;

	if (fd < 0)
		return false;
	good = write(fd, "reader\n", 7) == 7 && pread(fd, text, sizeof(text), 0) > 0;
	close(fd);
	return good;
}

/* Writes to a character device and reads from it; full and empty are no failures. */
static bool use_node(const char *path, const char *words)
{
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	char text[16];
	bool good;

	if (fd < 0)
		return false;
	good = write(fd, words, strlen(words)) >= 0 || errno == EAGAIN || errno == ENOSPC;
	good = good && (read(fd, text, sizeof(text)) >= 0 || errno == EAGAIN);
	close(fd);
	return good;
}

/* Four pages that the device shows at offset, of which one goes before the others. A driver of older days shows nothing. */
static bool use_map(int fd, off_t offset)
{
	volatile char *p = mmap(NULL, 4 * 4096, PROT_READ, MAP_SHARED, fd, offset);
	bool good;

	if (p == MAP_FAILED)
		return errno == ENODEV || errno == ENOMEM;
	good = !munmap((void *)(p + 2 * 4096), 4096);
	(void)p[0], (void)p[3 * 4096];
	return !munmap((void *)p, 4 * 4096) && good;
}

static bool use_echo(int self)
{
	char back[8];
	struct {
		unsigned long long out, back;
		unsigned int out_bytes, back_bytes;
	} e = { (unsigned long)"words", (unsigned long)back, 5, sizeof(back) };
	int fd = open("/dev/echo", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	bool good;

	if (fd < 0)
		return false;
	good = (!ioctl(fd, _IOC(3, 'e', 4, sizeof(e)), &e) || errno == ENOTTY) && use_map(fd, 0);
	close(fd);
	return good && use_node("/dev/echo", "some words");
}
static bool use_tested(int self) { return use_node("/dev/tested", "42\n"); }
static int hold_tested(void) { return open("/dev/tested", O_RDONLY | O_CLOEXEC); }

static int hold_echo(void) { return open("/dev/echo", O_RDONLY | O_CLOEXEC); }

/* The events of a PS/2 device; an open one does not hold the driver, as on Linux. -1: none is there. */
static int open_event(void)
{
	glob_t found;
	int fd = -1;

	if (!glob("/dev/input/event*", GLOB_NOSORT, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc && fd < 0; i++) {
			struct input_id id;

			fd = open(found.gl_pathv[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
			if (fd >= 0 && (ioctl(fd, EVIOCGID, &id) || id.bustype != BUS_I8042)) {
				close(fd);
				fd = -1;
			}
		}
	globfree(&found);
	return fd;
}

static bool use_ps2(int self)
{
	struct input_event event;
	char name[64];
	int fd = open_event();
	bool good;

	if (fd < 0)
		return false;
	good = ioctl(fd, EVIOCGNAME(sizeof(name)), name) > 0 &&
	       (read(fd, &event, sizeof(event)) >= 0 || errno == EAGAIN);
	close(fd);
	return good;
}

static bool use_disk(const char *path, int self)
{
	static char buffer[4096] __attribute__((aligned(4096)));
	int fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	off_t place = 4096l * self;
	bool good;

	if (fd < 0)
		return false;
	memset(buffer, 'a' + self, sizeof(buffer));
	good = pwrite(fd, buffer, sizeof(buffer), place) == sizeof(buffer) &&
	       pread(fd, buffer, sizeof(buffer), place) == sizeof(buffer) &&
	       buffer[100] == 'a' + self;
	close(fd);
	return good;
}

static bool use_nvme(int self) { return use_disk("/dev/nvme0n1", self); }
static int hold_nvme(void) { return open("/dev/nvme0n1", O_RDONLY | O_CLOEXEC); }
static bool use_ramdisk(int self) { return use_disk("/dev/ram0", self); }
static int hold_ramdisk(void) { return open("/dev/ram0", O_RDONLY | O_CLOEXEC); }

static bool use_pci(int self)
{
	unsigned char id[4];
	int fd = open_first("/sys/bus/pci/devices/*/config", O_RDONLY);
	bool good;

	if (fd < 0)
		return false;
	good = read(fd, id, 4) == 4 && (id[0] != 0xff || id[1] != 0xff);
	close(fd);
	return good;
}

static bool use_acpi(int self) { return use_refcnt("acpi"); }

static int hold_edu(void) { return open_first("/dev/edu/*", O_RDWR); }

static bool use_edu(int self)
{
	unsigned int number = 5;
	int fd = hold_edu();
	bool good;

	if (fd < 0)
		return false;
	good = !ioctl(fd, _IOWR('d', 1, unsigned int), &number) && number == ~5u && use_map(fd, 0);
	close(fd);
	return good;
}

static int hold_pciserial(void) { return open(/* the machine has two of its own */ "/dev/ttyS2", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); }

static bool use_pciserial(int self)
{
	int fd = hold_pciserial();
	bool good;

	if (fd < 0)
		return false;
	good = write(fd, "x", 1) == 1 || errno == EAGAIN;
	close(fd);
	return good;
}

/* Mounts it for itself, makes a file, takes it away. */
static bool use_tinyfs(int self)
{
	char folder[64], path[80], text[16];
	bool good;
	int fd;

	snprintf(folder, sizeof(folder), "/tmp/tiny-%d", self);
	snprintf(path, sizeof(path), "%s/file-%d", folder, self);
	mkdir(folder, 0700);
	if (mount("/dev/nvme1n1", folder, "tinyfs", 0, NULL))
		return false;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	good = fd >= 0 && write(fd, "words", 5) == 5 && pread(fd, text, sizeof(text), 0) == 5 &&
	       !memcmp(text, "words", 5) && !unlink(path);
	if (fd >= 0)
		close(fd);
	return !umount(folder) && good;
}

static int hold_tinyfs(void)
{
	mkdir("/tmp/tiny-held", 0700);
	return mount("/dev/nvme1n1", "/tmp/tiny-held", "tinyfs", 0, NULL)
		       ? -1
		       : open("/tmp/tiny-held", O_RDONLY | O_CLOEXEC);
}

static void let_tinyfs_go(void) { umount("/tmp/tiny-held"); }

const struct exerciser exercisers[] = {
	{ .module = "hello", .use = use_hello },
	{ .module = "echo", .use = use_echo, .hold = hold_echo },
	{ .module = "ps2", .use = use_ps2 },
	{ .module = "acpi", .use = use_acpi },
	{ .module = "pci", .use = use_pci },
	{ .module = "nvme", .needs = "pci", .use = use_nvme, .hold = hold_nvme },
	{ .module = "edu", .needs = "pci", .use = use_edu, .hold = hold_edu },
	{ .module = "pciserial", .needs = "pci", .use = use_pciserial, .hold = hold_pciserial },
	{ .module = "tested", .use = use_tested, .hold = hold_tested },
	{ .module = "ramdisk",
	  .arguments = "disks=1 size_kb=64",
	  .use = use_ramdisk,
	  .hold = hold_ramdisk },
	{ .module = "tinyfs",
	  .needs = "pci nvme",
	  .use = use_tinyfs,
	  .hold = hold_tinyfs,
	  .let_go = let_tinyfs_go },
	{ 0 },
};
