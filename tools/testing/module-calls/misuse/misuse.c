// SPDX-License-Identifier: MIT
/*
 * misuse: a device /dev/misuse that does what its name says, for the test of wrapped calls. A letter that is
 * written to it chooses:
 *
 *	v	a message with more arguments than registers hold
 *	s	memory that may sleep, with a spinlock held
 *	t	a timer and a work item, which sleeps
 *	o	a write to nowhere
 */
#include <kit/char.h>
#include <kit/errno.h>
#include <kit/lock.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/module.h>
#include <kit/time.h>
#include <kit/wait.h>
#include <kit/work.h>

static spinlock_t lock;
static struct timer timer;
static struct work work;
static struct completion done;
static volatile int *volatile nowhere = (volatile int *)8;

static void misuse_work(struct work *unused)
{
	msleep(20);
	complete(&done);
}

static void misuse_timer(struct timer *unused)
{
	work_schedule(&work);
}

static void say_much(void)
{
	char text[100];
	int length = snprintf(text, sizeof(text), "%d %s %d %s %d %s %d %llx", 1, "two", 3, "four",
			      5, "six", 7, 0x1234567890abcdefull);

	pr_info("%s; %d characters; %u %u %u %u %u %u\n", text, length, 8u, 9u, 10u, 11u, 12u, 13u);
}

static void sleep_with_lock(void)
{
	void *memory;

	spin_lock(&lock);
	memory = kzalloc(16);
	spin_unlock(&lock);
	kfree(memory);
}

/* Both callbacks have returned then. */
static int wait_for_timer(void)
{
	int error;

	reinit_completion(&done);
	timer_arm(&timer, 1000000);
	error = completion_wait(&done, 10000);
	timer_cancel(&timer);
	work_flush(&work);
	return error;
}

static ssize_t misuse_write(struct char_file *file, const void *buffer, size_t length, u64 position)
{
	int error = 0;

	switch (*(const char *)buffer) {
	case 'v': say_much(); break;
	case 's': sleep_with_lock(); break;
	case 't': error = wait_for_timer(); break;
	case 'o': *nowhere = 0; break;
	default: error = -EINVAL;
	}
	return error ? error : (ssize_t)length;
}

static const struct char_operations operations = {
	.size = sizeof(operations),
	.write = misuse_write,
};

static int __init misuse_init(void)
{
	static const struct char_params params = {
		.size = sizeof(params),
		.name = "misuse",
		.mode = 0600,
		.operations = &operations,
	};
	struct char_device *device;

	timer_setup(&timer, misuse_timer);
	work_setup(&work, misuse_work);
	device = char_register(THIS_MODULE, NULL, &params);
	return IS_ERR(device) ? PTR_ERR(device) : 0;
}

static void misuse_exit(void)
{
}

module_init(misuse_init);
module_exit(misuse_exit);
MODULE_LICENSE("MIT");
