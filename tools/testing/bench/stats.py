# SPDX-License-Identifier: MIT
"""Medians, the bootstrap's interval, the geometric mean."""

import math
import random
import statistics

RESAMPLES = 1000


def interval(values, share=0.95):
    """The bootstrap's interval of the median. The same values always give the same interval."""
    if len(values) < 2:
        return None
    source = random.Random(len(values))
    medians = sorted(statistics.median(source.choices(values, k=len(values))) for _ in range(RESAMPLES))
    tail = (1 - share) / 2
    return medians[int(tail * RESAMPLES)], medians[min(RESAMPLES - 1, int((1 - tail) * RESAMPLES))]


def geometric_mean(ratios):
    return math.exp(statistics.fmean(math.log(r) for r in ratios)) if ratios else None
