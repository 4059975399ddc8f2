// SPDX-License-Identifier: MIT
/*
 * What kmod does not ask for by itself: init_module, finit_module and delete_module with odd arguments. Prints a line "NAME: ERRNO" each.
 *
 *	calls MODULE.ko		as root; MODULE is one that loads without arguments
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IGNORE_MODVERSIONS	1
#define IGNORE_VERMAGIC		2
#define COMPRESSED_FILE		4

static void say(const char *name, long result)
{
	printf("%s: %s\n", name, result < 0 ? strerrorname_np(errno) : "0");
}

static long init_module(const void *image, unsigned long length, const char *arguments)
{
	return syscall(SYS_init_module, image, length, arguments);
}

static long finit_module(int fd, const char *arguments, int flags)
{
	return syscall(SYS_finit_module, fd, arguments, flags);
}

static long delete_module(const char *name, unsigned int flags)
{
	return syscall(SYS_delete_module, name, flags);
}

static void *image;
static size_t length;
static char *name;

static void try_init(void)
{
	char *long_text = malloc(1 << 20);
	char *unmapped = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			      0);

	memset(long_text, 'a', (1 << 20) - 1);
	long_text[(1 << 20) - 1] = '\0';
	munmap(unmapped + 4096, 4096);
	memset(unmapped, 'b', 4096);
	say("init_module of nothing", init_module(NULL, 0, ""));
	say("init_module of nothing, 100 bytes of it", init_module(NULL, 100, ""));
	say("init_module of 63 bytes", init_module(image, 63, ""));
	say("init_module of one byte less", init_module(image, length - 1, ""));
	say("init_module of more than there is", init_module(unmapped, 8192, ""));
	say("init_module of 2^63 bytes", init_module(image, 1ul << 63, ""));
	say("init_module of 2^64 - 1 bytes", init_module(image, -1ul, ""));
	say("init_module without arguments", init_module(image, length, NULL));
	say("init_module with arguments out of reach", init_module(image, length, (char *)-4096));
	say("init_module with arguments that have no end", init_module(image, length, unmapped));
	say("init_module with a MiB of arguments", init_module(image, length, long_text));
	delete_module(name, O_NONBLOCK);
	say("init_module", init_module(image, length, ""));
	say("init_module again", init_module(image, length, ""));
	say("delete_module", delete_module(name, O_NONBLOCK));
	free(long_text);
}

static void try_finit(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), folder = open("/", O_RDONLY),
	    null = open("/dev/null", O_RDWR), memory = memfd_create("m", 0);
	int pipes[2], writing, only_path = open(path, O_PATH);

	if (pipe(pipes))
		return;
	say("finit_module of no descriptor", finit_module(-1, "", 0));
	say("finit_module of a closed one", finit_module(1000, "", 0));
	say("finit_module of a folder", finit_module(folder, "", 0));
	say("finit_module of /dev/null", finit_module(null, "", 0));
	say("finit_module of a pipe", finit_module(pipes[0], "", 0));
	say("finit_module by O_PATH", finit_module(only_path, "", 0));
	say("finit_module of an empty file", finit_module(memory, "", 0));
	if (write(memory, "text", 4) != 4)
		return;
	say("finit_module of 4 bytes", finit_module(memory, "", 0));
	if (write(memory, image, length) != (ssize_t)length)
		return;
	say("finit_module of a module behind 4 bytes", finit_module(memory, "", 0));
	writing = open("/tmp/copy.ko", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (write(writing, image, length) != (ssize_t)length)
		return;
	say("finit_module of what is open for writing only", finit_module(writing, "", 0));
	close(writing);
	say("finit_module with an unknown flag", finit_module(fd, "", 8));
	say("finit_module with all flags", finit_module(fd, "", -1));
	say("finit_module of a plain file, said to be compressed",
	    finit_module(fd, "", COMPRESSED_FILE));
	say("finit_module without arguments", finit_module(fd, NULL, 0));
	say("finit_module whose position is at the end",
	    lseek(fd, 0, SEEK_END) < 0 ? -1 : finit_module(fd, "", 0));
	say("finit_module again", finit_module(fd, "", 0));
	say("delete_module", delete_module(name, O_NONBLOCK));
	say("finit_module, versions ignored", finit_module(fd, "", IGNORE_MODVERSIONS));
	delete_module(name, O_NONBLOCK);
	say("finit_module, version magic ignored", finit_module(fd, "", IGNORE_VERMAGIC));
	delete_module(name, O_NONBLOCK);
}

static void try_delete(void)
{
	char *long_name = malloc(4096);

	memset(long_name, 'a', 4095);
	long_name[4095] = '\0';
	say("delete_module of a null name", delete_module(NULL, O_NONBLOCK));
	say("delete_module of a name out of reach", delete_module((char *)-4096, O_NONBLOCK));
	say("delete_module of no name", delete_module("", O_NONBLOCK));
	say("delete_module of a long name", delete_module(long_name, O_NONBLOCK));
	say("delete_module of what is not there", delete_module("km_absent", O_NONBLOCK));
	say("delete_module of what is not there, by force",
	    delete_module("km_absent", O_NONBLOCK | O_TRUNC));
	for (int flags = 0; flags < 3; flags++) {
		static const unsigned int all[] = { 0, O_TRUNC | O_NONBLOCK, 0xffff0000 };

		finit_module(open("/kmod/modules/km_plain.ko", O_RDONLY), "", 0);
		say("delete_module, other flags", delete_module("km_plain", all[flags]));
	}
	free(long_name);
}

static void try_as_user(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (setuid(1000))
		return;
	say("as a user: init_module", init_module(image, length, ""));
	say("as a user: init_module of nothing", init_module(NULL, 0, NULL));
	say("as a user: finit_module", finit_module(fd, "", 0));
	say("as a user: finit_module of no descriptor", finit_module(-1, NULL, -1));
	say("as a user: delete_module", delete_module(name, O_NONBLOCK));
	say("as a user: delete_module of a null name", delete_module(NULL, 0));
}

int main(int argc, char **argv)
{
	struct stat st;
	int fd;
	const char *slash = argc == 2 ? strrchr(argv[1], '/') : NULL;

	if (!slash || (fd = open(argv[1], O_RDONLY)) < 0 || fstat(fd, &st))
		return 2;
	length = st.st_size;
	image = mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	name = strdup(slash + 1);
	name[strcspn(name, ".")] = '\0';
	try_init();
	try_finit(argv[1]);
	try_delete();
	try_as_user(argv[1]);
	return 0;
}
