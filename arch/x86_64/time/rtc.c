/* SPDX-License-Identifier: MIT */
/*
 * The battery-backed clock of the PC (MC146818A data sheet): seconds to years in 8-bit registers behind an index port, in BCD or
 * binary, 12 or 24 hours, as another system may have left it. Taken to run in UTC.
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <kernel/acpi.h>
#include <kernel/spinlock.h>
#include <lib/errno.h>

#define CMOS_INDEX	0x70
#define CMOS_DATA	0x71

#define RTC_SECONDS	0x00
#define RTC_MINUTES	0x02
#define RTC_HOURS	0x04
#define RTC_DAY		0x07
#define RTC_MONTH	0x08
#define RTC_YEAR	0x09
#define RTC_STATUS_A	0x0a
#define RTC_STATUS_B	0x0b

#define STATUS_A_UPDATING	0x80
#define STATUS_B_SET		0x80	/* stops the updates while it is set */
#define STATUS_B_BINARY		0x04
#define STATUS_B_24_HOURS	0x02
#define HOURS_PM		0x80

#define SECONDS_PER_DAY	86400
#define READ_TRIES	100

/* The index port and what follows it. */
static DEFINE_SPINLOCK(cmos_lock, LOCK_RANK_LEAF);

struct rtc_registers {
	u8 seconds, minutes, hours, day, month, year, century;
};

static u8 cmos_read(u8 index)
{
	outb(index, CMOS_INDEX);
	return inb(CMOS_DATA);
}

static void cmos_write(u8 index, u8 value)
{
	outb(index, CMOS_INDEX);
	outb(value, CMOS_DATA);
}

static u8 century_register(void)
{
	const struct acpi_fadt *fadt = acpi_fadt();

	return fadt ? fadt->century : 0;
}

static bool is_there(void)
{
	const struct acpi_fadt *fadt = acpi_fadt();

	return !fadt || !(fadt->boot_architecture & ACPI_BOOT_NO_RTC);
}

static struct rtc_registers read_once(void)
{
	u8 century = century_register();

	return (struct rtc_registers){
		.seconds = cmos_read(RTC_SECONDS),
		.minutes = cmos_read(RTC_MINUTES),
		.hours = cmos_read(RTC_HOURS),
		.day = cmos_read(RTC_DAY),
		.month = cmos_read(RTC_MONTH),
		.year = cmos_read(RTC_YEAR),
		.century = century ? cmos_read(century) : 0,
	};
}

/* Two equal readings outside an update: it did not change in between. An update takes 2 ms at most. */
static bool read_registers(struct rtc_registers *r)
{
	for (int tries = 0; tries < READ_TRIES; tries++) {
		struct rtc_registers again;
		unsigned long flags;
		bool same;

		for (int i = 0; i < 10000 && cmos_read(RTC_STATUS_A) & STATUS_A_UPDATING; i++)
			cpu_relax();
		spin_lock_irqsave(&cmos_lock, flags);
		*r = read_once();
		again = read_once();
		spin_unlock_irqrestore(&cmos_lock, flags);
		same = !__builtin_memcmp(r, &again, sizeof(again));
		if (same)
			return true;
	}
	return false;
}

static u8 from_bcd(u8 value)
{
	return (value >> 4) * 10 + (value & 15);
}

static u8 to_bcd(u8 value)
{
	return value / 10 << 4 | value % 10;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar; months count from March, so that the leap day is a year's last. */
static s64 days_from_date(s64 year, unsigned int month, unsigned int day)
{
	unsigned int shifted = (month + 9) % 12;
	s64 y = year - (month <= 2);

	return y * 365 + y / 4 - y / 100 + y / 400 + (shifted * 306 + 5) / 10 + day - 1 - 719468;
}

static bool is_date(s64 year, unsigned int month, unsigned int day, const struct rtc_registers *r)
{
	return year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && r->hours < 24 && r->minutes < 60 &&
	       r->seconds < 60;
}

static void decode(struct rtc_registers *r, u8 status)
{
	bool pm = !(status & STATUS_B_24_HOURS) && r->hours & HOURS_PM;

	if (!(status & STATUS_B_24_HOURS))
		r->hours &= ~HOURS_PM;
	if (!(status & STATUS_B_BINARY))
		for (u8 *field = &r->seconds; field <= &r->century; field++)
			*field = from_bcd(*field);
	if (!(status & STATUS_B_24_HOURS))
		r->hours = r->hours % 12 + (pm ? 12 : 0);
}

s64 rtc_read_seconds(void)
{
	struct rtc_registers r;
	s64 year;

	if (!is_there() || !read_registers(&r))
		return -ENODEV;
	decode(&r, cmos_read(RTC_STATUS_B));
	if (r.century >= 19 && r.century < 30)
		year = r.century * 100 + r.year;
	else
		year = r.year + (r.year < 70 ? 2000 : 1900);
	if (!is_date(year, r.month, r.day, &r))
		return -EINVAL;
	return days_from_date(year, r.month, r.day) * SECONDS_PER_DAY + r.hours * 3600 + r.minutes * 60 + r.seconds;
}

/* The date of a day: the inverse of days_from_date, by eras of 400 years. */
static void date_from_days(s64 days, s64 *year, unsigned int *month, unsigned int *day)
{
	s64 shifted = days + 719468, era = shifted / 146097;
	unsigned int of_era = shifted % 146097;
	unsigned int year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned int from_march = (5 * of_year + 2) / 153;

	*day = of_year - (153 * from_march + 2) / 5 + 1;
	*month = from_march < 10 ? from_march + 3 : from_march - 9;
	*year = year_of_era + era * 400 + (*month <= 2);
}

int rtc_set_seconds(s64 seconds)
{
	s64 year;
	unsigned int month, day, of_day = seconds % SECONDS_PER_DAY;
	u8 century = century_register(), status;
	unsigned long flags;

	if (!is_there())
		return -ENODEV;
	date_from_days(seconds / SECONDS_PER_DAY, &year, &month, &day);
	if (seconds < 0 || year > 2099)
		return -EINVAL;

	spin_lock_irqsave(&cmos_lock, flags);
	status = (cmos_read(RTC_STATUS_B) & ~STATUS_B_BINARY) | STATUS_B_24_HOURS;
	cmos_write(RTC_STATUS_B, status | STATUS_B_SET);
	cmos_write(RTC_SECONDS, to_bcd(of_day % 60));
	cmos_write(RTC_MINUTES, to_bcd(of_day / 60 % 60));
	cmos_write(RTC_HOURS, to_bcd(of_day / 3600));
	cmos_write(RTC_DAY, to_bcd(day));
	cmos_write(RTC_MONTH, to_bcd(month));
	cmos_write(RTC_YEAR, to_bcd(year % 100));
	if (century)
		cmos_write(century, to_bcd(year / 100));
	cmos_write(RTC_STATUS_B, status);
	spin_unlock_irqrestore(&cmos_lock, flags);
	return 0;
}
