// SPDX-License-Identifier: MIT
/*
 * Terminals: drivers, lines, and the file operations of an open terminal.
 *
 * A line lives as long as somebody refers to it: its driver, each open file, the session it controls. Opening and closing count under
 * open_lock, so that a driver sees exactly one open before and one close after. See drivers/tty.h for the lock order.
 */
#include "internal.h"

#include <drivers/device.h>
#include <fs/chrdev.h>
#include <fs/poll.h>
#include <fs/proc.h>
#include <fs/uio.h>
#include <kernel/log.h>
#include <kernel/module.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/major.h>

#define CLOSING_WAIT_NS	(30 * NSEC_PER_SEC)	/* a stopped line holds up its last close so long */

static LIST_HEAD(drivers);
static DEFINE_MUTEX(drivers_lock);

static struct tty *console_tty; /* what /dev/console opens; drivers_lock */

const struct ktermios tty_std_termios = {
	.c_iflag = ICRNL | IXON,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B38400 | CS8 | CREAD | HUPCL,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.c_cc = {
		[VINTR] = 'C' - 0x40, [VQUIT] = '\\' - 0x40, [VERASE] = 0x7f, [VKILL] = 'U' - 0x40,
		[VEOF] = 'D' - 0x40, [VSTART] = 'Q' - 0x40, [VSTOP] = 'S' - 0x40, [VSUSP] = 'Z' - 0x40,
		[VREPRINT] = 'R' - 0x40, [VDISCARD] = 'O' - 0x40, [VWERASE] = 'W' - 0x40,
		[VLNEXT] = 'V' - 0x40, [VMIN] = 1,
	},
	.c_ispeed = 38400,
	.c_ospeed = 38400,
};

struct tty *tty_get(struct tty *tty)
{
	refcount_inc(&tty->refs);
	return tty;
}

static void tty_free_memory(struct tty *tty)
{
	cancel_work_sync(&tty->receive_work);
	cancel_work_sync(&tty->wakeup_work);
	n_tty_free(tty);
	tty_input_free(tty);
	kfree(tty);
}

/* The end of a pair that goes last frees both: until then they point to each other. */
static void tty_free(struct tty *tty)
{
	struct tty *link = tty->link;

	/* they call the driver, and what release frees; the other end of a pair may schedule them again */
	cancel_work_sync(&tty->receive_work);
	cancel_work_sync(&tty->wakeup_work);
	if (tty->ops->release)
		tty->ops->release(tty);
	if (tty->pair_count) {
		if (!refcount_dec_and_test(tty->pair_count))
			return;
		tty_free_memory(link);
	}
	tty_free_memory(tty);
}

/* The last reference may go in a context that cannot wait for the work items. */
static void tty_free_work(struct work_struct *work)
{
	tty_free(container_of(work, struct tty, free_work));
}

void tty_put(struct tty *tty)
{
	if (!tty || !refcount_dec_and_test(&tty->refs))
		return;
	schedule_work(&tty->free_work);
}

static void hangup_work(struct work_struct *work)
{
	struct tty *tty = container_of(work, struct tty, hangup_work);

	tty_vhangup(tty);
	tty_put(tty);
}

/* Output that waited for room: echo first, then the writers. */
static void wakeup_work(struct work_struct *work)
{
	struct tty *tty = container_of(work, struct tty, wakeup_work);

	n_tty_flush_echo(tty);
	wake_up_interruptible_poll(&tty->write_wait, EPOLLOUT | EPOLLWRNORM);
}

void tty_wakeup(struct tty *tty)
{
	if (READ_ONCE(tty->ldisc.echo_head) != READ_ONCE(tty->ldisc.echo_tail))
		schedule_work(&tty->wakeup_work);
	else if (wq_has_sleeper(&tty->write_wait))
		wake_up_interruptible_poll(&tty->write_wait, EPOLLOUT | EPOLLWRNORM);
}

static void tty_set_up(struct tty *tty, struct tty_driver *driver, unsigned int index,
		       const struct tty_line *line)
{
	refcount_set(&tty->refs, 1);
	tty->driver = driver;
	tty->ops = line->ops;
	tty->module = line->module;
	tty->index = index;
	tty->driver_data = line->driver_data;
	snprintf(tty->name, sizeof(tty->name), "%s%u", driver->dev_name, driver->name_base + index);
	mutex_init(&tty->open_lock);
	init_rwsem(&tty->termios_lock);
	tty->termios = driver->init_termios;
	spin_lock_init(&tty->ctrl_lock, LOCK_RANK_TTY);
	init_waitqueue_head(&tty->read_wait);
	init_waitqueue_head(&tty->write_wait);
	mutex_init(&tty->receive_lock);
	mutex_init(&tty->read_lock);
	mutex_init(&tty->output_lock);
	INIT_WORK(&tty->hangup_work, hangup_work);
	INIT_WORK(&tty->wakeup_work, wakeup_work);
	INIT_WORK(&tty->free_work, tty_free_work);
}

static void release_line_device(struct device *device)
{
	kfree(device);
}

/* The line's node, and its folder in /sys/class/tty. */
static int show_line(struct tty *tty, struct device *parent)
{
	struct device *device = kzalloc(sizeof(*device), GFP_KERNEL);
	struct device_class *class = class_get("tty");
	int error = device && !IS_ERR(class) ? device_init(device, parent, "%s", tty->name)
					     : -ENOMEM,
	    node_error;

	if (error) {
		kfree(device);
		goto put_class;
	}
	device->release = release_line_device;
	device->class = class;
	device->devt = MKDEV(tty->driver->major, tty->driver->minor_start + tty->index);
	/* The node is there before programs are told. */
	node_error = devtmpfs_create(tty->name, 0600, device->devt);
	error = device_add(device);
	if (error) {
		if (!node_error)
			devtmpfs_remove(tty->name);
		put_device(device);
		goto put_class;
	}
	tty->device = device;
	return node_error;

put_class:
	if (!IS_ERR(class))
		class_put(class);
	return error;
}

static void hide_line(struct tty *tty)
{
	struct device_class *class;

	if (!tty->device)
		return;
	devtmpfs_remove(tty->name);
	class = (struct device_class *)tty->device->class;
	device_remove(tty->device);
	put_device(tty->device);
	class_put(class);
	tty->device = NULL;
}

struct tty *tty_create_line(struct tty_driver *driver, unsigned int index,
			    const struct tty_line *line)
{
	struct tty *tty = kzalloc(sizeof(*tty), GFP_KERNEL);
	int error;

	if (!tty)
		return ERR_PTR(-ENOMEM);
	tty_set_up(tty, driver, index, line);
	error = tty_input_init(tty);
	if (!error)
		error = n_tty_open(tty);
	if (error)
		goto free_tty;

	mutex_lock(&driver->lines_lock);
	error = xa_insert(&driver->lines, index, tty, GFP_KERNEL);
	mutex_unlock(&driver->lines_lock);
	if (error)
		goto free_tty;

	if (!driver->no_nodes) {
		error = show_line(tty, line->parent);
		if (error)
			pr_warn("tty: no node for %s: error %d\n", tty->name, error);
	}
	return tty;

free_tty:
	n_tty_free(tty);
	tty_input_free(tty);
	kfree(tty);
	return ERR_PTR(error);
}

struct tty *tty_create(struct tty_driver *driver, unsigned int index, void *driver_data)
{
	return tty_create_line(driver, index,
			       &(struct tty_line){ .ops = driver->ops,
						   .driver_data = driver_data });
}

void tty_destroy(struct tty *tty)
{
	struct tty_driver *driver = tty->driver;

	if (!driver->no_nodes)
		hide_line(tty);
	mutex_lock(&driver->lines_lock);
	xa_cmpxchg(&driver->lines, tty->index, tty, NULL, GFP_KERNEL);
	mutex_unlock(&driver->lines_lock);
	WRITE_ONCE(tty->dead, true);
	tty_vhangup(tty);
	tty_put(tty);
}

static struct tty *line_get(struct tty_driver *driver, unsigned int index, struct file *file)
{
	struct tty *tty;

	if (driver->lookup)
		return driver->lookup(driver, index, file);
	mutex_lock(&driver->lines_lock);
	tty = xa_load(&driver->lines, index);
	if (tty)
		tty_get(tty);
	mutex_unlock(&driver->lines_lock);
	return tty ?: ERR_PTR(-ENXIO);
}

/* Opens the line for the file; consumes the caller's reference on success only. */
int tty_open_line(struct tty *tty, struct file *file)
{
	struct tty_file *tf = kmalloc(sizeof(*tf), GFP_KERNEL);
	int error = 0;

	if (!tf)
		return -ENOMEM;
	if (!try_module_get(tty->module)) {
		kfree(tf);
		return -ENODEV;
	}
	mutex_lock(&tty->open_lock);
	if (tty->dead)
		error = -EIO;
	else if (tty->exclusive && tty->open_count && !capable(CAP_SYS_ADMIN))
		error = -EBUSY;
	else if (tty->ops->open && (!tty->open_count || tty->driver->type >= TTY_TYPE_PTY_MASTER))
		error = tty->ops->open(tty);
	if (!error) {
		tty->open_count++;
		tf->tty = tty;
		tf->hangup_count = tty->hangup_count;
		file->private = tf;
	}
	mutex_unlock(&tty->open_lock);
	if (error) {
		module_put(tty->module);
		kfree(tf);
	}
	return error;
}

/* True when that was the last one. */
static bool count_close(struct tty *tty, const struct tty_file *tf)
{
	if (tty_file_hung_up(tf))
		return false; /* the hang-up has closed it */
	return !--tty->open_count;
}

/* Nobody has it open: a session that it controlled has no terminal any more. */
static void last_close(struct tty *tty)
{
	tty->exclusive = false;
	tty_wait_until_sent(tty, CLOSING_WAIT_NS);
	tty_release_session(tty);
	if (tty->ops->close)
		tty->ops->close(tty);
}

static void tty_release(struct inode *inode, struct file *file)
{
	struct tty_file *tf = file->private;
	struct tty *tty = tf->tty;

	mutex_lock(&tty->open_lock);
	if (count_close(tty, tf))
		last_close(tty);
	mutex_unlock(&tty->open_lock);
	kfree(tf);
	module_put(tty->module);
	tty_put(tty);
}

static int open_and_control(struct tty *tty, struct file *file)
{
	int error;

	if (IS_ERR(tty))
		return PTR_ERR(tty);
	error = tty_open_line(tty, file);
	if (error) {
		tty_put(tty);
		return error;
	}
	if (tty->ops->wait_carrier && !(file->flags & O_NONBLOCK)) {
		error = tty->ops->wait_carrier(tty, file);
		if (error) {
			tty_release(NULL, file);
			return error;
		}
	}
	if (!(file->flags & O_NOCTTY))
		tty_open_controlling(tty, file);
	return 0;
}

static int tty_open(struct inode *inode, struct file *file)
{
	struct tty_driver *driver = chrdev_private(inode);

	nonseekable_open(inode, file);
	return open_and_control(line_get(driver, MINOR(inode->rdev) - driver->minor_start, file),
				file);
}

static ssize_t tty_read_iter(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct tty_file *tf = file->private;

	if (tty_file_hung_up(tf))
		return 0;
	return n_tty_read(tf->tty, file, to);
}

static ssize_t tty_write_iter(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct tty_file *tf = file->private;

	if (tty_file_hung_up(tf))
		return -EIO;
	return n_tty_write(tf->tty, file, from);
}

static u32 tty_poll(struct file *file, struct poll_table *table)
{
	struct tty_file *tf = file->private;
	struct tty *tty = tf->tty;

	poll_wait(file, &tty->read_wait, table);
	poll_wait(file, &tty->write_wait, table);
	if (tty_file_hung_up(tf))
		return EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDNORM | EPOLLWRNORM;
	return n_tty_poll(tty, file);
}

const struct file_operations tty_fops = {
	.llseek = no_llseek,
	.read_iter = tty_read_iter,
	.write_iter = tty_write_iter,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
	.open = tty_open,
	.release = tty_release,
};

struct tty *tty_from_file(const struct file *file)
{
	if (file->ops->read_iter != tty_read_iter)
		return NULL;
	return ((struct tty_file *)file->private)->tty;
}

/* /dev/tty: the controlling terminal of the caller. */
static int current_tty_open(struct inode *inode, struct file *file)
{
	struct tty *tty = tty_current();

	nonseekable_open(inode, file);
	file->flags |= O_NOCTTY;
	return open_and_control(tty ?: ERR_PTR(-ENXIO), file);
}

static const struct file_operations current_tty_fops = {
	.llseek = no_llseek,
	.read_iter = tty_read_iter,
	.write_iter = tty_write_iter,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
	.open = current_tty_open,
	.release = tty_release,
};

/* /dev/console never becomes a controlling terminal by being opened. */
static int console_open(struct inode *inode, struct file *file)
{
	struct tty *tty;

	nonseekable_open(inode, file);
	file->flags |= O_NOCTTY;
	mutex_lock(&drivers_lock);
	tty = console_tty ? tty_get(console_tty) : ERR_PTR(-ENODEV);
	mutex_unlock(&drivers_lock);
	return open_and_control(tty, file);
}

static const struct file_operations console_fops = {
	.llseek = no_llseek,
	.read_iter = tty_read_iter,
	.write_iter = tty_write_iter,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
	.open = console_open,
	.release = tty_release,
};

static bool is_wanted_console(const char *name)
{
	const char *value;
	size_t length;

	if (!console_preferred(&value))
		return !console_tty;
	length = strcspn(value, ",");
	return strlen(name) == length && !strncmp(value, name, length);
}

void tty_offer_console(struct tty *tty, const char *name)
{
	struct tty *old = NULL;

	mutex_lock(&drivers_lock);
	if (is_wanted_console(name)) {
		old = console_tty;
		console_tty = tty_get(tty);
	}
	mutex_unlock(&drivers_lock);
	tty_put(old);
}

void tty_vhangup(struct tty *tty)
{
	unsigned int was_open;

	tty_hangup_session(tty);
	mutex_lock(&tty->open_lock);
	was_open = tty->open_count;
	tty->open_count = 0;
	WRITE_ONCE(tty->hangup_count, tty->hangup_count + 1);
	tty_flush_output(tty);
	tty_flush_input(tty);
	down_write(&tty->termios_lock);
	if (tty->driver->type != TTY_TYPE_PTY_SLAVE && tty->driver->type != TTY_TYPE_SERIAL)
		tty->termios = tty->driver->init_termios;
	up_write(&tty->termios_lock);
	if (was_open && tty->ops->close)
		tty->ops->close(tty);
	if (tty->ops->hangup)
		tty->ops->hangup(tty);
	mutex_unlock(&tty->open_lock);
	wake_up_interruptible_all(&tty->read_wait);
	wake_up_interruptible_all(&tty->write_wait);
}

/* The caller's own terminal: everybody who has it open is cut off, as by a lost line. */
long sys_vhangup(void)
{
	struct tty *tty;

	if (!capable(CAP_SYS_TTY_CONFIG))
		return -EPERM;
	tty = tty_current();
	if (tty) {
		tty_vhangup(tty);
		tty_put(tty);
	}
	return 0;
}

void tty_hangup(struct tty *tty)
{
	tty_get(tty);
	if (!schedule_work(&tty->hangup_work))
		tty_put(tty);
}

int tty_register_driver(struct tty_driver *driver)
{
	int error;

	xa_init(&driver->lines);
	mutex_init(&driver->lines_lock);
	error = register_chrdev_ops(MKDEV(driver->major, driver->minor_start), driver->minors,
				    driver->name, &tty_fops, driver);
	if (error)
		return error;
	mutex_lock(&drivers_lock);
	list_add_tail(&driver->list, &drivers);
	mutex_unlock(&drivers_lock);
	return 0;
}

void tty_unregister_driver(struct tty_driver *driver)
{
	unregister_chrdev_ops(MKDEV(driver->major, driver->minor_start), driver->minors);
	mutex_lock(&drivers_lock);
	list_del(&driver->list);
	mutex_unlock(&drivers_lock);
	xa_destroy(&driver->lines);
}

/* /proc/tty/drivers */
static int drivers_show(struct seq_file *m, void *unused)
{
	static const char *const types[] = { "serial", "console", "pty:master", "pty:slave" };
	struct tty_driver *driver;

	mutex_lock(&drivers_lock);
	list_for_each_entry(driver, &drivers, list)
		seq_printf(m, "%-20s /dev/%-8s %3u %u-%u %s\n", driver->name, driver->dev_name,
			   driver->major, driver->minor_start,
			   driver->minor_start + driver->minors - 1, types[driver->type]);
	mutex_unlock(&drivers_lock);
	return 0;
}

/* /sys/class/tty/console/active's counterpart for programs that look in /proc. */
static int consoles_show(struct seq_file *m, void *unused)
{
	mutex_lock(&drivers_lock);
	if (console_tty)
		seq_printf(m, "%-20s -WU (EC p  )  %3u:%u\n", console_tty->name,
			   console_tty->driver->major,
			   console_tty->driver->minor_start + console_tty->index);
	mutex_unlock(&drivers_lock);
	return 0;
}

void tty_init(void)
{
	tty_jobctl_init();
	if (register_chrdev_ops(MKDEV(TTYAUX_MAJOR, 0), 1, "/dev/tty", &current_tty_fops, NULL) ||
	    register_chrdev_ops(MKDEV(TTYAUX_MAJOR, 1), 1, "/dev/console", &console_fops, NULL))
		panic("tty: cannot register /dev/tty and /dev/console");
	simple_device_create("tty", "tty", 0666, MKDEV(TTYAUX_MAJOR, 0));
	simple_device_create("tty", "console", 0600, MKDEV(TTYAUX_MAJOR, 1));
	proc_create_single("tty/drivers", 0444, drivers_show, NULL);
	proc_create_single("consoles", 0444, consoles_show, NULL);
}
