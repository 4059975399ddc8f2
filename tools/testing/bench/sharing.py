#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Which cache lines a row of scaling has the CPUs share, in the kernel.

    sharing.py [--linux] [--rate SHARE] [ROW...]

By a QEMU plugin (sharing.c), while two workers do the row's operation on objects of their own: the lines that one CPU writes and
the other reads or writes, each in more than SHARE of the operations, with the functions that do it. On a real machine each of these
costs a transfer between caches; no lock statistics and no count of instructions show them.
"""

import argparse
import tempfile

import guests
from profile import symbols

ROWS = ("scaling: read", "scaling: stat", "scaling: open and close", "scaling: page fault", "scaling: pipe")
WINDOW_NS = 400_000_000
RATE = 0.1


class Line:
    """One cache line: what each CPU did to it."""

    def __init__(self):
        self.address = 0
        self.reads, self.writes, self.places = {}, {}, {}

    def add(self, cpu, address, reads, writes, reader, writer):
        self.address = address
        self.reads[cpu], self.writes[cpu] = reads, writes
        self.places[cpu] = (reader, writer)

    def is_shared(self, least):
        """One writes it and another touches it, both often."""
        touching = {cpu for cpu in self.reads if self.reads[cpu] + self.writes[cpu] >= least}
        return len(touching) > 1 and any(self.writes[cpu] >= least for cpu in touching)


def measure(row, linux=False, options=()):
    """(operations, lines) of one row; OPTIONS are scripts/vm's."""
    with tempfile.NamedTemporaryFile(prefix="mortise-sharing-") as out:
        plugin = f"{guests.build_library('sharing')},out={out.name}"
        runner = guests.Runner(guests.build(), {}, False, ["--marks", row], ["--qemu=-plugin", f"--qemu={plugin}", *options])
        runner.target, runner.batches = WINDOW_NS // 5, 1
        result = runner.run("smp2", linux)[row]
        if result.reason:
            raise RuntimeError(f"{row} is missing: {result.reason}")
        lines = {}
        with open(out.name, encoding="ascii") as f:
            for words in map(str.split, f):
                cpu, physical, address = int(words[0]), int(words[1], 16), int(words[2], 16)
                lines.setdefault(physical, Line()).add(cpu, address, int(words[3]), int(words[4]), int(words[5], 16), int(words[6], 16))
    return result.cost, lines


def shared(operations, lines, rate=RATE):
    return sorted((line for line in lines.values() if line.is_shared(operations / 2 * rate)),
                  key=lambda line: -sum(line.writes.values()))


def describe(line, operations, table):
    parts = []
    for cpu in sorted(line.reads):
        reader, writer = line.places[cpu]
        half = operations / 2
        parts.append(f"CPU {cpu} reads {line.reads[cpu] / half:.2f} ({table.at(reader) if reader else '-'})"
                     f" writes {line.writes[cpu] / half:.2f} ({table.at(writer) if writer else '-'})")
    return f"  {line.address:x} {table.at(line.address)}: " + "; ".join(parts)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--linux", action="store_true")
    p.add_argument("--rate", type=float, default=RATE, help="share of the operations that touch a line (default %(default)s)")
    p.add_argument("rows", nargs="*", metavar="ROW")
    args = p.parse_args()
    table = symbols(args.linux, kinds="tTwWbBdDrR")
    for row in args.rows or ROWS:
        operations, lines = measure(row, args.linux)
        found = shared(operations, lines, args.rate)
        print(f"{row}: {operations:,.0f} operations, {len(lines)} lines, {len(found)} shared and written")
        for line in found:
            print(describe(line, operations, table))


if __name__ == "__main__":
    main()
