/* SPDX-License-Identifier: MIT */
/*
 * Against programs that make the processor run ahead of itself: which of the known faults this one
 * has, and what is done about each. Documentation/mitigations.md tells what there is and what is
 * not.
 */
#ifndef ARCH_MITIGATIONS_H
#define ARCH_MITIGATIONS_H

#include <kit/types.h>

/* The boot CPU, between cpu_features_init() and alternatives_apply(): decides, by the CPU and
 * mitigations=, and says what. */
void mitigations_choose(void);
/* Each CPU: its registers. */
void mitigations_init_cpu(void);

#define NR_VULNERABILITIES 14

/* The files of /sys/devices/system/cpu/vulnerabilities: name and content, in Linux's words. By
 * number below NR_VULNERABILITIES. */
const char *cpu_vulnerability_name(unsigned int number);
const char *cpu_vulnerability_state(unsigned int number);

/* For the line "bugs" of /proc/cpuinfo; NULL: the CPU has not got it. */
const char *cpu_bug_name(unsigned int number);

#endif
