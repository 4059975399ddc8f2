/* SPDX-License-Identifier: MIT */
/*
 * splice, tee, vmsplice.
 */
#ifndef UAPI_SPLICE_H
#define UAPI_SPLICE_H

#define SPLICE_F_MOVE		1
#define SPLICE_F_NONBLOCK	2
#define SPLICE_F_MORE		4
#define SPLICE_F_GIFT		8

#endif
