#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What is left of a panic or an oops: registers, all CPUs, modules and what the consoles had not shown, on the serial line and on the screen.

    panic.py [TEST...]

A guest keeps one CPU busy in a program and panics on another, or loads a module there that follows a null pointer (oops/). Its picture is
read back as the boot tests do (screen.py).
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../boot"))

from guest import TOP, Tap, configured, vm  # noqa: E402
from screen import ALPHABET, HALF, Screen  # noqa: E402

GUEST_FAILED = 125
tap = Tap()
scratch = os.environ.get("SCRATCH") or tempfile.mkdtemp(prefix="mortise-panic-")

FRAMEBUFFER = ["--fw", "bios", "--mode", "1024x768x32"]


def paint_command():
    """Shows all letters at the top of the screen."""
    text = "\\033[2J\\033[H" + "".join(half.replace("\\", "\\\\").replace("%", "%%") + "\\n" for half in (ALPHABET[:HALF], ALPHABET[HALF:]))
    quoted = text.replace("'", "'\\''")
    return f"printf '{quoted}' > /dev/tty1"


PAINT = paint_command()

# From here on CPU 1 is never idle: the program has had it, and keeps it busy.
BUSY = """
taskset -c 1 sh -c ': > /tmp/busy; while :; do :; done' &
busy=$!
until [ -e /tmp/busy ]; do usleep 10000; done
"""
# The shell pins itself: CPU 0 panics while CPU 1 is in user mode.
CRASH = f"""{BUSY}
taskset -c 0 sh -c 'echo c > /proc/sysrq-trigger'
"""

# The busy shell, or a thread of the kernel's that was just in its way.
OTHER_CPU = r"CPU: 1 PID: \d+ Comm: \S+ in (user mode|the kernel)"
REGISTERS = (
    r"RSP: 0018:[0-9a-f]{16} EFLAGS: [0-9a-f]{8}$",
    r"RAX: [0-9a-f]{16} RBX: [0-9a-f]{16} RCX: [0-9a-f]{16}$",
    r"R13: [0-9a-f]{16} R14: [0-9a-f]{16} R15: [0-9a-f]{16}$",
    r"CR0: [0-9a-f]{16} CR2: [0-9a-f]{16} CR3: [0-9a-f]{16} CR4: [0-9a-f]{8} ",
)
REASON = (
    r"Kernel panic - not syncing: sysrq triggered crash",
    r"RIP: 0010:panic\+0x[0-9a-f]+/0x[0-9a-f]+",
    *REGISTERS,
)
# Without KASLR (KASAN's kernel has none) the image is where it was linked, and the line would say nothing.
OFFSET = (r"Kernel Offset: 0x[1-9a-f][0-9a-f]+ from 0xffffffff80000000",) if configured("RANDOMIZE_BASE") else ()
REPORT = (
    *REASON,
    r"CPU: 0 PID: \d+ Comm: sh (Tainted: \w+ )?6\.1\.0-mortise-[\d.]+",
    r"Call trace:",
    r"  panic\+0x[0-9a-f]+/0x[0-9a-f]+",
    r"  trigger_write\+0x[0-9a-f]+/0x[0-9a-f]+",
    r"  vfs_write\+",
    r"Modules linked in:.* ps2",
    OTHER_CPU,
    *OFFSET,
    r"---\[ end Kernel panic - not syncing: sysrq triggered crash \]---",
)


# Two oopses, after which the system goes on: one without the other CPUs, and one with them, on a clean screen.
FAULTS = BUSY + """
insmod() { taskset -c 0 /sbin/insmod "$@"; }
echo 0 > /proc/sys/kernel/oops_all_cpu_backtrace
insmod /oops.ko
echo 1 > /proc/sys/kernel/oops_all_cpu_backtrace
paint
insmod /again.ko
kill $busy
echo alive
"""


def fault_report(number, module):
    return (
        fr"Oops: null pointer dereference: 0000 \[#{number}\]",
        r"CPU: 0 PID: \d+ Comm: insmod (Tainted: \w+ )?6\.1\.0-mortise-[\d.]+",
        fr"RIP: 0010:oops_init\+0x[0-9a-f]+/0x[0-9a-f]+ \[{module}\]",
        *REGISTERS,
        r"Code:( ([0-9a-f]{2}|\?\?)){24} <8b> [0-9a-f]{2} 08",
        r"Call trace:",
        fr" \[trap\] oops_init\+0x[0-9a-f]+/0x[0-9a-f]+ \[{module}\]",
        fr"Modules linked in:.* {module}\(O\+\)",
    )


FAULT_ENDS = r"---\[ end trace \]---"


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
    tap.check("decode adds file and line", missing(decoded.stdout, (r"trigger_write\+.*fs/proc/sysrq\.c:\d+",)))


def oops_modules():
    """Built outside of the tree, as a third party would."""
    folder = os.path.join(scratch, "oops")
    shutil.copytree(os.path.join(HERE, "oops"), folder, dirs_exist_ok=True)
    out = os.environ.get("O")
    subprocess.run(["make", "-s", *([f"O={out}"] if out else []), f"M={folder}"], check=True, cwd=TOP, stdout=subprocess.DEVNULL)
    return [f"--add={folder}/{name}.ko:/{name}.ko" for name in ("oops", "again")]


def faults():
    """Oopses on the serial line and on the screen; the system goes on."""
    picture, file = os.path.join(scratch, "oops.ppm"), os.path.join(scratch, "oops.log")
    options = ["--smp", "2", "--append", "quiet", *oops_modules(), *FRAMEBUFFER, "--screendump", picture, "--log", file]
    status, output, errors = vm(options, ["sh", "-c", f"paint() {{ {PAINT}; }}\n{FAULTS}"], 120)
    with open(file, encoding="utf-8", errors="replace") as f:
        log = f.read().replace("\r", "")
    alone, _, other = log.partition(FAULT_ENDS.replace("\\", ""))
    first, second = fault_report(1, "oops"), fault_report(2, "again")
    tap.check("an oops on the serial line: registers, calls, modules", missing(alone, first) or (re.search(OTHER_CPU, alone) and alone))
    tap.check("what quiet had not shown comes before it", missing(alone, (r"^Last messages that were not shown:", r"input: ", first[0])))
    tap.check("the other CPUs, unless that is switched off", missing(other, (*second, OTHER_CPU, FAULT_ENDS)))
    tap.check("the system goes on", status or output != "alive\n" and f"status {status}\n{output}{errors}")
    tap.check("an oops on the screen", read_back(picture, 48, 128, (*second, OTHER_CPU, FAULT_ENDS)))


def asked_for():
    """Not in a panic: a CPU within the kernel with its calls, and the system goes on."""
    script = """
        taskset -c 1 sh -c 'while :; do cat /proc/kallsyms > /dev/null; : > /tmp/busy; done' &
        until [ -e /tmp/busy ]; do usleep 10000; done
        for i in 1 2 3 4 5 6 7 8 9 10; do taskset -c 0 sh -c 'echo l > /proc/sysrq-trigger'; done
        dmesg"""
    letters = os.path.join(scratch, "letters.ppm")      # for screens()
    status, output, errors = vm(["--smp", "3", "--screendump", letters], ["sh", "-c", f"{script}\n{PAINT}"], 120)
    problem = f"status {status}\n{errors}" if status else missing(output, (
        r"trigger_write\+", r"CPU: 1 PID: \d+ Comm: (cat|sh) in the kernel", r" RIP: \w+\+0x", r"syscall_entry\+"))
    tap.check("where all CPUs are, when asked: l of sysrq-trigger", problem)


def more_than_one(log):
    """Beside a title and an end there is another title, or end: of a second report, whose lines may stand between those of the first."""
    said = re.findall(r"^.*Kernel panic - not syncing.*$", log, re.MULTILINE)
    ends = [line for line in said if re.search(REPORT[-1], line)]
    return None if (len(said), len(ends)) == (2, 1) else f"{len(said) - len(ends)} titles and {len(ends)} ends in\n{log}"


def cut_off():
    """A CPU with interrupts off is reached too: two panic at once, and the second one is found halted in its own."""
    script = "for cpu in 0 1; do taskset -c $cpu sh -c 'echo c > /proc/sysrq-trigger' & done; wait"
    log, problem = crash(["--smp", "2"], script)
    tap.check("two panics at once: one report, to its end", problem or missing(log, (REPORT[0], REPORT[-1])) or more_than_one(log))


def read_back(picture, rows, columns, patterns, learnt=None):
    """What is wrong with the picture, or None. The letters are learnt from its top, or from that of another one."""
    screen = Screen(picture, rows, columns)
    letters = Screen(learnt, rows, columns) if learnt else screen
    problem = "\n".join(letters.learn(0))
    screen.glyphs = letters.glyphs
    return problem or missing("\n".join(screen.text(row) for row in range(screen.rows)), patterns)


def screens():
    """The same on the screen. A framebuffer's rows suffice for all of it; VGA's 25 do for what comes behind the registers."""
    # The last line is wider than VGA's 80 columns.
    end = r"---\[ end Kernel panic"
    picture, letters = os.path.join(scratch, "panic.ppm"), os.path.join(scratch, "letters.ppm")
    log, problem = crash([*FRAMEBUFFER, "--screendump", picture], f"{PAINT}\n{CRASH}")
    problem = problem or read_back(picture, 48, 128, (*REPORT[:-1], end))
    tap.check("panic on the screen: framebuffer", problem and f"{problem}\n{log}")
    if not os.path.exists(letters):
        vm(["--screendump", letters], ["sh", "-c", PAINT], 120)
    log, problem = crash(["--append", "console=tty0 debug", "--screendump", picture], CRASH)
    problem = problem or read_back(picture, 25, 80, (*REPORT[len(REASON):-1], end), letters)
    tap.check("panic on the screen: VGA text", problem and f"{problem}\n{log}")


TESTS = (serial, faults, asked_for, cut_off, screens)


def main():
    for test in TESTS:
        if len(sys.argv) == 1 or test.__name__ in sys.argv[1:]:
            test()
    tap.finish()


main()
