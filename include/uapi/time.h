/* SPDX-License-Identifier: MIT */
/*
 * Clocks, timers, timerfd, adjtimex, times.
 */
#ifndef UAPI_TIME_H
#define UAPI_TIME_H

#include <uapi/types.h>

struct __kernel_timespec {
	__kernel_time64_t tv_sec;
	long long tv_nsec;
};

struct __kernel_itimerspec {
	struct __kernel_timespec it_interval;
	struct __kernel_timespec it_value;
};

struct __kernel_old_timeval {
	__kernel_long_t tv_sec;
	__kernel_long_t tv_usec;
};

struct __kernel_old_timespec {
	__kernel_old_time_t tv_sec;
	long tv_nsec;
};

struct __kernel_old_itimerval {
	struct __kernel_old_timeval it_interval;
	struct __kernel_old_timeval it_value;
};

struct __kernel_sock_timeval {
	__s64 tv_sec;
	__s64 tv_usec;
};

struct timespec {
	__kernel_old_time_t tv_sec;
	long tv_nsec;
};

struct timeval {
	__kernel_old_time_t tv_sec;
	__kernel_suseconds_t tv_usec;
};

struct itimerspec {
	struct timespec it_interval;
	struct timespec it_value;
};

struct itimerval {
	struct timeval it_interval;
	struct timeval it_value;
};

struct timezone {
	int tz_minuteswest;
	int tz_dsttime;
};

/* setitimer. */
#define ITIMER_REAL	0
#define ITIMER_VIRTUAL	1
#define ITIMER_PROF	2

#define CLOCK_REALTIME			0
#define CLOCK_MONOTONIC			1
#define CLOCK_PROCESS_CPUTIME_ID	2
#define CLOCK_THREAD_CPUTIME_ID		3
#define CLOCK_MONOTONIC_RAW		4
#define CLOCK_REALTIME_COARSE		5
#define CLOCK_MONOTONIC_COARSE		6
#define CLOCK_BOOTTIME			7
#define CLOCK_REALTIME_ALARM		8
#define CLOCK_BOOTTIME_ALARM		9
#define CLOCK_SGI_CYCLE			10
#define CLOCK_TAI			11
#define MAX_CLOCKS			16
#define CLOCKS_MASK	(CLOCK_REALTIME | CLOCK_MONOTONIC)
#define CLOCKS_MONO	CLOCK_MONOTONIC

#define TIMER_ABSTIME	0x1

/* timerfd. */
#define TFD_CLOEXEC		02000000
#define TFD_NONBLOCK		04000
#define TFD_TIMER_ABSTIME	0x1
#define TFD_TIMER_CANCEL_ON_SET	0x2
#define TFD_IOC_SET_TICKS	0x40085400	/* _IOW('T', 0, __u64) */

/* times. */
struct tms {
	__kernel_clock_t tms_utime;
	__kernel_clock_t tms_stime;
	__kernel_clock_t tms_cutime;
	__kernel_clock_t tms_cstime;
};

/* adjtimex and clock_adjtime. */
struct timex {
	unsigned int modes; /* ADJ_* */
	__kernel_long_t offset;
	__kernel_long_t freq;
	__kernel_long_t maxerror;
	__kernel_long_t esterror;
	int status; /* STA_* */
	__kernel_long_t constant;
	__kernel_long_t precision;
	__kernel_long_t tolerance;
	struct timeval time;
	__kernel_long_t tick;
	__kernel_long_t ppsfreq;
	__kernel_long_t jitter;
	int shift;
	__kernel_long_t stabil;
	__kernel_long_t jitcnt;
	__kernel_long_t calcnt;
	__kernel_long_t errcnt;
	__kernel_long_t stbcnt;
	int tai;
	int : 32;
	int : 32;
	int : 32;
	int : 32;
	int : 32;
	int : 32;
	int : 32;
	int : 32;
	int : 32;
	int : 32;
	int : 32;
};

#define NTP_API			4
#define ADJ_OFFSET		0x1
#define ADJ_FREQUENCY		0x2
#define ADJ_MAXERROR		0x4
#define ADJ_ESTERROR		0x8
#define ADJ_STATUS		0x10
#define ADJ_TIMECONST		0x20
#define ADJ_TAI			0x80
#define ADJ_SETOFFSET		0x100
#define ADJ_MICRO		0x1000
#define ADJ_NANO		0x2000
#define ADJ_TICK		0x4000
#define ADJ_OFFSET_SINGLESHOT	0x8001
#define ADJ_OFFSET_SS_READ	0xa001
#define MOD_OFFSET	0x1
#define MOD_FREQUENCY	0x2
#define MOD_MAXERROR	0x4
#define MOD_ESTERROR	0x8
#define MOD_STATUS	0x10
#define MOD_TIMECONST	0x20
#define MOD_TAI		0x80
#define MOD_MICRO	0x1000
#define MOD_NANO	0x2000
#define STA_PLL		0x1
#define STA_PPSFREQ	0x2
#define STA_PPSTIME	0x4
#define STA_FLL		0x8
#define STA_INS		0x10
#define STA_DEL		0x20
#define STA_UNSYNC	0x40
#define STA_FREQHOLD	0x80
#define STA_PPSSIGNAL	0x100
#define STA_PPSJITTER	0x200
#define STA_PPSWANDER	0x400
#define STA_PPSERROR	0x800
#define STA_CLOCKERR	0x1000
#define STA_NANO	0x2000
#define STA_MODE	0x4000
#define STA_CLK		0x8000
#define STA_RONLY	0xff00
#define TIME_OK		0
#define TIME_INS	1
#define TIME_DEL	2
#define TIME_OOP	3
#define TIME_WAIT	4
#define TIME_ERROR	5
#define TIME_BAD	5

#endif
