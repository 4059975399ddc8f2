/* SPDX-License-Identifier: MIT */
/* The devices without hardware: null, zero, full, random, urandom (major 1). */
#include <drivers/device.h>
#include <fs/chrdev.h>
#include <fs/poll.h>
#include <fs/tmpfs.h>
#include <fs/uio.h>
#include <fs/vfs.h>
#include <kernel/cred.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/random.h>
#include <kernel/sched.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/random.h>
#include <uapi/stat.h>

#include "mem.h"

/* --- null, zero, full --- */

static ssize_t read_nothing(struct file *file, struct iov_iter *to, loff_t *pos)
{
	return 0;
}

static ssize_t write_nowhere(struct file *file, struct iov_iter *from, loff_t *pos)
{
	size_t count = from->count;

	iov_iter_advance(from, count);
	return count;
}

static ssize_t write_no_space(struct file *file, struct iov_iter *from, loff_t *pos)
{
	return -ENOSPC;
}

static ssize_t read_zeroes(struct file *file, struct iov_iter *to, loff_t *pos)
{
	ssize_t done = 0;

	while (to->count) {
		size_t n = min(to->count, (size_t)PAGE_SIZE), zeroed = iov_iter_zero(n, to);

		done += zeroed;
		if (zeroed < n)
			return done ?: -EFAULT;
		if (signal_pending(current))
			return done;
		cond_resched();
	}
	return done;
}

static loff_t seek_null(struct file *file, loff_t offset, int whence)
{
	return file->pos = 0;
}

/* A private mapping of zero is anonymous memory; a shared one an object of its own. */
static int mmap_zero(struct file *file, struct vma *vma)
{
	struct file *shared;

	if (!(vma->flags & VM_SHARED)) {
		vma->file = NULL;
		vma->ops = NULL;
		fput(file);
		return 0;
	}
	shared = shmem_file_create("dev/zero", vma->end - vma->start);
	if (IS_ERR(shared))
		return PTR_ERR(shared);
	vma->file = shared;
	vma->pgoff = 0;
	fput(file);
	return generic_file_mmap(shared, vma);
}

static const struct file_operations null_fops = {
	.llseek = seek_null,
	.read_iter = read_nothing,
	.write_iter = write_nowhere,
};
static const struct file_operations zero_fops = {
	.llseek = seek_null,
	.read_iter = read_zeroes,
	.write_iter = write_nowhere,
	.mmap = mmap_zero,
};
static const struct file_operations full_fops = {
	.llseek = seek_null,
	.read_iter = read_zeroes,
	.write_iter = write_no_space,
};

/* --- random --- */

ssize_t random_read_to_iter(struct iov_iter *to)
{
	u8 block[256];
	ssize_t done = 0;

	while (to->count) {
		size_t n = min(to->count, sizeof(block)), copied;

		get_random_bytes(block, n);
		copied = copy_to_iter(block, n, to);
		done += copied;
		if (copied < n) {
			done = done ?: -EFAULT;
			break;
		}
		if (done % PAGE_SIZE == 0) {
			if (signal_pending(current))
				break;
			cond_resched();
		}
	}
	memzero_explicit(block, sizeof(block));
	return done;
}

static ssize_t random_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	if (!random_is_ready()) {
		int error;

		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		error = wait_for_random_ready();
		if (error)
			return error;
	}
	return random_read_to_iter(to);
}

static ssize_t urandom_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	return random_read_to_iter(to);
}

static ssize_t random_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	u8 block[64];
	ssize_t done = 0;

	while (from->count) {
		size_t n = min(from->count, sizeof(block)), copied = copy_from_iter(block, n, from);

		add_device_randomness(block, copied);
		done += copied;
		if (copied < n)
			return done ?: -EFAULT;
		if (signal_pending(current))
			break;
	}
	return done;
}

static u32 random_poll(struct file *file, struct poll_table *table)
{
	return (random_is_ready() ? EPOLLIN | EPOLLRDNORM : 0) | EPOLLOUT | EPOLLWRNORM;
}

static long add_entropy(unsigned long arg)
{
	struct rand_pool_info head;
	u8 block[64];

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (copy_from_user(&head, (void __user *)arg, sizeof(head)))
		return -EFAULT;
	if (head.entropy_count < 0 || head.buf_size < 0)
		return -EINVAL;
	for (int at = 0; at < head.buf_size; at += sizeof(block)) {
		size_t n = min_t(size_t, head.buf_size - at, sizeof(block));

		if (copy_from_user(block, (void __user *)(arg + sizeof(head) + at), n))
			return -EFAULT;
		add_credited_randomness(block, n, min_t(unsigned int, head.entropy_count, n * 8));
		head.entropy_count -= min_t(int, head.entropy_count, n * 8);
	}
	return 0;
}

static long random_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	int bits;

	switch (command) {
	case RNDGETENTCNT: return put_user(random_entropy_bits(), (int __user *)arg);
	case RNDADDTOENTCNT:
		if (!capable(CAP_SYS_ADMIN))
			return -EPERM;
		if (get_user(bits, (int __user *)arg))
			return -EFAULT;
		if (bits < 0)
			return -EINVAL;
		add_credited_randomness(NULL, 0, bits);
		return 0;
	case RNDADDENTROPY: return add_entropy(arg);
	case RNDZAPENTCNT:
	case RNDCLEARPOOL: return capable(CAP_SYS_ADMIN) ? 0 : -EPERM; /* nothing is taken away */
	case RNDRESEEDCRNG:
		if (!capable(CAP_SYS_ADMIN))
			return -EPERM;
		if (!random_is_ready())
			return -ENODATA;
		random_reseed();
		return 0;
	default: return -ENOIOCTLCMD;
	}
}

static const struct file_operations random_fops = {
	.llseek = noop_llseek,
	.read_iter = random_read,
	.write_iter = random_write,
	.poll = random_poll,
	.ioctl = random_ioctl,
};
static const struct file_operations urandom_fops = {
	.llseek = noop_llseek,
	.read_iter = urandom_read,
	.write_iter = random_write,
	.ioctl = random_ioctl,
};

/* --- start --- */

static const struct {
	unsigned int minor;
	const char *name;
	u32 mode;
	const struct file_operations *ops;
} devices[] = {
	{ 3, "null", 0666, &null_fops },       { 5, "zero", 0666, &zero_fops },
	{ 7, "full", 0666, &full_fops },       { 8, "random", 0666, &random_fops },
	{ 9, "urandom", 0666, &urandom_fops }, { 11, "kmsg", 0644, &kmsg_fops },
};

static void release_static(struct device *device)
{
	kfree(device);
}

/* The node, and /sys/class/CLASS/NAME with its number. */
int simple_device_create(const char *class, const char *name, u32 mode, dev_t_kernel dev)
{
	struct device *device = kzalloc(sizeof(*device), GFP_KERNEL);
	int error;

	if (!device)
		return -ENOMEM;
	error = device_init(device, NULL, "%s", name);
	if (error) {
		kfree(device);
		return error;
	}
	device->release = release_static;
	device->devt = dev;
	device->class = class_get(class);
	if (IS_ERR(device->class))
		device->class = NULL;
	error = device_add(device);
	if (!error)
		error = devtmpfs_create(name, S_IFCHR | mode, dev);
	return error;
}

void __init mem_devices_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(devices); i++) {
		dev_t_kernel dev = MKDEV(1, devices[i].minor);
		int error = register_chrdev_ops(dev, 1, "mem", devices[i].ops, NULL);

		if (!error)
			error = simple_device_create("mem", devices[i].name, devices[i].mode, dev);
		if (error)
			pr_err("mem: no /dev/%s (%d)\n", devices[i].name, error);
	}
	kmsg_init();
	rtc_device_init();
}
