# SPDX-License-Identifier: MIT
"""From scripts/vm's options to QEMU's arguments."""

import os
import re
import shutil

OVMF = "/usr/share/OVMF/OVMF_CODE.fd"
OVMF_VARS = "/usr/share/OVMF/OVMF_VARS.fd"
DISK_KINDS = ("nvme", "ahci", "ide", "usb")


class UsageError(Exception):
    """The options make no sense; the argument says why."""


def parse_size(text):
    match = re.fullmatch(r"(\d+)([KMGT]?)(?:i?B)?", text, re.IGNORECASE)
    if not match:
        raise UsageError(f"not a size: {text}")
    return int(match[1]) << {"": 20, "K": 10, "M": 20, "G": 30, "T": 40}[match[2].upper()]


def processor(args):
    if args.icount:
        if args.smp != 1:
            raise UsageError("--icount works with --smp 1 only")
        if args.accel != "tcg":
            raise UsageError("--icount needs --accel tcg")
        return ["-accel", "tcg", "-icount", "shift=0,sleep=off", "-cpu", args.cpu or "max,-erms,-fsrm",
                "-seed", "1", "-rtc", "base=2024-01-01,clock=vm"]
    model = args.cpu or ("host" if args.accel == "kvm" else "max")
    return ["-accel", args.accel, "-cpu", model]


def memory(args):
    size = parse_size(args.mem)
    out = ["-m", f"{size >> 20}M"]
    if not args.numa:
        return out
    if args.numa > args.smp:
        raise UsageError("--numa: at least one CPU for each node")
    share = size // args.numa >> 20 << 20
    for node in range(args.numa):
        first, last = node * args.smp // args.numa, (node + 1) * args.smp // args.numa - 1
        amount = share if node else size - share * (args.numa - 1)
        out += ["-object", f"memory-backend-ram,id=node{node},size={amount}",
                "-numa", f"node,nodeid={node},memdev=node{node},cpus={first}-{last}"]
    return out


def disk_format(path):
    try:
        with open(path, "rb") as f:
            return "qcow2" if f.read(4) == b"QFI\xfb" else "raw"
    except OSError as error:
        raise UsageError(f"--disk {path}: {error.strerror}") from None


def disks(specs):
    out, controllers, counts = [], set(), {}
    for index, spec in enumerate(specs):
        kind, _, rest = spec.partition(":")
        path, *flags = rest.split(",")
        if kind not in DISK_KINDS or not path or any(flag != "ro" for flag in flags):
            raise UsageError(f"--disk {spec}: want {'|'.join(DISK_KINDS)}:FILE[,ro]")
        name = f"disk{index}"
        number = counts[kind] = counts.get(kind, -1) + 1
        # IDE disks know no write protection: their writes go to a scratch overlay instead.
        overlay = ",snapshot=on" if kind in ("ahci", "ide") else ",readonly=on"
        read_only = overlay if flags else ""
        escaped = path.replace(",", ",,")
        out += ["-drive", f"if=none,id={name},file={escaped},format={disk_format(path)}{read_only}"]
        if kind == "nvme":
            out += ["-device", f"nvme,drive={name},serial={name}"]
        elif kind == "ahci":
            out += ["-device", f"ide-hd,drive={name},bus=ide.{number}"]
        elif kind == "ide":
            if "ide" not in controllers:
                out += ["-device", "piix3-ide,id=legacy"]
            out += ["-device", f"ide-hd,drive={name},bus=legacy.{number // 2},unit={number % 2}"]
        else:
            if "usb" not in controllers:
                out += ["-device", "qemu-xhci,id=usb"]
            out += ["-device", f"usb-storage,drive={name},bus=usb.0"]
        controllers.add(kind)
    return out


def network(specs):
    if not specs:
        return ["-nic", "none"]
    out = []
    for index, spec in enumerate(specs):
        model, *options = spec.split(",")
        if model not in ("e1000", "e1000e", "virtio-net-pci"):
            raise UsageError(f"--nic {spec}: want e1000 or e1000e")
        out += ["-netdev", ",".join(["user", f"id=net{index}", *options]), "-device", f"{model},netdev=net{index}"]
    return out


def firmware(args, kernel, initramfs, cmdline, iso, scratch):
    if args.fw == "pvh":
        return ["-kernel", kernel, "-initrd", initramfs, "-append", cmdline]
    out = []
    if args.fw == "uefi":
        variables = os.path.join(scratch, "efivars")
        shutil.copyfile(OVMF_VARS, variables)
        out += ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF}",
                "-drive", f"if=pflash,format=raw,file={variables}"]
    bus = "ide.5" if args.machine.startswith("q35") else "ide.1"
    return out + ["-drive", f"if=none,id=boot,media=cdrom,readonly=on,file={iso}",
                  "-device", f"ide-cd,drive=boot,bus={bus},bootindex=0"]


def arguments(args, boot, channels):
    """The QEMU command line. CHANNELS names the descriptors of ttyS0, ttyS1 and QMP."""
    out = ["qemu-system-x86_64", "-nodefaults", "-machine", args.machine, "-smp", str(args.smp)]
    out += processor(args) + memory(args) + boot
    out += ["-vga", args.vga, "-display", args.display]
    for name, fd in channels.items():
        out += ["-chardev", f"socket,id={name},fd={fd}"]
    out += ["-serial", "chardev:ttyS0", "-serial", "chardev:ttyS1", "-mon", "chardev=qmp,mode=control"]
    if args.save_memory:
        out += ["-no-shutdown"]         # stopped, not gone: guest.py reads its memory and ends it
    if args.monitor:
        out += ["-qmp", f"unix:{args.monitor},server=on,wait=off"]
    out += disks(args.disk) + network(args.nic)
    for device in args.device:
        out += ["-device", device]
    if not args.reboot:
        out += ["-no-reboot"]
    if args.gdb:
        out += ["-gdb", f"tcp:127.0.0.1:{args.gdb}", "-S"]
    return out + args.qemu
