/* SPDX-License-Identifier: MIT */
/* The tty class (kit/tty.h), and programs: see fake_tty.h. */
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/module.h>
#include "fake_tty.h"
#include "internal.h"

#define BUFFER	4096u

struct tty_port {
	struct resource resource;
	struct list_head node;
	struct device *parent;
	char name[32];
	const struct tty_port_operations *ops;
	void *data;
	u8 out[BUFFER], in[BUFFER];
	u32 nr_out, nr_in, errors[TTY_BYTE_OVERRUN + 1], lines;
	/* busy: transmit runs; again: and is wanted once more */
	bool open, stopped, busy, again, told;
};

static LIST_HEAD(ports);

static struct tty_port *find(const char *name)
{
	struct tty_port *p;

	list_for_each_entry(p, &ports, node)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

static void close_port(struct tty_port *p)
{
	if (p->open && p->ops->close)
		p->ops->close(p);
	p->open = false;
}

/* Nobody finds it any more. */
static void port_hide(struct resource *resource)
{
	struct tty_port *p = container_of(resource, struct tty_port, resource);

	list_del_init(&p->node);
	close_port(p);
}

static void port_end(struct tty_port *p)
{
	port_hide(&p->resource);
	host_free(p);
}

static void port_release(struct resource *resource) { port_end(container_of(resource, struct tty_port, resource)); }

static u32 left_over_ports(void)
{
	u32 n = 0;

	while (!list_empty(&ports)) {
		struct tty_port *p = list_first_entry(&ports, struct tty_port, node);

		note("left over: port %s", p->name);
		port_end(p);
		n++;
	}
	return n;
}

static struct class tty_class = { .left_over = left_over_ports };

struct tty_port *tty_port_register(struct module *owner, struct device *parent,
				   const struct tty_port_params *params)
{
	u32 number = 0;
	struct tty_port *p;

	enter_call("tty_port_register", true);
	if (params->size > sizeof(*params))
		return ERR_PTR(-E2BIG);
	if (params->size < sizeof(*params) || !params->stem ||
	    params->operations->size < sizeof(struct tty_port_operations) ||
	    !params->operations->set_line || !params->operations->transmit)
		return ERR_PTR(-EINVAL);
	if (fault("tty_port_register"))
		return ERR_PTR(-ENOMEM);
	class_add(&tty_class);
	p = host_alloc(sizeof(*p));
	do
		snprintf(p->name, sizeof(p->name), "%s%u", params->stem, number++);
	while (find(p->name));
	p->ops = params->operations;
	p->data = params->data;
	p->parent = parent;
	list_add_tail(&p->node, &ports);
	p->resource.hide = port_hide;
	if (parent)
		resource_add(parent, &p->resource, "port", 0, port_release);
	programs_first();
	return p;
}

void tty_port_unregister(struct tty_port *port)
{
	enter_call("tty_port_unregister", true);
	if (port->parent)
		resource_drop(&port->resource);
	else
		port_end(port);
}

void *tty_port_data(const struct tty_port *port) { return port->data; }
const char *tty_port_name(const struct tty_port *port) { return port->name; }

u32 tty_port_take(struct tty_port *port, u8 *buffer, u32 room)
{
	u32 n = port->stopped ? 0 : port->nr_out < room ? port->nr_out : room;

	enter_call("tty_port_take", false);
	memcpy(buffer, port->out, n);
	memmove(port->out, port->out + n, port->nr_out - n);
	port->nr_out -= n;
	return n;
}

u32 tty_port_receive(struct tty_port *port, const u8 *bytes, u32 length, u32 how)
{
	enter_call("tty_port_receive", false);
	if (!port->open)
		complain("%s: bytes are received while it is closed", port->name);
	if (how > TTY_BYTE_OVERRUN) {
		complain("%s: bytes of kind %u", port->name, how);
		return 0;
	}
	port->errors[how] += length;
	if (how != TTY_BYTE_GOOD)
		return length;
	length = length < BUFFER - port->nr_in ? length : BUFFER - port->nr_in;
	memcpy(port->in + port->nr_in, bytes, length);
	port->nr_in += length;
	return length;
}

void tty_port_modem_changed(struct tty_port *port, u32 lines)
{
	enter_call("tty_port_modem_changed", false);
	port->lines = lines;
	port->told = true;
}

void tty_port_hangup(struct tty_port *port) { enter_call("tty_port_hangup", false); }

/* --- programs --- */

/* One call at a time; who comes meanwhile leaves word. */
static void transmit(struct tty_port *p)
{
	p->again = true;
	if (p->busy || !p->open)
		return;
	p->busy = true;
	preempt_off();
	while (p->again) {
		p->again = false;
		p->ops->transmit(p);
	}
	preempt_on();
	p->busy = false;
}

bool fake_tty_exists(const char *name) { return find(name); }

int fake_tty_open(const char *name)
{
	struct tty_settings settings = { .size = sizeof(settings),
					 .baud = 115200,
					 .data_bits = 8,
					 .stop_bits = 1,
					 .receiver = true };
	struct tty_port *p = find(name);
	int error;

	if (!p)
		return -ENOENT;
	p->open = true;
	error = p->ops->open ? p->ops->open(p) : 0;
	if (error) {
		p->open = false;
		return error;
	}
	p->ops->set_line(p, &settings);
	if (p->ops->set_modem)
		p->ops->set_modem(p, TTY_LINE_DTR | TTY_LINE_RTS);
	return 0;
}

void fake_tty_close(const char *name)
{
	if (find(name))
		close_port(find(name));
}

void fake_tty_set(const char *name, struct tty_settings *settings) { find(name)->ops->set_line(find(name), settings); }

void fake_tty_send(const char *name, const void *bytes, u32 length)
{
	struct tty_port *p = find(name);

	length = length < BUFFER - p->nr_out ? length : BUFFER - p->nr_out;
	memcpy(p->out + p->nr_out, bytes, length);
	p->nr_out += length;
	transmit(p);
}

u32 fake_tty_unsent(const char *name) { return find(name)->nr_out; }
u32 fake_tty_pending(const char *name) { return find(name)->ops->pending ? find(name)->ops->pending(find(name)) : 0; }

void fake_tty_stop(const char *name, bool stopped)
{
	find(name)->stopped = stopped;
	if (!stopped)
		transmit(find(name));
}

u32 fake_tty_received(const char *name, void *bytes, u32 room)
{
	struct tty_port *p = find(name);
	u32 n = p->nr_in < room ? p->nr_in : room;

	memcpy(bytes, p->in, n);
	memmove(p->in, p->in + n, p->nr_in - n);
	p->nr_in -= n;
	return n;
}

u32 fake_tty_errors(const char *name, u32 how) { return find(name)->errors[how]; }

u32 fake_tty_lines(const char *name)
{
	struct tty_port *p = find(name);

	return p->told || !p->ops->get_modem ? p->lines : p->ops->get_modem(p);
}

void fake_tty_break(const char *name, bool on) { find(name)->ops->set_break(find(name), on); }
