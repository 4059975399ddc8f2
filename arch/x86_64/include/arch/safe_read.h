/* SPDX-License-Identifier: MIT */
/* Reads of kernel addresses that may not be mapped, for reports. Any context. */
#ifndef ARCH_SAFE_READ_H
#define ARCH_SAFE_READ_H

#include <kit/types.h>

/* Bytes that could be read, from the first on. User addresses are never read. */
size_t safe_read(void *to, const void *from, size_t size);

#endif
