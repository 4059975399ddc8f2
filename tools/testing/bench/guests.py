# SPDX-License-Identifier: MIT
"""The benchmark's program in a guest: building it, running it, reading what it says."""

import os
import re
import subprocess
import tempfile

import twins

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
OUT = os.path.abspath(os.environ.get("O", TOP))
VM = os.path.join(TOP, "scripts/vm")

# What Linux does to be comparable; Mortise is told the same.
PARAMETERS = ("mitigations=off", "nokaslr", "norandmaps", "randomize_kstack_offset=off")
MEMORY_MIB = 1024
DISK_MIB = 64
COUNTING = "icount"
# Instructions, or fifths of nanoseconds: enough operations that a tick more or less does not show.
COUNT_TARGET = 2_000_000
# In the order in which the program prints them (guest/counts.h), for one operation.
COUNTS = ("tlb_flushes", "tlb_pages", "ipis", "tlb_shootdowns", "page_table_writes")


class Result:
    """One row of one run: kind is plain, bulk, waits, kib, scale or missing; reason only if missing. A count that the kernel
    does not keep is None; counts is None if they were not asked for."""

    def __init__(self, words):
        self.name, self.kind = words[0], words[1]
        self.reason = words[2] if self.kind == "missing" else None
        self.cost, self.least = (None, None) if self.reason is not None else (float(word) for word in words[2:4])
        counts = [None if word == "-" else float(word) for word in words[4:]]
        self.counts = dict(zip(COUNTS, counts)) if counts else None


def build():
    folder = os.path.join(OUT, ".bench")
    with twins.locked():
        subprocess.run(["make", "-s", "-f", "build.mk", "-C", HERE, f"OUT={folder}"], check=True)
    return os.path.join(folder, "bench")


def build_library(name):
    """NAME.c for QEMU: one of its plugins, or what is loaded before it."""
    path = os.path.join(OUT, f".bench/{name}.so")
    source = os.path.join(HERE, f"{name}.c")
    with twins.locked():
        if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(source):
            subprocess.run(["gcc", "-O2", "-Wall", "-shared", "-fPIC", "-fvisibility=hidden", "-o", path, source], check=True)
    return path


def modules(mortise=None, other=None):
    """What the rows of insmod load, on each kernel: a small module, which may be named, and a twin of 64 KiB."""
    return {"mortise": (mortise or twins.build("mortise", "small"), twins.build("mortise", "twin")),
            "linux": (other or twins.build("linux", "small"), twins.build("linux", "twin"))}


def parse(text):
    """The results in a guest's output, by name. Any other line is an error: it would hide a row."""
    results = {}
    for line in text.splitlines():
        words = line.split("\t")
        if len(words) not in ((3,) if words[1:2] == ["missing"] else (4, 4 + len(COUNTS))):
            raise ValueError(f"not a row: {line!r}")
        results[words[0]] = Result(words)
    return results


class Runner:
    """Runs the program on either kernel in one of the modes: icount, smp2, smp4, ..."""

    def __init__(self, program, modules, quick, rows, options=(), memory=MEMORY_MIB, phase=0, accel="tcg"):
        self.program, self.modules, self.rows, self.memory, self.phase = program, modules, rows, memory, phase
        self.options = list(options)
        self.accel = accel
        self.target, self.batches = (200_000, 1) if quick else (4_000_000, 5)
        # Quick times are not worth a run without counts.
        self.count = quick

    def counts(self, mode, linux):
        """A short run in which nobody wants the times: {name: counts}."""
        other = Runner(self.program, self.modules, True, self.rows, self.options, accel=self.accel)
        other.target, other.count = COUNT_TARGET, True
        return {name: result.counts for name, result in other.run(mode, linux).items() if result.counts}

    def environment(self, counting):
        """Virtual CPUs of the emulator do not sleep for each other (spin.c), for either kernel."""
        if counting or self.accel != "tcg":
            return None
        return os.environ | {"LD_PRELOAD": build_library("spin")}

    def run(self, mode, linux):
        counting = mode == COUNTING
        options = self.options + (["--icount"] if counting else ["--smp", mode.removeprefix("smp"), "--accel", self.accel])
        options += ["--linux"] if linux else []
        options += [f"--append={word}" for word in PARAMETERS]
        options += ["--mem", f"{self.memory}M", "--timeout", "600", "--add", f"{self.program}:/usr/bin/bench"]
        variables = [f"BENCH_MEMORY={self.memory * 1024}"]
        for variable, module in zip(("BENCH_MODULE", "BENCH_TWIN"), self.modules.get("linux" if linux else "mortise", ())):
            name = os.path.basename(module).removesuffix(".ko").replace("-", "_")
            options += ["--add", f"{module}:/{variable}.ko"]
            variables += [f"{variable}=/{variable}.ko", f"{variable}_NAME={name}"]
        words = ["env", *variables, "bench", "--clock", "tsc" if counting else "time",
                 "--target", str(self.target if counting else 5 * self.target),
                 "--batches", str(self.batches), "--phase", str(self.phase), *(["--count"] if self.count else []), *self.rows]
        with tempfile.NamedTemporaryFile(prefix="mortise-bench-") as log, \
                tempfile.NamedTemporaryFile(prefix="mortise-disk-") as disk:
            if not counting:
                disk.truncate(DISK_MIB << 20)
                options += ["--disk", f"nvme:{disk.name}"]
            done = subprocess.run([VM, *options, "--log", log.name, "--", *words], capture_output=True, text=True,
                                  errors="replace", check=False, env=self.environment(counting))
            console = log.read().decode(errors="replace")
        if done.returncode:
            raise RuntimeError(f"the guest ended with status {done.returncode}:\n{done.stderr[-4000:]}")
        results = parse(done.stdout)
        if not counting and not self.rows:
            seconds = re.search(r"user space after ([\d.]+) s", console)
            if seconds:
                nanoseconds = str(float(seconds[1]) * 1e9)
                results["boot to user space"] = Result(["boot to user space", "plain", nanoseconds, nanoseconds])
            # By the host's clock the boot is the row above; the TSC of a guest that does not count is no measure.
            results.pop("boot to first command", None)
        return results
