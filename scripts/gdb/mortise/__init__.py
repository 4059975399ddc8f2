# SPDX-License-Identifier: MIT
"""gdb's commands for a Mortise guest, a file a topic. Only scripts/gdb/mortise.py imports them; all read the guest, none writes to it."""
