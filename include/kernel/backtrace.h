/* SPDX-License-Identifier: MIT */
/*
 * Backtraces by frame pointers, across trap frames and the stacks of double faults and NMIs. Nothing is locked, and no address
 * is followed that does not lie in a stack known to be this thread's: safe in any context.
 */
#ifndef KERNEL_BACKTRACE_H
#define KERNEL_BACKTRACE_H

#include <lib/types.h>

struct trap_frame;
struct thread;

/* Return addresses, innermost first; from frame, or from the caller if it is NULL. How many. */
size_t backtrace_save(const struct trap_frame *frame, unsigned long *addresses, size_t max);

/* Calls that led here, up to the trap or the entry under which it all happens. */
size_t backtrace_save_calls(unsigned long *addresses, size_t max);

/*
 * Of a thread that is not running and that the caller keeps from it; what lies within each call, not where it returns to.
 * Prints nothing.
 */
size_t backtrace_save_thread(const struct thread *thread, unsigned long *addresses, size_t max);

/* Into the log; level is a KERN_* string. CPU, thread and release: */
void show_who(const char *level);
/* One line a call: */
void show_backtrace(const char *level, const struct trap_frame *frame);
/*
 * Asks all other CPUs by NMI where they are and prints it; idle ones get one line together. Any context but an NMI; false when another
 * CPU is just doing so. A panic does the same by itself.
 */
bool show_other_cpus(const char *level);
/* Registers, control registers and code bytes; address: what CR2 was, 0: it is still there. */
void show_registers(const char *level, const struct trap_frame *frame, unsigned long address);
void show_register_values(const char *level, const struct trap_frame *frame, unsigned long address);
/* The caller's own, for a report without a trap. */
void registers_save(struct trap_frame *frame);

/* Set by the module loader: prints a line with the loaded modules; names an address in a module (as lib's printf_symbol). */
extern void (*show_modules)(const char *level);
/* show_other_cpus(), once there may be others. */
extern bool (*show_cpus)(const char *level);
extern int (*symbol_in_module)(char *to, size_t size, unsigned long address, bool with_offset);

/*
 * Set by who puts its own return address in the place of the caller's (kernel/module/call.c): what stood in this
 * slot of a thread's stack. NULL: nobody does.
 */
extern unsigned long (*backtrace_real_return)(const struct thread *thread,
					      const unsigned long *slot, unsigned long address);

#endif
