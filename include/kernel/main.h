/* SPDX-License-Identifier: MIT */
/* The first function that is not the machine's: kernel/main.c. Called once, on CPU 0, interrupts off, boot_info filled. */
#ifndef KERNEL_MAIN_H
#define KERNEL_MAIN_H

__attribute__((noreturn)) void kernel_main(void);

#endif
