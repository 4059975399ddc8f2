/* SPDX-License-Identifier: MIT */
/*
 * Error numbers of the core: the user-visible ones, and those that never reach
 * a program because the system call exit or a caller turns them into others.
 */
#ifndef LIB_ERRNO_H
#define LIB_ERRNO_H

#include <uapi/errno.h>

/* A signal interrupted the call: restart it, or answer EINTR, as SA_RESTART says. */
#define ERESTARTSYS		512
/* Restart always. */
#define ERESTARTNOINTR		513
/* Restart if no handler runs, else EINTR. */
#define ERESTARTNOHAND		514
/* This ioctl layer does not know the command; becomes ENOTTY. */
#define ENOIOCTLCMD		515
/* Restart through restart_syscall with state that the thread keeps. */
#define ERESTART_RESTARTBLOCK	516
/* The driver's probe needs something that is not there yet. */
#define EPROBE_DEFER		517
/* Lock-free path walk must be repeated. */
#define EOPENSTALE		518
#define ENOTSUPP		524
/* An asynchronous request was queued; its completion will be called. */
#define EIOCBQUEUED		529

#endif
