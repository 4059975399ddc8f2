#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Follow system calls of a guest instruction by instruction and look for atomic read-modify-writes.

    trace.py MONITOR VMLINUX CALL...

MONITOR is the UNIX socket of QEMU's gdb stub, CALL is NAME:NUMBER:none or NAME:NUMBER:some. On a processor that no other shares,
each call is caught at its entry and single-stepped to its end. The instructions that lock the bus are those with a LOCK
prefix and XCHG with memory: `none` demands that there are none, `some` that there is one at least: the control that shows that
this test sees them. Prints TAP lines without numbers.
"""

import re
import socket
import subprocess
import sys

RIP, RAX, RDI = 16, 0, 5
LEGACY = {0x66, 0x67, 0xf2, 0xf3, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65}
LOCK = 0xf0
LIMIT = 200000


class Stub:
    """The remote protocol of gdb, as much of it as is needed."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(120)
        self.sock.connect(path)
        self.data = b""
        self.pages = {}
        # Only who has asked for the description of the registers may read single ones.
        self.call("qXfer:features:read:target.xml:0,ffb")

    def byte(self):
        if not self.data:
            self.data = self.sock.recv(65536)
            if not self.data:
                raise EOFError("the guest is gone")
        first, self.data = self.data[:1], self.data[1:]
        return first

    def call(self, text):
        body = text.encode()
        self.sock.sendall(b"$" + body + b"#" + b"%02x" % (sum(body) & 0xff))
        answer = self.packet()
        # Being connected to stops the guest, which it says whenever it has come to it.
        while answer.startswith("T") and text[0] not in "sc":
            answer = self.packet()
        return answer

    def packet(self):
        while self.byte() != b"$":
            pass
        answer = b""
        while (b := self.byte()) != b"#":
            answer += b
        self.byte()
        self.byte()
        self.sock.sendall(b"+")
        return answer.decode()

    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.call(f"p{number:x}"))[:8], "little")

    def code(self, address):
        """The instruction there; code does not change while we look."""
        page = address & -1024
        if page not in self.pages:
            self.pages[page] = bytes.fromhex(self.call(f"m{page:x},410"))
        return self.pages[page][address - page:][:16]

    def step(self):
        self.call("s")

    def run_to(self, address):
        self.step()
        self.call(f"Z1,{address:x},1")
        self.call("c")
        self.call(f"z1,{address:x},1")


def is_atomic(code):
    """True if the instruction at the start of CODE is a locked read-modify-write."""
    i = 0
    while code[i] in LEGACY or code[i] == LOCK:
        if code[i] == LOCK:
            return True
        i += 1
    if code[i] & 0xf0 == 0x40:      # REX
        i += 1
    return code[i] in (0x86, 0x87) and code[i + 1] < 0xc0


def self_check():
    for code, want in ((b"\xf0\xff\x07", True), (b"\x65\xf0\x48\xff\x07", True), (b"\x48\x87\x07", True), (b"\x48\x87\xc7", False),
                       (b"\x65\xff\x07", False), (b"\x48\x0f\xb1\x0f", False)):
        assert is_atomic(code) == want, code


class Symbols:
    def __init__(self, vmlinux):
        text = subprocess.run(["nm", "-n", vmlinux], check=True, capture_output=True, text=True).stdout
        self.table = [(int(a, 16), name) for a, name in re.findall(r"^([0-9a-f]+) [tT] (\S+)$", text, re.M)]

    def address(self, name):
        return next(a for a, n in self.table if n == name)

    def name(self, address):
        below = [(a, n) for a, n in self.table if a <= address]
        return f"{below[-1][1]}+0x{address - below[-1][0]:x}" if below else hex(address)


def follow(stub, entry, number):
    """The atomic instructions of one call, and how many instructions it has in all."""
    found, count = [], 0
    stub.run_to(entry)
    while stub.register(RAX) != number:
        stub.run_to(entry)
    while (rip := stub.register(RIP)) >> 63:
        if is_atomic(stub.code(rip)):
            found.append(rip)
        count += 1
        if count > LIMIT:
            raise RuntimeError("the call does not end")
        stub.step()
    return found, count


def main():
    self_check()
    stub, symbols = Stub(sys.argv[1]), Symbols(sys.argv[2])
    entry = symbols.address("syscall_entry")
    for word in sys.argv[3:]:
        name, number, want = word.split(":")
        found, count = follow(stub, entry, int(number))
        for rip in found if want == "none" else ():
            print(f"# atomic: {symbols.name(rip)}")
        print(f"# {name}: {count} instructions, {len(found)} of them atomic")
        good = not found if want == "none" else bool(found)
        what = "no atomic instruction" if want == "none" else "control: the atomic instructions are seen"
        print(f"{'ok' if good else 'not ok'} - {name}: {what}", flush=True)


main()
