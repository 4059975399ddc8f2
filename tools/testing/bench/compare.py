#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Two builds of Mortise beside each other: what one costs more than the other, worst rows first.

    tools/testing/bench/compare.py BEFORE/bench.json AFTER/bench.json [--limit 1.01]

With --limit it fails when a row has become dearer than that; and always when one of BEFORE is missing in AFTER.
"""

import argparse
import json
import sys


def costs(path):
    with open(path, encoding="utf-8") as file:
        return {(row["mode"], row["name"]): row["mortise"] for row in json.load(file)["rows"] if row["mortise"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--limit", type=float)
    parser.add_argument("--rows", type=int, default=15, help="how many to show")
    args = parser.parse_args()
    before, after = costs(args.before), costs(args.after)
    rows = sorted(((after[row] / before[row], row) for row in before.keys() & after.keys()), reverse=True)
    for ratio, row in rows[:args.rows]:
        print(f"{ratio:8.4f}  {row[0]:8}{row[1]:36}{before[row]:14.1f}{after[row]:14.1f}")
    faults = [f"missing now: {name} ({mode})" for mode, name in sorted(before.keys() - after.keys())]
    if args.limit and rows and rows[0][0] > args.limit:
        faults.append(f"{sum(ratio > args.limit for ratio, _ in rows)} rows are dearer than {args.limit}")
    if faults:
        sys.exit("\n".join(faults))


main()
