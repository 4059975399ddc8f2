#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Boot in every way, with every number of CPUs, small and large; see the screen and press keys.

    boot.py [--linux] [TEST...]      --linux tries the tests themselves on the reference
"""

import gzip
import os
import shutil
import struct
import subprocess
import sys
import tempfile

from guest import Qmp, Tap, VM, configured, problem_of, vm
from screen import ALPHABET, HALF, Screen

LINUX = "--linux" in sys.argv
BASE = ["--linux=generic"] if LINUX else []
ONLY = [word for word in sys.argv[1:] if not word.startswith("-")]
tap = Tap()
scratch = os.environ.get("SCRATCH") or tempfile.mkdtemp(prefix="mortise-boot-")

MODULE = """
set -e
m=$(find /lib/modules/$(uname -r) -name hello.ko)
insmod $m
lsmod | grep -q '^hello '
rmmod hello
! lsmod | grep -q '^hello '
nproc
"""
MODULE_ON_LINUX = "modprobe loop; lsmod | grep -q '^loop '; rmmod loop; nproc"


def ways_to_boot():
    """PVH, BIOS and UEFI with 1, 2 and 8 CPUs; a module is loaded and removed each time."""
    script = MODULE_ON_LINUX if LINUX else MODULE
    for fw in ("pvh", "bios", "uefi"):
        for smp in (1, 2, 8):
            result = vm([*BASE, "--fw", fw, "--smp", str(smp)], ["sh", "-c", script])
            tap.check(f"{fw} with {smp} CPUs: boot, insmod, rmmod, nproc", problem_of(result, 0, f"{smp}\n"))


def small_machine():
    """64 MiB reach the shell."""
    if LINUX:
        tap.skip("64 MiB are enough for a shell", "Linux needs more for its own image")
        return
    tap.check("64 MiB are enough for a shell",
              problem_of(vm([*BASE, "--mem", "64M"], ["sh", "-c", "echo works"]), 0, "works\n"))


def other_shapes():
    """Many CPUs, several nodes, much memory, other machines."""
    if LINUX:
        return
    tap.check("64 CPUs", problem_of(vm([*BASE, "--smp", "64", "--mem", "2G"], ["nproc"], 400), 0, "64\n"))
    tap.check("maxcpus=2 of 4", problem_of(vm([*BASE, "--smp", "4", "--append", "maxcpus=2"], ["nproc"]), 0, "2\n"))
    # The initramfs lies above it, and its memory is used once it is unpacked.
    script = "awk '/MemTotal/ { print ($2 < 160000 && $2 > 100000) }' /proc/meminfo"
    tap.check("mem=128M", problem_of(vm([*BASE, "--append", "mem=128M"], ["sh", "-c", script]), 0, "1\n"))
    least = 4900000 * 7 // 8 if configured("KASAN") else 4900000       # an eighth is KASAN's map
    script = f"awk '/MemTotal/ {{ print ($2 > {least}) }}' /proc/meminfo"
    tap.check("5 GiB, part of it above 4 GiB", problem_of(vm([*BASE, "--mem", "5G"], ["sh", "-c", script]), 0, "1\n"))
    tap.check("two nodes", problem_of(vm([*BASE, "--smp", "4", "--numa", "2"], ["nproc"]), 0, "4\n"))
    tap.check("the older machine (i440FX)", problem_of(vm([*BASE, "--machine", "pc"], ["nproc"]), 0, "2\n"))


def parameters():
    """Boot parameters, and what the kernel does not know goes to init."""
    def case(name, words, script, want):
        tap.check(name, problem_of(vm([*BASE, "--append", words], ["sh", "-c", script]), 0, want))

    case("unknown parameters go to init", "strange FOO=bar",
         "tr '\\0' '\\n' < /proc/1/environ | grep FOO; tr '\\0' ' ' < /proc/1/cmdline", "FOO=bar\n/init strange ")
    long = " ".join(f"word{i}.x=1" for i in range(150))
    case("a long command line arrives whole", long, "wc -w < /proc/cmdline | awk '{ print ($1 > 150) }'", "1\n")
    case("maxcpus=1", "maxcpus=1", "nproc", "1\n")
    log = os.path.join(scratch, "log")
    problem = problem_of(vm([*BASE, "--append", "quiet loglevel=0", "--log", log], ["true"]))
    with open(log, encoding="utf-8", errors="replace") as f:
        lines = [line for line in f if line.strip() and not line.startswith("vm:")]
    if not problem and lines != ["init: user space is up\n"]:
        problem = "the console shows:\n" + "".join(lines)
    tap.check("quiet loglevel=0: nothing before user space", problem)
    status, _, errors = vm([*BASE, "--append", "panic=1 rdinit=/nothing init=/nothing"], ["true"], crashes=True)
    good = status == 125 and "Kernel panic - not syncing" in errors
    tap.check("no init: a panic that says so", None if good and "init" in errors else f"{errors}\nstatus {status}")


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


def bad_archives():
    """Damaged archives are refused in so many words; the end is an orderly panic for want of an init."""
    whole = os.path.join(scratch, "initramfs")
    subprocess.run([os.path.join(os.path.dirname(VM), "mkinitramfs"), "-o", whole], check=True)
    with open(whole, "rb") as f:
        good = f.read()
    cases = {"nothing": b"", "zeros": bytes(100000), "random bytes": bytes(i * i * 7 >> 3 & 255 for i in range(100000)),
             "a header alone": good[:50], "a name that never ends": b"070701" + b"F" * 104 + b"x" * 1000,
             "a size beyond the end": good[:6] + good[6:54] + b"FFFFFFFF" + good[62:3000],
             "zstd cut short": zstd(good)[:200000], "zstd damaged": zstd(good)[:1000] + b"\xff" * 50000,
             "gzip cut short": gzip.compress(good)[:200000], "gzip damaged": gzip.compress(good)[:1000] + b"\xff" * 50000}
    for name, data in cases.items():
        path = os.path.join(scratch, "bad")
        with open(path, "wb") as f:
            f.write(data)
        status, _, errors = vm([*BASE, "--initrd", path, "--append", "panic=1"], ["true"], crashes=True)
        problem = None
        if status != 125 or "Kernel panic - not syncing" not in errors:
            problem = f"{errors}\nstatus {status}"
        elif "Oops" in errors or "BUG" in errors:
            problem = errors
        tap.check(f"archive: {name}", problem)


MEMORY = """
total=$((256 * 1024))
free=$(awk '/^MemFree/ { print $2 }' /proc/meminfo)
files=$(du -skx / | cut -f1)
echo $((total - free - files))
"""


def memory_in_use():
    """With 256 MiB, at most 16 MiB are gone at the prompt beyond the unpacked initramfs."""
    if configured("KASAN"):
        tap.skip("memory gone at the prompt with 256 MiB", "KASAN's map alone is 32 MiB")
        return
    result = vm([*BASE, "--mem", "256M"], ["sh", "-c", MEMORY])
    problem = problem_of(result)
    if not problem:
        gone = int(result[1]) / 1024
        print(f"# {gone:.1f} MiB are gone")
        if gone > 16 and not LINUX:
            problem = f"{gone:.1f} MiB are gone, at most 16 may be"
    tap.check("memory gone at the prompt with 256 MiB", problem)


COLOURS = {31: (1, 0, 0), 32: (0, 1, 0), 34: (0, 0, 1)}
LINES = ["The quick brown fox jumps over the lazy dog.", "0123456789 {}[]()<> ~!@#$%^&*", "a" * 40]


def screen_script(lines_to_scroll):
    """A shell script that paints the screen through the terminal."""
    picture = "\\033[2J\\033[H\\033[?25l"
    for line in (ALPHABET[:HALF], ALPHABET[HALF:], *LINES):
        picture += line.replace("\\", "\\\\").replace("%", "%%") + "\\n"
    for code in COLOURS:
        picture += f"\\033[{code}mX\\033[0m"
    picture += "\\n\\033[7mreversed\\033[0m\\n\\033[10;5Hhere"
    scroll = "" if not lines_to_scroll else f"""
        printf '\\033[%d;1H' $rows > /dev/tty1
        i=0; while [ $i -lt {lines_to_scroll} ]; do echo "line number $i"; i=$((i + 1)); done > /dev/tty1"""
    quoted = picture.replace("'", "'\\''")
    return f"""
        dmesg -n 1
        set -- $(stty size < /dev/tty1); rows=$1
        echo $1 $2
        printf '{quoted}' > /dev/tty1
        {scroll}"""


def read_screen(name, options, lines_to_scroll=0):
    """Paint, take a picture, and return it as a Screen, or the problem."""
    picture = os.path.join(scratch, name + ".ppm")
    result = vm([*BASE, *options, "--screendump", picture], ["sh", "-c", screen_script(lines_to_scroll)])
    problem = problem_of(result)
    if problem:
        return None, problem
    rows, columns = (int(word) for word in result[1].split())
    return Screen(picture, rows, columns), None


def bright(screen, row, column):
    """Which of red, green and blue the cell's foreground has much of."""
    colours = screen.colours(row, column) - {screen.pixel(screen.width - 1, screen.height - 1)}
    if not colours:
        return None
    best = max(colours, key=sum)
    return tuple(int(part > max(best) / 2) for part in best)


def check_picture(screen):
    """All that screen_script() painted. Returns the problems."""
    problems = screen.learn(0)
    for row, line in enumerate(LINES, 2):
        if screen.text(row) != line:
            problems.append(f"row {row} shows {screen.text(row)!r}, want {line!r}")
    for column, (code, want) in enumerate(COLOURS.items()):
        if bright(screen, len(LINES) + 2, column) != want:
            problems.append(f"colour {code} shows as {bright(screen, len(LINES) + 2, column)}, want {want}")
    if screen.text(len(LINES) + 3) != "reversed":
        problems.append(f"reversed text shows as {screen.text(len(LINES) + 3)!r}")
    if screen.text(9) != "    here":
        problems.append(f"addressed text shows as {screen.text(9)!r}")
    return problems


def the_screen():
    """Text on the framebuffer, 32 and 24 bits deep, and in VGA's text mode."""
    kinds = {"framebuffer of 32 bits": ["--fw", "bios", "--mode", "1024x768x32"],
             "framebuffer of 24 bits": ["--fw", "bios", "--mode", "800x600x24"],
             "framebuffer of UEFI": ["--fw", "uefi"]}
    if not LINUX:
        kinds["VGA text mode"] = ["--append", "console=tty0"]
    for name, options in kinds.items():
        screen, problem = read_screen(name.replace(" ", "-"), options)
        tap.check(f"{name}: text and colours", problem or "\n".join(check_picture(screen)))


def scrolling():
    """The last of many lines stand at the bottom."""
    learnt, problem = read_screen("plain", ["--fw", "bios"])
    scrolled, problem2 = read_screen("scrolled", ["--fw", "bios"], 150)
    problem = problem or problem2
    if not problem:
        learnt.learn(0)
        scrolled.glyphs = learnt.glyphs
        shown = [scrolled.text(row) for row in range(scrolled.rows)]
        want = [f"line number {i}" for i in range(150 - scrolled.rows + 1, 150)] + [""]
        if shown != want:
            problem = f"the screen shows {shown}"
    tap.check("scrolling", problem)


def keyboard():
    """What is typed on the PS/2 keyboard arrives on the first virtual terminal."""
    typed = "Hello, keyboard! 0123456789 abc XYZ `~[]{};:'\"\\|<>,./?@#$%^&*()_+-=\n"
    run_with_keys("keyboard: every printable key", "IFS= read -r line; printf '%s\\n' \"$line\"", typed, typed)
    run_with_keys("keyboard: erase and Ctrl-D", "cat", "wrong\b\b\b\b\bright\n\x04", "right\n")


def mouse():
    """What QEMU's mouse does arrives as evdev events."""
    script = """
        while [ -z "$found" ]; do
            for device in /sys/class/input/event*; do
                grep -q Mouse $device/device/name && found=/dev/input/${device##*/}
            done
            sleep 0.1
        done
        exec < $found
        echo ready
        for n in 3 2 2 2; do dd bs=24 count=$n 2>/dev/null | hexdump -v -e '12/2 "%d " "\\n"'; done"""
    monitor = os.path.join(scratch, "qmp")
    command = [VM, "--timeout", "240", *BASE, "--monitor", monitor, "--", "sh", "-c", script]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as run:
        if run.stdout.readline() == b"ready\n":
            move_mouse(Qmp(monitor), run.stdout, lines)
        output, errors = (data.decode(errors="replace") for data in run.communicate())
    # Type, code, value: two movements, a press and a release of the left button, each closed by a report.
    want = ["2 0 30", "2 1 -20", "0 0 0", "2 0 -5", "0 0 0", "1 272 1", "0 0 0", "1 272 0", "0 0 0"]
    problem = problem_of((run.returncode, output, errors), 0, "")
    # Each line is an event in 16-bit words: 8 of time, type, code, 2 of value.
    events = [" ".join(line.decode().split()[8:11]) for line in lines]
    if not problem and events != want:
        problem = f"events {events}, want {want}"
    tap.check("mouse: movement and button", problem)


def move_mouse(qmp, said, lines):
    """One report at a time: QEMU makes one of several that the guest has not taken, and a click in it is no click any more."""
    def axis(name, value):
        return {"type": "rel", "data": {"axis": name, "value": value}}

    def button(down):
        return {"type": "btn", "data": {"button": "left", "down": down}}

    for events in ([axis("x", 30), axis("y", -20)], [axis("x", -5)], [button(True)], [button(False)]):
        qmp.call("input-send-event", events=events)
        for _ in range(len(events) + 1):
            line = said.readline()
            if not line:
                return
            lines.append(line)


EVENT = struct.Struct("16xHHi")
EV_KEY = 1


class Releases:
    """Reads a keyboard's events, as struct input_event, and counts keys that are let go."""

    def __init__(self, stream):
        self.stream, self.data, self.count = stream, b"", 0

    def await_more(self, number):
        """Until so many more have come; False at the stream's end."""
        self.count -= number
        while self.count < 0:
            data = self.stream.read(4096)
            if not data:
                return False
            self.data += data
            whole = len(self.data) // EVENT.size * EVENT.size
            self.count += sum((kind, value) == (EV_KEY, 0) for kind, _, value in EVENT.iter_unpack(self.data[:whole]))
            self.data = self.data[whole:]
        return True


def run_with_keys(name, reader, typed, want):
    """Start READER on tty1, type when keys.c says so, as fast as it tells the keyboard's events; compare what was read."""
    monitor, keys = os.path.join(scratch, "qmp"), os.path.join(scratch, "keys")
    subprocess.run(["gcc", "-static", "-O1", "-Wall", "-Werror", "-o", keys, os.path.join(os.path.dirname(os.path.abspath(__file__)), "keys.c")], check=True)
    script = f"exec </dev/tty1; /keys & sh -c '{quote(reader)}'"
    command = [VM, "--timeout", "240", *BASE, "--fw", "bios", "--monitor", monitor, "--add", f"{keys}:/keys", "--", "sh", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as run:
        if run.stdout.readline() == b"ready\n":
            Qmp(monitor).type(typed, Releases(run.stderr).await_more)
        output, errors = (data.decode(errors="replace") for data in run.communicate())
    problem = problem_of((run.returncode, output, errors), 0, want)
    tap.check(name, problem)


def quote(text):
    return text.replace("'", "'\\''")


def power():
    """poweroff ends the guest, reboot resets it."""
    problem = problem_of(vm([*BASE, "--shutdown"], ["echo", "bye"]), 0, "bye\n")
    tap.check("the guest powers itself off", problem)
    status, _, errors = vm(BASE, ["sh", "-c", "reboot -f; sleep 60"])
    tap.check("reboot resets the machine",
              None if status == 125 and "the guest was reset" in errors else f"{errors}\nstatus {status}")


TESTS = (ways_to_boot, small_machine, other_shapes, parameters, bad_archives, memory_in_use, the_screen, scrolling, keyboard, mouse, power)


def main():
    for test in TESTS:
        if not ONLY or test.__name__ in ONLY:
            test()
    if not os.environ.get("SCRATCH"):
        shutil.rmtree(scratch)
    tap.finish()


main()
