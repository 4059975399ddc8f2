/* SPDX-License-Identifier: MIT */
/*
 * Loaded into QEMU (LD_PRELOAD) while times are measured: who finds a mutex taken looks again for a moment before it sleeps.
 *
 * QEMU holds one lock for the whole machine while it delivers an exception, some hundred nanoseconds long. A virtual CPU that finds it taken
 * sleeps on it, and the host's system calls for that cost many times what was waited for. Two CPUs that take page faults, each its own, then
 * wait for the emulator, which says nothing of the kernel in it (Documentation/bench.md, Scaling, has the figures).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

/* A few microseconds: longer than an exception takes, shorter than to sleep and be woken. */
#define LOOKS 200

static int (*lock)(pthread_mutex_t *mutex);

static void __attribute__((constructor)) find_lock(void) { *(void **)&lock = dlsym(RTLD_NEXT, "pthread_mutex_lock"); }

__attribute__((visibility("default"))) int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	for (int i = 0; i < LOOKS; i++) {
		/* Tried only when it is free: a try takes the line from its holder, who then is late to let it go. */
		int error = __atomic_load_n(&mutex->__data.__lock, __ATOMIC_RELAXED)
				    ? EBUSY
				    : pthread_mutex_trylock(mutex);

		if (error != EBUSY)
			return error;
		__builtin_ia32_pause();
	}
	/* Other libraries' constructors may run before this one's. */
	if (!lock)
		find_lock();
	return lock(mutex);
}
