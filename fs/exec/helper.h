/* SPDX-License-Identifier: MIT */
#ifndef FS_EXEC_HELPER_H
#define FS_EXEC_HELPER_H

struct exit_report;

/*
 * A process, child of the kernel, that calls run(arg): 0 when kernel_execve was successful, else the code to exit with. Its number
 * or -errno. The report, if given, is completed at its end.
 */
long process_spawn(const char *name, int (*run)(void *arg), void *arg, struct exit_report *report);

#endif
