// SPDX-License-Identifier: MIT
/* Kit: completions (kit/wait.h). */
#include "kit.h"
#include "lazy.h"

#include <kernel/time.h>
#include <kernel/wait.h>

struct kit_completion {
	union {
		struct {
			struct completion completion;
			u32 ready;
		};
		u64 size[8];
	};
};
_Static_assert(sizeof(struct kit_completion) == 64, "kit/wait.h: struct completion");

void kit_complete(struct kit_completion *c);
void kit_complete_all(struct kit_completion *c);
void kit_reinit_completion(struct kit_completion *c);
int kit_completion_wait(struct kit_completion *c, u32 timeout_ms);

static DEFINE_SPINLOCK(lazy_lock, LOCK_RANK_LEAF);

void kit_lazy_slow(u32 *ready, void (*set_up)(void *object), void *object)
{
	unsigned long flags;

	spin_lock_irqsave(&lazy_lock, flags);
	if (!*ready) {
		set_up(object);
		smp_store_release(ready, 1u);
	}
	spin_unlock_irqrestore(&lazy_lock, flags);
}

static void set_up_completion(void *completion)
{
	init_completion(completion);
}

static struct completion *completion_of(struct kit_completion *c)
{
	kit_lazy(&c->ready, set_up_completion, &c->completion);
	return &c->completion;
}

void kit_complete(struct kit_completion *c)
{
	complete(completion_of(c));
}

void kit_complete_all(struct kit_completion *c)
{
	complete_all(completion_of(c));
}

void kit_reinit_completion(struct kit_completion *c)
{
	reinit_completion(completion_of(c));
}

int kit_completion_wait(struct kit_completion *c, u32 timeout_ms)
{
	return wait_for_completion_timeout(completion_of(c), (s64)timeout_ms * NSEC_PER_MSEC)
		       ? 0
		       : -ETIMEDOUT;
}

EXPORT_KIT_CORE(complete, 0, 1);
EXPORT_KIT_CORE(complete_all, 0, 1);
EXPORT_KIT_CORE(reinit_completion, 0, 1);
EXPORT_KIT_CORE(completion_wait, 0, 1);
