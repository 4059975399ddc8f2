#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Time from QEMU's start to the first line of user space, beside Linux in the same guest.

Both boot by PVH with the same initramfs and the same number of CPUs, in turns, so that whatever else the machine
does hits both. The median of a few pairs decides; if they miss the bar, more pairs are tried.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(TOP, "tools/testing/boot"))

from guest import Tap, vm  # noqa: E402

BAR = 0.25
PAIRS, MORE_PAIRS = 3, 9
SIZE_BAR = 2 << 20


def boot(options, log):
    status, _, errors = vm([*options, "--until-user-space", "--log", log])
    if status:
        raise RuntimeError(errors)
    with open(log, encoding="utf-8", errors="replace") as f:
        return float(re.search(r"user space after ([\d.]+) s", f.read())[1])


def measure(log):
    """Pairs of times until the bar is met or there are enough."""
    ours, theirs = [], []
    while len(ours) < MORE_PAIRS:
        ours.append(boot([], log))
        theirs.append(boot(["--linux"], log))
        if len(ours) >= PAIRS and statistics.median(ours) <= BAR * statistics.median(theirs):
            break
    return statistics.median(ours), statistics.median(theirs), len(ours)


def boot_time(log):
    try:
        ours, theirs, pairs = measure(log)
    except RuntimeError as error:
        return str(error)
    print(f"# Mortise {ours:.2f} s, Linux {theirs:.2f} s, ratio {ours / theirs:.2f}, {pairs} pairs")
    return None if ours <= BAR * theirs else f"ratio {ours / theirs:.2f}, at most {BAR} is wanted"


def image_size(scratch):
    stripped = os.path.join(scratch, "stripped")
    vmlinux = os.path.join(os.environ.get("O", TOP), "vmlinux")
    subprocess.run(["strip", "-o", stripped, vmlinux], check=True)
    size = os.path.getsize(stripped)
    print(f"# vmlinux has {size / 1024:.0f} KiB stripped")
    return None if size <= SIZE_BAR else f"{size} bytes, at most {SIZE_BAR} are wanted"


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="mortise-boot-time-") as scratch:
        tap.check("boot to user space in a quarter of Linux's time", boot_time(os.path.join(scratch, "log")))
        tap.check("vmlinux of at most 2 MiB", image_size(scratch))
    tap.finish()


main()
