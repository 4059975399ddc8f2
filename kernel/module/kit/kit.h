/* SPDX-License-Identifier: MIT */
/*
 * The core's side of the kit: functions that modules know by another C name or with other types than the core's own of the same name.
 * Their object names are what the kit's headers say (KIT_SYMBOL).
 */
#ifndef KERNEL_MODULE_KIT_H
#define KERNEL_MODULE_KIT_H

#include <kernel/module.h>

/* Exports kit_NAME, defined here under that name. */
#define EXPORT_KIT_CORE(name, major, minor) \
	KIT_EXPORT_ENTRY(kit_##name, kit_##name, KIT_EXPORT_KIT, major, minor)

#endif
