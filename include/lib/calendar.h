/* SPDX-License-Identifier: MIT */
/* Dates of the Gregorian calendar, in UTC, and seconds since 1970. */
#ifndef LIB_CALENDAR_H
#define LIB_CALENDAR_H

#include <lib/types.h>

struct calendar_time {
	s64 year;
	unsigned int month; /* 1-12 */
	unsigned int day;   /* 1-31 */
	unsigned int hour, minute, second;
	unsigned int week_day; /* 0: Sunday */
	unsigned int year_day; /* 0: the first of January */
};

/* Does such a moment exist, from 1970 on? week_day and year_day are not looked at. */
bool calendar_is_valid(const struct calendar_time *t);
/* Of a valid moment; week_day and year_day are not looked at. */
s64 calendar_to_seconds(const struct calendar_time *t);
/* seconds: 0 or more. */
void calendar_from_seconds(s64 seconds, struct calendar_time *t);

#endif
