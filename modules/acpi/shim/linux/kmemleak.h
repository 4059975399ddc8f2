/* SPDX-License-Identifier: MIT */
/* ACPICA's utobject.c tells Linux's leak scan about an object that it keeps for ever. */
#define kmemleak_not_leak(object)	((void)(object))
