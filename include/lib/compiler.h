/* SPDX-License-Identifier: MIT */
/*
 * What gcc and clang are told beyond the kit's annotations: single accesses,
 * compiler barriers, inlining, build-time assertions.
 */
#ifndef LIB_COMPILER_H
#define LIB_COMPILER_H

#include <kit/types.h>

#ifdef __CHECKER__
#define __percpu	__attribute__((noderef, address_space(__percpu)))
#define __rcu		__attribute__((noderef, address_space(__rcu)))
#define __kernel	__attribute__((address_space(0)))
#define __acquires(x)	__attribute__((context(x, 0, 1)))
#define __releases(x)	__attribute__((context(x, 1, 0)))
#define __must_hold(x)	__attribute__((context(x, 1, 1)))
#define __acquire(x)	__context__(x, 1)
#define __release(x)	__context__(x, -1)
#else
#define __percpu
#define __rcu
#define __kernel
#define __acquires(x)
#define __releases(x)
#define __must_hold(x)
#define __acquire(x)	((void)0)
#define __release(x)	((void)0)
#endif

#undef __always_inline
#define __always_inline		inline __attribute__((always_inline))
#define noinline		__attribute__((noinline))
#define __cold			__attribute__((cold))
#define __hot			__attribute__((hot))
#define __pure			__attribute__((pure))
#define __attribute_const__	__attribute__((const))
#define __weak			__attribute__((weak))
#define __alias(symbol)		__attribute__((alias(#symbol)))
#define __visible		__attribute__((externally_visible))
#define __no_stack_protector	__attribute__((no_stack_protector))
/* Not checked by KASAN: reads a word that reaches behind the end of what it is for. */
#define __no_kasan		__attribute__((no_sanitize("address")))
#define __nonstring		__attribute__((nonstring))
#define __malloc		__attribute__((malloc))
#define __alloc_size(...)	__attribute__((alloc_size(__VA_ARGS__)))
#define fallthrough		__attribute__((fallthrough))

/* Boot-time code and data, freed when user space starts. */
#define __init			__section(".init.text") __cold
#define __initdata		__section(".init.data")
#define __initconst		__section(".init.rodata")
/* Written during boot, read-only afterwards. */
#define __ro_after_init		__section(".data..ro_after_init")
#define __read_mostly		__section(".data..read_mostly")

#define L1_CACHE_SHIFT		6
#define L1_CACHE_BYTES		(1 << L1_CACHE_SHIFT)
#define SMP_CACHE_BYTES		L1_CACHE_BYTES
#define ____cacheline_aligned	__aligned(L1_CACHE_BYTES)
#define ____cacheline_aligned_in_smp	____cacheline_aligned
#define __cacheline_aligned	__aligned(L1_CACHE_BYTES) __section(".data..cacheline_aligned")

#define barrier()		__asm__ volatile("" ::: "memory")
/* Keeps the compiler from reasoning about where `ptr` came from. */
#define RELOC_HIDE(ptr, off) ({                                                \
	unsigned long __hidden;                                                \
	__asm__("" : "=r"(__hidden) : "0"(ptr));                               \
	(__typeof__(ptr))(__hidden + (off)); })
#define OPTIMIZER_HIDE_VAR(var)	__asm__("" : "=r"(var) : "0"(var))

/* One access, neither torn, repeated nor elided. For scalars of up to 8 bytes. */
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value)	do { *(volatile __typeof__(x) *)&(x) = (value); } while (0)
#define data_race(expr)		(expr)

#define __stringify_1(x...)	#x
#define __stringify(x...)	__stringify_1(x)
#define __PASTE_1(a, b)		a##b
#define __PASTE(a, b)		__PASTE_1(a, b)
#define __UNIQUE_ID(prefix)	__PASTE(__PASTE(__unique_, prefix), __COUNTER__)

#define static_assert(cond, ...)	_Static_assert(cond, "" __VA_ARGS__ #cond)
#define BUILD_BUG_ON(cond)	_Static_assert(!(cond), "BUILD_BUG_ON: " #cond)
#define BUILD_BUG_ON_MSG(cond, msg)	_Static_assert(!(cond), msg)
#define BUILD_BUG_ON_ZERO(cond)	((int)(0 * sizeof(struct { unsigned int bad : 1 - 2 * !!(cond); })))
#define __same_type(a, b)	__builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#define unreachable()		__builtin_unreachable()

#define sizeof_field(type, member)	sizeof(((type *)0)->member)
#define offsetofend(type, member)	(offsetof(type, member) + sizeof_field(type, member))

#endif
