/* SPDX-License-Identifier: MIT */
/* Rows of files made and removed, and of folders read. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "bench.h"

#define NR_FILES 64

static char content[10240];
static char names[NR_FILES][8];

static int name_files(void)
{
	for (int i = 0; i < NR_FILES; i++)
		snprintf(names[i], sizeof(names[i]), "f%d", i);
	return 0;
}

static void create_files(void)
{
	for (int i = 0; i < NR_FILES; i++) {
		int fd = MUST(open(names[i], O_WRONLY | O_CREAT | O_EXCL, 0644));

		if (argument)
			MUST(write(fd, content, argument));
		MUST(close(fd));
	}
}

static void delete_files(void)
{
	for (int i = 0; i < NR_FILES; i++)
		MUST(unlink(names[i]));
}

static void run_create(long n)
{
	while (n--) {
		create_files();
		clock_stop();
		delete_files();
		clock_go();
	}
}
ROW("file create, empty", .setup = name_files, .run = run_create, .per = NR_FILES)
ROW("file create, 4 KiB", .setup = name_files, .run = run_create, .per = NR_FILES, .argument = 4096)
ROW("file create, 10 KiB", .setup = name_files, .run = run_create, .per = NR_FILES,
    .argument = 10240)

static void run_delete(long n)
{
	while (n--) {
		clock_stop();
		create_files();
		clock_go();
		delete_files();
	}
}
ROW("file delete, empty", .setup = name_files, .run = run_delete, .per = NR_FILES)
ROW("file delete, 4 KiB", .setup = name_files, .run = run_delete, .per = NR_FILES, .argument = 4096)
ROW("file delete, 10 KiB", .setup = name_files, .run = run_delete, .per = NR_FILES,
    .argument = 10240)

static int overwritten;
static int make_one(void) { return overwritten = make_file("one", 10240); }
static void run_overwrite(long n) { while (n--) MUST(pwrite(overwritten, content, argument, 0)); }
ROW("file write, 4 KiB", .setup = make_one, .run = run_overwrite, .argument = 4096, .bulk = 1)
ROW("file write, 10 KiB", .setup = make_one, .run = run_overwrite, .argument = 10240, .bulk = 1)

static void run_truncate(long n)
{
	while (n--) {
		MUST(ftruncate(overwritten, 0));
		MUST(ftruncate(overwritten, 10240));
	}
}
ROW("truncate, twice", .setup = make_one, .run = run_truncate)

static void run_rename(long n)
{
	while (n--) {
		MUST(rename("one", "two"));
		MUST(rename("two", "one"));
	}
}
ROW("rename, twice", .setup = make_one, .run = run_rename)

static void run_link(long n)
{
	while (n--) {
		MUST(link("one", "two"));
		MUST(unlink("two"));
	}
}
ROW("link and unlink", .setup = make_one, .run = run_link)

static void run_mkdir(long n)
{
	while (n--) {
		MUST(mkdir("folder", 0755));
		MUST(rmdir("folder"));
	}
}
ROW("mkdir and rmdir", .run = run_mkdir)

/* Ten folders of twenty files, each file looked at. */
#define NR_FOLDERS 10
#define NR_ENTRIES 20
static int make_tree(void)
{
	char path[32];

	for (int i = 0; i < NR_FOLDERS; i++) {
		snprintf(path, sizeof(path), "d%d", i);
		if (mkdir(path, 0755))
			return -1;
		for (int j = 0; j < NR_ENTRIES; j++) {
			snprintf(path, sizeof(path), "d%d/f%d", i, j);
			if (close(make_file(path, 0)))
				return -1;
		}
	}
	return 0;
}

static void walk(int at, const char *name)
{
	int fd = MUST(openat(at, name, O_RDONLY | O_DIRECTORY));
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		MUST(fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW));
		if (S_ISDIR(st.st_mode))
			walk(fd, entry->d_name);
	}
	closedir(dir);
}
static void run_walk(long n) { while (n--) walk(AT_FDCWD, "."); }
ROW("directory walk, an entry", .setup = make_tree, .run = run_walk,
    .per = NR_FOLDERS * (NR_ENTRIES + 1))
