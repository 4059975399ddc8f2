// SPDX-License-Identifier: MIT
/* Asks where the interrupt pin of a PCI device arrives, as a bus driver would, and says so in the log: insmod route.ko device=5 pin=0. */
#include <kit/errno.h>
#include <kit/firmware.h>
#include <kit/log.h>
#include <kit/module.h>
#include <kit/param.h>

static u32 bus, device, pin;
module_param(bus, u32, 0);
module_param(device, u32, 0);
module_param(pin, u32, 0);

static int __init route_init(void)
{
	struct firmware_line line = { .size = sizeof(line) };
	int error = firmware_route(0, bus, device, pin, &line);

	if (error)
		pr_info("error %d", error);
	else
		pr_info("gsi %u %s %s", line.gsi, line.level ? "level" : "edge",
			line.active_low ? "low" : "high");
	return error;
}

static void route_exit(void)
{
}

module_init(route_init);
module_exit(route_exit);
MODULE_LICENSE("MIT");
