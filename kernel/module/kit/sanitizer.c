// SPDX-License-Identifier: MIT
/*
 * What instrumented modules of a KASAN, UBSAN or KCOV kernel need. A kernel without these symbols refuses such a module by name of the
 * kernel that has them; modules that are not instrumented need none of it and load anywhere.
 */
#include "kit.h"

#include <kernel/kasan_abi.h>
#include <kernel/kcov.h>
#include <kernel/ubsan.h>

#ifdef CONFIG_KASAN
EXPORT_DEBUG(__asan_load1);
EXPORT_DEBUG(__asan_load2);
EXPORT_DEBUG(__asan_load4);
EXPORT_DEBUG(__asan_load8);
EXPORT_DEBUG(__asan_load16);
EXPORT_DEBUG(__asan_loadN);
EXPORT_DEBUG(__asan_store1);
EXPORT_DEBUG(__asan_store2);
EXPORT_DEBUG(__asan_store4);
EXPORT_DEBUG(__asan_store8);
EXPORT_DEBUG(__asan_store16);
EXPORT_DEBUG(__asan_storeN);
EXPORT_DEBUG(__asan_load1_noabort);
EXPORT_DEBUG(__asan_load2_noabort);
EXPORT_DEBUG(__asan_load4_noabort);
EXPORT_DEBUG(__asan_load8_noabort);
EXPORT_DEBUG(__asan_load16_noabort);
EXPORT_DEBUG(__asan_loadN_noabort);
EXPORT_DEBUG(__asan_store1_noabort);
EXPORT_DEBUG(__asan_store2_noabort);
EXPORT_DEBUG(__asan_store4_noabort);
EXPORT_DEBUG(__asan_store8_noabort);
EXPORT_DEBUG(__asan_store16_noabort);
EXPORT_DEBUG(__asan_storeN_noabort);
EXPORT_DEBUG(__asan_report_load1_noabort);
EXPORT_DEBUG(__asan_report_load2_noabort);
EXPORT_DEBUG(__asan_report_load4_noabort);
EXPORT_DEBUG(__asan_report_load8_noabort);
EXPORT_DEBUG(__asan_report_load16_noabort);
EXPORT_DEBUG(__asan_report_load_n_noabort);
EXPORT_DEBUG(__asan_report_store1_noabort);
EXPORT_DEBUG(__asan_report_store2_noabort);
EXPORT_DEBUG(__asan_report_store4_noabort);
EXPORT_DEBUG(__asan_report_store8_noabort);
EXPORT_DEBUG(__asan_report_store16_noabort);
EXPORT_DEBUG(__asan_report_store_n_noabort);
EXPORT_DEBUG(__asan_handle_no_return);
EXPORT_DEBUG(__asan_alloca_poison);
EXPORT_DEBUG(__asan_allocas_unpoison);
EXPORT_DEBUG(__asan_poison_stack_memory);
EXPORT_DEBUG(__asan_unpoison_stack_memory);
EXPORT_DEBUG(__asan_set_shadow_00);
EXPORT_DEBUG(__asan_set_shadow_f1);
EXPORT_DEBUG(__asan_set_shadow_f2);
EXPORT_DEBUG(__asan_set_shadow_f3);
EXPORT_DEBUG(__asan_set_shadow_f5);
EXPORT_DEBUG(__asan_set_shadow_f8);
EXPORT_DEBUG(__asan_register_globals);
EXPORT_DEBUG(__asan_unregister_globals);
#endif

#ifdef CONFIG_UBSAN
EXPORT_DEBUG(__ubsan_handle_shift_out_of_bounds);
EXPORT_DEBUG(__ubsan_handle_out_of_bounds);
EXPORT_DEBUG(__ubsan_handle_divrem_overflow);
EXPORT_DEBUG(__ubsan_handle_load_invalid_value);
EXPORT_DEBUG(__ubsan_handle_builtin_unreachable);
#endif

#ifdef CONFIG_KCOV
EXPORT_DEBUG(__sanitizer_cov_trace_pc);
EXPORT_DEBUG(__sanitizer_cov_trace_cmp1);
EXPORT_DEBUG(__sanitizer_cov_trace_cmp2);
EXPORT_DEBUG(__sanitizer_cov_trace_cmp4);
EXPORT_DEBUG(__sanitizer_cov_trace_cmp8);
EXPORT_DEBUG(__sanitizer_cov_trace_const_cmp1);
EXPORT_DEBUG(__sanitizer_cov_trace_const_cmp2);
EXPORT_DEBUG(__sanitizer_cov_trace_const_cmp4);
EXPORT_DEBUG(__sanitizer_cov_trace_const_cmp8);
EXPORT_DEBUG(__sanitizer_cov_trace_switch);
#endif
