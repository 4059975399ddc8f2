/* SPDX-License-Identifier: MIT */
/* The two 8259A interrupt controllers: initialised once, so that what they may still send is known, and masked for ever. */
#include <arch/apic.h>
#include <arch/io.h>
#include <arch/vectors.h>
#include <kernel/init.h>

#define PIC1_COMMAND	0x20
#define PIC1_DATA	0x21
#define PIC2_COMMAND	0xa0
#define PIC2_DATA	0xa1

#define ICW1_START	0x11	/* edge triggered, cascaded, a fourth word follows */
#define ICW3_MASTER	0x04	/* the second one hangs on line 2 */
#define ICW3_SLAVE	0x02
#define ICW4_8086	0x01
#define MASK_ALL	0xff

void __init pic_init(void)
{
	outb(MASK_ALL, PIC1_DATA);
	outb(MASK_ALL, PIC2_DATA);
	outb(ICW1_START, PIC1_COMMAND);
	outb(VECTOR_PIC_FIRST, PIC1_DATA);
	outb(ICW3_MASTER, PIC1_DATA);
	outb(ICW4_8086, PIC1_DATA);
	outb(ICW1_START, PIC2_COMMAND);
	outb(VECTOR_PIC_FIRST + 8, PIC2_DATA);
	outb(ICW3_SLAVE, PIC2_DATA);
	outb(ICW4_8086, PIC2_DATA);
	outb(MASK_ALL, PIC1_DATA);
	outb(MASK_ALL, PIC2_DATA);
}
