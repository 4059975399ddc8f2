/* SPDX-License-Identifier: MIT */
#ifndef FS_LOCKS_H
#define FS_LOCKS_H

#include <kit/types.h>

struct file;
struct flock;

long fcntl_getlk(struct file *file, struct flock *f, bool ofd);
long fcntl_setlk(unsigned int fd, struct file *file, const struct flock *f, bool ofd, bool wait);
long do_flock(struct file *file, unsigned int operation);
void file_locks_init(void);

#endif
