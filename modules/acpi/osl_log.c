// SPDX-License-Identifier: MIT
/*
 * ACPICA's view of the system: messages. A line comes in pieces, and begins with its level ("\001" and a digit, platform/aclinux.h); pieces are
 * kept until the line is whole. When another thread begins to speak meanwhile, what there is goes out.
 */
#include "driver.h"

#include <kit/lock.h>
#include <kit/module.h>

static char line[256]; /* line_lock, and those below */
static u32 length;
static u64 speaker;
static spinlock_t line_lock;

static void put_line(void)
{
	const char *text = line;
	u32 level = LOG_LEVEL_INFO;

	if (text[0] == 1 && text[1] >= '0' && text[1] <= '7') {
		level = text[1] - '0';
		text += 2;
	}
	if (*text)
		log_print(THIS_MODULE, level, "%s", text);
	length = 0;
	line[0] = '\0';
}

static void put_char(char c)
{
	if (c != '\n' && length < sizeof(line) - 1) {
		line[length++] = c;
		line[length] = '\0';
	} else {
		put_line();
	}
}

void acpi_os_vprintf(const char *format, va_list args)
{
	char text[256];
	u64 flags, me = firmware_thread_id();

	vsnprintf(text, sizeof(text), format, args);
	flags = spin_lock_save(&line_lock);
	if (length && speaker != me)
		put_line();
	speaker = me;
	for (const char *c = text; *c; c++)
		put_char(*c);
	spin_unlock_restore(&line_lock, flags);
}

void acpi_os_printf(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	acpi_os_vprintf(format, args);
	va_end(args);
}

acpi_status acpi_os_signal(u32 function, void *info)
{
	const struct acpi_signal_fatal_info *fatal = info;

	if (function == ACPI_SIGNAL_FATAL)
		pr_err("the firmware says that it cannot go on: type %x, code %x, argument %x",
		       fatal->type, fatal->code, fatal->argument);
	return AE_OK;
}
