/* SPDX-License-Identifier: MIT */
/*
 * ptrace.
 */
#ifndef UAPI_PTRACE_H
#define UAPI_PTRACE_H

#include <uapi/types.h>

#define PTRACE_TRACEME			0
#define PTRACE_PEEKTEXT			1
#define PTRACE_PEEKDATA			2
#define PTRACE_PEEKUSR			3
#define PTRACE_POKETEXT			4
#define PTRACE_POKEDATA			5
#define PTRACE_POKEUSR			6
#define PTRACE_CONT			7
#define PTRACE_KILL			8
#define PTRACE_SINGLESTEP		9
#define PTRACE_GETREGS			12
#define PTRACE_SETREGS			13
#define PTRACE_GETFPREGS		14
#define PTRACE_SETFPREGS		15
#define PTRACE_ATTACH			16
#define PTRACE_DETACH			17
#define PTRACE_GETFPXREGS		18
#define PTRACE_SETFPXREGS		19
#define PTRACE_OLDSETOPTIONS		21
#define PTRACE_SYSCALL			24
#define PTRACE_GET_THREAD_AREA		25
#define PTRACE_SET_THREAD_AREA		26
#define PTRACE_ARCH_PRCTL		30
#define PTRACE_SYSEMU			31
#define PTRACE_SYSEMU_SINGLESTEP	32
#define PTRACE_SINGLEBLOCK		33
#define PTRACE_SETOPTIONS		0x4200
#define PTRACE_GETEVENTMSG		0x4201
#define PTRACE_GETSIGINFO		0x4202
#define PTRACE_SETSIGINFO		0x4203
#define PTRACE_GETREGSET		0x4204
#define PTRACE_SETREGSET		0x4205
#define PTRACE_SEIZE			0x4206
#define PTRACE_INTERRUPT		0x4207
#define PTRACE_LISTEN			0x4208
#define PTRACE_PEEKSIGINFO		0x4209
#define PTRACE_GETSIGMASK		0x420a
#define PTRACE_SETSIGMASK		0x420b
#define PTRACE_SECCOMP_GET_FILTER	0x420c
#define PTRACE_SECCOMP_GET_METADATA	0x420d
#define PTRACE_GET_SYSCALL_INFO		0x420e
#define PTRACE_GET_RSEQ_CONFIGURATION	0x420f

struct ptrace_peeksiginfo_args {
	__u64 off;
	__u32 flags;
	__s32 nr;
};

struct ptrace_syscall_info {
	__u8 op;
	__u8 pad[3];
	__u32 arch;
	__u64 instruction_pointer;
	__u64 stack_pointer;
	union {
		struct {
			__u64 nr;
			__u64 args[6];
		} entry;
		struct {
			__s64 rval;
			__u8 is_error;
		} exit;
		struct {
			__u64 nr;
			__u64 args[6];
			__u32 ret_data;
		} seccomp;
	};
};

#define PTRACE_PEEKSIGINFO_SHARED	1
#define PTRACE_SYSCALL_INFO_NONE	0
#define PTRACE_SYSCALL_INFO_ENTRY	1
#define PTRACE_SYSCALL_INFO_EXIT	2
#define PTRACE_SYSCALL_INFO_SECCOMP	3
#define PTRACE_EVENT_FORK		1
#define PTRACE_EVENT_VFORK		2
#define PTRACE_EVENT_CLONE		3
#define PTRACE_EVENT_EXEC		4
#define PTRACE_EVENT_VFORK_DONE		5
#define PTRACE_EVENT_EXIT		6
#define PTRACE_EVENT_SECCOMP		7
#define PTRACE_EVENT_STOP		128
#define PTRACE_EVENTMSG_SYSCALL_ENTRY	1
#define PTRACE_EVENTMSG_SYSCALL_EXIT	2
#define PTRACE_O_TRACESYSGOOD		0x1
#define PTRACE_O_TRACEFORK		0x2
#define PTRACE_O_TRACEVFORK		0x4
#define PTRACE_O_TRACECLONE		0x8
#define PTRACE_O_TRACEEXEC		0x10
#define PTRACE_O_TRACEVFORKDONE		0x20
#define PTRACE_O_TRACEEXIT		0x40
#define PTRACE_O_TRACESECCOMP		0x80
#define PTRACE_O_EXITKILL		0x100000
#define PTRACE_O_SUSPEND_SECCOMP	0x200000
#define PTRACE_O_MASK			0x3000ff

/* The registers as PTRACE_GETREGS and core files have them. */
struct user_regs_struct {
	unsigned long r15;
	unsigned long r14;
	unsigned long r13;
	unsigned long r12;
	unsigned long rbp;
	unsigned long rbx;
	unsigned long r11;
	unsigned long r10;
	unsigned long r9;
	unsigned long r8;
	unsigned long rax;
	unsigned long rcx;
	unsigned long rdx;
	unsigned long rsi;
	unsigned long rdi;
	unsigned long orig_rax;
	unsigned long rip;
	unsigned long cs;
	unsigned long eflags;
	unsigned long rsp;
	unsigned long ss;
	unsigned long fs_base;
	unsigned long gs_base;
	unsigned long ds;
	unsigned long es;
	unsigned long fs;
	unsigned long gs;
};

#endif
