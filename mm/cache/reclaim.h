/* SPDX-License-Identifier: MIT */
/* The threads of mm/cache. */
#ifndef RECLAIM_H
#define RECLAIM_H

void write_back_init(void);

#endif
