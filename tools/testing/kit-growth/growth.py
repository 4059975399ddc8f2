# SPDX-License-Identifier: MIT
"""The promise in the years to come: a kernel is built whose kit is a later minor version, in which each structure that modules hand over has a field more (those of
kit-abi's GROWN), and nothing but the headers is touched. The modules of this build, which know nothing of it, are loaded, used and unloaded there."""

import glob
import os
import re
import shutil
import sys

sys.path.insert(0, "tools/testing/kit-abi")
from kit import CC, O, SCRATCH, TOP, Tap, clean_environment, must, run  # noqa: E402
from mutations import GROWN  # noqa: E402

SAMPLES = ("edu", "ramdisk", "tested", "tinyfs")


def edit(path, pattern, replacement):
    with open(path, encoding="utf-8") as f:
        text, n = re.subn(pattern, replacement, f.read(), flags=re.M)
    if n != 1:
        raise RuntimeError(f"{path}: {n} places fit {pattern!r}: the edit has to follow the header")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def grown_tree():
    """The sources as they are, with the headers of kit 0.99."""
    tree = os.path.join(SCRATCH, "grown")
    for name in must("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and os.path.lexists(name):
            os.makedirs(os.path.join(tree, os.path.dirname(name)), exist_ok=True)
            shutil.copy2(name, os.path.join(tree, name), follow_symlinks=False)
    for header, pattern, replacement in GROWN:
        edit(os.path.join(tree, f"include/kit/{header}.h"), pattern, replacement)
    edit(os.path.join(tree, "include/kit/abi.h"), r"^(#define KIT_MINOR\s+)\d+$", r"\g<1>99")
    return tree


def use_modules(kernel, folder):
    names = sorted(os.path.basename(path)[:-3] for path in glob.glob(folder + "/*.ko") if not path.endswith("_test.ko"))
    disk, tiny = os.path.join(SCRATCH, "disk"), os.path.join(SCRATCH, "tiny")
    must("truncate", "-s", "8M", disk)
    must("samples/tinyfs/mktinyfs", tiny, "8")
    script = (f"exec 2>&1; cat /sys/kernel/kit/version; for m in {' '.join(names)}; do echo \"begin $m\"; /old/cycles --once $m /old; "
              f"dmesg | grep \" $m: not loaded\" | tail -n 1; done; echo begin end")
    output = run("scripts/vm", "--kernel", kernel, "--timeout", "300", "--append", "vm.nomodules", "--device", "edu", "--device", "pci-serial",
                 "--disk", f"nvme:{disk}", "--disk", f"nvme:{tiny}", "--add", f"{folder}:/old", "--", "sh", "-c", script)[1]
    return names, output


def main():
    tap = Tap()
    folder = os.path.join(SCRATCH, "old")
    os.makedirs(folder)
    for sample in SAMPLES:
        copy = shutil.copytree(os.path.join("samples", sample), os.path.join(SCRATCH, sample))
        must("make", "-s", f"CC={CC}", *([f"O={O}"] if O != TOP else []), f"M={copy}", env=clean_environment())
        for ko in glob.glob(copy + "/*.ko"):
            shutil.copy(ko, folder)
    with open(os.path.join(O, "modules.order"), encoding="utf-8") as f:
        for line in f:
            shutil.copy(os.path.join(O, line.strip()), folder)
    must("gcc", "-static", "-O1", "-w", "-o", os.path.join(folder, "cycles"), *glob.glob("tools/testing/module-cycles/*.c"), "tools/testing/lib/snapshot.c")
    tree = grown_tree()
    environment = {**clean_environment(), "DEPS": "skip"}
    tap.check("a kernel whose kit has grown is configured", "make", "-s", f"CC={CC}", "defconfig", cwd=tree, env=environment)
    if tap.check("and built: nothing but headers has changed", "make", "-s", "-j2", f"CC={CC}", "vmlinux", cwd=tree, env=environment):
        names, output = use_modules(os.path.join(tree, "vmlinux"), folder)
        tap.result("it says that it is of kit 0.99", "0.99" in output.partition("begin")[0], output)
        for name in names:
            said = output.partition(f"begin {name}\n")[2].partition("begin ")[0]
            tap.result(f"{name}, which does not know of that, loads, works and unloads", f"ok - {name}: once" in said and "not ok" not in said, said)
    shutil.rmtree(tree)
    return tap.finish()


sys.exit(main())
