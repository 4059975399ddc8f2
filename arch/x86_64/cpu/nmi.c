/* SPDX-License-Identifier: MIT */
/*
 * Who wants to know of NMIs: a list that only grows, walked without a lock.
 *
 * A CPU keeps one NMI back while it handles another. Of two that were sent for two reasons the first may
 * find both, and the second none: that one comes at once, at the instruction which the first has
 * interrupted, and is no surprise.
 */
#include <arch/percpu.h>
#include <arch/trap_frame.h>
#include <arch/traps.h>
#include <kernel/atomic.h>
#include <kernel/init.h>
#include <lib/parse.h>

static struct nmi_handler *handlers;
int unknown_nmi_panic;

static int set_unknown_nmi_panic(const char *value)
{
	if (*value)
		return kstrtoint(value, 0, &unknown_nmi_panic);
	unknown_nmi_panic = 1;
	return 0;
}
BOOT_PARAM("unknown_nmi_panic", set_unknown_nmi_panic);

void nmi_handler_register(struct nmi_handler *handler)
{
	handler->next = READ_ONCE(handlers);
	while (!try_cmpxchg(&handlers, &handler->next, handler))
		;
}

static DEFINE_PER_CPU(unsigned long,
		      found_more_at); /* where an NMI had several reasons; 0: the last had not */

bool nmi_call_handlers(struct trap_frame *frame)
{
	unsigned int handled = 0;
	bool expected;

	for (struct nmi_handler *handler = READ_ONCE(handlers); handler; handler = handler->next)
		handled += handler->handle(frame);
	expected = !handled && this_cpu_read(found_more_at) == frame->rip;
	this_cpu_write(found_more_at, handled > 1 ? frame->rip : 0);
	return handled || expected;
}
