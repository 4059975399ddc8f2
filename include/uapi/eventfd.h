/* SPDX-License-Identifier: MIT */
/*
 * eventfd.
 */
#ifndef UAPI_EVENTFD_H
#define UAPI_EVENTFD_H

#define EFD_SEMAPHORE	01
#define EFD_CLOEXEC	02000000
#define EFD_NONBLOCK	04000

#endif
