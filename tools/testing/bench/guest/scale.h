/* SPDX-License-Identifier: MIT */
/* How main.c measures rows of scaling; scale.c tells what their result is. */
#ifndef BENCH_SCALE_H
#define BENCH_SCALE_H

#include "bench.h"

#define SCALE_MOST 16 /* workers */
#define SCALE_ROW(...) ROW(__VA_ARGS__, .scale = 1)
#define CONTROL_ROW(...) ROW(__VA_ARGS__, .scale = 1, .shared = 1) /* runs only when it is asked for by name */

int scale_is_possible(void); /* are there CPUs enough? */

/* One result, of windows of WINDOW_NS each; the workers stay until the row's process ends. */
double scale_measure(struct row *row, long window_ns);
/* How much all do at once between two marks. */
double scale_between_marks(struct row *row, long window_ns);

/* The counts for one operation while all work at once, as counts_print() writes them. */
void scale_count(struct row *row, long window_ns, char *text, size_t size);
/* NR workers: how much they did in WINDOW_NS, and /proc/lock_stat of that time. */
void scale_locks(struct row *row, int nr, long window_ns, FILE *report);

#endif
