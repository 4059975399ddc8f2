/* SPDX-License-Identifier: MIT */
/*
 * File systems for tests: what the core's side of kit/filesystem.h does, and what programs do with files, on a disk in memory.
 *
 *	struct fake_disk *disk = fake_disk_make(256);			blocks of 4096 bytes
 *	m = fake_mount("tinyfs", disk, "", false, &error);
 *	EXPECT_EQ(fake_mkdir(m, "a"), 0);
 *	EXPECT_EQ(fake_pwrite(m, "a/b", data, 5000, 0), 5000);		makes it if need be
 *
 * Blocks that the driver changes, and data that programs write, are in a cache until fake_sync or the end of the mount; then they are written one by
 * one, in an order that the seed chooses. fake_power_fails lets so many more writes through: fake_power_off drops the mount, and what the
 * disk then has is what a new mount finds.
 *
 * Contracts: a block that is changed is put back as changed, and each that is got is put back before an operation ends; room is there for what
 * is written back; extents make sense; errors are negative.
 */
#ifndef FAKE_FS_H
#define FAKE_FS_H

#include <kit/filesystem.h>
#include <kit/types.h>

#define FAKE_BLOCK	4096u

struct fake_disk { u64 blocks; u8 *bytes; };
struct fake_mount;

struct fake_disk *fake_disk_make(u64 blocks);
struct fake_disk *fake_disk_copy(const struct fake_disk *disk);

struct fake_mount *fake_mount(const char *type, struct fake_disk *disk, const char *options,
			      bool read_only, int *error);
void fake_unmount(struct fake_mount *m);
int fake_sync(struct fake_mount *m);
/* After so many more writes the power fails: nothing reaches the disk any more, and nobody notices. ~0: it stays. */
void fake_power_fails(struct fake_mount *m, u32 writes);
bool fake_power_failed(const struct fake_mount *m);
void fake_power_off(struct fake_mount *m);	       /* the mount is gone, nothing is written */
u32 fake_disk_writes(const struct fake_mount *m);      /* so far */
void fake_bad_block(struct fake_mount *m, u64 number); /* cannot be read; ~0: all are good again */

/* Paths without '/' in front; "" is the root. 0 or a negative errno. */
/* any kind: S_IFREG | 0644, S_IFIFO ... */
int fake_create(struct fake_mount *m, const char *path, u32 mode);
int fake_mkdir(struct fake_mount *m, const char *path);
int fake_unlink(struct fake_mount *m, const char *path);
int fake_rmdir(struct fake_mount *m, const char *path);
int fake_link(struct fake_mount *m, const char *old_path, const char *new_path);
int fake_symlink(struct fake_mount *m, const char *target, const char *path);
int fake_rename(struct fake_mount *m, const char *old_path, const char *new_path);
ssize_t fake_readlink(struct fake_mount *m, const char *path, char *buffer); /* 4096 bytes */
int fake_stat(struct fake_mount *m, const char *path, struct filesystem_attributes *attributes);
ssize_t fake_pwrite(struct fake_mount *m, const char *path, const void *data, size_t bytes,
		    u64 offset);
ssize_t fake_pread(struct fake_mount *m, const char *path, void *data, size_t bytes, u64 offset);
int fake_truncate(struct fake_mount *m, const char *path, u64 bytes);
/* Calls found for each entry; how many, or a negative errno. */
int fake_list(struct fake_mount *m, const char *path,
	      void (*found)(void *data, const char *name, u64 inode), void *data);
struct filesystem_space fake_space(struct fake_mount *m);
/* The file stays until fake_release, with a name or without. 0 or a negative errno. */
int fake_hold(struct fake_mount *m, const char *path, u64 *inode);
void fake_release(struct fake_mount *m, u64 inode);
ssize_t fake_pread_inode(struct fake_mount *m, u64 inode, void *data, size_t bytes, u64 offset);

#endif
