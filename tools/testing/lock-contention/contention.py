# SPDX-License-Identifier: MIT
"""Runs the benchmark's rows of scaling in a kernel with lock statistics and looks for locks that were waited for.

    contention.py VMLINUX

`bench --locks N` has N workers at work before it sets the statistics to 0, and reads them while they still are. The controls are
rows whose workers share one object: a pipe, whose mutex must be found, and an eventfd with its spinlock.

A class of locks that was taken less than once in RARE operations is no part of what the workers do: ticks, and the sleep of the
program that watches them, take the run queues' locks by the clock.

What a lock that is taken without waiting costs is the way of its cache line from one CPU to another. So the same rows are looked at
once more by their accesses to memory (bench/sharing.py): no line that one CPU writes may another CPU touch.
"""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TESTING = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(TESTING, "bench"), os.path.join(TESTING, "boot")]

import guests  # noqa: E402
import profile  # noqa: E402
import sharing  # noqa: E402
from guest import Tap, vm  # noqa: E402

CPUS = (2, 4)
ROWS = ("scaling: read", "scaling: stat", "scaling: open and close", "scaling: page fault", "scaling: pipe")
CONTROLS = {"shared: pipe": "mutex", "shared: eventfd": "spin"}
WINDOW_NS = 500_000_000
# Fewer operations than that say nothing.
ENOUGH = 5000
RARE = 500
LOCK = re.compile(r"\t(?P<name>.*?) +(?P<kind>spin|mutex|read|write) +(?P<acquired>\d+) +(?P<contended>\d+) +(?P<wait_ns>\d+) ")


class Row:
    """What one row's workers did, and the locks that were taken meanwhile: {(name, kind): (acquired, contended)}."""

    def __init__(self, words):
        self.reason = None if words[1] == "locks" else "\t".join(words[1:])
        self.operations = float(words[2]) if self.reason is None else 0
        self.locks = {}

    def kinds_contended(self):
        return {kind for (_, kind), (acquired, contended) in self.locks.items()
                if contended and acquired * RARE >= self.operations}


def parse(text):
    rows, row = {}, None
    for line in text.splitlines():
        if match := LOCK.match(line):
            row.locks[match["name"], match["kind"]] = int(match["acquired"]), int(match["contended"])
        elif not line.startswith("\t"):
            words = line.split("\t")
            row = rows[words[0]] = Row(words)
        elif not line.startswith("\tclass"):
            raise ValueError(f"not a lock: {line!r}")
    return rows


def run(kernel, cpus, program):
    """All rows on so many CPUs; what went wrong if anything did."""
    command = ["bench", "--locks", str(cpus), "--target", str(WINDOW_NS), *ROWS, *CONTROLS]
    status, output, errors = vm(["--kernel", kernel, "--smp", str(cpus), "--add", f"{program}:/usr/bin/bench"], command)
    return (parse(output), None) if status == 0 else ({}, f"{errors}\n{output}")


def shown(row):
    return "\n".join(f"{name} ({kind}): {acquired} times, waited for {contended} times in {row.operations:.0f} operations"
                     for (name, kind), (acquired, contended) in sorted(row.locks.items(), key=lambda pair: -pair[1][1]))


def problem(row, want_kind=None):
    """WANT_KIND: of lock that must have been waited for; None: none may."""
    if row is None or row.reason:
        return f"did not run: {row.reason if row else 'no such row'}"
    if row.operations < ENOUGH or not row.locks:
        return f"{row.operations} operations, {len(row.locks)} locks"
    kinds = row.kinds_contended()
    return None if (want_kind in kinds if want_kind else not kinds) else shown(row)


def check_lines(tap, kernel):
    table = profile.symbols(False, "tTwWbBdDrR", kernel)
    for name in (*ROWS, *CONTROLS):
        operations, lines = sharing.measure(name, options=["--kernel", kernel])
        found = sharing.shared(operations, lines)
        if name in CONTROLS:
            tap.check(f"lines that CPUs share are found out, {name}", None if found else f"none of {len(lines)} lines")
            continue
        wrong = "\n".join(sharing.describe(line, operations, table) for line in found)
        tap.check(f"CPUs share no line that is written, {name}", wrong or (None if len(lines) > 50 else f"{len(lines)} lines"))


def main():
    tap = Tap()
    program = guests.build()
    for cpus in CPUS:
        rows, error = run(sys.argv[1], cpus, program)
        tap.check(f"a kernel with LOCK_STAT alone runs on {cpus} CPUs", error)
        for name in ROWS:
            tap.check(f"{cpus} CPUs: no lock is waited for, {name}", problem(rows.get(name)))
        for name, kind in CONTROLS.items():
            tap.check(f"{cpus} CPUs: the control is found out, {name}", problem(rows.get(name), kind))
    check_lines(tap, sys.argv[1])
    tap.finish()


main()
