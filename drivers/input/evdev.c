// SPDX-License-Identifier: MIT
/*
 * /dev/input/eventN: the events of one device, as Linux's evdev gives them (Documentation/input of Linux; struct input_event).
 *
 * Each open file has a ring of events; readers see whole reports only (up to packet_head). When a ring overflows, what is in it goes and a
 * SYN_DROPPED says so: the program asks for the state anew.
 */
#include "internal.h"

#include <fs/poll.h>
#include <fs/uio.h>
#include <kernel/log.h>
#include <kernel/module.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>
#include <uapi/major.h>

#define FIRST_MINOR	64u
#define RING		256u		/* events; a power of two */

struct evdev_client {
	struct input_device *input; /* with a reference */
	struct list_head node;	    /* input->lock */
	wait_queue_head_t wait;
	clockid_t clock;		      /* input->lock */
	bool revoked;			      /* input->lock */
	unsigned int head, packet_head, tail; /* input->lock; free-running */
	struct input_event ring[RING];	      /* input->lock */
};

static void put_event(struct evdev_client *client, unsigned int type, unsigned int code, int value,
		      u64 ns)
{
	client->ring[client->head++ % RING] = (struct input_event){
		.time = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / NSEC_PER_USEC },
		.type = type,
		.code = code,
		.value = value,
	};
}

static u64 client_time(const struct evdev_client *client, u64 now_ns)
{
	switch (client->clock) {
	case CLOCK_REALTIME: return ktime_get_real_ns();
	case CLOCK_BOOTTIME: return ktime_get_boottime_ns();
	default: return now_ns;
	}
}

static void pass_to(struct evdev_client *client, unsigned int type, unsigned int code, int value,
		    u64 now_ns)
{
	u64 ns = client_time(client, now_ns);

	if (client->head - client->tail >= RING - 1) {
		client->tail = client->packet_head = client->head;
		put_event(client, EV_SYN, SYN_DROPPED, 0, ns);
	}
	put_event(client, type, code, value, ns);
	if (type == EV_SYN && code == SYN_REPORT) {
		client->packet_head = client->head;
		wake_up_interruptible_poll(&client->wait, EPOLLIN | EPOLLRDNORM);
	}
}

void evdev_pass(struct input_device *input, unsigned int type, unsigned int code, int value,
		u64 now_ns)
{
	struct evdev_client *client;

	if (input->grab) {
		pass_to(input->grab, type, code, value, now_ns);
		return;
	}
	list_for_each_entry(client, &input->readers, node)
		if (!client->revoked)
			pass_to(client, type, code, value, now_ns);
}

/* An open file keeps the input device, not its driver: when that goes, readers get ENODEV. */
static int evdev_open(struct inode *inode, struct file *file)
{
	struct input_device *input = input_find(MINOR(inode->rdev) - FIRST_MINOR);
	struct evdev_client *client;

	if (!input)
		return -ENODEV;
	client = kzalloc(sizeof(*client), GFP_KERNEL);
	if (!client) {
		put_device(&input->device);
		return -ENOMEM;
	}
	client->input = input;
	client->clock = CLOCK_REALTIME;
	init_waitqueue_head(&client->wait);
	spin_lock_irq(&input->lock);
	list_add_tail(&client->node, &input->readers);
	spin_unlock_irq(&input->lock);
	file->private = client;
	return stream_open(inode, file);
}

static void evdev_release(struct inode *inode, struct file *file)
{
	struct evdev_client *client = file->private;
	struct input_device *input = client->input;

	spin_lock_irq(&input->lock);
	list_del(&client->node);
	if (input->grab == client)
		input->grab = NULL;
	spin_unlock_irq(&input->lock);
	kfree(client);
	put_device(&input->device);
}

static bool is_gone(const struct evdev_client *client)
{
	return READ_ONCE(client->input->gone) || READ_ONCE(client->revoked);
}

static bool has_report(const struct evdev_client *client)
{
	return READ_ONCE(client->packet_head) != READ_ONCE(client->tail);
}

static bool take_event(struct evdev_client *client, struct input_event *event)
{
	bool any;

	spin_lock_irq(&client->input->lock);
	any = client->packet_head != client->tail;
	if (any)
		*event = client->ring[client->tail++ % RING];
	spin_unlock_irq(&client->input->lock);
	return any;
}

static ssize_t evdev_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct evdev_client *client = file->private;
	struct input_event event;
	ssize_t done = 0;
	int error;

	if (to->count && to->count < sizeof(event))
		return -EINVAL;
	while (!done) {
		if (is_gone(client))
			return -ENODEV;
		while (to->count >= sizeof(event) && take_event(client, &event)) {
			if (copy_to_iter(&event, sizeof(event), to) < sizeof(event))
				return done ?: -EFAULT;
			done += sizeof(event);
		}
		if (done || !to->count)
			break;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		error = wait_event_interruptible(&client->wait,
						 has_report(client) || is_gone(client));
		if (error)
			return error;
	}
	return done;
}

static ssize_t evdev_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct evdev_client *client = file->private;
	struct input_event event;
	ssize_t done = 0;

	if (from->count && from->count < sizeof(event))
		return -EINVAL;
	while (from->count >= sizeof(event)) {
		if (is_gone(client))
			return -ENODEV;
		if (copy_from_iter(&event, sizeof(event), from) < sizeof(event))
			return done ?: -EFAULT;
		input_send(client->input, event.type, event.code, event.value);
		done += sizeof(event);
	}
	return done;
}

static u32 evdev_poll(struct file *file, struct poll_table *table)
{
	struct evdev_client *client = file->private;
	u32 mask;

	poll_wait(file, &client->wait, table);
	mask = is_gone(client) ? EPOLLHUP | EPOLLERR : EPOLLOUT | EPOLLWRNORM;
	if (has_report(client))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

/* ---- ioctl ---- */

/* At most size bytes; the number copied. */
static long give(void __user *to, const void *from, size_t have, size_t size)
{
	size_t n = min(have, size);

	return copy_to_user(to, from, n) ? -EFAULT : (long)n;
}

static long give_string(void __user *to, const char *s, size_t size)
{
	return *s ? give(to, s, strlen(s) + 1, size) : -ENOENT;
}

static long give_bits(void __user *to, const unsigned long *bits, unsigned int nr, size_t size)
{
	return give(to, bits, BITS_TO_LONGS(nr) * sizeof(long), size);
}

static long give_type_bits(struct input_device *input, unsigned int type, void __user *to,
			   size_t size)
{
	unsigned int nr;
	unsigned long *bits;

	if (!type)
		return give_bits(to, input->evbit, EV_CNT, size);
	bits = input_type_bits(input, type, &nr);
	return bits ? give_bits(to, bits, nr, size) : -EINVAL;
}

static long give_abs(struct input_device *input, unsigned int code, void __user *to)
{
	struct input_absinfo info = { 0 };

	if (!test_bit(code, input->absbit))
		return -EINVAL;
	info.value = READ_ONCE(input->abs[code]);
	return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : 0;
}

static long grab(struct evdev_client *client, bool on)
{
	struct input_device *input = client->input;
	long error = 0;

	spin_lock_irq(&input->lock);
	if (on && input->grab)
		error = -EBUSY;
	else if (on)
		input->grab = client;
	else if (input->grab != client)
		error = -EINVAL;
	else
		input->grab = NULL;
	spin_unlock_irq(&input->lock);
	return error;
}

static long set_clock(struct evdev_client *client, const int __user *arg)
{
	int clock;

	if (get_user(clock, arg))
		return -EFAULT;
	/* lint: uninitvar: get_user() sets it */
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
		return -EINVAL;
	spin_lock_irq(&client->input->lock);
	client->clock = clock;
	client->tail = client->packet_head = client->head; /* times of two clocks do not mix */
	spin_unlock_irq(&client->input->lock);
	return 0;
}

static long repeat_rate(struct input_device *input, unsigned int __user *arg, bool set)
{
	unsigned int ms[REP_CNT];

	if (!test_bit(EV_REP, input->evbit))
		return -ENOSYS;
	if (!set) {
		ms[REP_DELAY] = input->repeat_ms[REP_DELAY];
		ms[REP_PERIOD] = input->repeat_ms[REP_PERIOD];
		return copy_to_user(arg, ms, sizeof(ms)) ? -EFAULT : 0;
	}
	if (copy_from_user(ms, arg, sizeof(ms)))
		return -EFAULT;
	spin_lock_irq(&input->lock);
	memcpy(input->repeat_ms, ms, sizeof(ms));
	spin_unlock_irq(&input->lock);
	return 0;
}

static long revoke(struct evdev_client *client, unsigned long arg)
{
	if (arg)
		return -EINVAL;
	spin_lock_irq(&client->input->lock);
	client->revoked = true;
	if (client->input->grab == client)
		client->input->grab = NULL;
	spin_unlock_irq(&client->input->lock);
	wake_up_interruptible_all(&client->wait);
	return 0;
}

static long fixed_size_ioctl(struct evdev_client *client, unsigned int command, unsigned long arg)
{
	struct input_device *input = client->input;
	void __user *p = (void __user *)arg;

	switch (command) {
	case EVIOCGVERSION: return put_user(EV_VERSION, (int __user *)p);
	case EVIOCGID: return copy_to_user(p, &input->id, sizeof(input->id)) ? -EFAULT : 0;
	case EVIOCGREP:
	case EVIOCSREP: return repeat_rate(input, p, command == EVIOCSREP);
	case EVIOCGRAB: return grab(client, arg != 0);
	case EVIOCREVOKE: return revoke(client, arg);
	case EVIOCSCLOCKID: return set_clock(client, p);
	default: return -ENOIOCTLCMD;
	}
}

/* Commands whose length the program chooses. */
static long variable_size_ioctl(struct input_device *input, unsigned int command, void __user *p)
{
	static const unsigned long no_properties[BITS_TO_LONGS(INPUT_PROP_CNT)];
	unsigned int nr = _IOC_NR(command), size = _IOC_SIZE(command);

	if (_IOC_TYPE(command) != 'E' || _IOC_DIR(command) != _IOC_READ)
		return -EINVAL;
	if (nr >= _IOC_NR(EVIOCGBIT(0, 0)) && nr <= _IOC_NR(EVIOCGBIT(EV_MAX, 0)))
		return give_type_bits(input, nr & EV_MAX, p, size);
	if (nr >= _IOC_NR(EVIOCGABS(0)) && nr <= _IOC_NR(EVIOCGABS(ABS_MAX)))
		return give_abs(input, nr & ABS_MAX, p);
	switch (nr) {
	case _IOC_NR(EVIOCGNAME(0)): return give_string(p, input->name, size);
	case _IOC_NR(EVIOCGPHYS(0)): return give_string(p, input->phys, size);
	case _IOC_NR(EVIOCGUNIQ(0)): return -ENOENT;
	case _IOC_NR(EVIOCGPROP(0)): return give_bits(p, no_properties, INPUT_PROP_CNT, size);
	case _IOC_NR(EVIOCGKEY(0)): return give_bits(p, input->key, KEY_CNT, size);
	case _IOC_NR(EVIOCGLED(0)): return give_bits(p, input->led, LED_CNT, size);
	case _IOC_NR(EVIOCGSND(0)): return give_bits(p, input->snd, SND_CNT, size);
	case _IOC_NR(EVIOCGSW(0)): return give_bits(p, input->sw, SW_CNT, size);
	default: return -EINVAL;
	}
}

static long evdev_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct evdev_client *client = file->private;
	long result;

	if (is_gone(client))
		return -ENODEV;
	result = fixed_size_ioctl(client, command, arg);
	return result == -ENOIOCTLCMD
		       ? variable_size_ioctl(client->input, command, (void __user *)arg)
		       : result;
}

static const struct file_operations evdev_fops = {
	.llseek = no_llseek,
	.read_iter = evdev_read,
	.write_iter = evdev_write,
	.poll = evdev_poll,
	.ioctl = evdev_ioctl,
	.open = evdev_open,
	.release = evdev_release,
};

/* ---- The node: a class device below the input device, part of it. ---- */

static void node_release(struct device *device)
{
}

int evdev_add(struct input_device *input)
{
	struct device *node = &input->node_device;
	int error;

	node->release = node_release;
	node->class = input->device.class;
	node->devt = MKDEV(INPUT_MAJOR, FIRST_MINOR + input->index);
	error = device_init(node, NULL, "event%u", input->index);
	if (error)
		return error;
	node->sysfs_parent = input->device.dir;
	snprintf(input->node_path, sizeof(input->node_path), "input/event%u", input->index);
	node->node = input->node_path;
	/* Before programs are told. */
	error = devtmpfs_create(input->node_path, 0640, node->devt);
	if (error)
		goto put_node;
	error = device_add(node);
	if (error)
		goto remove_node;
	error = sysfs_create_link(node->dir, input->device.dir, "device");
	if (!error)
		return 0;
	device_remove(node);
remove_node:
	devtmpfs_remove(input->node_path);
put_node:
	put_device(node);
	return error;
}

void evdev_remove(struct input_device *input)
{
	struct evdev_client *client;
	char path[32];

	snprintf(path, sizeof(path), "input/event%u", input->index);
	devtmpfs_remove(path);
	device_remove(&input->node_device);
	put_device(&input->node_device);
	spin_lock_irq(&input->lock);
	list_for_each_entry(client, &input->readers, node)
		wake_up_interruptible_all(&client->wait);
	spin_unlock_irq(&input->lock);
}

void evdev_init(void)
{
	if (register_chrdev_ops(MKDEV(INPUT_MAJOR, FIRST_MINOR), 0x10000, "input", &evdev_fops,
				NULL))
		panic("input: cannot register");
}
