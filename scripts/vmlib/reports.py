# SPDX-License-Identifier: MIT
"""Reports of a debug kernel's detectors in a guest's log.

With VM_REPORTS=FILE in the environment each guest's reports are added to FILE with the guest's command:
`make test-debug` runs every suite that way and is clean only if FILE stays empty. A suite whose guests have to oops, or to panic, says
so by VM_CRASHES=expected; the detectors' own reports count there all the same, but for those that match VM_CRIME=PATTERN, in their first
SHOWN_LINES lines: what a module of the suite does wrongly on purpose. Threads that the kernel's own tests sacrifice have a name.
A log with a gap is a finding, too: a report may have been where it is. Memory that nothing points to is looked for behind each command.
"""

import fcntl
import os
import re
import sys

REPORT = re.compile(rb"lock checker: |slab: (written|freed twice|free object|record overwritten|[0-9a-f]+ is not)"
                    rb"|page poison: page|object debug: |list corruption: |mm: W\^X: "
                    rb"|watchdog: BUG|INFO: task .* blocked|rcu: INFO: stall|BUG: scheduling while atomic"
                    rb"|corrupted stack end|kmemleak: (unreferenced|[0-9]+ more)|init: no leak scan|bad page |refcount .*: (decrement|increment|overflow)"
                    rb"|BUG: KASAN|UBSAN: |WARNING: CPU: (?!.*_test\.c:)"
                    rb"|\*\* [0-9]+ messages dropped \*\*")
CRASH = re.compile(rb"Oops: |kernel BUG at |Kernel panic - ")
SACRIFICED = re.compile(rb"Comm: ktest-crash ")     # behind the title, or behind that of the BUG
SHOWN_LINES = 20


def crashes_expected():
    return os.environ.get("VM_CRASHES") == "expected"


def parameters():
    """Of a guest with a command: init has the kernel look for leaks behind it. A thread that crashes leaves behind what it had."""
    return ["vm.leaks"] if os.environ.get("VM_REPORTS") and not crashes_expected() else []


def is_crime(lines, number):
    """Is it the report that the suite wants?"""
    pattern = os.environ.get("VM_CRIME")
    return pattern and re.search(pattern.encode(), b"\n".join(lines[number:number + SHOWN_LINES]), re.S)


def is_finding(lines, number):
    if REPORT.search(lines[number]):
        return not is_crime(lines, number)
    return not crashes_expected() and CRASH.search(lines[number]) and not any(map(SACRIFICED.search, lines[number:number + 3]))


def note(log):
    """Add what LOG reports to the file that VM_REPORTS names."""
    path = os.environ.get("VM_REPORTS")
    if not path:
        return
    lines = log.replace(b"\r", b"").split(b"\n")
    found = b""
    for number in range(len(lines)):
        if is_finding(lines, number):
            found += b"\n".join(lines[number:number + SHOWN_LINES]) + b"\n\n"
    if found:
        with open(path, "ab") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            f.write(b"== " + " ".join(sys.argv).encode() + b"\n" + found)
