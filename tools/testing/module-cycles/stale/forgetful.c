// SPDX-License-Identifier: MIT
/* A driver that forgets what runs in its device's memory: a timer, an item that is queued, and one that runs and would queue itself anew. */
#include <kit/device.h>
#include <kit/errno.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/module.h>
#include <kit/time.h>
#include <kit/wait.h>
#include <kit/work.h>

struct state {
	struct timer timer;
	struct work queued, running;
	struct completion started, leaving; /* of what runs; of the driver */
	u32 nr;
};

#define SOON	300000000ull
#define LATE	(3600 * 1000000000ull)	/* nothing takes so long here */

static void tick(struct timer *timer)
{
	struct state *s = container_of(timer, struct state, timer);

	s->nr++;
	timer_arm(timer, SOON);
}

static void never(struct work *work)
{
	pr_err("the item ran\n");
}

static void run(struct work *work)
{
	struct state *s = container_of(work, struct state, running);

	complete(&s->started);
	if (completion_wait(&s->leaving, 60000))
		pr_err("the driver stays\n");
	msleep(200); /* it runs when its memory goes */
	s->nr++;
	work_schedule_delayed(work, SOON);
}

static int probe(struct device *device)
{
	struct state *s = dev_kzalloc(device, sizeof(*s));

	if (!s)
		return -ENOMEM;
	timer_setup(&s->timer, tick);
	timer_arm(&s->timer, SOON);
	work_setup(&s->queued, never);
	work_schedule_delayed(&s->queued, LATE);
	work_setup(&s->running, run);
	dev_set_drvdata(device, s);
	work_schedule(&s->running);
	return completion_wait(&s->started, 10000);
}

static void remove(struct device *device)
{
	struct state *s = dev_get_drvdata(device);

	complete(&s->leaving);
}

static const char *const match[] = { "i8042", NULL };
static const struct platform_driver driver = {
	.size = sizeof(driver),
	.name = "forgetful",
	.match = match,
	.probe = probe,
	.remove = remove,
};

static int __init forgetful_init(void)
{
	return platform_driver_register(THIS_MODULE, &driver);
}

static void forgetful_exit(void)
{
}

module_init(forgetful_init);
module_exit(forgetful_exit);
MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("Forgets timers and work items in its device's memory");
