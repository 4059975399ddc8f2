/* SPDX-License-Identifier: MIT */
/*
 * Names of system call interfaces, as seccomp, ptrace and SIGSYS give them.
 */
#ifndef UAPI_AUDIT_H
#define UAPI_AUDIT_H

#define AUDIT_ARCH_X86_64	0xc000003e
#define AUDIT_ARCH_I386		0x40000003

#endif
