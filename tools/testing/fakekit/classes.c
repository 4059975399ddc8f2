/* SPDX-License-Identifier: MIT */
/* The classes char and input: the core's side, and the programs that use their devices. */
#include <kit/char.h>
#include <kit/input.h>
#include <kit/memory.h>
#include "internal.h"

/* --- char --- */

struct char_device {
	struct resource resource;
	struct list_head node, files;
	struct device *parent;
	char name[64];
	const struct char_operations *ops;
	void *data;
	u32 inside; /* calls of the driver that run */
	/* counts char_ready: none is lost between -EAGAIN and the sleep */
	u32 news;
	bool gone;
};

struct fake_file { u32 unused; };

struct char_file {
	struct fake_file handle;
	struct list_head node;
	struct char_device *device; /* NULL: it has gone */
	u32 flags;
	void *data;
	u64 position;
	bool closing;
};

static LIST_HEAD(chars);

/* What a program sees by mmap. It outlives file and device. */
struct fake_mapping {
	struct list_head node;
	struct char_device *device; /* NULL: it has gone */
	bool is_registers, combines;
	u32 access;
	u64 length;
	u32 index; /* registers: which range of the parent; buffer: its size */
	u64 start; /* where in it the mapping begins */
	const void *
		piece; /* buffer: what the driver has got; NULL: freed, and bytes are the program's alone */
	u8 *bytes;
};

/* The question to a driver, and its answer. */
struct char_mapping {
	struct char_device *device;
	u64 offset, length;
	u32 flags;
	struct fake_mapping *answer;
};

static LIST_HEAD(maps);

static void file_close(struct char_file *f)
{
	struct char_device *d = f->device;

	/* The program and the device's end may both be at it. */
	while (f->closing)
		sleep_on(f, 0);
	if (!f->device)
		return;
	f->closing = true;
	list_del(&f->node);
	if (d->ops->close)
		d->ops->close(f);
	f->device = NULL;
	f->closing = false;
	wake(f, true);
}

static void char_hide(struct char_device *d)
{
	struct fake_mapping *m;

	d->gone = true;
	list_for_each_entry(m, &maps, node)
		if (m->device == d)
			m->device = NULL;
	wake(d, true);
	while (d->inside)
		sleep_on(&d->inside, now() + 1000);
}

static void char_hide_resource(struct resource *resource) { char_hide(container_of(resource, struct char_device, resource)); }

static void char_end(struct char_device *d)
{
	char_hide(d);
	while (!list_empty(&d->files))
		file_close(list_first_entry(&d->files, struct char_file, node));
	list_del(&d->node);
	host_free(d);
}

static void char_release(struct resource *resource) { char_end(container_of(resource, struct char_device, resource)); }

static bool lies_in(u32 at, u32 length, u32 bytes) { return at <= bytes && length <= bytes - at; }

static bool nested_is_sound(const struct char_command *c, const struct char_nested *n)
{
	return n->size >= sizeof(*n) && !n->reserved && n->direction &&
	       !(n->direction & ~(CHAR_NESTED_IN | CHAR_NESTED_OUT)) && n->most_bytes &&
	       n->most_bytes <= 4u << 20 && lies_in(n->pointer_at, 8, c->bytes_in) &&
	       (!n->length_bytes || ((n->length_bytes == 4 || n->length_bytes == 8) &&
				     lies_in(n->length_at, n->length_bytes, c->bytes_in)));
}

static const struct char_nested *nested_at(const struct char_command *c, u32 i)
{
	return (const struct char_nested *)((const char *)c->nested + i * c->nested->size);
}

static bool commands_are_sound(const struct char_operations *ops)
{
	const struct char_command *c = ops->commands;

	for (u32 i = 0; i < ops->nr_commands;
	     i++, c = (const struct char_command *)((const char *)c + c->size)) {
		if (c->reserved || !c->run == !c->nr_nested || !c->run_nested == !!c->nr_nested ||
		    c->nr_nested > 8)
			return false;
		for (u32 n = 0; n < c->nr_nested; n++)
			if (!c->nested || !nested_is_sound(c, nested_at(c, n)))
				return false;
	}
	return true;
}

struct char_device *char_register(struct module *owner, struct device *parent,
				  const struct char_params *params)
{
	struct char_device *d;

	enter_call("char_register", true);
	if (params->size < sizeof(*params) || !params->name || !params->operations ||
	    params->operations->size < sizeof(struct char_operations) ||
	    !commands_are_sound(params->operations))
		return ERR_PTR(-EINVAL);
	list_for_each_entry(d, &chars, node)
		if (!strcmp(d->name, params->name))
			return ERR_PTR(-EEXIST);
	if (fault("char_register"))
		return ERR_PTR(-ENOMEM);
	d = host_alloc(sizeof(*d));
	INIT_LIST_HEAD(&d->files);
	d->parent = parent;
	d->ops = params->operations;
	d->data = params->data;
	strscpy(d->name, params->name, sizeof(d->name));
	list_add_tail(&d->node, &chars);
	d->resource.hide = char_hide_resource;
	if (parent)
		resource_add(parent, &d->resource, "char device", 0, char_release);
	/* Programs use it before the driver knows what it has got. */
	programs_first();
	return d;
}

void char_unregister(struct char_device *device)
{
	enter_call("char_unregister", true);
	if (device->inside && is_atomic())
		complain("char_unregister from the device's own call");
	if (device->parent)
		resource_drop(&device->resource);
	else
		char_end(device);
}

void char_ready(struct char_device *device, u32 events)
{
	enter_call("char_ready", false);
	device->news++;
	wake(device, true);
}

void char_file_ready(struct char_file *file, u32 events)
{
	enter_call("char_file_ready", false);
	if (!file->device)
		return;
	file->device->news++;
	wake(file->device, true);
}

void *char_data(const struct char_device *device) { return device->data; }
struct char_device *char_file_device(const struct char_file *file) { return file->device; }
void char_file_set_data(struct char_file *file, void *data) { file->data = data; }
void *char_file_data(const struct char_file *file) { return file->data; }
bool char_file_readable(const struct char_file *file) { return file->flags & 1; }
bool char_file_writable(const struct char_file *file) { return file->flags & 2; }

static struct char_file *file_of(struct fake_file *file) { return container_of(file, struct char_file, handle); }

struct fake_file *fake_open(const char *name, u32 flags, int *error)
{
	struct char_device *d, *found = NULL;
	struct char_file *f;

	*error = -ENOENT;
	list_for_each_entry(d, &chars, node)
		if (!strcmp(d->name, name))
			found = d;
	if (!found)
		return NULL;
	*error = -EBUSY;
	if (found->ops->flags & CHAR_EXCLUSIVE && !list_empty(&found->files))
		return NULL;
	f = host_alloc(sizeof(*f));
	f->device = found;
	f->flags = flags;
	list_add_tail(&f->node, &found->files);
	*error = found->ops->open ? found->ops->open(f) : 0;
	if (*error) {
		list_del(&f->node);
		host_free(f);
		return NULL;
	}
	return &f->handle;
}

static ssize_t move(struct char_file *f, void *in, const void *out, size_t length)
{
	for (;;) {
		struct char_device *d = f->device;
		ssize_t n;
		u32 news;

		if (!d || d->gone)
			return -ENODEV;
		if (in ? !d->ops->read : !d->ops->write)
			return -EINVAL;
		news = d->news;
		d->inside++;
		n = in ? d->ops->read(f, in, length, f->position)
		       : d->ops->write(f, out, length, f->position);
		d->inside--;
		if (n > (ssize_t)length)
			complain("read or write moved more bytes than were asked for");
		if (is_atomic())
			complain("a call of the driver ended with a lock held");
		if (n > 0 && d->ops->flags & CHAR_SEEKABLE)
			f->position += (u64)n;
		if (n != -EAGAIN || f->flags & 4)
			return n;
		if (news == d->news && !d->gone)
			sleep_on(d, 0);
	}
}

ssize_t fake_read(struct fake_file *file, void *buffer, size_t length) { return move(file_of(file), buffer, NULL, length); }
ssize_t fake_write(struct fake_file *file, const void *buffer, size_t length) { return move(file_of(file), NULL, buffer, length); }

static const struct char_command *command_of(const struct char_operations *ops, u32 command)
{
	const struct char_command *c = ops->commands;

	/* The stride is what the driver's own table says. */
	for (u32 i = 0; i < ops->nr_commands;
	     i++, c = (const struct char_command *)((const char *)c + c->size))
		if (c->command == command)
			return c;
	return NULL;
}

/* A program's memory is the test's: an address is a pointer. */
static void *program_memory(u64 address) { return (void *)(unsigned long)address; }

static s64 run_nested(struct char_file *f, const struct char_command *c, u8 *argument)
{
	struct char_buffer buffers[8], given[8];
	u64 addresses[8];
	s64 result;

	for (u32 i = 0; i < c->nr_nested; i++) {
		const struct char_nested *n = nested_at(c, i);
		u64 count = 0;

		memcpy(&addresses[i], argument + n->pointer_at, 8);
		memcpy(&count, argument + n->length_at, n->length_bytes);
		if (count > n->most_bytes / (n->unit_bytes ?: 1))
			return -EINVAL;
		given[i].length = n->length_bytes ? count * (n->unit_bytes ?: 1) : n->most_bytes;
	}
	for (u32 i = 0; i < c->nr_nested; i++) {
		const struct char_nested *n = nested_at(c, i);

		given[i].data = given[i].length ? host_alloc(given[i].length) : NULL;
		if (given[i].length && n->direction & CHAR_NESTED_IN)
			memcpy(given[i].data, program_memory(addresses[i]), given[i].length);
		memset(argument + n->pointer_at, 0, 8);
		buffers[i] = given[i];
	}
	result = c->run_nested(f, argument, buffers);
	for (u32 i = 0; i < c->nr_nested; i++) {
		const struct char_nested *n = nested_at(c, i);

		memcpy(argument + n->pointer_at, &addresses[i], 8);
		if (buffers[i].length > given[i].length)
			complain("a nested buffer is %llu bytes long after the call, and was %llu",
				 (unsigned long long)buffers[i].length,
				 (unsigned long long)given[i].length);
		else if (result >= 0 && buffers[i].length && n->direction & CHAR_NESTED_OUT)
			memcpy(program_memory(addresses[i]), given[i].data, buffers[i].length);
		host_free(given[i].data);
	}
	return result;
}

s64 fake_ioctl(struct fake_file *file, u32 command, void *argument)
{
	struct char_file *f = file_of(file);
	const struct char_command *c;
	size_t size;
	void *copy;
	s64 result;

	if (!f->device || f->device->gone)
		return -ENODEV;
	c = command_of(f->device->ops, command);
	if (!c)
		return -ENOTTY;
	size = c->bytes_in > c->bytes_out ? c->bytes_in : c->bytes_out;
	if (!size)
		return c->run(f, NULL, (u64)(unsigned long)argument);
	copy = host_alloc(size);
	memcpy(copy, argument, c->bytes_in);
	result = c->nr_nested ? run_nested(f, c, copy) : c->run(f, copy, 0);
	if (result >= 0)
		memcpy(argument, copy, c->bytes_out);
	host_free(copy);
	return result;
}

u32 fake_poll(struct fake_file *file)
{
	struct char_file *f = file_of(file);
	u32 events;

	if (!f->device || f->device->gone)
		return CHAR_HANGUP | CHAR_ERROR;
	if (!f->device->ops->poll)
		return CHAR_READABLE | CHAR_WRITABLE;
	/* poll may not sleep: the core calls it where it cannot. */
	interrupts_off();
	events = f->device->ops->poll(f);
	interrupts_on();
	return events;
}

void fake_close(struct fake_file *file)
{
	struct char_file *f = file_of(file);

	file_close(f);
	host_free(f);
}

/* --- mmap --- */

static bool lies_within(const struct char_mapping *m, u64 at, u64 size)
{
	return m->offset >= at && m->offset - at < size && m->length <= size - (m->offset - at);
}

static struct fake_mapping *answer(struct char_mapping *m, u32 flags)
{
	m->flags = flags;
	m->answer = host_alloc(sizeof(*m->answer));
	m->answer->device = m->device;
	m->answer->length = m->length;
	m->answer->combines = flags & CHAR_MAP_COMBINES;
	return m->answer;
}

int char_map_buffer(struct char_mapping *m, u64 position, void *buffer, size_t size, u32 flags)
{
	struct fake_mapping *a;
	size_t room, whole = (size + 4095) & ~4095ul;

	enter_call("char_map_buffer", true);
	room = tracked_size(buffer, "vzalloc");
	if (!room && m->device->parent)
		room = dma_buffer_size(m->device->parent, buffer);
	if (m->answer || position % 4096 || !size || size > ((room + 4095) & ~4095ul) ||
	    flags & ~CHAR_MAP_READ_ONLY)
		return -EINVAL;
	if (!lies_within(m, position, whole))
		return -ENXIO;
	if (fault("char_map_buffer"))
		return -ENOMEM;
	a = answer(m, flags);
	a->piece = buffer;
	a->bytes = buffer;
	a->start = m->offset - position;
	a->index = (u32)room;
	return 0;
}

int char_map_range(struct char_mapping *m, u64 position, u32 index, u64 offset, u64 size, u32 flags)
{
	u64 length = m->device->parent ? range_size(m->device->parent, index) : 0;
	struct fake_mapping *a;

	enter_call("char_map_range", true);
	if (!length)
		return -ENXIO;
	if (m->answer || !size || offset >= length || size > length - offset ||
	    (position | size | offset) % 4096 ||
	    flags & ~(CHAR_MAP_READ_ONLY | CHAR_MAP_COMBINES) || !lies_within(m, position, size))
		return -EINVAL;
	if (fault("char_map_range"))
		return -ENOMEM;
	a = answer(m, flags);
	a->is_registers = true;
	a->index = index;
	a->start = offset + m->offset - position;
	return 0;
}

struct fake_mapping *fake_mmap(struct fake_file *file, u64 offset, u64 length, u32 access,
			       int *error)
{
	struct char_file *f = file_of(file);
	struct char_device *d = f->device;
	struct char_mapping m = { .device = d, .offset = offset, .length = length };

	*error = !d || d->gone					      ? -ENODEV
		 : !(f->flags & 1) || (access & 2 && !(f->flags & 2)) ? -EACCES
		 : !d->ops->map					      ? -ENODEV
								      : 0;
	if (*error)
		return NULL;
	d->inside++;
	*error = d->ops->map(f, &m, offset, length);
	d->inside--;
	if (is_atomic())
		complain("a call of the driver ended with a lock held");
	if (!*error && !m.answer) {
		complain("map() has said that it shows something, and has not");
		*error = -EIO;
	}
	if (!*error && access & 2 && m.flags & CHAR_MAP_READ_ONLY)
		*error = -EACCES;
	if (*error) {
		host_free(m.answer);
		return NULL;
	}
	m.answer->access = access;
	list_add_tail(&m.answer->node, &maps);
	return m.answer;
}

void fake_munmap(struct fake_mapping *m)
{
	list_del(&m->node);
	if (!m->is_registers && !m->piece)
		host_free(m->bytes);
	host_free(m);
}

/* The driver frees the buffer: its pages stay for the programs that see it. */
void maps_memory_goes(const void *start)
{
	struct fake_mapping *m;

	list_for_each_entry(m, &maps, node) {
		u8 *copy;

		if (!m->piece || m->piece != start)
			continue;
		copy = host_alloc(m->index);
		memcpy(copy, m->bytes, m->index);
		m->bytes = copy;
		m->piece = NULL;
	}
}

static bool mapped_access(struct fake_mapping *m, u64 at, u32 bytes, u64 *value, bool is_write)
{
	if (at + bytes > m->length || !(m->access & (is_write ? 2 : 1)))
		complain("the test touches what it has not mapped so");
	if (!m->device)
		return false;
	if (m->is_registers) {
		*value = range_access(m->device->parent, m->index, m->start + at, bytes, is_write,
				      *value);
		return true;
	}
	/* Behind the buffer's own bytes its last page is zero, and nobody's. */
	if (m->start + at + bytes > m->index) {
		*value = 0;
		return true;
	}
	memcpy(is_write ? (void *)(m->bytes + m->start + at) : (void *)value,
	       is_write ? (void *)value : (void *)(m->bytes + m->start + at), bytes);
	return true;
}

bool fake_mapped_read(struct fake_mapping *m, u64 at, u32 bytes, u64 *value)
{
	*value = 0;
	return mapped_access(m, at, bytes, value, false);
}

bool fake_mapped_write(struct fake_mapping *m, u64 at, u32 bytes, u64 value) { return mapped_access(m, at, bytes, &value, true); }
bool fake_mapped_combines(const struct fake_mapping *m) { return m->combines; }

/* --- input --- */

struct input_device {
	struct resource resource;
	struct list_head node, events;
	char name[64];
	struct input_capability *capabilities;
	u32 nr_capabilities;
	void (*event)(struct input_device *input, u32 type, u32 code, s32 value);
	void *data;
	u8 keys[96]; /* bit: down */
};

struct queued_event { struct list_head node; struct fake_event event; };

static LIST_HEAD(inputs);

static void input_hide(struct resource *resource) { container_of(resource, struct input_device, resource)->event = NULL; }

static void input_release(struct resource *resource)
{
	struct input_device *i = container_of(resource, struct input_device, resource);

	while (!list_empty(&i->events)) {
		struct queued_event *q = list_first_entry(&i->events, struct queued_event, node);

		list_del(&q->node);
		host_free(q);
	}
	list_del(&i->node);
	host_free(i->capabilities);
	host_free(i);
}

struct input_device *input_register(struct device *parent, const struct input_params *params)
{
	struct input_device *i;

	enter_call("input_register", true);
	if (params->size < sizeof(*params) || !params->name ||
	    (params->nr_capabilities && !params->capabilities))
		return ERR_PTR(-EINVAL);
	if (fault("input_register"))
		return ERR_PTR(-ENOMEM);
	i = host_alloc(sizeof(*i));
	INIT_LIST_HEAD(&i->events);
	strscpy(i->name, params->name, sizeof(i->name));
	i->nr_capabilities = params->nr_capabilities;
	i->capabilities = host_alloc(params->nr_capabilities * sizeof(*i->capabilities));
	memcpy(i->capabilities, params->capabilities,
	       params->nr_capabilities * sizeof(*i->capabilities));
	i->event = params->event;
	i->data = params->data;
	list_add_tail(&i->node, &inputs);
	i->resource.hide = input_hide;
	resource_add(parent, &i->resource, "input device", 0, input_release);
	return i;
}

static bool can_send(const struct input_device *i, u32 type, u32 code)
{
	for (u32 n = 0; n < i->nr_capabilities; n++)
		if (i->capabilities[n].type == type && i->capabilities[n].code == code)
			return true;
	return false;
}

static void queue_event(struct input_device *i, u32 type, u32 code, s32 value)
{
	struct queued_event *q = host_alloc(sizeof(*q));

	q->event = (struct fake_event){ (u16)type, (u16)code, value };
	list_add_tail(&q->node, &i->events);
}

#define EV_KEY	1
#define EV_REL	2

void input_report(struct input_device *input, u32 type, u32 code, s32 value)
{
	enter_call("input_report", false);
	if (!can_send(input, type, code) || (type == EV_REL && !value))
		return;
	if (type == EV_KEY && code / 8 < sizeof(input->keys)) {
		if (!!(input->keys[code / 8] & 1 << code % 8) == !!value)
			return;
		input->keys[code / 8] ^= (u8)(1 << code % 8);
	}
	queue_event(input, type, code, value);
}

void input_sync(struct input_device *input)
{
	enter_call("input_sync", false);
	if (!list_empty(&input->events) &&
	    container_of(input->events.prev, struct queued_event, node)->event.type)
		queue_event(input, 0, 0, 0);
}

void *input_data(const struct input_device *input) { return input->data; }

static struct input_device *input_of(u32 index)
{
	struct input_device *i;

	list_for_each_entry(i, &inputs, node)
		if (!index--)
			return i;
	return NULL;
}

u32 fake_nr_inputs(void)
{
	u32 n = 0;

	while (input_of(n))
		n++;
	return n;
}

bool fake_event(u32 index, struct fake_event *event)
{
	struct input_device *i = input_of(index);
	struct queued_event *q;

	if (!i || list_empty(&i->events))
		return false;
	q = list_first_entry(&i->events, struct queued_event, node);
	*event = q->event;
	list_del(&q->node);
	host_free(q);
	return true;
}

const char *fake_input_name(u32 index)
{
	struct input_device *i = input_of(index);

	return i ? i->name : NULL;
}

void fake_input_set(u32 index, u32 type, u32 code, s32 value)
{
	struct input_device *i = input_of(index);

	if (i && i->event)
		i->event(i, type, code, value);
}

static struct class *classes;

/* Once each, whoever asks. */
void class_add(struct class *class)
{
	for (struct class *c = classes; c; c = c->next)
		if (c == class)
			return;
	class->next = classes;
	classes = class;
}

void classes_before_exit(void)
{
	for (struct class *c = classes; c; c = c->next)
		if (c->before_exit)
			c->before_exit();
}

u32 left_over_classes(void)
{
	u32 n = 0;

	for (struct class *c = classes; c; c = c->next)
		n += c->left_over();

	while (!list_empty(&chars)) {
		struct char_device *d = list_first_entry(&chars, struct char_device, node);

		note("left over: char device %s", d->name);
		char_end(d);
		n++;
	}
	return n;
}
