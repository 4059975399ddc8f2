/* SPDX-License-Identifier: MIT */
/*
 * What reports want to know of modules: names for their addresses, which ones there are, and where those were that are gone: a stale pointer into
 * one faults, and the report then says whose it was. No locks: RCU, or a dying kernel.
 */
#include "internal.h"

#include <kernel/backtrace.h>
#include <kernel/log.h>
#include <kernel/rcu.h>
#include <lib/printf.h>
#include <lib/rculist.h>
#include <lib/string.h>

/* ---- modules that are gone ---- */

#define NR_GONE	16

/* Written under module_mutex; read without, so a report may miss what goes at that moment. A size of 0 is no entry. */
static struct gone {
	char name[KIT_NAME_MAX + 1];
	struct {
		unsigned long base;
		size_t size;
	} regions[NR_REGIONS];
} gone[NR_GONE];
static unsigned int nr_gone; /* ever; the newest is at nr_gone - 1 */

/* Its init regions are gone since it is live; those that remain are remembered. module_mutex held. */
void module_report_gone(const struct module *module)
{
	struct gone *g = &gone[nr_gone % NR_GONE];

	for (int r = 0; r < NR_REGIONS; r++)
		WRITE_ONCE(g->regions[r].size, 0);
	smp_wmb();
	strscpy(g->name, module->name, sizeof(g->name));
	for (int r = 0; r < NR_REGIONS; r++)
		WRITE_ONCE(g->regions[r].base, (unsigned long)module->regions[r].base);
	smp_wmb();
	for (int r = 0; r < NR_REGIONS; r++)
		WRITE_ONCE(g->regions[r].size, ALIGN(module->regions[r].size, PAGE_SIZE));
	WRITE_ONCE(nr_gone, nr_gone + 1);
}

static const struct gone *gone_at(unsigned long address)
{
	unsigned int newest = READ_ONCE(nr_gone);

	for (unsigned int i = 1; i <= min(newest, (unsigned int)NR_GONE); i++) {
		const struct gone *g = &gone[(newest - i) % NR_GONE];

		for (int r = 0; r < NR_REGIONS; r++)
			if (address - READ_ONCE(g->regions[r].base) < READ_ONCE(g->regions[r].size))
				return g;
	}
	return NULL;
}

static int name_stale(char *to, size_t size, unsigned long address)
{
	const struct gone *g = gone_at(address);

	return g ? snprintf(to, size, "0x%lx [%s, unloaded]", address, g->name)
		 : snprintf(to, size, "0x%lx", address);
}

/* ---- names ---- */

static int name_symbol(char *to, size_t size, unsigned long address, bool with_offset)
{
	unsigned long offset, length;
	const char *module, *name;
	int written;

	rcu_read_lock();
	name = module_symbol_lookup(address, &offset, &length, &module);
	if (!name)
		written = name_stale(to, size, address);
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
		snprintf(to, size, "(%s%s)", flags,
			 state == MODULE_COMING	 ? "+"
			 : state == MODULE_GOING ? "-"
						 : "");
}

#define LIST_LINE 512

/* Another word of the list; a line that has no room for it is printed. */
static void add_word(const char *level, char *line, size_t *length, const char *name,
		     const char *flags)
{
	if (*length + 1 + strlen(name) + strlen(flags) >= LIST_LINE) {
		printk("%sModules linked in:%s\n", level, line);
		*length = 0;
	}
	*length += scnprintf(line + *length, LIST_LINE - *length, " %s%s", name, flags);
}

/* A module that is being loaded or unloaded is marked by + or -. */
static void show_list(const char *level)
{
	char line[LIST_LINE] = "";
	struct module *module;
	size_t length = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(module, &modules, node) {
		char flags[12];

		show_flags(module, flags, sizeof(flags));
		if (!module->builtin)
			add_word(level, line, &length, module->name, flags);
	}
	rcu_read_unlock();
	if (READ_ONCE(nr_gone)) {
		add_word(level, line, &length,
			 "[last unloaded: ", gone[(READ_ONCE(nr_gone) - 1) % NR_GONE].name);
		scnprintf(line + length, sizeof(line) - length, "]");
	}
	printk("%sModules linked in:%s\n", level, line);
}

void module_report_init(void)
{
	symbol_in_module = name_symbol;
	show_modules = show_list;
}
