/* SPDX-License-Identifier: MIT */
/*
 * prctl(PR_SET_SECUREBITS): how far user 0 is special. Each has a lock bit beside it.
 */
#ifndef UAPI_SECUREBITS_H
#define UAPI_SECUREBITS_H

#define issecure_mask(bit)	(1 << (bit))
#define SECURE_NOROOT				0
#define SECURE_NOROOT_LOCKED			1
#define SECURE_NO_SETUID_FIXUP			2
#define SECURE_NO_SETUID_FIXUP_LOCKED		3
#define SECURE_KEEP_CAPS			4
#define SECURE_KEEP_CAPS_LOCKED			5
#define SECURE_NO_CAP_AMBIENT_RAISE		6
#define SECURE_NO_CAP_AMBIENT_RAISE_LOCKED	7
#define SECBIT_NOROOT				0x1
#define SECBIT_NOROOT_LOCKED			0x2
#define SECBIT_NO_SETUID_FIXUP			0x4
#define SECBIT_NO_SETUID_FIXUP_LOCKED		0x8
#define SECBIT_KEEP_CAPS			0x10
#define SECBIT_KEEP_CAPS_LOCKED			0x20
#define SECBIT_NO_CAP_AMBIENT_RAISE		0x40
#define SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED	0x80
#define SECUREBITS_DEFAULT	0x0
#define SECURE_ALL_BITS		0x55
#define SECURE_ALL_LOCKS	0xaa

#endif
