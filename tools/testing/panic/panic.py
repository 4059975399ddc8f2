#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What is left of a panic: all CPUs, modules and what the consoles had not shown, on the serial line and on the screen.

    panic.py [TEST...]

A guest keeps one CPU busy in a program and panics on another. Its picture is read back as the boot tests do (screen.py).
"""

import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../boot"))

from guest import TOP, Tap, vm  # noqa: E402
from screen import ALPHABET, HALF, Screen  # noqa: E402

GUEST_FAILED = 125
tap = Tap()
scratch = os.environ.get("SCRATCH") or tempfile.mkdtemp(prefix="mortise-panic-")

# The shell pins itself: CPU 0 panics while CPU 1 is in user mode.
CRASH = """
taskset -c 1 sh -c 'while :; do :; done' &
taskset -c 0 sh -c 'usleep 300000; echo c > /proc/sysrq-trigger'
"""

REPORT = (
    r"Kernel panic - not syncing: sysrq: a crash was asked for",
    r"CPU: 0 PID: \d+ Comm: sh (Tainted: \w+ )?6\.1\.0-mortise-[\d.]+",
    r"Call trace:",
    r"  panic\+0x[0-9a-f]+/0x[0-9a-f]+",
    r"  sysrq_write\+0x[0-9a-f]+/0x[0-9a-f]+",
    r"  vfs_write\+",
    r"Modules linked in:.* ps2",
    r"CPU: 1 PID: \d+ Comm: sh in (user mode|the kernel)",
    r"Kernel Offset: 0x[1-9a-f][0-9a-f]+ from 0xffffffff80000000",
    r"---\[ end Kernel panic - not syncing: sysrq: a crash was asked for \]---",
)


def missing(text, patterns):
    """The patterns that do not come, in this order, each on a line of its own."""
    lines = iter(text.splitlines())
    for pattern in patterns:
        if not any(re.search(pattern, line) for line in lines):
            return f"no line like {pattern!r} (in its place) in\n{text}"
    return None


def crash(options, script):
    status, output, errors = vm(options, ["sh", "-c", script], 120)
    return errors, None if status == GUEST_FAILED else f"status {status}\n{output}{errors}"


def serial():
    """The report on the serial line; what quiet kept from it comes before; a file and a line for each address."""
    log, problem = crash(["--smp", "8", "--append", "quiet"], CRASH)
    tap.check("panic on the serial line: reason, calls, modules, the other CPUs", problem or missing(log, REPORT))
    tap.check("the CPUs that are idle stand in one line", missing(log, (r"CPUs that are idle:( \d)+$",)))
    tap.check("what quiet did not show is shown", missing(log, (r"^Last messages that were not shown:", r"input: ", REPORT[0])))
    decoded = subprocess.run([os.path.join(TOP, "scripts/decode")], input=log, capture_output=True, text=True, check=False)
    tap.check("decode adds file and line", missing(decoded.stdout, (r"sysrq_write\+.*kernel/syscall/power\.c:\d+",)))


def asked_for():
    """Not in a panic: a CPU within the kernel with its calls, and the system goes on."""
    script = """
        taskset -c 1 sh -c 'while :; do cat /proc/kallsyms > /dev/null; done' &
        for i in 1 2 3 4 5 6 7 8 9 10; do taskset -c 0 sh -c 'echo l > /proc/sysrq-trigger'; done
        dmesg"""
    status, output, errors = vm(["--smp", "3"], ["sh", "-c", script], 120)
    problem = f"status {status}\n{errors}" if status else missing(output, (
        r"sysrq_write\+", r"CPU: 1 PID: \d+ Comm: (cat|sh) in the kernel", r" RIP: \w+\+0x", r"syscall_entry\+"))
    tap.check("where all CPUs are, when asked: l of sysrq-trigger", problem)


def cut_off():
    """A CPU with interrupts off is reached too: two panic at once, and the second one is found halted in its own."""
    script = "for cpu in 0 1; do taskset -c $cpu sh -c 'echo c > /proc/sysrq-trigger' & done; wait"
    log, problem = crash(["--smp", "2"], script)
    tap.check("two panics at once: one report, to its end", problem or missing(log, (REPORT[0], REPORT[-1])))


SCREENS = {
    "framebuffer": (["--fw", "bios", "--mode", "1024x768x32"], 48, 128),
    "VGA text": (["--append", "console=tty0 debug"], 25, 80),
}


def screens():
    """The same on the screen, in both of its forms. The last line is wider than VGA's 80 columns."""
    paint = "\\033[2J\\033[H" + "".join(half.replace("\\", "\\\\").replace("%", "%%") + "\\n"
                                          for half in (ALPHABET[:HALF], ALPHABET[HALF:]))
    quoted = paint.replace("'", "'\\''")
    for name, (options, rows, columns) in SCREENS.items():
        picture = os.path.join(scratch, name.replace(" ", "-") + ".ppm")
        log, problem = crash([*options, "--screendump", picture], f"printf '{quoted}' > /dev/tty1\n{CRASH}")
        if not problem:
            screen = Screen(picture, rows, columns)
            problem = "\n".join(screen.learn(0))
            text = "\n".join(screen.text(row) for row in range(screen.rows))
            problem = problem or missing(text, (*REPORT[:-1], r"---\[ end Kernel panic"))
        tap.check(f"panic on the screen: {name}", problem and f"{problem}\n{log}")


TESTS = (serial, asked_for, cut_off, screens)


def main():
    for test in TESTS:
        if len(sys.argv) == 1 or test.__name__ in sys.argv[1:]:
            test()
    tap.finish()


main()
