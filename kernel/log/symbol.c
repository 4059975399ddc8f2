/* SPDX-License-Identifier: MIT */
/* Names for addresses in messages: printf's %pS and %ps, from the image's table and the modules'. */
#include <kernel/backtrace.h>
#include <kernel/kallsyms.h>
#include <lib/printf.h>

int (*symbol_in_module)(char *to, size_t size, unsigned long address, bool with_offset);

int printf_symbol(char *to, size_t size, unsigned long address, bool with_offset)
{
	unsigned long offset, length;
	const char *name = kallsyms_lookup(address, &offset, &length);

	if (name && with_offset)
		return snprintf(to, size, "%s+0x%lx/0x%lx", name, offset, length);
	if (name)
		return snprintf(to, size, "%s", name);
	if (symbol_in_module)
		return symbol_in_module(to, size, address, with_offset);
	return snprintf(to, size, "0x%lx", address);
}
