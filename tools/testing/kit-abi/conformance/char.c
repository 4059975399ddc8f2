// SPDX-License-Identifier: MIT
/*
 * Conformance: the header char. Callbacks see to what they can; the rest says use.c, which has the files.
 *
 *	conform		commands		conform-stream	a pipe of CONFORM_ROOM bytes
 *	conform-place	positions, exclusive	conform-meet	who is called beside whom
 *	conform-bare	no operations at all	conform-device	goes with the keyboard's controller
 *	conform-map		mmap			conform-dir/below
 */
#include "conform.h"
#include "user.h"

#include <kit/char.h>
#include <kit/errno.h>
#include <kit/memory.h>
#include <kit/time.h>

/* Of one open file. */
struct opened {
	atomic_t inside;
	u32 reads;
	bool closed;
};

static struct {
	spinlock_t lock;
	u32 nr; /* bytes that it holds */
	u8 bytes[CONFORM_ROOM];
	struct conform_counts counts;
	struct char_file *last;
} stream;

static struct char_device *stream_device;
static atomic_t inside;
static u8 place[CONFORM_PLACE];

/* --- around each call --- */

static struct opened *enter(struct char_file *file)
{
	struct opened *o = char_file_data(file);
	u32 of_file = atomic_inc_return(&o->inside), all = atomic_inc_return(&inside);

	EXPECT(of_file == 1 && !o->closed);
	EXPECT(char_data(char_file_device(file)) == &stream);
	spin_lock(&stream.lock);
	if (of_file > stream.counts.one_file)
		stream.counts.one_file = of_file;
	if (all > stream.counts.most)
		stream.counts.most = all;
	spin_unlock(&stream.lock);
	return o;
}

static void leave(struct opened *o)
{
	atomic_dec_return(&inside);
	atomic_dec_return(&o->inside);
}

static int counted_open(struct char_file *file)
{
	struct opened *o;

	EXPECT(!char_file_data(file));
	EXPECT(char_file_readable(file) || char_file_writable(file));
	if (!char_file_readable(file))
		return -EXDEV;
	o = kzalloc(sizeof(*o));
	if (!o)
		return -ENOMEM;
	char_file_set_data(file, o);
	spin_lock(&stream.lock);
	stream.counts.opens++;
	stream.last = file;
	spin_unlock(&stream.lock);
	return 0;
}

static void counted_close(struct char_file *file)
{
	struct opened *o = enter(file);

	o->closed = true;
	spin_lock(&stream.lock);
	stream.counts.closes++;
	if (stream.last == file)
		stream.last = NULL;
	spin_unlock(&stream.lock);
	leave(o);
	kfree(o);
}

/* --- stream --- */

static ssize_t stream_read(struct char_file *file, void *buffer, size_t length, u64 position)
{
	struct opened *o = enter(file);
	size_t n;

	spin_lock(&stream.lock);
	stream.counts.reads++;
	stream.counts.last_reads += file == stream.last;
	n = length < stream.nr ? length : stream.nr;
	memcpy(buffer, stream.bytes, n);
	stream.nr -= n;
	memmove(stream.bytes, stream.bytes + n, stream.nr);
	spin_unlock(&stream.lock);
	leave(o);
	if (n)
		char_ready(char_file_device(file), CHAR_WRITABLE);
	return n ? (ssize_t)n : -EAGAIN;
}

static ssize_t stream_write(struct char_file *file, const void *buffer, size_t length, u64 position)
{
	struct opened *o = enter(file);
	size_t n;

	spin_lock(&stream.lock);
	n = CONFORM_ROOM - stream.nr;
	if (length < n)
		n = length;
	memcpy(stream.bytes + stream.nr, buffer, n);
	stream.nr += n;
	spin_unlock(&stream.lock);
	leave(o);
	if (n)
		char_ready(char_file_device(file), CHAR_READABLE);
	return n ? (ssize_t)n : -EAGAIN;
}

static u32 stream_poll(struct char_file *file)
{
	struct opened *o = enter(file);
	u32 events = 0;

	spin_lock(&stream.lock);
	stream.counts.polls++;
	if (stream.nr)
		events |= CHAR_READABLE;
	if (stream.nr < CONFORM_ROOM)
		events |= CHAR_WRITABLE;
	spin_unlock(&stream.lock);
	leave(o);
	return events;
}

static const struct char_operations stream_operations = {
	.size = sizeof(stream_operations),
	.open = counted_open,
	.close = counted_close,
	.read = stream_read,
	.write = stream_write,
	.poll = stream_poll,
};

/* --- meet --- */

static bool have_met(void)
{
	bool met;

	spin_lock(&stream.lock);
	met = stream.counts.most > 1;
	spin_unlock(&stream.lock);
	return met;
}

static ssize_t meet_read(struct char_file *file, void *buffer, size_t length, u64 position)
{
	struct opened *o = enter(file);

	for (u32 ms = 0; ms < (length == CONFORM_ALONE ? 5 : LONG_MS) && !have_met(); ms++)
		msleep(1);
	leave(o);
	memset(buffer, 'm', length);
	return length;
}

static const struct char_operations meet_operations = {
	.size = sizeof(meet_operations),
	.open = counted_open,
	.close = counted_close,
	.read = meet_read,
};

/* --- place --- */

static ssize_t place_read(struct char_file *file, void *buffer, size_t length, u64 position)
{
	if (position >= CONFORM_PLACE)
		return 0;
	if (length > CONFORM_PLACE - position)
		length = CONFORM_PLACE - position;
	memcpy(buffer, place + position, length);
	return length;
}

static ssize_t place_write(struct char_file *file, const void *buffer, size_t length, u64 position)
{
	if (position >= CONFORM_PLACE)
		return -ENOSPC;
	if (length > CONFORM_PLACE - position)
		length = CONFORM_PLACE - position;
	memcpy(place + position, buffer, length);
	return length;
}

static const struct char_operations place_operations = {
	.size = sizeof(place_operations),
	.flags = CHAR_SEEKABLE | CHAR_EXCLUSIVE,
	.read = place_read,
	.write = place_write,
};

/* --- bare, device --- */

static const struct char_operations bare_operations = { .size = sizeof(bare_operations) };

/* Nothing ever comes. */
static ssize_t device_read(struct char_file *file, void *buffer, size_t length, u64 position)
{
	return -EAGAIN;
}

static void device_close(struct char_file *file)
{
	device_note('c');
}

static const struct char_operations device_operations = { .size = sizeof(device_operations),
							  .close = device_close,
							  .read = device_read };

/* --- commands --- */

static s64 run_counts(struct char_file *file, void *argument, u64 value)
{
	spin_lock(&stream.lock);
	memcpy(argument, &stream.counts, sizeof(stream.counts));
	memset(&stream.counts, 0, sizeof(stream.counts));
	spin_unlock(&stream.lock);
	return 0;
}

static s64 run_plus_one(struct char_file *file, void *argument, u64 value)
{
	EXPECT(!argument);
	return (s64)value + 1;
}

static s64 run_sum(struct char_file *file, void *argument, u64 value)
{
	u64 *numbers = argument;

	numbers[0] += numbers[1];
	numbers[1] = 0; /* is not copied out */
	return 0;
}

static s64 run_fail(struct char_file *file, void *argument, u64 value)
{
	return -ENOLINK;
}

static s64 run_interrupted(struct char_file *file, void *argument, u64 value)
{
	return running_interrupted();
}

static s64 run_input(struct char_file *file, void *argument, u64 value)
{
	return device_input(value);
}

static s64 run_ready_last(struct char_file *file, void *argument, u64 value)
{
	spin_lock(&stream.lock);
	if (stream.last)
		char_file_ready(stream.last, CHAR_READABLE);
	spin_unlock(&stream.lock);
	return 0;
}

static s64 run_ready(struct char_file *file, void *argument, u64 value)
{
	char_ready(stream_device, CHAR_READABLE);
	return 0;
}

/* The first buffer is read, the second changed. The argument holds no address. */
static s64 run_nested(struct char_file *file, void *argument, struct char_buffer *buffers)
{
	struct conform_nested *n = argument;
	const u8 *from = buffers[0].data;
	u8 *both = buffers[1].data;

	EXPECT(!n->from && !n->both);
	EXPECT(buffers[0].length == n->nr * 2 && !from == !n->nr);
	EXPECT(buffers[1].length == CONFORM_NESTED_FIXED && both);
	n->nr = 0;
	for (u64 i = 0; from && i < buffers[0].length; i++)
		n->nr += from[i];
	for (u32 i = 0; i < CONFORM_NESTED_FIXED; i++)
		both[i]++;
	buffers[1].length = n->give;
	return n->result;
}

static const struct char_nested nested[] = {
	{ .size = sizeof(nested[0]),
	  .direction = CHAR_NESTED_IN,
	  .pointer_at = 0,
	  .length_at = 8,
	  .length_bytes = 8,
	  .unit_bytes = 2,
	  .most_bytes = CONFORM_NESTED_MOST * 2 },
	{ .size = sizeof(nested[0]),
	  .direction = CHAR_NESTED_IN | CHAR_NESTED_OUT,
	  .pointer_at = 16,
	  .most_bytes = CONFORM_NESTED_FIXED },
};

static s64 run_unbound(struct char_file *file, void *argument, u64 value)
{
	device_unbound();
	return 0;
}

#define COMMAND(number, in, out, function) 	{ .size = sizeof(struct char_command), .command = (number), .bytes_in = (in), .bytes_out = (out), .run = (function) }

static const struct char_command commands[] = {
	COMMAND(CONFORM_COUNTS, 0, sizeof(struct conform_counts), run_counts),
	COMMAND(CONFORM_PLUS_ONE, 0, 0, run_plus_one),
	COMMAND(CONFORM_SUM, 16, 8, run_sum),
	COMMAND(CONFORM_FAIL, 0, 0, run_fail),
	COMMAND(CONFORM_INTERRUPTED, 0, 0, run_interrupted),
	COMMAND(CONFORM_INPUT, 0, 0, run_input),
	COMMAND(CONFORM_READY_LAST, 0, 0, run_ready_last),
	COMMAND(CONFORM_READY, 0, 0, run_ready),
	COMMAND(CONFORM_UNBOUND, 0, 0, run_unbound),
	{ .size = sizeof(struct char_command),
	  .command = CONFORM_NESTED,
	  .bytes_in = sizeof(struct conform_nested),
	  .bytes_out = sizeof(struct conform_nested),
	  .run_nested = run_nested,
	  .nested = nested,
	  .nr_nested = ARRAY_SIZE(nested) },
};

static const struct char_operations main_operations = { .size = sizeof(main_operations),
							.commands = commands,
							.nr_commands = ARRAY_SIZE(commands) };

/* --- map --- */

static u32 *shown;
static void *no_buffer;

static int map(struct char_file *file, struct char_mapping *mapping, u64 offset, u64 length)
{
	EXPECT(offset % 4096 == 0 && length && length % 4096 == 0);
	if (offset >= CONFORM_MAP_OWN)
		return -EDOM;
	if (offset >= CONFORM_MAP_RANGE)
		return char_map_range(mapping, CONFORM_MAP_RANGE, 0, 0, 4096, 0);
	if (offset >= CONFORM_MAP_NONE)
		return char_map_buffer(mapping, CONFORM_MAP_NONE, no_buffer, 4096, 0);
	if (offset >= CONFORM_MAP_READ_ONLY)
		return char_map_buffer(mapping, CONFORM_MAP_READ_ONLY, shown, CONFORM_MAP_SIZE,
				       CHAR_MAP_READ_ONLY);
	return char_map_buffer(mapping, CONFORM_MAP_BUFFER, shown, CONFORM_MAP_SIZE, 0);
}

static const struct char_operations map_operations = { .size = sizeof(map_operations), .map = map };

/* --- making them --- */

static struct char_device *make(struct device *parent, const char *name,
				const struct char_operations *operations)
{
	struct char_params params = {
		.size = sizeof(params),
		.mode = 0640,
		.name = name,
		.operations = operations,
		.data = &stream,
	};

	return char_register(THIS_MODULE, parent, &params);
}

int char_device_node(struct device *device)
{
	struct char_device *made = make(device, "conform-device", &device_operations);

	return IS_ERR(made) ? PTR_ERR(made) : 0;
}

static void make_case(void)
{
	EXPECT(!IS_ERR(make(NULL, "conform", &main_operations)));
	EXPECT(!IS_ERR(make(NULL, "conform-place", &place_operations)));
	EXPECT(!IS_ERR(make(NULL, "conform-meet", &meet_operations)));
	EXPECT(!IS_ERR(make(NULL, "conform-bare", &bare_operations)));
	EXPECT(!IS_ERR(make(NULL, "conform-dir/below", &bare_operations)));
	shown = vzalloc(CONFORM_MAP_SIZE);
	no_buffer = kzalloc(4096);
	if (EXPECT(shown && no_buffer)) {
		shown[0] = CONFORM_MAP_WORD;
		EXPECT(!IS_ERR(make(NULL, "conform-map", &map_operations)));
	}
	stream_device = make(NULL, "conform-stream", &stream_operations);
	if (EXPECT(!IS_ERR(stream_device)))
		EXPECT(char_data(stream_device) == &stream);
}

static void errors_case(void)
{
	static const struct char_operations sizeless;
	static const struct char_command headless = { .size = sizeof(headless), .command = 1 };
	static const struct char_operations no_run = { .size = sizeof(no_run),
						       .commands = &headless,
						       .nr_commands = 1 };
	static const struct char_command lone = { .size = sizeof(lone),
						  .command = 1,
						  .run_nested = run_nested,
						  .nested = nested,
						  .nr_nested = ARRAY_SIZE(nested) };
	static const struct char_operations no_bytes = { .size = sizeof(no_bytes),
							 .commands = &lone,
							 .nr_commands = 1 };
	static const struct {
		struct char_operations operations;
		struct conform_tail tail;
	} younger = { { .size = sizeof(younger) }, CONFORM_USED };

	EXPECT(PTR_ERR(make(NULL, "conform-x", &no_bytes)) == -EINVAL);
	EXPECT(PTR_ERR(make(NULL, NULL, &bare_operations)) == -EINVAL);
	EXPECT(PTR_ERR(make(NULL, "", &bare_operations)) == -EINVAL);
	EXPECT(PTR_ERR(make(NULL, "conform-x", NULL)) == -EINVAL);
	EXPECT(PTR_ERR(make(NULL, "conform-x", &sizeless)) == -EINVAL);
	EXPECT(PTR_ERR(make(NULL, "conform-x", &no_run)) == -EINVAL);
	EXPECT(PTR_ERR(make(NULL, "conform-x", &younger.operations)) == -E2BIG);
	EXPECT(PTR_ERR(make(NULL, "conform-bare", &bare_operations)) == -EEXIST);
}

static void unregister_case(void)
{
	for (u32 i = 0; i < 3; i++) {
		struct char_device *made = make(NULL, "conform-x", &bare_operations);

		if (EXPECT(!IS_ERR(made)))
			char_unregister(made);
	}
}

static const struct conform_case cases[] = {
	{ "char_register: devices of the module", make_case },
	{ "char_register: its errors", errors_case },
	{ "char_unregister: the name is free again", unregister_case },
};

void char_run(void)
{
	conform_run(cases, ARRAY_SIZE(cases));
}

/* What callbacks found wrong since. Programs may still see what was shown. */
void char_end(void)
{
	vfree(shown);
	kfree(no_buffer);
	conform_end(
		"callbacks of character devices: one at a time for one file, none behind close");
}
