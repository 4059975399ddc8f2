#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Where a row's instructions go: functions of the kernel and of the program, for one operation.

    profile.py [--linux] [--top N] [--lines] ROW

Counted exactly by a QEMU plugin (profile.c) between the marks that the benchmark's program makes, not sampled.
"""

import argparse
import bisect
import os
import subprocess
import tempfile

import guests

HERE = guests.HERE


def build_plugin():
    path = os.path.join(guests.OUT, ".bench/profile.so")
    source = os.path.join(HERE, "profile.c")
    if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(source):
        subprocess.run(["gcc", "-O2", "-Wall", "-shared", "-fPIC", "-fvisibility=hidden", "-o", path, source], check=True)
    return path


class Symbols:
    """From an address to the function that holds it."""

    def __init__(self, text):
        pairs = []
        for line in text.splitlines():
            words = line.split()
            if len(words) >= 3 and words[1] in "tTwW":
                pairs.append((int(words[0], 16), words[2]))
        pairs.sort()
        self.starts = [address for address, _ in pairs]
        self.names = [name for _, name in pairs]

    def at(self, address):
        if address < 1 << 47:
            return "(the program)"
        index = bisect.bisect_right(self.starts, address) - 1
        return self.names[index] if index >= 0 else hex(address)


def symbols(linux):
    if not linux:
        return Symbols(subprocess.run(["nm", os.path.join(guests.OUT, "vmlinux")], check=True, capture_output=True, text=True).stdout)
    command = [guests.VM, "--linux", "--append=nokaslr", "--", "cat", "/proc/kallsyms"]
    return Symbols(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--linux", action="store_true")
    p.add_argument("--top", type=int, default=30)
    p.add_argument("--blocks", metavar="FUNCTION", help="the blocks of one function instead, by address")
    p.add_argument("row")
    args = p.parse_args()
    program, plugin = guests.build(), build_plugin()
    with tempfile.NamedTemporaryFile(prefix="mortise-profile-") as counts:
        runner = guests.Runner(program, {}, True, ["--marks", args.row],
                               ["--qemu=-plugin", f"--qemu={plugin},out={counts.name}"])
        result = runner.run(guests.COUNTING, args.linux)[args.row]
        if result.reason:
            raise SystemExit(f"profile: {args.row} is missing: {result.reason}")
        with open(counts.name, encoding="ascii") as f:
            blocks = [(int(a, 16), int(n), int(runs)) for a, n, runs in map(str.split, f)]
    table = symbols(args.linux)
    total = sum(n * runs for _, n, runs in blocks)
    scale = result.cost / total
    if args.blocks:
        for address, n, runs in sorted(blocks):
            if table.at(address) == args.blocks:
                print(f"{address:x} {n:4} {n * runs * scale:12.1f}")
        return
    functions = {}
    for address, n, runs in blocks:
        name = table.at(address)
        functions[name] = functions.get(name, 0) + n * runs * scale
    print(f"{args.row}: {result.cost:,.0f} instructions")
    for name, cost in sorted(functions.items(), key=lambda pair: -pair[1])[:args.top]:
        print(f"{cost:12,.1f} {100 * cost / result.cost:5.1f} %  {name}")


main()
