// SPDX-License-Identifier: MIT
/*
 * Exported symbols. Each table is sorted by name by the linker, so a look-up is a binary search in the image's table and then in those
 * of the modules that export anything.
 */
#include "internal.h"

#include <kernel/log.h>
#include <lib/rculist.h>
#include <lib/sort.h>
#include <lib/string.h>
#include <mm/slab.h>

extern const struct kit_export __kit_exports_start[], __kit_exports_end[];

static const struct kit_export *table_find(const struct kit_export *start, const struct kit_export *end, const char *name)
{
	size_t stride = start < end ? start->size : 1, low = 0, high = ((const u8 *)end - (const u8 *)start) / stride;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct kit_export *export = (const void *)((const u8 *)start + middle * stride);
		int order = strcmp(name, export->name);

		if (!order)
			return export;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

int symbol_find(const char *name, struct symbol_lookup *found)
{
	const struct kit_export *export = table_find(__kit_exports_start, __kit_exports_end, name);
	struct module *module;

	found->provider = NULL;
	found->export = export;
	if (export)
		return 0;
	list_for_each_entry(module, &modules, node) {
		if (module->state == MODULE_GOING || module->descriptor->exports == module->descriptor->exports_end)
			continue;
		export = table_find(module->descriptor->exports, module->descriptor->exports_end, name);
		if (export) {
			found->provider = module;
			found->export = export;
			return 0;
		}
	}
	return -ENOENT;
}

const char *symbol_duplicate(const struct kit_module *descriptor)
{
	struct symbol_lookup found;

	for (const struct kit_export *e = descriptor->exports; e < descriptor->exports_end; e = export_next(e))
		if (symbol_find(e->name, &found) != -ENOENT)
			return e->name;
	return NULL;
}

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
	unsigned long x = ((const struct module_symbol *)a)->address, y = ((const struct module_symbol *)b)->address;

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

const char *module_symbol_lookup(unsigned long address, unsigned long *offset, unsigned long *size, const char **name)
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
