/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU variables.
 *
 * They live in the section .data..percpu, whose image is CPU 0's own area; each other CPU has a copy. The base of %gs is the
 * distance from the image to this CPU's copy, so `%gs:symbol` is this CPU's instance in one instruction, and
 * percpu_offset[cpu] is the same distance for any CPU.
 *
 * this_cpu_*() are single instructions: safe against interrupts and migration by themselves. this_cpu_ptr() is only
 * meaningful while the caller cannot migrate (preemption off, or bound to one CPU).
 */
#ifndef ARCH_PERCPU_H
#define ARCH_PERCPU_H

#include <kit/types.h>

#define DECLARE_PER_CPU(type, name)	extern __attribute__((section(".data..percpu"))) __typeof__(type) name
#define DEFINE_PER_CPU(type, name)	__attribute__((section(".data..percpu"))) __typeof__(type) name
/* For variables that other CPUs write: a cache line of their own. */
#define DEFINE_PER_CPU_ALIGNED(type, name) \
	__attribute__((section(".data..percpu..aligned"), aligned(64))) __typeof__(type) name

extern unsigned long percpu_offset[]; /* indexed by CPU number; CPU 0's is 0 */

#define per_cpu_ptr(ptr, cpu) \
	((__typeof__(ptr))((unsigned long)(ptr) + percpu_offset[cpu]))
#define per_cpu(var, cpu)	(*per_cpu_ptr(&(var), cpu))

DECLARE_PER_CPU(unsigned long, this_cpu_offset); /* percpu_offset[] of this CPU */
DECLARE_PER_CPU(unsigned int, cpu_number);

#define percpu_op_size(op, var, value) do {						\
	__typeof__(var) percpu_value_ = (__typeof__(var))(value);			\
	switch (sizeof(var)) {								\
	case 1: asm volatile(op "b %1, %%gs:%0" : "+m"(var) : "qi"(percpu_value_)); break;	\
	case 2: asm volatile(op "w %1, %%gs:%0" : "+m"(var) : "ri"(percpu_value_)); break;	\
	case 4: asm volatile(op "l %1, %%gs:%0" : "+m"(var) : "ri"(percpu_value_)); break;	\
	case 8: asm volatile(op "q %1, %%gs:%0" : "+m"(var) : "re"(percpu_value_)); break;	\
	}										\
} while (0)

#define this_cpu_read(var) ({								\
	__typeof__(var) percpu_result_;							\
	switch (sizeof(var)) {								\
	case 1: asm volatile("movb %%gs:%1, %0" : "=q"(percpu_result_) : "m"(var)); break;	\
	case 2: asm volatile("movw %%gs:%1, %0" : "=r"(percpu_result_) : "m"(var)); break;	\
	case 4: asm volatile("movl %%gs:%1, %0" : "=r"(percpu_result_) : "m"(var)); break;	\
	case 8: asm volatile("movq %%gs:%1, %0" : "=r"(percpu_result_) : "m"(var)); break;	\
	}										\
	percpu_result_;									\
})
/* For values that never change while a thread runs (current): the compiler may keep the result. */
#define this_cpu_read_stable(var) ({							\
	__typeof__(var) percpu_result_;							\
	asm("movq %%gs:%P1, %0" : "=r"(percpu_result_) : "p"(&(var)));			\
	percpu_result_;									\
})
#define this_cpu_write(var, value)	percpu_op_size("mov", var, value)
#define this_cpu_add(var, value)	percpu_op_size("add", var, value)
#define this_cpu_sub(var, value)	percpu_op_size("sub", var, value)
#define this_cpu_or(var, value)		percpu_op_size("or", var, value)
#define this_cpu_and(var, value)	percpu_op_size("and", var, value)
#define this_cpu_inc(var)		this_cpu_add(var, 1)
#define this_cpu_dec(var)		this_cpu_sub(var, 1)
#define this_cpu_xchg(var, value) ({							\
	__typeof__(var) percpu_new_ = (value);						\
	asm volatile("xchgq %0, %%gs:%1" : "+r"(percpu_new_), "+m"(var) : : "memory");	\
	percpu_new_;									\
})
/* Not atomic against other CPUs, which is the point: no lock prefix. True when *var was old and is now new. */
#define this_cpu_try_cmpxchg(var, old, new) ({						\
	__typeof__(var) percpu_old_ = (old);						\
	bool percpu_ok_;								\
	asm volatile("cmpxchgq %3, %%gs:%1" : "=@ccz"(percpu_ok_), "+m"(var), "+a"(percpu_old_)	\
		     : "r"(new) : "memory");						\
	percpu_ok_;									\
})
#define this_cpu_ptr(ptr) \
	((__typeof__(ptr))((unsigned long)(ptr) + this_cpu_read(this_cpu_offset)))

#define smp_processor_id()	this_cpu_read(cpu_number)

/*
 * Per-CPU memory made at run time (mm/percpu.c): zeroed; the returned pointer is used with per_cpu_ptr and this_cpu_ptr only. May
 * sleep; NULL without memory.
 */
void *percpu_alloc(size_t size, size_t align);
void percpu_free(void *ptr);
#define alloc_percpu(type)	((type *)percpu_alloc(sizeof(type), __alignof__(type)))

#endif
