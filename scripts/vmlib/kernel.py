# SPDX-License-Identifier: MIT
"""Which kernel to boot, and the modules that belong to it."""

import fcntl
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Optional, Tuple

from . import linux

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class NoKernel(Exception):
    """There is nothing to boot; the argument says what to do."""


@dataclass
class Kernel:
    elf: str                # for -kernel
    grub_image: str         # for GRUB
    modules: Optional[str]  # a folder with lib/modules/RELEASE
    description: str
    is_linux: bool
    preload: Tuple[str, ...] = ()   # modules for /etc/modules


def choose(args):
    if args.linux:
        reference = linux.get(args.linux)
        return Kernel(reference.vmlinux, reference.vmlinuz, args.modules or reference.modules,
                      f"Linux {reference.release} ({reference.package})", True, reference.preload)
    output = os.environ.get("O") or TOP
    elf = args.kernel or os.path.join(output, "vmlinux")
    if not os.path.exists(elf):
        raise NoKernel(f"no kernel at {elf}: run make, or name one by O= or --kernel")
    return Kernel(elf, elf, args.modules or installed_modules(output, elf, args), f"Mortise, {elf}", False)


def installed_modules(output, elf, args):
    """The build's modules, installed beside it and kept up to date; None if it has none."""
    order = os.path.join(output, "modules.order")
    if args.kernel or not os.path.exists(order):
        return None
    root = os.path.join(output, ".vm-modules")
    stamp = os.path.join(root, "stamp")
    with open(order, encoding="utf-8") as f:
        files = [os.path.join(output, line.strip()) for line in f if line.strip()]
    newest = max([os.stat(path).st_mtime_ns for path in [order, *files] if os.path.exists(path)])
    # Guests that start side by side: the first installs, the others wait for it.
    with open(root + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(stamp) or os.stat(stamp).st_mtime_ns < newest:
            install_modules(output, root)
            with open(stamp, "w", encoding="ascii"):
                pass
    return root if os.path.isdir(os.path.join(root, "lib/modules")) else None


def install_modules(output, root):
    shutil.rmtree(root, ignore_errors=True)
    command = ["make", "-s", "-C", TOP, "modules_install", f"INSTALL_MOD_PATH={root}"]
    if os.path.realpath(output) != os.path.realpath(TOP):
        command.append(f"O={output}")
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise NoKernel(f"make modules_install failed:\n{result.stdout}{result.stderr}")
