/* SPDX-License-Identifier: MIT */
/* Commands of /dev/spin, for the module and for the test. The argument is a number of milliseconds. */
#ifndef SPIN_H
#define SPIN_H

#include <uapi/ioctl.h>

#define SPIN_PREEMPTIBLE	_IO('s', 1)	/* in the kernel, with nothing held */
#define SPIN_LOCKED		_IO('s', 2)	/* holding a spinlock */
#define SPIN_NO_INTERRUPTS	_IO('s', 3)	/* with interrupts off */
#define SPIN_STATE		_IO('s', 4)	/* 1: somebody spins now */

#endif
