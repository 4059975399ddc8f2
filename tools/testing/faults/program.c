/* SPDX-License-Identifier: MIT */
/*
 * The program that exec starts: linked once as a static program, and once as a program loader, which the kernel starts for the dynamic one. It has no
 * C library, so that what it does is one read of /proc/alloc_fault (descriptor 101), which ends the arming, and one write of what it read to 100.
 */
#include <stddef.h>
#include <sys/syscall.h>

/* The fourth argument is 0: the position that is read from. */
static long call4(long nr, long a, const void *b, long c)
{
	register long d __asm__("r10") = 0;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(d)
			 : "rcx", "r11", "memory");
	return result;
}

static char text[16384]; /* zeroed memory behind the file's */

__attribute__((noreturn)) void begin(void); /* called below */
void begin(void)
{
	long len = call4(SYS_pread64, 101, text, 500);

	if (len > 0)
		call4(SYS_write, 100, text, len);
	for (;;)
		call4(SYS_exit_group, len <= 0, NULL, 0);
}

__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall begin\n");
