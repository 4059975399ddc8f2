// SPDX-License-Identifier: MIT
/*
 * Loading: from a byte buffer to a module whose init can be called. The checks in their order, each of which ends the load:
 *
 *	elf_module_open		the file is sound (lib/elf_module.c)
 *	load_check_signature	it is signed, if policy asks for that (signature.c)
 *	load_check_modinfo	it was built for this kit (check.c)
 *	load_resolve		every import exists, may be used by it and is of the type it was built for (import.c)
 *	load_check_descriptor	its tables are of known sizes and types (check.c)
 *	load_lay_out, copy, relocate	its memory, by protection; bytes get their addresses (place.c)
 *	load_take_descriptor	its tables lie inside it
 *	load_seal		W^X
 *	load_check_constructors	those of instrumented code are code of it (place.c)
 *	publish, start		it is on the list; constructors and init run
 *
 * Everything that can be refused is refused before the module is published.
 */
#include "calls.h"

#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/taint.h>
#include <kernel/wait.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/module_words.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/rculist.h>
#include <lib/string.h>
#include <mm/slab.h>

static const char *blacklist = "";

static int set_blacklist(const char *value)
{
	blacklist = value;
	return 0;
}
BOOT_PARAM("module_blacklist", set_blacklist);

bool module_is_named(const char *list, const char *name)
{
	size_t length = strlen(name), n;

	for (const char *p = list; *p; p += n + (p[n] == ',')) {
		n = strcspn(p, ",");
		if (n == length && parameqn(p, name, n))
			return true;
	}
	return false;
}

static bool is_live(const char *name)
{
	const struct module *module;
	bool live;

	rcu_read_lock();
	module = module_find(name);
	live = module && READ_ONCE(module->state) == MODULE_LIVE;
	rcu_read_unlock();
	return live;
}

static bool has_died(const char *name)
{
	const struct module *module;
	bool died;

	rcu_read_lock();
	module = module_find(name);
	died = module && READ_ONCE(module->died);
	rcu_read_unlock();
	return died;
}

bool module_is_settled(const char *name)
{
	bool there;

	rcu_read_lock();
	there = module_find(name) != NULL;
	rcu_read_unlock();
	return !there || is_live(name) || has_died(name);
}

/* On the list, unless one of that name is there: one that is just coming or going is waited for. */
static int publish(struct load_info *info)
{
	struct module *module = info->module;
	const char *twin;
	int error = 0;

	for (;;) {
		mutex_lock(&module_mutex);
		if (!module_find(module->name))
			break;
		mutex_unlock(&module_mutex);
		error = wait_event_interruptible(&module_wait, module_is_settled(module->name));
		if (error)
			return error;
		if (is_live(module->name))
			return module_refuse(module->name, -EEXIST, NULL, WORDS_TWICE);
		if (has_died(module->name))
			return module_refuse(
				module->name, -EBUSY, NULL,
				"a module of this name died in its init or exit and stays until the next boot");
	}
	twin = symbol_duplicate(module->descriptor);
	if (twin) {
		error = module_refuse(module->name, -ENOEXEC, NULL, WORDS_DUPLICATE, twin);
	} else {
		module->state = MODULE_COMING;
		error = module_exports_add(module);
		if (!error)
			list_add_tail_rcu(&module->node, &modules);
	}
	mutex_unlock(&module_mutex);
	return error;
}

static int allocate_info(struct load_info *info)
{
	int error;

	info->module = kzalloc(sizeof(*info->module), GFP_KERNEL);
	error = info->module ? module_set_up(info->module) : -ENOMEM;
	if (error)
		return error;
	info->symbols = kvzalloc(info->elf.nr_symbols * sizeof(u64), GFP_KERNEL);
	info->sections = kvzalloc(info->elf.nr_sections * (sizeof(u64) + 1), GFP_KERNEL);
	if (!info->symbols || !info->sections)
		return -ENOMEM;
	info->region_of = (u8 *)(info->sections + info->elf.nr_sections);
	memset(info->region_of, NR_REGIONS, info->elf.nr_sections);
	return 0;
}

static int build(struct load_info *info, char *arguments)
{
	struct module *module = info->module;
	int error = load_resolve(info);

	if (!error)
		error = load_check_descriptor(info);
	if (!error)
		error = load_lay_out(info);
	if (error)
		return error;
	load_copy(info);
	error = load_wrap(info);
	if (!error)
		error = load_relocate(info);
	if (error)
		return error;
	load_wrap_callbacks(info);
	error = load_take_descriptor(info);
	if (!error)
		error = load_keep(info);
	if (error)
		return error;
	load_name_calls(info);
	error = module_parse_arguments(module, arguments);
	if (!error)
		error = load_seal(module);
	if (!error)
		error = load_check_constructors(info);
	return error;
}

static void undo(struct load_info *info)
{
	struct module *module = info->module;

	if (!module)
		return;
	mutex_lock(&module_mutex);
	module_drop_uses(module);
	mutex_unlock(&module_mutex);
	if (module->descriptor) /* it has been found sound */
		module_params_free(module);
	module_free_memory(module);
}

static int load(struct load_info *info, char *arguments)
{
	struct module *module;
	int error = load_check_modinfo(info);

	if (error)
		return error;
	if (module_is_named(blacklist, info->name))
		return module_refuse(info->name, -EPERM, NULL,
				     "module_blacklist= on the command line names it");
	error = allocate_info(info);
	if (!error)
		error = build(info, arguments);
	if (!error)
		error = publish(info);
	if (error) {
		undo(info);
		return error;
	}
	module = info->module;
	if (module->out_of_tree)
		taint_add(TAINT_OUT_OF_TREE);
	error = module_sysfs_add(module);
	if (error) {
		module_withdraw(module); /* kmod could not see or unload it */
		return error;
	}
	module_seed(module);
	load_construct(info);
	return module_start(module);
}

/* What is behind the end of the file proper belongs to its signature. */
static int load_check_file(struct load_info *info, const void *image, size_t size)
{
	int error = elf_module_open(&info->elf, image, module_signed_size(image, size));

	if (error)
		return module_refuse("module", error, NULL, "%s", info->elf.reason);
	load_find_modinfo(info);
	return load_check_signature(info->name, image, size);
}

int module_load(const void *image, size_t size, const char *arguments, unsigned int flags)
{
	struct load_info info = { 0 };
	size_t length = strlen(arguments) + 1;
	char *copy;
	int error;

	/* The checks are the promise. */
	if (flags)
		return module_refuse("module", -ENOEXEC, "load it without them", WORDS_FLAGS,
				     flags);
	error = load_check_file(&info, image, size);
	if (error)
		return error;
	copy = kvmalloc(length, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, arguments, length);
	error = load(&info, copy);
	kvfree(copy);
	kvfree(info.symbols);
	kvfree(info.sections);
	kvfree(info.taken);
	return error;
}
