#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Where a row's instructions go: functions of the kernel and of the program, for one operation.

    profile.py [--linux] [--top N] [--blocks FUNCTION] [--from FUNCTION --to FUNCTION] ROW

Counted exactly by a QEMU plugin (profile.c) between the marks that the benchmark's program makes, not sampled. With
--from and --to, between the entries of these two functions of the kernel instead.
"""

import argparse
import bisect
import functools
import os
import subprocess
import tempfile

import guests


class Symbols:
    """From an address to the function, or whatever has one of these kinds, that holds it."""

    def __init__(self, text, kinds):
        pairs = []
        for line in text.splitlines():
            words = line.split()
            if len(words) >= 3 and words[1] in kinds:
                pairs.append((int(words[0], 16), words[2]))
        pairs.sort()
        self.starts = [address for address, _ in pairs]
        self.names = [name for _, name in pairs]

    def address(self, name):
        return next(start for start, known in zip(self.starts, self.names) if known == name)

    def at(self, address):
        if address < 1 << 47:
            return "(the program)"
        index = bisect.bisect_right(self.starts, address) - 1
        return self.names[index] if index >= 0 else hex(address)


@functools.cache
def symbols(linux, kinds="tTwW", vmlinux=os.path.join(guests.OUT, "vmlinux")):
    if not linux:
        return Symbols(subprocess.run(["nm", vmlinux], check=True, capture_output=True, text=True).stdout, kinds)
    command = [guests.VM, "--linux", "--append=nokaslr", "--", "cat", "/proc/kallsyms"]
    return Symbols(subprocess.run(command, check=True, capture_output=True, text=True).stdout, kinds)


class Profile:
    """One row on one kernel: cost of an operation, and what blocks (address, instructions, runs) ran in how many spans."""

    def __init__(self, row, linux, table, span=(), kernel=None):
        program, plugin = guests.build(), guests.build_library("profile")
        with tempfile.NamedTemporaryFile(prefix="mortise-profile-") as counts:
            words = f"{plugin},out={counts.name}"
            words += "".join(f",{key}={table.address(name):x}" for key, name in zip(("from", "to"), span))
            runner = guests.Runner(program, guests.modules(), True, ["--marks", row],
                                   ["--qemu=-plugin", f"--qemu={words}", *(["--kernel", kernel] if kernel else [])])
            runner.count = False
            result = runner.run(guests.COUNTING, linux)[row]
            if result.reason:
                raise RuntimeError(f"{row} is missing: {result.reason}")
            with open(counts.name, encoding="ascii") as f:
                lines = [line.split() for line in f]
        self.spans = next(int(n) for word, n, _ in lines if word == "spans")
        self.blocks = [(int(a, 16), int(n), int(runs)) for a, n, runs in lines if a != "spans"]
        self.counted = sum(n * runs for _, n, runs in self.blocks)
        if not self.counted:
            raise RuntimeError(f"{row}: nothing ran in {span}")
        self.cost = self.counted / self.spans if span else result.cost
        self.scale = self.cost / self.counted

    def functions(self, table):
        """name: instructions for one operation."""
        costs = {}
        for address, n, runs in self.blocks:
            name = table.at(address)
            costs[name] = costs.get(name, 0) + n * runs * self.scale
        return costs


def functions(row, kernel):
    table = symbols(False, vmlinux=kernel)
    return Profile(row, False, table, (), kernel).functions(table)


def lines_of(row, linux, top, span=()):
    """What one operation costs, and its functions, dearest first, as lines."""
    table = symbols(linux)
    profile = Profile(row, linux, table, span)
    costs = sorted(profile.functions(table).items(), key=lambda pair: -pair[1])[:top]
    return [f"{row}: {profile.cost:,.0f} instructions"] + [f"{cost:12,.1f} {100 * cost / profile.cost:5.1f} %  {name}" for name, cost in costs]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--linux", action="store_true")
    p.add_argument("--top", type=int, default=30)
    p.add_argument("--blocks", metavar="FUNCTION", help="the blocks of one function instead, by address")
    p.add_argument("--from", dest="begin", metavar="FUNCTION")
    p.add_argument("--to", metavar="FUNCTION")
    p.add_argument("row")
    args = p.parse_args()
    span = (args.begin, args.to) if args.begin and args.to else ()
    if args.blocks:
        table = symbols(args.linux)
        profile = Profile(args.row, args.linux, table, span)
        for address, n, runs in sorted(profile.blocks):
            if table.at(address) == args.blocks:
                print(f"{address:x} {n:4} {n * runs * profile.scale:12.1f}")
        return
    print("\n".join(lines_of(args.row, args.linux, args.top, span)))


if __name__ == "__main__":
    main()
