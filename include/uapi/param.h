/* SPDX-License-Identifier: MIT */
/*
 * Parameters of the system, as programs see them.
 */
#ifndef UAPI_PARAM_H
#define UAPI_PARAM_H

/* Clock ticks a second in times and /proc. */
#define HZ		100
#define EXEC_PAGESIZE	4096
#define MAXHOSTNAMELEN	64
#define NOGROUP		(-1)

#endif
