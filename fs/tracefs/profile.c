/* SPDX-License-Identifier: MIT */
/* profile_hz: how often each CPU says where it is (kernel/sample.h); 0: never. */
#include "internal.h"

#include <kernel/init.h>
#include <kernel/sample.h>

static unsigned int profile_hz; /* trace_mutex */

static unsigned long profile_get(void *object)
{
	return READ_ONCE(profile_hz);
}

void trace_profile_stop(void)
{
	if (profile_hz)
		sample_set_rate(0);
	profile_hz = 0;
}

static int profile_set(void *object, unsigned long hz)
{
	int error = trace_event_switch(&sample_event, hz);

	if (error || hz == profile_hz)
		return error;
	sample_set_rate(hz);
	profile_hz = hz;
	return 0;
}

static const struct tracefs_control profile_controls[] = {
	TRACEFS_NUMBER("profile_hz", profile_get, profile_set, SAMPLE_HZ_MAX),
};

void __init trace_profile_make(void)
{
	tracefs_add(tracefs_root, profile_controls, ARRAY_SIZE(profile_controls));
}
