# SPDX-License-Identifier: MIT
"""Reading a trace: the text of /sys/kernel/tracing/trace or trace_pipe, or a trace.dat of trace-cmd."""

import re
import subprocess
import sys
from dataclasses import dataclass

LINE = re.compile(r"^\s*(?P<comm>.+?)-(?P<pid>\d+)\s+\[(?P<cpu>\d+)\]\s+(?:[^\s\d][^\s]{3,4}\s+)?"
                  r"(?P<time>\d+\.\d+):\s+(?P<name>\w+):\s*(?P<text>.*)$")
# The kernel's words, and trace-cmd's, which does not always know how many.
LOST = re.compile(r"^CPU:(\d+) \[(?:LOST )?(\d+ )?EVENTS(?: DROPPED)?\]")


@dataclass
class Event:
    comm: str
    pid: int
    cpu: int
    us: float
    name: str
    text: str

    def values(self):
        """The "name=value" pairs of the text; a value goes up to the next name."""
        return dict(re.findall(r"(\w+)=(.*?)(?=\s+(?:==> )?\w+=|$)", self.text))


def lines_of(path):
    if path == "-":
        yield from sys.stdin
        return
    with open(path, "rb") as file:
        is_dat = file.read(3) == b"\x17\x08\x44"
    if is_dat:
        text = subprocess.run(["trace-cmd", "report", "-t", path], check=True, text=True, stdout=subprocess.PIPE).stdout
        yield from text.splitlines()
        return
    with open(path, encoding="utf-8", errors="replace") as file:
        yield from file


def read(path, lose=None):
    """Yields Events in the order of the file. Calls lose(CPU) where some are missing, and says on stderr how many were."""
    lost = 0
    for line in lines_of(path):
        if match := LOST.match(line):
            lost += int(match[2] or 1)
            if lose:
                lose(int(match[1]))
        elif match := LINE.match(line):
            yield Event(match["comm"].strip(), int(match["pid"]), int(match["cpu"]),
                        float(match["time"]) * 1e6, match["name"], match["text"].rstrip())
    if lost:
        print(f"{lost} events were lost: a larger buffer_size_kb keeps more", file=sys.stderr)
