/* SPDX-License-Identifier: MIT */
/*
 * Interrupt vectors.
 *
 *	  0- 31	exceptions
 *	 32- 47	the legacy PICs' lines, masked; a spurious one can still come
 *	 48-238	devices: each CPU has its own table, kernel/irq allocates
 *	239-255	the local APIC and interprocessor interrupts
 */
#ifndef ARCH_VECTORS_H
#define ARCH_VECTORS_H

#define VECTOR_DE	0	/* divide error */
#define VECTOR_DB	1	/* debug */
#define VECTOR_NMI	2
#define VECTOR_BP	3	/* breakpoint */
#define VECTOR_OF	4	/* overflow */
#define VECTOR_BR	5	/* bound range */
#define VECTOR_UD	6	/* invalid opcode */
#define VECTOR_NM	7	/* device not available */
#define VECTOR_DF	8	/* double fault */
#define VECTOR_TS	10	/* invalid TSS */
#define VECTOR_NP	11	/* segment not present */
#define VECTOR_SS	12	/* stack segment */
#define VECTOR_GP	13	/* general protection */
#define VECTOR_PF	14	/* page fault */
#define VECTOR_MF	16	/* x87 */
#define VECTOR_AC	17	/* alignment check */
#define VECTOR_MC	18	/* machine check */
#define VECTOR_XF	19	/* SIMD */
#define VECTOR_VE	20	/* virtualisation */
#define VECTOR_CP	21	/* control protection */
#define NR_EXCEPTIONS	32

#define VECTOR_PIC_FIRST	32
#define VECTOR_DEVICE_FIRST	48
#define VECTOR_DEVICE_LAST	238
#define VECTOR_IRQ_WORK		246	/* to itself: run what could not run where it was asked for */
#define VECTOR_RESCHEDULE	248
#define VECTOR_CALL_FUNCTION	249
#define VECTOR_TLB_SHOOTDOWN	250
#define VECTOR_STOP		251
#define VECTOR_TIMER		252
#define VECTOR_ERROR		254
#define VECTOR_SPURIOUS		255
#define NR_VECTORS		256

#endif
