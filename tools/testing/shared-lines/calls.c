/* SPDX-License-Identifier: MIT */
/* Makes the same few system calls for ever, for trace.py to follow one of each. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH "/tmp/shared-lines/folder/file"

static char buffer[4096];
static struct stat status;

int main(void)
{
	int fd, zero = open("/dev/zero", O_RDONLY);

	mkdir("/tmp/shared-lines", 0755);
	mkdir("/tmp/shared-lines/folder", 0755);
	fd = open(PATH, O_RDWR | O_CREAT, 0644);
	if (fd < 0 || zero < 0 || write(fd, buffer, sizeof(buffer)) != sizeof(buffer) ||
	    mlockall(MCL_CURRENT)) {
		perror("calls");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		syscall(SYS_stat, PATH, &status);
		syscall(SYS_newfstatat, AT_FDCWD, "/tmp/shared-lines/../shared-lines/folder/file",
			&status, 0);
		syscall(SYS_access, PATH, R_OK);
		syscall(SYS_lstat, "/tmp/shared-lines/absent", &status);
		syscall(SYS_fstat, fd, &status);
		syscall(SYS_lseek, fd, 0, SEEK_SET);
		syscall(SYS_read, zero, buffer, 16);
		syscall(SYS_pread64, fd, buffer, 512, 0);
	}
}
