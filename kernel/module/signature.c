// SPDX-License-Identifier: MIT
/*
 * Signatures behind modules, in Linux's appended format:
 *
 *	the file | signer's name | key's id | signature | struct module_signature_info | "~Module signature appended~\n"
 */
#include "load.h"

#include <lib/string.h>

static const char marker[] = "~Module signature appended~\n";
#define MARKER_SIZE	(sizeof(marker) - 1)

size_t module_signed_size(const void *image, size_t size)
{
	const u8 *end = (const u8 *)image + size;
	struct module_signature_info info;
	u64 behind;

	if (size < MARKER_SIZE + sizeof(info) || memcmp(end - MARKER_SIZE, marker, MARKER_SIZE))
		return size;
	memcpy(&info, end - MARKER_SIZE - sizeof(info), sizeof(info));
	behind = (u64)be32_to_cpu(info.signature_length) + info.signer_length + info.key_id_length + sizeof(info) + MARKER_SIZE;
	return behind <= size ? size - behind : size;
}
