// SPDX-License-Identifier: MIT
/*
 * What every PC may have and no bus reports: the keyboard controller at ports 0x60 and 0x64 (IBM PS/2 hardware interface technical
 * reference, "Keyboard and auxiliary device controller"), with interrupts 1 and 12.
 */
#include "internal.h"

#include <kernel/log.h>
#include <lib/err.h>

static const struct platform_resource i8042_resources[] = {
	{ PLATFORM_IOPORT, 0x60, 1 },
	{ PLATFORM_IOPORT, 0x64, 1 },
	{ PLATFORM_IRQ, 1, 1 },
	{ PLATFORM_IRQ, 12, 1 },
};

void legacy_devices_init(void)
{
	struct platform_device *p;

	p = platform_device_create(platform_root_device(), "i8042", i8042_resources,
				   ARRAY_SIZE(i8042_resources));
	if (IS_ERR(p))
		pr_err("device: no keyboard controller: error %ld\n", PTR_ERR(p));
}
