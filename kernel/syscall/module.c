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
#define MAX_ARGUMENTS	(4ul << 20)	/* with the zero */

static bool may_change_modules(void)
{
	return capable(CAP_SYS_MODULE) && !READ_ONCE(modules_disabled);
}

static int load_image(const void *image, size_t size, const char __user *uargs, unsigned int flags)
{
	long length = strnlen_user(uargs, MAX_ARGUMENTS);
	char *args;
	int error;

	if (length <= 0)
		return -EFAULT;
	if (length > (long)MAX_ARGUMENTS)
		return -ENOMEM;
	args = kvmalloc(length, GFP_KERNEL);
	if (!args)
		return -ENOMEM;
	if (copy_from_user(args, uargs, length)) {
		error = -EFAULT;
	} else {
		/* others of the process may have written there meanwhile */
		args[length - 1] = '\0';
		error = module_load(image, size, args, flags);
	}
	kvfree(args);
	return error;
}

long sys_init_module(void __user *uimage, unsigned long len, const char __user *uargs)
{
	void *image;
	long error;

	if (!may_change_modules())
		return -EPERM;
	if (!len)
		return -ENOEXEC;
	if (len > MAX_IMAGE)
		return -ENOMEM;
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
	if (!length)
		return ERR_PTR(-EINVAL);
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

	if (!may_change_modules())
		return -EPERM;
	if (flags & ~(MODULE_INIT_IGNORE_MODVERSIONS | MODULE_INIT_IGNORE_VERMAGIC |
		      MODULE_INIT_COMPRESSED_FILE))
		return -EINVAL;
	f = fd_get(fd);
	if (!f.file)
		return -EBADF;
	image = f.file->mode & FMODE_READ ? read_whole(f.file, &size) : ERR_PTR(-EBADF);
	fd_put(f);
	if (IS_ERR(image))
		return PTR_ERR(image);
	error = flags & MODULE_INIT_COMPRESSED_FILE ? -EOPNOTSUPP
						    : load_image(image, size, uargs, flags);
	vfree(image);
	return error;
}

long sys_delete_module(const char __user *uname, unsigned int flags)
{
	char name[56];
	long length;

	if (!may_change_modules())
		return -EPERM;
	length = strncpy_from_user(name, uname, sizeof(name));
	if (length < 0)
		return length;
	if (!length || length >= (long)sizeof(name))
		return -ENOENT;
	return module_unload(name, flags);
}
