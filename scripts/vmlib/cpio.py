# SPDX-License-Identifier: MIT
"""Write newc cpio archives without privileges.

The result depends only on what was added: entries are sorted, times are 0,
everything belongs to root, inode numbers count up.
"""

import os
import stat

LINKS_FOLLOWED = 40


class Archive:
    """A file tree in memory. Guest paths go through symbolic links already in it."""

    def __init__(self):
        self.entries = {}       # path without leading slash: (mode, content, device)

    def resolve(self, path):
        """The path with every symbolic link in its folders followed."""
        done = []
        todo = [part for part in path.split("/") if part not in ("", ".")]
        followed = 0
        while todo:
            part = todo.pop(0)
            if part == "..":
                done = done[:-1]
                continue
            done.append(part)
            entry = self.entries.get("/".join(done))
            if todo and entry and stat.S_ISLNK(entry[0]):
                followed += 1
                if followed > LINKS_FOLLOWED:
                    raise ValueError(f"{path}: too many symbolic links")
                target = entry[1].decode()
                done = [] if target.startswith("/") else done[:-1]
                todo = [p for p in target.split("/") if p not in ("", ".")] + todo
        return "/".join(done)

    def _put(self, path, mode, content=b"", device=(0, 0)):
        path = self.resolve(path)
        if not path:
            return
        parent = os.path.dirname(path)
        if parent and parent not in self.entries:
            self.folder(parent)
        old = self.entries.get(path)
        if old and stat.S_ISDIR(old[0]) and stat.S_ISLNK(mode):
            raise ValueError(f"/{path} is a folder and cannot become a link")
        self.entries[path] = (mode, content, device)

    def folder(self, path, mode=0o755):
        self._put(path, stat.S_IFDIR | mode)

    def link(self, path, target):
        self._put(path, stat.S_IFLNK | 0o777, target.encode())

    def text(self, path, content, mode=0o644):
        self._put(path, stat.S_IFREG | mode, content.encode())

    def device(self, path, major, minor, mode=0o600):
        self._put(path, stat.S_IFCHR | mode, b"", (major, minor))

    def file(self, path, host, mode=None):
        with open(host, "rb") as f:
            content = f.read()
            if mode is None:
                mode = 0o755 if os.fstat(f.fileno()).st_mode & 0o111 else 0o644
        self._put(path, stat.S_IFREG | mode, content)

    def add(self, host, path):
        """Add a host file, or a folder with all that is in it."""
        if not os.path.isdir(host):
            self.file(path, host)
            return
        if self.resolve(path) not in self.entries:
            self.folder(path)
        for entry in sorted(os.scandir(host), key=lambda e: e.name):
            guest = f"{path}/{entry.name}"
            if entry.is_symlink():
                self._add_link(guest, os.readlink(entry.path))
            elif entry.is_dir():
                self.add(entry.path, guest)
            elif entry.is_file():
                self.file(guest, entry.path)

    def _add_link(self, guest, target):
        old = self.entries.get(self.resolve(guest))
        if not (old and stat.S_ISDIR(old[0])):
            self.link(guest, target)

    def bytes(self):
        out = []
        for number, path in enumerate(sorted(self.entries), 1):
            mode, content, device = self.entries[path]
            links = 2 if stat.S_ISDIR(mode) else 1
            out.append(_record(number, path, mode, links, content, device))
        out.append(_record(0, "TRAILER!!!", 0, 1, b"", (0, 0)))
        data = b"".join(out)
        return data + b"\0" * (-len(data) % 512)


def _record(number, path, mode, links, content, device):
    name = path.encode() + b"\0"
    fields = (number, mode, 0, 0, links, 0, len(content), 0, 0, *device, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    head += b"\0" * (-len(head) % 4)
    return head + content + b"\0" * (-len(content) % 4)
