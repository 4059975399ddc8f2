// SPDX-License-Identifier: MIT
/* As km_plain, under a name that modprobe.blacklist= names. */
#define KM_COPY
#include "km_plain.c"
