#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Types the driver book.

Blocks of Documentation/driver-book.md in their order: "```LANGUAGE file=PATH" is written to that file below the book's folder, "```sh" is run by a shell that stops at the
first error, in the folder and with the exported variables that the block before left. A line "# => TEXT" wants TEXT in what the block printed. /tmp/book stands for
an empty folder of the test. With an argument, that book is typed in place of ours."""

import contextlib
import fcntl
import os
import re
import shlex
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", flags=re.S | re.M)
CHAPTER = re.compile(r"^## (.*)$", flags=re.M)


@contextlib.contextmanager
def alone_with_package(build):
    """The suite kit-package, which may run beside this one, makes the package in the same place, and takes it away first."""
    folder = os.path.join(build, ".test")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "kit-package.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Book:
    """Where the reader stands."""

    def __init__(self, folder):
        self.folder, self.state = folder, os.path.join(folder, ".state")
        self.nr = self.failed = 0
        with open(self.state, "w", encoding="utf-8") as f:
            f.write(f"cd {shlex.quote(os.getcwd())}\n")

    def result(self, ok, name, output):
        self.nr += 1
        self.failed += not ok
        print(f"{'' if ok else 'not '}ok {self.nr} {name}", flush=True)
        for line in [] if ok else output.splitlines()[-30:]:
            print("#", line)

    def write(self, path, text):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def type(self, chapter, commands):
        commands = commands.replace("/tmp/book", self.folder)
        build = os.environ.get("O", os.getcwd())
        if os.path.realpath(build) != os.getcwd():
            commands = commands.replace("make -s vmlinux", f"make -s O={build} vmlinux").replace("tar xf ", f"tar xf {build}/")
        wanted = re.findall(r"^# => (.*)$", commands, flags=re.M)
        script = (f"set -e\n. {self.state}\n{commands}\n"
                  f"{{ export -p; printf 'cd %q\\n' \"$PWD\"; }} >{self.state}.new\n")
        with alone_with_package(build) if "kit-package" in commands else contextlib.nullcontext():
            done = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                                  stdin=subprocess.DEVNULL)
        missing = [text for text in wanted if text not in done.stdout]
        ok = done.returncode == 0 and not missing
        first = next(line for line in commands.splitlines() if line.strip())
        self.result(ok, f"{chapter}: {first[:70].replace('#', '')}", done.stdout + f"\nstatus {done.returncode}, not printed: {missing}")
        if done.returncode == 0:
            os.replace(self.state + ".new", self.state)
        return ok


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "Documentation/driver-book.md"
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for variable in ("CC", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"):
        os.environ.pop(variable, None)
    with tempfile.TemporaryDirectory(dir=os.environ.get("SCRATCH")) as folder:
        book = Book(folder)
        for match in BLOCK.finditer(text):
            chapter = [m[1] for m in CHAPTER.finditer(text, 0, match.start())][-1]
            if match[2]:
                book.write(match[2], match[3])
            elif match[1] == "sh" and not book.type(chapter, match[3]):
                break           # what follows stands on it
    print(f"1..{book.nr}")
    return 1 if book.failed or not book.nr else 0


sys.exit(main())
