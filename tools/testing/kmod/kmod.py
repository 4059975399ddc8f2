# SPDX-License-Identifier: MIT
"""Debian's kmod on Mortise beside Linux.

The modules of modules/ are built for both kernels, the same damaged files are made of each (damage.py), and cases.sh runs in a guest of each
with the same user land. What the tools print and return must be the same, but for what normalise() takes out and what differences.py
declares, with its reason. Both outputs come from this run.

    tools/testing/kmod/kmod.py            TAP
    KMOD_SHOW=1 tools/testing/kmod/kmod.py    also both outputs of every case
"""

import difflib
import hashlib
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = "tools/testing/kmod"
sys.path[:0] = ["scripts", HERE]

from damage import damage  # noqa: E402
from differences import DIFFERENCES  # noqa: E402
from vmlib import cache, linux  # noqa: E402

O, CC, SCRATCH, TOP = os.environ["O"], os.environ.get("CC") or "gcc", os.environ["SCRATCH"], os.getcwd()
SOURCES = os.path.join(HERE, "modules")
COMMAND_LINE = "modprobe.blacklist=km_listed module_blacklist=km_absent,km_blocked km_params.number=77 km_params.text=boot"


def must(*command, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}".replace("\n", "\n# "))


def environment():
    """A make that called us must not reach into the makes that we call."""
    return {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "O", "CC")}


def copy_sources(to):
    os.makedirs(to, exist_ok=True)
    for name in os.listdir(SOURCES):
        shutil.copy(os.path.join(SOURCES, name), to)


def build_ours(folder):
    copy_sources(folder)
    where = [] if O == TOP else [f"O={O}"]
    must("make", "-s", *where, f"CC={CC}", f"M={folder}", env=environment())


def build_for_linux(folder):
    """The same sources with Linux's headers. What they give is kept as long as neither changes."""
    headers = linux.headers("cloud")
    key = hashlib.sha256(headers.objects.encode())
    for name in sorted(os.listdir(SOURCES)):
        with open(os.path.join(SOURCES, name), "rb") as f:
            key.update(name.encode() + b"\0" + f.read())

    def make(path):
        copy_sources(path)
        must("make", "-s", "-C", headers.source, f"O={headers.objects}", f"M={path}", env=environment())

    kept = cache.get(f"kmod-modules-{key.hexdigest()[:16]}", make)
    os.makedirs(folder)
    for name in os.listdir(kept):
        if name.endswith(".ko"):
            shutil.copy(os.path.join(kept, name), folder)


def write_index(folder):
    """What modules_install puts beside modules: one that is part of the kernel, and no order."""
    os.makedirs(folder)
    files = {"modules.order": b"", "modules.builtin": b"kernel/km/km_builtin.ko\n", "builtin": b"km_builtin\n",
             "modules.builtin.modinfo": b"".join(b"km_builtin." + line + b"\0" for line in
                                                 (b"license=GPL", b"file=km/km_builtin", b"description=Part of the kernel"))}
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(content)


def guest_folder(side, build, vermagic):
    """All that the guest gets, below /kmod."""
    folder = os.path.join(SCRATCH, side, "kmod")
    built = os.path.join(SCRATCH, side, "built")
    build(built)
    os.makedirs(os.path.join(folder, "modules"))
    for name in os.listdir(built):
        if name.endswith(".ko"):
            must("strip", "--strip-debug", "-o", os.path.join(folder, "modules", name), os.path.join(built, name))
    damage(os.path.join(folder, "modules"), os.path.join(folder, "bad"), vermagic)
    write_index(os.path.join(folder, "index"))
    shutil.copy(os.path.join(HERE, "cases.sh"), folder)
    shutil.copy(os.path.join(SCRATCH, "calls"), folder)
    return folder


def start_guest(side, folder):
    options = ["--linux=cloud"] if side == "linux" else []
    log = open(os.path.join(SCRATCH, side, "errors"), "w", encoding="utf-8")
    return subprocess.Popen(["scripts/vm", *options, "--timeout", "900", "--log", os.path.join(SCRATCH, side, "console"), "--append", COMMAND_LINE,
                             "--add", f"{folder}:/kmod", "--", "sh", "/kmod/cases.sh"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, errors="replace")


def cases_of(output):
    """{name: (words, text)} in order."""
    cases, name = {}, None
    for line in output.splitlines():
        if line.startswith("== "):
            name = line[3:]
            if name in cases:
                sys.exit(f"two cases are called {name}")
            cases[name] = ["", []]
        elif line.startswith("? ") and not cases[name][1]:
            cases[name][0] = line[2:]
        elif name:
            cases[name][1].append(line)
    return {name: (words, "\n".join(lines)) for name, (words, lines) in cases.items()}


def release_of(output):
    match = re.search(r"^release (\S+)$", output, re.M)
    return match[1] if match else "?"


def normalise(text, release):
    """What must differ: the kernel's release, addresses, sizes of modules, the flags of taint behind /proc/modules' address."""
    text = text.replace(release, "RELEASE")
    text = re.sub(r"\b0x[0-9a-f]{16}\b", "ADDRESS", text)
    text = re.sub(r"^(km_\w+ +)\d+( +\d+)", r"\1SIZE\2", text, flags=re.M)      # lsmod, /proc/modules
    text = re.sub(r"^(km_\w+) +(SIZE) +", r"\1 \2 ", text, flags=re.M)
    text = re.sub(r"\(OE\)$|^OE$", lambda m: m[0].replace("E", ""), text, flags=re.M)     # E: signing is off here unless it is asked for
    text = re.sub(r"\b0x[0-9a-f]{8}(\s+km_base_value)", r"CRC\1", text)          # its type's checksum is made otherwise
    return text


def compare(tap, name, ours, theirs):
    words, our_text = ours
    _, their_text = theirs
    declared = DIFFERENCES.get(name)
    if words and words not in their_text:
        return tap(name, False, f"Linux does not say {words!r} here, so the case tests something else:\n{their_text}")
    if declared:
        reason, wanted = declared
        same = our_text == their_text
        good = not same and (wanted(our_text, their_text) if callable(wanted) else our_text.strip() == wanted.strip())
        why = "is the same by now: take it out of differences.py" if same else f"differs otherwise than declared ({reason})"
        return tap(f"{name} # differs: {reason}".replace(" # ", " - "), good, f"{why}\nMortise:\n{our_text}\nLinux:\n{their_text}")
    lines = difflib.unified_diff(their_text.splitlines(), our_text.splitlines(), "Linux", "Mortise", lineterm="", n=2)
    return tap(name, our_text == their_text, "\n".join(lines))


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def __call__(self, name, good, why=""):
        self.count += 1
        self.failed += not good
        print(f"{'' if good else 'not '}ok {self.count} {name}", flush=True)
        if not good:
            print("\n".join("# " + line for line in why.splitlines()[-40:]))


def main():
    tap = Tap()
    must("gcc", "-static", "-O1", "-Wall", "-Werror", "-o", os.path.join(SCRATCH, "calls"), os.path.join(HERE, "calls.c"))
    folders = {"ours": guest_folder("ours", build_ours, (b"x86_64", b"x86_65")),
               "linux": guest_folder("linux", build_for_linux, (b"SMP preempt", b"UMP preempt"))}
    guests = {side: start_guest(side, folder) for side, folder in folders.items()}
    outputs = {side: guest.communicate()[0] for side, guest in guests.items()}
    cases = {}
    for side, output in outputs.items():
        with open(os.path.join(SCRATCH, side, "output"), "w", encoding="utf-8") as f:
            f.write(output)
        cases[side] = cases_of(normalise(output, release_of(output)))
        complete = "end" in cases[side]
        if not complete:
            with open(os.path.join(SCRATCH, side, "errors"), encoding="utf-8", errors="replace") as f:
                output += f.read()
        tap(f"all cases run on {'Linux' if side == 'linux' else 'Mortise'}", complete and guests[side].returncode == 0, output[-3000:])
    for name, ours in cases["ours"].items():
        if name in cases["linux"] and name != "end":
            compare(tap, name, ours, cases["linux"][name])
    unknown = sorted(set(DIFFERENCES) - set(cases["ours"]))
    tap("every declared difference has its case", not unknown, ", ".join(unknown))
    print(f"1..{tap.count}")
    return 1 if tap.failed else 0


sys.exit(main())
