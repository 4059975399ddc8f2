/* SPDX-License-Identifier: MIT */
/*
 * Magic SysRq: one letter makes the kernel tell or do something, whatever programs are up to. It comes
 * from Alt+SysRq+letter on the screen's keyboard, from a break and then the letter on a serial
 * console, or by /proc/sysrq-trigger. Letters, words and kernel.sysrq are Linux's
 * (Documentation/admin-guide/sysrq.rst there).
 */
#ifndef KERNEL_SYSRQ_H
#define KERNEL_SYSRQ_H

#include <kernel/workqueue.h>

/* Bits of kernel.sysrq: what keyboards and serial lines may ask for. The value 1 is all, 0 nothing. */
#define SYSRQ_ENABLE_LOG	0x0002
#define SYSRQ_ENABLE_KEYBOARD	0x0004
#define SYSRQ_ENABLE_DUMP	0x0008
#define SYSRQ_ENABLE_SYNC	0x0010
#define SYSRQ_ENABLE_SIGNAL	0x0040
#define SYSRQ_ENABLE_BOOT	0x0080
#define SYSRQ_ENABLE_RTNICE	0x0100

struct sysrq_key {
	char letter;
	bool sleeps;	     /* handle is called in process context; else in any but NMI */
	unsigned int enable; /* SYSRQ_ENABLE_* */
	const char *help;    /* among all in the one line of help, as "sync(s)" */
	const char *action;  /* said before it is done */
	void (*handle)(char letter);
	struct work_struct work; /* these two are sysrq's own */
	struct sysrq_key *next;
};

extern int sysrq_enabled; /* kernel.sysrq */

/* During boot; there is no way back. */
void sysrq_register(struct sysrq_key *key);
/*
 * From a keyboard or a serial line, if kernel.sysrq allows it: as soon as interrupts are on again. Any context, any locks held.
 * One is handled at a time: a letter that comes while another waits is lost.
 */
void sysrq_request(char letter);
/* From root, whatever kernel.sysrq says: before it returns. Process context. */
void sysrq_trigger(char letter);
void sysrq_init(void); /* boot: before the first key of others */

#endif
