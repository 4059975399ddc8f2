/* SPDX-License-Identifier: MIT */
/*
 * Kit: version, and the compile ABI that a module must be built with. Every kit header includes this one.
 *
 * The compile ABI is frozen, since binaries that are out cannot change: kernel code model, no position-independent code, no red zone,
 * general registers only, frame pointers, ENDBR at function entries. The kit's makefile gives the flags; the checks here catch what
 * a compiler can be asked.
 *
 * State: draft.
 */
#ifndef KIT_ABI_H
#define KIT_ABI_H

#define KIT_MAJOR	0
#define KIT_MINOR	1
#define KIT_VERMAGIC	"kit1 x86_64"

#ifdef __MODULE__
#ifndef __x86_64__
#error "kit: modules are built for x86_64"
#endif
#if defined(__PIC__) || defined(__PIE__)
#error "kit: build without -fpic and -fpie (the kernel code model is not position-independent)"
#endif
#ifdef __SSE__
#error "kit: build with -mgeneral-regs-only: a module may not use vector registers"
#endif
#if !defined(__CET__) || !(__CET__ & 1)
#error "kit: build with -fcf-protection=branch: function entries need ENDBR"
#endif
#ifndef __code_model_kernel__
#error "kit: build with -mcmodel=kernel"
#endif
#endif

/*
 * The name that a function has in the object file. Kit functions stand apart from the core's own of the same name, whose contract may
 * differ: kzalloc() of a module is the symbol kit_kzalloc.
 */
#define KIT_SYMBOL(name)	__asm__("kit_" #name)

/* Stands in front of the fields of one minor version; a structure grows only behind the last. */
struct kit_marker {
	char nothing[0];
};

#endif
