/* SPDX-License-Identifier: MIT */
/*
 * The block layer for the core: block devices (whole disks and partitions), and moving sectors (drivers/block). The page cache of
 * special files and what programs see is fs/bdev*.c; drivers see kit/block.h.
 *
 * The life of a request and the locks are told in Documentation/block.md.
 */
#ifndef DRIVERS_BLOCK_H
#define DRIVERS_BLOCK_H

#include <drivers/device.h>
#include <fs/vfs.h>
#include <kernel/wait.h>
#include <kit/block.h>

#define SECTOR_SHIFT	9
#define SECTOR_SIZE	512u

struct bdev;
struct block_device;
struct iov_iter;
struct page;
struct seq_file;

struct bio_vec {
	struct page *page;
	/* may go on into the pages behind, if they are contiguous */
	u32 offset, length;
};

/*
 * One transfer between memory and a range of sectors, of any size. The caller fills the first part; submit_bio() has it until end() is called,
 * which may be in interrupt context, and from within submit_bio().
 */
struct bio {
	struct bdev *bdev;
	u64 sector;   /* within bdev; after submit_bio: within the disk */
	u64 bytes;    /* of all vecs; discard, write zeroes: without any */
	u8 operation; /* BLOCK_READ ... */
	u8 flags;     /* BLOCK_FUA; BIO_* */
	u16 nr_vecs;
	int error; /* 0 or the first error of its parts */
	struct bio_vec *vecs;
	void (*end)(struct bio *bio);
	void *private;
	/* The layer's own. */
	struct bio *next;    /* waiting; the queue's holder */
	atomic_t remaining;  /* parts in flight, and one while it is being cut */
	u32 vec, vec_offset; /* how far it is cut */
	u64 cut_bytes;
};
#define BIO_POSTFLUSH	0x80		/* the layer's: a flush follows, in place of BLOCK_FUA */

/* Per-CPU counts of one bdev, as /proc/diskstats groups them: reads, writes, discards, flushes. */
enum block_stat_group { BLOCK_STAT_READ, BLOCK_STAT_WRITE, BLOCK_STAT_DISCARD, BLOCK_STAT_FLUSH, NR_BLOCK_STATS };
struct block_stats {
	u64 ios[NR_BLOCK_STATS], merges[NR_BLOCK_STATS], sectors[NR_BLOCK_STATS],
		ns[NR_BLOCK_STATS];
	s64 in_flight[2]; /* reads, others; begun here less ended here */
	u64 busy_ms;
} __attribute__((aligned(64)));

/*
 * A whole disk or a partition.
 *	I	immutable
 *	M	disk->mutex
 *	O	open_mutex
 *	C	claim_mutex (fs/bdev.c)
 */
struct bdev {
	/* name, number, folder in /sys; its references are the bdev's */
	struct device device;
	struct block_device *disk; /* I: with a reference to its whole's device */
	u32 partno;		   /* I: 0: the whole */
	u64 start;		   /* M: sectors within the disk; read without */
	u64 nr_sectors;		   /* M; read without */
	bool read_only;		   /* M */
	bool gone;		   /* set once */
	struct inode *inode;	   /* I: with a reference: its mapping is the cache */
	struct block_stats *stats; /* I: by CPU */
	u64 stamp_ms;		   /* A: busy time is counted up to here */
	struct mutex open_mutex;
	unsigned int openers;	  /* O; read without */
	const void *holder;	  /* C: who has it alone */
	unsigned int holders;	  /* C: how often */
	unsigned int part_claims; /* C: of a disk: claims of its partitions */
	struct list_head node;	  /* disk->partitions; M */
	u8 uuid[37], label[73];	  /* I: of a GPT entry or an MBR's signature, for uevents */
};

/* Looks a bdev up by number, with a reference on its device; NULL. */
struct bdev *bdev_find(dev_t_kernel devt);
void bdev_put(struct bdev *bdev);
static inline u64 bdev_bytes(const struct bdev *b) { return READ_ONCE(b->nr_sectors) << SECTOR_SHIFT; }
u32 bdev_logical_block(const struct bdev *b);
bool bdev_read_only(const struct bdev *b);
static inline bool bdev_gone(const struct bdev *b) { return READ_ONCE(b->gone); }

/* Hands a bio over. Never sleeps (the memory for requests is there already). */
void submit_bio(struct bio *bio);
int submit_bio_wait(struct bio *bio); /* and waits; 0 or -errno. Sleeps */
/* what was written is durable; 0 when there is nothing to do */
int bdev_flush(struct bdev *bdev);
/* Whole sectors of kernel memory in the direct map. Sleeps. */
int bdev_transfer(struct bdev *bdev, u8 operation, u64 sector, void *memory, u32 bytes);
/* Without data, in pieces, killable. bytes in multiples of the logical block. */
int bdev_discard(struct bdev *bdev, u64 sector, u64 bytes);
int bdev_write_zeroes(struct bdev *bdev, u64 sector, u64 bytes);

/* Special files (fs/bdev.c). holder not NULL: exclusively, unless it is the same one: -EBUSY. 0, -ENXIO, -EBUSY, -EROFS, -ENODEV. */
int bdev_open(struct bdev *bdev, bool write, const void *holder);
void bdev_close(struct bdev *bdev, const void *holder);
/* By path, for mount(2): a reference and open; ERR_PTR. */
struct bdev *bdev_open_path(const char *path, bool write, const void *holder);
struct inode *bdev_inode_create(struct bdev *bdev); /* NULL: no memory */
void bdev_inode_kill(struct bdev *bdev); /* the device is gone: what it caches is dropped */
void bdev_inode_put(struct bdev *bdev);	 /* the last reference to the bdev is gone */
int bdev_sync(struct bdev *bdev);	 /* its dirty pages are written and flushed */
void bdev_resized(struct bdev *bdev);	 /* the size of its file follows */
unsigned long bdev_cached_pages(void);	 /* of all devices */
void bdev_invalidate(struct bdev *bdev); /* clean pages that nobody holds are dropped */
bool bdev_is_open(struct bdev *bdev);
/* All there are, with a reference during the call. */
void for_each_bdev(void (*fn)(struct bdev *bdev, void *arg), void *arg);
void bdev_init(void);

/* What special files ask of disks. */
/* -EBUSY: overlaps or is there */
int block_partition_add(struct block_device *disk, u32 partno, u64 start, u64 nr_sectors);
int block_partition_delete(struct block_device *disk, u32 partno); /* -ENXIO, -EBUSY */
int block_partition_resize(struct block_device *disk, u32 partno, u64 start, u64 nr_sectors);
int block_partitions_rescan(struct block_device *disk); /* -EBUSY: one is open */
int block_set_read_only(struct bdev *bdev, bool on);
const struct block_params *block_limits(const struct bdev *bdev);
struct module *block_owner(const struct bdev *bdev);
u64 block_sequence(const struct bdev *bdev);
struct bdev *block_whole(const struct bdev *bdev);

void block_core_init(void);

#endif
