/* SPDX-License-Identifier: MIT */
/*
 * Cyclic redundancy checks, bit-reflected. `crc` is the value so far; whether it starts as
 * all ones and is inverted at the end is the format's business:
 * gzip, GPT, kit symbols: ~crc32_le(~0, data, len). iSCSI, ext4: crc32c(~0, ...).
 */
#ifndef LIB_CRC32_H
#define LIB_CRC32_H

#include <lib/compiler.h>
#include <lib/types.h>

u32 crc32_le(u32 crc, const void *data, size_t len); /* polynomial 0x04c11db7 */
u32 crc32c(u32 crc, const void *data, size_t len);   /* polynomial 0x1edc6f41 */
u16 crc16(u16 crc, const void *data, size_t len);    /* polynomial 0x8005 */

#endif
