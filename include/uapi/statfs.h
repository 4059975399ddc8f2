/* SPDX-License-Identifier: MIT */
/*
 * statfs, and the numbers by which file systems are known.
 */
#ifndef UAPI_STATFS_H
#define UAPI_STATFS_H

#include <uapi/types.h>

struct statfs {
	__kernel_long_t f_type;
	__kernel_long_t f_bsize;
	__kernel_long_t f_blocks;
	__kernel_long_t f_bfree;
	__kernel_long_t f_bavail;
	__kernel_long_t f_files;
	__kernel_long_t f_ffree;
	__kernel_fsid_t f_fsid;
	__kernel_long_t f_namelen;
	__kernel_long_t f_frsize;
	__kernel_long_t f_flags;
	__kernel_long_t f_spare[4];
};

/* f_flags */
#define ST_RDONLY	0x0001
#define ST_NOSUID	0x0002
#define ST_NODEV	0x0004
#define ST_NOEXEC	0x0008
#define ST_SYNCHRONOUS	0x0010
#define ST_VALID	0x0020
#define ST_MANDLOCK	0x0040
#define ST_NOATIME	0x0400
#define ST_NODIRATIME	0x0800
#define ST_RELATIME	0x1000
#define ST_NOSYMFOLLOW	0x2000

#define EXT2_SUPER_MAGIC	0xef53
#define EXT3_SUPER_MAGIC	0xef53
#define EXT4_SUPER_MAGIC	0xef53
#define MSDOS_SUPER_MAGIC	0x4d44
#define EXFAT_SUPER_MAGIC	0x2011bab0
#define ISOFS_SUPER_MAGIC	0x9660
#define UDF_SUPER_MAGIC		0x15013346
#define XFS_SUPER_MAGIC		0x58465342
#define BTRFS_SUPER_MAGIC	0x9123683e
#define SQUASHFS_MAGIC		0x73717368
#define CRAMFS_MAGIC		0x28cd3d45
#define MINIX_SUPER_MAGIC	0x137f
#define MINIX_SUPER_MAGIC2	0x138f
#define MINIX2_SUPER_MAGIC	0x2468
#define MINIX3_SUPER_MAGIC	0x4d5a
#define NFS_SUPER_MAGIC		0x6969
#define V9FS_MAGIC		0x1021997
#define FUSE_SUPER_MAGIC	0x65735546
#define OVERLAYFS_SUPER_MAGIC	0x794c7630
#define PROC_SUPER_MAGIC	0x9fa0
#define SYSFS_MAGIC		0x62656572
#define TMPFS_MAGIC		0x1021994
#define RAMFS_MAGIC		0x858458f6
#define DEVPTS_SUPER_MAGIC	0x1cd1
#define DEBUGFS_MAGIC		0x64626720
#define TRACEFS_MAGIC		0x74726163
#define SECURITYFS_MAGIC	0x73636673
#define CGROUP_SUPER_MAGIC	0x27e0eb
#define CGROUP2_SUPER_MAGIC	0x63677270
#define HUGETLBFS_MAGIC		0x958458f6
#define EFIVARFS_MAGIC		0xde5e81e4
#define BINFMTFS_MAGIC		0x42494e4d
#define PIPEFS_MAGIC		0x50495045
#define SOCKFS_MAGIC		0x534f434b
#define NSFS_MAGIC		0x6e736673
#define ANON_INODE_FS_MAGIC	0x9041934
#define FUTEXFS_SUPER_MAGIC	0xbad1dea
#define USBDEVICE_SUPER_MAGIC	0x9fa2
#define BDEVFS_MAGIC		0x62646576
#define AUTOFS_SUPER_MAGIC	0x187
#define DMA_BUF_MAGIC		0x444d4142
#define MQUEUE_MAGIC	0x19800202
#define CONFIGFS_MAGIC	0x62656570

#endif
