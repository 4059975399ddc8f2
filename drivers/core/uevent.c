// SPDX-License-Identifier: MIT
/*
 * Uevents: what happened to a device, as text for user space: numbered, handed to uevent_hook (netlink carries them) and, if somebody has named
 * one, to the program in /proc/sys/kernel/hotplug.
 */
#include "internal.h"

#include <fs/proc.h>
#include <kernel/log.h>
#include <kernel/process.h>
#include <lib/ctype.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

#define MAX_BYTES	(4 * PAGE_SIZE)	/* of one event: a path and a page of lines always fit */
#define MAX_LINES	64		/* that the helper's environment has room for */
#define UUID_LENGTH	36

void (*uevent_hook)(const char *text, size_t length);

static DEFINE_MUTEX(order_lock); /* events go out in the order of their numbers */
static u64 seqnum;		 /* order_lock */
static char hotplug_path[256];

int device_uevent_vars(struct device *device, char *buf)
{
	char alias[256];
	int n = 0, length;

	if (device->devt)
		n += scnprintf(buf + n, PAGE_SIZE - n, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\n",
			       MAJOR(device->devt), MINOR(device->devt),
			       device->node ?: device->name);
	if (READ_ONCE(device->driver))
		n += scnprintf(buf + n, PAGE_SIZE - n, "DRIVER=%s\n", device->driver->name);
	if (device->bus && device->bus->uevent) {
		length = device->bus->uevent(device, buf + n, PAGE_SIZE - n);
		n += length > 0 ? length : 0;
	}
	if (device->uevent_vars)
		n += device->uevent_vars(device, buf + n, PAGE_SIZE - n);
	if (device->bus && device->bus->modalias) {
		length = device->bus->modalias(device, alias, sizeof(alias) - 1);
		if (length > 0) {
			alias[length] = '\0';
			n += scnprintf(buf + n, PAGE_SIZE - n, "MODALIAS=%s\n", alias);
		}
	}
	return n;
}

/* The helper gets the lines as its environment and the subsystem as its argument. Nobody waits for it. */
static void run_helper(const char *subsystem, char *lines, size_t length)
{
	char *argv[] = { hotplug_path, (char *)subsystem, NULL };
	char *environment[MAX_LINES + 3] = { "HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin" };
	unsigned int nr = 2;

	for (char *line = lines; line < lines + length && nr < MAX_LINES + 2;
	     line += strlen(line) + 1)
		environment[nr++] = line;
	call_usermodehelper(hotplug_path, argv, environment, false);
}

void uevent_send(const char *action, const char *path, const char *subsystem, const char *lines)
{
	char *text = kmalloc(MAX_BYTES, GFP_KERNEL);
	int head, n;

	if (!text)
		return;
	head = scnprintf(text, MAX_BYTES, "%s@%s", action, path) + 1;
	mutex_lock(&order_lock);
	n = head + scnprintf(text + head, MAX_BYTES - head,
			     "ACTION=%s\nDEVPATH=%s\nSUBSYSTEM=%s\n%sSEQNUM=%llu\n", action, path,
			     subsystem, lines, ++seqnum);
	for (int i = head; i < n; i++)
		if (text[i] == '\n')
			text[i] = '\0';
	if (READ_ONCE(uevent_hook))
		uevent_hook(text, n);
	mutex_unlock(&order_lock);
	if (hotplug_path[0])
		run_helper(subsystem, text + head, n - head);
	kfree(text);
}

static const char *subsystem_of(const struct device *device)
{
	return device->bus ? device->bus->name : device->class ? device->class->name : NULL;
}

static void send(struct device *device, const char *action, const char *first_lines)
{
	char *lines = kmalloc(2 * PAGE_SIZE, GFP_KERNEL), *path = kmalloc(PAGE_SIZE, GFP_KERNEL);
	const char *subsystem = subsystem_of(device);
	int n;

	/* What belongs to nothing is a folder of others. */
	if (lines && path && subsystem && sysfs_path(device->dir, path, PAGE_SIZE) > 0) {
		n = strscpy(lines, first_lines, PAGE_SIZE);
		n = max(n, 0);
		lines[n + device_uevent_vars(device, lines + n)] = '\0';
		uevent_send(action, path, subsystem, lines);
	}
	kfree(path);
	kfree(lines);
}

void device_uevent(struct device *device, const char *action)
{
	send(device, action, "");
}

/* ---- events that a program asks for: "add", or "add UUID KEY=value ..." ---- */

static const char *const actions[] = { "add", "remove", "change", "move", "online", "offline", "bind", "unbind" };

static const char *action_named(const char *word, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (strlen(actions[i]) == length && !memcmp(actions[i], word, length))
			return actions[i];
	return NULL;
}

static bool is_uuid(const char *text, size_t length)
{
	if (length != UUID_LENGTH)
		return false;
	for (size_t i = 0; i < UUID_LENGTH; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit(text[i]))
			return false;
	}
	return true;
}

/* KEY=value of letters and digits. */
static bool is_argument(const char *word, size_t length)
{
	size_t key = 0;

	while (key < length && isalnum(word[key]))
		key++;
	if (!key || key == length || word[key] != '=' || key + 1 == length)
		return false;
	for (size_t i = key + 1; i < length; i++)
		if (!isalnum(word[i]))
			return false;
	return true;
}

static size_t word_length(const char *text)
{
	size_t n = 0;

	while (text[n] && text[n] != ' ' && text[n] != '\n')
		n++;
	return n;
}

ssize_t uevent_ask(void *object, const char *text, size_t count,
		   void (*answer)(void *object, const char *action, const char *lines))
{
	size_t length = word_length(text);
	const char *action = action_named(text, length);
	char lines[512];
	int n;

	if (!action)
		return -EINVAL;
	text += length;
	if (*text != ' ') {
		answer(object, action, "SYNTH_UUID=0\n");
		return count;
	}
	length = word_length(++text);
	if (!is_uuid(text, length))
		return -EINVAL;
	n = scnprintf(lines, sizeof(lines), "SYNTH_UUID=%.*s\n", (int)length, text);
	for (text += length; *text == ' '; text += length) {
		length = word_length(++text);
		if (!is_argument(text, length) || n + length + 16 > sizeof(lines))
			return -EINVAL;
		n += scnprintf(lines + n, sizeof(lines) - n, "SYNTH_ARG_%.*s\n", (int)length, text);
	}
	answer(object, action, lines);
	return count;
}

static void answer_for_device(void *device, const char *action, const char *lines)
{
	send(device, action, lines);
}

ssize_t device_uevent_ask(struct device *device, const char *text, size_t count)
{
	return uevent_ask(device, text, count, answer_for_device);
}

static ssize_t seqnum_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", READ_ONCE(seqnum));
}

static ssize_t helper_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", hotplug_path);
}

static ssize_t helper_store(void *object, const struct sysfs_attribute *attr, const char *buf,
			    size_t count)
{
	size_t length = count && buf[count - 1] == '\n' ? count - 1 : count;

	if (length >= sizeof(hotplug_path))
		return -ENOENT;
	memcpy(hotplug_path, buf, length);
	hotplug_path[length] = '\0';
	return count;
}

static const struct sysfs_attribute seqnum_attribute = { "uevent_seqnum", 0444, seqnum_show, NULL, NULL };
static const struct sysfs_attribute helper_attribute = { "uevent_helper", 0644, helper_show, helper_store, NULL };
static const struct ctl_entry hotplug_ctl = {
	.path = "kernel/hotplug",
	.mode = 0644,
	.type = CTL_STRING,
	.data = hotplug_path,
	.size = sizeof(hotplug_path),
};

void uevent_init(void)
{
	if (sysfs_create_file(sysfs_kernel, &seqnum_attribute) ||
	    sysfs_create_file(sysfs_kernel, &helper_attribute) || ctl_register(&hotplug_ctl, 1))
		panic("uevent: no files in /sys/kernel");
}
