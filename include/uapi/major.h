/* SPDX-License-Identifier: MIT */
/*
 * Major numbers of devices, and how a device number looks to programs: 12 bits of major and 20 of minor,
 * the minor's low byte at the bottom.
 */
#ifndef UAPI_MAJOR_H
#define UAPI_MAJOR_H

#define UNNAMED_MAJOR	0
#define MEM_MAJOR		1
#define RAMDISK_MAJOR		1
#define IDE0_MAJOR		3
#define TTY_MAJOR		4
#define TTYAUX_MAJOR		5
#define LP_MAJOR		6
#define VCS_MAJOR		7
#define LOOP_MAJOR		7
#define SCSI_DISK0_MAJOR	8
#define SCSI_TAPE_MAJOR		9
#define MD_MAJOR		9
#define MISC_MAJOR		10
#define SCSI_CDROM_MAJOR	11
#define INPUT_MAJOR		13
#define SOUND_MAJOR		14
#define SCSI_GENERIC_MAJOR	21
#define IDE1_MAJOR		22
#define FB_MAJOR		29
#define UNIX98_PTY_MASTER_MAJOR	128
#define UNIX98_PTY_SLAVE_MAJOR	136
#define BLOCK_EXT_MAJOR		259
#define MMC_BLOCK_MAJOR		179
#define PTY_MASTER_MAJOR	2
#define PTY_SLAVE_MAJOR		3

/* dev_t in 32 bits, as stat, mknod and the kernel itself have it. */
#define MAKE_USER_DEV(major, minor)                                            \
	(((minor) & 0xff) | (((major) & 0xfff) << 8) | (((minor) & 0xfff00) << 12))
#define USER_DEV_MAJOR(dev)	(((dev) >> 8) & 0xfff)
#define USER_DEV_MINOR(dev)	(((dev) & 0xff) | (((dev) >> 12) & 0xfff00))

#endif
