# SPDX-License-Identifier: MIT
"""What the boot tests share: running scripts/vm, TAP, QMP."""

import json
import os
import socket
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
VM = os.path.join(TOP, "scripts/vm")


def configured(*options):
    """Whether the kernel under test has one of these options."""
    with open(os.path.join(os.environ.get("O", TOP), ".config"), encoding="utf-8") as f:
        return not {f"CONFIG_{option}=y\n" for option in options}.isdisjoint(f)


class Tap:
    """Prints one line for each test and the plan at the end."""

    def __init__(self):
        self.count = self.failed = 0

    def check(self, name, problem):
        """PROBLEM is None or "" when the test passed, else what is wrong."""
        self.count += 1
        if problem:
            self.failed += 1
            for line in str(problem).splitlines()[-40:]:
                print("# " + line)
        print(f"{'not ok' if problem else 'ok'} {self.count} - {name}", flush=True)

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def finish(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


def vm(options, command=None, timeout=240, crashes=False):
    """Run scripts/vm to its end. Returns (status, standard output, standard error). crashes: the kernel is to panic."""
    words = [VM, "--timeout", str(timeout), *options]
    if command:
        words += ["--", *command]
    env = os.environ | ({"VM_CRASHES": "expected"} if crashes else {})
    run = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False, env=env)
    return run.returncode, run.stdout, run.stderr


def problem_of(result, want_status=0, want_output=None):
    """What is wrong with a result of vm(), or None."""
    status, output, errors = result
    if status != want_status:
        return f"{errors}\n{output}\nstatus {status}, want {want_status}"
    if want_output is not None and output != want_output:
        return f"output {output!r}, want {want_output!r}"
    return None


class Qmp:
    """A QEMU monitor behind a UNIX socket."""

    def __init__(self, path, seconds=30):
        end = time.monotonic() + seconds
        self.sock = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.sock.connect(path)
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
        self.file = self.sock.makefile("rw", encoding="utf-8")
        json.loads(self.file.readline())
        self.call("qmp_capabilities")

    def call(self, name, **arguments):
        self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if "return" in answer or "error" in answer:
                return answer

    def type(self, text, await_releases):
        """Press the keys of a US keyboard that give TEXT. await_releases(N) waits until the guest has seen N keys let go, and says
        whether it has: the controller keeps 16 bytes, a key makes 3, and what a guest that is not run does not take is lost."""
        for character in text:
            keys = keys_for(character)
            self.call("send-key", **{"keys": [{"type": "qcode", "data": key} for key in keys], "hold-time": 20})
            if not await_releases(len(keys)):
                return


NAMED = {" ": "spc", "\n": "ret", "-": "minus", "=": "equal", "[": "bracket_left", "]": "bracket_right",
         ";": "semicolon", "'": "apostrophe", "`": "grave_accent", "\\": "backslash", ",": "comma", ".": "dot",
         "/": "slash", "\t": "tab", "\b": "backspace"}
SHIFTED = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./"))


def keys_for(character):
    if character in SHIFTED:
        return ["shift", *keys_for(SHIFTED[character])]
    if character.isupper():
        return ["shift", character.lower()]
    if ord(character) < 27 and character not in NAMED:
        return ["ctrl", chr(ord(character) + 96)]
    return [NAMED.get(character, character)]
