#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The other end of two serial lines of a guest.

    peer.py FOLDER [OPTION OF scripts/vm...] -- COMMAND...

Boots a guest with QEMU's card of two ports. The second line sends back what it gets. The first does what a line of text says:

    CRC n       takes n bytes and answers with their CRC-32 in hexadecimal digits
    SEND n      sends n bytes of a pattern
    BREAK       makes a break (by QEMU's monitor)
    FLOW n      sends XOFF and "!", takes what comes within a second, sends XON, takes the rest of n bytes, answers "EARLY TOTAL"
    FILL        sends 64 bytes for each dot until XOFF comes, waits for XON, answers "SENT COUNT"
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import zlib

XON, XOFF = b"\x11", b"\x13"


def connect(path):
    """The socket that QEMU makes; it may take a while to be there (if Linux has to be fetched first, for one). QEMU waits, too."""
    while True:
        try:
            s = socket.socket(socket.AF_UNIX)
            s.connect(path)
            return s
        except OSError:
            s.close()
            time.sleep(0.05)


def echo(path):
    s = connect(path)
    while data := s.recv(4096):
        s.sendall(data)


def send_break(path):
    s = connect(path)
    f = s.makefile("rw")
    f.readline()
    for command in ({"execute": "qmp_capabilities"}, {"execute": "chardev-send-break", "arguments": {"id": "line0"}}):
        f.write(json.dumps(command) + "\n")
        f.flush()
        while "return" not in (answer := json.loads(f.readline())):
            if "error" in answer:
                raise RuntimeError(answer)
    s.close()


class Line:
    """The first line."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = connect(os.path.join(folder, "line0"))
        self.rest = b""

    def take(self, n, timeout=None):
        """n bytes, or what came within timeout seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        while len(self.rest) < n:
            self.socket.settimeout(None if end is None else max(0.01, end - time.monotonic()))
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                break
            if not data:
                raise EOFError
            self.rest += data
        self.socket.settimeout(None)
        data, self.rest = self.rest[:n], self.rest[n:]
        return data

    def line(self):
        text = b""
        while not text.endswith(b"\n"):
            text += self.take(1)
        return text.decode("ascii", "replace").split()

    def fill(self):
        sent = 0
        while (byte := self.take(1)) == b".":
            self.socket.sendall(b"x" * 64)
            sent += 64
        word = "SENT" if byte == XOFF else "LOST"
        while word == "SENT" and (byte := self.take(1)) != XON:
            if byte != b".":        # one that was on its way may come
                word = "LOST"
        self.socket.sendall(f"{word} {sent}\n".encode())

    def flow(self, n):
        self.socket.sendall(XOFF + b"!")
        early = len(self.take(n, 1))
        self.socket.sendall(XON)
        total = early + len(self.take(n - early))
        self.socket.sendall(f"{early} {total}\n".encode())

    def run(self):
        try:
            while True:
                match self.line():
                    case ["CRC", n]:
                        self.socket.sendall(f"{zlib.crc32(self.take(int(n))):08x}\n".encode())
                    case ["SEND", n]:
                        self.socket.sendall(bytes((i * 7 + (i >> 8)) & 0xff for i in range(int(n))))
                    case ["BREAK"]:
                        send_break(os.path.join(self.folder, "monitor"))
                    case ["FLOW", n]:
                        self.flow(int(n))
                    case ["FILL"]:
                        self.fill()
        except (EOFError, OSError):
            pass


def main():
    folder = sys.argv[1]
    cut = sys.argv.index("--")
    options, command = sys.argv[2:cut], sys.argv[cut + 1:]
    arguments = ["scripts/vm", "--timeout", "240", "--log", os.path.join(folder, "log"), "--monitor", os.path.join(folder, "monitor"),
                 "--add", os.path.join(folder, "guest") + ":tty", "--device", "pci-serial-2x,chardev1=line0,chardev2=line1"]
    for i in range(2):
        path = os.path.join(folder, f"line{i}")
        if os.path.exists(path):
            os.unlink(path)
        arguments += ["--qemu=-chardev", f"--qemu=socket,id=line{i},path={path},server=on,wait=on"]
    with subprocess.Popen([*arguments, *options, "--", *command]) as guest:
        threading.Thread(target=lambda: Line(folder).run(), daemon=True).start()
        threading.Thread(target=echo, args=(os.path.join(folder, "line1"),), daemon=True).start()
        status = guest.wait()
    os._exit(status)


main()
