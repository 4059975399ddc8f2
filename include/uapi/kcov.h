/* SPDX-License-Identifier: MIT */
/*
 * /sys/kernel/debug/kcov. A program opens it, says how many words there shall be (KCOV_INIT_TRACE),
 * maps them, and switches it on for its thread (KCOV_ENABLE). Word 0 is the number of records,
 * which the program sets to 0 before what it wants to know.
 */
#ifndef UAPI_KCOV_H
#define UAPI_KCOV_H

#include <uapi/ioctl.h>

#define KCOV_INIT_TRACE		_IOR('c', 1, unsigned long)
#define KCOV_ENABLE		_IO('c', 100)
#define KCOV_DISABLE		_IO('c', 101)

/* KCOV_ENABLE's argument: a record is an address; or four words, type, operands, address. */
enum {
	KCOV_TRACE_PC = 0,
	KCOV_TRACE_CMP = 1,
};

#define KCOV_CMP_CONST		(1 << 0)	/* the first operand is a constant */
#define KCOV_CMP_SIZE(n)	((n) << 1)	/* of the operands: 2^n bytes */
#define KCOV_CMP_MASK		KCOV_CMP_SIZE(3)

#endif
