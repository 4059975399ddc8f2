// SPDX-License-Identifier: MIT
/*
 * Bios: from whoever wants sectors moved to the queue of this CPU, and back.
 *
 * A bio is cut into as many requests as the disk's limits ask for; remaining counts them, and one more while there is something left to cut. Who
 * brings it to 0 ends the bio.
 *
 * A write with BLOCK_FUA on a disk without it becomes a write and then a flush: the bio itself is sent a second time.
 */
#include "internal.h"

#include <kernel/log.h>
#include <kernel/sched.h>

enum block_stat_group stat_group(u8 operation)
{
	switch (operation) {
	case BLOCK_READ: return BLOCK_STAT_READ;
	case BLOCK_DISCARD: return BLOCK_STAT_DISCARD;
	case BLOCK_FLUSH: return BLOCK_STAT_FLUSH;
	default: return BLOCK_STAT_WRITE;
	}
}

static s64 in_flight(const struct bdev *bdev)
{
	struct block_stats sum;

	stats_sum(bdev, &sum);
	return sum.in_flight[0] + sum.in_flight[1];
}

/* Busy time by samples: each millisecond in which something begins or ends counts, and all since the last if something was in flight. */
static void stat_busy(struct bdev *bdev, struct block_stats *mine, bool end)
{
	u64 now = ktime_get_ns() / NSEC_PER_MSEC, seen = READ_ONCE(bdev->stamp_ms);

	if (now != seen && try_cmpxchg(&bdev->stamp_ms, &seen, now))
		mine->busy_ms += end || in_flight(bdev) > 1 ? now - seen : 1;
}

static void begin_one(struct bdev *bdev, u8 operation)
{
	struct block_stats *mine = &bdev->stats[smp_processor_id()];

	mine->in_flight[operation != BLOCK_READ]++;
	stat_busy(bdev, mine, false);
}

static void end_one(struct bdev *bdev, u8 operation, u64 bytes, u64 ns, u32 merged)
{
	struct block_stats *mine = &bdev->stats[smp_processor_id()];
	enum block_stat_group group = stat_group(operation);

	mine->ios[group]++;
	mine->merges[group] += merged;
	mine->sectors[group] += bytes >> SECTOR_SHIFT;
	mine->ns[group] += ns;
	mine->in_flight[operation != BLOCK_READ]--;
	stat_busy(bdev, mine, true);
}

/* Counts are this CPU's own; an interrupt between load and store would lose one, so it is kept out. */
void stat_begin(struct bdev *bdev, u8 operation)
{
	unsigned long flags;

	local_irq_save(flags);
	begin_one(bdev, operation);
	if (bdev->partno)
		begin_one(&bdev->disk->whole, operation);
	local_irq_restore(flags);
}

void stat_end(struct bdev *bdev, u8 operation, u64 bytes, u64 ns, u32 merged)
{
	unsigned long flags;

	local_irq_save(flags);
	end_one(bdev, operation, bytes, ns, merged);
	if (bdev->partno)
		end_one(&bdev->disk->whole, operation, bytes, ns, merged);
	local_irq_restore(flags);
}

static int check(const struct bio *bio)
{
	const struct bdev *bdev = bio->bdev;
	const struct block_params *limits = &bdev->disk->limits;
	u64 sectors = bio->bytes >> SECTOR_SHIFT;

	if (bdev_gone(bdev) || READ_ONCE(bdev->disk->failing))
		return -EIO;
	if (bio->sector > bdev->nr_sectors || sectors > bdev->nr_sectors - bio->sector)
		return -EIO;
	if ((bio->bytes | bio->sector << SECTOR_SHIFT) & (limits->logical_block - 1))
		return -EINVAL;
	if (bio->operation != BLOCK_READ && bio->operation != BLOCK_FLUSH && bdev_read_only(bdev))
		return -EROFS;
	if ((bio->operation == BLOCK_DISCARD && !READ_ONCE(limits->max_discard_bytes)) ||
	    (bio->operation == BLOCK_WRITE_ZEROES && !READ_ONCE(limits->max_zeroes_bytes)))
		return -EOPNOTSUPP;
	return 0;
}

/* False: the disk is going away. Who frees its queues has set failing and then waited for sections without preemption. */
static bool enqueue(struct bio *bio)
{
	struct block_device *disk = bio->bdev->disk;
	struct block_queue *queue;
	struct bio *top;

	preempt_disable();
	if (unlikely(READ_ONCE(disk->failing))) {
		preempt_enable();
		return false;
	}
	queue = disk->queues[smp_processor_id() % disk->nr_queues];
	top = READ_ONCE(queue->incoming);
	do {
		bio->next = top;
	} while (!try_cmpxchg(&queue->incoming, &top, bio));
	queue_run(queue);
	preempt_enable();
	return true;
}

/* Does the disk need to be asked at all? */
static bool is_nothing(const struct bio *bio, u32 features)
{
	return bio->operation == BLOCK_FLUSH ? !(features & BLOCK_WRITE_CACHE) : !bio->bytes;
}

void submit_bio(struct bio *bio)
{
	u32 features = READ_ONCE(bio->bdev->disk->limits.features);

	bio->error = check(bio);
	if (bio->error || is_nothing(bio, features)) {
		bio->end(bio);
		return;
	}
	if (!(features & BLOCK_WRITE_CACHE))
		bio->flags &= ~BLOCK_FUA;
	else if (bio->flags & BLOCK_FUA && !(features & BLOCK_HAS_FUA))
		bio->flags = (bio->flags & ~BLOCK_FUA) | BIO_POSTFLUSH;
	bio->sector += READ_ONCE(bio->bdev->start);
	bio->vec = bio->vec_offset = 0;
	bio->cut_bytes = 0;
	atomic_set(&bio->remaining, 1);
	if (!enqueue(bio)) {
		bio->error = -EIO;
		bio->end(bio);
	}
}

static void flush_after(struct bio *bio)
{
	bio->operation = BLOCK_FLUSH;
	bio->flags = 0;
	bio->bytes = bio->cut_bytes = 0;
	bio->nr_vecs = 0;
	atomic_set(&bio->remaining, 1);
	if (!enqueue(bio)) {
		bio->error = -EIO;
		bio->end(bio);
	}
}

void bio_part_ended(struct bio *bio, int error)
{
	if (error)
		cmpxchg(&bio->error, 0, error);
	if (!atomic_dec_and_test(&bio->remaining))
		return;
	if (bio->flags & BIO_POSTFLUSH && !bio->error)
		flush_after(bio);
	else
		bio->end(bio);
}

/* --- waiting for one --- */

static void wake(struct bio *bio)
{
	complete(bio->private);
}

int submit_bio_wait(struct bio *bio)
{
	struct completion done;

	init_completion(&done);
	bio->end = wake;
	/* lint: autoVariables: the bio is done before this returns */
	bio->private = &done;
	submit_bio(bio);
	wait_for_completion(&done);
	/* lint: clang-analyzer-core.StackAddressEscape: nobody looks at private after the end */
	return bio->error;
}

int bdev_flush(struct bdev *bdev)
{
	struct bio bio = { .bdev = bdev, .operation = BLOCK_FLUSH };

	return submit_bio_wait(&bio);
}

int bdev_transfer(struct bdev *bdev, u8 operation, u64 sector, void *memory, u32 bytes)
{
	struct bio_vec vec = { virt_to_page(memory), (unsigned long)memory & ~PAGE_MASK, bytes };
	struct bio bio = { .bdev = bdev,
			   .sector = sector,
			   .bytes = bytes,
			   .operation = operation,
			   .nr_vecs = 1,
			   .vecs = &vec };

	return submit_bio_wait(&bio);
}

#define ZERO_VECS	32u

/* In pieces, so that a signal gets a word in. BLOCK_WRITE writes zeroes, the other operations have no data. */
static int in_pieces(struct bdev *bdev, u8 operation, u64 sector, u64 bytes)
{
	bool writes = operation == BLOCK_WRITE;
	u64 most = writes ? (u64)ZERO_VECS * PAGE_SIZE : (u64)1 << 30;
	struct bio_vec vecs[ZERO_VECS];
	int error = 0;

	while (bytes && !error) {
		u64 piece = min(bytes, most);
		struct bio bio = {
			.bdev = bdev, .sector = sector, .bytes = piece, .operation = operation
		};

		if (writes) {
			bio.vecs = vecs;
			for (u64 done = 0; done < piece; done += PAGE_SIZE) {
				u32 length = min(piece - done, (u64)PAGE_SIZE);

				vecs[bio.nr_vecs++] = (struct bio_vec){ zero_page, 0, length };
			}
		}
		error = submit_bio_wait(&bio);
		sector += piece >> SECTOR_SHIFT;
		bytes -= piece;
		if (bytes && fatal_signal_pending(current))
			error = -EINTR;
		cond_resched();
	}
	return error;
}

int bdev_discard(struct bdev *bdev, u64 sector, u64 bytes)
{
	return in_pieces(bdev, BLOCK_DISCARD, sector, bytes);
}

/* A disk that has no such operation gets them written. */
int bdev_write_zeroes(struct bdev *bdev, u64 sector, u64 bytes)
{
	int error = in_pieces(bdev, BLOCK_WRITE_ZEROES, sector, bytes);

	return error == -EOPNOTSUPP ? in_pieces(bdev, BLOCK_WRITE, sector, bytes) : error;
}
