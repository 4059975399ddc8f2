/* SPDX-License-Identifier: MIT */
/*
 * Calls that go through a stub, whatever the function's type is: arguments in registers and on the
 * stack, as many as there are, and the result arrive untouched.
 *
 *	stub			r11 = its argument, on to call_wrap_entry
 *	call_wrap_entry		module_call_enter(argument, registers); then the function, as if
 *				its caller had called it
 *	call_wrap_return	where the function returns to if module_call_enter() has put this
 *				in the place of the return address: module_call_leave(rax, rdx)
 *				says where the caller is
 */
#ifndef ARCH_CALL_WRAP_H
#define ARCH_CALL_WRAP_H

#include <lib/types.h>

#define CALL_STUB_SIZE	32

/* On the stack while module_call_enter() runs, from the lowest address. */
struct call_registers {
	u64 r9, r8, rcx, rdx, rsi, rdi;
	u64 rax; /* the result, if the function is not called */
	u64 r11, padding, rbp;
	u64 return_to; /* the caller */
};

/* Writes a stub into memory of modules, before it is sealed. */
void call_stub_write(u8 *at, const void *argument);

void call_wrap_entry(void);
void call_wrap_return(void);

/*
 * The upper side. enter returns the function to call; 0: none, and regs->rax is the result. leave
 * returns the caller's address.
 */
struct module_call;
u64 module_call_enter(struct module_call *call, struct call_registers *regs);
u64 module_call_leave(u64 rax, u64 rdx);

#endif
