/* SPDX-License-Identifier: MIT */
/*
 * Publishing and following pointers to what lock-free readers see. These are
 * properties of loads and stores alone; sections and grace periods are in kernel/rcu.h.
 */
#ifndef LIB_RCUPOINTER_H
#define LIB_RCUPOINTER_H

#include <lib/compiler.h>

/* x86 keeps dependent loads in order. */
#define rcu_dereference(p)		READ_ONCE(p)
#define rcu_dereference_raw(p)		READ_ONCE(p)
#define rcu_dereference_check(p, condition)	({ (void)sizeof(condition); READ_ONCE(p); })
#define rcu_dereference_protected(p, condition)	({ (void)sizeof(condition); (p); })
/* The value is looked at, not followed. */
#define rcu_access_pointer(p)		READ_ONCE(p)
/* What was stored through v before is visible to whoever follows p. */
#define rcu_assign_pointer(p, v)	__atomic_store_n(&(p), v, __ATOMIC_RELEASE)
/* No ordering: NULL, or an object that readers see already. */
#define RCU_INIT_POINTER(p, v)		WRITE_ONCE(p, v)
#define rcu_replace_pointer(p, v, condition) ({                                \
	__typeof__(p) __old_ptr = rcu_dereference_protected(p, condition);     \
	rcu_assign_pointer(p, v);                                              \
	__old_ptr; })

#endif
