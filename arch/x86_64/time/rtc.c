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
#include <lib/calendar.h>
#include <lib/errno.h>

#define CMOS_INDEX	0x70
#define CMOS_DATA	0x71

#define RTC_SECONDS	0x00
#define RTC_SECONDS_ALARM	0x01
#define RTC_MINUTES	0x02
#define RTC_MINUTES_ALARM	0x03
#define RTC_HOURS	0x04
#define RTC_HOURS_ALARM	0x05
#define RTC_DAY		0x07
#define RTC_MONTH	0x08
#define RTC_YEAR	0x09
#define RTC_STATUS_A	0x0a
#define RTC_STATUS_B	0x0b
#define RTC_STATUS_C	0x0c	/* why it interrupted; reading clears it */

#define STATUS_A_UPDATING	0x80
#define STATUS_A_RATE		0x0f
#define STATUS_B_SET		0x80	/* stops the updates while it is set */
#define STATUS_B_BINARY		0x04
#define STATUS_B_24_HOURS	0x02
#define HOURS_PM		0x80

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
static bool read_registers(struct rtc_registers *r, u8 *status)
{
	for (int tries = 0; tries < READ_TRIES; tries++) {
		struct rtc_registers again;
		unsigned long flags;
		bool same = false;

		for (int i = 0; i < 10000 && !same; i++) {
			spin_lock_irqsave(&cmos_lock, flags);
			if (!(cmos_read(RTC_STATUS_A) & STATUS_A_UPDATING)) {
				*r = read_once();
				again = read_once();
				*status = cmos_read(RTC_STATUS_B);
				same = !__builtin_memcmp(r, &again, sizeof(again));
			}
			spin_unlock_irqrestore(&cmos_lock, flags);
			cpu_relax();
		}
		if (same)
			return true;
	}
	return false;
}

static u8 decode(u8 value, u8 status)
{
	return status & STATUS_B_BINARY ? value : (value >> 4) * 10 + (value & 15);
}

static u8 encode(u8 value, u8 status)
{
	return status & STATUS_B_BINARY ? value : value / 10 << 4 | value % 10;
}

static u8 decode_hour(u8 value, u8 status)
{
	if (status & STATUS_B_24_HOURS)
		return decode(value, status);
	return decode(value & ~HOURS_PM, status) % 12 + (value & HOURS_PM ? 12 : 0);
}

static u8 encode_hour(u8 hour, u8 status)
{
	if (status & STATUS_B_24_HOURS)
		return encode(hour, status);
	return encode((hour + 11) % 12 + 1, status) | (hour >= 12 ? HOURS_PM : 0);
}

s64 rtc_read_seconds(void)
{
	struct rtc_registers r;
	struct calendar_time t;
	unsigned int year, century;
	u8 status;

	if (!is_there() || !read_registers(&r, &status))
		return -ENODEV;
	year = decode(r.year, status);
	century = decode(r.century, status);
	if (century >= 19 && century < 30)
		year += century * 100;
	else
		year += year < 70 ? 2000 : 1900;
	t = (struct calendar_time){
		.year = year,
		.month = decode(r.month, status),
		.day = decode(r.day, status),
		.hour = decode_hour(r.hours, status),
		.minute = decode(r.minutes, status),
		.second = decode(r.seconds, status),
	};
	return calendar_is_valid(&t) ? calendar_to_seconds(&t) : -EINVAL;
}

int rtc_set_seconds(s64 seconds)
{
	struct calendar_time t;
	u8 century = century_register(), status;
	unsigned long flags;

	if (!is_there())
		return -ENODEV;
	if (seconds < 0)
		return -EINVAL;
	calendar_from_seconds(seconds, &t);
	if (t.year > 2099)
		return -EINVAL;

	spin_lock_irqsave(&cmos_lock, flags);
	status = cmos_read(RTC_STATUS_B);
	cmos_write(RTC_STATUS_B, status | STATUS_B_SET);
	cmos_write(RTC_SECONDS, encode(t.second, status));
	cmos_write(RTC_MINUTES, encode(t.minute, status));
	cmos_write(RTC_HOURS, encode_hour(t.hour, status));
	cmos_write(RTC_DAY, encode(t.day, status));
	cmos_write(RTC_MONTH, encode(t.month, status));
	cmos_write(RTC_YEAR, encode(t.year % 100, status));
	if (century)
		cmos_write(century, encode(t.year / 100, status));
	cmos_write(RTC_STATUS_B, status);
	spin_unlock_irqrestore(&cmos_lock, flags);
	return 0;
}

/* The chip compares the time of day alone; the day is the caller's. */
void rtc_set_alarm(unsigned int second_of_day)
{
	unsigned long flags;
	u8 status;

	spin_lock_irqsave(&cmos_lock, flags);
	status = cmos_read(RTC_STATUS_B);
	cmos_write(RTC_SECONDS_ALARM, encode(second_of_day % 60, status));
	cmos_write(RTC_MINUTES_ALARM, encode(second_of_day / 60 % 60, status));
	cmos_write(RTC_HOURS_ALARM, encode_hour(second_of_day / 3600, status));
	spin_unlock_irqrestore(&cmos_lock, flags);
}

void rtc_set_rate(unsigned int hz)
{
	unsigned int select = 16 - __builtin_ctz(hz);
	unsigned long flags;

	spin_lock_irqsave(&cmos_lock, flags);
	cmos_write(RTC_STATUS_A, (cmos_read(RTC_STATUS_A) & ~STATUS_A_RATE) | select);
	spin_unlock_irqrestore(&cmos_lock, flags);
}

int rtc_set_causes(u8 causes)
{
	unsigned long flags;
	u8 status;

	if (!is_there())
		return -ENODEV;
	spin_lock_irqsave(&cmos_lock, flags);
	status = cmos_read(RTC_STATUS_B) & ~RTC_CAUSES;
	cmos_write(RTC_STATUS_B, status | (causes & RTC_CAUSES));
	cmos_read(RTC_STATUS_C); /* what was pending before is not meant */
	spin_unlock_irqrestore(&cmos_lock, flags);
	return 0;
}

u8 rtc_take_causes(void)
{
	unsigned long flags;
	u8 causes;

	spin_lock_irqsave(&cmos_lock, flags);
	causes = cmos_read(RTC_STATUS_C) & RTC_CAUSES;
	spin_unlock_irqrestore(&cmos_lock, flags);
	return causes;
}
