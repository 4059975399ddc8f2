/* SPDX-License-Identifier: MIT */
/*
 * Kit: version, and the compile ABI that a module must be built with. Every kit header includes this one.
 *
 * The compile ABI is frozen, since binaries that are out cannot change: kernel code model, no position-independent code, no red zone,
 * general registers only, frame pointers, ENDBR at function entries. The kit's makefile gives the flags; the checks here catch what
 * a compiler can be asked.
 *
 * A header whose contracts may still change has the number of its draft at its end, in KIT_HEADER: a module is loaded only by a kernel with
 * the same draft of each header it uses. 0 is stable.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_ABI_H
#define KIT_ABI_H

#define KIT_MAJOR	0
#define KIT_MINOR	11
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
/* Stands behind the declaration of a function whose name is prescribed by the compiler or C, and is the same in the object file. */
#define KIT_PLAIN_SYMBOL(name)

/* Stands in front of the fields of one minor version; a structure grows only behind the last. */
struct kit_marker {
	char nothing[0];
};

/*
 * Type anchors. kitsyms and kitpost read the types of the kit from debug information, which holds what some variable uses and nothing else;
 * so these variables are there to be read, and the last link of a module drops them.
 *
 *	KIT_HEADER(NAME, DRAFT)		at the end of each kit header: its constants are enum kit_NAME_constants. DRAFT: 0 is stable, else the
 *					number of the draft, one more with each change. Enumerators that came with a later minor version
 *					stand behind kit_NAME_since_MAJOR_MINOR.
 *	KIT_HEADER_PLAIN(NAME, DRAFT)	the same of a header without constants
 *	KIT_TABLE(TAG)			struct TAG crosses without a call, or is embedded in structures of modules
 *	KIT_TYPE_OF(SYMBOL, NAME)	the function NAME, which is SYMBOL in the object file
 */
#ifdef __MODULE__
#define KIT_ANCHOR	__attribute__((used, section(".discard.kit")))
#define KIT_HEADER(name, draft) \
	static const enum kit_##name##_constants kit_header_##name KIT_ANCHOR = (enum kit_##name##_constants)(draft)
#define KIT_HEADER_PLAIN(name, draft)	static const unsigned int kit_header_##name KIT_ANCHOR = (draft)
#define KIT_TABLE(tag)			static const struct tag *const kit_table_##tag KIT_ANCHOR = (void *)0
#define KIT_TYPE_OF(symbol, name)	static __typeof__(name) *const kit_type_of_##symbol KIT_ANCHOR = name
#else
#define KIT_HEADER(name, draft)		_Static_assert((draft) >= 0, "a draft's number")
#define KIT_HEADER_PLAIN(name, draft)	_Static_assert((draft) >= 0, "a draft's number")
#define KIT_TABLE(tag)			struct tag
#define KIT_TYPE_OF(symbol, name)	struct kit_marker
#endif

#ifdef __MODULE__
/* The compiler calls it when a function has overwritten its frame: the kernel stops there. Any context. Cannot fail. Since 0.1. */
extern void __stack_chk_fail(void) KIT_PLAIN_SYMBOL(__stack_chk_fail) __attribute__((noreturn));
#endif

KIT_HEADER_PLAIN(abi, 0);

#endif
