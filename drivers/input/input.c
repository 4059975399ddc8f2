// SPDX-License-Identifier: MIT
/*
 * The input core: devices, their state, and the way of an event.
 *
 *	driver -> input_report -> filter (known code, changed state) -> handlers of the image, readers, and the driver itself
 *
 * Autorepeat is made here for devices that ask for it: a key that is held sends value 2 again and again (EV_REP's delay and period).
 */
#include "internal.h"

#include <kernel/log.h>
#include <kernel/module.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <lib/rculist.h>
#include <lib/string.h>
#include <lib/xarray.h>
#include <mm/slab.h>

LIST_HEAD(input_devices);
DEFINE_MUTEX(input_devices_lock);
static DEFINE_XARRAY(by_index); /* input_devices_lock */
static LIST_HEAD(handlers);	/* RCU; input_devices_lock */

unsigned long *input_type_bits(struct input_device *input, unsigned int type, unsigned int *nr)
{
	switch (type) {
	case EV_KEY: *nr = KEY_CNT; return input->keybit;
	case EV_REL: *nr = REL_CNT; return input->relbit;
	case EV_ABS: *nr = ABS_CNT; return input->absbit;
	case EV_MSC: *nr = MSC_CNT; return input->mscbit;
	case EV_LED: *nr = LED_CNT; return input->ledbit;
	case EV_SND: *nr = SND_CNT; return input->sndbit;
	case EV_SW: *nr = SW_CNT; return input->swbit;
	default: *nr = 0; return NULL;
	}
}

bool input_can(const struct input_device *input, unsigned int type, unsigned int code)
{
	unsigned int nr;
	const unsigned long *bits = input_type_bits((struct input_device *)input, type, &nr);

	return bits && code < nr && test_bit(code, bits);
}

void input_register_handler(struct input_handler *handler)
{
	mutex_lock(&input_devices_lock);
	list_add_tail_rcu(&handler->node, &handlers);
	mutex_unlock(&input_devices_lock);
}

struct input_device *input_find(unsigned int index)
{
	struct input_device *input;

	mutex_lock(&input_devices_lock);
	input = xa_load(&by_index, index);
	if (input)
		get_device(&input->device);
	mutex_unlock(&input_devices_lock);
	return input;
}

void input_for_each(void (*f)(struct input_device *input, void *arg), void *arg)
{
	struct input_device *input;

	mutex_lock(&input_devices_lock);
	list_for_each_entry(input, &input_devices, list)
		f(input, arg);
	mutex_unlock(&input_devices_lock);
}

/* ---- Events ---- */

/* Lock held. */
static void pass(struct input_device *input, unsigned int type, unsigned int code, int value)
{
	struct input_handler *handler;

	evdev_pass(input, type, code, value, ktime_get_ns());
	if (input->grab)
		return;
	rcu_read_lock();
	list_for_each_entry_rcu(handler, &handlers, node)
		handler->event(input, type, code, value);
	rcu_read_unlock();
}

static void sync(struct input_device *input)
{
	if (input->report_empty)
		return;
	input->report_empty = true;
	pass(input, EV_SYN, SYN_REPORT, 0);
}

static void start_repeat(struct input_device *input, unsigned int key)
{
	input->repeat_key = key;
	if (input->repeat_ms[REP_DELAY] && input->repeat_ms[REP_PERIOD])
		hrtimer_start(&input->repeat_timer, input->repeat_ms[REP_DELAY] * NSEC_PER_MSEC,
			      HRTIMER_MODE_REL);
}

static enum hrtimer_restart repeat(struct hrtimer *timer)
{
	struct input_device *input = container_of(timer, struct input_device, repeat_timer);
	bool again;

	spin_lock(&input->lock);
	again = !input->gone && input->repeat_key && test_bit(input->repeat_key, input->key) &&
		input->repeat_ms[REP_PERIOD];
	if (again) {
		input->report_empty = false;
		pass(input, EV_KEY, input->repeat_key, 2);
		sync(input);
		hrtimer_forward_now(timer, input->repeat_ms[REP_PERIOD] * NSEC_PER_MSEC);
	}
	spin_unlock(&input->lock);
	return again ? HRTIMER_RESTART : HRTIMER_NORESTART;
}

/* False: nothing new. */
static bool update_key(struct input_device *input, unsigned int code, int value)
{
	if (value == 2)
		return test_bit(code, input->key);
	if (test_bit(code, input->key) == !!value)
		return false;
	if (value)
		set_bit(code, input->key);
	else
		clear_bit(code, input->key);
	if (!input->autorepeat)
		return true;
	if (value)
		start_repeat(input, code);
	else if (input->repeat_key == code)
		input->repeat_key = 0;
	return true;
}

static bool update_switch(unsigned long *state, unsigned int code, int value)
{
	if (test_bit(code, state) == !!value)
		return false;
	if (value)
		set_bit(code, state);
	else
		clear_bit(code, state);
	return true;
}

static bool update(struct input_device *input, unsigned int type, unsigned int code, int value)
{
	switch (type) {
	case EV_KEY: return update_key(input, code, value);
	case EV_REL: return value != 0;
	case EV_ABS:
		if (input->abs[code] == value)
			return false;
		input->abs[code] = value;
		return true;
	case EV_LED: return update_switch(input->led, code, value);
	case EV_SND: return update_switch(input->snd, code, value);
	case EV_SW: return update_switch(input->sw, code, value);
	default: return true;
	}
}

/* Lock held. An output for the driver, next to what it has not been told yet. */
static void mark_output(struct input_device *input, unsigned int type, unsigned int code, int value)
{
	if (type == EV_LED) {
		set_bit(code, input->led_due);
	} else {
		set_bit(code, input->snd_due);
		input->snd_value[code] = value;
	}
}

/* Lock held. The next output that the driver is to be told; false: none. */
static bool take_output(struct input_device *input, u32 *type, u32 *code, s32 *value)
{
	*type = EV_LED;
	*code = find_first_bit(input->led_due, LED_CNT);
	if (*code < LED_CNT) {
		clear_bit(*code, input->led_due);
		*value = test_bit(*code, input->led);
		return true;
	}
	*type = EV_SND;
	*code = find_first_bit(input->snd_due, SND_CNT);
	if (*code >= SND_CNT)
		return false;
	clear_bit(*code, input->snd_due);
	*value = input->snd_value[*code];
	return true;
}

/* Lock held. Whether the caller is to tell the driver, when he has let go: nobody else is at it, who would see to this, too. */
static bool start_telling(struct input_device *input)
{
	if (likely(bitmap_empty(input->led_due, LED_CNT) && bitmap_empty(input->snd_due, SND_CNT)))
		return false;
	if (input->telling)
		return false;
	input->telling = true;
	return true;
}

static bool next_output(struct input_device *input, u32 *type, u32 *code, s32 *value)
{
	unsigned long flags;
	bool more;

	spin_lock_irqsave(&input->lock, flags);
	more = !input->gone && take_output(input, type, code, value);
	input->telling = more;
	spin_unlock_irqrestore(&input->lock, flags);
	return more;
}

/* Without the lock, so that the driver may take its own locks and report what it likes. */
static void tell(struct input_device *input)
{
	u32 type = 0, code = 0;
	s32 value = 0;

	preempt_disable();
	while (next_output(input, &type, &code, &value))
		input->event(input, type, code, value);
	preempt_enable();
}

static void event_locked(struct input_device *input, unsigned int type, unsigned int code,
			 int value)
{
	if (input->gone)
		return;
	if (type == EV_SYN) {
		sync(input);
		return;
	}
	if (!input_can(input, type, code) || !update(input, type, code, value))
		return;
	if ((type == EV_LED || type == EV_SND) && input->event)
		mark_output(input, type, code, value);
	input->report_empty = false;
	pass(input, type, code, value);
}

static void handle(struct input_device *input, unsigned int type, unsigned int code, int value,
		   bool ends_report)
{
	unsigned long flags;
	bool is_ours;

	spin_lock_irqsave(&input->lock, flags);
	event_locked(input, type, code, value);
	if (ends_report)
		sync(input);
	is_ours = start_telling(input);
	spin_unlock_irqrestore(&input->lock, flags);
	if (is_ours)
		tell(input);
}

void input_report(struct input_device *input, u32 type, u32 code, s32 value)
{
	handle(input, type, code, value, false);
}

void input_sync(struct input_device *input)
{
	input_report(input, EV_SYN, SYN_REPORT, 0);
}

void input_send(struct input_device *input, unsigned int type, unsigned int code, int value)
{
	handle(input, type, code, value, true);
}

void *input_data(const struct input_device *input)
{
	return input->data;
}

/* ---- Life ---- */

static void release(struct device *device)
{
	struct input_device *input = container_of(device, struct input_device, device);

	kfree(input->name);
	kfree(input->phys);
	kfree(input);
}

/* Keys that are held are let go for the readers; then nothing comes any more, and the driver is not called. */
static void quiet(struct input_device *input)
{
	unsigned int key;

	spin_lock_irq(&input->lock);
	for (key = find_first_bit(input->key, KEY_CNT); key < KEY_CNT;
	     key = find_next_bit(input->key, KEY_CNT, key + 1))
		event_locked(input, EV_KEY, key, 0);
	sync(input);
	input->gone = true;
	spin_unlock_irq(&input->lock);
	if (input->event)
		synchronize_rcu(); /* who tells the driver something is through */
	hrtimer_cancel(&input->repeat_timer);
}

static void hide(struct owned_resource *resource)
{
	quiet(container_of(resource, struct input_device, resource));
}

static void shut_down(struct owned_resource *resource)
{
	struct input_device *input = container_of(resource, struct input_device, resource);

	if (!resource->hidden)
		quiet(input);
	evdev_remove(input);
	mutex_lock(&input_devices_lock);
	list_del(&input->list);
	xa_erase(&by_index, input->index);
	mutex_unlock(&input_devices_lock);
	device_remove(&input->device);
	class_put((struct device_class *)input->device.class);
	put_device(&input->device);
}

static int take_capabilities(struct input_device *input, const struct input_params *params)
{
	unsigned int nr;
	unsigned long *bits;

	for (u32 i = 0; i < params->nr_capabilities; i++) {
		bits = input_type_bits(input, params->capabilities[i].type, &nr);
		if (!bits || params->capabilities[i].code >= nr)
			return -EINVAL;
		__set_bit(params->capabilities[i].code, bits);
		__set_bit(params->capabilities[i].type, input->evbit);
	}
	__set_bit(EV_SYN, input->evbit);
	if (input->autorepeat)
		__set_bit(EV_REP, input->evbit);
	return 0;
}

static int set_up(struct input_device *input, const struct input_params *params)
{
	input->name = kstrdup(params->name, GFP_KERNEL);
	input->phys = kstrdup(params->phys ?: "", GFP_KERNEL);
	if (!input->name || !input->phys)
		return -ENOMEM;
	input->id = (struct input_id){ params->bus, params->vendor, params->product,
				       params->version };
	input->event = params->event;
	input->data = params->data;
	input->autorepeat = params->autorepeat;
	input->repeat_ms[REP_DELAY] = 250;
	input->repeat_ms[REP_PERIOD] = 33;
	input->report_empty = true;
	input->device.release = release;
	input->resource.release = shut_down;
	input->resource.hide = hide;
	input->resource.what = "input device";
	spin_lock_init(&input->lock, LOCK_RANK_CLASS);
	INIT_LIST_HEAD(&input->readers);
	hrtimer_init(&input->repeat_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	input->repeat_timer.function = repeat;
	return take_capabilities(input, params);
}

static int take_index(struct input_device *input)
{
	u32 index;
	int error;

	mutex_lock(&input_devices_lock);
	error = xa_alloc(&by_index, &index, input, XA_LIMIT(0, 0xffff), GFP_KERNEL);
	mutex_unlock(&input_devices_lock);
	input->index = index;
	return error;
}

static void drop_index(struct input_device *input)
{
	mutex_lock(&input_devices_lock);
	xa_erase(&by_index, input->index);
	mutex_unlock(&input_devices_lock);
}

static int show(struct input_device *input, struct device *parent)
{
	struct device_class *class = class_get("input");
	int error;

	if (IS_ERR(class))
		return PTR_ERR(class);
	input->device.class = class;
	error = device_init(&input->device, parent, "input%u", input->index);
	if (error)
		goto put_class;
	error = device_add(&input->device);
	if (error)
		goto put_class;
	error = input_sysfs_add(input);
	if (!error)
		error = evdev_add(input);
	if (!error)
		return 0;
	device_remove(&input->device);
put_class:
	class_put(class);
	return error;
}

struct input_device *input_register(struct device *parent, const struct input_params *params)
{
	struct input_device *input;
	struct input_params p;
	int error = KIT_COPY("input_params", &p, params, autorepeat);

	might_sleep();
	if (error)
		return ERR_PTR(error);
	if (!p.name || !parent || (p.nr_capabilities && !p.capabilities))
		return ERR_PTR(-EINVAL);
	input = kzalloc(sizeof(*input), GFP_KERNEL);
	if (!input)
		return ERR_PTR(-ENOMEM);
	error = set_up(input, &p);
	if (error)
		goto free_input;
	error = take_index(input);
	if (error)
		goto free_input;
	error = show(input, parent);
	if (error)
		goto drop_index;
	mutex_lock(&input_devices_lock);
	list_add_tail(&input->list, &input_devices);
	mutex_unlock(&input_devices_lock);
	resource_add(&parent->resources, &input->resource);
	pr_info("input: %s as input%u\n", input->name, input->index);
	return input;

drop_index:
	drop_index(input);
	if (input->device.name) { /* it has been a device: its last reference frees it */
		put_device(&input->device);
		return ERR_PTR(error);
	}
free_input:
	kfree(input->name);
	kfree(input->phys);
	kfree(input);
	return ERR_PTR(error);
}

EXPORT_KIT(input_register, 0, 1);
EXPORT_KIT(input_report, 0, 1);
EXPORT_KIT(input_sync, 0, 1);
EXPORT_KIT(input_data, 0, 1);

void input_core_init(void)
{
	evdev_init();
	input_sysfs_init();
}
