// SPDX-License-Identifier: MIT
/* init_module(2), finit_module(2), delete_module(2). */
#include <fs/files.h>
#include <kernel/cred.h>
#include <kernel/module.h>
#include <kernel/syscalls.h>
#include <lib/err.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/module.h>
#include <uapi/stat.h>

#define MAX_IMAGE	(64ul << 20)
#define MAX_ARGUMENTS	PAGE_SIZE

static int load_image(const void *image, size_t size, const char __user *uargs, unsigned int flags)
{
	char *args = kmalloc(MAX_ARGUMENTS, GFP_KERNEL);
	long length;
	int error;

	if (!args)
		return -ENOMEM;
	length = strncpy_from_user(args, uargs, MAX_ARGUMENTS);
	if (length < 0)
		error = length;
	else if (length >= (long)MAX_ARGUMENTS)
		error = -E2BIG;
	else
		error = module_load(image, size, args, flags);
	kfree(args);
	return error;
}

long sys_init_module(void __user *uimage, unsigned long len, const char __user *uargs)
{
	void *image;
	long error;

	if (!capable(CAP_SYS_MODULE))
		return -EPERM;
	if (len < 64 || len > MAX_IMAGE)
		return -ENOEXEC;
	image = vmalloc(len);
	if (!image)
		return -ENOMEM;
	error = copy_from_user(image, uimage, len) ? -EFAULT : load_image(image, len, uargs, 0);
	vfree(image);
	return error;
}

/* The whole of a regular file, in memory that vfree frees; ERR_PTR. */
static void *read_whole(struct file *file, size_t *size)
{
	loff_t pos = 0, length = file->inode->size;
	void *image;
	ssize_t n;

	if ((file->inode->mode & S_IFMT) != S_IFREG)
		return ERR_PTR(-EINVAL);
	if (length < 64)
		return ERR_PTR(length ? -ENOEXEC : -EINVAL);
	if (length > (loff_t)MAX_IMAGE)
		return ERR_PTR(-EFBIG);
	image = vmalloc(length);
	if (!image)
		return ERR_PTR(-ENOMEM);
	n = kernel_read(file, image, length, &pos);
	if (n != length) {
		vfree(image);
		return ERR_PTR(n < 0 ? n : -EIO);
	}
	*size = length;
	return image;
}

long sys_finit_module(int fd, const char __user *uargs, int flags)
{
	size_t size = 0;
	void *image;
	struct fd f;
	long error;

	if (!capable(CAP_SYS_MODULE))
		return -EPERM;
	if (flags & ~(MODULE_INIT_IGNORE_MODVERSIONS | MODULE_INIT_IGNORE_VERMAGIC))
		return -EINVAL;
	if (flags)
		return -ENOEXEC;	/* the checks are the promise: they cannot be switched off */
	f = fd_get(fd);
	if (!f.file)
		return -EBADF;
	image = f.file->mode & FMODE_READ ? read_whole(f.file, &size) : ERR_PTR(-EBADF);
	fd_put(f);
	if (IS_ERR(image))
		return PTR_ERR(image);
	error = load_image(image, size, uargs, flags);
	vfree(image);
	return error;
}

long sys_delete_module(const char __user *uname, unsigned int flags)
{
	char name[56];
	long length;

	if (!capable(CAP_SYS_MODULE))
		return -EPERM;
	length = strncpy_from_user(name, uname, sizeof(name));
	if (length < 0)
		return length;
	if (!length || length >= (long)sizeof(name))
		return -ENOENT;
	return module_unload(name, flags);
}
