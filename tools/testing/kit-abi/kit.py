# SPDX-License-Identifier: MIT
"""What the tests of the kit share: TAP, copies of the kit's headers with edits, and modules built by hand against them."""

import os
import re
import shlex
import shutil
import subprocess

TOP = os.getcwd()
O = os.environ["O"]
CC = os.environ.get("CC") or "gcc"
OTHER = "gcc" if CC == "clang" else "clang"
SCRATCH = os.environ["SCRATCH"]
KITSYMS = os.path.join(O, "scripts/bin/kitsyms")
KITPOST = os.path.join(O, "scripts/bin/kitpost")
MODPOST = os.path.join(O, "scripts/bin/modpost")


class Tap:
    """Counts and prints."""

    def __init__(self):
        self.count = self.failed = 0

    def result(self, name, good, why=""):
        self.count += 1
        self.failed += not good
        print(f"{'' if good else 'not '}ok {self.count} {name}", flush=True)
        if not good:
            for line in why.splitlines()[-30:]:
                print("# " + line)
        return good

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} {name} # SKIP {reason}", flush=True)

    def check(self, name, *command, **more):
        status, output = run(*command, **more)
        return self.result(name, status == 0, output)

    def finish(self):
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed else 0


def run(*command, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          check=False, **more)
    return done.returncode, done.stdout


def must(*command, **more):
    status, output = run(*command, **more)
    if status:
        raise RuntimeError(f"{shlex.join(command)}\n{output}")
    return output


def clean_environment():
    """A make that called us must not reach into the makes that we call."""
    return {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "O", "CC")}


def flags_of(build):
    """How that build compiles modules: compiler and flags, without folders and warnings."""
    with open(os.path.join(build, "include/generated/kit-types/.unit.o.cmd"), encoding="utf-8") as f:
        line = next(line for line in f if line.startswith("saved-"))
    words = shlex.split(line.partition(":=")[2])
    drop_next, flags = False, []
    for word in words:
        if drop_next:
            drop_next = False
        elif word in ("-MF", "-o"):
            drop_next = True
        elif not word.startswith(("-I", "-MD", "-ffile-prefix-map", "-W")) and not word.endswith(".c") and word != "-c":
            flags.append(word)
    return flags


class Root:
    """A copy of the kit's headers, to be edited."""

    def __init__(self, name):
        self.path = os.path.join(SCRATCH, "roots", name)
        shutil.rmtree(self.path, ignore_errors=True)
        os.makedirs(self.path)
        shutil.copytree("include/kit", os.path.join(self.path, "kit"))
        os.symlink(os.path.join(TOP, "include/uapi"), os.path.join(self.path, "uapi"))
        self.units = {}

    def edit(self, header, pattern, replacement):
        """Regular expression over one header, or over all with "*"; it must fit somewhere."""
        self.units = {}
        headers = os.listdir(os.path.join(self.path, "kit")) if header == "*" else [header + ".h"]
        fitted = 0
        for name in headers:
            path = os.path.join(self.path, "kit", name)
            with open(path, encoding="utf-8") as f:
                text = f.read()
            text, n = re.subn(pattern, replacement, text, flags=re.M)
            fitted += n
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        if not fitted:
            raise RuntimeError(f"kit/{header}.h: nothing fits {pattern!r}: the edit has to follow the header")

    def headers(self):
        folder = os.path.join(self.path, "kit")
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]

    def unit(self, compiler):
        """The unit of all headers, compiled; its path."""
        if compiler.name not in self.units:
            base = os.path.join(self.path, "unit-" + compiler.name)
            must(KITSYMS, "--unit", base + ".c", *self.headers())
            compiler.compile(self, base + ".c", base + ".o")
            self.units[compiler.name] = base + ".o"
        return self.units[compiler.name]


class Compiler:
    """One of gcc and clang with the flags of a build."""

    def __init__(self, name, build):
        self.name = name
        self.build = build
        self.flags = flags_of(build)

    def compile(self, root, source, to, *more):
        must(*self.flags, "-w", f"-I{root.path}", f"-I{TOP}", f"-ffile-prefix-map={SCRATCH}=.", *more, "-c", "-o", to, source)


def symvers(root, compiler, kernel_symvers):
    """The symvers that a kit with these headers would have: the kernel's lines with these headers' checksums."""
    types = os.path.join(root.path, "symtypes")
    must(KITSYMS, "--types", root.unit(compiler), types)
    versions = {}
    with open(types, encoding="utf-8") as f:
        for line in f:
            symbol, version, crc, *_ = line.split("\t")
            if crc != "-":
                versions.setdefault(symbol, []).append((version, crc))
    path = os.path.join(root.path, "Module.symvers")
    with open(kernel_symvers, encoding="utf-8") as f, open(path, "w", encoding="utf-8") as to:
        for line in f:
            fields = line.rstrip("\n").split("\t")
            known = versions.pop(fields[1], None)
            if known:
                fields[0] = known[0][1]
                fields[6] = ",".join(":".join(pair) for pair in known)
            if known or fields[6] == "-":
                to.write("\t".join(fields) + "\n")
    # What is new stands there too, as if the kernel had it.
    with open(path, "a", encoding="utf-8") as to:
        for symbol, known in versions.items():
            to.write(f"{known[-1][1]}\t{symbol}\tvmlinux\tEXPORT_KIT\t0.1\t-\t{','.join(':'.join(pair) for pair in known)}\n")
    return path


def build_module(root, compiler, source, name, known):
    """NAME.ko below the root's folder from one source, by the steps of the build; its path. known: a symvers file."""
    folder = os.path.join(root.path, compiler.name)
    os.makedirs(folder, exist_ok=True)
    base = os.path.join(folder, name)
    compiler.compile(root, source, base + ".o")
    if os.path.exists(KITPOST):
        must(KITPOST, "--units", known, base + ".o")
        compiler.compile(root, base + ".types.c", base + ".types.o")
        must(KITPOST, "--modules", known, base + ".symvers", base + ".o")
    else:
        must(MODPOST, "--modules", known, base + ".symvers", base + ".o")
    compiler.compile(root, base + ".mod.c", base + ".mod.o")
    must("ld", "-r", "--build-id=sha1", "-T", "scripts/module.ld", "-o", base + ".ko", base + ".o", base + ".mod.o")
    must("strip", "--strip-debug", base + ".ko")
    return base + ".ko"


def other_build():
    """A kernel made with the other compiler: the folder that test-configs uses too. Its path."""
    folder = os.path.join(O, ".configs", f"defconfig-{OTHER}")
    os.makedirs(folder, exist_ok=True)
    make = ["make", "-s", f"O={folder}", f"CC={OTHER}"]
    must(*make, "defconfig", env=clean_environment())
    must(*make, "vmlinux", "modules", env=clean_environment())
    return folder
