# SPDX-License-Identifier: MIT
"""insmod of a module of 64 KiB with 100 imports: at most half of what Linux takes for its twin, and at most 100,000 instructions from the
system call to the first relocation, which is all that checks it. Counted, so the same on every machine, however busy."""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path[:0] = [os.path.join(TOP, "tools/testing/bench"), os.path.join(TOP, "tools/testing/boot")]

import guests  # noqa: E402
import profile  # noqa: E402
import twins  # noqa: E402
from guest import Tap  # noqa: E402

ROW = "insmod, 64 KiB"
RATIO, CHECKS = 0.5, 100_000


def imports(path):
    """Undefined symbols of the module."""
    lines = subprocess.run(["nm", "-u", path], check=True, capture_output=True, text=True).stdout.splitlines()
    return {line.split()[-1] for line in lines}


def is_twin(path):
    size, count = os.path.getsize(path), len(imports(path))
    print(f"# {path}: {size} bytes, {count} imports, {twins.relocations(path)} relocations")
    # The compiler, the tracer and the thunks add a few.
    return None if abs(size - twins.SIZE) <= twins.SIZE // 100 and 0 <= count - twins.IMPORTS <= 10 else f"{size} bytes, {count} imports"


def whole():
    costs = []
    for linux in (False, True):
        result = guests.Runner(guests.build(), guests.modules(), True, [ROW]).run(guests.COUNTING, linux)[ROW]
        if result.reason:
            return result.reason
        costs.append(result.cost)
    ratio = costs[0] / costs[1]
    print(f"# insmod: {costs[0]:,.0f} instructions, Linux {costs[1]:,.0f}: ratio {ratio:.2f}, bar {RATIO}")
    return None if ratio <= RATIO else f"ratio {ratio:.2f}"


def checks():
    table = profile.symbols(False)
    cost = profile.Profile(ROW, False, table, ("sys_finit_module", "load_relocate")).cost
    loader = profile.Profile(ROW, False, table, ("module_load", "load_relocate")).cost
    print(f"# from the system call to the first relocation: {cost:,.0f} instructions ({loader:,.0f} of them in the loader), bar {CHECKS:,}")
    return None if 10_000 < cost <= CHECKS else f"{cost:,.0f} instructions"


def main():
    tap = Tap()
    for kernel in ("mortise", "linux"):
        tap.check(f"the module for {kernel} has {twins.IMPORTS} imports and 64 KiB", is_twin(twins.build(kernel, "twin")))
    tap.check("insmod costs at most half of Linux's", whole())
    tap.check("its checks cost at most 100,000 instructions", checks())
    tap.finish()


main()
