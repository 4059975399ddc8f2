/* SPDX-License-Identifier: MIT */
/*
 * Real-time clock devices.
 */
#ifndef UAPI_RTC_H
#define UAPI_RTC_H

#include <uapi/ioctl.h>
#include <uapi/types.h>

/* As struct tm: months from 0, years from 1900. */
struct rtc_time {
	int tm_sec;
	int tm_min;
	int tm_hour;
	int tm_mday;
	int tm_mon;
	int tm_year;
	int tm_wday;
	int tm_yday;
	int tm_isdst;
};

struct rtc_wkalrm {
	unsigned char enabled;
	unsigned char pending;
	struct rtc_time time;
};

#define RTC_AIE_ON	_IO('p', 0x01)		/* interrupts of the alarm, */
#define RTC_AIE_OFF	_IO('p', 0x02)
#define RTC_UIE_ON	_IO('p', 0x03)		/* of each second, */
#define RTC_UIE_OFF	_IO('p', 0x04)
#define RTC_PIE_ON	_IO('p', 0x05)		/* and at a steady rate */
#define RTC_PIE_OFF	_IO('p', 0x06)
#define RTC_ALM_SET	_IOW('p', 0x07, struct rtc_time)
#define RTC_ALM_READ	_IOR('p', 0x08, struct rtc_time)
#define RTC_RD_TIME	_IOR('p', 0x09, struct rtc_time)
#define RTC_SET_TIME	_IOW('p', 0x0a, struct rtc_time)
#define RTC_IRQP_READ	_IOR('p', 0x0b, unsigned long)	/* Hz */
#define RTC_IRQP_SET	_IOW('p', 0x0c, unsigned long)
#define RTC_WKALM_SET	_IOW('p', 0x0f, struct rtc_wkalrm)
#define RTC_WKALM_RD	_IOR('p', 0x10, struct rtc_wkalrm)

/* What read(2) gives in the low byte; the interrupts since the last read stand above it. */
#define RTC_IRQF	0x80
#define RTC_PF		0x40
#define RTC_AF		0x20
#define RTC_UF		0x10

#endif
