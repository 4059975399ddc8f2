/* SPDX-License-Identifier: MIT */
/* SIGIO: a driver keeps a list of the open files that want it (its fasync operation calls fasync_change) and tells them when something came. */
#ifndef FS_FASYNC_H
#define FS_FASYNC_H

#include <kit/list.h>
#include <kernel/spinlock.h>

struct file;

struct fasync_list {
	spinlock_t lock;
	struct list_head entries;
};

void fasync_list_init(struct fasync_list *list);
/* 0 or -ENOMEM; off never fails */
int fasync_change(struct fasync_list *list, int fd, struct file *file, bool on);
/* EPOLLIN, EPOLLOUT ...; any context but NMI */
void fasync_tell(struct fasync_list *list, int band);
void send_sigio(struct file *file, int fd, int band);
long file_set_owner(struct file *file, int who); /* as F_SETOWN: a negative one is a group */

#endif
