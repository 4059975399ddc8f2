// SPDX-License-Identifier: MIT
/*
 * The first process: which program it runs, with what arguments and environment.
 *
 * With an initramfs: rdinit=, else /init in it. Otherwise init=, else the usual places. Words of the command line that nobody knows go to
 * it: NAME=VALUE to the environment, others and everything behind "--" to the arguments.
 */
#include <arch/entry.h>
#include <fs/files.h>
#include <kernel/boot.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/process.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/fcntl.h>
#include "helper.h"

#define FIXED_ENVIRONMENT	2	/* HOME, TERM */

static const char *init_path, *ramdisk_init_path = "/init";
static char **init_argv, **init_envp;

static int set_init(const char *value)
{
	init_path = value;
	return *value ? 0 : -EINVAL;
}
BOOT_PARAM("init", set_init);

static int set_rdinit(const char *value)
{
	ramdisk_init_path = value;
	return *value ? 0 : -EINVAL;
}
BOOT_PARAM("rdinit", set_rdinit);

/* A later word of the same name replaces the earlier. */
static void set_environment(const char *word)
{
	size_t name = strchrnul(word, '=') - word;
	char **slot = init_envp;

	while (*slot && !(!strncmp(*slot, word, name) && (*slot)[name] == '='))
		slot++;
	*slot = (char *)word;
}

static int collect_words(void)
{
	unsigned int nr = 0, argc = 1;
	bool all_arguments = false;

	for (const char *word = boot_params_word(NULL); word; word = boot_params_word(word))
		nr++;
	init_argv = kcalloc(nr + 2, sizeof(char *), GFP_KERNEL);
	init_envp = kcalloc(nr + FIXED_ENVIRONMENT + 1, sizeof(char *), GFP_KERNEL);
	if (!init_argv || !init_envp)
		return -ENOMEM;
	set_environment("HOME=/");
	set_environment("TERM=linux");
	for (const char *word = boot_params_word(NULL); word; word = boot_params_word(word)) {
		enum boot_word class = all_arguments ? BOOT_WORD_ARGUMENT : boot_word_class(word);

		if (class == BOOT_WORD_SEPARATOR)
			all_arguments = true;
		else if (class == BOOT_WORD_ENVIRONMENT)
			set_environment(word);
		else if (class == BOOT_WORD_ARGUMENT)
			init_argv[argc++] = (char *)word;
	}
	return 0;
}

static void open_console(void)
{
	struct file *file = filp_open("/dev/console", O_RDWR, 0);

	if (IS_ERR(file)) {
		pr_warn("init: /dev/console cannot be opened (error %ld): the first process has no descriptors\n",
			PTR_ERR(file));
		return;
	}
	for (int i = 0; i < 3; i++) {
		int fd = get_unused_fd_flags(0);

		if (fd >= 0)
			fd_install(fd, get_file(file));
	}
	fput(file);
}

static bool try(const char *path)
{
	int err;

	init_argv[0] = (char *)path;
	err = kernel_execve(path, (const char *const *)init_argv, (const char *const *)init_envp);
	if (err && err != -ENOENT)
		pr_err("init: %s cannot be run: error %d\n", path, err);
	else if (!err)
		pr_info("init: %s\n", path);
	return !err;
}

static int run_init(void *unused)
{
	static const char *const places[] = { "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };

	open_console();
	if (try(ramdisk_init_path))
		return 0;
	if (init_path) {
		if (try(init_path))
			return 0;
		panic("the init asked for, %s, cannot be run", init_path);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++)
		if (try(places[i]))
			return 0;
	panic("no init found; try passing the option init= to the kernel");
}

void process_start_init(void)
{
	long pid = collect_words();

	if (!pid)
		pid = process_spawn("init", run_init, NULL, NULL);
	if (pid != 1)
		panic("the first process cannot be made: %ld", pid);
}
