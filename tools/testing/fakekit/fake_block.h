/* SPDX-License-Identifier: MIT */
/*
 * Programs at disks, for tests of block drivers. What they ask is cut into requests that fit the driver's limits, in segments of odd sizes and
 * places, each lent to the device for as long as the driver has the request: whoever moves data before or after that is found out.
 *
 *	EXPECT_EQ(fake_disk_io("nvme0n1", BLOCK_WRITE, 8, data, 4096), 0);		waits
 *	io = fake_disk_start("nvme0n1", 1, BLOCK_READ, 8, data, 4096, 0);		by queue 1, does not wait
 *	EXPECT_EQ(fake_io_wait(io), 0);
 */
#ifndef FAKE_BLOCK_H
#define FAKE_BLOCK_H

#include <kit/types.h>

struct fake_io;

bool fake_disk_exists(const char *name);
u64 fake_disk_sectors(const char *name);
u32 fake_disk_queues(const char *name);
u32 fake_disk_in_flight(const char *name); /* requests that the driver has */
/* BLOCK_READ ...: 0 or the program's errno */
int fake_disk_io(const char *name, u32 operation, u64 sector, void *data, u32 bytes);
/* data is copied now (writes), and filled in at the end (reads). NULL: no such disk. */
struct fake_io *fake_disk_start(const char *name, u32 queue, u32 operation, u64 sector, void *data,
				u32 bytes, u32 flags);
bool fake_io_done(const struct fake_io *io);
int fake_io_wait(struct fake_io *io); /* its result; io is gone */
/* how many were submitted so far; counts each try */
u32 fake_disk_requests(const char *name);
u32 fake_disk_timeouts(const char *name); /* how often the driver was told */

#endif
