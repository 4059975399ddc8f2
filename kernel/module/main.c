// SPDX-License-Identifier: MIT
/*
 * The life of a module: references, start, unloading, and the list in /proc/modules.
 *
 *	coming --init() == 0--> live --module_unload--> going --> freed
 *	   \--init() < 0--> going --> freed
 *
 * A thread that dies in init() or exit() (an oops) leaves the module as it is: coming or going for good, with a reference that is never given
 * back. What of it is registered, locked or running nobody knows, so its memory stays. Loading it again and unloading it are refused (EBUSY,
 * and kmod says that it is in use), and nobody waits for it.
 *
 * After exit() the module's resources are released, its timers and work cancelled, and a grace period passes before its memory is
 * unmapped: nothing can run in it or look at it then.
 */
#include "calls.h"

#include <kernel/cred.h>
#include <uapi/capability.h>
#include <fs/proc.h>
#include <kernel/log.h>
#include <kernel/process.h>
#include <kernel/random.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/thread.h>
#include <kernel/trace_events.h>
#include <lib/err.h>
#include <lib/rculist.h>
#include <lib/string.h>
#include <mm/slab.h>

DEFINE_MUTEX(module_mutex);
LIST_HEAD(modules);
DECLARE_WAIT_QUEUE_HEAD(module_wait);

bool try_module_get(struct module *module)
{
	if (!module)
		return true;
	if (!atomic_inc_not_zero(&module->refs))
		return false;
	trace_module_get(module, (unsigned long)__builtin_return_address(0));
	return true;
}

bool module_get_live(struct module *module)
{
	if (module && READ_ONCE(module->state) != MODULE_LIVE)
		return false;
	return try_module_get(module);
}

/* The last one: its init has failed, and waits for whoever took it for a module. It may be freed at once. */
void module_put(struct module *module)
{
	if (!module)
		return;
	trace_module_put(module, (unsigned long)__builtin_return_address(0));
	if (atomic_dec_and_test(&module->refs))
		wake_up_all(&module_wait);
}

struct resource_owner *module_resources(struct module *module)
{
	return &module->resources;
}

struct module *module_find(const char *name)
{
	struct module *module;

	list_for_each_entry_rcu(module, &modules, node)
		if (!strcmp(module->name, name))
			return module;
	return NULL;
}

int module_set_up(struct module *module)
{
	atomic_set(&module->refs, MODULE_REF_BASE);
	INIT_LIST_HEAD(&module->node);
	INIT_LIST_HEAD(&module->providers);
	INIT_LIST_HEAD(&module->users);
	resource_owner_init(&module->resources);
	mutex_init(&module->param_lock);
	spin_lock_init(&module->kit_lock, LOCK_RANK_KIT_CORE);
	INIT_LIST_HEAD(&module->kit_timers);
	INIT_LIST_HEAD(&module->kit_works);
	INIT_LIST_HEAD(&module->kit_running);
	INIT_LIST_HEAD(&module->kit_ranges);
	return 0;
}

/* Before any of its code runs. */
void module_seed(struct module *module)
{
	if (module->descriptor->stack_guard) {
		get_random_bytes(module->descriptor->stack_guard, sizeof(unsigned long));
		*module->descriptor->stack_guard &= ~0xfful; /* a zero byte ends runaway strings */
	}
	if (module->descriptor->self)
		*module->descriptor->self = module;
}

static void set_state(struct module *module, enum module_state state)
{
	mutex_lock(&module_mutex);
	WRITE_ONCE(module->state, state);
	mutex_unlock(&module_mutex);
	wake_up_all(&module_wait);
}

#define MAX_SAID	8u

void kit_say_cancelled(const struct module *module, const char *kind, const void *function,
		       unsigned int before)
{
	if (before < MAX_SAID)
		pr_info("%s: cancelled: %s %ps\n", module->name ?: "kernel", kind, function);
}

/* Everything that the module holds or runs; nothing of it runs afterwards. */
static void quiesce(struct module *module, bool expected)
{
	char names[128];
	unsigned int timers, works, resources = 0;

	if (!expected)
		resources = resource_names(&module->resources, names, sizeof(names));
	resource_release_all(&module->resources);
	timers = kit_cancel_timers(module, NULL);
	works = kit_cancel_works(module, NULL);
	if (!expected && (timers || works || resources))
		pr_info("%s: released after a failed start: %u resources (%s), %u timers, %u work items\n",
			module->name, resources, names, timers, works);
	else if (timers || works)
		pr_warn("%s: left behind by its exit: %u timers, %u work items (cancelled)\n",
			module->name, timers, works);
}

static void unlink_and_free(struct module *module)
{
	module_sysfs_remove(module);
	mutex_lock(&module_mutex);
	module_drop_uses(module);
	module_exports_remove(module);
	list_del_rcu(&module->node);
	if (!module->builtin)
		module_report_gone(module);
	mutex_unlock(&module_mutex);
	wake_up_all(&module_wait);
	synchronize_rcu();
	trace_module_free(module);
	module_params_free(module);
	if (module->builtin)
		kfree(module);
	else
		module_free_memory(module);
}

void module_withdraw(struct module *module)
{
	atomic_sub(MODULE_REF_BASE, &module->refs);
	set_state(module, MODULE_GOING);
	unlink_and_free(module);
}

/* ---- init and exit, and threads that die in them ---- */

/* module_mutex; read without by threads that exit, which see at least themselves */
static unsigned int nr_callers;

static void set_caller(struct module *module, struct thread *caller)
{
	mutex_lock(&module_mutex);
	module->caller = caller;
	WRITE_ONCE(nr_callers, nr_callers + (caller ? 1 : -1));
	mutex_unlock(&module_mutex);
}

static int call_init(struct module *module)
{
	int error = 0;

	set_caller(module, current);
	if (module->descriptor->init)
		error = ((int (*)(void))module_call_stub(module, module->descriptor->init))();
	set_caller(module, NULL);
	return error;
}

static void call_exit(struct module *module)
{
	set_caller(module, current);
	if (module->descriptor->exit)
		((void (*)(void))module_call_stub(module, module->descriptor->exit))();
	set_caller(module, NULL);
}

static void caller_died(struct thread *t)
{
	struct module *module;

	if (likely(!READ_ONCE(nr_callers)))
		return;
	mutex_lock(&module_mutex);
	list_for_each_entry(module, &modules, node) {
		if (module->caller != t)
			continue;
		pr_err("%s: died in its %s, stays in memory until the next boot\n", module->name,
		       module->state == MODULE_COMING ? "init" : "exit");
		module->caller = NULL;
		WRITE_ONCE(nr_callers, nr_callers - 1);
		atomic_inc(&module->refs);
		WRITE_ONCE(module->died, true);
	}
	mutex_unlock(&module_mutex);
	wake_up_all(&module_wait);
}

static int no_part(struct thread *child, u64 flags) { return 0; }

static struct process_part caller_part = { .clone = no_part, .exit = caller_died };

/*
 * After a failed init: programs that were quicker may have open what it had registered. Files of character devices have let go by now, others do
 * when they are closed. False: the program that loads it was killed meanwhile, so the module stays as one that died does.
 */
static bool wait_unused(struct module *module)
{
	if (!wait_event_killable(&module_wait, !atomic_read(&module->refs)))
		return true;
	pr_err("%s: its init failed while it was in use: stays in memory until the next boot\n",
	       module->name);
	mutex_lock(&module_mutex);
	WRITE_ONCE(module->died, true);
	mutex_unlock(&module_mutex);
	wake_up_all(&module_wait);
	return false;
}

/*
 * Nothing touches the module any more once it is live, unless it holds a reference: whoever unloads it frees it. So the memory of its init goes
 * before that.
 */
int module_start(struct module *module)
{
	int error;

	trace_module_load(module);
	error = call_init(module);
	if (error) {
		if (error > 0) {
			pr_err("%s: init returned %d, which is not an errno\n", module->name,
			       error);
			error = -EINVAL;
		}
		atomic_sub(MODULE_REF_BASE, &module->refs);
		set_state(module, MODULE_GOING);
		quiesce(module, false);
		if (!wait_unused(module))
			return error;
		unlink_and_free(module);
		return error;
	}
	if (!module->builtin)
		module_free_init(module);
	set_state(module, MODULE_LIVE);
	return 0;
}

/* Takes the base reference away; false while somebody else holds one. */
static bool stop_references(struct module *module)
{
	int expected = MODULE_REF_BASE;

	return atomic_try_cmpxchg(&module->refs, &expected, 0);
}

int module_unload(const char *name, unsigned int flags)
{
	struct module *module;
	int error = 0;

	if (mutex_lock_interruptible(&module_mutex))
		return -EINTR;
	module = module_find(name);
	if (!module || module->builtin)
		error = -ENOENT;
	else if (!list_empty(&module->users))
		error = -EWOULDBLOCK;
	else if (module->state != MODULE_LIVE)
		error = -EBUSY;
	else if (module->descriptor->init && !module->descriptor->exit)
		error = -EBUSY; /* it has no way out */
	else
		error = stop_references(module) ? 0 : -EWOULDBLOCK;
	if (!error)
		WRITE_ONCE(module->state, MODULE_GOING);
	mutex_unlock(&module_mutex);
	if (error)
		return error;

	call_exit(module);
	quiesce(module, true);
	unlink_and_free(module);
	return 0;
}

/* ---- Parts of the image ---- */

extern const struct kit_module *const __kit_modules_start[], *const __kit_modules_end[];

static void start_builtin(const struct kit_module *descriptor)
{
	struct module *module = kzalloc(sizeof(*module), GFP_KERNEL);
	int error = -ENOMEM;

	if (!module)
		goto fail;
	module_set_up(module);
	module->builtin = true;
	module->name = descriptor->name;
	module->descriptor = descriptor;
	error = module_boot_arguments(module);
	if (error)
		goto free_module;
	mutex_lock(&module_mutex);
	module->state = MODULE_COMING;
	error = module_exports_add(module);
	if (!error)
		list_add_tail_rcu(&module->node, &modules);
	mutex_unlock(&module_mutex);
	if (error)
		goto free_module;
	error = module_sysfs_add(module);
	if (error)
		pr_warn("%s: not shown in sysfs: error %d\n", module->name, error);
	module_seed(module);
	error = module_start(module);
	if (!error)
		return;
	goto fail;

free_module:
	module_params_free(module);
	kfree(module);
fail:
	pr_err("%s: does not start: error %d\n", descriptor->name, error);
}

void module_init_builtin(void)
{
	/* lint: comparePointers: the linker's bounds of one area */
	for (const struct kit_module *const *d = __kit_modules_start; d < __kit_modules_end; d++)
		start_builtin(*d);
}

/* ---- What is there ---- */

static const char *state_name(const struct module *module)
{
	static const char *const names[] = { "Loading", "Live", "Unloading" };

	return names[READ_ONCE(module->state)];
}

static void show_module(struct seq_file *m, struct module *module)
{
	struct module_use *use;
	bool any = false;
	char flags[8];

	seq_printf(m, "%s %zu %d ", module->name,
		   module_pages_size(module, REGION_TEXT, REGION_DATA),
		   max(atomic_read(&module->refs) - MODULE_REF_BASE, 0));
	list_for_each_entry(use, &module->users, provider_node) {
		seq_printf(m, "%s,", use->user->name);
		any = true;
	}
	if (!any)
		seq_puts(m, "-");
	seq_printf(m, " %s 0x%016lx", state_name(module),
		   capable(CAP_SYSLOG) ? (unsigned long)module->regions[REGION_TEXT].base : 0ul);
	module_taint_flags(module, flags);
	seq_printf(m, *flags ? " (%s)\n" : "%s\n", flags);
}

static int modules_show(struct seq_file *m, void *unused)
{
	struct module *module;

	mutex_lock(&module_mutex);
	list_for_each_entry_reverse(module, &modules, node)
		if (!module->builtin)
			show_module(m, module);
	mutex_unlock(&module_mutex);
	return 0;
}

void module_core_init(void)
{
	process_part_register(&caller_part);
	module_exports_init();
	module_report_init();
	module_refusal_init();
	module_calls_init();
	proc_create_single("modules", 0444, modules_show, NULL);
	modprobe_init();
}
