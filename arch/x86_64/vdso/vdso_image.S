/* SPDX-License-Identifier: MIT */
/* The shared object, in whole pages. */
	.section .rodata, "a", @progbits
	.balign 4096
	.globl vdso_image_start, vdso_image_end
vdso_image_start:
	.incbin VDSO_FILE
vdso_image_end:
	.balign 4096, 0

	.section .note.GNU-stack, "", @progbits
