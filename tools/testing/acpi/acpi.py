#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""ACPI in guests. What Linux says of the same machine is asked for in the same run."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../boot"))
from guest import Qmp, Tap, VM, problem_of, vm  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
OUTPUT = os.environ.get("O", TOP)
tap = Tap()
scratch = os.environ.get("SCRATCH") or tempfile.mkdtemp(prefix="mortise-acpi-")

# Wired by two different rules on q35. On the older machine Linux spreads the links itself, all but the first.
SLOTS = {"q35": (0x05, 0x1a), "pc": (0x05,)}
TABLES = "cd /sys/firmware/acpi/tables; md5sum [A-Z]*; stat -c '%n %s %a' [A-Z]*;"


def build_route():
    """The test module, built as a third party would."""
    folder = os.path.join(scratch, "route")
    shutil.copytree(os.path.join(HERE, "route"), folder, dirs_exist_ok=True)
    words = ["make", "-s", f"O={OUTPUT}", f"CC={os.environ.get('CC', 'gcc')}", f"M={folder}"]
    run = subprocess.run(words, cwd=TOP, capture_output=True, text=True, check=False)
    if run.returncode:
        tap.check("the test module is built", run.stderr + run.stdout)
        tap.finish()
    return os.path.join(folder, "route.ko")


def compare_with_linux(machine, route):
    """The tables byte for byte, and where interrupts arrive."""
    slots = SLOTS[machine]
    common = ["--machine", machine, *(word for slot in slots for word in ("--device", f"virtio-rng-pci,addr={slot:#x}"))]
    ask = "".join(f"d=/sys/bus/pci/devices/0000:00:{s:02x}.0; echo 1 >$d/enable; echo gsi $(cat $d/irq);" for s in slots)
    linux = vm(["--linux", *common], ["sh", "-c", TABLES + ask])
    ask = "".join(f"insmod /route.ko device={s} && rmmod route; dmesg | sed -n 's/.*route: \\(gsi [0-9]*\\).*/\\1/p' | tail -n 1;"
                  for s in slots)
    ours = vm([*common, "--add", f"{route}:/route.ko"], ["sh", "-c", TABLES + ask])
    problem = problem_of(linux) or problem_of(ours)
    split = [[[line for line in result[1].splitlines() if line.startswith("gsi") == routed] for routed in (False, True)]
             for result in (linux, ours)]
    for at, (name, least) in enumerate((("the tables are those of Linux", 10), ("interrupts arrive where Linux says", len(slots)))):
        theirs, mine = split[0][at], split[1][at]
        wrong = problem or (None if theirs == mine and len(mine) >= least else f"Linux: {theirs}\nMortise: {mine}\n{ours[2]}")
        tap.check(f"{machine}: {name}", wrong)


def routing_details(route):
    """What Linux cannot be asked: the trigger, a bus that no table speaks of, no router."""
    script = """
    say() { insmod /route.ko "$@" && rmmod route; dmesg | sed -n 's/.*route: //p' | tail -n 1; }
    say device=5 pin=1
    say bus=77 2>/dev/null
    rmmod acpi && say device=5 2>/dev/null
    modprobe acpi && say device=5 pin=1
    """
    result = vm(["--add", f"{route}:/route.ko"], ["sh", "-c", script])
    want = "gsi 22 level high\nerror -2\nerror -19\ngsi 22 level high\n"
    tap.check("trigger; unknown bus; without acpi.ko; with it again", problem_of(result, 0, want))


def with_button(options, command):
    """Runs a command in a guest, and presses the power button when it says "press now". Status, what it said behind that, console.

    It says so by the second port: on the console the kernel's lines may fall into a program's."""
    monitor, log = os.path.join(scratch, "monitor"), os.path.join(scratch, "button.log")
    with subprocess.Popen([VM, "--monitor", monitor, "--log", log, *options, "--", *command], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, bufsize=0) as run:
        if run.stdout.readline() == b"press now\n":
            Qmp(monitor).call("system_powerdown")
        output, errors = (data.decode(errors="replace") for data in run.communicate())
    with open(log, encoding="utf-8", errors="replace") as f:
        console = f.read().replace("\r", "")
    # What the kernel said in the middle of a line, with its time in front.
    return run.returncode, output, f"{errors}\n" + re.sub(r"\[ *\d+\.\d+\].*\n", "", console)


def said(path, text):
    if not os.path.exists(path):
        return False
    with open(path, encoding="utf-8", errors="replace") as f:
        return text in f.read()


def power_button():
    """A program reads the event; init powers off."""
    status, _, console = with_button([], ["sh", "-c", "echo press now; sleep 1000"])
    tap.check("the power button: the machine is off", None if status == 125 and "powered off, without the end marker" in console
              else f"status {status}, want 125\n{console}")
    said_so = "the power button was pressed"
    tap.check("the power button: init sees it", None if said_so in console else f"not said: {said_so}\n{console}")
    script = """
    for e in /sys/class/input/event*; do
        [ "$(cat $e/device/name)" = "Power Button" ] && node=/dev/input/${e##*/}
    done
    exec 3<$node
    echo press now
    dd bs=24 count=2 <&3 2>/dev/null | hexdump -v -e '24/1 "%02x" "\\n"' | cut -c33-
    """
    status, output, console = with_button(["--append", "vm.nobutton"], ["sh", "-c", script])
    # type EV_KEY, code KEY_POWER, value 1; then the end of the report
    problem = problem_of((status, output, console), 0, "0100740001000000\n0000000000000000\n")
    tap.check("the power button: a program reads the key", problem)


def power_off():
    log = os.path.join(scratch, "off.log")
    for name, words in (("with acpi.ko", []), ("without", ["--append", "module_blacklist=acpi"]),
                        ("with acpi.ko, on the older machine", ["--machine", "pc"])):
        result = vm([*words, "--shutdown", "--log", log], ["sh", "-c", "lsmod | grep -c ^acpi"])
        problem = problem_of(result, 1 if name == "without" else 0, "0\n" if name == "without" else "1\n")
        complaint = next((text for text in ("could not switch off", "did not switch off") if said(log, text)), None)
        tap.check(f"power off {name}", problem or complaint)


def reset():
    """By the register that the FADT names."""
    log = os.path.join(scratch, "reset.log")
    result = vm(["--log", log], ["sh", "-c", "reboot -f; sleep 100"])
    tap.check("restart", problem_of(result, 125) or (None if "the guest was reset" in result[2] else result[2]))


route_ko = build_route()
compare_with_linux("q35", route_ko)
compare_with_linux("pc", route_ko)
routing_details(route_ko)
power_button()
power_off()
reset()
tap.finish()
