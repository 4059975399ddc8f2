# SPDX-License-Identifier: MIT
"""Debian's Linux as the reference: fetched as a package, unpacked, never installed.

The kernel in a vmlinuz is compressed; for a PVH boot it is taken out of it by
the offsets in its boot header (Documentation/x86/boot.rst of Linux).
"""

import bz2
import ctypes
import glob
import gzip
import lzma
import os
import shutil
import struct
import subprocess
import tempfile

from . import cache

PACKAGES = {"cloud": "linux-image-cloud-amd64", "generic": "linux-image-amd64"}

# What the generic kernel's initramfs holds for the devices that scripts/vm can make.
GENERIC_MODULES = (
    "ahci", "ata_piix", "ata_generic", "sd_mod", "sr_mod", "nvme", "e1000", "e1000e",
    "xhci_pci", "ehci_pci", "uhci_hcd", "usb_storage", "uas", "usbhid", "hid_generic",
    "ext4", "vfat", "nls_cp437", "nls_ascii", "isofs", "loop", "psmouse", "evdev", "bochs",
    "rtc_cmos", "edu",
)

# These serve devices that appear only after init has looked for them.
GENERIC_PRELOAD = ("sd_mod", "sr_mod", "usb_storage")


class LinuxKernel:
    """An unpacked Debian kernel: vmlinux (ELF), vmlinuz, release, package, module root or None."""

    def __init__(self, kind, root):
        self.kind = kind
        self.root = root
        self.vmlinux = os.path.join(root, "vmlinux")
        self.vmlinuz = glob.glob(os.path.join(root, "boot/vmlinuz-*"))[0]
        self.release = os.path.basename(self.vmlinuz).removeprefix("vmlinuz-")
        with open(os.path.join(root, "package"), encoding="ascii") as f:
            self.package = f.read().strip()
        subset = os.path.join(root, "subset")
        self.modules = subset if os.path.isdir(subset) else None
        self.preload = GENERIC_PRELOAD if self.modules else ()


def get(kind):
    """The kernel KIND (cloud or generic), from the cache or from Debian."""
    current = os.path.join(cache.folder(), f"linux-{kind}.current")
    if os.path.exists(current):
        with open(current, encoding="ascii") as f:
            root = os.path.join(cache.folder(), f.read().strip())
        if os.path.isdir(root):
            return LinuxKernel(kind, root)
    package = _real_package(PACKAGES[kind])
    root = cache.get(f"{package}.2", lambda path: _fetch(package, kind, path))
    with tempfile.NamedTemporaryFile("w", encoding="ascii", dir=cache.folder(), delete=False) as f:
        f.write(os.path.basename(root) + "\n")
    os.rename(f.name, current)      # who reads it beside us finds the old one or the new one
    return LinuxKernel(kind, root)


class LinuxHeaders:
    """What modules for a reference kernel are built with: make -C source O=objects M=..."""

    def __init__(self, root, release):
        base = os.path.join(root, "usr/src")
        self.objects = os.path.join(base, f"linux-headers-{release}")
        self.source = os.path.join(base, _common_headers(release))


def headers(kind):
    """The headers of the very build that get(kind) gives, from the cache or from Debian."""
    kernel = get(kind)
    version = kernel.package.split("_")[1]
    root = cache.get(f"linux-headers-{kernel.release}-{version}", lambda path: _fetch_headers(kernel.release, version, path))
    return LinuxHeaders(root, kernel.release)


def _common_headers(release):
    """What the flavours of 6.1.0-57 share."""
    return f"linux-headers-{'-'.join(release.split('-')[:2])}-common"


def _fetch_headers(release, version, path):
    os.mkdir(path)
    packages = (f"linux-headers-{release}", _common_headers(release), "linux-kbuild-" + ".".join(release.split(".")[:2]))
    _download(path, *(f"{package}={version}" for package in packages))
    for deb in glob.glob(os.path.join(path, "*.deb")):
        subprocess.run(["dpkg", "-x", deb, path], check=True)
        os.unlink(deb)


def _real_package(meta):
    """The kernel package that a meta package stands for."""
    for attempt in range(2):
        output = subprocess.run(["apt-cache", "depends", meta], capture_output=True, text=True,
                                check=False).stdout
        for line in output.splitlines():
            words = line.split()
            if words[:1] == ["Depends:"] and words[1].startswith("linux-image-"):
                return words[1]
        if attempt == 0:
            subprocess.run(["apt-get", "-q", "update"], stdout=subprocess.DEVNULL, check=False)
    raise RuntimeError(f"apt knows no package {meta}: run apt-get update")


def _fetch(package, kind, path):
    os.mkdir(path)
    _download(path, package)
    deb = glob.glob(os.path.join(path, "*.deb"))[0]
    subprocess.run(["dpkg", "-x", deb, path], check=True)
    with open(os.path.join(path, "package"), "w", encoding="ascii") as f:
        f.write(os.path.basename(deb).removesuffix(".deb") + "\n")
    os.unlink(deb)
    with open(glob.glob(os.path.join(path, "boot/vmlinuz-*"))[0], "rb") as f:
        image = f.read()
    with open(os.path.join(path, "vmlinux"), "wb") as f:
        f.write(extract(image))
    if kind == "generic":
        _make_subset(path)
    shutil.rmtree(os.path.join(path, "usr"), ignore_errors=True)


def _download(path, *packages):
    command = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *packages]
    if subprocess.run(command, cwd=path, stdout=subprocess.DEVNULL, check=False).returncode:
        subprocess.run(["apt-get", "-q", "update"], stdout=subprocess.DEVNULL, check=True)
        subprocess.run(command, cwd=path, stdout=subprocess.DEVNULL, check=True)


def extract(image):
    """The ELF file inside a bzImage."""
    if image[0x202:0x206] != b"HdrS":
        raise ValueError("not a bzImage: no boot header")
    sectors = image[0x1f1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (sectors + 1) * 512 + offset
    payload = image[start:start + length]
    elf = _decompress(payload)
    if elf[:4] != b"\x7fELF":
        raise ValueError("the bzImage's payload is no ELF file")
    return elf


def _decompress(payload):
    # gzip carries the length as its own trailer; the others have it appended to their data.
    size = struct.unpack("<I", payload[-4:])[0]
    if payload[:2] == b"\x1f\x8b":
        return gzip.decompress(payload)
    if payload[:4] == b"\x02\x21\x4c\x18":
        return _lz4_legacy(payload[4:-4], size)
    if payload[:6] == b"\xfd7zXZ\0" or payload[:3] == b"\x5d\0\0":
        return lzma.LZMADecompressor().decompress(payload[:-4])
    if payload[:4] == b"\x28\xb5\x2f\xfd":
        return subprocess.run(["zstd", "-dqc"], input=payload[:-4], check=True, capture_output=True).stdout
    if payload[:3] == b"BZh":
        return bz2.decompress(payload[:-4])
    raise ValueError(f"unknown compression {payload[:6].hex()}")


def _lz4_legacy(data, size):
    """LZ4's old frame: blocks of a 32-bit length and at most 8 MiB of content each."""
    library = ctypes.CDLL("liblz4.so.1")
    out, at = [], 0
    block = ctypes.create_string_buffer(8 << 20)
    while at < len(data):
        length = struct.unpack_from("<I", data, at)[0]
        at += 4
        if length == 0x184c2102:
            continue
        n = library.LZ4_decompress_safe(data[at:at + length], block, length, len(block))
        if n < 0:
            raise ValueError("damaged LZ4 block")
        out.append(block.raw[:n])
        at += length
    elf = b"".join(out)
    if len(elf) != size:
        raise ValueError(f"LZ4 payload has {len(elf)} bytes, its header says {size}")
    return elf


def _make_subset(path):
    """Copy GENERIC_MODULES and what they depend on to subset/ and index them."""
    source = glob.glob(os.path.join(path, "lib/modules/*"))[0]
    release = os.path.basename(source)
    subprocess.run(["depmod", "-b", path, release], check=True)
    depends, names = {}, {}
    with open(os.path.join(source, "modules.dep"), encoding="ascii") as f:
        for line in f:
            module, _, needs = line.partition(":")
            depends[module] = needs.split()
            names[os.path.basename(module).removesuffix(".ko").replace("-", "_")] = module
    target = os.path.join(path, "subset/lib/modules", release)
    wanted = {names[name] for name in GENERIC_MODULES if name in names}
    for module in sorted(wanted | {n for m in wanted for n in depends[m]}):
        os.makedirs(os.path.dirname(os.path.join(target, module)), exist_ok=True)
        shutil.copyfile(os.path.join(source, module), os.path.join(target, module))
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copyfile(os.path.join(source, name), os.path.join(target, name))
    subprocess.run(["depmod", "-b", os.path.join(path, "subset"), release], check=True)
    shutil.rmtree(os.path.join(path, "lib"), ignore_errors=True)
