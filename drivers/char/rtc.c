/* SPDX-License-Identifier: MIT */
/*
 * /dev/rtc0: the battery-backed clock for programs (hwclock, rtcwake): time, alarm, and interrupts that come each second or at a steady
 * rate. One program at a time has it open.
 *
 * Locking: rtc_mutex (a mutex) guards the settings; rtc_lock (LOCK_RANK_CLASS) what the interrupt's handler shares with readers.
 */
#include <arch/clock.h>
#include <fs/chrdev.h>
#include <fs/poll.h>
#include <fs/uio.h>
#include <kernel/cred.h>
#include <kernel/init.h>
#include <kernel/interrupt.h>
#include <kernel/log.h>
#include <kernel/mutex.h>
#include <kernel/wait.h>
#include <lib/calendar.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/rtc.h>

#include "mem.h"

#define SECONDS_PER_DAY	86400
#define UNPRIVILEGED_HZ	64

static DEFINE_MUTEX(rtc_mutex);
static bool rtc_busy;	/* rtc_mutex: somebody has it open */
static u32 rtc_hz = 64; /* rtc_mutex */
static s64 rtc_alarm;	/* rtc_mutex: seconds since 1970 */
static DEFINE_SPINLOCK(rtc_lock, LOCK_RANK_CLASS);
static u8 rtc_causes;	       /* rtc_lock: what is switched on */
static unsigned long rtc_data; /* rtc_lock: RTC_IRQF and causes; the count from bit 8 on */
static DECLARE_WAIT_QUEUE_HEAD(rtc_wait);

static int switch_causes(u8 on, u8 off)
{
	unsigned long flags;
	int error;

	spin_lock_irqsave(&rtc_lock, flags);
	error = rtc_set_causes((rtc_causes | on) & ~off);
	if (!error)
		rtc_causes = (rtc_causes | on) & ~off;
	spin_unlock_irqrestore(&rtc_lock, flags);
	return error;
}

static void report(u8 causes)
{
	rtc_data = ((rtc_data & ~0xfful) + 0x100) | RTC_IRQF | causes;
	wake_up_interruptible_all(&rtc_wait);
}

static irqreturn_t rtc_interrupt(int irq, void *data)
{
	u8 causes;

	spin_lock(&rtc_lock);
	causes = rtc_take_causes() & rtc_causes;
	if (causes)
		report(causes);
	if (causes & RTC_CAUSE_ALARM) { /* once */
		rtc_causes &= ~RTC_CAUSE_ALARM;
		rtc_set_causes(rtc_causes);
	}
	spin_unlock(&rtc_lock);
	return IRQ_HANDLED;
}

static unsigned long take_data(void)
{
	unsigned long data, flags;

	spin_lock_irqsave(&rtc_lock, flags);
	data = rtc_data;
	rtc_data = 0;
	spin_unlock_irqrestore(&rtc_lock, flags);
	return data;
}

static int rtc_open(struct inode *inode, struct file *file)
{
	int error = -EBUSY;

	mutex_lock(&rtc_mutex);
	if (!rtc_busy) {
		rtc_busy = true;
		take_data();
		error = stream_open(inode, file);
	}
	mutex_unlock(&rtc_mutex);
	return error;
}

/* An alarm outlives the program that set it. */
static void rtc_release(struct inode *inode, struct file *file)
{
	mutex_lock(&rtc_mutex);
	switch_causes(0, RTC_CAUSE_UPDATE | RTC_CAUSE_PERIODIC);
	rtc_busy = false;
	mutex_unlock(&rtc_mutex);
}

static ssize_t rtc_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	unsigned long data;
	size_t n;

	if (to->count != sizeof(u32) && to->count < sizeof(data))
		return -EINVAL;
	for (;;) {
		int error;

		data = take_data();
		if (data)
			break;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		error = wait_event_interruptible(&rtc_wait, READ_ONCE(rtc_data));
		if (error)
			return error;
	}
	n = min(to->count, sizeof(data));
	return copy_to_iter(&data, n, to) == n ? (ssize_t)n : -EFAULT;
}

static u32 rtc_poll(struct file *file, struct poll_table *table)
{
	poll_wait(file, &rtc_wait, table);
	return READ_ONCE(rtc_data) ? EPOLLIN | EPOLLRDNORM : 0;
}

static struct rtc_time to_rtc_time(s64 seconds)
{
	struct calendar_time t;

	calendar_from_seconds(seconds, &t);
	return (struct rtc_time){
		.tm_sec = t.second,
		.tm_min = t.minute,
		.tm_hour = t.hour,
		.tm_mday = t.day,
		.tm_mon = t.month - 1,
		.tm_year = t.year - 1900,
		.tm_wday = t.week_day,
		.tm_yday = t.year_day,
	};
}

static s64 from_rtc_time(const struct rtc_time *time)
{
	struct calendar_time t = {
		.year = (s64)time->tm_year + 1900,
		.month = (unsigned int)time->tm_mon + 1,
		.day = time->tm_mday,
		.hour = time->tm_hour,
		.minute = time->tm_min,
		.second = time->tm_sec,
	};

	return calendar_is_valid(&t) ? calendar_to_seconds(&t) : -EINVAL;
}

static long set_time(const struct rtc_time __user *user)
{
	struct rtc_time time;
	s64 seconds;

	if (!capable(CAP_SYS_TIME))
		return -EACCES;
	if (copy_from_user(&time, user, sizeof(time)))
		return -EFAULT;
	seconds = from_rtc_time(&time);
	return seconds < 0 ? seconds : rtc_set_seconds(seconds);
}

/* The chip knows the time of day only, so an alarm is less than a day away. One of the past comes at once. */
static long set_alarm(s64 seconds, bool on)
{
	s64 now = rtc_read_seconds();
	unsigned long flags;

	if (now < 0)
		return now;
	if (seconds >= now + SECONDS_PER_DAY)
		return -EINVAL;
	switch_causes(0, RTC_CAUSE_ALARM);
	rtc_alarm = seconds;
	if (on && seconds <= now) {
		spin_lock_irqsave(&rtc_lock, flags);
		report(RTC_CAUSE_ALARM);
		spin_unlock_irqrestore(&rtc_lock, flags);
		return 0;
	}
	rtc_set_alarm(seconds % SECONDS_PER_DAY);
	return on ? switch_causes(RTC_CAUSE_ALARM, 0) : 0;
}

/* The next time that the clock shows this time of day; switched on by RTC_AIE_ON. */
static long set_time_of_day_alarm(const struct rtc_time __user *user)
{
	struct rtc_time time, today;
	s64 now, seconds;

	if (copy_from_user(&time, user, sizeof(time)))
		return -EFAULT;
	now = rtc_read_seconds();
	if (now < 0)
		return now;
	today = to_rtc_time(now);
	time.tm_mday = today.tm_mday;
	time.tm_mon = today.tm_mon;
	time.tm_year = today.tm_year;
	seconds = from_rtc_time(&time);
	if (seconds < 0)
		return seconds;
	return set_alarm(seconds <= now ? seconds + SECONDS_PER_DAY : seconds, false);
}

static long set_wake_alarm(const struct rtc_wkalrm __user *user)
{
	struct rtc_wkalrm alarm;
	s64 seconds;

	if (copy_from_user(&alarm, user, sizeof(alarm)))
		return -EFAULT;
	seconds = from_rtc_time(&alarm.time);
	return seconds < 0 ? seconds : set_alarm(seconds, alarm.enabled);
}

static long set_rate(unsigned long hz)
{
	if (hz < 2 || hz > 8192 || hz & (hz - 1))
		return -EINVAL;
	if (hz > UNPRIVILEGED_HZ && !capable(CAP_SYS_RESOURCE))
		return -EACCES;
	rtc_hz = hz;
	rtc_set_rate(hz);
	return 0;
}

static long start_periodic(void)
{
	if (rtc_hz > UNPRIVILEGED_HZ && !capable(CAP_SYS_RESOURCE))
		return -EACCES;
	rtc_set_rate(rtc_hz);
	return switch_causes(RTC_CAUSE_PERIODIC, 0);
}

static long give_time(void __user *user, s64 seconds)
{
	struct rtc_time time;

	if (seconds < 0)
		return seconds;
	time = to_rtc_time(seconds);
	return copy_to_user(user, &time, sizeof(time)) ? -EFAULT : 0;
}

static long give_wake_alarm(void __user *user)
{
	struct rtc_wkalrm alarm = { .enabled = !!(READ_ONCE(rtc_causes) & RTC_CAUSE_ALARM),
				    .time = to_rtc_time(rtc_alarm) };

	return copy_to_user(user, &alarm, sizeof(alarm)) ? -EFAULT : 0;
}

static long rtc_ioctl_locked(unsigned int command, void __user *user, unsigned long arg)
{
	switch (command) {
	case RTC_RD_TIME: return give_time(user, rtc_read_seconds());
	case RTC_SET_TIME: return set_time(user);
	case RTC_ALM_READ: return give_time(user, rtc_alarm);
	case RTC_ALM_SET: return set_time_of_day_alarm(user);
	case RTC_WKALM_RD: return give_wake_alarm(user);
	case RTC_WKALM_SET: return set_wake_alarm(user);
	case RTC_AIE_ON: return switch_causes(RTC_CAUSE_ALARM, 0);
	case RTC_AIE_OFF: return switch_causes(0, RTC_CAUSE_ALARM);
	case RTC_UIE_ON: return switch_causes(RTC_CAUSE_UPDATE, 0);
	case RTC_UIE_OFF: return switch_causes(0, RTC_CAUSE_UPDATE);
	case RTC_PIE_ON: return start_periodic();
	case RTC_PIE_OFF: return switch_causes(0, RTC_CAUSE_PERIODIC);
	case RTC_IRQP_READ: return put_user((unsigned long)rtc_hz, (unsigned long __user *)user);
	case RTC_IRQP_SET: return set_rate(arg);
	default: return -ENOTTY;
	}
}

static long rtc_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	long result;

	mutex_lock(&rtc_mutex);
	result = rtc_ioctl_locked(command, (void __user *)arg, arg);
	mutex_unlock(&rtc_mutex);
	return result;
}

static const struct file_operations rtc_fops = {
	.llseek = no_llseek,
	.open = rtc_open,
	.release = rtc_release,
	.read_iter = rtc_read,
	.poll = rtc_poll,
	.ioctl = rtc_ioctl,
};

void __init rtc_device_init(void)
{
	int major, error;

	if (rtc_set_causes(0))
		return; /* none here */
	error = request_irq(RTC_ISA_IRQ, rtc_interrupt, 0, "rtc0", NULL);
	if (error) {
		pr_err("rtc: no interrupt: error %d\n", error);
		return;
	}
	major = alloc_chrdev_major();
	error = major < 0 ? major : register_chrdev_ops(MKDEV(major, 0), 1, "rtc", &rtc_fops, NULL);
	if (!error)
		error = simple_device_create("rtc", "rtc0", 0600, MKDEV(major, 0));
	if (error)
		pr_err("rtc: no /dev/rtc0: error %d\n", error);
}
