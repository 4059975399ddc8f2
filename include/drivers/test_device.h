/* SPDX-License-Identifier: MIT */
/* Devices for tests inside the kernel (drivers/core/test_device.c), with no hardware behind them. Both sleep. */
#ifndef DRIVERS_TEST_DEVICE_H
#define DRIVERS_TEST_DEVICE_H

struct bus_type;
struct device;

/*
 * The device is the caller's, who ends it by put_device(), and by device_remove() first if it was added. bus may be NULL. NULL: no memory, or
 * device_add() failed.
 */
struct device *test_device_create(const char *name, struct bus_type *bus); /* not added */
struct device *test_device_add(const char *name, struct bus_type *bus);

#endif
