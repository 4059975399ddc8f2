/* SPDX-License-Identifier: MIT */
/* ids: asks three times who it is and twice whose child. */
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	for (int i = 0; i < 3; i++)
		syscall(SYS_getpid);
	for (int i = 0; i < 2; i++)
		syscall(SYS_getppid);
	return 0;
}
