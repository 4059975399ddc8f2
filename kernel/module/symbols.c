// SPDX-License-Identifier: MIT
/* Who uses whose exports, and the symbols of a module by their addresses, for backtraces. */
#include "internal.h"

#include <lib/rculist.h>
#include <lib/sort.h>
#include <lib/string.h>
#include <mm/slab.h>

int module_use(struct module *user, struct module *provider)
{
	struct module_use *use;

	list_for_each_entry(use, &user->providers, user_node)
		if (use->provider == provider)
			return 0;
	use = kmalloc(sizeof(*use), GFP_KERNEL);
	if (!use)
		return -ENOMEM;
	if (!try_module_get(provider)) {
		kfree(use);
		return -ENODEV;
	}
	use->user = user;
	use->provider = provider;
	list_add_tail(&use->user_node, &user->providers);
	list_add_tail(&use->provider_node, &provider->users);
	return 0;
}

void module_drop_uses(struct module *user)
{
	struct module_use *use, *next;

	list_for_each_entry_safe(use, next, &user->providers, user_node) {
		module_sysfs_holder(use->provider, user, false);
		list_del(&use->user_node);
		list_del(&use->provider_node);
		module_put(use->provider);
		kfree(use);
	}
}

static int by_address(const void *a, const void *b)
{
	unsigned long x = ((const struct module_symbol *)a)->address,
		      y = ((const struct module_symbol *)b)->address;

	return x < y ? -1 : x > y;
}

int module_sort_symbols(struct module *module)
{
	sort(module->symbols, module->nr_symbols, sizeof(module->symbols[0]), by_address);
	return 0;
}

static bool in_module(const struct module *module, unsigned long address)
{
	for (int i = 0; i < NR_REGIONS; i++) {
		unsigned long base = (unsigned long)module->regions[i].base;

		if (base && address >= base && address - base < module->regions[i].size)
			return true;
	}
	return false;
}

struct module *module_at(unsigned long address)
{
	struct module *module;

	list_for_each_entry_rcu(module, &modules, node)
		if (!module->builtin && in_module(module, address))
			return module;
	return NULL;
}

const char *module_symbol_lookup(unsigned long address, unsigned long *offset, unsigned long *size,
				 const char **name)
{
	struct module *module = module_at(address);
	const struct module_symbol *symbol;
	size_t low = 0, high;

	if (!module || !module->nr_symbols)
		return NULL;
	high = module->nr_symbols;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (module->symbols[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	symbol = &module->symbols[low - 1];
	*offset = address - symbol->address;
	*size = symbol->size;
	*name = module->name;
	return symbol->name;
}
