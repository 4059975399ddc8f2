# SPDX-License-Identifier: MIT
"""A GRUB image with one kernel, one initramfs and one command line, for BIOS and UEFI."""

import hashlib
import os
import shutil
import subprocess
import tempfile

from . import cache

KEPT = 24

CONFIG = """\
insmod all_video
set timeout=0
set default=0
menuentry "vm" {{
{commands}
}}
"""

MORTISE = """\
    multiboot2 /boot/vmlinux {cmdline}
    module2 /boot/initramfs
    set gfxpayload={mode}
    boot"""

LINUX = """\
    set gfxpayload={mode}
    linux /boot/vmlinuz {cmdline}
    initrd /boot/initramfs"""


def quote(cmdline):
    """GRUB's script language reads the command line: protect what it would interpret."""
    return " ".join("'" + word.replace("'", "'\\''") + "'" for word in cmdline.split())


def build(kernel, initramfs, cmdline, mode, is_linux):
    """The path of an ISO; the same content is built once."""
    commands = (LINUX if is_linux else MORTISE).format(cmdline=quote(cmdline), mode=mode)
    config = CONFIG.format(commands=commands)
    key = hashlib.sha256(config.encode())
    for path in (kernel, initramfs):
        with open(path, "rb") as f:
            key.update(hashlib.sha256(f.read()).digest())
    cache.trim("iso-", KEPT)
    return cache.get(f"iso-{key.hexdigest()[:24]}.iso",
                     lambda path: _make(path, config, kernel, initramfs, is_linux))


def _make(path, config, kernel, initramfs, is_linux):
    with tempfile.TemporaryDirectory(prefix="mortise-iso-") as root:
        os.makedirs(os.path.join(root, "boot/grub"))
        with open(os.path.join(root, "boot/grub/grub.cfg"), "w", encoding="utf-8") as f:
            f.write(config)
        shutil.copyfile(initramfs, os.path.join(root, "boot/initramfs"))
        if is_linux:
            shutil.copyfile(kernel, os.path.join(root, "boot/vmlinuz"))
        else:
            subprocess.run(["strip", "-g", "-o", os.path.join(root, "boot/vmlinux"), kernel], check=True)
        run = subprocess.run(["grub-mkrescue", "-o", path, "--locales=", "--fonts=", "--themes=", root],
                             capture_output=True, text=True, check=False)
        if run.returncode or not os.path.exists(path):
            raise RuntimeError("grub-mkrescue failed:\n" + run.stderr)
