/* SPDX-License-Identifier: MIT */
#ifndef FS_INOTIFY_H
#define FS_INOTIFY_H

#include <kit/types.h>

extern unsigned int inotify_max_instances, inotify_max_watches, inotify_max_events;

long do_inotify_init(int flags);
long do_inotify_add_watch(int fd, const char __user *path, u32 mask);
long do_inotify_rm_watch(int fd, int wd);

#endif
