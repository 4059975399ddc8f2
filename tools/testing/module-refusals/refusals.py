# SPDX-License-Identifier: MIT
"""Modules that must be refused, made of good ones by one change each: the errno and the words of each refusal.

The order of the checks (the kit's list: file, signature, kit, symbols, tables, relocations) is tested by modules with
two faults: the earlier one must be named.
"""

import errno
import os
import re
import shutil
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
OUT = os.path.abspath(os.environ.get("O", TOP))
SCRATCH = os.environ.get("SCRATCH") or "/tmp/module-refusals"
sys.path.insert(0, os.path.join(TOP, "tools/testing/boot"))
from guest import Tap, configured  # noqa: E402  pylint: disable=wrong-import-position

R_X86_64_32S, R_X86_64_64 = 11, 1


class Module:
    """The bytes of a module, and its sections by name."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = bytearray(f.read())
        self.table, = struct.unpack_from("<Q", self.data, 40)
        self.count, self.names_index = struct.unpack_from("<HH", self.data, 60)

    def header(self, index):
        return self.table + 64 * index

    def index(self, name):
        names, = struct.unpack_from("<Q", self.data, self.header(self.names_index) + 24)
        for i in range(self.count):
            at = names + struct.unpack_from("<I", self.data, self.header(i))[0]
            if self.data[at:self.data.index(0, at)] == name.encode():
                return i
        raise KeyError(name)

    def place(self, name):
        """Where a section is, and its size."""
        return struct.unpack_from("<QQ", self.data, self.header(self.index(name)) + 24)

    def content(self, name):
        at, size = self.place(name)
        return bytes(self.data[at:at + size])

    def put(self, at, layout, *values):
        struct.pack_into(layout, self.data, at, *values)

    def replace(self, name, content):
        """Another content, at the end of the file."""
        self.data += b"\0" * (-len(self.data) % 64)
        self.put(self.header(self.index(name)) + 24, "<QQ", len(self.data), len(content))
        self.data += content

    def text(self, old, new, section=".modinfo"):
        content = self.content(section)
        if old.encode() not in content:
            raise ValueError(f"no {old!r} in {section}")
        self.replace(section, content.replace(old.encode(), new.encode()))

    def field(self, text):
        self.replace(".modinfo", self.content(".modinfo") + text.encode() + b"\0")

    def symbol(self, name):
        """Where the entry of a symbol is."""
        at, size = self.place(".symtab")
        names = self.content(".strtab")
        for entry in range(at, at + size, 24):
            start, = struct.unpack_from("<I", self.data, entry)
            if names[start:names.index(0, start)] == name.encode():
                return entry
        raise KeyError(name)

    def rename_symbol(self, old, new):
        entry, names = self.symbol(old), self.content(".strtab")
        self.replace(".strtab", names + new.encode() + b"\0")
        self.put(entry, "<I", len(names))

    def replace_at(self, symbol, old, new):
        """What the symbol stands for begins with other bytes."""
        entry = self.symbol(symbol)
        section, value = struct.unpack_from("<HQ", self.data, entry + 6)
        at = struct.unpack_from("<Q", self.data, self.header(section) + 24)[0] + value
        if len(old) != len(new) or self.data[at:at + len(old)] != old:
            raise ValueError(f"no {old!r} at {symbol}")
        self.data[at:at + len(new)] = new

    def version(self, name):
        at, _ = self.place("__versions")
        return at + self.content("__versions").index(name.encode() + b"\0") - 8

    def relocation(self, section, offset=None, kind=None):
        """Where the relocation at an offset of the section is, or the first of a type."""
        at, size = self.place(".rela" + section)
        for entry in range(at, at + size, 24):
            where, info = struct.unpack_from("<QQ", self.data, entry)
            if where == offset or (kind is not None and info & 0xffffffff == kind):
                return entry
        raise KeyError((section, offset, kind))


# ---- each refusal: name, module, errno, words, change, arguments, flags ----

def larger_descriptor(m, tail):
    content = m.content(".rodata.kit_module")
    m.replace(".rodata.kit_module", struct.pack("<I", len(content) + 8) + content[4:] + struct.pack("<Q", tail))


def section_flags(m, name, flags):
    m.put(m.header(m.index(name)) + 8, "<Q", flags)


def no_section(m, name):
    """Its name becomes that of the first section, which has none."""
    m.put(m.header(m.index(name)), "<I", 0)


# An import of instrumented code that this kernel does not have; one with KASAN has KASAN's.
FOREIGN = ("__msan_chain_origin", "KMSAN") if configured("KASAN") else ("__asan_load8", "KASAN")
EXPORT_BYTES = 32
DESCRIPTOR, PARAMS, EXPORTS = ".rodata.kit_module", ".rodata.kit_params", ".rodata.kit_exports"


def rela(m, section, place=None, kind=None, **fields):
    """Changes fields of a relocation."""
    at = m.relocation(section, place, kind)
    for name, value in fields.items():
        position, layout = {"offset": (0, "<Q"), "type": (8, "<I"), "symbol": (12, "<I"), "addend": (16, "<q")}[name]
        m.put(at + position, layout, value)


def table(m, section, offset, layout, value):
    m.put(m.place(section)[0] + offset, layout, value)


REFUSALS = [
    ("file", "ENOEXEC", "not an ELF file", lambda m: m.put(0, "<B", 0)),
    ("cut", "ENOEXEC", "outside the file", lambda m: m.data.__delitem__(slice(len(m.data) - 64, None))),
    ("short", "ENOEXEC", "not an ELF file", lambda m: m.data.__delitem__(slice(20, None))),
    ("wx", "ENOEXEC", "section both writable and executable", lambda m: section_flags(m, ".text", 7)),
    ("relocation type", "ENOEXEC", "relocation of a type that the kit does not allow",
     lambda m: rela(m, ".text", kind=R_X86_64_32S, type=9)),
    ("relocation outside", "ENOEXEC", "relocation outside its section",
     lambda m: rela(m, DESCRIPTOR, 8, offset=1 << 20)),
    ("no modinfo", "ENOEXEC", "no .modinfo: not built with the kit", lambda m: no_section(m, ".modinfo")),
    ("no name", "ENOEXEC", "no usable name in .modinfo", lambda m: m.text("name=victim", "name=vic/im")),
    ("vermagic", "ENOEXEC", "version magic 'kit7 x86_64' should be 'kit1 x86_64'",
     lambda m: m.text("vermagic=kit1", "vermagic=kit7")),
    ("no kit", "ENOEXEC", "no kit version in .modinfo", lambda m: m.text("\0kit=", "\0kot=")),
    ("kit's major", "ENOEXEC", r"built for kit 7\.\d+, this kernel has kit", lambda m: m.text("\0kit=0.", "\0kit=7.")),
    ("kit's minor", "ENOEXEC", r"built for kit 0\.9999?\d*, this kernel has kit",
     lambda m: m.text("\0kit=0.", "\0kit=0.999")),
    ("bad draft", "ENOEXEC", "'block:x' in .modinfo is no draft's number", lambda m: m.field("draft=block:x")),
    ("other draft", "ENOEXEC", "built for draft 77 of kit/block.h, this kernel has draft",
     lambda m: m.field("draft=block:77")),
    ("draft of a stable header", "ENOEXEC", "built for draft 1 of kit/char.h, which is no draft in this kernel",
     lambda m: m.field("draft=char:1")),
    ("ring 3", "ENOEXEC", "isolation=ring3: it can only live in a driver domain", lambda m: m.text("isolation=any", "isolation=ring3")),
    ("isolation", "ENOEXEC", "isolation=ring4 is none of", lambda m: m.text("isolation=any", "isolation=ring4")),
    ("recover", "ENOEXEC", "recover=never is none of", lambda m: m.text("recover=fail", "recover=never")),
    ("unknown symbol", "ENOENT", "unknown symbol kit_not_there", lambda m: m.rename_symbol("kit_kzalloc", "kit_not_there")),
    ("another kernel's sanitizer", "ENOENT", f"unknown symbol {FOREIGN[0]}: built for a {FOREIGN[1]} kernel",
     lambda m: m.rename_symbol("kit_kzalloc", FOREIGN[0])),
    ("internal symbol", "EPERM", "is for modules of the kernel's own build only",
     lambda m: m.rename_symbol("kit_kzalloc", "guard1_second")),
    ("no checksum", "ESRCH", "no checksum for the type of kit_kzalloc",
     lambda m: m.put(m.version("kit_kzalloc") + 8, "<B", ord("x"))),
    ("checksum", "ESRCH", "disagrees about the type of kit_kzalloc", lambda m: m.put(m.version("kit_kzalloc"), "<I", 1)),
    ("header's checksum", "ESRCH", "disagrees about the type of kit_header_char",
     lambda m: m.put(m.version("kit_header_char"), "<I", 1)),
    ("wide checksum", "ESRCH", "disagrees about the type of kit_kzalloc",
     lambda m: m.put(m.version("kit_kzalloc") + 4, "<I", 1)),
    ("table of checksums", "ENOEXEC", "damaged table of checksums",
     lambda m: m.replace("__versions", m.content("__versions") + b"12345678")),
    ("name without an end", "ENOEXEC", "damaged table of checksums",
     lambda m: m.put(m.version("kit_kzalloc") + 63, "<B", ord("x"))),
    ("no descriptor", "EINVAL", "no module descriptor of a known size", lambda m: no_section(m, DESCRIPTOR)),
    ("descriptor's size", "EINVAL", "no module descriptor of a known size", lambda m: table(m, DESCRIPTOR, 0, "<I", 8)),
    ("larger descriptor", "E2BIG", "its module descriptor is larger than this kernel knows",
     lambda m: larger_descriptor(m, 1)),
    ("larger descriptor of zeros", None, "", lambda m: larger_descriptor(m, 0)),
    ("parameter's type", "EINVAL", "damaged table of parameters", lambda m: table(m, PARAMS, 6, "<B", 99)),
    ("parameter's stride", "EINVAL", "damaged table of parameters", lambda m: table(m, PARAMS, 0, "<I", 44)),
    ("export's class", "EINVAL", "damaged table of exports", lambda m: table(m, EXPORTS, 4, "<B", 9)),
    ("name elsewhere", "EINVAL", "the module descriptor points outside the module",
     lambda m: rela(m, DESCRIPTOR, 8, addend=1 << 30)),
    ("entry's size by relocation", "EINVAL", "the module descriptor points outside the module",
     lambda m: rela(m, EXPORTS, 8, offset=0)),
    ("parameter's type by relocation", "EINVAL", "the module descriptor points outside the module",
     lambda m: rela(m, PARAMS, kind=R_X86_64_64, offset=0)),
    ("relocation that does not fit", "ENOEXEC", "does not fit", lambda m: rela(m, ".text", kind=R_X86_64_32S, addend=1 << 40)),
    ("duplicate export", "ENOEXEC", "exports guard1_first, which is exported already",
     lambda m: m.replace_at("kit_export_name_victim_first", b"victim_first", b"guard1_first")),
]

ARGUMENTS = [("no number", "EINVAL", "'x' invalid for parameter 'number'", "number=x"),
             ("large number", "ERANGE", "invalid for parameter 'byte'", "byte=256"),
             ("long word", "ENOSPC", "is too long for parameter 'word'", "word=aaaaaaaaaaaaaaaaaaaaaaaa"),
             ("long list", "EINVAL", "invalid for parameter 'list'", "list=1,2,3,4,5")]

# Two faults each; with module.sig_enforce the signature has its turn.
ORDER = [("kit before symbols", "ENOEXEC", "version magic", ["vermagic", "unknown symbol"]),
         ("kit before drafts", "ENOEXEC", "built for kit 7", ["kit's major", "other draft"]),
         ("symbols before tables", "ENOENT", "unknown symbol", ["unknown symbol", "parameter's type"]),
         ("tables before relocations", "EINVAL", "damaged table of exports", ["export's class", "relocation that does not fit"]),
         ("file before kit", "ENOEXEC", "both writable and executable", ["wx", "vermagic"])]
SIGNED_ORDER = [("file before signature", "ENOEXEC", "both writable and executable", ["wx"]),
                ("signature before kit", "EKEYREJECTED", "victim: EKEYREJECTED: it is not signed", ["vermagic"])]


def make(*words):
    keep = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "M", "O")}
    place = [f"O={OUT}"] if OUT != TOP else []
    return subprocess.run(["make", "-s", *place, *words], capture_output=True, text=True, check=False, env=keep)


def write(folder, module, name, changes):
    m = Module(os.path.join(folder, module))
    for change in changes:
        change(m)
    path = os.path.join(folder, re.sub(r"\W", "_", name) + ".bad")
    with open(path, "wb") as f:
        f.write(m.data)
    return "/refusals/" + os.path.basename(path)


def cases(folder, rows, name="victim.ko"):
    changes = {row[0]: row[3] for row in REFUSALS}
    for row in rows:
        names = row[3] if isinstance(row[3], list) else [row[0]]
        yield row[0], row[1], row[2], write(folder, name, row[0], [changes[n] for n in names]), "0", ""


def guest(tap, folder, rows, label, *options):
    """Loads them all in one guest; compares."""
    with open(os.path.join(folder, "list"), "w", encoding="ascii") as f:
        f.writelines(f"{path}\t{flags}\t{arguments}\n" for _, _, _, path, flags, arguments in rows)
    script = "insmod /refusals/guard1.ko; /refusals/try /refusals/list; dmesg | grep -E 'Oops|BUG|WARNING'"
    done = subprocess.run([os.path.join(TOP, "scripts/vm"), *options, "--add", f"{folder}:/refusals", "--", "sh", "-c", script],
                          capture_output=True, text=True, check=False)
    said = [line.split("\t") for line in done.stdout.splitlines() if line.startswith("/refusals/")]
    tap.check(f"{label}: {len(rows)} modules are tried", None if len(said) == len(rows) else done.stdout + done.stderr)
    complaints = [line for line in done.stdout.splitlines() if not line.startswith("/refusals/")]
    tap.check(f"{label}: the kernel does not complain", "\n".join(complaints))
    for (name, wanted, words, *_), (_, number, left, reason) in zip(rows, said):
        got = errno.errorcode.get(int(number), number) if int(number) else None
        right = got == wanted and left == "clean" and (wanted is None or re.search(words, reason))
        tap.check(f"{label}: {name}", None if right else f"{got} ({left}): {reason}; wanted {wanted}: {words}")


def main():
    tap = Tap()
    folder = os.path.join(SCRATCH, "refusals")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(os.path.join(TOP, "tools/testing/module-mutations/guard"), folder)
    built = make(f"M={folder}")
    tap.check("the modules are built", built.stderr if built.returncode else None)
    compiled = subprocess.run(["gcc", "-static", "-O1", "-Wall", "-Werror", "-o", os.path.join(folder, "try"),
                               os.path.join(HERE, "try.c")], capture_output=True, text=True, check=False)
    tap.check("the program compiles", compiled.stderr if compiled.returncode else None)
    shutil.copy(os.path.join(OUT, "modules/nvme/nvme.ko"), folder)
    # The kernel has no symbol for modules of its own build alone: the second export of guard1 becomes one.
    guard = Module(os.path.join(folder, "guard1.ko"))
    table(guard, EXPORTS, EXPORT_BYTES + 4, "<B", 1)
    with open(os.path.join(folder, "guard1.ko"), "wb") as f:
        f.write(guard.data)
    rows = list(cases(folder, REFUSALS)) + list(cases(folder, ORDER))
    rows += [(name, wanted, words, "/refusals/guard2.ko", "0", arguments) for name, wanted, words, arguments in ARGUMENTS]
    rows += [("flags", "ENOEXEC", "its checks cannot be switched off", "/refusals/guard2.ko", "1", ""),
             ("blacklist", "EPERM", "module_blacklist= on the command line names it", "/refusals/guard3.ko", "0", ""),
             ("unrecorded draft", "ENOEXEC", "a draft, but does not record the draft's number",
              write(folder, "nvme.ko", "unrecorded", [lambda m: m.text("draft=", "drift=")]), "0", ""),
             ("a good one", None, "", "/refusals/guard2.ko", "0", "number=7"),
             ("twice", "EEXIST", "a module of this name is loaded already", "/refusals/guard2.ko", "0", "")]
    guest(tap, folder, rows, "refused", "--append", "module_blacklist=guard3")
    guest(tap, folder, list(cases(folder, SIGNED_ORDER)), "signatures asked for", "--append", "module.sig_enforce")
    tap.finish()


main()
