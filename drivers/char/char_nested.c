// SPDX-License-Identifier: MIT
/*
 * Commands whose argument points to further memory of the program (struct char_nested in kit/char.h).
 *
 * The tables are checked when the device is registered, so that a call has only the program's numbers to distrust: lengths are taken from the
 * copy of the argument and looked at once. Everything is checked before the first buffer is made.
 */
#include "internal.h"

#include <kernel/module.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>

#define MAX_NESTED	8u
#define MAX_BYTES	(4u << 20)

/* --- tables --- */

static bool lies_in(u32 at, u32 length, u32 bytes)
{
	return at <= bytes && length <= bytes - at;
}

static bool is_sound(const struct char_nested *n, const struct char_command *c)
{
	return !n->reserved && n->direction &&
	       !(n->direction & ~(CHAR_NESTED_IN | CHAR_NESTED_OUT)) && n->most_bytes &&
	       n->most_bytes <= MAX_BYTES && lies_in(n->pointer_at, sizeof(u64), c->bytes_in) &&
	       (!n->length_bytes ||
		((n->length_bytes == sizeof(u32) || n->length_bytes == sizeof(u64)) &&
		 lies_in(n->length_at, n->length_bytes, c->bytes_in)));
}

/* The module's table becomes the core's copy: calls may look at it when the module has gone. 0, -EINVAL, -E2BIG, -ENOMEM. */
int char_take_nested(struct char_command *c)
{
	const struct char_nested *theirs = c->nested;
	struct char_nested *nested;
	int error;

	c->nested = NULL;
	if (c->reserved)
		return -EINVAL;
	if (!c->nr_nested)
		return c->run && !c->run_nested ? 0 : -EINVAL;
	if (c->run || !c->run_nested || !theirs || c->nr_nested > MAX_NESTED)
		return -EINVAL;
	nested = kcalloc(c->nr_nested, sizeof(*nested), GFP_KERNEL);
	if (!nested)
		return -ENOMEM;
	error = KIT_COPY_TABLE("char_nested", nested, theirs, c->nr_nested, reserved);
	for (u32 i = 0; !error && i < c->nr_nested; i++) {
		if (!is_sound(&nested[i], c))
			error = -EINVAL;
		else if (!nested[i].unit_bytes)
			nested[i].unit_bytes = 1;
	}
	if (error)
		kfree(nested);
	else
		c->nested = nested;
	return error;
}

void char_free_commands(struct char_device *cdev)
{
	for (u32 i = 0; cdev->commands && i < cdev->ops.nr_commands; i++)
		kfree(cdev->commands[i].nested);
	kfree(cdev->commands);
}

/* --- calls --- */

struct nested_call {
	const struct char_nested *table;
	u32 nr;
	u64 addresses[MAX_NESTED], lengths[MAX_NESTED]; /* as the program gave them */
	struct char_buffer buffers[MAX_NESTED];
};

/* Takes addresses and lengths out of the argument. 0 or -EINVAL. */
static int take_numbers(struct nested_call *call, u8 *argument)
{
	for (u32 i = 0; i < call->nr; i++) {
		const struct char_nested *n = &call->table[i];
		u64 count = 0;

		memcpy(&call->addresses[i], argument + n->pointer_at, sizeof(u64));
		memcpy(&count, argument + n->length_at, n->length_bytes);
		if (count > n->most_bytes / n->unit_bytes)
			return -EINVAL;
		call->lengths[i] = n->length_bytes ? count * n->unit_bytes : n->most_bytes;
	}
	return 0;
}

static int copy_in(struct nested_call *call)
{
	for (u32 i = 0; i < call->nr; i++) {
		struct char_buffer *b = &call->buffers[i];
		const void __user *from = (const void __user *)call->addresses[i];
		bool is_in;

		b->length = call->lengths[i];
		if (!b->length)
			continue;
		is_in = call->table[i].direction & CHAR_NESTED_IN;
		b->data = kvmalloc(b->length, is_in ? GFP_KERNEL : GFP_KERNEL | __GFP_ZERO);
		if (!b->data)
			return -ENOMEM;
		if (is_in && copy_from_user(b->data, from, b->length))
			return -EFAULT;
	}
	return 0;
}

/* 0, -EFAULT, -EIO: the driver claims more than there was. The buffers are the core's, whatever the driver has made of the pointers. */
static int copy_out(struct nested_call *call, void *const *data)
{
	for (u32 i = 0; i < call->nr; i++) {
		u64 length = call->buffers[i].length;

		if (!(call->table[i].direction & CHAR_NESTED_OUT))
			continue;
		if (length > call->lengths[i])
			return -EIO;
		if (length && copy_to_user((void __user *)call->addresses[i], data[i], length))
			return -EFAULT;
	}
	return 0;
}

/* The argument has no addresses while the driver has it, and the program's own ones before and after. */
static void set_addresses(const struct nested_call *call, u8 *argument, bool theirs)
{
	for (u32 i = 0; i < call->nr; i++) {
		u64 address = theirs ? call->addresses[i] : 0;

		memcpy(argument + call->table[i].pointer_at, &address, sizeof(address));
	}
}

s64 char_run_nested(struct char_file *file, const struct char_command *c, void *argument)
{
	struct nested_call call = { .table = c->nested, .nr = c->nr_nested };
	void *data[MAX_NESTED] = { NULL };
	s64 result = take_numbers(&call, argument);
	int error;

	if (result)
		return result;
	result = copy_in(&call);
	for (u32 i = 0; i < call.nr; i++)
		data[i] = call.buffers[i].data;
	if (!result) {
		set_addresses(&call, argument, false);
		result = char_begin_call(file);
		if (!result)
			result = c->run_nested(file, argument, call.buffers);
		char_end_call(file);
		set_addresses(&call, argument, true);
	}
	if (result >= 0) {
		error = copy_out(&call, data);
		if (error)
			result = error;
	}
	for (u32 i = 0; i < call.nr; i++)
		kvfree(data[i]);
	return result;
}
