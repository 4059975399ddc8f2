/* SPDX-License-Identifier: MIT */
/* Who is told before the machine goes off. */
#include <kernel/mutex.h>
#include <kernel/power.h>

static DEFINE_MUTEX(notifiers_lock);
static struct power_notifier *notifiers; /* notifiers_lock */

void power_notifier_register(struct power_notifier *notifier)
{
	mutex_lock(&notifiers_lock);
	notifier->next = notifiers;
	notifiers = notifier;
	mutex_unlock(&notifiers_lock);
}

void power_notify(enum power_event event)
{
	mutex_lock(&notifiers_lock);
	for (struct power_notifier *n = notifiers; n; n = n->next)
		n->notify(n, event);
	mutex_unlock(&notifiers_lock);
}
