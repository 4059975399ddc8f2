# SPDX-License-Identifier: MIT
"""Medians, the bootstrap's interval, the geometric mean."""

import math
import random
import statistics

RESAMPLES = 1000


def ratio(pairs):
    """Of the medians of both sides."""
    ours, theirs = zip(*pairs)
    return statistics.median(ours) / statistics.median(theirs)


def interval(values, statistic=statistics.median, share=0.95):
    """The bootstrap's interval of a statistic of the values, drawn again and again. The same values always give the same interval."""
    if len(values) < 2:
        return None
    source = random.Random(len(values))
    drawn = sorted(statistic(source.choices(values, k=len(values))) for _ in range(RESAMPLES))
    tail = (1 - share) / 2
    return drawn[int(tail * RESAMPLES)], drawn[min(RESAMPLES - 1, int((1 - tail) * RESAMPLES))]


def geometric_mean(ratios):
    return math.exp(statistics.fmean(math.log(r) for r in ratios)) if ratios else None
