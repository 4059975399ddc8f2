#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Valid files to start fuzzing from: tools/testing/fuzz/seeds.py FOLDER makes FOLDER/TARGET/* .

Programs and modules are compiled here, small; archives are packed by the usual tools or by hand.
"""

import gzip
import os
import subprocess
import sys
import zlib

CC = os.environ.get("CC") or "gcc"
MODULE_FLAGS = ["-mcmodel=kernel", "-fno-pic", "-fno-pie", "-ffreestanding", "-fno-asynchronous-unwind-tables", "-O2", "-c"]
PROGRAM = "int counter = 5; static int bss[3000];\nvoid _start(void) { bss[1] = counter; for (;;) ; }\n"
MODULES = {
    "plain": "extern int outside(const char *, ...); static const char text[] __attribute__((section(\".modinfo\"))) = \"license=MIT\";\n"
             "int start(void) { return outside(text); }\n",
    "data": "extern char a[], b[]; char bss[5000]; const void *table[] = { a, b, bss, &table };\n"
            "int differ = (int)0; long far(void) { return (long)(b - a) + (long)bss; }\n",
    "sums": "asm(\".section .rela_kinds,\\\"aw\\\"\\n .quad x - .\\n .long x - .\\n .long low\\n .quad x+5\\n .globl x\\nx: .byte 1\\n\");\n"
            "extern int low; unsigned f(void) { return (unsigned)(unsigned long)&low; }\n",
}


def compile_(source, output, *flags):
    subprocess.run([CC, "-x", "c", "-", "-o", output, "-w", *flags], input=source, text=True, check=True)


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def elf_seeds(folder):
    os.makedirs(f"{folder}/elf_exec", exist_ok=True)
    os.makedirs(f"{folder}/elf_module", exist_ok=True)
    common = ["-ffreestanding", "-nostdlib", "-s", "-Wl,-z,max-page-size=4096", "-Wl,--build-id=none"]
    compile_(PROGRAM, f"{folder}/elf_exec/static", "-static", "-no-pie", *common)
    compile_(PROGRAM, f"{folder}/elf_exec/static-pie", "-static-pie", "-fpie", *common)
    compile_(PROGRAM, f"{folder}/elf_exec/dynamic", "-pie", "-fpie", "-Wl,--dynamic-linker=/lib64/ld-linux-x86-64.so.2", "-Wl,-E", *common)
    compile_(PROGRAM, f"{folder}/elf_exec/execstack", "-static", "-no-pie", "-z", "execstack", *common)
    for name, source in MODULES.items():
        compile_(source, f"{folder}/elf_module/{name}", *MODULE_FLAGS)
        compile_(source, f"{folder}/elf_module/{name}-sections", *MODULE_FLAGS, "-ffunction-sections", "-fdata-sections")


def cpio_entry(name, mode, data=b"", magic=b"070701", ino=1):
    check = sum(data) if magic == b"070702" else 0
    name = name.encode() + b"\0"
    numbers = (ino, mode, 0, 0, 1, 0x60000000, len(data), 0, 0, 5, 1, len(name), check)
    head = magic + b"".join(b"%08x" % n for n in numbers) + name
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def cpio_seeds(folder):
    tree = [("bin", 0o40755, b""), ("bin/tool", 0o100755, bytes(range(256)) * 3), ("init", 0o120777, b"bin/tool"), ("dev/null", 0o20666, b"")]
    trailer = cpio_entry("TRAILER!!!", 0)
    for magic in (b"070701", b"070702"):
        archive = b"".join(cpio_entry(*entry, magic=magic) for entry in tree) + trailer
        write(f"{folder}/cpio/{magic.decode()}", archive)
        write(f"{folder}/cpio/{magic.decode()}-padded", archive + b"\0" * (-len(archive) % 512))
    write(f"{folder}/cpio/empty", trailer)
    write(f"{folder}/cpio/long-name", cpio_entry("n" * 4000, 0o100644, b"x") + trailer)


def gzip_seeds(folder):
    text = b"the quick brown fox jumps over the lazy dog; " * 20
    for level in (0, 1, 9):
        write(f"{folder}/gzip/level{level}", gzip.compress(text, level))
    write(f"{folder}/gzip/incompressible", gzip.compress(os.urandom(300)))
    write(f"{folder}/gzip/window", gzip.compress(bytes(100000)))
    packed = gzip.compress(text, 9)
    write(f"{folder}/gzip/header", packed[:3] + b"\x1c" + packed[4:10] + b"\x02\0ab" + b"name\0comment\0" + packed[10:])
    head = packed[:3] + b"\x02" + packed[4:10]
    write(f"{folder}/gzip/header-sum", head + (zlib.crc32(head) & 0xffff).to_bytes(2, "little") + packed[10:])
    write(f"{folder}/gzip/wrong-sum", packed[:-8] + b"\0" * 8)


def text_seeds(folder):
    lines = ["console=ttyS0,115200 quiet init=\"/sbin/in it\" -- single user", "\"a b=c d\" e= =f mod.param=1,2,3 !stop x",
             "ro,size=10%,,mode=0755", "0x1fG", "-123\n", "18446744073709551616", "0-3,8,12-129", "on", "5-", "a*[!b-c]\\*?]\naxxd*?]",
             "*.case_[0-9]\nsuite.case_7", "h\u00e9llo \u20ac \U0001f600", "[\nx"]
    for i, line in enumerate(lines):
        write(f"{folder}/cmdline/{i}", line.encode())
    write(f"{folder}/cmdline/invalid", b"\xe2\x82(\xf0\x90\x8c\xed\xa0\x80\xff\xc3")
    for i in range(24):
        write(f"{folder}/printf/{i}", bytes([0x40 * (i % 4) | i, i, 40 + i, 20, 5, 3, i, 2, 3, 4, 5, 6, 7, 8, 9, 40, 7]) + b"text %q %5 with%-08 more \x80" * 3)


def main():
    folder = sys.argv[1]
    elf_seeds(folder)
    cpio_seeds(folder)
    gzip_seeds(folder)
    text_seeds(folder)


main()
