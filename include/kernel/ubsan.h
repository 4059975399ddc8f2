/* SPDX-License-Identifier: MIT */
/*
 * What code compiled with -fsanitize=... calls when it is about to do something undefined
 * (CONFIG_UBSAN). The functions and the records that they get are the compilers' interface, the
 * same of gcc and clang; nobody calls them by hand. All but the last return: the code goes on.
 */
#ifndef KERNEL_UBSAN_H
#define KERNEL_UBSAN_H

#include <lib/compiler.h>

struct ubsan_location {
	const char *file;
	u32 line;
	u32 column; /* all ones: this place was reported */
};

struct ubsan_type {
	u16 kind; /* 0: integer */
	u16 info; /* integer: bit 0 signed, above it log2 of the bits */
	char name[];
};

struct ubsan_shift {
	struct ubsan_location at;
	const struct ubsan_type *left, *right;
};

struct ubsan_bounds {
	struct ubsan_location at;
	const struct ubsan_type *array, *index;
};

struct ubsan_arithmetic { /* division */
	struct ubsan_location at;
	const struct ubsan_type *type;
};

struct ubsan_value { /* bool, enum */
	struct ubsan_location at;
	const struct ubsan_type *type;
};

struct ubsan_unreachable {
	struct ubsan_location at;
};

void __ubsan_handle_shift_out_of_bounds(struct ubsan_shift *data, unsigned long left,
					unsigned long right);
void __ubsan_handle_out_of_bounds(struct ubsan_bounds *data, unsigned long index);
void __ubsan_handle_divrem_overflow(struct ubsan_arithmetic *data, unsigned long left,
				    unsigned long right);
void __ubsan_handle_load_invalid_value(struct ubsan_value *data, unsigned long value);
void __noreturn __ubsan_handle_builtin_unreachable(struct ubsan_unreachable *data);

#endif
