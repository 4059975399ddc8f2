/* SPDX-License-Identifier: MIT */
/* Start of tracefs: the files by which events are switched on and read (fs/tracefs). */
#ifndef FS_TRACEFS_H
#define FS_TRACEFS_H

#ifdef CONFIG_TRACING
void tracefs_init(void);
#else
static inline void tracefs_init(void) { }
#endif

#endif
