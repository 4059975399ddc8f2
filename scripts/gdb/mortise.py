# SPDX-License-Identifier: MIT
"""Help for gdb: threads, log, modules, per-CPU variables, page tables and wait queues of a live guest.

    gdb vmlinux -x scripts/gdb/mortise.py -ex 'target remote :1234'

From then on each module's symbols are there before its init runs: a breakpoint in a module can be set beforehand
(`set breakpoint pending on`). `help mortise-ps` and so on tell what each command shows; the folder mortise has a file a topic.
"""

import importlib
import os
import sys

import gdb

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(os.path.expanduser(__file__))))

gdb.execute("set confirm off")
gdb.execute("set pagination off")
for topic in ("symbols", "threads", "log", "percpu", "tables"):
    importlib.import_module(f"mortise.{topic}").register()
