# SPDX-License-Identifier: MIT
"""A person at the guest's serial console."""

import os
import sys
import termios
import time
import tty

ESCAPE = b"\x01"        # Ctrl-A, as QEMU's own


def parameters():
    """What the guest's init should know of this terminal."""
    words = []
    if sys.stdout.isatty():
        size = os.get_terminal_size(sys.stdout.fileno())
        if size.lines and size.columns:
            words.append(f"vm.winsize={size.lines}x{size.columns}")
        words.append(f"vm.term={os.environ.get('TERM', 'vt102')}")
    return words


def show(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


class Keyboard:
    """Passes keys on; Ctrl-A X ends the guest, Ctrl-A B sends a break (SysRq), Ctrl-A Ctrl-A (or A) one Ctrl-A."""

    def __init__(self, vm):
        self.vm = vm
        self.escaped = False
        self.finished = False
        self.at_end = False

    def read(self):
        data = os.read(sys.stdin.fileno(), 4096)
        if not data:
            self.at_end = True
        for byte in data:
            key = bytes([byte])
            if self.escaped:
                self.escaped = False
                if key in b"xX":
                    self.finished = True
                elif key in b"bB":
                    self.vm.send_break()
                elif key in b"aA" + ESCAPE:
                    self.vm.type(ESCAPE)
            elif key == ESCAPE and sys.stdin.isatty():
                self.escaped = True
            else:
                self.vm.type(key)


def run(vm, timeout):
    """Until the guest ends or the person has had enough. Returns what there is to say, or None."""
    keyboard = Keyboard(vm)
    saved = None
    if sys.stdin.isatty():
        saved = termios.tcgetattr(sys.stdin)
        tty.setraw(sys.stdin)
    deadline = time.monotonic() + timeout if timeout else None
    try:
        watching = False
        while not keyboard.finished:
            if not vm.step(0.25):
                return {"guest-reset": "the guest was reset"}.get(vm.shutdown_reason)
            # Before user space nobody reads what a pipe would push into the port.
            if not watching and (saved or vm.user_space_after is not None):
                vm.watch(sys.stdin, keyboard.read)
                watching = True
            if keyboard.at_end and watching:
                vm.unwatch(sys.stdin)
                keyboard.at_end = False
            if deadline and time.monotonic() > deadline:
                return f"time limit of {timeout:g} s reached"
        return None
    finally:
        if saved:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, saved)
