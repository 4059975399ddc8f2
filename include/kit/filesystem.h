/* SPDX-License-Identifier: MIT */
/*
 * Kit: file systems on block devices.
 *
 * Ranges, not pages: the driver tells where a range of a file lies on the device, and reads and writes its own structures through cached blocks of
 * the device. The page cache, read-ahead, write-back, mmap, O_DIRECT, permissions, locks, names that are cached, and the attributes of an inode while
 * it is in use are the core's. Everything is named by inode numbers.
 *
 * Serialisation: changes of one directory are exclusive, lookup and iterate of it are shared; map of one inode is shared for reading and
 * exclusive for allocation; write_inode, truncate and evict of one inode are exclusive; different inodes run in parallel. Whatever they share (a
 * bitmap) is the driver's to lock. All operations may sleep; they run in a scope in which memory allocation does not call file systems.
 *
 * Attributes: the core keeps link counts, sizes, owners, modes and times, and hands them to write_inode when they have changed; a driver stores what it
 * is given. create stores what attr says and gives a number. Room on the device is made when bytes become dirty (map with write), so write-back
 * does not run out of it. An unlinked inode is kept until evict.
 *
 * The core answers permissions, EEXIST, ENOENT, ENOTDIR, EISDIR and read-only mounts; names are 1 to name_max bytes without '/' and zero.
 *
 * Unless a comment says otherwise: from the operations of a mount, or with what they were handed;
 * never sleeps; cannot fail; what is returned stays whose it was.
 *
 * State: draft.
 */
#ifndef KIT_FILESYSTEM_H
#define KIT_FILESYSTEM_H

#include <kit/abi.h>
#include <kit/errno.h>
#include <kit/types.h>

struct module;
struct filesystem_mount; /* opaque: one mounted instance */
struct filesystem_sink;	 /* opaque: where iterate puts entries */

enum kit_filesystem_constants {
	FILESYSTEM_HOLE = 0, /* of extents: reads as zeroes, has no room on the device */
	FILESYSTEM_MAPPED = 1,
	FILESYSTEM_UNWRITTEN = 2, /* has room, reads as zeroes until committed */
	FILESYSTEM_NAME_MAX = 255,
};

struct filesystem_attributes {
	u32 size; /* sizeof(struct filesystem_attributes) */
	struct kit_marker kit_0_1;
	u32 mode;    /* type and permissions: S_IFREG | 0644 */
	u64 bytes;   /* the length of the file */
	u64 sectors; /* room taken, in 512 bytes; told by the driver */
	u32 uid, gid;
	u32 links, generation;
	u64 device; /* of device nodes: major << 20 | minor */
	u64 accessed_ns, modified_ns, changed_ns, created_ns; /* since 1970 */
};

struct filesystem_extent {
	u32 size; /* sizeof(struct filesystem_extent) */
	struct kit_marker kit_0_1;
	u32 type;	    /* FILESYSTEM_* */
	u64 offset, length; /* in the file, bytes: whole blocks */
	u64 disk;	    /* on the device, bytes */
};

struct filesystem_space {
	u32 size; /* sizeof(struct filesystem_space) */
	struct kit_marker kit_0_1;
	u32 block_size;
	u64 blocks, free, available;
	u64 files, files_free;
};

/* What a mount is, set by the driver's mount operation. */
struct filesystem_info {
	u32 size; /* sizeof(struct filesystem_info) */
	struct kit_marker kit_0_1;
	/* bytes: extents and cached blocks are of this size; 4096 in this draft */
	u32 block_size;
	u64 root;      /* inode number */
	u64 max_bytes; /* longest file */
	u64 magic;     /* statfs(2): f_type */
	u32 time_granularity_ns;
	u32 name_max;
	void *data; /* filesystem_data() */
};

struct filesystem_operations {
	u32 size; /* sizeof(struct filesystem_operations) */
	struct kit_marker kit_0_1;
	u32 reserved;
	/* Reads the super block and fills info. options: what mount -o has beyond the general ones, may be "". -EINVAL: not this file system. */
	int (*mount)(struct filesystem_mount *fs, const char *options, bool read_only,
		     struct filesystem_info *info);
	/* after a successful mount; everything has been written */
	void (*unmount)(struct filesystem_mount *fs);
	/* NULL: any change is fine */
	int (*remount)(struct filesystem_mount *fs, const char *options, bool read_only);
	/* brings what it keeps itself into cached blocks; may be NULL */
	int (*sync)(struct filesystem_mount *fs);
	int (*space)(struct filesystem_mount *fs, struct filesystem_space *space);

	/* -ESTALE: none */
	int (*read_inode)(struct filesystem_mount *fs, u64 inode,
			  struct filesystem_attributes *attributes);
	int (*write_inode)(struct filesystem_mount *fs, u64 inode,
			   const struct filesystem_attributes *attributes);
	/* Frees what lies behind that length, rounded up to blocks. */
	int (*truncate)(struct filesystem_mount *fs, u64 inode, u64 bytes);
	/* The core forgets it. unlinked: no name and nobody has it open: it and its contents go. */
	void (*evict)(struct filesystem_mount *fs, u64 inode, bool unlinked);
	/* See the head. map: the extent in which offset lies, from its start or from offset on, not known farther than it has been looked up. */
	int (*map)(struct filesystem_mount *fs, u64 inode, u64 offset, u64 length, bool write,
		   struct filesystem_extent *extent);
	/* NULL: no extent is ever unwritten */
	int (*commit)(struct filesystem_mount *fs, u64 inode, u64 offset, u64 length);

	/* -ENOENT */
	int (*lookup)(struct filesystem_mount *fs, u64 directory, const char *name, u32 length,
		      u64 *inode);
	/* A new inode with these attributes under that name; a directory is empty. target: of a symbolic link, else NULL. */
	int (*create)(struct filesystem_mount *fs, u64 directory, const char *name, u32 length,
		      const struct filesystem_attributes *attributes, const char *target,
		      u64 *inode);
	int (*link)(struct filesystem_mount *fs, u64 directory, const char *name, u32 length,
		    u64 inode);
	/* -ENOTEMPTY */
	int (*remove)(struct filesystem_mount *fs, u64 directory, const char *name, u32 length,
		      u64 inode);
	/* replaced: what has the new name now and loses it, 0: nothing. -ENOTEMPTY. */
	int (*rename)(struct filesystem_mount *fs, u64 old_directory, const char *old_name,
		      u32 old_length, u64 new_directory, const char *new_name, u32 new_length,
		      u64 inode, u64 replaced);
	/* Entries from *position on (0: the first) but for "." and "..", by filesystem_emit; *position is behind the last one taken. */
	int (*iterate)(struct filesystem_mount *fs, u64 directory, u64 *position,
		       struct filesystem_sink *sink);
	/* The target without a zero at its end: its length. buffer has 4096 bytes. */
	int (*read_link)(struct filesystem_mount *fs, u64 inode, char *buffer, u32 size);
};

/* mount -t NAME; the alias fs-NAME loads the module. Until it goes. 0, -EINVAL, -EEXIST, -ENOMEM, -E2BIG. Sleeps. Since 0.1. */
int filesystem_register(struct module *owner, const char *name,
			const struct filesystem_operations *operations)
	KIT_SYMBOL(filesystem_register) __must_check;
/* The driver's own pointer of a mount, info.data. Any context. Since 0.1. */
void *filesystem_data(const struct filesystem_mount *fs) KIT_SYMBOL(filesystem_data);
/* The size of the device in bytes. Any context. Since 0.1. */
u64 filesystem_device_bytes(const struct filesystem_mount *fs) KIT_SYMBOL(filesystem_device_bytes);
/* From iterate: adds an entry; type is that of the mode, 0: unknown. False: no room, this one comes first the next time. Since 0.1. */
bool filesystem_emit(struct filesystem_sink *sink, const char *name, u32 length, u64 inode,
		     u32 mode) KIT_SYMBOL(filesystem_emit) __must_check;

/*
 * A block of the device, by its number in units of block_size (4096 before mount has returned), as the cache has it: `size` bytes may be read
 * and changed until filesystem_block_put. ERR_PTR: -EIO, -ENOMEM. Sleeps. Since 0.1.
 */
void *filesystem_block_get(struct filesystem_mount *fs, u64 number)
	KIT_SYMBOL(filesystem_block_get) __must_check;
/* Gives a block back; changed: it will be written. Never sleeps. Since 0.1. */
void filesystem_block_put(struct filesystem_mount *fs, void *block, bool changed)
	KIT_SYMBOL(filesystem_block_put);
/* The device itself, not through the cache: writes what is cached and has it made durable. 0 or -EIO. Sleeps. Since 0.1. */
int filesystem_flush(struct filesystem_mount *fs) KIT_SYMBOL(filesystem_flush);

KIT_HEADER(filesystem, 1);

#endif
