/* SPDX-License-Identifier: MIT */
/*
 * open, openat2, fcntl, locks, the *at calls, fallocate and fadvise.
 */
#ifndef UAPI_FCNTL_H
#define UAPI_FCNTL_H

#include <uapi/types.h>

/* Access mode of open, two bits. */
#define O_ACCMODE	03
#define O_RDONLY	0
#define O_WRONLY	01
#define O_RDWR		02
/* Flags of open. */
#define O_CREAT		0100
#define O_EXCL		0200
#define O_NOCTTY	0400
#define O_TRUNC		01000
#define O_APPEND	02000
#define O_NONBLOCK	04000
#define O_DSYNC		010000
#define FASYNC		020000
#define O_DIRECT	040000
#define O_LARGEFILE	0100000
#define O_DIRECTORY	0200000
#define O_NOFOLLOW	0400000
#define O_NOATIME	01000000
#define O_CLOEXEC	02000000
#define O_PATH		010000000
#define __O_SYNC	04000000
#define __O_TMPFILE	020000000
#define O_SYNC		(__O_SYNC | O_DSYNC)
#define O_TMPFILE	(__O_TMPFILE | O_DIRECTORY)
#define O_TMPFILE_MASK	(__O_TMPFILE | O_DIRECTORY | O_CREAT)
#define O_NDELAY	O_NONBLOCK

/* Commands of fcntl. */
#define F_DUPFD		0
#define F_GETFD		1
#define F_SETFD		2
#define F_GETFL		3
#define F_SETFL		4
#define F_GETLK		5
#define F_SETLK		6
#define F_SETLKW	7
#define F_SETOWN	8
#define F_GETOWN	9
#define F_SETSIG	10
#define F_GETSIG	11
#define F_SETOWN_EX	15
#define F_GETOWN_EX	16
#define F_GETOWNER_UIDS	17
/* Locks that belong to the open file. */
#define F_OFD_GETLK		36
#define F_OFD_SETLK		37
#define F_OFD_SETLKW		38
#define F_LINUX_SPECIFIC_BASE	1024
#define F_SETLEASE		1024
#define F_GETLEASE		1025
#define F_NOTIFY		1026
#define F_CANCELLK		1029
#define F_DUPFD_CLOEXEC		1030
#define F_SETPIPE_SZ		1031
#define F_GETPIPE_SZ		1032
#define F_ADD_SEALS		1033
#define F_GET_SEALS		1034
#define F_GET_RW_HINT		1035
#define F_SET_RW_HINT		1036
#define F_GET_FILE_RW_HINT	1037
#define F_SET_FILE_RW_HINT	1038
#define FD_CLOEXEC	1

/* Kinds of lock and lease. */
#define F_RDLCK	0
#define F_WRLCK	1
#define F_UNLCK	2
#define F_EXLCK	4
#define F_SHLCK	8
/* flock. */
#define LOCK_SH		1
#define LOCK_EX		2
#define LOCK_NB		4
#define LOCK_UN		8
#define LOCK_MAND	32
#define LOCK_READ	64
#define LOCK_WRITE	128
#define LOCK_RW		192

/* Kinds of owner for F_SETOWN_EX. */
#define F_OWNER_TID	0
#define F_OWNER_PID	1
#define F_OWNER_PGRP	2

/* Seals of memfd. */
#define F_SEAL_SEAL		0x1
#define F_SEAL_SHRINK		0x2
#define F_SEAL_GROW		0x4
#define F_SEAL_WRITE		0x8
#define F_SEAL_FUTURE_WRITE	0x10

/* Life time of written data. */
#define RWH_WRITE_LIFE_NOT_SET	0
#define RWH_WRITE_LIFE_NONE	1
#define RWH_WRITE_LIFE_SHORT	2
#define RWH_WRITE_LIFE_MEDIUM	3
#define RWH_WRITE_LIFE_LONG	4
#define RWH_WRITE_LIFE_EXTREME	5
#define RWF_WRITE_LIFE_NOT_SET	0

/* What F_NOTIFY asks for. */
#define DN_ACCESS	0x00000001
#define DN_MODIFY	0x00000002
#define DN_CREATE	0x00000004
#define DN_DELETE	0x00000008
#define DN_RENAME	0x00000010
#define DN_ATTRIB	0x00000020
#define DN_MULTISHOT	0x80000000

/* The *at calls: instead of a descriptor, and flags. */
#define AT_FDCWD		(-100)
#define AT_SYMLINK_NOFOLLOW	0x100
#define AT_EACCESS		0x200
#define AT_REMOVEDIR		0x200
#define AT_SYMLINK_FOLLOW	0x400
#define AT_NO_AUTOMOUNT		0x800
#define AT_EMPTY_PATH		0x1000
#define AT_STATX_SYNC_TYPE	0x6000
#define AT_STATX_SYNC_AS_STAT	0x0
#define AT_STATX_FORCE_SYNC	0x2000
#define AT_STATX_DONT_SYNC	0x4000
#define AT_RECURSIVE		0x8000

/* fallocate. */
#define FALLOC_FL_KEEP_SIZE		0x1
#define FALLOC_FL_PUNCH_HOLE		0x2
#define FALLOC_FL_NO_HIDE_STALE		0x4
#define FALLOC_FL_COLLAPSE_RANGE	0x8
#define FALLOC_FL_ZERO_RANGE		0x10
#define FALLOC_FL_INSERT_RANGE		0x20
#define FALLOC_FL_UNSHARE_RANGE		0x40

/* posix_fadvise. */
#define POSIX_FADV_NORMAL	0
#define POSIX_FADV_RANDOM	1
#define POSIX_FADV_SEQUENTIAL	2
#define POSIX_FADV_WILLNEED	3
#define POSIX_FADV_DONTNEED	4
#define POSIX_FADV_NOREUSE	5

/* close_range. */
#define CLOSE_RANGE_UNSHARE	2
#define CLOSE_RANGE_CLOEXEC	4

/* openat2: how a path may be resolved. */
#define RESOLVE_NO_XDEV		0x1
#define RESOLVE_NO_MAGICLINKS	0x2
#define RESOLVE_NO_SYMLINKS	0x4
#define RESOLVE_BENEATH		0x8
#define RESOLVE_IN_ROOT		0x10
#define RESOLVE_CACHED		0x20

struct open_how {
	__u64 flags;
	__u64 mode;
	__u64 resolve;
};

struct flock {
	short l_type;
	short l_whence;
	__kernel_off_t l_start;
	__kernel_off_t l_len;
	__kernel_pid_t l_pid;
};

struct f_owner_ex {
	int type;
	__kernel_pid_t pid;
};

#endif
