#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Compare the reports of a guest's log with the crimes that were committed in it.

    reports.py crimes KIND...          names of the crimes: kasan, plain (found in a module without checks of its own), ubsan
    reports.py found LOG KIND...       TAP, without a plan: each has the report that it must have, and no other
    reports.py silent LOG KIND...      no report at all

A report is a list of regular expressions that the lines between two "CRIME name" lines of the log must match in this order.
"""

import re
import sys


def kasan(bug, access, where, *place):
    """The title, who did what, a call chain with the crime's own frame, what lies there, and the shadow with its mark."""
    return [r"^BUG: KASAN: %s in %s\+0x\w+/0x\w+ \[crimes\]$" % (bug, where), r"^%s addr f{4}\w{12} by task insmod/\d+$" % access,
            r"^Call trace:$", r"^  (%s|kit_module_init)\S*\+0x\w+/0x\w+ \[crimes\]$" % where, *place,
            r"^Memory state around the buggy address:$", r"^>f{4}\w{12}:( \w\w){16}$", r"^ +\^$"]


READ, WRITE = "Read of size 1 at", "Write of size 1 at"
ALLOCATED = [r"^Allocated by task \d+:$", r"^ __kmalloc\+", r"^ kit_module_init\+0x\w+/0x\w+ \[crimes\]$"]
FREED = [r"^Freed by task \d+:$", r"^ kfree\+", r"^ kit_module_init\+0x\w+/0x\w+ \[crimes\]$"]
CACHE = r"^ which belongs to the cache kmalloc-64 of size 64$"
AT, WRITE_AT = r"read_at\S*", r"write_at\S*"


def located(bytes_, side, size):
    return [r"^The buggy address is located %d bytes %s of$" % (bytes_, side), r"^ %d-byte region \[f{4}\w{12}, f{4}\w{12}\)$" % size]


def ubsan(what, *text):
    return [r"^UBSAN: %s in tools/testing/sanitizers/crimes/crimes\.c:\d+:\d+$" % what, *text, r"^CPU: \d+ PID: \d+ Comm: insmod ",
            r"^Call trace:$", r"^  kit_module_init\S*\+0x\w+/0x\w+ \[(crimes|fatal)\]$"]


REPORTS = {
    "kasan": {
        "slab_right": kasan("slab-out-of-bounds", WRITE, WRITE_AT, *ALLOCATED, CACHE, *located(0, "to the right", 40)),
        "slab_left": kasan("slab-out-of-bounds", READ, AT),
        "use_after_free": kasan("use-after-free", READ, AT, *ALLOCATED, *FREED, CACHE, *located(8, "inside", 40)),
        "double_free": kasan("double-free", "Free of", r"(double_free|kit_module_init)", *ALLOCATED, *FREED, CACHE),
        "large_right": kasan("slab-out-of-bounds", READ, AT, r"^The buggy address belongs to the page "),
        "stack_right": kasan("stack-out-of-bounds", READ, AT, r"^The buggy address belongs to the stack of task insmod/",
                             r"^ in the frame of stack_right\+0x0/0x\w+ \[crimes\] with the variables: 1 \d+ 40 \d+ array"),
        "stack_scope": kasan("use-after-scope", READ, AT, r"^The buggy address belongs to the stack of task insmod/",
                             r"^ in the frame of stack_scope\+.* with the variables: 1 \d+ 40 \d+ inner"),
        "global_right": kasan("global-out-of-bounds", READ, AT, r"^The buggy address belongs to the variable global\+0x2b/0x"),
        "vmalloc_right": kasan("vmalloc-out-of-bounds", READ, AT, r"^The buggy address lies in the range of vmalloc$"),
        "memcpy_right": kasan("slab-out-of-bounds", "Read of size 41 at", "memcpy_right", *ALLOCATED, CACHE, *located(0, "to the right", 40)),
    },
    # What the kernel's own functions find in a module that is not instrumented.
    "plain": {
        "double_free": kasan("double-free", "Free of", r"(double_free|kit_module_init)", *ALLOCATED, *FREED, CACHE),
        "memcpy_right": kasan("slab-out-of-bounds", "Read of size 41 at", r"\w+", *ALLOCATED, CACHE, *located(0, "to the right", 40)),
    },
    "ubsan": {
        "shift": ubsan("shift-out-of-bounds", r"^shift exponent 40 is too large for 32-bit type 'int'$"),
        "negative_shift": ubsan("shift-out-of-bounds", r"^shift exponent -3 is negative$"),
        "bounds": ubsan("array-index-out-of-bounds", r"^index 5 is out of range for type 'int ?\[4\]'$"),
        "invalid_bool": ubsan("invalid-load", r"^load of value 3 is not a valid value for type '(_Bool|bool)'$"),
        "division": ubsan("division-overflow", r"^division by zero$") + [r"^Oops: divide error"],
        "unreached": ubsan("unreachable", r"^code that cannot be reached was reached$") + [r"^kernel BUG at kernel/sanitize/ubsan\.c:"],
    },
}
IS_REPORT = re.compile(r"^(BUG: KASAN|UBSAN:)")
STAMP = re.compile(r"^(<\d+>)?\[ *\d+\.\d+\]( \[[CT] *\d+\])? ?")


def chapters(path):
    """The log's lines by the crime that they stand behind."""
    found, lines = {}, []
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            line = STAMP.sub("", line.rstrip("\r\n"))
            if line.startswith("CRIME "):
                lines = found.setdefault(line.split()[1], [])
            else:
                lines.append(line)
    return found


def missing(patterns, lines):
    """The first pattern that no line behind the last match has; None: all are there."""
    rest = iter(lines)
    for pattern in patterns:
        if not any(re.search(pattern, line) for line in rest):
            return pattern
    return None


def say(ok, name, lines, why=""):
    if not ok:
        print("\n".join("# " + line for line in lines[:60]))
        print(f"# {why}")
    print(f"{'' if ok else 'not '}ok - {name}")


def main():
    what, *rest = sys.argv[1:]
    if what == "crimes":
        print(" ".join(name for kind in rest for name in REPORTS[kind]))
        return
    log, *kinds = rest
    found = chapters(log)
    for kind in kinds:
        for name, patterns in REPORTS[kind].items():
            lines = found.get(name)
            if what == "silent":
                say(lines is not None and not any(map(IS_REPORT.match, lines)), f"{kind}: {name} is not noticed without the option", lines or [])
                continue
            titles = sum(1 for line in lines or [] if re.match(r"^BUG: KASAN" if kind != "ubsan" else r"^UBSAN:", line))
            lack = missing(patterns, lines or [])
            say(lack is None and titles == 1, f"{kind}: {name} has its report", lines or [], f"missing: {lack}, reports: {titles}")


main()
