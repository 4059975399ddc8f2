// SPDX-License-Identifier: MIT
/*
 * Which modules are wrapped when they are loaded, and which of their imports fail.
 *
 *	/sys/kernel/kit/trace	names of modules, with commas or spaces between; what is written
 *				replaces it. At boot: module.trace=
 *	/sys/kernel/kit/fail	MODULE IMPORT N [ERRNO]: the N-th call from now on fails, and again
 *				after each load; N = 0: no more
 *
 * An import that fails is not called; it gives NULL, -ERRNO or ERR_PTR(-ERRNO), as the kit's header
 * declares, or what is refused with EINVAL: the failure of a function that never fails.
 */
#include "calls.h"

#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/err.h>
#include <lib/parse.h>
#include <lib/string.h>
#include <mm/slab.h>

struct rule {
	struct list_head node;
	unsigned int nth;
	u8 error;
	char module[KIT_NAME_MAX + 1], import[KIT_NAME_MAX + 1];
};

static DEFINE_MUTEX(rules_lock); /* below module_mutex */
static const char *traced = "";	 /* rules_lock */
static bool traced_is_ours;	 /* rules_lock: to be freed */
static LIST_HEAD(rules);	 /* rules_lock */

static int set_traced(const char *value)
{
	traced = value;
	return 0;
}
BOOT_PARAM("module.trace", set_traced);

bool module_calls_wanted(const char *name)
{
	bool wanted;

	mutex_lock(&rules_lock);
	wanted = module_is_named(traced, name);
	mutex_unlock(&rules_lock);
	return wanted;
}

static ssize_t trace_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	ssize_t n;

	mutex_lock(&rules_lock);
	n = sysfs_emit(buf, "%s\n", traced);
	mutex_unlock(&rules_lock);
	return n;
}

static ssize_t trace_store(void *object, const struct sysfs_attribute *attr, const char *buf,
			   size_t count)
{
	char *names = kstrndup(buf, count, GFP_KERNEL);
	const char *old;
	bool is_ours;

	if (!names)
		return -ENOMEM;
	for (char *p = names; *p; p++)
		if (*p == '\n' || *p == ' ' || *p == '\t')
			*p = ',';
	for (size_t n = strlen(names); n && names[n - 1] == ',';)
		names[--n] = '\0';
	mutex_lock(&rules_lock);
	old = traced;
	is_ours = traced_is_ours;
	traced = names;
	traced_is_ours = true;
	mutex_unlock(&rules_lock);
	if (is_ours)
		kfree(old);
	return count;
}

/* ---- failures ---- */

static long failure_value(const struct kit_contract *contract, u8 error)
{
	return contract->failure == KIT_FAILS_BY_NULL ? 0 : -(long)(error ?: contract->error);
}

static bool is_import(const struct module_call *call, const char *import)
{
	return !strcmp(call->name, import) ||
	       (!strncmp(call->name, "kit_", 4) && !strcmp(call->name + 4, import));
}

/* rules_lock held. -ENOENT: the module does not import it, -EINVAL: it never fails. */
static int arm(struct module *module, const struct rule *rule)
{
	assert_mutex_held(&rules_lock);
	for (unsigned int i = 0; i < module->nr_import_calls; i++) {
		struct module_call *call = &module->calls[i];

		if (!is_import(call, rule->import))
			continue;
		if (!call->contract || call->contract->failure == KIT_NEVER_FAILS)
			return -EINVAL;
		atomic_set(&call->until_failure, 0);
		WRITE_ONCE(call->failure, failure_value(call->contract, rule->error));
		smp_mb();
		atomic_set(&call->until_failure, rule->nth);
		return 0;
	}
	return -ENOENT;
}

void module_calls_arm(struct module *module)
{
	struct rule *rule;

	mutex_lock(&rules_lock);
	list_for_each_entry(rule, &rules, node)
		if (parameq(rule->module, module->name))
			arm(module, rule);
	mutex_unlock(&rules_lock);
}

/* One word of the text, NULL: there is none. */
static char *word(char **text)
{
	char *found;

	do
		found = strsep(text, " \t\n");
	while (found && !*found);
	return found;
}

static int parse_rule(char *text, struct rule *rule)
{
	char *module = word(&text), *import = word(&text), *nth = word(&text), *error = word(&text);
	unsigned int number = 0;
	int failed;

	if (!nth || word(&text) || strlen(module) > KIT_NAME_MAX || strlen(import) > KIT_NAME_MAX)
		return -EINVAL;
	failed = kstrtouint(nth, 0, &rule->nth);
	if (!failed && error)
		failed = kstrtouint(error, 0, &number);
	if (failed || rule->nth > S32_MAX || number > U8_MAX)
		return failed ?: -EINVAL;
	rule->error = number;
	strscpy(rule->module, module, sizeof(rule->module));
	strscpy(rule->import, import, sizeof(rule->import));
	return 0;
}

/* Instead of what there is for this import. rules_lock held. */
static void replace(struct rule *rule)
{
	struct rule *old, *next;

	assert_mutex_held(&rules_lock);
	list_for_each_entry_safe(old, next, &rules, node) {
		if (strcmp(old->module, rule->module) || strcmp(old->import, rule->import))
			continue;
		list_del(&old->node);
		kfree(old);
	}
	if (rule->nth)
		list_add_tail(&rule->node, &rules);
	else
		kfree(rule);
}

static ssize_t fail_store(void *object, const struct sysfs_attribute *attr, const char *buf,
			  size_t count)
{
	struct rule *rule = kzalloc(sizeof(*rule), GFP_KERNEL);
	char *text = kstrndup(buf, count, GFP_KERNEL);
	struct module *module;
	int error = rule && text ? parse_rule(text, rule) : -ENOMEM;

	kfree(text);
	if (error) {
		kfree(rule);
		return error;
	}
	mutex_lock(&module_mutex);
	module = module_find(rule->module);
	mutex_lock(&rules_lock);
	if (module && module->nr_calls)
		error = arm(module, rule);
	if (error)
		kfree(rule);
	else
		replace(rule);
	mutex_unlock(&rules_lock);
	mutex_unlock(&module_mutex);
	return error ?: (ssize_t)count;
}

static ssize_t fail_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	const struct rule *rule;
	ssize_t n = 0;

	mutex_lock(&rules_lock);
	list_for_each_entry(rule, &rules, node)
		n += sysfs_emit_at(buf, n, "%s %s %u %u\n", rule->module, rule->import, rule->nth,
				   rule->error);
	mutex_unlock(&rules_lock);
	return n;
}

static const struct sysfs_attribute trace_attribute = { "trace", 0644, trace_show, trace_store, NULL };
static const struct sysfs_attribute fail_attribute = { "fail", 0600, fail_show, fail_store, NULL };

void module_call_rules_init(void)
{
	if (sysfs_create_file(sysfs_kit, &trace_attribute) ||
	    sysfs_create_file(sysfs_kit, &fail_attribute))
		pr_warn("module: /sys/kernel/kit is not complete\n");
}
