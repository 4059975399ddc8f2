/* SPDX-License-Identifier: MIT */
/* How main.c measures rows of scaling; scale.c tells what their result is. */
#ifndef BENCH_SCALE_H
#define BENCH_SCALE_H

#include "bench.h"

#define SCALE_ROW(...) ROW(__VA_ARGS__, .scale = 1)

int scale_is_possible(void); /* are there CPUs enough? */

/* One result, of windows of WINDOW_NS each; the workers stay until the row's process ends. */
double scale_measure(struct row *row, long window_ns);

#endif
