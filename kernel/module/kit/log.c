// SPDX-License-Identifier: MIT
/* Kit: messages (kit/log.h). */
#include "kit.h"

#include <kernel/log.h>
#include <lib/printf.h>

void kit_log_print(const struct module *module, u32 level, const char *format, ...) __printf(3, 4);
void kit_dev_print(u32 level, const struct device *device, const char *format, ...) __printf(3, 4);
int kit_snprintf(char *buf, size_t size, const char *format, ...) __printf(3, 4);
int kit_vsnprintf(char *buf, size_t size, const char *format, va_list args) __printf(3, 0);

static void print(u32 level, const char *first, const char *second, const char *format,
		  va_list args)
{
	char text[256];

	vsnprintf(text, sizeof(text), format, args);
	printk("\001%c%s%s%s: %s", (char)('0' + min(level, 7u)), first, *second ? " " : "", second,
	       text);
}

void kit_log_print(const struct module *module, u32 level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(level, module ? module->name : "module", "", format, args);
	va_end(args);
}

void kit_dev_print(u32 level, const struct device *device, const char *format, ...)
{
	const struct device_driver *driver = device ? READ_ONCE(device->driver) : NULL;
	va_list args;

	va_start(args, format);
	print(level, driver ? driver->name : "device", device ? device->name : "", format, args);
	va_end(args);
}

int kit_snprintf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(buf, size, format, args);
	va_end(args);
	return n;
}

int kit_vsnprintf(char *buf, size_t size, const char *format, va_list args)
{
	return vsnprintf(buf, size, format, args);
}

EXPORT_KIT_CORE(log_print, 0, 1);
EXPORT_KIT_CORE(dev_print, 0, 1);
EXPORT_KIT_CORE(snprintf, 0, 1);
EXPORT_KIT_CORE(vsnprintf, 0, 1);
