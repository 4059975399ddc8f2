# SPDX-License-Identifier: MIT
"""Twin modules: the same source as a module of the kit and as one of Debian's Linux, for what loading costs on either.

build(KERNEL, NAME) gives the path of NAME.ko for that kernel, mortise or linux, stripped of debug information, and made anew only if
something that it is made of has changed.

"small" has a start, an end and a parameter. "twin" has 100 different imports and is 64 KiB long, within 1 %: the file is filled with
functions, each with the relocations of ordinary code (calls, strings, variables, imports), as many as fit. What Linux's build adds by
itself (unwind tables, call sites of its tracer and of its returns) takes a part of its 64 KiB, types in words a part of ours.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
OUT = os.path.abspath(os.environ.get("O", TOP))
IMPORTS, SIZE = 100, 64 << 10
LEAST = IMPORTS // 2            # functions, of two imports each

sys.path.insert(0, os.path.join(TOP, "scripts"))
from vmlib import linux  # noqa: E402  pylint: disable=wrong-import-position

FUNCTION = """
noinline int twin_{i}(int depth, const char *why)
{{
	unsigned int sum = {i};

	twin_sink = twin_import_{first}();
	for (const char *p = why; *p; p++)
		sum = (sum << 5 | sum >> 27) * {odd}u + (unsigned char)*p;
	twin_state[{i}] ^= sum;
	if (depth > {i}) {{
		twin_sink = twin_import_{second}();
		twin_sink = (void *)"twin {i}: no deeper than this";
		return twin_{a}(depth - 1, why) + 1;
	}}
	twin_state[{i}] += depth;
	return twin_state[{i}] ^ twin_{b}(depth - 2, why);
}}
"""

MAIN = """
static unsigned int depth;
module_param(depth, uint, 0444);
static int __init twin_init(void)
{
	return {work};
}
static void {exit} twin_exit(void)
{
}
module_init(twin_init);
module_exit(twin_exit);
MODULE_LICENSE("{licence}");
MODULE_DESCRIPTION("what loading costs");
"""


def functions(count):
    """The source of COUNT functions that call each other and refer to all imports."""
    lines = ["#define noinline __attribute__((noinline))", "extern void *volatile twin_sink;", "extern int twin_state[];",
             f"void *volatile twin_sink;\nint twin_state[{count}];"]
    lines += [f"int twin_{i}(int depth, const char *why);" for i in range(count)]
    lines += [FUNCTION.format(i=i, odd=2 * i + 1, a=(i * 7 + 3) % count, b=(i * 5 + 1) % count, first=2 * i % IMPORTS,
                              second=(2 * i + 1) % IMPORTS) for i in range(count)]
    return "\n".join(lines) + "\n"


def main(count, exit_mark, licence):
    """The source of the start; it calls the functions if there are any."""
    work = 'depth ? twin_0(depth, "init") : 0' if count else "(int)depth"
    text = MAIN.replace("{exit}", exit_mark).replace("{licence}", licence).replace("{work}", work)
    return ("int twin_0(int depth, const char *why);\n" if count else "") + text


def spread(names):
    """IMPORTS of the names, evenly."""
    names = sorted(names)
    if len(names) < IMPORTS:
        raise RuntimeError(f"only {len(names)} symbols to import")
    return [names[i * len(names) // IMPORTS] for i in range(IMPORTS)]


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="ascii") as f:
        f.write(text)


def make(*words):
    keep = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "M")}
    done = subprocess.run(["make", "-s", *words], capture_output=True, text=True, check=False, env=keep)
    if done.returncode:
        raise RuntimeError(f"make {' '.join(words)}:\n{done.stdout}{done.stderr}")


class Mortise:
    """The kit's side: functions of the kit that the image has, of stable headers first, and the headers that declare them."""

    name = "mortise"

    def __init__(self):
        self.symvers = os.path.join(OUT, "Module.symvers")
        with open(self.symvers, encoding="ascii") as f:
            fields = [line.split("\t") for line in f]
        there = {f[1] for f in fields if f[2] == "vmlinux" and f[3] == "EXPORT_KIT"}
        self.header_of, drafts = {}, []
        for header in sorted(os.listdir(os.path.join(TOP, "include/kit"))):
            with open(os.path.join(TOP, "include/kit", header), encoding="utf-8") as f:
                text = f.read()
            names = [n for n in re.findall(r"\bKIT_SYMBOL\((\w+)\)", text) if f"kit_{n}" in there]
            self.header_of.update((name, header) for name in names)
            if not re.search(r"^KIT_HEADER\w*\(\w+, 0\);", text, re.M):
                drafts += names
        self.header_of = {n: h for n, h in sorted(self.header_of.items(), key=lambda pair: (pair[0] in drafts, pair[1]))}

    def imports(self):
        return spread(list(self.header_of)[:IMPORTS])

    def source(self, folder, name, count):
        headers = {"errno.h", "module.h", "param.h"} | ({self.header_of[n] for n in self.imports()} if count else set())
        includes = "".join(f"#include <kit/{n}>\n" for n in sorted(headers))
        write(folder, name + ".c", includes + main(count, "", "MIT") + (self.bodies() + functions(count) if count else ""))
        write(folder, "Makefile", f"obj-m := {name}.o\n")

    def bodies(self):
        return "".join(f"#define twin_import_{i}() ((void *){name})\n" for i, name in enumerate(self.imports()))

    def compile(self, folder):
        make("-C", TOP, *([f"O={OUT}"] if OUT != TOP else []), f"M={folder}")


class Linux(Mortise):
    """Linux's side: symbols of its image, without their prototypes, which 100 headers would have to be included for."""

    name = "linux"

    def __init__(self):
        self.headers = linux.headers("cloud")
        self.symvers = os.path.join(self.headers.objects, "Module.symvers")

    def imports(self):
        with open(self.symvers, encoding="ascii") as f:
            fields = [line.rstrip("\n").split("\t") for line in f]
        return spread(f[1] for f in fields if f[2] == "vmlinux" and not "".join(f[4:]) and 6 <= len(f[1]) <= 24 and not f[1].startswith("_"))

    def source(self, folder, name, count):
        write(folder, "start.c", "#include <linux/module.h>\n" + main(count, "__exit", "GPL"))
        declared = "".join(f"extern char {symbol}[];\n" for symbol in self.imports())
        write(folder, "work.c", declared + self.bodies() + functions(count) if count else "")
        write(folder, "Makefile", f"obj-m := {name}.o\n{name}-y := start.o work.o\nccflags-y := -Wno-builtin-declaration-mismatch\n")

    def compile(self, folder):
        make("-C", self.headers.source, f"O={self.headers.objects}", f"M={folder}", "modules")


def attempt(side, folder, name, count):
    """Builds it with COUNT functions; the size of the file."""
    path = os.path.join(folder, name + ".ko")
    side.source(folder, name, count)
    if os.path.exists(path):
        os.unlink(path)
    side.compile(folder)
    subprocess.run(["strip", "--strip-debug", path], check=True)
    return os.path.getsize(path)


def fill(side, folder, name):
    """With as many functions as SIZE wants: the size grows with their number nearly in a line."""
    sizes = {n: attempt(side, folder, name, n) for n in (LEAST, 2 * LEAST)}
    each = (sizes[2 * LEAST] - sizes[LEAST]) / LEAST
    count = 2 * LEAST
    for _ in range(6):
        error = SIZE - sizes[count]
        if abs(error) <= SIZE // 100 and count >= LEAST:
            return
        count += round(error / each)
        sizes[count] = attempt(side, folder, name, count)
    raise RuntimeError(f"{side.name}: no twin of {SIZE} bytes with {IMPORTS} imports: {sizes}")


def identity(side):
    digest = hashlib.sha256()
    for path in (os.path.abspath(__file__), side.symvers):
        with open(path, "rb") as f:
            digest.update(f.read())
    return digest.hexdigest()


@contextlib.contextmanager
def locked():
    """One at a time builds in .bench: several suites use what lies there, two at a time."""
    folder = os.path.join(OUT, ".bench")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, ".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(kernel, name):
    with locked():
        return build_locked(kernel, name)


def build_locked(kernel, name):
    side = Linux() if kernel == "linux" else Mortise()
    folder = os.path.join(OUT, ".bench", f"{name}-{kernel}")
    path, stamp = os.path.join(folder, name + ".ko"), os.path.join(folder, "identity")
    wanted = identity(side)
    if os.path.exists(path) and os.path.exists(stamp):
        with open(stamp, encoding="ascii") as f:
            if f.read() == wanted:
                return path
    os.makedirs(folder, exist_ok=True)
    if name == "twin":
        fill(side, folder, name)
    else:
        attempt(side, folder, name, 0)
    write(folder, "identity", wanted)
    return path


def relocations(path):
    """How many the loader applies: those of sections that are loaded."""
    text = subprocess.run(["readelf", "-SW", path], check=True, capture_output=True, text=True).stdout
    rows = [line.replace("[ ", "[").split() for line in text.splitlines() if " RELA " in line]
    return sum(int(row[5], 16) // 24 for row in rows if ".debug" not in row[1])


if __name__ == "__main__":
    for kernel in sys.argv[1:] or ("mortise", "linux"):
        made = build(kernel, "twin")
        print(f"{made}: {os.path.getsize(made)} bytes, {relocations(made)} relocations")
