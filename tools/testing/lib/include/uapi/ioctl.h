/* SPDX-License-Identifier: MIT */
/* Before ours on the path of programs that have the C library's headers and include a module's header too. */
#include <sys/ioctl.h>
