/* SPDX-License-Identifier: MIT */
/*
 * Taint: what a report of a fault should say of the kernel's past, with Linux's bits. /proc/sys/kernel/tainted shows them, a report their letters.
 * Any context, without locks.
 */
#ifndef KERNEL_TAINT_H
#define KERNEL_TAINT_H

#define TAINT_DIE		(1u << 7)	/* D: there was an oops */
#define TAINT_WARNING		(1u << 9)	/* W: there was a warning */
#define TAINT_OUT_OF_TREE	(1u << 12)	/* O: a module was loaded that is not of the tree */

#define TAINT_LETTERS	8			/* room for the letters and their end */

void taint_add(unsigned int bits);
unsigned int taint_get(void);
void taint_letters(char *to); /* "WO"; "" when there are none */

#endif
