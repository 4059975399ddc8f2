/* SPDX-License-Identifier: MIT */
/* profile_hz: how often each CPU says where it is (kernel/sample.h); 0: never. */
#include "internal.h"

#include <kernel/init.h>
#include <kernel/sample.h>
#include <lib/parse.h>

static unsigned int profile_hz;		/* trace_mutex */

static int profile_show(struct seq_file *m, void *object)
{
	seq_printf(m, "%u\n", READ_ONCE(profile_hz));
	return 0;
}

static int profile_store(void *object, char *text)
{
	unsigned int hz;
	int error = kstrtouint(text, 10, &hz);

	if (error)
		return error;
	if (hz > SAMPLE_HZ_MAX)
		return -EINVAL;
	mutex_lock(&trace_mutex);
	error = trace_event_switch(&sample_event, hz);
	if (!error && hz != profile_hz) {
		sample_set_rate(hz);
		profile_hz = hz;
	}
	mutex_unlock(&trace_mutex);
	return error;
}

static const struct tracefs_control profile_controls[] = {
	{ "profile_hz", 0640, profile_show, profile_store },
};

void __init trace_profile_make(void)
{
	tracefs_add(tracefs_root, profile_controls, ARRAY_SIZE(profile_controls));
}
