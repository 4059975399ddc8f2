// SPDX-License-Identifier: MIT
/*
 * adjtimex and clock_adjtime.
 *
 * The clock can be read in this form and stepped (ADJ_SETOFFSET), and the figures that are only notes of the program that keeps the
 * time (errors, status, TAI offset, time constant) are kept for it. Slewing (offset, frequency, tick) is not there: EOPNOTSUPP, so that
 * such a program knows.
 */
#include <kernel/cred.h>
#include <kernel/mutex.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/time.h>

#define MAX_ERROR_US	16000000

static DEFINE_MUTEX(notes_lock);
static struct { /* notes_lock */
	long max_error, estimated_error, constant;
	int status, tai;
} notes = { .max_error = MAX_ERROR_US,
	    .estimated_error = MAX_ERROR_US,
	    .constant = 2,
	    .status = STA_UNSYNC };

#define ADJ_NOTES	(ADJ_MAXERROR | ADJ_ESTERROR | ADJ_STATUS | ADJ_TIMECONST | ADJ_TAI | ADJ_MICRO | ADJ_NANO)
#define ADJ_SINGLE	0x8000	/* of ADJ_OFFSET_SINGLESHOT and _SS_READ */
#define ADJ_READ_ONLY	0x2000
#define ADJ_SLEWING	(ADJ_OFFSET | ADJ_FREQUENCY | ADJ_TICK)

static int step(const struct timex *t)
{
	long unit = t->modes & ADJ_NANO ? 1 : NSEC_PER_USEC, ns;

	if (t->time.tv_usec < 0 || t->time.tv_usec >= NSEC_PER_SEC / unit)
		return -EINVAL;
	ns = t->time.tv_usec * unit;
	if (t->time.tv_sec > KTIME_SEC_MAX || t->time.tv_sec < -KTIME_SEC_MAX)
		return -EINVAL;
	return timekeeping_inject_offset(t->time.tv_sec * NSEC_PER_SEC + ns);
}

static void take_notes(const struct timex *t)
{
	if (t->modes & ADJ_STATUS)
		notes.status = (notes.status & STA_RONLY) | (t->status & ~STA_RONLY);
	if (t->modes & ADJ_MAXERROR)
		notes.max_error = clamp_t(long, t->maxerror, 0, MAX_ERROR_US);
	if (t->modes & ADJ_ESTERROR)
		notes.estimated_error = clamp_t(long, t->esterror, 0, MAX_ERROR_US);
	if (t->modes & ADJ_TIMECONST)
		notes.constant = clamp_t(long, t->constant, 0, 10);
	if (t->modes & ADJ_TAI)
		notes.tai = t->constant;
	if (t->modes & ADJ_NANO)
		notes.status |= STA_NANO;
	if (t->modes & ADJ_MICRO)
		notes.status &= ~STA_NANO;
}

static void tell(struct timex *t)
{
	u64 now = ktime_get_real_ns();

	t->offset = 0;
	t->freq = 0;
	t->maxerror = notes.max_error;
	t->esterror = notes.estimated_error;
	t->status = notes.status;
	t->constant = notes.constant;
	t->precision = 1;
	t->tolerance = 32768000;
	t->time.tv_sec = now / NSEC_PER_SEC;
	t->time.tv_usec = notes.status & STA_NANO ? now % NSEC_PER_SEC
						  : now % NSEC_PER_SEC / NSEC_PER_USEC;
	t->tick = 10000;
	t->ppsfreq = t->jitter = t->stabil = t->jitcnt = t->calcnt = t->errcnt = t->stbcnt = 0;
	t->shift = 0;
	t->tai = notes.tai;
}

static long adjust(struct timex __user *ut)
{
	struct timex t;
	int err = 0, state;
	bool single;

	if (copy_from_user(&t, ut, sizeof(t)))
		return -EFAULT;
	/* adjtime(3): the offset still to be slewed can be asked for; it is 0. */
	single = t.modes & ADJ_SINGLE;
	if (single && !(t.modes & ADJ_READ_ONLY))
		return capable(CAP_SYS_TIME) ? -EOPNOTSUPP : -EPERM;
	if (!single && t.modes && !capable(CAP_SYS_TIME))
		return -EPERM;
	if (!single && t.modes & ADJ_SLEWING)
		return -EOPNOTSUPP;
	mutex_lock(&notes_lock);
	if (!single && t.modes & ADJ_SETOFFSET)
		err = step(&t);
	if (!err && !single)
		take_notes(&t);
	tell(&t);
	state = notes.status & (STA_UNSYNC | STA_CLOCKERR) ? TIME_ERROR : TIME_OK;
	mutex_unlock(&notes_lock);
	if (err)
		return err;
	return copy_to_user(ut, &t, sizeof(t)) ? -EFAULT : state;
}

long sys_adjtimex(struct timex __user *t)
{
	return adjust(t);
}

long sys_clock_adjtime(int clock, struct timex __user *t)
{
	if (clock != CLOCK_REALTIME)
		return clock >= 0 && clock <= CLOCK_TAI && clock != CLOCK_SGI_CYCLE ? -EOPNOTSUPP
										    : -EINVAL;
	return adjust(t);
}
