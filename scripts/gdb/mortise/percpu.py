# SPDX-License-Identifier: MIT
"""mortise-percpu and $mortise_percpu(): the CPUs' copies of a per-CPU variable; $mortise_current(): what runs there."""

import gdb

from .core import Command, cpus, number, per_cpu


class PerCpu(Command):
    """mortise-percpu VARIABLE [CPU]: a per-CPU variable, all CPUs' copies or one's."""

    category = gdb.COMMAND_DATA

    def run(self, argument):
        words = argument.split()
        if not words:
            raise gdb.GdbError("usage: mortise-percpu VARIABLE [CPU]")
        for cpu in [int(words[1])] if len(words) > 1 else cpus():
            value = per_cpu(words[0], cpu)
            print(f"CPU {cpu} at {number(value.address):#x}: {value.format_string()}")


def selected_cpu():
    """QEMU shows each CPU as a thread, numbered from 1."""
    return gdb.selected_thread().num - 1


class PerCpuFunction(gdb.Function):
    """$mortise_percpu("VARIABLE" [, CPU]): a CPU's copy of it, of the selected CPU if none is named."""

    def __init__(self):
        super().__init__("mortise_percpu")

    def invoke(self, name, cpu=None):
        return per_cpu(name.string(), selected_cpu() if cpu is None else int(cpu))


class CurrentFunction(gdb.Function):
    """$mortise_current([CPU]): the struct thread that runs on a CPU."""

    def __init__(self):
        super().__init__("mortise_current")

    def invoke(self, cpu=None):
        return per_cpu("current_thread", selected_cpu() if cpu is None else int(cpu))


def register():
    PerCpu()
    PerCpuFunction()
    CurrentFunction()
