/* SPDX-License-Identifier: MIT */
/*
 * The sampling profiler: a timer on each CPU that writes where the CPU is, with the calls that led
 * there, as trace event profile:sample. tracefs switches both (profile_hz).
 */
#ifndef KERNEL_SAMPLE_H
#define KERNEL_SAMPLE_H

#include <kernel/trace.h>
#include <lib/types.h>

#define SAMPLE_HZ_MAX	10000u

extern struct trace_event sample_event;

/* 0: stop. Callers take turns; sleeps. */
void sample_set_rate(unsigned int hz);

#endif
