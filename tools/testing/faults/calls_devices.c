/* SPDX-License-Identifier: MIT */
/* What a driver's device does for programs: mmap, and commands with more than one buffer. echo.ko shows four pages. */
#include "faults.h"
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define SIZE	(4 * 4096)

static int node = -1;
static char *board;

static void open_node(void)
{
	if (system("/sbin/modprobe echo"))
		give_up("modprobe echo");
	node = MUST(open("/dev/echo", O_RDWR | O_NONBLOCK | O_CLOEXEC));
}
static void close_node(void)
{
	close(node);
	MUST(syscall(SYS_delete_module, "echo", O_NONBLOCK));
}

static long show(int flags) { return (long)mmap(NULL, SIZE, PROT_READ | PROT_WRITE, flags, node, 0); }
static void hide(long at) { MUST(munmap((void *)at, SIZE)); }

static long show_shared(void) { return show(MAP_SHARED); }
CALL(mmap_device, .start = open_node, .run = show_shared, .undo = hide, .finish = close_node);

static long show_populated(void) { return show(MAP_PRIVATE | MAP_POPULATE); }
CALL(mmap_device_private_populated, .start = open_node, .run = show_populated, .undo = hide,
     .finish = close_node);

static void show_first(void) { board = (char *)MUST(show(MAP_SHARED)); }
static void hide_rest(void) { MUST(munmap(board, SIZE)); }

static long cut(void) { return munmap(board + 4096, 4096); }
CALL(munmap_device_middle, .start = open_node, .prepare = show_first, .run = cut,
     .restore = hide_rest, .finish = close_node);

static long move(void)
{
	char *to = mremap(board, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, board + (64 << 20));

	return to == MAP_FAILED ? -1 : (long)to;
}
static void unmap_page(long at) { MUST(munmap((void *)at, 4096)); }
CALL(mremap_device, .start = open_node, .prepare = show_first, .run = move, .undo = unmap_page,
     .restore = hide_rest, .finish = close_node);

static void touch_private(void)
{
	board = (char *)MUST(show(MAP_PRIVATE));
	board[0] = 1;
}
static long fork_it(void)
{
	long pid = syscall(SYS_fork);

	if (!pid)
		_exit(board[0] != 1);
	return pid;
}
static void reap(long pid) { MUST(waitpid(pid, NULL, __WALL)); }
CALL(fork_with_device, .start = open_node, .prepare = touch_private, .run = fork_it, .undo = reap,
     .restore = hide_rest, .finish = close_node);

static long exchange(void)
{
	static char out[4096], back[4096];
	struct {
		unsigned long long out, back;
		unsigned int out_bytes, back_bytes;
	} e = { (unsigned long)out, (unsigned long)back, sizeof(out), sizeof(back) };

	return ioctl(node, _IOC(3, 'e', 4, sizeof(e)), &e);
}
CALL(ioctl_nested, .start = open_node, .run = exchange, .finish = close_node);
