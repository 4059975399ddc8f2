/* SPDX-License-Identifier: MIT */
/*
 * The machine's side of kit/firmware.h (firmware.c): physical memory and ports that a test gives, and what the interpreter of the firmware's
 * tables registers. Configuration space is that of config.c (fake_pci.h).
 *
 * A mapping is a piece of memory of exactly its size: what is read behind it or after its end is found. What was written is in the physical memory
 * when the mapping ends.
 */
#ifndef FAKE_FIRMWARE_H
#define FAKE_FIRMWARE_H

#include <kit/types.h>

/* Memory at a physical address; the bytes stay the test's. */
void fake_physical(u64 address, void *bytes, size_t size);
void fake_rsdp(u64 address);
/* Without them all ports read as ones. */
void fake_firmware_ports(u32 (*read)(u32 port, u32 bytes),
			 void (*write)(u32 port, u32 bytes, u32 value));
u32 fake_mappings(void); /* that there are now */
/* As the core switches the machine off; -ENODEV: nobody has said how. */
int fake_machine_off(void);

#endif
