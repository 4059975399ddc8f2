/* SPDX-License-Identifier: MIT */
/* The Gregorian calendar, by eras of 400 years. Years are counted from March here, so that the leap day is a year's last. */
#include <lib/calendar.h>

#define SECONDS_PER_DAY	86400
#define DAYS_PER_ERA	146097
#define DAYS_TO_1970	719468		/* from 1 March of the year 0 */

static bool is_leap(s64 year)
{
	return (!(year % 4) && year % 100) || !(year % 400);
}

static unsigned int days_of_month(s64 year, unsigned int month)
{
	static const u8 days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

bool calendar_is_valid(const struct calendar_time *t)
{
	return t->year >= 1970 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
	       t->day <= days_of_month(t->year, t->month) && t->hour < 24 && t->minute < 60 &&
	       t->second < 60;
}

static s64 days_from_date(s64 year, unsigned int month, unsigned int day)
{
	unsigned int from_march = (month + 9) % 12;
	s64 y = year - (month <= 2);

	return y * 365 + y / 4 - y / 100 + y / 400 + (from_march * 306 + 5) / 10 + day - 1 -
	       DAYS_TO_1970;
}

s64 calendar_to_seconds(const struct calendar_time *t)
{
	return days_from_date(t->year, t->month, t->day) * SECONDS_PER_DAY + t->hour * 3600 +
	       t->minute * 60 + t->second;
}

void calendar_from_seconds(s64 seconds, struct calendar_time *t)
{
	s64 days = seconds / SECONDS_PER_DAY, shifted = days + DAYS_TO_1970,
	    era = shifted / DAYS_PER_ERA;
	unsigned int of_day = seconds % SECONDS_PER_DAY;
	unsigned int of_era = shifted % DAYS_PER_ERA;
	unsigned int year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) /
				   365;
	unsigned int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned int from_march = (5 * of_year + 2) / 153;

	t->day = of_year - (153 * from_march + 2) / 5 + 1;
	t->month = from_march < 10 ? from_march + 3 : from_march - 9;
	t->year = year_of_era + era * 400 + (t->month <= 2);
	t->hour = of_day / 3600;
	t->minute = of_day / 60 % 60;
	t->second = of_day % 60;
	t->week_day = (days + 4) % 7; /* the first day of 1970 was a Thursday */
	t->year_day = days - days_from_date(t->year, 1, 1);
}
