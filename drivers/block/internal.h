/* SPDX-License-Identifier: MIT */
/*
 * What the files of drivers/block share. The picture as a whole: Documentation/block.md.
 *
 *	bio.c		from a bio to the queue of this CPU, and its end
 *	queue.c		who holds a queue makes requests of what waits and submits them
 *	complete.c	ends of requests: retries, the submitting CPU, time-outs
 *	segment.c	limits, merging, bouncing
 *	device.c	a disk's life; kit/block.h
 *	partition.c	partitions; mbr.c, gpt.c read their tables
 *	sysfs.c stat.c	what is shown
 */
#ifndef DRIVERS_BLOCK_INTERNAL_H
#define DRIVERS_BLOCK_INTERNAL_H

#include <drivers/block.h>
#include <kernel/cpumask.h>
#include <kernel/smp.h>
#include <kernel/time.h>
#include <kernel/workqueue.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/page.h>
#include <mm/slab.h>

struct block_segment {
	u64 address;  /* as the device sees it */
	u8 *memory;   /* as the CPU does */
	u8 *original; /* bounced: where the data belong; else NULL */
	u32 length;
};

enum request_state {
	REQUEST_IDLE,	    /* its tag is free, or it is being made */
	REQUEST_IN_FLIGHT,  /* the driver has it */
	REQUEST_IN_TIMEOUT, /* the driver has it and is being told that it is late */
	REQUEST_ENDED_LATE, /* ended meanwhile: who told the driver ends it */
	REQUEST_WAITING,    /* to be submitted anew */
};

/*
 * One request. Made by its queue's holder; belongs to the driver while in flight, then to who ended it.
 *	I	immutable
 *	A	atomic: enum request_state; a change from IN_FLIGHT gives the request to who made it
 *	H	queue's holder
 */
struct block_request {
	struct block_queue *queue; /* I */
	u32 tag;		   /* I */
	u32 state;		   /* A */
	u8 operation, flags;
	u16 nr_segments, nr_bios;
	u16 cpu;	    /* that submitted it */
	u16 attempts, late; /* how often submitted; how often called late */
	u32 bytes;
	u64 sector;
	u64 begun_ns, deadline_ns;
	int error;
	bool bounced;
	struct block_request *next;	/* waiting: lock-free stack, then H */
	struct call_single_data call;	/* to end it on its CPU */
	struct bdev *bdev;		/* whose it is counted as */
	struct block_segment *segments; /* I: max_segments of them */
	/* I: likewise; each has counted this request in remaining */
	struct bio **bios;
	u8 *private; /* I */
};

/*
 * One queue. Whoever raises wanted from 0 is its holder, with preemption off, until it has brought wanted back to 0; everybody else leaves what
 * he has on a lock-free list and raises wanted, so that the holder looks again. Nobody waits.
 *	H	the holder
 */
struct block_queue {
	struct block_device *device;	 /* I */
	u32 index, depth;		 /* I */
	struct block_request *requests;	 /* I: depth of them */
	void *memory;			 /* I: behind them */
	unsigned long *tags;		 /* A: set: taken. Set by the holder */
	u32 tag_hint;			 /* H */
	struct bio *first, **last;	 /* H: waiting, in order */
	struct block_request *again;	 /* H: to be submitted anew */
	struct work_struct run_work;	 /* runs the queue from a thread */
	struct delayed_work memory_work; /* likewise, when memory for bouncing was short */
	struct delayed_work timeout_work;
	bool watching; /* A: timeout_work is under way */
	atomic_t wanted __aligned(64);
	struct bio *incoming;		/* A: stack */
	struct block_request *returned; /* A: stack */
	atomic_t events;		/* moves on with each end of a request */
	bool waiting;			/* the holder gave up until the next event */
};

/*
 * One disk.
 *	I	immutable
 *	M	mutex
 *	A	atomic
 */
struct block_device {
	struct bdev whole;	     /* its device's references are the disk's */
	struct block_params limits;  /* I but for features and the largest sizes: A */
	struct block_operations ops; /* I: a copy */
	void *data;		     /* I */
	struct module *module;	     /* I: NULL: the image */
	struct owned_resource resource;
	struct resource_owner *owner; /* I */
	struct block_queue **queues;  /* I */
	u32 nr_queues;		      /* I */
	atomic_t quiesced;
	/* A: the hardware is gone, or the disk is being unregistered */
	bool failing;
	bool shut_down; /* owner: block_shut_down has been through */
	wait_queue_head_t drain_wait;
	atomic_t draining;	     /* somebody waits in drain_wait */
	struct mutex mutex;	     /* partitions */
	struct list_head partitions; /* M; by start of number */
	u64 sequence;		     /* I */
	dev_t_kernel first_devt;     /* I: of a whole range, 0: single numbers */
	sysfs_dir_t *queue_dir, *holders_dir, *slaves_dir;
	struct sysfs_attribute *texts; /* model and so on, in the parent's folder */
	char *strings[3];
	spinlock_t bounce_lock; /* LOCK_RANK_CLASS, interrupts off */
	/* bounce_lock: reserve, so that one request always gets through */
	struct page **bounce_pages;
	u32 nr_bounce; /* bounce_lock */
};

static inline struct bdev *to_bdev(struct device *d) { return container_of(d, struct bdev, device); }
static inline bool needs_device_memory(const struct block_device *disk) { return !(disk->limits.features & BLOCK_CPU_DATA); }

/* bio.c */
void bio_part_ended(struct bio *bio, int error); /* one of remaining */
enum block_stat_group stat_group(u8 operation);
void stat_begin(struct bdev *bdev, u8 operation);
void stat_end(struct bdev *bdev, u8 operation, u64 bytes, u64 ns, u32 merged);

/* queue.c */
void queue_run(struct block_queue *queue);
void queue_event(struct block_queue *queue);	     /* a request has ended */
void queue_give_back(struct block_request *request); /* to be submitted anew */
void request_free(struct block_request *request);
bool queue_is_idle(const struct block_queue *queue); /* no request has a tag */
/* the driver has none; nothing is submitted meanwhile */
bool queue_is_silent(const struct block_queue *queue);
struct block_queue *queue_create(struct block_device *disk, u32 index);
void queue_destroy(struct block_queue *queue);

/* segment.c */
/* Moves what fits of the bio into the request. False: nothing fits any more, or (the request is empty) memory is short. */
bool request_add_bio(struct block_request *request, struct bio *bio);
bool request_can_merge(const struct block_request *request, const struct bio *bio);
/* Cuts a request back to whole logical blocks; only its last bio can be concerned. */
void request_trim(struct block_request *request, struct bio *bio);
void request_unbounce(struct block_request *request, bool copy);
int bounce_reserve(struct block_device *disk);
void bounce_release(struct block_device *disk);

/* complete.c */
extern struct workqueue_struct *block_wq;
void request_end(struct block_request *request, int error);
/* something is in flight: time-outs are looked for */
void queue_watch(struct block_queue *queue);
void queue_timeouts(struct work_struct *work);

/* device.c */
int bdev_setup(struct bdev *bdev, struct block_device *disk, u32 partno);
int bdev_show(struct bdev *bdev); /* in /sys and /dev */
void bdev_hide(struct bdev *bdev);
/* what bdev_setup made; the device remains */
void bdev_teardown(struct bdev *bdev);

/* partition.c */
struct parsed_partition {
	u32 partno;
	u64 start, nr_sectors;
	u8 uuid[37], label[73];
};
struct partition_list {
	struct parsed_partition *entries;
	u32 nr, room;
	const char *scheme;
};
/* 0 or -ENOMEM. */
int partition_found(struct partition_list *list, const struct parsed_partition *p);
/* Bytes of the disk by its cache: 0 or -EIO ... */
int partition_read(struct block_device *disk, u64 byte, void *to, u32 bytes);
/* 1: it is such a table; 0: it is not; negative: cannot be read. */
int mbr_parse(struct block_device *disk, struct partition_list *list);
int gpt_parse(struct block_device *disk, struct partition_list *list);
void partitions_remove(struct block_device *disk); /* mutex held */

/* sysfs.c, stat.c */
int disk_show_attributes(struct block_device *disk);
int partition_show_attributes(struct bdev *bdev);
int disk_show_texts(struct block_device *disk, const struct block_params *params);
void disk_hide_texts(struct block_device *disk);
void disk_hide_attributes(struct block_device *disk);
void stats_sum(const struct bdev *bdev, struct block_stats *sum);
int stats_print(const struct bdev *bdev, char *buf, int at, int size);
void block_stat_init(void);

#endif
