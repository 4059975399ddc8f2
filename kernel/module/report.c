/* SPDX-License-Identifier: MIT */
/* What reports want to know of modules: names for their addresses, and which ones there are. No locks: RCU, or a dying kernel. */
#include "internal.h"
#include <kernel/backtrace.h>
#include <kernel/log.h>
#include <kernel/rcu.h>
#include <lib/printf.h>
#include <lib/rculist.h>

static int name_symbol(char *to, size_t size, unsigned long address, bool with_offset)
{
	unsigned long offset, length;
	const char *module, *name;
	int written;

	rcu_read_lock();
	name = module_symbol_lookup(address, &offset, &length, &module);
	if (!name)
		written = snprintf(to, size, "0x%lx", address);
	else if (with_offset)
		written = snprintf(to, size, "%s+0x%lx/0x%lx [%s]", name, offset, length, module);
	else
		written = snprintf(to, size, "%s [%s]", name, module);
	rcu_read_unlock();
	return written;
}

void module_taint_flags(const struct module *module, char *flags)
{
	if (module->out_of_tree)
		*flags++ = 'O';
	*flags = '\0';
}

/* "(O+)": its flags, and + or - while it is being loaded or unloaded; nothing for most. */
static void show_flags(const struct module *module, char *to, size_t size)
{
	enum module_state state = READ_ONCE(module->state);
	char flags[8];

	module_taint_flags(module, flags);
	*to = '\0';
	if (*flags || state != MODULE_LIVE)
		snprintf(to, size, "(%s%s)", flags, state == MODULE_COMING ? "+" : state == MODULE_GOING ? "-" : "");
}

/* One line; a module that is being loaded or unloaded is marked by + or -. */
static void show_list(const char *level)
{
	char line[512] = "";
	struct module *module;
	size_t length = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(module, &modules, node) {
		char flags[12];

		show_flags(module, flags, sizeof(flags));
		if (!module->builtin)
			length += scnprintf(line + length, sizeof(line) - length, " %s%s", module->name, flags);
	}
	rcu_read_unlock();
	printk("%sModules linked in:%s\n", level, line);
}

void module_report_init(void)
{
	symbol_in_module = name_symbol;
	show_modules = show_list;
}
