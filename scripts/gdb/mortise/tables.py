# SPDX-License-Identifier: MIT
"""mortise-walk: an address through the page tables, entry by entry, as the CPU or another thread's address space sees it."""

import gdb

from .core import Command, evaluate, number, thread_of

# Intel SDM volume 3, "4-Level Paging"; the names are those of arch/x86_64/include/arch/pgtable.h.
LEVELS = (("pgd", 39), ("pud", 30), ("pmd", 21), ("pte", 12))
DIRECT_MAP_BASE = 0xffff888000000000        # arch/x86_64/include/arch/layout.h
PRESENT, LARGE = 1 << 0, 1 << 7
FRAME = 0x000ffffffffff000
FLAGS = ((1, "W"), (2, "U"), (3, "PWT"), (4, "PCD"), (5, "A"), (6, "D"), (8, "G"), (9, "special"), (63, "NX"))


def top_table(words):
    """The virtual address of the top table: the selected CPU's, or that of a thread's address space."""
    if len(words) < 2:
        return DIRECT_MAP_BASE + (number(evaluate("$cr3")) & FRAME)
    space = thread_of(words[1])["space"]
    if not number(space):
        raise gdb.GdbError("a kernel thread has no address space of its own")
    return number(space["pgd"])


def flags_of(entry):
    return " ".join(name for bit, name in FLAGS if entry >> bit & 1)


def read_entry(address):
    data = gdb.selected_inferior().read_memory(address, 8)
    return int.from_bytes(bytes(data), "little")


class Walk(Command):
    """mortise-walk ADDRESS [TID or THREAD]: the page-table entries of an address, the last line with the physical address."""

    category = gdb.COMMAND_DATA

    def run(self, argument):
        words = argument.split()
        if not words:
            raise gdb.GdbError("usage: mortise-walk ADDRESS [TID or THREAD]")
        address = number(evaluate(words[0]))
        table = top_table(words)
        for name, shift in LEVELS:
            at = table + (address >> shift & 511) * 8
            entry = read_entry(at)
            print(f"{name} {entry:#018x} at {at:#x}: {flags_of(entry) if entry & PRESENT else 'not present'}")
            if not entry & PRESENT:
                return
            if shift == 12 or (name != "pgd" and entry & LARGE):
                self.found(address, entry, shift)
                return
            table = DIRECT_MAP_BASE + (entry & FRAME)

    @staticmethod
    def found(address, entry, shift):
        size = 1 << shift
        physical = (entry & FRAME & ~(size - 1)) | (address & (size - 1))
        print(f"{address:#x} is physical {physical:#x}, in a page of {size >> 10} KiB, "
              f"{DIRECT_MAP_BASE + physical:#x} in the direct map")


def register():
    Walk()
