// SPDX-License-Identifier: MIT
/*
 * Disks: their life, their numbers, and what drivers call (kit/block.h).
 *
 * Unregistering first makes everything that waits and comes fail, then waits until the driver has ended what is in flight, takes the
 * special files away, and then frees the queues. The structure lives on until the last reference to its device, which open files have.
 */
#include "internal.h"

#include <kernel/log.h>
#include <fs/proc.h>
#include <fs/seq_file.h>
#include <kernel/module.h>
#include <kernel/sched.h>
#include <lib/ctype.h>
#include <lib/idr.h>
#include <lib/xarray.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <uapi/major.h>
#include <uapi/stat.h>

static DEFINE_XARRAY(bdevs); /* bdevs_mutex: by device number */
static DEFINE_MUTEX(bdevs_mutex);
static DEFINE_IDA(extended_minors); /* bdevs_mutex */
static struct device_class *block_class;
static sysfs_dir_t *virtual_dir; /* /sys/devices/virtual/block */
static atomic64_t last_sequence;

/* --- numbers --- */

static const struct block_major {
	const char *prefix;
	bool letters;	   /* sda; else a number: ram0 */
	u32 major, minors; /* minors of a disk */
	const char *name;  /* in /proc/devices */
} majors[] = {
	{ "ram", false, RAMDISK_MAJOR, 1, "ramdisk" },
	{ "sd", true, SCSI_DISK0_MAJOR, 16, "sd" },
	{ "sr", false, SCSI_CDROM_MAJOR, 1, "sr" },
};

/* The number of a disk within its kind: 27 for "sdab" and "ram27"; -1: it is not of that kind. */
static long number_in_name(const struct block_major *m, const char *name)
{
	size_t n = strlen(m->prefix);
	long number = 0;

	if (strncmp(name, m->prefix, n) || !name[n])
		return -1;
	for (name += n; *name && number < 1 << 20; name++) {
		if (m->letters ? *name < 'a' || *name > 'z' : !isdigit(*name))
			return -1;
		number = m->letters ? number * 26 + (*name - 'a' + 1) : number * 10 + (*name - '0');
	}
	return m->letters ? number - 1 : number;
}

static void choose_range(struct block_device *disk, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(majors); i++) {
		long number = number_in_name(&majors[i], name);

		if (number >= 0 && number * majors[i].minors < 256)
			disk->first_devt = MKDEV(majors[i].major, number * majors[i].minors);
	}
}

static u32 minors_of(dev_t_kernel first)
{
	for (size_t i = 0; i < ARRAY_SIZE(majors); i++)
		if (majors[i].major == MAJOR(first))
			return majors[i].minors;
	return 0;
}

/* Gives it a number and a place in the table. */
static int take_number(struct bdev *bdev)
{
	struct block_device *disk = bdev->disk;
	int minor, error = 0;

	mutex_lock(&bdevs_mutex);
	if (disk->first_devt && bdev->partno < minors_of(disk->first_devt)) {
		bdev->device.devt = disk->first_devt + bdev->partno;
	} else {
		minor = ida_alloc_range(&extended_minors, 0, 0xfffff, GFP_KERNEL);
		if (minor < 0)
			error = minor;
		else
			bdev->device.devt = MKDEV(BLOCK_EXT_MAJOR, minor);
	}
	if (!error)
		error = xa_insert(&bdevs, bdev->device.devt, bdev, GFP_KERNEL);
	mutex_unlock(&bdevs_mutex);
	return error == -EBUSY ? -EEXIST : error;
}

static void drop_number(struct bdev *bdev)
{
	mutex_lock(&bdevs_mutex);
	if (xa_load(&bdevs, bdev->device.devt) == bdev)
		xa_erase(&bdevs, bdev->device.devt);
	if (MAJOR(bdev->device.devt) == BLOCK_EXT_MAJOR)
		ida_free(&extended_minors, MINOR(bdev->device.devt));
	mutex_unlock(&bdevs_mutex);
}

struct bdev *bdev_find(dev_t_kernel devt)
{
	struct bdev *bdev;

	mutex_lock(&bdevs_mutex);
	bdev = xa_load(&bdevs, devt);
	if (bdev)
		get_device(&bdev->device);
	mutex_unlock(&bdevs_mutex);
	return bdev;
}

void bdev_put(struct bdev *bdev)
{
	put_device(&bdev->device);
}

void for_each_bdev(void (*fn)(struct bdev *bdev, void *arg), void *arg)
{
	unsigned long index = 0;
	struct bdev *bdev;

	for (;;) {
		mutex_lock(&bdevs_mutex);
		bdev = xa_find(&bdevs, &index, ULONG_MAX, XA_PRESENT);
		if (bdev)
			get_device(&bdev->device);
		mutex_unlock(&bdevs_mutex);
		if (!bdev)
			return;
		fn(bdev, arg);
		bdev_put(bdev);
		index++;
	}
}

static void show_majors(struct seq_file *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(majors); i++)
		seq_printf(m, "%3u %s\n", majors[i].major, majors[i].name);
	seq_printf(m, "%3u blkext\n", BLOCK_EXT_MAJOR);
}

/* --- bdevs --- */

static int uevent_vars(struct device *device, char *buf, size_t size)
{
	struct bdev *bdev = to_bdev(device);
	int n = scnprintf(buf, size, "DEVTYPE=%s\nDISKSEQ=%llu\n",
			  bdev->partno ? "partition" : "disk",
			  (unsigned long long)bdev->disk->sequence);

	if (bdev->partno)
		n += scnprintf(buf + n, size - n, "PARTN=%u\n", bdev->partno);
	if (bdev->label[0])
		n += scnprintf(buf + n, size - n, "PARTNAME=%s\n", bdev->label);
	return n;
}

int bdev_setup(struct bdev *bdev, struct block_device *disk, u32 partno)
{
	int error;

	bdev->disk = disk;
	bdev->partno = partno;
	INIT_LIST_HEAD(&bdev->node);
	bdev->device.class = block_class;
	bdev->device.uevent_vars = uevent_vars;
	bdev->stats = kcalloc(nr_cpu_ids, sizeof(struct block_stats), GFP_KERNEL);
	if (!bdev->stats)
		return -ENOMEM;
	error = take_number(bdev);
	if (error)
		goto free_stats;
	bdev->inode = bdev_inode_create(bdev);
	if (bdev->inode)
		return 0;
	error = -ENOMEM;
	drop_number(bdev);
free_stats:
	kfree(bdev->stats);
	bdev->stats = NULL;
	return error;
}

/* The statistics stay: bios may still be counted. They go with the device. */
void bdev_teardown(struct bdev *bdev)
{
	drop_number(bdev);
	bdev_inode_kill(bdev);
}

int bdev_show(struct bdev *bdev)
{
	/* The node is there before programs are told. */
	int node_error = devtmpfs_create(bdev->device.name, S_IFBLK | 0660, bdev->device.devt);
	int error;

	if (node_error)
		pr_warn("block: %s: no node in /dev: error %d\n", bdev->device.name, node_error);
	error = device_add(&bdev->device);
	if (error) {
		if (!node_error)
			devtmpfs_remove(bdev->device.name);
		return error;
	}
	error = bdev->partno ? partition_show_attributes(bdev) : disk_show_attributes(bdev->disk);
	if (error)
		pr_warn("block: %s: not all attributes in /sys: error %d\n", bdev->device.name,
			error);
	return 0;
}

void bdev_hide(struct bdev *bdev)
{
	devtmpfs_remove(bdev->device.name);
	device_remove(&bdev->device);
}

u32 bdev_logical_block(const struct bdev *bdev) { return bdev->disk->limits.logical_block; }

bool bdev_read_only(const struct bdev *bdev)
{
	return READ_ONCE(bdev->read_only) || READ_ONCE(bdev->disk->whole.read_only) ||
	       bdev->disk->limits.features & BLOCK_READ_ONLY;
}

const struct block_params *block_limits(const struct bdev *bdev) { return &bdev->disk->limits; }
struct module *block_owner(const struct bdev *bdev) { return bdev->disk->module; }
u64 block_sequence(const struct bdev *bdev) { return bdev->disk->sequence; }
struct bdev *block_whole(const struct bdev *bdev) { return &bdev->disk->whole; }

int block_set_read_only(struct bdev *bdev, bool on)
{
	if (!on && bdev->disk->limits.features & BLOCK_READ_ONLY)
		return -EACCES;
	WRITE_ONCE(bdev->read_only, on);
	return 0;
}

/* --- disks --- */

static void free_queues(struct block_device *disk)
{
	for (u32 i = 0; disk->queues && i < disk->nr_queues; i++)
		queue_destroy(disk->queues[i]);
	kfree(disk->queues);
	disk->queues = NULL;
}

static void release(struct device *device)
{
	struct block_device *disk = to_bdev(device)->disk;

	bdev_inode_put(&disk->whole);
	kfree(disk->whole.stats);
	for (size_t i = 0; i < ARRAY_SIZE(disk->strings); i++)
		kfree(disk->strings[i]);
	kfree(disk->texts);
	kfree(disk);
}

static bool is_power(u64 n, u64 low, u64 high)
{
	return n >= low && n <= high && is_power_of_2(n);
}

/* What the driver handed over, as this kernel knows it; to be checked. */
static int take_params(struct block_params *p, struct block_operations *ops,
		       const struct block_params *params)
{
	int error = KIT_COPY("block_params", p, params, firmware);

	if (error)
		return error;
	return p->operations ? KIT_COPY("block_operations", ops, p->operations, timeout) : -EINVAL;
}

static int check_params(const struct block_params *p, const struct block_operations *ops)
{
	if (!p->name || !*p->name || strlen(p->name) > 31 || strchr(p->name, '/') || !ops->submit)
		return -EINVAL;
	if (!p->nr_queues || !p->depth || p->depth > 4096 || p->private_bytes > 4096 ||
	    p->max_segments > 256)
		return -EINVAL;
	if (!is_power(p->logical_block, SECTOR_SIZE, PAGE_SIZE) ||
	    (p->physical_block && !is_power_of_2(p->physical_block)))
		return -EINVAL;
	if ((p->dma_alignment && !is_power(p->dma_alignment, 1, PAGE_SIZE)) ||
	    (p->dma_mask && (p->dma_mask & (p->dma_mask + 1))) ||
	    (p->dma_mask && p->dma_mask < 0xffffff))
		return -EINVAL;
	if ((p->segment_boundary && !is_power_of_2(p->segment_boundary)) ||
	    (p->segment_boundary && p->segment_boundary < PAGE_SIZE) ||
	    (p->virtual_boundary && !is_power(p->virtual_boundary, SECTOR_SIZE, PAGE_SIZE)))
		return -EINVAL;
	if ((p->max_segment_bytes && p->max_segment_bytes < PAGE_SIZE) ||
	    (p->max_bytes && p->max_bytes < PAGE_SIZE))
		return -EINVAL;
	if (p->nr_sectors & (p->logical_block / SECTOR_SIZE - 1) ||
	    p->nr_sectors > S64_MAX >> SECTOR_SHIFT)
		return -EINVAL;
	return 0;
}

static void set_limits(struct block_device *disk, const struct block_params *p)
{
	struct block_params *l = &disk->limits;

	*l = *p;
	l->dma_mask = p->dma_mask ?: U64_MAX;
	l->nr_queues = min(p->nr_queues, (u32)nr_cpu_ids);
	l->physical_block = max(p->physical_block, p->logical_block);
	l->max_segments = p->max_segments ?: 128;
	l->max_segment_bytes = p->max_segment_bytes ?: 65536;
	l->max_bytes = (p->max_bytes ?: 1u << 20) & -p->logical_block;
	/* A request without data to move (discard, zeroes) may be larger; one with data never exceeds what its segments hold. */
	l->dma_alignment = p->features & BLOCK_CPU_DATA ? 1 : p->dma_alignment ?: 4;
	l->io_min = p->io_min ?: l->physical_block;
	l->max_discard_bytes = p->max_discard_bytes & -(u64)p->logical_block;
	l->discard_granularity = l->max_discard_bytes ? p->discard_granularity ?: p->logical_block
						      : 0;
	l->max_zeroes_bytes = p->max_zeroes_bytes & -(u64)p->logical_block;
	l->timeout_ms = p->timeout_ms ?: 30000;
	l->retries = p->retries ?: 5;
	l->name = l->model = l->serial = l->firmware = NULL;
	disk->data = p->data;
	disk->nr_queues = l->nr_queues;
	disk->whole.nr_sectors = p->nr_sectors;
}

static int make_queues(struct block_device *disk)
{
	disk->queues = kcalloc(disk->nr_queues, sizeof(*disk->queues), GFP_KERNEL);
	if (!disk->queues)
		return -ENOMEM;
	for (u32 i = 0; i < disk->nr_queues; i++) {
		disk->queues[i] = queue_create(disk, i);
		if (!disk->queues[i])
			return -ENOMEM;
	}
	return bounce_reserve(disk);
}

static int set_up(struct block_device *disk, struct device *parent,
		  const struct block_params *params)
{
	int error;

	mutex_init(&disk->mutex);
	INIT_LIST_HEAD(&disk->partitions);
	init_waitqueue_head(&disk->drain_wait);
	disk->sequence = atomic64_inc_return(&last_sequence);
	if (!parent)
		disk->whole.device.sysfs_parent = virtual_dir;
	choose_range(disk, params->name);
	error = make_queues(disk);
	if (error)
		return error;
	return bdev_setup(&disk->whole, disk, 0);
}

/* Nobody submits any more; what is in flight ends by itself. */
static void drain(struct block_device *disk)
{
	u64 warn_ns = ktime_get_ns() + 60 * NSEC_PER_SEC;

	atomic_inc(&disk->draining);
	synchronize_rcu();
	for (u32 i = 0; i < disk->nr_queues; i++) {
		struct block_queue *queue = disk->queues[i];

		queue_run(queue); /* fails what waits */
		while (!wait_event_timeout(&disk->drain_wait, queue_is_idle(queue), NSEC_PER_SEC)) {
			queue_run(queue);
			if (ktime_get_ns() < warn_ns)
				continue;
			pr_warn("block: %s: its driver has not ended all requests\n",
				disk->whole.device.name);
			warn_ns = U64_MAX;
		}
	}
	atomic_dec(&disk->draining);
	synchronize_rcu(); /* who brought the last tag back is out of the queue */
}

static void sync_partitions(struct block_device *disk)
{
	struct bdev *part;

	mutex_lock(&disk->mutex);
	list_for_each_entry(part, &disk->partitions, node)
		bdev_sync(part);
	mutex_unlock(&disk->mutex);
}

void block_shut_down(struct block_device *disk)
{
	might_sleep();
	if (disk->shut_down)
		return;
	if (!READ_ONCE(disk->failing)) {
		sync_partitions(disk);
		bdev_sync(&disk->whole);
	}
	WRITE_ONCE(disk->whole.gone, true);
	WRITE_ONCE(disk->failing, true);
	drain(disk);
	disk->shut_down = true;
}

static void remove_disk(struct owned_resource *resource)
{
	struct block_device *disk = container_of(resource, struct block_device, resource);

	block_shut_down(disk);
	mutex_lock(&disk->mutex);
	partitions_remove(disk);
	mutex_unlock(&disk->mutex);
	disk_hide_texts(disk);
	disk_hide_attributes(disk);
	bdev_hide(&disk->whole);
	bdev_teardown(&disk->whole);
	free_queues(disk);
	bounce_release(disk);
	bdev_put(&disk->whole);
}

struct block_device *block_register(struct module *owner, struct device *parent,
				    const struct block_params *params)
{
	struct block_operations ops;
	struct block_device *disk;
	struct block_params p;
	int error = take_params(&p, &ops, params);

	might_sleep();
	if (!error)
		error = check_params(&p, &ops);
	if (error)
		return ERR_PTR(error);
	disk = kzalloc(sizeof(*disk), GFP_KERNEL);
	if (!disk)
		return ERR_PTR(-ENOMEM);
	set_limits(disk, &p);
	disk->ops = ops;
	disk->module = owner;
	disk->owner = parent ? &parent->resources : module_resources(owner);
	disk->resource.release = remove_disk;
	disk->whole.disk = disk;
	disk->whole.device.release = release;
	error = device_init(&disk->whole.device, parent, "%s", p.name);
	if (error) {
		kfree(disk);
		return ERR_PTR(error);
	}
	error = set_up(disk, parent, &p);
	if (error)
		goto free;
	disk->resource.what = disk->whole.device.name;
	error = bdev_show(&disk->whole);
	if (error)
		goto teardown;
	error = disk_show_texts(disk, &p);
	if (error)
		pr_warn("block: %s: no model in /sys: error %d\n", p.name, error);
	resource_add(disk->owner, &disk->resource);
	block_partitions_rescan(disk);
	return disk;

teardown:
	bdev_teardown(&disk->whole);
free:
	free_queues(disk);
	bounce_release(disk);
	put_device(&disk->whole.device);
	return ERR_PTR(error);
}

void block_unregister(struct block_device *disk)
{
	might_sleep();
	if (resource_remove(disk->owner, &disk->resource))
		remove_disk(&disk->resource);
}

/* --- what drivers call --- */

u32 block_max_queues(void)
{
	return nr_cpu_ids;
}

void block_gone(struct block_device *disk)
{
	WRITE_ONCE(disk->whole.gone, true);
	WRITE_ONCE(disk->failing, true);
	for (u32 i = 0; i < disk->nr_queues; i++)
		queue_work(block_wq, &disk->queues[i]->run_work);
}

void block_set_capacity(struct block_device *disk, u64 nr_sectors)
{
	might_sleep();
	if (nr_sectors == READ_ONCE(disk->whole.nr_sectors) || nr_sectors > S64_MAX >> SECTOR_SHIFT)
		return;
	WRITE_ONCE(disk->whole.nr_sectors,
		   nr_sectors & -(u64)(disk->limits.logical_block / SECTOR_SIZE));
	bdev_resized(&disk->whole);
	device_uevent(&disk->whole.device, "change");
	block_partitions_rescan(disk);
}

void block_quiesce(struct block_device *disk)
{
	might_sleep();
	atomic_inc(&disk->quiesced);
	synchronize_rcu();
}

void block_resume(struct block_device *disk)
{
	if (atomic_dec_and_test(&disk->quiesced))
		for (u32 i = 0; i < disk->nr_queues; i++)
			queue_run(disk->queues[i]);
}

static bool is_silent(struct block_device *disk)
{
	for (u32 i = 0; i < disk->nr_queues; i++)
		if (!queue_is_silent(disk->queues[i]))
			return false;
	return true;
}

int block_freeze(struct block_device *disk, u32 timeout_ms)
{
	bool idle;

	might_sleep();
	block_quiesce(disk);
	atomic_inc(&disk->draining);
	idle = wait_event_timeout(&disk->drain_wait, is_silent(disk),
				  (s64)timeout_ms * NSEC_PER_MSEC) > 0 ||
	       is_silent(disk);
	atomic_dec(&disk->draining);
	if (idle)
		return 0;
	block_resume(disk);
	return -ETIMEDOUT;
}

void *block_data(const struct block_device *disk) { return disk->data; }
struct block_device *block_queue_device(const struct block_queue *queue) { return queue->device; }
u32 block_queue_index(const struct block_queue *queue) { return queue->index; }

struct block_request *block_queue_request(struct block_queue *queue, u32 tag)
{
	struct block_request *request;
	u32 state;

	if (tag >= queue->depth)
		return NULL;
	request = &queue->requests[tag];
	state = READ_ONCE(request->state);
	return state == REQUEST_IN_FLIGHT || state == REQUEST_IN_TIMEOUT ? request : NULL;
}

struct block_queue *block_device_queue(struct block_device *disk, u32 index)
{
	return index < disk->nr_queues ? disk->queues[index] : NULL;
}

void block_ready(struct block_queue *queue)
{
	queue_event(queue);
}

u32 block_request_operation(const struct block_request *request) { return request->operation; }
u32 block_request_flags(const struct block_request *request) { return request->flags; }
u64 block_request_sector(const struct block_request *request) { return request->sector; }
u32 block_request_bytes(const struct block_request *request) { return request->bytes; }
u32 block_request_tag(const struct block_request *request) { return request->tag; }
void *block_request_private(const struct block_request *request) { return request->private; }
struct block_queue *block_request_queue(const struct block_request *request) { return request->queue; }
u32 block_request_segments(const struct block_request *request) { return request->nr_segments; }

u32 block_request_segment(const struct block_request *request, u32 index, u64 *address)
{
	*address = request->segments[index].address;
	return request->segments[index].length;
}

void *block_request_memory(const struct block_request *request, u32 index)
{
	return request->segments[index].memory;
}

void __init block_core_init(void)
{
	sysfs_dir_t *dir = sysfs_create_dir(sysfs_devices, "virtual", NULL);

	virtual_dir = IS_ERR(dir) ? dir : sysfs_create_dir(dir, "block", NULL);
	block_class = class_get("block");
	block_wq = alloc_workqueue("block", WQ_MEM_RECLAIM, 0);
	if (IS_ERR(virtual_dir) || IS_ERR(block_class) || !block_wq)
		panic("block: no memory");
	bdev_init();
	block_stat_init();
	proc_show_block_majors = show_majors;
}
