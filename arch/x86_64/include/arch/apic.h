/* SPDX-License-Identifier: MIT */
/* Interrupt controllers and vectors. */
#ifndef ARCH_APIC_H
#define ARCH_APIC_H

#include <kit/types.h>

struct trap_frame;

/* Calls who is behind the vector on this CPU, and acknowledges it. From the interrupt entry. */
void vector_dispatch(struct trap_frame *frame, unsigned int vector);

#endif
