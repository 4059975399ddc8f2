// SPDX-License-Identifier: MIT
/*
 * Why modules were not loaded: one line in the log each, and the full reason of the last 16 in /sys/kernel/kit/last_error, the oldest
 * first:
 *
 *	[   12.345678] insmod (pid 71): hello: Exec format error (ENOEXEC): version magic 'kit9 x86_64' should be 'kit1 x86_64'
 *		build it anew with the kit of this kernel
 *
 * Indented lines are the detail: type strings wanted and found, what to do.
 */
#include "internal.h"

#include <kernel/log.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <lib/module_words.h>
#include <lib/printf.h>
#include <lib/rculist.h>
#include <lib/string.h>
#include <mm/slab.h>

#define NR_KEPT	16

static DEFINE_MUTEX(refusal_lock);
/* refusal_lock; texts of refusals, the newest at next - 1 */
static char *kept[NR_KEPT];
static unsigned int next; /* refusal_lock */

sysfs_dir_t *sysfs_kit;

static void keep(char *text)
{
	char *old;

	mutex_lock(&refusal_lock);
	old = kept[next % NR_KEPT];
	kept[next++ % NR_KEPT] = text;
	mutex_unlock(&refusal_lock);
	kvfree(old);
}

/* Each line of the detail behind a tab. */
static size_t put_indented(char *to, const char *detail)
{
	size_t n = 0;

	for (const char *p = detail; *p; p++) {
		if (p == detail || p[-1] == '\n')
			to[n++] = '\t';
		to[n++] = *p;
	}
	if (n && to[n - 1] != '\n')
		to[n++] = '\n';
	to[n] = '\0';
	return n;
}

static void remember(const char *module, int error, const char *reason, const char *detail)
{
	u64 now = ktime_get_boottime_ns();
	size_t lines = 1, head;
	char *text;

	for (const char *p = detail; *p; p++)
		lines += *p == '\n';
	head = strlen(reason) + strlen(module) + 120;
	text = kvmalloc(head + strlen(detail) + lines + 2, GFP_KERNEL);
	if (!text)
		return; /* the line in the log has been written */
	head = scnprintf(text, head, "[%5llu.%06llu] %s (pid %d): %s: %s: %s\n", now / 1000000000,
			 now / 1000 % 1000000, current->name, current->tid, module,
			 errname(error) ?: "?", reason);
	put_indented(text + head, detail);
	keep(text);
}

int module_refuse(const char *module, int error, const char *detail, const char *format, ...)
{
	char reason[256];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	pr_err("%s: not loaded: %s\n", module, reason);
	/* The module is not to blame when there is no memory, and text to keep would want some. */
	if (error != -ENOMEM)
		remember(module, error, reason, detail ?: "");
	return error;
}

/* Whose a structure is: the module that it lies in or whose init runs here, else the program. RCU held. */
static const char *user_of(const void *structure)
{
	const struct module *module = module_at((unsigned long)structure), *other;

	if (module)
		return module->name;
	list_for_each_entry_rcu(other, &modules, node)
		if (READ_ONCE(other->caller) == current)
			return other->name;
	return current->name;
}

void module_structure_refused(const char *tag, const void *structure, size_t known)
{
	char name[KIT_NAME_MAX + 1], reason[200];

	rcu_read_lock();
	strscpy(name, user_of(structure), sizeof(name));
	rcu_read_unlock();
	snprintf(reason, sizeof(reason), WORDS_LARGER ": %u bytes, of which kit %d.%d has %zu", tag,
		 *(const u32 *)structure, KIT_MAJOR, KIT_MINOR, known);
	pr_err("%s: not taken: %s\n", name, reason);
	remember(name, -E2BIG, reason, "use a newer kernel, or build it for the kit of this one\n");
}

static ssize_t last_error_read(void *object, const struct sysfs_bin_attribute *attr, char *buf,
			       loff_t pos, size_t count)
{
	size_t copied = 0;

	mutex_lock(&refusal_lock);
	for (unsigned int i = 0; i < NR_KEPT && copied < count; i++) {
		const char *text = kept[(next + i) % NR_KEPT];
		size_t length = text ? strlen(text) : 0, n;

		if (pos >= (loff_t)length) {
			pos -= length;
			continue;
		}
		n = min(length - (size_t)pos, count - copied);
		/* lint: clang-analyzer-unix.cstring.NullArg: length is 0 then */
		memcpy(buf + copied, text + pos, n);
		copied += n;
		pos = 0;
	}
	mutex_unlock(&refusal_lock);
	return copied;
}

static ssize_t version_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u.%u\n", KIT_MAJOR, KIT_MINOR);
}

static const struct sysfs_bin_attribute last_error_attribute = { .name = "last_error", .mode = 0444, .read = last_error_read };
static const struct sysfs_attribute version_attribute = { "version", 0444, version_show, NULL, NULL };

void module_refusal_init(void)
{
	sysfs_kit = sysfs_create_dir(sysfs_kernel, "kit", NULL);
	if (IS_ERR(sysfs_kit) || sysfs_create_file(sysfs_kit, &version_attribute) ||
	    sysfs_create_bin_file(sysfs_kit, &last_error_attribute))
		pr_warn("module: /sys/kernel/kit is not complete\n");
}
