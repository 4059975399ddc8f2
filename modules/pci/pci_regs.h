/* SPDX-License-Identifier: MIT */
/*
 * Configuration space (PCI Local Bus 3.0, chapter 6; PCI-to-PCI Bridge 1.2, chapter 3; PCI Express 4.0, chapter 7; PCI Power Management 1.2).
 */
#ifndef PCI_REGS_H
#define PCI_REGS_H

#define PCI_VENDOR		0x00
#define PCI_DEVICE		0x02
#define PCI_COMMAND		0x04
#define PCI_COMMAND_PORTS	0x0001
#define PCI_COMMAND_MEMORY	0x0002
#define PCI_COMMAND_MASTER	0x0004
#define PCI_COMMAND_NO_INTX	0x0400
#define PCI_STATUS		0x06
#define PCI_STATUS_CAPABILITIES	0x0010
#define PCI_REVISION		0x08	/* and the class in the three bytes above */
#define PCI_CLASS_IDE		0x0101
#define PCI_CACHE_LINE		0x0c
#define PCI_HEADER		0x0e
#define PCI_HEADER_TYPE		0x7f
#define PCI_HEADER_MULTI	0x80
#define PCI_HEADER_NORMAL	0
#define PCI_HEADER_BRIDGE	1
#define PCI_HEADER_CARDBUS	2
#define PCI_BAR0		0x10
#define PCI_SUBSYSTEM_VENDOR	0x2c
#define PCI_SUBSYSTEM		0x2e
#define PCI_ROM			0x30
#define PCI_ROM_ENABLE		0x1
#define PCI_CAPABILITIES	0x34
#define PCI_CARDBUS_CAPABILITIES 0x14
#define PCI_INTERRUPT_LINE	0x3c
#define PCI_INTERRUPT_PIN	0x3d

#define PCI_BAR_PORTS		0x1
#define PCI_BAR_TYPE		0x6
#define PCI_BAR_64		0x4
#define PCI_BAR_PREFETCH	0x8
#define PCI_BAR_PORTS_MASK	(~0x3u)
#define PCI_BAR_MEMORY_MASK	(~0xfu)
#define PCI_ROM_MASK		(~0x7ffu)

/* Bridges. */
#define PCI_PRIMARY_BUS		0x18
#define PCI_SECONDARY_BUS	0x19
#define PCI_SUBORDINATE_BUS	0x1a
#define PCI_IO_BASE		0x1c
#define PCI_IO_LIMIT		0x1d
#define PCI_IO_32		0x01
#define PCI_MEMORY_BASE		0x20
#define PCI_MEMORY_LIMIT	0x22
#define PCI_PREFETCH_BASE	0x24
#define PCI_PREFETCH_LIMIT	0x26
#define PCI_PREFETCH_64		0x01
#define PCI_PREFETCH_BASE_HIGH	0x28
#define PCI_PREFETCH_LIMIT_HIGH	0x2c
#define PCI_IO_BASE_HIGH	0x30
#define PCI_IO_LIMIT_HIGH	0x32
#define PCI_BRIDGE_ROM		0x38
#define PCI_BRIDGE_CONTROL	0x3e
#define PCI_BRIDGE_RESET	0x40

/* Capabilities: id, next, then their own. */
#define PCI_CAP_POWER		0x01
#define PCI_CAP_MSI		0x05
#define PCI_CAP_SUBSYSTEM	0x0d
#define PCI_CAP_EXPRESS		0x10
#define PCI_CAP_MSIX		0x11
#define PCI_CAP_ADVANCED	0x13	/* Advanced Features */
#define PCI_EXTENDED_START	0x100

#define PCI_POWER_CONTROL	4
#define PCI_POWER_STATE		0x3
#define PCI_POWER_D3		0x3
#define PCI_POWER_NO_RESET	0x8

#define PCI_EXPRESS_FLAGS	2
#define PCI_EXPRESS_TYPE(flags)	((flags) >> 4 & 0xf)
#define PCI_EXPRESS_ROOT_PORT	4
#define PCI_EXPRESS_DOWNSTREAM	6
#define PCI_EXPRESS_CAP		4
#define PCI_EXPRESS_CAP_FLR	0x10000000
#define PCI_EXPRESS_CONTROL	8
#define PCI_EXPRESS_CONTROL_FLR	0x8000
#define PCI_EXPRESS_STATUS	10
#define PCI_EXPRESS_PENDING	0x20
#define PCI_EXPRESS_LINK_CAP	12
#define PCI_EXPRESS_LINK_STATUS	18
#define PCI_LINK_SPEED		0xf
#define PCI_LINK_WIDTH(word)	((word) >> 4 & 0x3f)

#define PCI_ADVANCED_CAP	3
#define PCI_ADVANCED_CAP_FLR	0x02
#define PCI_ADVANCED_CONTROL	4
#define PCI_ADVANCED_STATUS	5

#endif
