/* SPDX-License-Identifier: MIT */
/* Who wants to know of NMIs: a list that only grows, walked without a lock. */
#include <arch/traps.h>
#include <kernel/atomic.h>

static struct nmi_handler *handlers;

void nmi_handler_register(struct nmi_handler *handler)
{
	handler->next = READ_ONCE(handlers);
	while (!try_cmpxchg(&handlers, &handler->next, handler))
		;
}

bool nmi_call_handlers(struct trap_frame *frame)
{
	bool handled = false;

	for (struct nmi_handler *handler = READ_ONCE(handlers); handler; handler = handler->next)
		handled |= handler->handle(frame);
	return handled;
}
