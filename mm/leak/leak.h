/* SPDX-License-Identifier: MIT */
/* Between the leak scan and its reports. All with scan_mutex held. */
#ifndef LEAK_H
#define LEAK_H

#include <mm/leak.h>

int leak_scan(u64 min_age_ns); /* 0 or -ENOMEM */

/* report.c: in pass n this object was not reached. Counts only if that was so in all passes before.
 */
void leak_suspect(const struct leak_object *object, unsigned int n);
void leak_pass_ends(unsigned int n);
void leak_scan_ends(unsigned int nr_passes, unsigned long nr_scanned);

#endif
