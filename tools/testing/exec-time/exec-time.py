#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A thousand times fork, exec and wait by the shell, beside Linux in the same guest, on 1 and on 8 CPUs.

Both run in turns; the median of a few pairs decides. The guest's own clock is not asked: the host measures the time
between two lines of output.
"""

import os
import statistics
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(TOP, "tools/testing/boot"))

from guest import Tap, VM  # noqa: E402

PAIRS, MORE_PAIRS = 1, 5
COUNT = 1000
LIMIT = 300     # seconds
LINUX_LIMIT = 120
SCRIPT = f"""
/bin/true
echo begin
i=0
while [ $i -lt {COUNT} ]; do /bin/true; i=$((i + 1)); done
echo end
"""


def run(options, linux=False):
    """Seconds for COUNT programs. Linux with more CPUs than the host has at times does not come to an end."""
    limit = LINUX_LIMIT if linux else LIMIT
    command = [VM, "--timeout", str(limit), *options, *(["--linux"] if linux else []), "--", "sh", "-c", SCRIPT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          errors="replace") as process:
        times = []
        for line in process.stdout:
            times.append((line, time.monotonic()))
        errors = process.stderr.read()
    if linux and process.returncode == 124 and [line for line, _ in times] == ["begin\n"]:
        print(f"# Linux took more than {limit} s", flush=True)
        return limit
    if process.returncode or [line for line, _ in times] != ["begin\n", "end\n"]:
        raise RuntimeError(errors or str(times))
    seconds = times[1][1] - times[0][1]
    print(f"# {'Linux' if linux else 'Mortise'}: {seconds:.2f} s", flush=True)      # the runner takes silence for a hang
    return seconds


def compare(smp):
    ours, theirs = [], []
    while len(ours) < MORE_PAIRS:
        ours.append(run(["--smp", str(smp)]))
        theirs.append(run(["--smp", str(smp)], linux=True))
        if len(ours) >= PAIRS and statistics.median(ours) <= statistics.median(theirs):
            break
    return statistics.median(ours), statistics.median(theirs), len(ours)


def main():
    tap = Tap()
    for smp in (1, 8):
        problem = None
        try:
            ours, theirs, pairs = compare(smp)
            print(f"# {smp} CPUs: Mortise {ours:.2f} s, Linux {theirs:.2f} s, ratio {ours / theirs:.2f}, {pairs} pairs")
            if ours > theirs:
                problem = f"ratio {ours / theirs:.2f}, at most 1 is wanted"
        except RuntimeError as error:
            problem = str(error)
        tap.check(f"{COUNT} programs on {smp} CPUs in at most Linux's time", problem)
    tap.finish()


main()
