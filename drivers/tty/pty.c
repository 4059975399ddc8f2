// SPDX-License-Identifier: MIT
/*
 * Pseudo-terminals (pty(7)): two ttys back to back. What is written to one end is received by the other.
 *
 * Opening /dev/ptmx makes a pair; the slave's node appears in devpts. The ends point to each other without references, so their memory goes
 * together: pair_ends counts the ends that are alive. other_closed says which end is gone; a slave may come back (its next open clears
 * the master's mark), a master may not.
 *
 * Lock order across a pair: master.output_lock, slave.receive_lock, slave.output_lock, master.receive_lock.
 */
#include "internal.h"

#include <fs/chrdev.h>
#include <fs/devpts.h>
#include <fs/poll.h>
#include <kernel/log.h>
#include <kernel/signal.h>
#include <lib/err.h>
#include <lib/idr.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>
#include <uapi/ioctls.h>
#include <uapi/major.h>

static DEFINE_MUTEX(indices_lock);
static DEFINE_IDA(indices); /* indices_lock */

static struct tty_driver master_driver, slave_driver;

bool tty_is_pty_master(const struct tty *tty)
{
	return tty->driver == &master_driver;
}

static size_t pty_write(struct tty *tty, const u8 *bytes, size_t len)
{
	return READ_ONCE(tty->stopped) ? 0 : tty_receive(tty->link, bytes, len);
}

static size_t pty_write_room(struct tty *tty)
{
	return READ_ONCE(tty->stopped) ? 0 : n_tty_room(tty->link);
}

/* What the slave's discipline did, for a master in packet mode: TIOCPKT_*. */
void pty_packet_event(struct tty *slave, u8 status)
{
	static const u8 opposite[][2] = {
		{ TIOCPKT_STOP, TIOCPKT_START },
		{ TIOCPKT_DOSTOP, TIOCPKT_NOSTOP },
	};
	struct tty *master = slave->link;
	unsigned long flags;

	spin_lock_irqsave(&master->ctrl_lock, flags);
	for (size_t i = 0; i < ARRAY_SIZE(opposite); i++) {
		if (status == opposite[i][0])
			master->packet_status &= ~opposite[i][1];
		if (status == opposite[i][1])
			master->packet_status &= ~opposite[i][0];
	}
	master->packet_status |= status;
	spin_unlock_irqrestore(&master->ctrl_lock, flags);
	wake_up_interruptible_poll(&master->read_wait, EPOLLIN | EPOLLPRI | EPOLLRDNORM);
}

static void wake_both_ways(struct tty *tty)
{
	wake_up_interruptible_all(&tty->read_wait);
	wake_up_interruptible_all(&tty->write_wait);
}

static int slave_open(struct tty *slave)
{
	/* Without a link: by its number, before the pair is whole. */
	if (!smp_load_acquire(&slave->link) || READ_ONCE(slave->pty_locked) ||
	    READ_ONCE(slave->other_closed))
		return -EIO;
	WRITE_ONCE(slave->link->other_closed, false);
	return 0;
}

static void slave_close(struct tty *slave)
{
	WRITE_ONCE(slave->link->other_closed, true);
	wake_both_ways(slave->link);
}

static void master_close(struct tty *master)
{
	struct tty *slave = master->link;

	devpts_remove(slave->index);
	WRITE_ONCE(slave->other_closed, true);
	tty_destroy(slave);
	mutex_lock(&master_driver.lines_lock);
	xa_erase(&master_driver.lines, master->index);
	mutex_unlock(&master_driver.lines_lock);
	mutex_lock(&indices_lock);
	ida_free(&indices, master->index);
	mutex_unlock(&indices_lock);
}

static long set_lock(struct tty *master, const int __user *arg)
{
	int locked;

	if (get_user(locked, arg))
		return -EFAULT;
	/* lint: uninitvar: get_user() sets it */
	WRITE_ONCE(master->link->pty_locked, locked != 0);
	return 0;
}

static long set_packet(struct tty *master, const int __user *arg)
{
	int on;

	if (get_user(on, arg))
		return -EFAULT;
	spin_lock_irq(&master->ctrl_lock);
	/* lint: uninitvar: get_user() sets it */
	if (on && !master->packet)
		master->packet_status = 0;
	master->packet = on != 0;
	spin_unlock_irq(&master->ctrl_lock);
	return 0;
}

static long master_ioctl(struct tty *master, struct file *file, unsigned int command,
			 unsigned long arg)
{
	int __user *p = (int __user *)arg;

	switch (command) {
	case TIOCGPTN: return put_user(master->index, (unsigned int __user *)p);
	case TIOCSPTLCK: return set_lock(master, p);
	case TIOCGPTLCK: return put_user((int)READ_ONCE(master->link->pty_locked), p);
	case TIOCPKT: return set_packet(master, p);
	case TIOCGPKT: return put_user((int)READ_ONCE(master->packet), p);
	case TIOCSIG:
		if (arg != SIGINT && arg != SIGQUIT && arg != SIGTSTP)
			return -EINVAL;
		tty_signal_pgrp(master->link, arg);
		return 0;
	case TIOCGPTPEER: return devpts_open_peer(master->index, arg);
	default: return -ENOIOCTLCMD;
	}
}

static const struct tty_operations master_ops = {
	.close = master_close,
	.write = pty_write,
	.write_room = pty_write_room,
	.ioctl = master_ioctl,
};

/* A pty has no line to set up: what the hardware would refuse stays off. */
static void slave_set_termios(struct tty *slave, const struct ktermios *old)
{
	slave->termios.c_cflag &= ~(CSIZE | PARENB);
	slave->termios.c_cflag |= CS8 | CREAD;
}

static const struct tty_operations slave_ops = {
	.open = slave_open,
	.close = slave_close,
	.write = pty_write,
	.write_room = pty_write_room,
	.set_termios = slave_set_termios,
};

/* A master is reached through /dev/ptmx alone, never by its number. */
static struct tty *master_lookup(struct tty_driver *driver, unsigned int index, struct file *file)
{
	return ERR_PTR(-EIO);
}

static struct tty_driver master_driver = {
	.name = "pty_master",
	.lookup = master_lookup,
	.dev_name = "ptm",
	.major = UNIX98_PTY_MASTER_MAJOR,
	.minors = 1u << 20,
	.type = TTY_TYPE_PTY_MASTER,
	.ops = &master_ops,
	.no_nodes = true,
};

static struct tty_driver slave_driver = {
	.name = "pty_slave",
	.dev_name = "pts/",
	.major = UNIX98_PTY_SLAVE_MAJOR,
	.minors = 1u << 20,
	.type = TTY_TYPE_PTY_SLAVE,
	.ops = &slave_ops,
	.no_nodes = true,
};

#define PTY_MASTER	1	/* level of its locks for the lock checker */

/* The master of a new pair with the caller's reference; the driver's own references are the ones dropped on close. */
static struct tty *pair_create(unsigned int index)
{
	struct tty *master, *slave;

	master = tty_create(&master_driver, index, NULL);
	if (IS_ERR(master))
		return master;
	slave = tty_create(&slave_driver, index, NULL);
	if (IS_ERR(slave)) {
		tty_destroy(master);
		return slave;
	}
	/* Across a pair the master's locks come first, but for receive_lock, which is last: see above. */
	lock_checks_set_level(&master->open_lock.checks, PTY_MASTER);
	lock_checks_set_level(&master->termios_lock.checks, PTY_MASTER);
	lock_checks_set_level(&master->receive_lock.checks, PTY_MASTER);
	lock_checks_set_level(&master->read_lock.checks, PTY_MASTER);
	lock_checks_set_level(&master->output_lock.checks, PTY_MASTER);
	slave->pty_locked = true;
	refcount_set(&master->pair_ends, 2);
	master->pair_count = slave->pair_count = &master->pair_ends;
	master->link = slave;
	smp_store_release(&slave->link, master);
	return master;
}

static int ptmx_open(struct inode *inode, struct file *file)
{
	struct tty *master;
	int index, error;

	nonseekable_open(inode, file);
	mutex_lock(&indices_lock);
	index = ida_alloc_range(&indices, 0, (1 << 20) - 1, GFP_KERNEL);
	mutex_unlock(&indices_lock);
	if (index < 0)
		return index;
	master = pair_create(index);
	if (IS_ERR(master)) {
		error = PTR_ERR(master);
		goto free_index;
	}
	error = devpts_create(index, MKDEV(UNIX98_PTY_SLAVE_MAJOR, index));
	if (error)
		goto destroy_pair;
	file->flags |= O_NOCTTY;
	error = tty_open_line(master, file);
	if (error)
		goto remove_node;
	return 0;

remove_node:
	devpts_remove(index);
destroy_pair:
	WRITE_ONCE(master->link->other_closed, true);
	tty_destroy(master->link);
	tty_destroy(master);
free_index:
	mutex_lock(&indices_lock);
	ida_free(&indices, index);
	mutex_unlock(&indices_lock);
	return error;
}

static struct file_operations ptmx_fops;

void pty_init(void)
{
	master_driver.init_termios = tty_std_termios;
	master_driver.init_termios.c_iflag = 0;
	master_driver.init_termios.c_oflag = 0;
	master_driver.init_termios.c_cflag = B38400 | CS8 | CREAD;
	master_driver.init_termios.c_lflag = 0;
	slave_driver.init_termios = tty_std_termios;
	slave_driver.init_termios.c_cflag = B38400 | CS8 | CREAD;
	ptmx_fops = tty_fops;
	ptmx_fops.open = ptmx_open;
	if (tty_register_driver(&master_driver) || tty_register_driver(&slave_driver) ||
	    register_chrdev_ops(MKDEV(TTYAUX_MAJOR, 2), 1, "/dev/ptmx", &ptmx_fops, NULL))
		panic("pty: cannot register");
	simple_device_create("tty", "ptmx", 0666, MKDEV(TTYAUX_MAJOR, 2));
}
