/* SPDX-License-Identifier: MIT */
/*
 * swapon. Linux has these numbers in no user-visible header.
 */
#ifndef UAPI_SWAP_H
#define UAPI_SWAP_H

#define SWAP_FLAG_PREFER	0x8000
#define SWAP_FLAG_PRIO_MASK	0x7fff
#define SWAP_FLAG_DISCARD	0x10000

#endif
