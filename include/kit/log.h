/* SPDX-License-Identifier: MIT */
/*
 * Kit: messages. Any context, never sleeps. One call is one line; the newline at its end is optional. Formats as printf's without
 * floating point; %pS prints a code address with its symbol.
 *
 * Unless a comment says otherwise: any context; never sleeps; cannot fail; texts stay the caller's.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_LOG_H
#define KIT_LOG_H

#include <kit/abi.h>
#include <kit/module.h>
#include <kit/types.h>

struct device;

enum kit_log_constants {
	LOG_LEVEL_EMERG = 0,
	LOG_LEVEL_ALERT = 1,
	LOG_LEVEL_CRIT = 2,
	LOG_LEVEL_ERR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* Prints a message of the module. It begins with "MODULE: "; module is THIS_MODULE. Since 0.1. */
void log_print(const struct module *module, u32 level, const char *format, ...)
	KIT_SYMBOL(log_print) __printf(3, 4);
/* Prints a message about a device. It begins with "DRIVER DEVICE: "; device may be NULL. Since 0.1. */
void dev_print(u32 level, const struct device *device, const char *format, ...)
	KIT_SYMBOL(dev_print) __printf(3, 4);
/* Prints into buf, at most size bytes with the zero at the end; the length that it would have had. Since 0.1. */
int snprintf(char *buf, size_t size, const char *format, ...) KIT_SYMBOL(snprintf) __printf(3, 4);

/* The same for arguments that the caller got as "...". Any context. Since 0.1. */
int vsnprintf(char *buf, size_t size, const char *format, va_list args) KIT_SYMBOL(vsnprintf)
	__printf(3, 0);

#ifndef pr_fmt
#define pr_fmt(format)	format
#endif
#define pr_err(format, ...)	log_print(THIS_MODULE, LOG_LEVEL_ERR, pr_fmt(format), ##__VA_ARGS__)
#define pr_warn(format, ...)	log_print(THIS_MODULE, LOG_LEVEL_WARNING, pr_fmt(format), ##__VA_ARGS__)
#define pr_notice(format, ...)	log_print(THIS_MODULE, LOG_LEVEL_NOTICE, pr_fmt(format), ##__VA_ARGS__)
#define pr_info(format, ...)	log_print(THIS_MODULE, LOG_LEVEL_INFO, pr_fmt(format), ##__VA_ARGS__)
#define pr_debug(format, ...)	log_print(THIS_MODULE, LOG_LEVEL_DEBUG, pr_fmt(format), ##__VA_ARGS__)
#define dev_err(device, format, ...)	dev_print(LOG_LEVEL_ERR, device, format, ##__VA_ARGS__)
#define dev_warn(device, format, ...)	dev_print(LOG_LEVEL_WARNING, device, format, ##__VA_ARGS__)
#define dev_info(device, format, ...)	dev_print(LOG_LEVEL_INFO, device, format, ##__VA_ARGS__)
#define dev_dbg(device, format, ...)	dev_print(LOG_LEVEL_DEBUG, device, format, ##__VA_ARGS__)

KIT_HEADER(log, 0);

#endif
