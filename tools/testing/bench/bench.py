#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Mortise beside Linux: the same program in the same guest, in instructions and in time. See Documentation/bench.md."""

import argparse
import json
import os
import subprocess
import sys
import time

import option
import profile
import report
from guests import COUNTING, OUT, TOP, Runner, build, modules

MODES = f"{COUNTING},smp2,smp4"
PAIRS, LAYOUTS = 15, 5


def first_line(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=TOP)
    return done.stdout.splitlines()[0].strip() if done.returncode == 0 and done.stdout else "unknown"


def versions():
    sys.path.insert(0, os.path.join(TOP, "scripts"))
    from vmlib import linux  # pylint: disable=import-outside-toplevel
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = next((line.partition(":")[2].strip() for line in f if line.startswith("model name")), "unknown")
    commit = first_line("git", "describe", "--always", "--abbrev=10", "--exclude=*")
    return {"mortise": commit, "linux": linux.get("cloud").package, "qemu": first_line("qemu-system-x86_64", "--version"),
            "compiler": first_line(os.environ.get("CC", "gcc"), "--version"), "host": f"{os.cpu_count()} x {model}"}


def parse():
    p = argparse.ArgumentParser(prog="make bench", description=__doc__, allow_abbrev=False)
    p.add_argument("--modes", default=MODES, help="which, with commas between (default %(default)s)")
    p.add_argument("--pairs", type=int, default=PAIRS, help="pairs of runs in time (default %(default)s)")
    p.add_argument("--quick", action="store_true", help="short batches: shows that it works, measures badly")
    p.add_argument("--save", action="store_true", help="keep the ratios under Documentation/bench")
    p.add_argument("--json", default=os.path.join(OUT, "bench.json"))
    p.add_argument("--html", default=os.path.join(OUT, "bench.html"))
    p.add_argument("--module", default=None, metavar="FILE", help="module for the row of insmod and rmmod (default: a small one)")
    p.add_argument("--linux-module", default=None, metavar="FILE", help="its twin for Linux (default: made of the same source)")
    p.add_argument("--without", metavar="OPTION", help="what this option costs while it is not used, in instructions, instead")
    p.add_argument("--layouts", type=int, default=LAYOUTS,
                   help="with --without: pairs, each with another layout of memory (default %(default)s; more for rows that stay undecided)")
    p.add_argument("--accel", choices=("tcg", "kvm"), default="tcg", help="of the modes in time; instructions are counted by emulation (default tcg)")
    p.add_argument("rows", nargs="*", metavar="ROW")
    args = p.parse_args()
    part = args.layouts < LAYOUTS if args.without else args.modes != MODES or args.pairs < PAIRS
    if args.save and (args.rows or args.quick or part):
        p.error("--save keeps whole runs only: a file with some of the rows or modes, of few pairs, or with short batches, would move the means "
                "of all the others")
    return args


def note(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def run_pairs(runner, mode, count):
    """COUNT pairs; who is first alternates, so that a trend of the host hits both."""
    pairs = []
    for index in range(count):
        started = time.monotonic()
        results = {linux: runner.run(mode, linux) for linux in ((False, True) if index % 2 == 0 else (True, False))}
        pairs.append((results[False], results[True]))
        note(f"{mode}: pair {index + 1} of {count}, {time.monotonic() - started:.0f} s")
    return pairs


def counts_of(runner, mode, pairs):
    """What both kernels do in this mode, in a run of its own: counting disturbs times."""
    if runner.count:
        return [{name: result.counts for name, result in results.items() if result.counts} for results in pairs[0]]
    started = time.monotonic()
    counts = [runner.counts(mode, linux) for linux in (False, True)]
    note(f"{mode}: counts, {time.monotonic() - started:.0f} s")
    return counts


def profiles(rows, top=12):
    """Where the instructions of the rows above the bar go, on both kernels: lines."""
    lines = []
    for row in rows:
        if row.mode != COUNTING or not row.is_over:
            continue
        for kernel, linux in (("Mortise", False), ("Linux", True)):
            try:
                lines += [f"{kernel}, {line}" if not at else line for at, line in enumerate(profile.lines_of(row.name, linux, top))]
            except RuntimeError as error:
                lines.append(f"{kernel}, {row.name}: no profile: {error}")
    return lines


def more_path(path):
    """bench.json, and beside it bench-more.json."""
    root, end = os.path.splitext(path)
    return f"{root}-more{end}"


def main():
    args = parse()
    started = time.monotonic()
    if args.without:
        sys.exit(option.main(args.without, args, versions(), note))
    runner = Runner(build(), modules(args.module, args.linux_module), args.quick, args.rows, accel=args.accel)
    rows = []
    for mode in args.modes.split(","):
        pairs = run_pairs(runner, mode, 1 if mode == COUNTING else args.pairs)
        rows += report.rows_of(mode, pairs, counts_of(runner, mode, pairs))
    facts = versions() | ({} if args.accel == "tcg" else {"accelerator": args.accel})
    with open(args.json, "w", encoding="utf-8") as f:
        json.dump({"rows": [row.json() for row in rows], "versions": facts}, f, indent=1)
        f.write("\n")
    with open(more_path(args.json), "w", encoding="utf-8") as f:
        json.dump({"rows": [row.more_json() for row in rows]}, f, indent=1)
        f.write("\n")
    with open(args.html, "w", encoding="utf-8") as f:
        f.write(report.page(rows, facts))
    print(report.table(rows))
    for line in profiles(rows):
        print(line)
    minutes = (time.monotonic() - started) / 60
    note(f"{args.json}, {args.html}, {minutes:.1f} minutes")
    if args.save:
        note(f"kept {report.save_history(rows, facts, minutes)}")
    # Short batches measure badly: they only show that it works.
    sys.exit(any(row.is_broken or (row.is_over and not args.quick) for row in rows))


if __name__ == "__main__":
    main()
