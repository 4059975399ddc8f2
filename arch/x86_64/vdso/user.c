// SPDX-License-Identifier: MIT
/*
 * Clocks in user mode: what the kernel's calls of the same names answer, from the time stamp counter and the page of figures before this
 * code. Whatever cannot be answered so is asked of the kernel.
 */
#include <stdbool.h>
#include <stddef.h>
#include <arch/gdt.h>
#include <uapi/time.h>
#include "data.h"

extern const struct vdso_data vvar_page __attribute__((visibility("hidden")));

#define NSEC_PER_SEC	1000000000ull
#define NR_GETTIMEOFDAY	96
#define NR_CLOCK_GETTIME 228
#define NR_CLOCK_GETRES	229
#define export __attribute__((visibility("default")))

/* The data page stands right before the text: its address is known when the object is linked. */
#define DATA		(&vvar_page)
#define READ(x)		(*(const volatile __typeof__(x) *)&(x))

static inline long call2(long nr, long a, long b)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(nr), "D"(a), "S"(b)
			 : "rcx", "r11", "memory");
	return result;
}

static inline __u64 read_counter(void)
{
	__u32 low, high;

	/* Not before what stands before it, or time could seem to go back between threads. */
	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (__u64)high << 32 | low;
}

/* offset: of the clock against the monotonic one, NULL for that itself. False: ask the kernel. */
static inline bool clock_ns(const __s64 *offset, __u64 *ns)
{
	const struct vdso_data *d = DATA;
	__u64 passed, multiplier;
	__u32 sequence;

	do {
		while ((sequence = READ(d->sequence)) & 1)
			__builtin_ia32_pause();
		multiplier = READ(d->multiplier);
		passed = read_counter() - READ(d->base_cycles);
		if ((__s64)passed < 0)
			passed = 0;
		*ns = READ(d->base_ns) +
		      (__u64)((unsigned __int128)passed * multiplier >> VDSO_CLOCK_SHIFT);
		if (offset)
			*ns += READ(*offset);
	} while (READ(d->sequence) != sequence);
	return multiplier != 0;
}

static inline bool clock_by_number(int clock, __u64 *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE: return clock_ns(&DATA->real_offset_ns, ns);
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_MONOTONIC_RAW: return clock_ns(NULL, ns);
	case CLOCK_BOOTTIME: return clock_ns(&DATA->boot_offset_ns, ns);
	}
	return false;
}

export int __vdso_clock_gettime(int clock, struct __kernel_timespec *ts);
export int __vdso_clock_gettime(int clock, struct __kernel_timespec *ts)
{
	__u64 ns;

	if (!clock_by_number(clock, &ns))
		return call2(NR_CLOCK_GETTIME, clock, (long)ts);
	ts->tv_sec = ns / NSEC_PER_SEC;
	ts->tv_nsec = ns % NSEC_PER_SEC;
	return 0;
}

export int __vdso_gettimeofday(struct __kernel_old_timeval *tv, struct timezone *tz);
export int __vdso_gettimeofday(struct __kernel_old_timeval *tv, struct timezone *tz)
{
	__u64 ns;

	if (!clock_ns(&DATA->real_offset_ns, &ns))
		return call2(NR_GETTIMEOFDAY, (long)tv, (long)tz);
	if (tv) {
		tv->tv_sec = ns / NSEC_PER_SEC;
		tv->tv_usec = ns % NSEC_PER_SEC / 1000;
	}
	if (tz) {
		tz->tz_minuteswest = READ(DATA->minutes_west);
		tz->tz_dsttime = READ(DATA->dst_time);
	}
	return 0;
}

export long __vdso_time(long *to);
export long __vdso_time(long *to)
{
	struct __kernel_timespec ts;

	__vdso_clock_gettime(CLOCK_REALTIME, &ts);
	if (to)
		/* lint: clang-analyzer-core.uninitialized.Assign: clock_gettime() fills it, in the worst case by a call, in asm */
		*to = ts.tv_sec;
	/* lint: clang-analyzer-core.uninitialized.UndefReturn: see above */
	return ts.tv_sec;
}

export int __vdso_clock_getres(int clock, struct __kernel_timespec *res);
export int __vdso_clock_getres(int clock, struct __kernel_timespec *res)
{
	long ns = 1;

	switch (clock) {
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE: ns = VDSO_COARSE_NS; break;
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_BOOTTIME: break;
	default: return call2(NR_CLOCK_GETRES, clock, (long)res);
	}
	if (res) {
		res->tv_sec = 0;
		res->tv_nsec = ns;
	}
	return 0;
}

export long __vdso_getcpu(unsigned int *cpu, unsigned int *node, void *unused);
export long __vdso_getcpu(unsigned int *cpu, unsigned int *node, void *unused)
{
	unsigned int number;

	(void)unused;
	/* Each CPU has a segment whose limit is its number. */
	__asm__ volatile("lsll %1, %0" : "=r"(number) : "r"(CPU_NUMBER_SELECTOR));
	if (cpu)
		*cpu = number;
	if (node)
		*node = 0;
	return 0;
}

#define ALIAS(name) extern __typeof__(__vdso_##name) name __attribute__((weak, alias("__vdso_" #name), visibility("default")))
ALIAS(clock_gettime);
ALIAS(gettimeofday);
ALIAS(time);
ALIAS(clock_getres);
ALIAS(getcpu);
