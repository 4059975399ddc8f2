# SPDX-License-Identifier: MIT
"""A running guest: QEMU, its two serial ports and its machine protocol.

Everything that arrives is taken by one loop, Guest.step(). The console log is
kept whole; the second port's bytes go to a Report, which understands the
frames described in tools/init/init.c.
"""

import ctypes
import json
import os
import re
import secrets
import selectors
import signal
import socket
import subprocess
import time

from . import machine

USER_SPACE = b"init: user space is up"
PANIC = re.compile(rb"^(?:\[[^\]\n]*\] ?)?(?:.{0,12} )?(?:Kernel panic|kernel panic|panic:|PANIC:).*", re.MULTILINE)
STANDING = re.compile(r"FL=([0-9a-f]+) .*HLT=(\d)")     # of each CPU, among its registers
INTERRUPTS_ON = 0x200
LOOK_INTERVAL = 0.1
ANSWER_WAIT = 3.0           # seconds in which a guest that is asked what it does begins to answer,
ANSWER_SILENCE = 1.0        # without a word at the end of its answer,
ANSWER_LIMIT = 20.0         # and for all of it
PANIC_SILENCE = 30.0        # seconds without a word of a guest that panicked but does not stop
QUIT_GRACE = 5.0
PR_SET_PDEATHSIG = 1
SO_SNDBUFFORCE = 32         # which the module socket does not have
CONSOLE_BUFFER = 32 << 20


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setpgid(0, 0)        # keep the terminal's Ctrl-C away from QEMU


def _enlarge(sock):
    """
    QEMU sends the console byte by byte, and each takes some 800 bytes of what the socket may hold: a few hundred fit by default. A kernel that
    polls its port gives a byte up when it cannot send it for some 0.2 s, which is how long a busy host may not run us.
    """
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, CONSOLE_BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, CONSOLE_BUFFER)


class Report:
    """The second serial port: sends the command, receives output and status."""

    def __init__(self, sock, command, sink):
        self.sock = sock
        self.nonce = secrets.token_hex(8).encode()
        self.command = command
        self.sink = sink            # called with (kind, bytes) for output
        self.data = b""
        self.started = False
        self.released = False
        self.status = None          # an exit status once the end marker has come

    def feed(self, data):
        self.data += data
        if not self.started and b"READY\n" in self.data:
            self.data = self.data.split(b"READY\n", 1)[1]
            self.started = True
            body = b"".join(os.fsencode(word) + b"\0" for word in [os.fsdecode(self.nonce), *self.command])
            self.sock.sendall(b"RUN %d\n" % len(body) + body)
        while self.started and self.status is None and self._take_frame():
            pass

    def let_go(self):
        """Tell the guest to switch itself off."""
        if not self.released:
            self.sock.sendall(b"\n")
            self.released = True

    def _take_frame(self):
        at = self.data.find(self.nonce)
        if at < 0:
            # Not ours: something in the guest wrote to the port. Keep what may begin a nonce.
            self.data = self.data[-len(self.nonce) + 1:]
            return False
        head = at + len(self.nonce) + 9
        if len(self.data) < head:
            return False
        kind = chr(self.data[head - 9])
        length = int(self.data[head - 8:head], 16)
        if len(self.data) < head + length + 1:
            return False
        payload, self.data = self.data[head:head + length], self.data[head + length + 1:]
        if kind == "X":
            how, _, number = payload.decode().partition(" ")
            self.status = int(number) + (128 if how == "signal" else 0)
        else:
            self.sink(kind, payload)
        return True


class Guest:
    """QEMU and all that is read from it."""

    def __init__(self, args, boot, on_console=None, on_output=None):
        self.log = bytearray()
        self.report = None
        self.user_space_after = None    # seconds from QEMU's start to init's first line
        self.panic_at = None            # when a panic was first seen in the log
        self.heard_at = None            # when the console said something last
        self._looked_at = 0.0
        self.shutdown_reason = None
        self.save_memory = args.save_memory
        self.ready = {}                 # results of QMP commands by id
        self.on_console = on_console
        self._qmp_data = b""
        self._selector = selectors.DefaultSelector()
        self._input = []                # for ttyS0: bytes, and None for a break
        self._breaking = False
        self._always_readable = {}      # files that the selector does not take, with their callbacks
        self._sockets = {}
        theirs = {}
        for name in ("ttyS0", "ttyS1", "qmp"):
            self._sockets[name], theirs[name] = socket.socketpair()
            self._selector.register(self._sockets[name], selectors.EVENT_READ, name)
        if args.command:
            self.report = Report(self._sockets["ttyS1"], args.command, on_output)
        _enlarge(theirs["ttyS0"])
        command = machine.arguments(args, boot, {n: s.fileno() for n, s in theirs.items()})
        if args.verbose:
            print("+ " + " ".join(command), flush=True)
        self.started = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, preexec_fn=_die_with_parent,
                                        pass_fds=[s.fileno() for s in theirs.values()])
        for sock in theirs.values():
            sock.close()
        os.set_blocking(self.process.stdout.fileno(), False)
        self._selector.register(self.process.stdout, selectors.EVENT_READ, "qemu")
        self.complaints = b""
        self.qmp("qmp_capabilities")

    def watch(self, fileobj, callback):
        """Also wait for FILEOBJ; call CALLBACK when it is readable. A regular file and /dev/null always are."""
        try:
            self._selector.register(fileobj, selectors.EVENT_READ, callback)
        except PermissionError:         # epoll knows only what can wait
            self._always_readable[fileobj] = callback

    def unwatch(self, fileobj):
        if self._always_readable.pop(fileobj, None) is None:
            self._selector.unregister(fileobj)

    def step(self, timeout):
        """Take what has arrived, waiting at most TIMEOUT seconds. False once QEMU has gone and nothing was left of it."""
        gone = self.process.poll() is not None      # asked first: its last words may come while we look
        events = self._selector.select(0 if self._always_readable else timeout)
        for callback in list(self._always_readable.values()):
            callback()
        for key, _ in events:
            if callable(key.data):
                key.data()
                continue
            try:
                data = key.fileobj.recv(65536) if key.data != "qemu" else key.fileobj.read()
            except (ConnectionResetError, BlockingIOError):
                data = b""
            if not data:
                self._selector.unregister(key.fileobj)
                continue
            getattr(self, "_from_" + key.data)(data)
        return bool(events) or not gone

    def type(self, data):
        """Send bytes to ttyS0."""
        self._input.append(data)
        self._pass_input()

    def send_break(self):
        """On ttyS0, before what is typed next."""
        self._input.append(None)
        self._pass_input()

    def _pass_input(self):
        """A break goes another way than bytes do: these wait until QEMU has said that it is through."""
        while self._input and not self._breaking:
            data = self._input.pop(0)
            if data is None:
                self._breaking = True
                self.qmp("chardev-send-break", id="ttyS0")
            else:
                self._sockets["ttyS0"].sendall(data)

    def _listen(self):
        """Until the console has been silent for a while. False: it has said nothing at all."""
        asked = now = time.monotonic()
        heard, self.heard_at = self.heard_at, None
        while now - (self.heard_at or asked + ANSWER_WAIT) < ANSWER_SILENCE and now - asked < ANSWER_LIMIT and self.step(0.1):
            now = time.monotonic()
        answered = self.heard_at is not None
        self.heard_at = self.heard_at or heard
        return answered

    def ask_what_it_does(self):
        """
        Into the log of a guest that hangs: where its threads wait and what its CPUs run, by SysRq. One that does not answer takes no
        interrupts; an NMI makes it panic, which tells more.
        """
        for letter in b"9tl":
            self.send_break()
            self.type(bytes([letter]))
            if not self._listen():
                break
        else:
            return
        self.qmp("inject-nmi")
        self._listen()

    def qmp(self, name, **arguments):
        message = {"execute": name, "id": name}
        if arguments:
            message["arguments"] = arguments
        try:
            self._sockets["qmp"].sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            pass

    def panic_is_over(self):
        """
        Nothing more comes of a panic: all CPUs were halted with interrupts off when QEMU was asked, and the console had said its
        last word before. Each call looks at what an earlier one has asked.
        """
        answer = self.ready.pop("human-monitor-command", {})
        cpus = STANDING.findall(str(answer.get("return", "")))
        if cpus and self._looked_at > self.heard_at and all(halted == "1" and not int(flags, 16) & INTERRUPTS_ON for flags, halted in cpus):
            return True
        now = time.monotonic()
        if now > self._looked_at + LOOK_INTERVAL:
            self._looked_at = now
            self.qmp("human-monitor-command", **{"command-line": "info registers -a"})
        return now > self.heard_at + PANIC_SILENCE

    def screendump(self, path):
        """Write the screen to PATH as PPM."""
        self.qmp("screendump", filename=os.path.abspath(path))
        while "screendump" not in self.ready and self.step(0.2):
            pass

    def _save_memory(self):
        """The guest has powered itself off and QEMU waits: write what is asked for, then let it go."""
        if self.save_memory:
            start, size, path = self.save_memory.split(":", 2)
            self.qmp("pmemsave", val=int(start, 0), size=int(size, 0), filename=os.path.abspath(path))

    def quit(self):
        """End QEMU in good order, by force if it does not listen."""
        self.qmp("quit")
        end = time.monotonic() + QUIT_GRACE
        while self.process.poll() is None and time.monotonic() < end:
            self.step(0.05)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        while self.step(0):
            pass

    def _from_ttyS0(self, data):
        self.log += data
        self.heard_at = time.monotonic()
        if self.user_space_after is None and USER_SPACE in self.log:
            self.user_space_after = time.monotonic() - self.started
        # A command's output is not on this port, so these words are the kernel's own.
        if self.panic_at is None and PANIC.search(self.log[-len(data) - 200:]):
            self.panic_at = time.monotonic()
        if self.on_console:
            self.on_console(data)

    def _from_ttyS1(self, data):
        # Init's line on the console may have one of the kernel's in it: then this is the first that is known of user space.
        if self.user_space_after is None:
            self.user_space_after = time.monotonic() - self.started
        if self.report:
            self.report.feed(data)

    def _from_qemu(self, data):
        self.complaints += data

    def _from_qmp(self, data):
        self._qmp_data += data
        *lines, self._qmp_data = self._qmp_data.split(b"\n")
        for line in lines:
            message = json.loads(line)
            if message.get("event") == "SHUTDOWN":
                if self.shutdown_reason is None:
                    self.shutdown_reason = message["data"]["reason"]
                    self._save_memory()
            elif "id" in message:
                self.ready[message["id"]] = message
                if message["id"] == "pmemsave":
                    self.qmp("quit")
                elif message["id"] == "chardev-send-break":
                    self._breaking = False
                    self._pass_input()
