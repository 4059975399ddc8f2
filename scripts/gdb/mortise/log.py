# SPDX-License-Identifier: MIT
"""mortise-dmesg: the log, out of the guest's ring (kernel/log/ring.c), whether or not a console has shown it."""

import gdb

from .core import Command, evaluate, number


def records():
    """Seconds, level and text of each complete record, the oldest first."""
    slots, texts = evaluate("'kernel/log/ring.c'::slots"), evaluate("'kernel/log/ring.c'::texts")
    nr_slots, nr_bytes = (v.type.range()[1] + 1 for v in (slots, texts))
    head, end = number(evaluate("'kernel/log/ring.c'::text_head")), number(evaluate("'kernel/log/ring.c'::next_seq"))
    memory = bytes(gdb.selected_inferior().read_memory(number(texts.address), nr_bytes))
    for seq in range(max(0, end - nr_slots), end):
        slot = slots[seq % nr_slots]
        position, length = number(slot["text_position"]), number(slot["length"])
        if number(slot["stamp"]) != (seq + 1) * 2 + 1 or head - position > nr_bytes:
            continue
        start = position % nr_bytes
        yield number(slot["time_ns"]) / 1e9, int(slot["level"]), memory[start:start + length].decode("utf-8", "replace")


class Dmesg(Command):
    """mortise-dmesg [LEVEL]: the log; with LEVEL only records of that level and worse (7 is debug, 3 an error)."""

    def run(self, argument):
        limit = int(argument or 7)
        for seconds, level, text in records():
            if level <= limit:
                for part in text.split("\n"):
                    print(f"[{seconds:12.6f}] {part}")


def register():
    Dmesg()
