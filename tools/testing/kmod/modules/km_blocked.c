// SPDX-License-Identifier: MIT
/* As km_plain, under a name that the kernel's command line forbids (module_blacklist=). */
#define KM_COPY
#include "km_plain.c"
