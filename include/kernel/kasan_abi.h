/* SPDX-License-Identifier: MIT */
/*
 * What code compiled with -fsanitize=kernel-address calls (CONFIG_KASAN): the interface of gcc 12
 * and clang 14. Nobody calls these by hand; modules get them by EXPORT_DEBUG
 * (kernel/module/kit/sanitizer.c).
 */
#ifndef KERNEL_KASAN_ABI_H
#define KERNEL_KASAN_ABI_H

#include <lib/types.h>

/* Made by the compiler for each variable of a file. */
struct asan_global {
	unsigned long start;
	size_t size, size_with_redzone;
	const char *name, *module;
	unsigned long has_dynamic_init;
	const void *location;
	unsigned long odr_indicator;
};

/* Before an access of so many bytes; and when inlined code has found a bad one. */
#define ASAN_ACCESS_SIZES(x)	x(1) x(2) x(4) x(8) x(16)
#define ASAN_DECLARE_ACCESS(size)					\
	void __asan_load##size(unsigned long address);			\
	void __asan_store##size(unsigned long address);			\
	void __asan_load##size##_noabort(unsigned long address);	\
	void __asan_store##size##_noabort(unsigned long address);	\
	void __asan_report_load##size##_noabort(unsigned long address);	\
	void __asan_report_store##size##_noabort(unsigned long address);
ASAN_ACCESS_SIZES(ASAN_DECLARE_ACCESS)
void __asan_loadN(unsigned long address, size_t size);
void __asan_storeN(unsigned long address, size_t size);
void __asan_loadN_noabort(unsigned long address, size_t size);
void __asan_storeN_noabort(unsigned long address, size_t size);
void __asan_report_load_n_noabort(unsigned long address, size_t size);
void __asan_report_store_n_noabort(unsigned long address, size_t size);

void __asan_handle_no_return(void);
void __asan_alloca_poison(unsigned long start, size_t size);
void __asan_allocas_unpoison(unsigned long top, unsigned long bottom);
void __asan_poison_stack_memory(unsigned long start, size_t size);
void __asan_unpoison_stack_memory(unsigned long start, size_t size);
void __asan_set_shadow_00(void *shadow, size_t size);
void __asan_set_shadow_f1(void *shadow, size_t size);
void __asan_set_shadow_f2(void *shadow, size_t size);
void __asan_set_shadow_f3(void *shadow, size_t size);
void __asan_set_shadow_f5(void *shadow, size_t size);
void __asan_set_shadow_f8(void *shadow, size_t size);
void __asan_register_globals(const struct asan_global *globals, size_t nr);
void __asan_unregister_globals(const struct asan_global *globals, size_t nr);

#endif
