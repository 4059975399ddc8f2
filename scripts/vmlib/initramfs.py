# SPDX-License-Identifier: MIT
"""The default user land: Debian's busybox-static and kmod around our own init."""

import hashlib
import os
import subprocess

from . import cache
from .cpio import Archive

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INIT_SOURCE = os.path.join(TOP, "tools/init/init.c")
BUSYBOX = "/bin/busybox"
KMOD = "/bin/kmod"
KMOD_NAMES = ("depmod", "insmod", "lsmod", "modinfo", "modprobe", "rmmod")
FOLDERS = ("dev", "proc", "sys", "run", "mnt", "etc/modprobe.d", "root", "var/log", "usr/local/bin",
           "usr/lib/modules")
MERGED = ("bin", "sbin", "lib", "lib64")

FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"
                  "daemon:x:1:1:daemon:/:/bin/false\n"
                  "nobody:x:65534:65534:nobody:/:/bin/false\n"
                  "user:x:1000:1000:user:/tmp:/bin/sh\n",
    "etc/group": "root:x:0:\ndaemon:x:1:\ntty:x:5:\nnogroup:x:65534:\nuser:x:1000:\n",
    # busybox's shell prefers its own applets, also where kmod is installed.
    "etc/profile": "PS1='\\u@\\h:\\w\\$ '\nexport PS1\n"
                   + "".join(f"alias {name}=/sbin/{name}\n" for name in KMOD_NAMES),
    "etc/hosts": "127.0.0.1 localhost\n",
}


class MissingTool(Exception):
    """Something from Debian that is not installed; the argument is the package."""


def require(path, package):
    if not os.path.exists(path):
        raise MissingTool(package)
    return path


def build_init():
    """Compile tools/init/init.c, or take the result of an earlier time."""
    compiler = os.environ.get("HOSTCC", "gcc")
    with open(INIT_SOURCE, "rb") as f:
        key = hashlib.sha256(f.read() + compiler.encode()).hexdigest()[:16]

    def make(path):
        subprocess.run([compiler, "-static", "-Os", "-s", "-Wall", "-o", path, INIT_SOURCE], check=True)

    return cache.get(f"init-{key}", make)


def libraries(program):
    """The shared libraries and the interpreter of a dynamic program, as (soname path, file)."""
    output = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    for line in output.splitlines():
        words = line.split()
        path = words[2] if "=>" in words and len(words) > 2 else words[0]
        if path.startswith("/"):
            yield path, os.path.realpath(path)


def add_busybox(archive):
    archive.file("usr/bin/busybox", require(BUSYBOX, "busybox-static"), 0o755)
    names = subprocess.run([BUSYBOX, "--list-full"], check=True, capture_output=True, text=True).stdout
    for name in names.split():
        if os.path.basename(name) not in KMOD_NAMES + ("busybox",):
            archive.link(name, "/usr/bin/busybox")


def add_kmod(archive):
    archive.file("usr/bin/kmod", require(KMOD, "kmod"), 0o755)
    for name in KMOD_NAMES:
        archive.link(f"usr/sbin/{name}", "../bin/kmod")
    archive.link("usr/bin/lsmod", "kmod")
    for path, host in libraries(KMOD):
        archive.file(path, host, 0o755)


def base():
    """The archive that every guest starts from."""
    archive = Archive()
    for name in MERGED:
        archive.folder(f"usr/{name}")
        archive.link(name, f"usr/{name}")
    for name in FOLDERS:
        archive.folder(name)
    archive.folder("tmp", 0o1777)
    archive.device("dev/console", 5, 1)
    archive.device("dev/null", 1, 3, 0o666)
    for path, content in FILES.items():
        archive.text(path, content)
    archive.link("etc/mtab", "/proc/self/mounts")
    archive.file("init", build_init(), 0o755)
    add_busybox(archive)
    add_kmod(archive)
    return archive


def add_modules(archive, root):
    """ROOT is a folder as modules_install makes it: it holds lib/modules/RELEASE."""
    archive.add(os.path.join(root, "lib/modules"), "usr/lib/modules")
