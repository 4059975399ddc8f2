/* SPDX-License-Identifier: MIT */
/* Switching the machine off and on again: who does it, and who has to be told before. */
#ifndef KERNEL_POWER_H
#define KERNEL_POWER_H

enum power_event { POWER_EVENT_RESTART, POWER_EVENT_HALT, POWER_EVENT_OFF };

/* Called in process context, last registered first; may sleep. Never removed. */
struct power_notifier {
	void (*notify)(struct power_notifier *notifier, enum power_event event);
	struct power_notifier *next;
};
void power_notifier_register(struct power_notifier *notifier);
void power_notify(enum power_event event); /* calls them all; sleeps */

/* What a console or keyboard calls for Ctrl-Alt-Del; process context. */
void ctrl_alt_del(void);
void power_init(void); /* boot: the keys of SysRq that end it all */

#endif
