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

#define RTC_RD_TIME	_IOR('p', 0x09, struct rtc_time)
#define RTC_SET_TIME	_IOW('p', 0x0a, struct rtc_time)

#endif
