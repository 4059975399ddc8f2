/* SPDX-License-Identifier: MIT */
/* One source for both kernels: names that differ between the kit and Linux. */
#ifdef __MODULE__ /* by the kit's Makefile */
#include <kit/errno.h>
#include <kit/log.h>
#include <kit/module.h>
#include <kit/param.h>
#define __exit
#define EXPORT(symbol)	EXPORT_KIT_PLAIN(symbol, 0, 9)
#define module_param_chars(name, array, mode)	module_param_string(name, array, mode)
#else
#include <linux/module.h>
#define EXPORT(symbol)	EXPORT_SYMBOL_GPL(symbol)
#define module_param_chars(name, array, mode)	module_param_string(name, array, sizeof(array), mode)
#endif
