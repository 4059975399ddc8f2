/* SPDX-License-Identifier: MIT */
/*
 * The block class (kit/block.h): queues, tags, limits, time-outs, retries, quiescing, removal; see fake_block.h for the programs.
 *
 * A queue is run by one caller at a time; who comes meanwhile (an interrupt that ends a request) leaves word and goes. Time-outs are told by a thread, with
 * the request marked: an end that comes meanwhile is carried out when the driver's call is over.
 */
#include <kit/block.h>
#include <kit/cpu.h>
#include <kit/memory.h>
#include <kit/module.h>
#include "fake_block.h"
#include "internal.h"

#define SECTOR		512u
#define MOST_TIMEOUTS	64	/* of one request: the driver does nothing about it */

enum state { IDLE, IN_FLIGHT, IN_TIMEOUT, ENDED_LATE, WAITING };

struct segment { u8 *memory; u64 address; u32 length; };

struct block_request {
	struct list_head node; /* in again */
	struct block_queue *queue;
	u32 tag;
	enum state state;
	struct fake_io *io;
	u32 operation, flags, bytes, at; /* at: in the program's data */
	u64 sector, deadline;
	u32 attempts, late, nr_segments;
	int error;
	struct segment *segments;
	void *private;
};

struct block_queue {
	struct block_device *device;
	u32 index;
	struct block_request *requests;
	bool *taken;
	struct list_head ios, again;
	bool held, wanted, telling;
	u32 news; /* counts ends and block_ready */
};

struct block_device {
	struct resource resource;
	struct list_head node;
	struct device *parent;
	char name[32];
	struct block_params limits;
	struct block_queue *queues;
	u32 quiesced, submits, timeouts;
	bool failing, shut_down;
};

struct fake_io {
	struct list_head node;
	struct block_queue *queue;
	u32 operation, flags, bytes, cut, remaining;
	u64 sector;
	u8 *data; /* of its own */
	void *program_data;
	int error;
	bool done;
};

static LIST_HEAD(disks);
static u32 shape = 12345;

/* The same in each run: what the segments look like. */
static u32 next_shape(u32 below)
{
	shape = shape * 1103515245u + 12345u;
	return (shape >> 8) % below;
}

static void queue_run(struct block_queue *q);

/* --- segments --- */

static bool is_cpu_data(const struct block_device *d) { return d->limits.features & BLOCK_CPU_DATA; }

/* How long a segment may be that starts at offset in a page. */
static u32 segment_length(const struct block_params *l, u32 offset, u32 left, bool is_last_allowed)
{
	u32 most = l->max_segment_bytes, n;

	if (l->segment_boundary && most > l->segment_boundary)
		most = (u32)l->segment_boundary;
	if (l->segment_boundary && offset + (u64)most > l->segment_boundary)
		most = (u32)(l->segment_boundary - offset);
	if (left <= most && (is_last_allowed && next_shape(2)))
		return left;
	if (l->virtual_boundary) {
		n = (u32)l->virtual_boundary * (1 + next_shape(3)) -
		    offset % (u32)l->virtual_boundary;
		while (n > most)
			n -= (u32)l->virtual_boundary;
	} else {
		n = (1 + next_shape(16)) * (l->dma_alignment > 256 ? l->dma_alignment : 256);
	}
	n = n > most ? most : n;
	return n > left ? left : n;
}

/* Cuts as many bytes as fit. */
static void make_segments(struct block_request *r, u32 wanted)
{
	struct block_device *d = r->queue->device;
	const struct block_params *l = &d->limits;
	u32 unit = l->virtual_boundary ? (u32)l->virtual_boundary : 4096, left = wanted;

	r->nr_segments = 0;
	while (left && r->nr_segments < l->max_segments) {
		struct segment *s = &r->segments[r->nr_segments];
		u32 offset = r->nr_segments && l->virtual_boundary
				     ? 0
				     : next_shape(unit / l->dma_alignment) * l->dma_alignment;

		s->length = segment_length(l, offset, left, true);
		s->address = offset;
		left -= s->length;
		r->nr_segments++;
	}
	/* Whole logical blocks: what is too much goes from the end. */
	for (u32 excess = (wanted - left) % l->logical_block; excess;) {
		struct segment *s = &r->segments[r->nr_segments - 1];
		u32 n = s->length < excess ? s->length : excess;

		s->length -= n;
		excess -= n;
		left += n;
		r->nr_segments -= !s->length;
	}
	r->bytes = wanted - left;
}

static void lend_segments(struct block_request *r)
{
	struct block_device *d = r->queue->device;
	u32 at = r->at;

	for (u32 i = 0; i < r->nr_segments; i++) {
		struct segment *s = &r->segments[i];

		s->memory = host_alloc(s->length);
		if (r->operation == BLOCK_WRITE)
			memcpy(s->memory, r->io->data + at, s->length);
		else
			memset(s->memory, 0xa5, s->length);
		at += s->length;
		if (!is_cpu_data(d))
			s->address = lend_memory(d->parent, s->memory, s->length, (u32)s->address,
						 d->limits.segment_boundary,
						 d->limits.dma_mask > ~0u);
	}
}

static void take_segments_back(struct block_request *r, bool copy)
{
	struct block_device *d = r->queue->device;
	u32 at = r->at;

	for (u32 i = 0; i < r->nr_segments; i++) {
		struct segment *s = &r->segments[i];

		if (!is_cpu_data(d))
			take_back_memory(d->parent, s->address);
		if (copy)
			memcpy(r->io->data + at, s->memory, s->length);
		at += s->length;
		host_free(s->memory);
		s->memory = NULL;
	}
	r->nr_segments = 0;
}

/* --- ends --- */

static void io_part_ended(struct fake_io *io, int error)
{
	/* lint: clang-analyzer-core.NullDereference: a request has its io until it has ended, once */
	if (error && !io->error)
		io->error = error;
	if (--io->remaining)
		return;
	io->done = true;
	wake(io, true);
}

static void request_end(struct block_request *r, int error)
{
	struct block_queue *q = r->queue;
	struct fake_io *io = r->io;

	if (error == -EOPNOTSUPP && r->operation == BLOCK_FLUSH) {
		q->device->limits.features &= ~BLOCK_WRITE_CACHE;
		error = 0;
	} else if (error == -EOPNOTSUPP && r->operation == BLOCK_DISCARD) {
		q->device->limits.max_discard_bytes = 0;
	} else if (error == -EOPNOTSUPP && r->operation == BLOCK_WRITE_ZEROES) {
		q->device->limits.max_zeroes_bytes = 0;
	} else if (error == -EOPNOTSUPP || error == -ENODEV) {
		error = -EIO;
	}
	take_segments_back(r, !error && r->operation == BLOCK_READ);
	r->state = IDLE;
	r->io = NULL;
	q->taken[r->tag] = false;
	io_part_ended(io, error);
	q->news++;
	wake(q->device, true);
	queue_run(q);
}

/* The request is the caller's to end. */
static void end_owned(struct block_request *r, int error)
{
	struct block_device *d = r->queue->device;

	if (error > 0)
		complain("%s: a request is ended with %d: 0 or a negative errno", d->name, error);
	if (error != -EAGAIN) {
		request_end(r, error);
	} else if (!d->failing && r->attempts <= d->limits.retries) {
		r->state = WAITING;
		list_add_tail(&r->node, &r->queue->again);
		wake(d, true);
		queue_run(r->queue);
	} else {
		request_end(r, -EIO);
	}
}

bool block_complete(struct block_request *request, int error)
{
	enter_call("block_complete", false);
	if (request->state == IN_FLIGHT) {
		request->state = IDLE;
		end_owned(request, error);
		return true;
	}
	if (request->state != IN_TIMEOUT)
		return false;
	request->state = ENDED_LATE;
	request->error = error;
	return true;
}

void block_end_all(struct block_device *device, int error)
{
	enter_call("block_end_all", true);
	if (!device->quiesced && !device->failing)
		complain("%s: block_end_all of a disk that is neither quiesced nor gone",
			 device->name);
	for (u32 i = 0; i < device->limits.nr_queues; i++)
		for (u32 tag = 0; tag < device->limits.depth; tag++)
			block_complete(&device->queues[i].requests[tag], error);
}

/* --- time-outs --- */

static void tell(struct block_request *r)
{
	struct block_device *d = r->queue->device;

	r->state = IN_TIMEOUT;
	d->timeouts++;
	if (++r->late > MOST_TIMEOUTS) {
		complain("%s: a request was late %u times, and the driver does nothing about it",
			 d->name, r->late);
		host_exit(1);
	}
	if (d->limits.operations->timeout)
		d->limits.operations->timeout(r->queue, r, r->late);
	if (is_atomic())
		complain("%s: timeout ended with a lock held", d->name);
	if (r->state == ENDED_LATE) {
		r->state = IDLE;
		end_owned(r, r->error);
	} else {
		r->state = IN_FLIGHT;
		r->deadline = now() + d->limits.timeout_ms * 1000000ull;
	}
}

static void look_for_late(void *data);

static void watch(struct block_queue *q)
{
	u64 next = 0;

	for (u32 tag = 0; tag < q->device->limits.depth; tag++) {
		struct block_request *r = &q->requests[tag];

		if (r->state == IN_FLIGHT && (!next || r->deadline < next))
			next = r->deadline;
	}
	if (next)
		fake_after(next > now() ? next - now() : 0, look_for_late, q);
}

static void tell_of_late(void *data)
{
	struct block_queue *q = data;

	for (u32 tag = 0; tag < q->device->limits.depth; tag++) {
		struct block_request *r = &q->requests[tag];

		if (r->state == IN_FLIGHT && r->deadline <= now())
			tell(r);
	}
	q->telling = false;
	wake(q->device, true);
	watch(q);
}

static bool is_late(const struct block_queue *q)
{
	for (u32 tag = 0; tag < q->device->limits.depth; tag++)
		if (q->requests[tag].state == IN_FLIGHT && q->requests[tag].deadline <= now())
			return true;
	return false;
}

/* In an interrupt. Those that were ended meanwhile are forgotten here. */
static void look_for_late(void *data)
{
	struct block_queue *q = data;

	if (q->telling || !is_late(q))
		return;
	q->telling = true;
	spawn_worker(tell_of_late, q);
}

/* --- queues --- */

static struct block_request *free_request(struct block_queue *q)
{
	for (u32 tag = 0; tag < q->device->limits.depth; tag++)
		if (!q->taken[tag])
			return &q->requests[tag];
	return NULL;
}

static bool has_data(u32 operation) { return operation <= BLOCK_WRITE; }

static u32 most_bytes(const struct block_params *l, u32 operation)
{
	if (has_data(operation))
		return l->max_bytes;
	return operation == BLOCK_DISCARD ? (u32)l->max_discard_bytes : (u32)l->max_zeroes_bytes;
}

static struct block_request *make_request(struct block_queue *q)
{
	struct fake_io *io;
	struct block_request *r;
	u32 n, most;

	if (list_empty(&q->ios))
		return NULL;
	r = free_request(q);
	if (!r)
		return NULL;
	io = list_first_entry(&q->ios, struct fake_io, node);
	q->taken[r->tag] = true;
	most = most_bytes(&q->device->limits, io->operation);
	n = io->bytes - io->cut < most ? io->bytes - io->cut : most;
	r->io = io;
	r->operation = io->operation;
	r->flags = io->flags;
	r->sector = io->sector + io->cut / SECTOR;
	r->at = io->cut;
	r->attempts = r->late = r->nr_segments = 0;
	r->bytes = n;
	if (has_data(io->operation)) {
		make_segments(r, n);
		lend_segments(r);
	}
	io->cut += r->bytes;
	io->remaining++;
	if (io->cut == io->bytes) {
		list_del(&io->node);
		io_part_ended(io, 0);
	}
	return r;
}

static struct block_request *next_request(struct block_queue *q)
{
	struct block_request *r;

	if (list_empty(&q->again))
		return make_request(q);
	r = list_first_entry(&q->again, struct block_request, node);
	list_del(&r->node);
	return r;
}

static void fail_waiting(struct block_queue *q)
{
	while (!list_empty(&q->again)) {
		struct block_request *r = list_first_entry(&q->again, struct block_request, node);

		list_del(&r->node);
		request_end(r, -EIO);
	}
	while (!list_empty(&q->ios)) {
		struct fake_io *io = list_first_entry(&q->ios, struct fake_io, node);

		list_del(&io->node);
		io_part_ended(io, -EIO);
	}
}

/* False: not now. */
static bool submit(struct block_queue *q, struct block_request *r)
{
	struct block_device *d = q->device;
	int error;

	r->attempts++;
	r->state = IN_FLIGHT;
	r->deadline = now() + d->limits.timeout_ms * 1000000ull;
	error = d->limits.operations->submit(q, r);
	if (error > 0)
		complain("%s: submit returned %d: 0 or a negative errno", d->name, error);
	if (!error) {
		d->submits++;
		if (d->limits.features & BLOCK_SYNCHRONOUS && r->state == IN_FLIGHT)
			complain(
				"%s: BLOCK_SYNCHRONOUS, and a request is not ended when submit returns",
				d->name);
		if (r->state == IN_FLIGHT)
			watch(q);
		return true;
	}
	if (r->state != IN_FLIGHT) {
		complain("%s: submit refuses a request that it has ended", d->name);
		return true;
	}
	r->state = WAITING;
	if (error != -EAGAIN) {
		request_end(r, error);
		return true;
	}
	r->attempts--;
	list_add(&r->node, &q->again);
	return false;
}

static void drain(struct block_queue *q)
{
	struct block_device *d = q->device;
	bool submitted = false;

	for (;;) {
		struct block_request *r;
		u32 seen = q->news;

		if (d->failing) {
			fail_waiting(q);
			break;
		}
		if (d->quiesced)
			break;
		r = next_request(q);
		if (!r)
			break;
		if (submit(q, r))
			submitted = true;
		else if (q->news == seen)
			break;
	}
	if (submitted && d->limits.operations->commit)
		d->limits.operations->commit(q);
}

static void queue_run(struct block_queue *q)
{
	q->wanted = true;
	if (q->held)
		return;
	q->held = true;
	preempt_off();
	while (q->wanted) {
		q->wanted = false;
		drain(q);
	}
	preempt_on();
	q->held = false;
}

/* --- coming and going --- */

static bool is_power(u64 n, u64 low, u64 high) { return n >= low && n <= high && !(n & (n - 1)); }

static int check(const struct block_params *p)
{
	if (p->size > sizeof(*p) ||
	    (p->operations && p->operations->size > sizeof(struct block_operations)))
		return -E2BIG;
	if (p->size < sizeof(*p) || !p->name || !p->name[0] || strlen(p->name) > 31 ||
	    !p->operations || !p->operations->submit)
		return -EINVAL;
	if (!p->nr_queues || !p->depth || p->depth > 4096 || p->private_bytes > 4096 ||
	    p->max_segments > 256)
		return -EINVAL;
	if (!is_power(p->logical_block, SECTOR, 4096) ||
	    (p->virtual_boundary && !is_power(p->virtual_boundary, SECTOR, 4096)) ||
	    (p->segment_boundary && !is_power(p->segment_boundary, 4096, ~0ull)) ||
	    (p->dma_alignment && !is_power(p->dma_alignment, 1, 4096)))
		return -EINVAL;
	if ((p->max_segment_bytes && p->max_segment_bytes < 4096) ||
	    (p->max_bytes && p->max_bytes < 4096) || p->nr_sectors % (p->logical_block / SECTOR))
		return -EINVAL;
	return 0;
}

static struct block_device *find_disk(const char *name)
{
	struct block_device *d;

	list_for_each_entry(d, &disks, node)
		if (!strcmp(d->name, name))
			return d;
	return NULL;
}

static void set_limits(struct block_device *d, const struct block_params *p)
{
	struct block_params *l = &d->limits;

	*l = *p;
	l->dma_mask = p->dma_mask ? p->dma_mask : ~0ull;
	l->nr_queues = p->nr_queues < block_max_queues() ? p->nr_queues : block_max_queues();
	l->max_segments = p->max_segments ? p->max_segments : 128;
	l->max_segment_bytes = p->max_segment_bytes ? p->max_segment_bytes : 65536;
	l->max_bytes = (p->max_bytes ? p->max_bytes : 1u << 20) & -p->logical_block;
	l->dma_alignment = p->dma_alignment		  ? p->dma_alignment
			   : p->features & BLOCK_CPU_DATA ? 1
							  : 4;
	l->timeout_ms = p->timeout_ms ? p->timeout_ms : 30000;
	l->retries = p->retries ? p->retries : 5;
	l->max_discard_bytes &= -(u64)p->logical_block;
	l->max_zeroes_bytes &= -(u64)p->logical_block;
	l->name = l->model = l->serial = l->firmware = NULL;
}

static void make_queues(struct block_device *d)
{
	const struct block_params *l = &d->limits;

	d->queues = host_alloc(l->nr_queues * sizeof(*d->queues));
	for (u32 i = 0; i < l->nr_queues; i++) {
		struct block_queue *q = &d->queues[i];

		q->device = d;
		q->index = i;
		q->requests = host_alloc(l->depth * sizeof(*q->requests));
		q->taken = host_alloc(l->depth * sizeof(*q->taken));
		INIT_LIST_HEAD(&q->ios);
		INIT_LIST_HEAD(&q->again);
		for (u32 tag = 0; tag < l->depth; tag++) {
			struct block_request *r = &q->requests[tag];

			r->queue = q;
			r->tag = tag;
			r->segments = host_alloc(l->max_segments * sizeof(*r->segments));
			r->private = l->private_bytes ? host_alloc(l->private_bytes) : NULL;
		}
	}
}

static bool has_in_flight(const struct block_device *d)
{
	for (u32 i = 0; i < d->limits.nr_queues; i++) {
		if (d->queues[i].telling)
			return true;
		for (u32 tag = 0; tag < d->limits.depth; tag++)
			if (d->queues[i].taken[tag] && d->queues[i].requests[tag].state != WAITING)
				return true;
	}
	return false;
}

static void run_all(struct block_device *d)
{
	for (u32 i = 0; i < d->limits.nr_queues; i++)
		queue_run(&d->queues[i]);
}

static void shut_down(struct block_device *d)
{
	d->failing = true;
	run_all(d);
	while (has_in_flight(d))
		sleep_on(d, 0);
	d->shut_down = true;
}

/* The memory of queues stays: an event may still look at it. The driver's private bytes go. */
static void disk_end(struct block_device *d)
{
	shut_down(d);
	list_del(&d->node);
	for (u32 i = 0; i < d->limits.nr_queues; i++)
		for (u32 tag = 0; tag < d->limits.depth; tag++)
			host_free(d->queues[i].requests[tag].private);
}

static void disk_release(struct resource *resource) { disk_end(container_of(resource, struct block_device, resource)); }

static u32 left_over_disks(void)
{
	u32 n = 0;

	while (!list_empty(&disks)) {
		struct block_device *d = list_first_entry(&disks, struct block_device, node);

		note("left over: disk %s", d->name);
		disk_end(d);
		n++;
	}
	return n;
}

static struct class block_class = { .left_over = left_over_disks };

struct block_device *block_register(struct module *owner, struct device *parent,
				    const struct block_params *params)
{
	int error = check(params);
	struct block_device *d;
	u8 *first;

	enter_call("block_register", true);
	if (error)
		return ERR_PTR(error);
	if (find_disk(params->name))
		return ERR_PTR(-EEXIST);
	if (fault("block_register"))
		return ERR_PTR(-ENOMEM);
	class_add(&block_class);
	d = host_alloc(sizeof(*d));
	d->parent = parent;
	strscpy(d->name, params->name, sizeof(d->name));
	set_limits(d, params);
	make_queues(d);
	list_add_tail(&d->node, &disks);
	if (parent)
		resource_add(parent, &d->resource, "disk", 0, disk_release);
	/* Partitions are looked for. */
	first = host_alloc(4096);
	if (params->nr_sectors >= 8)
		fake_disk_io(d->name, BLOCK_READ, 0, first, 4096);
	host_free(first);
	programs_first();
	return d;
}

void block_unregister(struct block_device *device)
{
	enter_call("block_unregister", true);
	if (device->parent)
		resource_drop(&device->resource);
	else
		disk_end(device);
}

void block_shut_down(struct block_device *device)
{
	enter_call("block_shut_down", true);
	shut_down(device);
}

void block_gone(struct block_device *device)
{
	enter_call("block_gone", false);
	device->failing = true;
	run_all(device);
}

void block_set_capacity(struct block_device *device, u64 nr_sectors)
{
	enter_call("block_set_capacity", true);
	device->limits.nr_sectors = nr_sectors;
}

void block_quiesce(struct block_device *device)
{
	enter_call("block_quiesce", true);
	device->quiesced++;
}

int block_freeze(struct block_device *device, u32 timeout_ms)
{
	u64 deadline = now() + timeout_ms * 1000000ull;

	block_quiesce(device);
	while (has_in_flight(device) && now() < deadline)
		sleep_on(device, deadline);
	if (!has_in_flight(device))
		return 0;
	block_resume(device);
	return -ETIMEDOUT;
}

void block_resume(struct block_device *device)
{
	enter_call("block_resume", false);
	if (!device->quiesced)
		complain("%s: block_resume of a disk that is not quiesced", device->name);
	else if (!--device->quiesced)
		run_all(device);
}

/* --- what drivers ask --- */

u32 block_max_queues(void) { return cpu_count(); }
void *block_data(const struct block_device *device) { return device->limits.data; }
struct block_device *block_queue_device(const struct block_queue *queue) { return queue->device; }
u32 block_queue_index(const struct block_queue *queue) { return queue->index; }

struct block_request *block_queue_request(struct block_queue *queue, u32 tag)
{
	if (tag >= queue->device->limits.depth)
		return NULL;
	return queue->requests[tag].state == IN_FLIGHT || queue->requests[tag].state == IN_TIMEOUT
		       ? &queue->requests[tag]
		       : NULL;
}

struct block_queue *block_device_queue(struct block_device *device, u32 index)
{
	return index < device->limits.nr_queues ? &device->queues[index] : NULL;
}

void block_ready(struct block_queue *queue)
{
	enter_call("block_ready", false);
	queue->news++;
	queue_run(queue);
}

static const struct block_request *in_flight(const struct block_request *r)
{
	if (r->state == IDLE || r->state == WAITING)
		complain("%s: a request is looked at that the driver has not (any more)",
			 r->queue->device->name);
	return r;
}

u32 block_request_operation(const struct block_request *request) { return in_flight(request)->operation; }
u32 block_request_flags(const struct block_request *request) { return in_flight(request)->flags; }
u64 block_request_sector(const struct block_request *request) { return in_flight(request)->sector; }
u32 block_request_bytes(const struct block_request *request) { return in_flight(request)->bytes; }
u32 block_request_tag(const struct block_request *request) { return request->tag; }
void *block_request_private(const struct block_request *request) { return request->private; }
struct block_queue *block_request_queue(const struct block_request *request) { return request->queue; }
u32 block_request_segments(const struct block_request *request) { return in_flight(request)->nr_segments; }

static const struct segment *segment_of(const struct block_request *r, u32 index)
{
	static const struct segment none;

	if (index < in_flight(r)->nr_segments)
		return &r->segments[index];
	complain("%s: a segment is looked at that the request has not", r->queue->device->name);
	return &none;
}

u32 block_request_segment(const struct block_request *request, u32 index, u64 *address)
{
	*address = is_cpu_data(request->queue->device) ? 0 : segment_of(request, index)->address;
	return segment_of(request, index)->length;
}

void *block_request_memory(const struct block_request *request, u32 index)
{
	if (!is_cpu_data(request->queue->device))
		complain("%s: block_request_memory without BLOCK_CPU_DATA",
			 request->queue->device->name);
	return segment_of(request, index)->memory;
}

/* --- programs --- */

bool fake_disk_exists(const char *name) { return find_disk(name); }

u64 fake_disk_sectors(const char *name)
{
	struct block_device *d = find_disk(name);

	return d ? d->limits.nr_sectors : 0;
}

u32 fake_disk_queues(const char *name) { return find_disk(name) ? find_disk(name)->limits.nr_queues : 0; }
u32 fake_disk_requests(const char *name) { return find_disk(name) ? find_disk(name)->submits : 0; }
u32 fake_disk_timeouts(const char *name) { return find_disk(name) ? find_disk(name)->timeouts : 0; }

u32 fake_disk_in_flight(const char *name)
{
	struct block_device *d = find_disk(name);
	u32 n = 0;

	for (u32 i = 0; d && i < d->limits.nr_queues; i++)
		for (u32 tag = 0; tag < d->limits.depth; tag++)
			n += block_queue_request(&d->queues[i], tag) != NULL;
	return n;
}

/* What the core answers by itself; 1: it goes to the driver. */
static int answer(const struct block_device *d, u32 operation, u64 sector, u32 bytes)
{
	const struct block_params *l = &d->limits;

	if (d->failing)
		return -EIO;
	if (operation == BLOCK_FLUSH)
		return l->features & BLOCK_WRITE_CACHE ? 1 : 0;
	if (!bytes || bytes % l->logical_block || sector % (l->logical_block / SECTOR))
		return -EINVAL;
	if (sector > l->nr_sectors || bytes / SECTOR > l->nr_sectors - sector)
		return -EIO;
	if (!most_bytes(l, operation))
		return -EOPNOTSUPP;
	return 1;
}

struct fake_io *fake_disk_start(const char *name, u32 queue, u32 operation, u64 sector, void *data,
				u32 bytes, u32 flags)
{
	struct block_device *d = find_disk(name);
	struct fake_io *io;

	if (!d)
		return NULL;
	io = host_alloc(sizeof(*io));
	io->queue = &d->queues[queue % d->limits.nr_queues];
	io->operation = operation;
	io->sector = sector;
	io->flags = flags;
	io->program_data = operation == BLOCK_READ ? data : NULL;
	io->bytes = operation == BLOCK_FLUSH ? 0 : bytes;
	if (has_data(operation))
		io->data = host_alloc(bytes);
	if (operation == BLOCK_WRITE)
		memcpy(io->data, data, bytes);
	io->error = answer(d, operation, sector, bytes);
	io->done = io->error <= 0;
	if (io->done)
		return io;
	io->error = 0;
	io->remaining = 1;
	list_add_tail(&io->node, &io->queue->ios);
	queue_run(io->queue);
	return io;
}

bool fake_io_done(const struct fake_io *io) { return io->done; }

int fake_io_wait(struct fake_io *io)
{
	int error;

	while (!io->done)
		sleep_on(io, 0);
	error = io->error;
	if (!error && io->program_data)
		memcpy(io->program_data, io->data, io->bytes);
	host_free(io->data);
	host_free(io);
	return error;
}

int fake_disk_io(const char *name, u32 operation, u64 sector, void *data, u32 bytes)
{
	struct fake_io *io = fake_disk_start(name, 0, operation, sector, data, bytes, 0);

	return io ? fake_io_wait(io) : -ENOENT;
}
