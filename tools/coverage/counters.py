#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Make gcov's data files from the memory of guests that ran a kernel with CONFIG_GCOV_KERNEL.

    counters.py range VMLINUX                 START:SIZE, the physical memory that holds the counters
    counters.py write VMLINUX FOLDER DUMP...  FOLDER/x.gcda for each FOLDER/x.gcno, the sum of the dumps

The kernel has nothing of gcov but what the compiler put into it: for each file a structure (gcc 12's struct gcov_info) that leads to its
counters. Read out of the guest's memory by QEMU, they cover all that ran, the shut-down included.
"""

import os
import struct
import sys

KERNEL_MAP_BASE = 0xffffffff80000000
COUNTER_KINDS = 8               # of gcc 12
INFO_FUNCTIONS = 32 + 8 * COUNTER_KINDS
MAGIC, TAG_FUNCTION, TAG_ARCS = 0x67636461, 0x01000000, 0x01a10000


class Image:
    """An ELF file's bytes by address, and its symbols."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        offset, size, count = (*struct.unpack_from("<Q", self.data, 40), *struct.unpack_from("<HH", self.data, 58))
        self.sections = [struct.unpack_from("<IIQQQQIIQQ", self.data, offset + i * size) for i in range(count)]
        self.symbols = dict(self._symbols())

    def _symbols(self):
        for section in self.sections:
            if section[1] != 2:
                continue
            names = self.sections[section[6]][4]
            for at in range(section[4], section[4] + section[5], 24):
                name, _, _, _, value, _ = struct.unpack_from("<IBBHQQ", self.data, at)
                end = self.data.index(b"\0", names + name)
                yield self.data[names + name:end].decode(), value

    def read(self, address, layout):
        for section in self.sections:
            if section[1] == 1 and section[2] & 2 and section[3] <= address < section[3] + section[5]:
                return struct.unpack_from(layout, self.data, section[4] + address - section[3])
        raise ValueError(f"nothing in the file at {address:x}")

    def string(self, address):
        text = b""
        while not text.endswith(b"\0"):
            text += bytes(self.read(address + len(text), "B"))
        return text[:-1].decode()

    def counters_range(self):
        start, end = self.symbols["__data_start"] & ~4095, (self.symbols["__bss_end"] + 4095) & ~4095
        return start, end - start


def functions_of(image, info):
    """ident, checksum of the lines, of the graph, address and number of the counters."""
    count, table = image.read(info + INFO_FUNCTIONS, "<I4xQ")
    for i in range(count):
        function, = image.read(table + 8 * i, "<Q")
        key, ident, lines, graph = image.read(function, "<QIII") if function else (0, 0, 0, 0)
        if key == info:
            number, values = image.read(function + 24, "<I4xQ")
            yield ident, lines, graph, values, number


def data_file(image, info, dumps):
    version, stamp, checksum = (*image.read(info, "<I"), *image.read(info + 16, "<II"))
    start, _ = image.counters_range()
    out = struct.pack("<IIII", MAGIC, version, stamp, checksum)
    for ident, lines, graph, values, number in functions_of(image, info):
        sums = [sum(each) for each in zip(*(struct.unpack_from(f"<{number}Q", dump, values - start) for dump in dumps))]
        out += struct.pack("<IIIII", TAG_FUNCTION, 12, ident, lines, graph)
        out += struct.pack(f"<II{number}Q", TAG_ARCS, 8 * number, *sums)
    return out


def write(image, folder, dumps):
    first, last = image.symbols["__gcov_info_start"], image.symbols["__gcov_info_end"]
    for at in range(first, last, 8):
        info, = image.read(at, "<Q")
        name = image.string(image.read(info + 24, "<Q")[0])
        path = os.path.join(folder, os.path.relpath(name, folder) if os.path.isabs(name) else name)
        if not os.path.exists(path.removesuffix(".gcda") + ".gcno"):
            sys.exit(f"counters: {name}: there is no {path.removesuffix('.gcda')}.gcno")
        with open(path, "wb") as f:
            f.write(data_file(image, info, dumps))


def main():
    what, path, *rest = sys.argv[1:]
    image = Image(path)
    if what == "range":
        start, size = image.counters_range()
        print(f"{start - KERNEL_MAP_BASE:#x}:{size:#x}")
        return
    dumps = []
    for dump in rest[1:]:
        with open(dump, "rb") as f:
            dumps.append(f.read())
    write(image, rest[0], dumps)


main()
