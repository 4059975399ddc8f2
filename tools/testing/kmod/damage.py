# SPDX-License-Identifier: MIT
"""Files that are no good modules, made of good ones."""

import os
import struct


def damage(modules, to, vermagic):
    """Writes all into the folder TO. vermagic: bytes in the version magic and what to put there."""
    os.makedirs(to)
    with open(os.path.join(modules, "km_plain.ko"), "rb") as f:
        plain = f.read()
    with open(os.path.join(modules, "km_top.ko"), "rb") as f:
        top = f.read()
    files = {
        "empty": b"",
        "text": b"this is not a module, but a text that is longer than the header of an ELF file would be\n" * 4,
        "short10": plain[:10],
        "short64": plain[:64],
        "short200": plain[:200],
        "half": plain[:len(plain) // 2],
        "cut": plain[:-8],
        "program": program(),
        "machine": patched(plain, 18, struct.pack("<H", 183)),      # e_machine: AArch64
        "class": patched(plain, 4, b"\1"),                          # ELFCLASS32
        "type": patched(plain, 16, struct.pack("<H", 3)),           # ET_DYN
        "vermagic": replaced(plain, *vermagic),
        "crc": other_version(top, b"km_base_value"),
    }
    for name, content in files.items():
        with open(os.path.join(to, name + ".ko"), "wb") as f:
            f.write(content)


def program():
    with open("/bin/busybox", "rb") as f:
        return f.read(200000)


def patched(data, at, new):
    return data[:at] + new + data[at + len(new):]


def replaced(data, old, new):
    if data.count(old) != 1:
        raise ValueError(f"{old!r} stands {data.count(old)} times in the module")
    return data.replace(old, new)


def other_version(data, symbol):
    """An entry of __versions is the checksum in 8 bytes and the name in 56."""
    at = data.index(symbol.ljust(56, b"\0")) - 8
    return patched(data, at, bytes(byte ^ 0x55 for byte in data[at:at + 4]))
