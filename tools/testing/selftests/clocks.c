/* SPDX-License-Identifier: MIT */
/* Clocks, sleeping and timers. */
#include "harness.h"

#include <linux/rtc.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>

static uint64_t read_clock(clockid_t clock)
{
	struct timespec t = { 0 };

	EXPECT_OK(syscall(SYS_clock_gettime, clock, &t));
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

TEST(clocks_advance)
{
	static const clockid_t clocks[] = { CLOCK_REALTIME,	    CLOCK_MONOTONIC,
					    CLOCK_MONOTONIC_RAW,    CLOCK_REALTIME_COARSE,
					    CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME };

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		uint64_t before = read_clock(clocks[i]);

		sleep_ms(30);
		uint64_t after = read_clock(clocks[i]);

		if (after - before < 20000000 || after - before > 30000000000)
			fail(__FILE__, __LINE__, "clock %d advanced %lld ns in 30 ms", clocks[i],
			     (long long)(after - before));
	}
	struct timespec t;

	EXPECT_ERR(syscall(SYS_clock_gettime, 77, &t), EINVAL);
	EXPECT_ERR(syscall(SYS_clock_gettime, CLOCK_REALTIME, 16), EFAULT);
}

TEST(date_is_plausible)
{
	/* After this was written: the clock chip has been read. */
	EXPECT_GT(time(NULL), 1600000000);
	struct timeval tv;

	EXPECT_OK(gettimeofday(&tv, NULL));
	EXPECT(labs(tv.tv_sec - time(NULL)) <= 1);
}

TEST(monotonic_never_goes_back)
{
	uint64_t last = 0, end = read_clock(CLOCK_MONOTONIC) + 300000000;

	do {
		uint64_t now = now_ns(); /* by the vDSO if there is one */

		ASSERT_GE(now, last);
		last = read_clock(CLOCK_MONOTONIC);
		ASSERT_GE(last, now);
	} while (last < end);
}

TEST(monotonic_agrees_between_processors)
{
	int p[2], q[2];
	uint64_t theirs, mine;

	ASSERT_OK(pipe(p));
	ASSERT_OK(pipe(q));
	pid_t pid = CHILD({
		uint64_t now;
		for (int i = 0; i < 500; i++) {
			EXPECT_EQ(read(p[0], &now, 8), 8);
			uint64_t later = now_ns();
			if (later < now)
				fail(__FILE__, __LINE__, "back by %llu ns",
				     (unsigned long long)(now - later));
			EXPECT_EQ(write(q[1], &later, 8), 8);
		}
	});

	for (int i = 0; i < 500; i++) {
		mine = now_ns();
		ASSERT_EQ(write(p[1], &mine, 8), 8);
		ASSERT_EQ(read(q[0], &theirs, 8), 8);
		ASSERT_GE(now_ns(), theirs);
	}
	EXPECT_EXIT(pid, 0);
}

TEST(resolution_is_fine)
{
	struct timespec t;

	EXPECT_OK(clock_getres(CLOCK_MONOTONIC, &t));
	EXPECT_EQ(t.tv_sec, 0);
	EXPECT_EQ(t.tv_nsec, 1);
	EXPECT_OK(clock_getres(CLOCK_REALTIME, NULL));
	EXPECT_ERR(clock_getres(77, &t), EINVAL);
}

TEST(sleeping)
{
	struct timespec t = { 0, 50000000 }, bad = { 0, 1000000000 }, at;
	uint64_t start = now_ns();

	EXPECT_OK(nanosleep(&t, NULL));
	EXPECT_GE(now_ns() - start, 50000000);
	EXPECT_LT(now_ns() - start, 5000000000ull);
	EXPECT_ERR(nanosleep(&bad, NULL), EINVAL);
	bad.tv_nsec = -1;
	EXPECT_ERR(nanosleep(&bad, NULL), EINVAL);
	bad = (struct timespec){ -1, 0 };
	EXPECT_ERR(nanosleep(&bad, NULL), EINVAL);
	EXPECT_ERR(syscall(SYS_nanosleep, 16, NULL), EFAULT);
	start = now_ns();
	at = (struct timespec){ start / 1000000000, start % 1000000000 };
	at.tv_nsec += 40000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_nsec -= 1000000000;
		at.tv_sec++;
	}
	EXPECT_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL), 0);
	EXPECT_GE(now_ns() - start, 40000000);
	EXPECT_EQ(clock_nanosleep(77, 0, &t, NULL), EINVAL);
}

/* The shortest of many: the host may take the processor away in each. */
static uint64_t shortest_sleep(clockid_t clock, int flags, const struct timespec *t)
{
	uint64_t best = -1ull;

	for (int i = 0; i < 50; i++) {
		uint64_t start = now_ns(), took;

		EXPECT_EQ(clock_nanosleep(clock, flags, t, NULL), 0);
		took = now_ns() - start;
		best = took < best ? took : best;
	}
	return best;
}

TEST(what_is_past_is_not_waited_for)
{
	struct timespec at = { 0, 40000000 };

	EXPECT_LT(shortest_sleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at), 30000000);
}

TEST(short_sleeps_are_short)
{
	struct timespec t = { 0, 100000 };
	uint64_t best = shortest_sleep(CLOCK_MONOTONIC, 0, &t);

	EXPECT_GE(best, 100000);
	/* With high-resolution timers, well below one tick of 4 ms. */
	EXPECT_LT(best, 2000000);
}

TEST(processor_time)
{
	struct rusage before, after;
	struct tms t;
	uint64_t own = read_clock(CLOCK_PROCESS_CPUTIME_ID),
		 thread = read_clock(CLOCK_THREAD_CPUTIME_ID);

	getrusage(RUSAGE_SELF, &before);
	for (uint64_t end = now_ns() + 100000000; now_ns() < end;)
		;
	EXPECT_GT(read_clock(CLOCK_PROCESS_CPUTIME_ID) - own, 5000000);
	EXPECT_GT(read_clock(CLOCK_THREAD_CPUTIME_ID) - thread, 5000000);
	getrusage(RUSAGE_SELF, &after);
	EXPECT_GT((after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1000000 +
			  after.ru_utime.tv_usec - before.ru_utime.tv_usec +
			  (after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1000000 +
			  after.ru_stime.tv_usec - before.ru_stime.tv_usec,
		  5000);
	EXPECT_NE(times(&t), -1);
	EXPECT_GE(t.tms_utime + t.tms_stime, 0);
}

/* What the host does between a call's begin and its sleep is charged to the caller, so not each time. */
TEST(sleep_is_no_processor_time)
{
	uint64_t best = -1ull;

	for (int i = 0; i < 10; i++) {
		uint64_t own = read_clock(CLOCK_PROCESS_CPUTIME_ID), took;

		sleep_ms(20);
		took = read_clock(CLOCK_PROCESS_CPUTIME_ID) - own;
		best = took < best ? took : best;
	}
	EXPECT_LT(best, 12000000);
}

static volatile sig_atomic_t fired;
static volatile int value_seen;

static void on_timer(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	fired++;
	value_seen = info->si_value.sival_int;
}

TEST(posix_timers)
{
	struct sigaction sa = { .sa_sigaction = on_timer, .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGRTMIN,
				  .sigev_value.sival_int = 321 };
	struct itimerspec often = { .it_value = { 0, 10000000 }, .it_interval = { 0, 10000000 } },
			  now;
	timer_t timer;

	sigaction(SIGRTMIN, &sa, NULL);
	ASSERT_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
	EXPECT_OK(timer_settime(timer, 0, &often, NULL));
	EXPECT(WAIT_UNTIL(fired >= 3, 10000));
	EXPECT_EQ(value_seen, 321);
	EXPECT_OK(timer_gettime(timer, &now));
	EXPECT_EQ(now.it_interval.tv_nsec, 10000000);
	EXPECT_GE(timer_getoverrun(timer), 0);
	EXPECT_OK(timer_delete(timer));
	int so_far = fired;

	sleep_ms(40);
	EXPECT_LE(fired, so_far + 1);
	EXPECT_ERR(syscall(SYS_timer_settime, 12345, 0, &often, NULL), EINVAL);
	EXPECT_ERR(timer_create(77, &event, &timer), EINVAL);
}

TEST(timer_without_signal)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	struct itimerspec once = { .it_value = { 0, 5000000 } }, now;
	timer_t timer;

	ASSERT_OK(timer_create(CLOCK_REALTIME, &event, &timer));
	EXPECT_OK(timer_settime(timer, 0, &once, NULL));
	sleep_ms(20);
	EXPECT_OK(timer_gettime(timer, &now));
	EXPECT_EQ(now.it_value.tv_sec + now.it_value.tv_nsec, 0);
}

TEST(overruns_are_counted)
{
	sigset_t set;
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec often = { .it_value = { 0, 1000000 }, .it_interval = { 0, 1000000 } };
	timer_t timer;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ASSERT_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
	EXPECT_OK(timer_settime(timer, 0, &often, NULL));
	sleep_ms(50);
	EXPECT_EQ(sigwait(&set, &sig), 0);
	EXPECT_GE(timer_getoverrun(timer), 20);
}

TEST(interval_timers_are_not_inherited)
{
	struct itimerval soon = { .it_value = { 0, 30000 } }, left;

	signal(SIGALRM, SIG_IGN);
	setitimer(ITIMER_REAL, &soon, NULL);
	EXPECT_EXIT(CHILD({
			    signal(SIGALRM, SIG_DFL);
			    EXPECT_OK(getitimer(ITIMER_REAL, &left));
			    EXPECT_EQ(left.it_value.tv_sec + left.it_value.tv_usec, 0);
			    sleep_ms(60);
		    }),
		    0);
}

TEST(setting_the_clock)
{
	struct timespec now, set;

	ASSERT_OK(clock_gettime(CLOCK_REALTIME, &now));
	set = now;
	set.tv_sec += 100000;
	uint64_t monotonic = now_ns();

	EXPECT_OK(clock_settime(CLOCK_REALTIME, &set));
	EXPECT_GE(time(NULL), now.tv_sec + 99999);
	EXPECT_LT(now_ns() - monotonic, 60000000000ull);
	EXPECT_OK(clock_settime(CLOCK_REALTIME, &now));
	EXPECT_ERR(clock_settime(CLOCK_MONOTONIC, &now), EINVAL);
	EXPECT_EXIT(CHILD({
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_ERR(clock_settime(CLOCK_REALTIME, &now), EPERM);
		    }),
		    0);
}

TEST(adjtimex_reads)
{
	struct timex t = { 0 };

	EXPECT_GE(adjtimex(&t), 0);
	EXPECT(t.tick > 9000 && t.tick < 11000);
}

static time_t rtc_seconds(const struct rtc_time *t)
{
	struct tm tm = { .tm_sec = t->tm_sec,
			 .tm_min = t->tm_min,
			 .tm_hour = t->tm_hour,
			 .tm_mday = t->tm_mday,
			 .tm_mon = t->tm_mon,
			 .tm_year = t->tm_year };

	return timegm(&tm);
}

/* What the battery-backed clock has told since it was last asked, or -1 when it has told nothing for 10 s. */
static long rtc_event(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	unsigned long data;

	return poll(&p, 1, 10000) == 1 && read(fd, &data, sizeof(data)) == sizeof(data) ? (long)data
											: -1;
}

TEST(battery_clock_interrupts)
{
	int fd = ASSERT_OK(open("/dev/rtc0", O_RDONLY));
	struct rtc_wkalrm alarm = { .enabled = 1 };
	struct rtc_time t;
	char c;

	EXPECT_ERR(open("/dev/rtc0", O_RDONLY), EBUSY);
	EXPECT_ERR(read(fd, &c, 1), EINVAL);
	EXPECT_ERR(ioctl(fd, 0x1234), ENOTTY);
	EXPECT_ERR(ioctl(fd, RTC_RD_TIME, 16), EFAULT);
	ASSERT_OK(ioctl(fd, RTC_RD_TIME, &t));
	EXPECT_GE(t.tm_year, 120);

	/* each second */
	ASSERT_OK(ioctl(fd, RTC_UIE_ON));
	for (int i = 0; i < 2; i++) {
		long event = rtc_event(fd);

		EXPECT((event & 0xf0) == (RTC_IRQF | RTC_UF) && event >> 8 >= 1);
	}
	ASSERT_OK(ioctl(fd, RTC_UIE_OFF));

	/* once, in two seconds */
	ASSERT_OK(ioctl(fd, RTC_RD_TIME, &t));
	time_t at = rtc_seconds(&t) + 2;

	alarm.time = *(struct rtc_time *)gmtime(&at);
	ASSERT_OK(ioctl(fd, RTC_WKALM_SET, &alarm));
	EXPECT_EQ(rtc_event(fd) & 0xf0, RTC_IRQF | RTC_AF);
	ASSERT_OK(ioctl(fd, RTC_RD_TIME, &t));
	EXPECT_GE(rtc_seconds(&t), at);
	ASSERT_OK(ioctl(fd, RTC_WKALM_SET, &alarm)); /* the past comes at once */
	EXPECT_EQ(rtc_event(fd) & 0xf0, RTC_IRQF | RTC_AF);
	ASSERT_OK(ioctl(fd, RTC_WKALM_RD, &alarm));
	EXPECT_EQ(alarm.enabled, 0);
	alarm.time.tm_mon = 12;
	EXPECT_ERR(ioctl(fd, RTC_WKALM_SET, &alarm), EINVAL);

	/* at a rate */
	unsigned long hz = 0;

	ASSERT_OK(ioctl(fd, RTC_IRQP_SET, 64));
	ASSERT_OK(ioctl(fd, RTC_IRQP_READ, &hz));
	EXPECT_EQ(hz, 64ul);
	EXPECT_ERR(ioctl(fd, RTC_IRQP_SET, 0), EINVAL);
	ASSERT_OK(ioctl(fd, RTC_PIE_ON));
	uint64_t start = now_ns();
	long count = 0;

	while (count < 16) {
		long event = rtc_event(fd);

		ASSERT((event & 0xf0) == (RTC_IRQF | RTC_PF));
		count += event >> 8;
	}
	EXPECT_GE(now_ns() - start, 100000000ull);
	ASSERT_OK(ioctl(fd, RTC_PIE_OFF));
	EXPECT_EXIT(CHILD({
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_ERR(ioctl(fd, RTC_SET_TIME, &t), EACCES);
		    }),
		    0);
	close(fd);
	EXPECT_OK(close(open("/dev/rtc0", O_RDONLY)));
}

TEST(battery_clock_is_set)
{
	int fd = ASSERT_OK(open("/dev/rtc0", O_RDONLY));
	struct rtc_time before, t, bad;

	ASSERT_OK(ioctl(fd, RTC_RD_TIME, &before));
	time_t leap_day = 1709251199; /* the last second of 29 February 2024 */

	ASSERT_OK(ioctl(fd, RTC_SET_TIME, (struct rtc_time *)gmtime(&leap_day)));
	ASSERT_OK(ioctl(fd, RTC_RD_TIME, &t));
	EXPECT(rtc_seconds(&t) - leap_day <= 2);
	bad = t;
	bad.tm_mday = 32;
	EXPECT_ERR(ioctl(fd, RTC_SET_TIME, &bad), EINVAL);
	ASSERT_OK(ioctl(fd, RTC_SET_TIME, &before));
}
