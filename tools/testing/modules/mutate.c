/* SPDX-License-Identifier: MIT */
/*
 * Damaged modules, made of hello.ko: mutate FILE [and-crash]. Files cut short, inits that fail, and one that writes
 * to nowhere. Damage inside is the suite module-mutations'.
 *
 * mutate FILE die: loads any module with an init that writes to nowhere, and is killed by it.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned char *good, *bad;
static size_t size;
static int failures;

static void result(int ok, const char *name)
{
	printf("%s: %s\n", ok ? "good" : "BAD", name);
	failures += !ok;
}

static int load(const char *arguments)
{
	return syscall(SYS_init_module, bad, size, arguments) ? errno : 0;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "hello", O_NONBLOCK) ? errno : 0;
}

static int listed(void)
{
	char line[256];
	FILE *f = fopen("/proc/modules", "r");
	int found = 0;

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		found |= !strncmp(line, "hello ", 6);
	fclose(f);
	return found;
}

static Elf64_Shdr *section(const char *name)
{
	Elf64_Ehdr *h = (Elf64_Ehdr *)bad;
	Elf64_Shdr *s = (Elf64_Shdr *)(bad + h->e_shoff);

	for (int i = 1; i < h->e_shnum; i++)
		if (!strcmp((char *)bad + s[h->e_shstrndx].sh_offset + s[i].sh_name, name))
			return &s[i];
	fprintf(stderr, "no section %s\n", name);
	exit(1);
}

/* Puts other code at the beginning of init, behind its ENDBR, and takes init's relocations away. */
static void patch_init(const void *code, size_t length)
{
	memcpy(bad, good, size);
	memcpy(bad + section(".init.text")->sh_offset + 4, code, length);
	section(".rela.init.text")->sh_size = 0;
}

static void cut_off(void)
{
	size_t whole = size;
	int wrong = 0;

	memcpy(bad, good, size);
	for (size = 1; size < whole; size += whole / 97)
		wrong += load("times=many") != ENOEXEC;
	size = whole;
	result(!wrong, "files cut short are refused with ENOEXEC");
}

int main(int argc, char **argv)
{
	/* mov $-12, %eax; ret */
	static const unsigned char enomem[] = { 0xb8, 0xf4, 0xff, 0xff, 0xff, 0xc3 };
	static const unsigned char positive[] = { 0xb8, 1, 0, 0, 0, 0xc3 };
	/* movq $0, 0 */
	static const unsigned char null[] = { 0x48, 0xc7, 4, 0x25, 0, 0, 0, 0, 0, 0, 0, 0 };
	int fd = open(argv[1], O_RDONLY), status;
	struct stat st;
	pid_t pid;

	if (argc < 2 || fd < 0 || fstat(fd, &st))
		return 2;
	size = st.st_size;
	good = malloc(size);
	bad = malloc(size);
	if (read(fd, good, size) != (ssize_t)size)
		return 2;
	if (argc > 2 && !strcmp(argv[2], "die")) {
		patch_init(null, sizeof(null));
		return load("");
	}
	memcpy(bad, good, size);
	result(load("times=many") == EINVAL, "a bad parameter is EINVAL");
	result(load("") == 0 && load("") == EEXIST && unload() == 0, "the good one loads");
	patch_init(enomem, sizeof(enomem));
	result(load("") == ENOMEM && !listed(), "the errno of init is insmod's");
	patch_init(positive, sizeof(positive));
	result(load("") == EINVAL && !listed(), "a positive result of init is EINVAL");
	cut_off();
	if (argc > 2) {
		patch_init(null, sizeof(null));
		pid = fork();
		if (!pid)
			_exit(load(""));
		result(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status),
		       "an init that writes to NULL kills its insmod alone");
		result(listed() && unload() == EBUSY, "and its module stays as it is");
	}
	return failures != 0;
}
