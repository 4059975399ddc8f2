// SPDX-License-Identifier: MIT
/*
 * Ports of drivers: names and numbers, registration and its end. See tty_port.h.
 *
 * Ports with one stem share a range of numbers: "ttyS" with the ports of the board (serial.c),
 * others get a range when their first port comes, and keep it: lines that are still open refer to
 * it.
 */
#include "tty_port.h"

#include <fs/chrdev.h>
#include <kernel/log.h>
#include <kernel/module.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/major.h>

#define LINES_OF_STEM	256u

static DEFINE_MUTEX(stems_lock); /* which ranges there are; taken before a driver's lines_lock */
static LIST_HEAD(stems);	 /* stems_lock */

struct stem {
	struct list_head node;	   /* stems_lock */
	struct tty_driver *driver; /* I */
};

/* Numbers that Linux's devices.txt gives to names. */
static const struct {
	const char *name;
	unsigned int major;
} known_stems[] = {
	{ "ttyACM", 166 },
	{ "ttyUSB", 188 },
};

static int add_stem(struct tty_driver *driver)
{
	struct stem *stem = kzalloc(sizeof(*stem), GFP_KERNEL);

	if (!stem)
		return -ENOMEM;
	stem->driver = driver;
	list_add_tail(&stem->node, &stems);
	return 0;
}

void tty_port_share(struct tty_driver *driver)
{
	mutex_lock(&stems_lock);
	if (add_stem(driver))
		pr_err("tty: no memory to share %s\n", driver->dev_name);
	mutex_unlock(&stems_lock);
}

static int major_for(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_stems); i++)
		if (!strcmp(known_stems[i].name, name))
			return known_stems[i].major;
	return alloc_chrdev_major();
}

static struct tty_driver *make_stem(const char *name)
{
	struct tty_driver *driver = kzalloc(sizeof(*driver), GFP_KERNEL);
	char *text = kstrdup(name, GFP_KERNEL);
	int error = -ENOMEM, major;

	if (!driver || !text)
		goto free;
	error = major = major_for(name);
	if (error < 0)
		goto free;
	*driver = (struct tty_driver){
		.name = text,
		.dev_name = text,
		.major = major,
		.minors = LINES_OF_STEM,
		.type = TTY_TYPE_SERIAL,
		.ops = &tty_port_ops,
		.init_termios = tty_std_termios,
	};
	tty_termios_encode_baud(&driver->init_termios, 9600, 9600);
	driver->init_termios.c_cflag |= CLOCAL;
	error = tty_register_driver(driver);
	if (error)
		goto free;
	error = add_stem(driver);
	if (!error)
		return driver;
	tty_unregister_driver(driver);
free:
	kfree(text);
	kfree(driver);
	return ERR_PTR(error);
}

/* stems_lock held. */
static struct tty_driver *find_stem(const char *name)
{
	struct stem *stem;

	list_for_each_entry(stem, &stems, node)
		if (!strcmp(stem->driver->dev_name, name))
			return stem->driver;
	return make_stem(name);
}

static bool is_taken(struct tty_driver *driver, unsigned int index)
{
	bool taken;

	mutex_lock(&driver->lines_lock);
	taken = xa_load(&driver->lines, index) != NULL;
	mutex_unlock(&driver->lines_lock);
	return taken;
}

static struct tty *make_line(const char *stem, const struct tty_line *line)
{
	struct tty *tty = ERR_PTR(-ENOSPC);
	struct tty_driver *driver;
	unsigned int index = 0;

	mutex_lock(&stems_lock);
	driver = find_stem(stem);
	if (IS_ERR(driver)) {
		tty = ERR_CAST(driver);
	} else {
		while (index < driver->minors && is_taken(driver, index))
			index++;
		if (index < driver->minors)
			tty = tty_create_line(driver, index, line);
	}
	mutex_unlock(&stems_lock);
	return tty;
}

/* The hang-up calls the driver's close; after that no call is made. The port stays until the reference to its tty that is kept here goes. */
static void hide(struct owned_resource *resource)
{
	struct tty_port *port = container_of(resource, struct tty_port, resource);

	tty_destroy(tty_get(port->tty));
	mutex_lock(&port->lock); /* a call that was under way has ended */
	mutex_unlock(&port->lock);
}

/* The owner lets go, or tty_port_unregister() was called. */
static void shut_down(struct owned_resource *resource)
{
	struct tty_port *port = container_of(resource, struct tty_port, resource);

	if (!resource->hidden)
		hide(resource);
	cancel_work_sync(&port->kick_work);
	tty_put(port->tty);
}

void tty_port_unregister(struct tty_port *port)
{
	might_sleep();
	if (resource_remove(port->owner, &port->resource))
		shut_down(&port->resource);
}

static void kick_work(struct work_struct *work)
{
	tty_port_kick(container_of(work, struct tty_port, kick_work));
}

static int check_params(const struct tty_port_params *params, struct tty_port_params *p,
			struct tty_port_operations *ops)
{
	int error = KIT_COPY("tty_port_params", p, params, kind);

	if (error)
		return error;
	if (!p->stem || !*p->stem || strlen(p->stem) > 15 || strchr(p->stem, '/') || !p->operations)
		return -EINVAL;
	error = KIT_COPY("tty_port_operations", ops, p->operations, pending);
	if (error)
		return error;
	return ops->transmit && ops->set_line ? 0 : -EINVAL;
}

static struct tty_port *make_port(const struct tty_port_params *p,
				  const struct tty_port_operations *ops)
{
	struct tty_port *port = kzalloc(sizeof(*port), GFP_KERNEL);

	if (!port)
		return NULL;
	port->ops = *ops;
	port->data = p->data;
	port->max_baud = p->max_baud;
	port->kind = kstrdup(p->kind ?: "unknown", GFP_KERNEL);
	port->ring = kmalloc(TTY_PORT_RING, GFP_KERNEL);
	port->resource.release = shut_down;
	port->resource.hide = hide;
	port->resource.what = "serial port";
	mutex_init(&port->lock);
	spin_lock_init(&port->ring_lock, LOCK_RANK_TTY_PORT);
	init_waitqueue_head(&port->modem_wait);
	INIT_WORK(&port->kick_work, kick_work);
	if (port->kind && port->ring)
		return port;
	kfree(port->ring);
	kfree(port->kind);
	kfree(port);
	return NULL;
}

struct tty_port *tty_port_register(struct module *owner, struct device *parent,
				   const struct tty_port_params *params)
{
	struct tty_port_operations ops;
	struct tty_port_params p;
	struct tty_port *port;
	struct tty *tty;
	int error = check_params(params, &p, &ops);

	might_sleep();
	if (error)
		return ERR_PTR(error);
	port = make_port(&p, &ops);
	if (!port)
		return ERR_PTR(-ENOMEM);
	port->owner = parent ? &parent->resources : module_resources(owner);
	tty = make_line(p.stem, &(struct tty_line){ .ops = &tty_port_ops,
						    .parent = parent,
						    .module = owner,
						    .driver_data = port });
	if (IS_ERR(tty)) {
		kfree(port->ring);
		kfree(port->kind);
		kfree(port);
		return ERR_CAST(tty);
	}
	port->tty = tty; /* a program that was quicker has set it: open */
	resource_add(port->owner, &port->resource);
	return port;
}

void *tty_port_data(const struct tty_port *port)
{
	return port->data;
}

const char *tty_port_name(const struct tty_port *port)
{
	return port->tty->name;
}

EXPORT_KIT(tty_port_register, 0, 9);
EXPORT_KIT(tty_port_unregister, 0, 9);
EXPORT_KIT(tty_port_data, 0, 9);
EXPORT_KIT(tty_port_name, 0, 9);
