/* SPDX-License-Identifier: MIT */
/* System calls: mounts. */
#include <lib/err.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/limits.h>

#include "fs.h"

/* A string of at most a page; NULL stays NULL. */
static int get_string(char **to, const char __user *from)
{
	long len;
	char *s;

	*to = NULL;
	if (!from)
		return 0;
	s = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	len = strncpy_from_user(s, from, PATH_MAX);
	if (len < 0 || len == PATH_MAX) {
		kfree(s);
		return len < 0 ? len : -EINVAL;
	}
	*to = s;
	return 0;
}

/* Options: up to a page, read as far as it is mapped. */
static int get_options(char **to, const void __user *from)
{
	char *page;
	size_t got;

	*to = NULL;
	if (!from)
		return 0;
	page = (char *)get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	got = PAGE_SIZE - 1 - copy_from_user(page, from, PAGE_SIZE - 1);
	if (!got) {
		free_page(page);
		return -EFAULT;
	}
	*to = page;
	return 0;
}

long sys_mount(char __user *user_device, char __user *user_dir, char __user *user_type,
	       unsigned long flags, void __user *data)
{
	char *device, *type, *options;
	struct pathname dir;
	long error = get_string(&type, user_type);

	if (error)
		return error;
	error = get_string(&device, user_device);
	if (error)
		goto free_type;
	error = get_options(&options, data);
	if (error)
		goto free_device;
	error = pathname_from_user(&dir, user_dir, 0);
	if (!error) {
		error = do_mount(device, &dir, type, flags, options);
		pathname_put(&dir);
	}
	if (options)
		free_page(options);
free_device:
	kfree(device);
free_type:
	kfree(type);
	return error;
}

long sys_umount2(char __user *user, int flags)
{
	struct pathname dir;
	long error = pathname_from_user(&dir, user, 0);

	if (error)
		return error;
	error = do_umount(&dir, flags);
	pathname_put(&dir);
	return error;
}

long sys_pivot_root(const char __user *user_new, const char __user *user_old)
{
	struct pathname new, old;
	long error = pathname_from_user(&new, user_new, 0);

	if (error)
		return error;
	error = pathname_from_user(&old, user_old, 0);
	if (!error) {
		error = do_pivot_root(&new, &old);
		pathname_put(&old);
	}
	pathname_put(&new);
	return error;
}
