/* SPDX-License-Identifier: MIT */
/*
 * Access to user memory: the only way to touch it. SMAP is opened for the copy alone; a fault that cannot be mended ends the copy.
 *
 * copy_*_user return the number of bytes NOT copied; get_user and put_user 0 or -EFAULT; strncpy_from_user the length without the zero,
 * max when there was none, or -EFAULT. They may sleep (a page is brought in), but in pagefault_disable() sections, where they fail instead.
 */
#ifndef MM_UACCESS_H
#define MM_UACCESS_H

#include <kit/types.h>
#include <kit/errno.h>
#include <kernel/thread.h>
#include <mm/kasan.h>
#include <mm/space.h>

static inline bool access_ok(const void __user *p, size_t size)
{
	unsigned long addr = (unsigned long)p;

	return size <= USER_SPACE_END && addr <= USER_SPACE_END - size;
}

unsigned long copy_to_user(void __user *to, const void *from, unsigned long n);
unsigned long copy_from_user(void *to, const void __user *from, unsigned long n);
unsigned long clear_user(void __user *to, unsigned long n);
long strncpy_from_user(char *to, const char __user *from, long max);
/* with the zero; 0: fault; > max: none found */
long strnlen_user(const char __user *s, long max);
/* Structures that grow: copies min(size, usize), checks that the tail the kernel does not know is zero (-E2BIG). */
int copy_struct_from_user(void *to, size_t size, const void __user *from, size_t usize);

/*
 * Said by all of them: in atomic context they work while the page is there, and fail for no reason
 * when it is not.
 */
#ifdef CONFIG_DEBUG_LOCKS
#define might_fault()	might_sleep_if(!current->user_pagefault_disabled)
#else
#define might_fault()	do { } while (0)
#endif

/* Futexes: 0, -EFAULT, or for cmpxchg the old value through *old. */
int futex_cmpxchg_user(u32 *old, u32 __user *p, u32 expected, u32 new);

#if defined(CONFIG_KASAN) || defined(CONFIG_DEBUG_LOCKS)
/* The assembly cannot be looked into: what it would have told the checks, of the kernel's side of a copy and of the context. */
static __always_inline unsigned long checked_copy_to_user(void __user *to, const void *from,
							  unsigned long n)
{
	might_fault();
	if (access_ok(to, n))
		kasan_check_read(from, n);
	return copy_to_user(to, from, n);
}
static __always_inline unsigned long checked_copy_from_user(void *to, const void __user *from,
							    unsigned long n)
{
	might_fault();
	if (access_ok(from, n))
		kasan_check_write(to, n);
	return copy_from_user(to, from, n);
}
static __always_inline unsigned long checked_clear_user(void __user *to, unsigned long n)
{
	might_fault();
	return clear_user(to, n);
}
static __always_inline long checked_strncpy_from_user(char *to, const char __user *from, long max)
{
	might_fault();
	if (access_ok(from, max))
		kasan_check_write(to, max);
	return strncpy_from_user(to, from, max);
}
static __always_inline long checked_strnlen_user(const char __user *s, long max)
{
	might_fault();
	return strnlen_user(s, max);
}
static __always_inline int checked_futex_cmpxchg_user(u32 *old, u32 __user *p, u32 expected,
						      u32 new)
{
	might_fault();
	return futex_cmpxchg_user(old, p, expected, new);
}
#define copy_to_user		checked_copy_to_user
#define copy_from_user		checked_copy_from_user
#define clear_user		checked_clear_user
#define strncpy_from_user	checked_strncpy_from_user
#define strnlen_user		checked_strnlen_user
#define futex_cmpxchg_user	checked_futex_cmpxchg_user
#endif

/* arch/x86_64/mm/uaccess.S; with access_ok inside */
int __get_user_1(u8 *to, const void __user *p);
int __get_user_2(u16 *to, const void __user *p);
int __get_user_4(u32 *to, const void __user *p);
int __get_user_8(u64 *to, const void __user *p);
int __put_user_1(u8 value, void __user *p);
int __put_user_2(u16 value, void __user *p);
int __put_user_4(u32 value, void __user *p);
int __put_user_8(u64 value, void __user *p);

#define get_user(x, ptr) ({								\
	u64 gu_value_ = 0;								\
	int gu_error_;									\
	might_fault();									\
	switch (sizeof(*(ptr))) {							\
	case 1: gu_error_ = __get_user_1((u8 *)&gu_value_, ptr); break;			\
	case 2: gu_error_ = __get_user_2((u16 *)&gu_value_, ptr); break;		\
	case 4: gu_error_ = __get_user_4((u32 *)&gu_value_, ptr); break;		\
	default: gu_error_ = __get_user_8(&gu_value_, ptr); break;			\
	}										\
	(x) = (__typeof__(x))gu_value_;							\
	gu_error_;									\
})
#define put_user(x, ptr) ({								\
	__typeof__(*(ptr)) pu_value_ = (x);						\
	int pu_error_;									\
	might_fault();									\
	switch (sizeof(*(ptr))) {							\
	case 1: pu_error_ = __put_user_1((u8)(unsigned long)pu_value_, ptr); break;	\
	case 2: pu_error_ = __put_user_2((u16)(unsigned long)pu_value_, ptr); break;	\
	case 4: pu_error_ = __put_user_4((u32)(unsigned long)pu_value_, ptr); break;	\
	default: pu_error_ = __put_user_8((u64)(unsigned long)pu_value_, ptr); break;	\
	}										\
	pu_error_;									\
})

/* From any address, for backtraces and dumps: 0 or -EFAULT. */
long copy_from_kernel_nofault(void *to, const void *from, size_t n);

static inline void pagefault_disable(void) { current->user_pagefault_disabled++; barrier(); }
static inline void pagefault_enable(void) { barrier(); current->user_pagefault_disabled--; }

#endif
