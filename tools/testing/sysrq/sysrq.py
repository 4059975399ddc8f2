#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A guest's shell on a terminal, at which a person presses keys: Ctrl-A B is scripts/vm's break, Alt+SysRq comes from QEMU's keyboard."""

import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../boot"))
from guest import VM, Qmp, Tap, configured  # noqa: E402

LIMIT = 120             # seconds in which the next words must come
BREAK = "\x01b"
tap = Tap()
scratch = os.environ.get("SCRATCH") or tempfile.mkdtemp(prefix="mortise-sysrq-")


class Silent(Exception):
    """What was waited for did not come."""


class Shell:
    def __init__(self, name, *options):
        self.monitor_path = os.path.join(scratch, f"{name}.monitor")
        master, slave = pty.openpty()
        words = [VM, "--monitor", self.monitor_path, "--log", os.path.join(scratch, f"{name}.log"), *options]
        self.process = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        self.master = master
        self.text = ""
        self.monitor = Qmp(self.monitor_path, LIMIT)
        self.type("PS1='$ '; echo 1 >/proc/sys/kernel/sysrq; echo up$((1 + 1))\r")
        self.expect("up2")

    def type(self, keys):
        os.write(self.master, keys.encode())

    def expect(self, pattern):
        """Waits for PATTERN, and drops what came up to its end. Returns all of that."""
        while True:
            found = re.search(pattern, self.text, re.MULTILINE)
            if found:
                before, self.text = self.text[:found.end()], self.text[found.end():]
                return before
            if not select.select([self.master], [], [], LIMIT)[0]:
                raise Silent(f"not said: {pattern}\n{self.text}")
            try:
                self.text += os.read(self.master, 65536).decode(errors="replace").replace("\r", "")
            except OSError:
                raise Silent(f"it ended without: {pattern}\n{self.text}") from None

    def run(self, command):
        """Its output, with whatever the kernel says meanwhile."""
        self.type(f"{command}; echo end$((1 + 1))\r")
        return self.expect(r"end2$")

    def keys(self, *names):
        self.monitor.call("send-key", keys=[{"type": "qcode", "data": name} for name in names])

    def end(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


def check(name, what, *arguments):
    try:
        tap.check(name, what(*arguments))
    except Silent as silent:
        tap.check(name, silent)


def by_proc(shell):
    shell.type("echo 8 >/proc/sysrq-trigger\r")     # all that follows is shown
    shell.expect(r"Loglevel set to 8")
    shell.type("echo h >/proc/sysrq-trigger\r")
    shell.expect(r"sysrq: HELP : ?loglevel\(0-9\) reboot\(b\) crash\(c\).* terminate-all-tasks\(e\) .*sync\(s\) .*show-blocked-tasks\(w\)")
    for letter, title, words in (("m", "Show Memory", r"Mem-Info:"), ("p", "Show Regs", ""),
                                 ("s", "Emergency Sync", r"Emergency Sync complete"), ("w", "Show Blocked State", ""),
                                 ("l", "Show backtrace of all active CPUs", r"[Cc]all [Tt]race:"), ("t", "Show State", r"task:init +state:S.* pid:1 ")):
        shell.type(f"echo {letter} >/proc/sysrq-trigger\r")
        shell.expect(f"sysrq: {title}")
        shell.expect(words)
    shell.run(":")


def by_serial(shell):
    shell.type(BREAK + "t")
    shell.expect(r"sysrq: Show State")
    shell.expect(r"task:init +state:S.* pid:1 ")
    shell.expect(r"poll")                           # among init's calls or a shell's
    # The letter was the kernel's: the shell has not seen it.
    shell.run(":")
    return "command not found" in shell.text and shell.text


def by_keyboard(shell):
    shell.keys("alt", "sysrq", "m")
    shell.expect(r"sysrq: Show Memory")
    shell.expect(r"Mem-Info:")
    shell.keys("alt", "sysrq", "5")                 # again: the keys were let go in between
    shell.expect(r"Loglevel set to 5")
    shell.run("echo 8 >/proc/sysrq-trigger")


def masked(shell):
    shell.run("echo 2 >/proc/sys/kernel/sysrq")
    shell.type(BREAK + "m")
    shell.expect(r"sysrq: This sysrq operation is disabled\.")
    shell.type(BREAK + "8")
    shell.expect(r"Loglevel set to 8")
    shell.type("echo m >/proc/sysrq-trigger\r")     # root may anyway
    shell.expect(r"sysrq: Show Memory")
    shell.run("echo 1 >/proc/sys/kernel/sysrq")


def waits(shell):
    """/proc/PID/wchan and stack: of one that sleeps, and who may not look."""
    shell.run("sleep 1000 & sleeper=$!; until grep -q '^State:.S' /proc/$sleeper/status; do usleep 10000; done")
    shell.type("cat /proc/$sleeper/wchan; echo .\r")
    shell.expect(r"^\w*(sleep|nanosleep)\w*\.$")
    shell.type("cat /proc/$sleeper/stack\r")
    shell.expect(r"^\[<0>\] \w*nanosleep\+0x[0-9a-f]+/0x[0-9a-f]+")
    shell.type("cat /proc/self/wchan; echo .\r")
    shell.expect(r"^0\.$")
    shell.run("kill $sleeper")


def unexpected_nmi(shell, words):
    shell.run("echo 0 >/proc/sys/kernel/unknown_nmi_panic")
    shell.monitor.call("inject-nmi")
    shell.expect(words)                             # without anybody printing something else
    shell.run("echo alive")
    shell.run("echo 1 >/proc/sys/kernel/unknown_nmi_panic")
    shell.monitor.call("inject-nmi")
    shell.expect(r"Kernel panic - not syncing: NMI: Not continuing")


def all_of(name, nmi, *options):
    try:
        shell = Shell(name, *options)
    except (Silent, OSError) as problem:
        tap.check(f"{name}: a shell", problem)
        return
    check(f"{name}: /proc/sysrq-trigger", by_proc, shell)
    check(f"{name}: a break and a letter on the serial console", by_serial, shell)
    check(f"{name}: Alt+SysRq and a letter", by_keyboard, shell)
    check(f"{name}: kernel.sysrq", masked, shell)
    check(f"{name}: where a thread waits: /proc/PID/wchan, stack", waits, shell)
    check(f"{name}: an NMI that nobody expects", unexpected_nmi, shell, nmi)
    shell.end()


all_of("Linux", r"NMI received for unknown reason", "--linux")
all_of("here", r"NMI for no known reason on CPU 0")
tap.finish()
